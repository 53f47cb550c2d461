"""Every version of the definition, its files, and which one was in force when.

A version is kept whole the first time it is seen or shown. What is in force is the newest term; a term is
never changed, so that the version before can be put in force again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.model import Stage, System
from syncd.store.ddl import upsert
from syncd.store.tables import leads, playbook_shown, playbook_sources, playbook_terms, playbooks, profiles

FIRST, OBSERVING, APPLIED, BACK, REBUILT = "first", "observing", "applied", "back", "rebuilt"
"""How a term began: the first ever; the folder's, while nothing leaves; applied by a person; put in force
again by one; the same files, which now mean something else (another release, another time zone)."""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One stored version. `content` is its normalised form."""

    version: str
    evaluation_version: str
    delivery_version: str
    first_seen_at: datetime
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Term:
    """From when on a version was in force, and by whom; nobody where it needed nobody."""

    term_id: int
    version: str
    began_at: datetime
    person: str
    how: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person was shown of a version before it was applied."""

    shown_at: datetime
    person: str
    summary: Mapping[str, Any]


def all_versions(tx: sa.Connection) -> tuple[VersionRow, ...]:
    """Every version, the newest first."""
    query = sa.select(
        playbooks.c.version,
        playbooks.c.evaluation_version,
        playbooks.c.delivery_version,
        playbooks.c.first_seen_at,
        playbooks.c.content,
    ).order_by(playbooks.c.first_seen_at.desc(), playbooks.c.version)
    return tuple(VersionRow(*row) for row in tx.execute(query))


def lead_ids(tx: sa.Connection, stages: frozenset[str]) -> list[int]:
    """Ids of the leads that stand at one of these stages now, merged ones left out."""
    query = (
        sa.select(leads.c.lead_id)
        .where(leads.c.merged_into.is_(None), leads.c.stage.in_(sorted(stages)))
        .order_by(leads.c.lead_id)
    )
    return list(tx.execute(query).scalars())


def dirty_ids(tx: sa.Connection, after: int, limit: int) -> list[int]:
    """The next leads with new facts that were decided before, in the order of their ids."""
    query = (
        sa.select(leads.c.lead_id)
        .where(
            leads.c.lead_id > after,
            leads.c.dirty_at.is_not(None),
            leads.c.merged_into.is_(None),
            leads.c.stage.is_not(None),
            leads.c.stage != Stage.ERASED,
        )
        .order_by(leads.c.lead_id)
        .limit(limit)
    )
    return list(tx.execute(query).scalars())


def born_since(tx: sa.Connection, since: datetime) -> Iterator[int]:
    """Leads whose contact the portal made after `since`, in the order of their ids."""
    query = (
        sa.select(profiles.c.lead_id)
        .where(
            profiles.c.system == System.HUBSPOT,
            profiles.c.object_type == "contact",
            profiles.c.created_at > since,
        )
        .distinct()
        .order_by(profiles.c.lead_id)
    )
    return iter(tx.execute(query).scalars())


# --- in force --------------------------------------------------------------------------------------------


def in_force(tx: sa.Connection) -> Term | None:
    """The term that runs; None where no version was ever in force."""
    row = tx.execute(sa.select(playbook_terms).order_by(playbook_terms.c.term_id.desc()).limit(1)).first()
    return None if row is None else Term(*row)


def term_before(tx: sa.Connection, term: Term) -> Term | None:
    """The newest term of another version, leaving out those that only gave old files another version."""
    terms = [Term(*row) for row in tx.execute(sa.select(playbook_terms).order_by(playbook_terms.c.term_id))]
    same, others = {term.version}, list[Term]()
    for later, earlier in zip(reversed(terms), [*reversed(terms)][1:], strict=False):
        if later.version in same and later.how == REBUILT:
            same.add(earlier.version)
        if earlier.version not in same:
            others.append(earlier)
    return others[0] if others else None


def terms_since(tx: sa.Connection) -> dict[str, datetime]:
    """When each version was first put in force; those that were only shown are left out. Of older stores,
    which kept no files, every version was in force from when it was first seen."""
    kept = sa.select(playbook_sources.c.version)
    older = sa.select(playbooks.c.version, playbooks.c.first_seen_at).where(playbooks.c.version.not_in(kept))
    query = sa.select(
        playbook_terms.c.version, sa.func.min(playbook_terms.c.began_at).label("since_at")
    ).group_by(playbook_terms.c.version)
    since = {row.version: row.first_seen_at for row in tx.execute(older)}
    return since | {row.version: row.since_at for row in tx.execute(query)}


def begin_term(tx: sa.Connection, version: str, now: datetime, person: str, how: str) -> Term:
    """Put a version in force. Whoever works takes it between two turns and looks at everybody."""
    values = {"version": version, "began_at": now, "person": person, "how": how}
    statement = playbook_terms.insert().values(**values).returning(playbook_terms.c.term_id)
    term_id = int(tx.execute(statement).scalar_one())
    known = playbooks.c.version == version
    tx.execute(playbooks.update().where(known).values(applied_at=now, applied_by=person))
    return Term(term_id, version, now, person, how)


# --- kept ------------------------------------------------------------------------------------------------


def keep(
    tx: sa.Connection,
    version: str,
    parts: tuple[str, str],
    content: Mapping[str, Any],
    sources: Mapping[str, str],
    now: datetime,
) -> None:
    """Keep a version with its files, as they are written now. `parts` are its evaluation and its delivery
    version."""
    statement = upsert(tx, playbooks).values(
        version=version,
        evaluation_version=parts[0],
        delivery_version=parts[1],
        content=dict(content),
        first_seen_at=now,
    )
    tx.execute(statement.on_conflict_do_nothing(index_elements=[playbooks.c.version]))
    if not sources or sources_of(tx, version) == dict(sources):
        return
    ours = playbook_sources.c.version == version
    tx.execute(playbook_sources.delete().where(ours, playbook_sources.c.file.not_in(sorted(sources))))
    for name, text in sorted(sources.items()):
        statement = upsert(tx, playbook_sources).values(version=version, file=name, text=text)
        keys = [playbook_sources.c.version, playbook_sources.c.file]
        tx.execute(statement.on_conflict_do_update(index_elements=keys, set_={"text": text}))


def sources_of(tx: sa.Connection, version: str) -> dict[str, str]:
    """The files of a version by name; empty where they were not kept."""
    query = sa.select(playbook_sources.c.file, playbook_sources.c.text)
    rows = tx.execute(query.where(playbook_sources.c.version == version))
    return {row.file: row.text for row in rows}


def content_of(tx: sa.Connection, version: str) -> VersionRow | None:
    """One stored version; None where it was never seen."""
    return next((row for row in all_versions(tx) if row.version == version), None)


# --- shown -----------------------------------------------------------------------------------------------


def show(
    tx: sa.Connection, version: str, term_id: int, now: datetime, person: str, summary: Mapping[str, Any]
) -> None:
    """Keep that somebody was shown what this version would change of what is in force by this term."""
    tx.execute(
        playbook_shown.insert().values(
            version=version, term_id=term_id, shown_at=now, person=person, summary=dict(summary)
        )
    )


def last_shown(tx: sa.Connection, version: str, term_id: int) -> Shown | None:
    """When this version was last shown against this term; None where it never was."""
    query = (
        sa.select(playbook_shown.c.shown_at, playbook_shown.c.person, playbook_shown.c.summary)
        .where(playbook_shown.c.version == version, playbook_shown.c.term_id == term_id)
        .order_by(playbook_shown.c.shown_id.desc())
        .limit(1)
    )
    row = tx.execute(query).first()
    return None if row is None else Shown(*row)
