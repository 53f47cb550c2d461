"""What comes back from sales, and what is told of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _reconciliations()
    _edits()


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


def _edits() -> None:
    """Stages and statuses that somebody else set where we had set them."""
    op.create_table(
        "edits",
        sa.Column(
            "edit_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("ours", sa.Text(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("by_kind", sa.Text(), server_default="", nullable=False),
        sa.Column("by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("settled_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_edits_lead_id_leads")),
        sa.PrimaryKeyConstraint("edit_id", name=op.f("pk_edits")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_edits_lead_id"), "edits", ["lead_id"], unique=False)
    op.create_index("uq_edits", "edits", ["system", "object_id", "field", "edited_at"], unique=True)
    where = sa.text("outcome = ''")
    op.create_index(
        "ix_edits_open", "edits", ["outcome"], unique=False, sqlite_where=where, postgresql_where=where
    )
