"""What evaluating by the complete definition keeps: packs, waivers, raised hands, matching.

The whole decision moves out of `scores` into a table of its own, so that numbers are read without it. What
people and companies are matched by is worked out as records are taken in, so the records of an older store
count as not yet taken: companies are read again from the start, contacts by the comparison of the whole list.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _columns()
    _tables()
    op.execute("INSERT INTO decisions (lead_id, decision) SELECT lead_id, decision FROM scores")
    op.drop_column("scores", "decision")
    op.execute(
        "INSERT INTO waivers (lead_id, name, given_by, why, given_at) "
        "SELECT lead_id, substr(kind, 8), resolved_by, 'answer to hold ' || hold_id, resolved_at "
        "FROM holds WHERE kind LIKE 'filter:%' AND resolution = 'hand-over'"
    )
    op.execute("UPDATE account_links SET content_hash = 0")
    op.execute("UPDATE profiles SET content_hash = 0")
    op.execute("UPDATE cursors SET cursor = NULL WHERE stream = 'companies'")


def _columns() -> None:
    op.add_column("accounts", sa.Column("name_key", sa.Text(), server_default="", nullable=False))
    op.create_index(op.f("ix_accounts_name_key"), "accounts", ["name_key"], unique=False)
    op.add_column("leads", sa.Column("reread_at", sa.BigInteger()))
    op.add_column("leads", sa.Column("matched_by", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "scores", sa.Column("lifetime_engagement_micro", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "scores", sa.Column("lifetime_intent_micro", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("scores", sa.Column("cell", sa.Text(), server_default="", nullable=False))


def _tables() -> None:
    op.create_table(
        "affiliations",
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("domain", sa.Text(), server_default="", nullable=False),
        sa.Column("name_key", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_affiliations_lead_id_leads")),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_affiliations")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_affiliations_domain"), "affiliations", ["domain"], unique=False)
    op.create_index(op.f("ix_affiliations_name_key"), "affiliations", ["name_key"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_decisions_lead_id_leads")),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_decisions")),
        sqlite_strict=True,
    )
    op.create_table(
        "packs",
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("signals", sa.LargeBinary(), nullable=False),
        sa.Column("signals_version", sa.Text(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("answers_version", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_packs_lead_id_leads")),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_packs")),
        sqlite_strict=True,
    )
    op.create_table(
        "hand_raises",
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("signal_key", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("blocked_by", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_hand_raises_lead_id_leads")),
        sa.PrimaryKeyConstraint("lead_id", "signal_key", name=op.f("pk_hand_raises")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_hand_raises_raised_at"), "hand_raises", ["raised_at"], unique=False)
    op.create_table(
        "waivers",
        sa.Column(
            "waiver_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_waivers_lead_id_leads")),
        sa.PrimaryKeyConstraint("waiver_id", name=op.f("pk_waivers")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_waivers_lead_id"), "waivers", ["lead_id"], unique=False)
