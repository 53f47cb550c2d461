"""What the hand-off keeps beside its effects and receipts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncd.core.mailboxes import mailbox

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _told()
    _owners()
    _plans()
    _undos()
    _playbooks()
    _identities()
    _fields()
    _hops()


def _told() -> None:
    """Links in alerts that were used, and who stood in the digest."""
    op.create_table(
        "answers_used",
        sa.Column("link_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.request_id"], name=op.f("fk_answers_used_request_id_requests")
        ),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_answers_used")),
        sqlite_strict=True,
    )
    op.create_table(
        "near_listed",
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.BigInteger(), nullable=False),
        sa.Column("listed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_near_listed_lead_id_leads")),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_near_listed")),
        sqlite_strict=True,
    )


def _undos() -> None:
    """Runs taken back, and effects kept from going out."""
    op.add_column("effects", sa.Column("held_cause", sa.Text(), server_default="", nullable=False))
    op.add_column("effects", sa.Column("held_at", sa.BigInteger(), nullable=True))
    op.add_column("effects", sa.Column("cleared_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "undos",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=False),
        sa.Column("undone_by", sa.Text(), nullable=False),
        sa.Column("leads", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.request_id"], name=op.f("fk_undos_request_id_requests")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_undos_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_undos")),
        sqlite_strict=True,
    )


def _plans() -> None:
    """What would be written, as shown to a person."""
    op.create_table(
        "plans",
        sa.Column(
            "plan_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("playbook_version", sa.Text(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), server_default="making", nullable=False),
        sa.Column("request_id", sa.BigInteger()),
        sa.Column("run_id", sa.BigInteger()),
        sa.Column("applied_at", sa.BigInteger()),
        sa.Column("applied_by", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.CheckConstraint("state IN ('making','made','applying','applied')", name=op.f("ck_plans_state")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.request_id"], name=op.f("fk_plans_request_id_requests")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_plans_run_id_runs")),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plans")),
        sqlite_strict=True,
    )
    op.create_table(
        "plan_steps",
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.BigInteger()),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("payload_hash", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("step", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("state IN ('open','done','left')", name=op.f("ck_plan_steps_state")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.plan_id"], name=op.f("fk_plan_steps_plan_id_plans")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_plan_steps_lead_id_leads")),
        sa.PrimaryKeyConstraint("plan_id", "position", name=op.f("pk_plan_steps")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_plan_steps_lead_id"), "plan_steps", ["lead_id"], unique=False)
    op.create_index("uq_plan_steps_target", "plan_steps", ["plan_id", "system", "target"], unique=True)


def _owners() -> None:
    """Whom each pass was given to, and why; users who can have no Leads."""
    op.add_column("users", sa.Column("unfit", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "assignments",
        sa.Column(
            "assignment_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("pass_number", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("about", sa.Text(), server_default="", nullable=False),
        sa.Column("skipped", sa.JSON(), nullable=False),
        sa.Column("chosen_at", sa.BigInteger(), nullable=False),
        sa.Column("again_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_assignments_lead_id_leads")),
        sa.PrimaryKeyConstraint("assignment_id", name=op.f("pk_assignments")),
        sqlite_strict=True,
    )
    op.create_index("uq_assignments_pass", "assignments", ["lead_id", "pass_number"], unique=True)
    op.create_index(op.f("ix_assignments_owner_id"), "assignments", ["owner_id"], unique=False)
    op.create_index(op.f("ix_assignments_chosen_at"), "assignments", ["chosen_at"], unique=False)


def _playbooks() -> None:
    """The files of each version, which one was in force when, and what was shown before it was applied."""
    op.create_table(
        "playbook_sources",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version"], ["playbooks.version"], name=op.f("fk_playbook_sources_version_playbooks")
        ),
        sa.PrimaryKeyConstraint("version", "file", name=op.f("pk_playbook_sources")),
        sqlite_strict=True,
    )
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "playbook_terms",
        sa.Column("term_id", key, autoincrement=True, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.Text(), server_default="", nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "how IN ('first','observing','applied','back','rebuilt')", name=op.f("ck_playbook_terms_how")
        ),
        sa.ForeignKeyConstraint(
            ["version"], ["playbooks.version"], name=op.f("fk_playbook_terms_version_playbooks")
        ),
        sa.PrimaryKeyConstraint("term_id", name=op.f("pk_playbook_terms")),
        sqlite_strict=True,
    )
    op.create_table(
        "playbook_shown",
        sa.Column("shown_id", key, autoincrement=True, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("term_id", sa.BigInteger(), nullable=False),
        sa.Column("shown_at", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.Text(), server_default="", nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version"], ["playbooks.version"], name=op.f("fk_playbook_shown_version_playbooks")
        ),
        sa.ForeignKeyConstraint(
            ["term_id"], ["playbook_terms.term_id"], name=op.f("fk_playbook_shown_term_id_playbook_terms")
        ),
        sa.PrimaryKeyConstraint("shown_id", name=op.f("pk_playbook_shown")),
        sqlite_strict=True,
    )


def _identities() -> None:
    """What people said of pairs of records, mailboxes under other names, and who owns a deal."""
    op.add_column("deals", sa.Column("owner_id", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "aliases",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("email", name=op.f("pk_aliases")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_aliases_mailbox"), "aliases", ["mailbox"], unique=False)
    op.create_table(
        "pairs",
        sa.Column(
            "pair_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_back_at", sa.BigInteger(), nullable=True),
        sa.Column("taken_back_by", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("says IN ('same','different','alerted','blocked')", name=op.f("ck_pairs_says")),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.hold_id"], name=op.f("fk_pairs_hold_id_holds")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_pairs_lead_id_leads")),
        sa.PrimaryKeyConstraint("pair_id", name=op.f("pk_pairs")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_pairs_lead_id"), "pairs", ["lead_id"], unique=False)
    _note_aliases()


def _note_aliases() -> None:
    """The addresses an older store holds; new ones are noted as they come."""
    tx = op.get_bind()
    email = sa.column("email", sa.Text())
    named = sa.or_(email.like("%+%@%"), email.like("%@gmail.com"), email.like("%@googlemail.com"))
    query = sa.select(email).select_from(sa.table("addresses")).where(named).distinct()
    found = {item: mailbox(item) for item in tx.execute(query).scalars()}
    rows = [{"email": item, "mailbox": plain} for item, plain in sorted(found.items()) if plain != item]
    if rows:
        aliases = sa.table("aliases", sa.column("email", sa.Text()), sa.column("mailbox", sa.Text()))
        op.bulk_insert(aliases, rows)


def _fields() -> None:
    """Fields that were left out, fields taken over by people, and fields rewritten on demand."""
    op.create_table(
        "fields_left",
        sa.Column("effect_id", sa.BigInteger(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["effect_id"], ["effects.effect_id"], name=op.f("fk_fields_left_effect_id_effects")
        ),
        sa.PrimaryKeyConstraint("effect_id", "object_type", "field", "value", name=op.f("pk_fields_left")),
        sqlite_strict=True,
    )
    op.create_table(
        "fields_taken",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("system", "object_type", "object_id", "field", name=op.f("pk_fields_taken")),
        sqlite_strict=True,
    )
    op.create_table(
        "backfills",
        sa.Column(
            "backfill_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("after_lead_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leads", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.request_id"], name=op.f("fk_backfills_request_id_requests")
        ),
        sa.PrimaryKeyConstraint("backfill_id", name=op.f("pk_backfills")),
        sqlite_strict=True,
    )


def _hops() -> None:
    """When each hop of a hand-off was over."""
    op.create_table(
        "hops",
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("pass_number", sa.Integer(), nullable=False),
        sa.Column("stamped_at", sa.BigInteger(), nullable=True),
        sa.Column("known_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("alerted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=op.f("fk_hops_lead_id_leads")),
        sa.PrimaryKeyConstraint("lead_id", "pass_number", name=op.f("pk_hops")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_hops_decided_at"), "hops", ["decided_at"], unique=False)
