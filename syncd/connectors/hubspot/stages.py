"""Moving a lifecycle stage, backward too: clear, confirm, set, read back.

HubSpot takes a backward write with success and changes nothing, and goes through a batch in no order, so
clearing and setting are two requests (contacts guide; integrate.hubspot.com/t/1333). Each run starts from a
fresh read and is therefore resumable: a stage found blank means that only setting remains. A customer's or
an open opportunity's stage, as it is on the record now, is never moved back, whatever was decided before: the
rest is written and the note says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from syncd.connectors.hubspot.api import Api
from syncd.connectors.hubspot.target import Update, by_any_id, contact, left_out, write_properties
from syncd.connectors.hubspot.wire import Row, Rows
from syncd.core.model import System
from syncd.ports import Failure, Outcome, Recovery, Result, SystemFailure

STAGE = "lifecyclestage"
GUARDED = frozenset({"opportunity", "customer", "evangelist"})
_READ = (STAGE, "hs_merged_object_ids")


class StageMover:
    """Writes updates that hold a lifecycle stage. The order of stages is the portal's own."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._order: dict[str, int] = {}

    def apply(self, batch: Sequence[Update]) -> dict[int, Outcome]:
        """One outcome per update of a batch of at most a hundred, no contact twice."""
        try:
            order = self._stage_order()
            page = self._read(batch)
        except SystemFailure as error:
            return {item.effect_id: item.failed(error.failure) for item in batch}
        fresh, unseen = by_any_id(page), left_out(page)
        found: dict[int, Outcome] = {}
        backward: list[Update] = []
        ready: list[Update] = []
        kept: list[tuple[Update, str]] = []
        for item in batch:
            row = fresh.get(item.contact_id)
            failure = unseen.get(item.contact_id) or _obstacle(item, row, order)
            why = "" if failure is not None or row is None else _why_kept(item, row.text(STAGE), order)
            if failure is not None:
                found[item.effect_id] = item.failed(failure)
            elif why:
                kept.append((item, why))
            elif row is not None and _is_backward(row.text(STAGE), _target(item), order):
                backward.append(item)
            else:
                ready.append(item)
        ready += self._cleared(backward, found)
        written = self._set(ready, found)
        return found | self._without_stage(kept) | self._read_back(written)

    def _without_stage(self, items: Sequence[tuple[Update, str]]) -> dict[int, Outcome]:
        """Everything but the stage, with a note of why the stage stays: the rest must not wait for it."""
        rest = [
            replace(item, fields={name: value for name, value in item.fields.items() if name != STAGE})
            for item, _why in items
        ]
        answers = write_properties(self._api, [item for item in rest if item.fields])
        return {
            item.effect_id: replace(_outcome_of(item, answers), note=why)
            for item, (_whole, why) in zip(rest, items, strict=True)
        }

    def _stage_order(self) -> Mapping[str, int]:
        """Stages by place. Custom stages have numeric names; only their display order tells the place."""
        if not self._order:
            definition = self._api.properties("contacts").get(STAGE)
            options = sorted(definition.options if definition else [], key=lambda item: item.display_order)
            self._order = {option.value: place for place, option in enumerate(options)}
        return self._order

    def _fresh(self, batch: Sequence[Update]) -> dict[str, Row]:
        return by_any_id(self._read(batch))

    def _read(self, batch: Sequence[Update]) -> Rows:
        return self._api.batch_read("contacts", [item.contact_id for item in batch], _READ)

    def _cleared(self, items: Sequence[Update], found: dict[int, Outcome]) -> list[Update]:
        """Step one: the updates whose stage is confirmed blank now. What failed goes to `found`."""
        if not items:
            return []
        blanks = [Update(item.effect_id, item.contact_id, {STAGE: ""}) for item in items]
        answers = write_properties(self._api, blanks)
        cleared: list[Update] = []
        for item in items:
            outcome, row = answers[item.effect_id]
            if outcome.result is not Result.DONE:
                found[item.effect_id] = outcome
            elif row is not None and row.text(STAGE):
                found[item.effect_id] = item.failed(_failure("stage_not_cleared", Recovery.TRANSIENT))
            else:
                cleared.append(item)
        return cleared

    def _set(self, items: Sequence[Update], found: dict[int, Outcome]) -> list[tuple[Update, Outcome]]:
        """Step two: everything else together with the stage. What failed goes to `found`."""
        if not items:
            return []
        answers = write_properties(self._api, items)
        written: list[tuple[Update, Outcome]] = []
        for item in items:
            outcome, _row = answers[item.effect_id]
            if outcome.result is Result.DONE:
                written.append((item, outcome))
            else:
                found[item.effect_id] = outcome
        return written

    def _read_back(self, written: Sequence[tuple[Update, Outcome]]) -> dict[int, Outcome]:
        """What the stage really is now: success of the write alone proves nothing."""
        if not written:
            return {}
        try:
            fresh = self._fresh([item for item, _outcome in written])
        except SystemFailure:
            return {item.effect_id: item.failed(_unseen()) for item, _outcome in written}
        found: dict[int, Outcome] = {}
        for item, outcome in written:
            row = fresh.get(item.contact_id)
            if row is None:
                found[item.effect_id] = item.failed(_unseen())
            elif row.text(STAGE) == _target(item):
                found[item.effect_id] = outcome
            else:
                found[item.effect_id] = item.failed(_failure("stage_not_taken", Recovery.REJECTED))
        return found


def _target(item: Update) -> str:
    return str(item.fields[STAGE] or "")


def _is_backward(current: str, target: str, order: Mapping[str, int]) -> bool:
    """Whether HubSpot would pass over setting `target`. Clearing it takes no two steps."""
    if not target:
        return False
    return bool(current) and current in order and order[target] < order[current]


def _obstacle(item: Update, row: Row | None, order: Mapping[str, int]) -> Failure | None:
    """Why this stage cannot be written at all, or None."""
    if row is None:
        return _failure("not_found", Recovery.REJECTED)
    if _target(item) and _target(item) not in order:
        return _failure("unknown_stage", Recovery.REJECTED)
    return None


def _why_kept(item: Update, current: str, order: Mapping[str, int]) -> str:
    """Why the contact keeps its present stage, whatever was decided before; empty when it may be set."""
    if _target(item) and not _is_backward(current, _target(item), order):
        return ""
    if current in GUARDED - item.may_leave:
        return "lifecycle stage kept: a customer or in an open opportunity by now"
    return "" if item.moves_back else "lifecycle stage kept: somebody moved it further meanwhile"


def _outcome_of(item: Update, answers: Mapping[int, tuple[Outcome, Row | None]]) -> Outcome:
    """The answer to `item`; done when nothing was left to be written."""
    if item.effect_id in answers:
        return answers[item.effect_id][0]
    return Outcome(item.effect_id, Result.DONE, contact(item.contact_id))


_TEXTS = {
    "not_found": (
        "The contact does not exist any more.",
        "Nothing to do: the next sweep learns whether it was archived, merged or erased.",
    ),
    "unknown_stage": (
        "The portal has no lifecycle stage of that name.",
        "Use the stage's internal name in mapping.yaml and recycle.yaml; custom stages have numeric ones.",
    ),
    "stage_not_cleared": ("The stage could not be cleared before setting an earlier one.", ""),
    "stage_not_taken": (
        "The stage was written and is another one when read back.",
        "Look for a workflow or an integration that sets the lifecycle stage of these contacts.",
    ),
}


def _failure(code: str, recovery: Recovery) -> Failure:
    message, cure = _TEXTS[code]
    return Failure(recovery, System.HUBSPOT, f"hubspot.{code}", message, cure, fields=(STAGE,))


def _unseen() -> Failure:
    message = "The stage was written and could not be read back."
    return Failure(Recovery.UNKNOWN, System.HUBSPOT, "hubspot.stage_unseen", message, fields=(STAGE,))
