"""What an ensemble has done so far, when it has done enough, and the study it belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this form."""
    with op.batch_alter_table("runs") as runs:
        runs.add_column(
            sa.Column("replications_done", sa.Integer, nullable=False, server_default="0")
        )
        runs.add_column(sa.Column("until", sa.JSON, nullable=False, server_default="{}"))
        runs.add_column(sa.Column("study", sa.String(40), nullable=False, server_default=""))
        runs.create_index("ix_runs_study", ["study"])
    op.execute("UPDATE runs SET replications_done = replications WHERE status = 'done'")


def downgrade() -> None:
    """Back to the form before."""
    with op.batch_alter_table("runs") as runs:
        runs.drop_index("ix_runs_study")
        runs.drop_column("study")
        runs.drop_column("until")
        runs.drop_column("replications_done")
