"""Delivering to HubSpot: fresh reads, property updates in batches, list membership; one outcome per write.

A batch that is refused as a whole names only its first culprit, so it is halved until the culprit stands
alone. An answer that passes over a record says nothing about it: unknown. Lifecycle stages have a module of
their own. Nothing here decides what to write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from syncd.connectors.hubspot.answers import ListInfo
from syncd.connectors.hubspot.api import BATCH_MAX, HISTORY_BATCH_MAX, Api
from syncd.connectors.hubspot.wire import Row, Rows
from syncd.core.model import Ref, System
from syncd.core.playbook import Ownership
from syncd.ports import Candidate, Failure, Found, Lookup, Outcome, Recovery, Result, SystemFailure, Write

MEMBERSHIP_MAX = 500
STATE_PROPERTIES = ("lifecyclestage", "hs_lead_status", "hs_merged_object_ids")
_LISTS_TAKING_MEMBERS = frozenset({"MANUAL", "SNAPSHOT"})
_HOLDING_NOBODY = frozenset({"hubspot.list_missing", "hubspot.list_not_manual"})
"""Of a list in this state nobody has to be taken out."""


@dataclass(frozen=True, slots=True)
class Update:
    """Properties to write on one contact, for one effect. `moves_back` allows an earlier lifecycle stage,
    `may_leave` are guarded stages that may be left all the same: the deal behind them is lost."""

    effect_id: int
    contact_id: str
    fields: Mapping[str, object]
    moves_back: bool = True
    may_leave: frozenset[str] = frozenset()

    def done(self, row: Row, note: str = "") -> Outcome:
        return Outcome(self.effect_id, Result.DONE, contact(row.id), note=note)

    def failed(self, failure: Failure) -> Outcome:
        """The outcome of a failure, its subject this contact; unknown where the failure says so."""
        result = Result.UNKNOWN if failure.recovery is Recovery.UNKNOWN else Result.FAILED
        subject = failure.subject or contact(self.contact_id)
        return Outcome(self.effect_id, result, failure=replace(failure, subject=subject))


def contact(id_: str) -> Ref:
    return Ref(System.HUBSPOT, "contact", id_)


def contact_id_of(known: Iterable[Ref], payload: Mapping[str, object]) -> str:
    """The contact a lookup or write is about: a known reference, else the payload's `contact_id`."""
    for ref in known:
        if ref.system is System.HUBSPOT and ref.object == "contact":
            return ref.id
    return str(payload.get("contact_id", ""))


# --- reading ---------------------------------------------------------------------------------------------


def read_contacts(api: Api, lookups: Sequence[Lookup]) -> tuple[Found, ...]:
    """Fresh state for each lookup. Raises SystemFailure when nothing at all could be read."""
    ids = [contact_id_of(lookup.known, lookup.payload) for lookup in lookups]
    names = sorted({name for lookup in lookups for name in lookup.fields} | set(STATE_PROPERTIES))
    wanted = list(dict.fromkeys(id_ for id_ in ids if id_))
    rows: dict[str, Row] = {}
    failures: dict[str, Failure] = {}
    shared = sorted({name for lookup in lookups for name in _shared(lookup)})
    size = HISTORY_BATCH_MAX if shared else BATCH_MAX
    for start in range(0, len(wanted), size):
        chunk = wanted[start : start + size]
        try:
            page = api.batch_read("contacts", chunk, names, history=shared)
        except SystemFailure as error:
            failures |= dict.fromkeys(chunk, error.failure)
            continue
        rows |= by_any_id(page)
        failures |= left_out(page)
    if wanted and len(failures) == len(wanted):
        raise SystemFailure(next(iter(failures.values())))
    return tuple(
        Found(lookup.effect_id, _candidates(rows.get(id_), id_, lookup), failures.get(id_))
        for lookup, id_ in zip(lookups, ids, strict=True)
    )


def by_any_id(page: Rows) -> dict[str, Row]:
    """The rows by their id and by every id merged into them: a merged contact answers by its new id."""
    found: dict[str, Row] = {}
    for row in page.rows:
        for id_ in row.text("hs_merged_object_ids").split(";"):
            found.setdefault(id_.strip(), row)
        found[row.id] = row
    return found


_BY_PROGRAM = frozenset({"INTEGRATION", "API"})
"""How our own writes come by; another program's do too, and then the value alone tells."""


def _shared(lookup: Lookup) -> frozenset[str]:
    """Properties of this write that are ours until somebody changes them."""
    rules = lookup.payload.get("rules")
    if not isinstance(rules, Mapping):
        return frozenset()
    return frozenset(str(name) for name, rule in rules.items() if rule == Ownership.UNTIL_TOUCHED)


def _touched(row: Row, names: Iterable[str]) -> frozenset[str]:
    """Of these properties, those that somebody else wrote last."""
    newest = {
        name: max(versions, key=lambda item: item.timestamp)
        for name in names
        if (versions := row.properties_with_history.get(name))
    }
    return frozenset(name for name, last in newest.items() if last.source_type not in _BY_PROGRAM)


def _candidates(row: Row | None, asked: str, lookup: Lookup) -> tuple[Candidate, ...]:
    if row is None:
        return ()
    shown = {*lookup.fields, "lifecyclestage", "hs_lead_status"}
    kept = {name: value for name, value in row.properties.items() if value and name in shown}
    moved_to = contact(row.id) if row.id != asked else None
    return (
        Candidate(
            contact(asked),
            "id",
            kept,
            is_open=not row.archived and moved_to is None,
            moved_to=moved_to,
            modified_at=row.updated_at,
            touched=_touched(row, _shared(lookup)),
        ),
    )


# --- properties ------------------------------------------------------------------------------------------


def rounds(updates: Sequence[Update]) -> list[list[Update]]:
    """The updates in batches of at most a hundred, in order, no contact twice in one batch: HubSpot refuses
    duplicates, and does not go through a batch in order."""
    pending = list(updates)
    batches: list[list[Update]] = []
    while pending:
        batch: dict[str, Update] = {}
        later: list[Update] = []
        for update in pending:
            if len(batch) < BATCH_MAX and update.contact_id not in batch:
                batch[update.contact_id] = update
            else:
                later.append(update)
        batches.append(list(batch.values()))
        pending = later
    return batches


def write_properties(api: Api, batch: Sequence[Update]) -> dict[int, tuple[Outcome, Row | None]]:
    """What became of each update of one batch, by effect id, with the contact as it is now where it took."""
    if not batch:
        return {}
    try:
        page = api.batch_update("contacts", [(item.contact_id, item.fields) for item in batch])
    except SystemFailure as error:
        if error.failure.recovery is not Recovery.REJECTED or len(batch) == 1:
            return {item.effect_id: (item.failed(error.failure), None) for item in batch}
        middle = len(batch) // 2
        return write_properties(api, batch[:middle]) | write_properties(api, batch[middle:])
    rows, refused = {row.id: row for row in page.rows}, _refused(page)
    left = [item for item in batch if item.contact_id not in rows and item.contact_id not in refused]
    renamed = [row for row in page.rows if row.id not in {item.contact_id for item in batch}]
    if len(left) == len(renamed) == 1:  # a merged contact takes the update under its new id
        rows[left[0].contact_id] = renamed[0]
    found: dict[int, tuple[Outcome, Row | None]] = {}
    for item in batch:
        row = rows.get(item.contact_id)
        if row is not None:
            found[item.effect_id] = (item.done(row), row)
        else:
            failure = refused.get(item.contact_id) or _no_answer()
            found[item.effect_id] = (item.failed(failure), None)
    return found


def left_out(page: Rows) -> dict[str, Failure]:
    """The inputs a batch read could not serve for now (207), by id: of those it says nothing."""
    return {id_: why for id_, why in _refused(page).items() if why.recovery is Recovery.TRANSIENT}


def _refused(page: Rows) -> dict[str, Failure]:
    """Failures by contact id from the `errors` of a batch answered partly (207)."""
    found: dict[str, Failure] = {}
    for error in page.errors:
        if not isinstance(error, dict):
            continue
        context = error.get("context")
        ids = context.get("ids", []) if isinstance(context, dict) else []
        for id_ in ids if isinstance(ids, list) else []:
            found[str(id_)] = _item_failure(str(error.get("category", "")))
    return found


def _item_failure(category: str) -> Failure:
    if category == "OBJECT_NOT_FOUND":
        return Failure(
            Recovery.REJECTED,
            System.HUBSPOT,
            "hubspot.not_found",
            "The contact does not exist any more.",
            cure="Nothing to do: the next sweep learns whether it was archived, merged or erased.",
        )
    if category in ("RATE_LIMITS", "RATE_LIMIT", "INTERNAL_ERROR", "CONFLICT"):
        return Failure(
            Recovery.TRANSIENT, System.HUBSPOT, "hubspot.item_busy", "HubSpot could not take the update now."
        )
    return Failure(
        Recovery.REJECTED,
        System.HUBSPOT,
        "hubspot.invalid",
        "HubSpot refused the update of this contact.",
        cure="Check the values against the properties' types and options, and the portal's own rules.",
    )


def _no_answer() -> Failure:
    return Failure(
        Recovery.UNKNOWN,
        System.HUBSPOT,
        "hubspot.no_result",
        "HubSpot answered the batch without a word about this contact.",
    )


# --- membership ------------------------------------------------------------------------------------------


class Memberships:
    """Puts contacts in one list and takes them out of others, lists by name."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lists: dict[str, ListInfo] = {}

    def apply(self, writes: Sequence[Write]) -> dict[int, Outcome]:
        """One outcome per write. `payload` holds `list`, the one to be in (with `member` false: none), and
        `leave`, those to be out of. Everybody leaves before anybody joins, and who could not leave does not
        join: nobody is ever in two."""
        changes = [_Change(write) for write in writes]
        for name, items in _by_list((name, item) for item in changes for name in item.leaves):
            for start in range(0, len(items), MEMBERSHIP_MAX):
                self._leave(name, items[start : start + MEMBERSHIP_MAX])
        joining = ((item.joins, item) for item in changes if item.joins and item.failure is None)
        for name, items in _by_list(joining):
            for start in range(0, len(items), MEMBERSHIP_MAX):
                self._join(name, items[start : start + MEMBERSHIP_MAX])
        return {item.update.effect_id: item.outcome() for item in changes}

    def _leave(self, name: str, items: Sequence[_Change]) -> None:
        """Out of one list. A list that is not there, or fills itself, holds nobody that we put there."""
        items = [item for item in items if item.failure is None]
        try:
            list_ = self._list(name)
        except SystemFailure as error:
            if error.failure.code in _HOLDING_NOBODY:
                return
            _fail(items, error.failure)
            return
        left, _missing = self._changed(name, list_, items, member=False)
        for item in items:
            if item.update.contact_id in left:
                item.was_in.append(name)

    def _join(self, name: str, items: Sequence[_Change]) -> None:
        try:
            list_ = self._list(name)
        except SystemFailure as error:
            _fail(items, error.failure)
            return
        added, missing = self._changed(name, list_, items, member=True)
        for item in items:
            if item.update.contact_id in missing:
                item.failure = _item_failure("OBJECT_NOT_FOUND")
            elif item.update.contact_id in added:
                item.is_new = True
            else:
                item.was_in.append(name)

    def _changed(
        self, name: str, list_: ListInfo, items: Sequence[_Change], *, member: bool
    ) -> tuple[frozenset[str], frozenset[str]]:
        """The contacts for whom this was news, and those that are not there; a failure is every item's."""
        ids = list(dict.fromkeys(item.update.contact_id for item in items))
        if not ids:
            return frozenset(), frozenset()
        try:
            answer = self._api.change_membership(list_.list_id, ids, member=member)
        except SystemFailure as error:
            self._lists.pop(name, None)
            _fail(items, error.failure)
            return frozenset(), frozenset()
        changed = (
            (*answer.records_ids_added, *answer.record_ids_added)
            if member
            else (*answer.records_ids_removed, *answer.record_ids_removed)
        )
        return frozenset(map(str, changed)), frozenset(map(str, answer.record_ids_missing))

    def _list(self, name: str) -> ListInfo:
        """The list of that name. Raises SystemFailure(CONFIGURATION) when it cannot take members."""
        known = self._lists.get(name)
        if known is not None:
            return known
        try:
            found = self._api.list_by_name(name)
        except SystemFailure as error:
            if error.failure.code != "hubspot.not_found":
                raise
            raise SystemFailure(list_missing(name)) from None
        if found.processing_type not in _LISTS_TAKING_MEMBERS:
            raise SystemFailure(list_not_manual(name, found.processing_type))
        self._lists[name] = found
        return found


class _Change:
    """One contact's change of lists, and what the answers told: the lists it was in, whether it joined."""

    def __init__(self, write: Write) -> None:
        named, is_member = str(write.payload.get("list", "")), bool(write.payload.get("member", True))
        self.update = Update(
            write.effect_id, contact_id_of([write.ref] if write.ref else [], write.payload), {}
        )
        self.joins = named if is_member else ""
        self.leaves = leaving(write)
        self.was_in: list[str] = []
        self.is_new = False
        self.failure: Failure | None = None

    def outcome(self) -> Outcome:
        """`is_created` says that something changed: only then is there anything to take back."""
        if self.failure is not None:
            return self.update.failed(self.failure)
        return Outcome(
            self.update.effect_id,
            Result.DONE,
            contact(self.update.contact_id),
            is_created=self.is_new or any(name != self.joins for name in self.was_in),
            before={"lists": sorted(self.was_in)},
        )


def leaving(write: Write) -> tuple[str, ...]:
    """The lists a membership is to be left in favour of its own, or of none."""
    named, is_member = str(write.payload.get("list", "")), bool(write.payload.get("member", True))
    leave = write.payload.get("leave")
    names = [str(name) for name in leave] if isinstance(leave, Sequence) else []
    return tuple(names or ([] if is_member or not named else [named]))


def _by_list(pairs: Iterable[tuple[str, _Change]]) -> list[tuple[str, list[_Change]]]:
    found: dict[str, list[_Change]] = {}
    for name, item in pairs:
        found.setdefault(name, []).append(item)
    return list(found.items())


def _fail(items: Iterable[_Change], failure: Failure) -> None:
    for item in items:
        item.failure = failure


def list_missing(name: str) -> Failure:
    """A list the playbook names does not exist."""
    return Failure(
        Recovery.CONFIGURATION,
        System.HUBSPOT,
        "hubspot.list_missing",
        f"There is no contact list named {name!r}.",
        cure=f"Create a static (manual) contact list named {name!r}, or name another one in recycle.yaml.",
    )


def list_not_manual(name: str, kind: str) -> Failure:
    """A list the playbook names fills itself and takes no members."""
    return Failure(
        Recovery.CONFIGURATION,
        System.HUBSPOT,
        "hubspot.list_not_manual",
        f"The list {name!r} is {kind}: it fills itself and takes no members.",
        cure=f"Make {name!r} a static (manual) list, or name another one in recycle.yaml.",
    )


def takes_members(list_: ListInfo) -> bool:
    return list_.processing_type in _LISTS_TAKING_MEMBERS
