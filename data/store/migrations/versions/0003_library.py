"""Scenarios that people have made, with what they changed and can take back."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """To this form."""
    op.create_table(
        "saved_scenarios",
        sa.Column("id", sa.String(48), nullable=False),
        sa.Column("yaml", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("title_vi", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("parent", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("archived", sa.Boolean, nullable=False),
        sa.Column("past", sa.JSON, nullable=False),
        sa.Column("future", sa.JSON, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("changed", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_scenarios"),
    )
    op.create_index("ix_saved_scenarios_changed", "saved_scenarios", ["changed"])


def downgrade() -> None:
    """Back to the form before."""
    op.drop_table("saved_scenarios")
