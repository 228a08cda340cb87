"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _said() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("audit_run.id"), nullable=False),
        sa.Column("neuron", sa.Integer, nullable=False),
        sa.Column("reviewer_id", sa.Integer, sa.ForeignKey("audit_reviewer.id"), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "audit_run",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("neurons", sa.Integer, nullable=False),
        sa.Column("stamp", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.create_table(
        "audit_reviewer",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(320), nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_table(
        "audit_review",
        *_said(),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("verdict", sa.String(10)),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("confidence", sa.Integer),
        sa.Column("blind", sa.Integer, nullable=False),
        sa.Column("inherited", sa.Text, nullable=False),
        sa.Column("seconds", sa.Float),
        sa.UniqueConstraint("run_id", "neuron", "reviewer_id", "version"),
    )
    op.create_table(
        "audit_resolution",
        *_said(),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("verdict", sa.String(10)),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.UniqueConstraint("run_id", "neuron", "version"),
    )
    op.create_table(
        "audit_trial",
        *_said(),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("items", sa.JSON, nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("right", sa.JSON, nullable=False),
        sa.Column("correct", sa.Integer, nullable=False),
        sa.Column("decisions", sa.Integer, nullable=False),
        sa.Column("chance", sa.Float, nullable=False),
        sa.Column("seconds", sa.Float),
    )
    op.create_index("ix_audit_trial_run_neuron", "audit_trial", ["run_id", "neuron"])
