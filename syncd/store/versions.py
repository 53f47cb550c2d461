"""Every version of the definition that was ever in force, as the store keeps it with its content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.store.tables import leads, playbooks


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One stored version. `content` is its normalised form."""

    version: str
    evaluation_version: str
    delivery_version: str
    first_seen_at: datetime
    content: Mapping[str, Any]


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
