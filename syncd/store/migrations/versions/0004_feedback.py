"""What comes back from sales, and what is told of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _reconciliations()


def _reconciliations() -> None:
    """Comparisons of both systems with the store, and the differences they found."""
    op.create_table(
        "reconciliations",
        sa.Column(
            "reconciliation_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("system", sa.Text(), server_default="", nullable=False),
        sa.Column("is_full", sa.Boolean(), nullable=False),
        sa.Column("request_id", sa.BigInteger()),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.request_id"], name=op.f("fk_reconciliations_request_id_requests")
        ),
        sa.PrimaryKeyConstraint("reconciliation_id", name=op.f("pk_reconciliations")),
        sqlite_strict=True,
    )
    where = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_reconciliations_open",
        "reconciliations",
        ["system"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_table(
        "differences",
        sa.Column(
            "difference_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("reconciliation_id", sa.BigInteger(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), server_default="", nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), server_default="", nullable=False),
        sa.Column("is_healing", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"],
            ["reconciliations.reconciliation_id"],
            name=op.f("fk_differences_reconciliation_id_reconciliations"),
        ),
        sa.PrimaryKeyConstraint("difference_id", name=op.f("pk_differences")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_differences_reconciliation_id"), "differences", ["reconciliation_id"], unique=False
    )
