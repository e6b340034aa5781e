"""Reports to the People's Council: drafts, and what was issued as it was issued."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """To this form."""
    op.create_table(
        "reports",
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("scenario_hash", sa.String(64), nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("code_version", sa.String(64), nullable=False),
        sa.Column("data_version", sa.String(64), nullable=False),
        sa.Column("period", sa.String(40), nullable=False),
        sa.Column("lang", sa.String(2), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("compared", sa.JSON, nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("edits", sa.JSON, nullable=False),
        sa.Column("digests", sa.JSON, nullable=False),
        sa.Column("supersedes", sa.String(12), nullable=False),
        sa.Column("superseded_by", sa.String(12), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("changed", MOMENT, nullable=False),
        sa.Column("issued", MOMENT),
        sa.PrimaryKeyConstraint("code", name="pk_reports"),
        sa.CheckConstraint("state IN ('draft', 'issued')", name="ck_reports_state"),
    )
    op.create_index("ix_reports_changed", "reports", ["changed"])


def downgrade() -> None:
    """Back to the form before."""
    op.drop_table("reports")
