"""Who did what sales did, and people whose records sales has made one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _sales_acts()
    _follows()
    _let_go()


def _sales_acts() -> None:
    """Who in Salesforce set each status and stage."""
    op.create_table(
        "sales_acts",
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("signal_key", sa.BigInteger(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("acted_at", sa.BigInteger(), nullable=False),
        sa.Column("by_kind", sa.Text(), server_default="", nullable=False),
        sa.Column("by_id", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_sales_acts_lead_id_leads")),
        sa.PrimaryKeyConstraint("lead_id", "signal_key", name=op.f("pk_sales_acts")),
        sqlite_strict=True,
    )
    where = sa.text("by_kind = ''")
    op.create_index(
        "ix_sales_acts_open", "sales_acts", ["acted_at"], sqlite_where=where, postgresql_where=where
    )


def _follows() -> None:
    """Leads whose Salesforce record was merged into another lead's."""
    op.create_table(
        "follows",
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("of_lead_id", sa.BigInteger(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_follows_lead_id_leads")),
        sa.ForeignKeyConstraint(["of_lead_id"], ["leads.lead_id"], name=op.f("fk_follows_of_lead_id_leads")),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_follows")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_follows_of_lead_id"), "follows", ["of_lead_id"], unique=False)


def _let_go() -> None:
    """When what was held back of a lead was let go."""
    op.add_column("leads", sa.Column("let_go_at", sa.BigInteger()))
