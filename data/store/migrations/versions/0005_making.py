"""How far the files of a report have come, for whichever process is asked."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this form."""
    op.add_column("reports", sa.Column("making", sa.JSON, nullable=False, server_default="{}"))


def downgrade() -> None:
    """Back to the form before."""
    op.drop_column("reports", "making")
