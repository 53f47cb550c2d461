"""What writing a field again would change, compared with Salesforce as it is now. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from syncd.core.model import System
from syncd.core.playbook import Playbook
from syncd.jobs import backfill, deliver
from syncd.jobs.planning import Failed, Nothing, Send
from syncd.ports import Clock, Target
from syncd.store import backfills, outbox
from syncd.store.bulk import chunks
from syncd.store.engine import Store

READ = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One record: the value there and the one it would get, or why it stays as it is."""

    lead_id: int
    record: str
    field: str
    old: Any
    new: Any
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The documented shape of one entry of `records`."""
        return {name: getattr(self, name) for name in self.__slots__}


def shown(
    store: Store,
    targets: Mapping[System, Target],
    playbook: Playbook,
    clock: Clock,
    named: tuple[str, str],
    limit: int,
) -> tuple[int, tuple[Line, ...]]:
    """How many leads there are, and a line for each of the first `limit`. Raises SystemFailure."""
    target, now = targets[System.SALESFORCE], clock.now()
    with store.read() as tx:
        count = backfills.count_handed_over(tx)
        ids = backfills.handed_over(tx, 0, limit)
    found: list[Line] = []
    for part in chunks(ids, READ):
        with store.read() as tx:
            wanted = backfill.intended(tx, playbook, part, *named, "plan", now)
            batch = outbox.imagined(wanted, now)
            context = deliver.context_of(tx, playbook, batch, now)
        looked = deliver.look(target, batch, context) if batch else []
        found += [line for _found, step in looked for line in _lines(step, named[1])]
    return count, tuple(found)


def _lines(step: object, name: str) -> Iterator[Line]:
    match step:
        case Send():
            record = str(step.write.ref) if step.write.ref else ""
            for field, new in step.write.fields.items():
                yield Line(step.effect.lead_id or 0, record, field, step.before.get(field), new)
        case Nothing():
            record = str(step.ref) if step.ref else ""
            why = "; ".join(step.notes) or "shows it already"
            yield Line(step.effect.lead_id or 0, record, name, None, None, why)
        case Failed():
            yield Line(step.effect.lead_id or 0, "", name, None, None, step.failure.message)
