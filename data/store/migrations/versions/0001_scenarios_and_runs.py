"""Scenarios, runs and the KPI values of finished runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """To this form."""
    op.create_table(
        "scenarios",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("title_vi", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("horizon_start", sa.Date, nullable=False),
        sa.Column("horizon_end", sa.Date, nullable=False),
        sa.Column("yaml", sa.Text, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scenarios"),
        sa.UniqueConstraint("hash", "name", name="uq_scenarios_hash"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("scenario_id", sa.Integer, nullable=False),
        sa.Column("slot", sa.String(160)),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("replications", sa.Integer, nullable=False),
        sa.Column("engine", sa.String(20), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("dossiers", sa.Integer, nullable=False),
        sa.Column("dossiers_total", sa.Integer, nullable=False),
        sa.Column("remaining_s", sa.Double),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer),
        sa.Column("process", sa.Text, nullable=False),
        sa.Column("heartbeat", MOMENT),
        sa.Column("cancel_requested", sa.Boolean, nullable=False),
        sa.Column("error_vi", sa.Text, nullable=False),
        sa.Column("error_en", sa.Text, nullable=False),
        sa.Column("code_version", sa.String(64), nullable=False),
        sa.Column("data_version", sa.String(64), nullable=False),
        sa.Column("environment", sa.JSON, nullable=False),
        sa.Column("timings", sa.JSON, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("started", MOMENT),
        sa.Column("finished", MOMENT),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'done', 'failed', 'cancelled', 'died')",
            name="ck_runs_status",
        ),
        sa.CheckConstraint("replications >= 1", name="ck_runs_replications"),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenarios.id"], name="fk_runs_scenario_id"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.UniqueConstraint("slot", name="uq_runs_slot"),
    )
    for column in ("created", "scenario_id", "status"):
        op.create_index(f"ix_runs_{column}", "runs", [column])
    op.create_table(
        "kpi_values",
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("period", sa.String(20), nullable=False),
        sa.Column("kpi", sa.String(60), nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("numerator", sa.Double),
        sa.Column("denominator", sa.Double),
        sa.Column("low", sa.Double),
        sa.Column("high", sa.Double),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_kpi_values_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "period", "kpi", name="pk_kpi_values"),
    )


def downgrade() -> None:
    """Back to an empty database."""
    for table in ("kpi_values", "runs", "scenarios"):
        op.drop_table(table)
