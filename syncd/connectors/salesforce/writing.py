"""Delivering: hand-offs by record id or by upsert on our key, tasks by our key looked up first.

Records go in collections of 200 with `allOrNone` off and are judged one by one, by position; an answer that
lacks a record leaves that record unknown. A lone fresh SQL goes with its task in one call. Nothing here
retries for long: that is the outbox's work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from urllib.parse import quote

from syncd.connectors.marker import marked
from syncd.connectors.salesforce import decode, soql
from syncd.connectors.salesforce.answers import PartAnswer, part_failure
from syncd.connectors.salesforce.client import (
    ALLOW_DUPLICATES,
    BY_ORG_RULES,
    COLLECTION_MAX,
    WRITE_HEADERS,
    Client,
    Part,
    Query,
)
from syncd.connectors.salesforce.looking import Finder, object_of
from syncd.connectors.salesforce.looking_accounts import NamedIn, deals_naming
from syncd.connectors.salesforce.options import CONTACT, EVENT, LEAD, TASK, SalesforceOptions, api_name
from syncd.connectors.salesforce.outcomes import PERSON_NOT_THERE, of_part, of_result
from syncd.ports import Failure, Outcome, Recovery, Result, SystemFailure, Write

DESCRIPTION_CHARS_MAX = 32_000
"""Of a Task ("Task", object reference)."""
LOOKED_S = 30.0
"""How long a look that found no task under a key is good for one create."""
NOBODYS = "owned by the integration user, as the queue of the Lead takes no tasks"
PEOPLE = frozenset({"handoff", "record"})
"""Kinds of effect that write a Lead or a Contact."""
NOTHING_SENT = frozenset({Recovery.TRANSIENT, Recovery.HALT, Recovery.CONFIGURATION})


@dataclass(slots=True)
class _Run:
    """One `apply`: the outcomes so far by position, and whether anything may have been sent."""

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    has_sent: bool = False


@dataclass(frozen=True, slots=True)
class _Item:
    """One write with its position and the record as it is sent."""

    at: int
    write: Write
    body: Mapping[str, object]
    note: str = ""


class Writer:
    """Applies writes. Safe to share between threads."""

    def __init__(
        self,
        client: Client,
        finder: Finder,
        options: SalesforceOptions,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._finder = finder
        self._options = options
        self._monotonic = monotonic
        self._absent: dict[str, float] = {}

    def note_absent(self, keys: Iterable[str]) -> None:
        """Remember that no task carries these keys: good for one create within `LOOKED_S`."""
        now_s = self._monotonic()
        self._absent = {key: at for key, at in self._absent.items() if now_s - at <= LOOKED_S}
        self._absent.update(dict.fromkeys(keys, now_s))

    def apply(self, writes: Sequence[Write]) -> tuple[Outcome, ...]:
        """One outcome per write, by position. Raises SystemFailure only when certainly nothing was sent."""
        run = _Run()
        urgent = any(write.priority == 0 for write in writes)
        with self._client.transport.priority(0 if urgent else 5):
            if not self._together(writes, run):
                self._people(writes, run)
                self._tasks(writes, run)
        return tuple(run.outcomes[at] for at in range(len(writes)))

    # --- people ------------------------------------------------------------------------------------------

    def _people(self, writes: Sequence[Write], run: _Run) -> None:
        items = [
            _Item(at, write, self._person(write)) for at, write in enumerate(writes) if write.kind in PEOPLE
        ]
        known = [item for item in items if item.write.ref is not None]
        self._update([item for item in known if not _may_double(item.write)], run)
        self._update([item for item in known if _may_double(item.write)], run, ALLOW_DUPLICATES)
        for object_name in (CONTACT, LEAD):
            new = [
                item
                for item in items
                if item.write.ref is None and api_name(item.write.object_type) == object_name
            ]
            for may_double, by_rules in product((False, True), (False, True)):
                part = [
                    item
                    for item in new
                    if (_may_double(item.write), _by_rules(item.write)) == (may_double, by_rules)
                ]
                headers = (ALLOW_DUPLICATES if may_double else {}) | (BY_ORG_RULES if by_rules else {})
                self._upsert(object_name, part, run, headers, is_once=by_rules)
        self._read_back_owners([item for item in items if _by_rules(item.write)], run)

    def _person(self, write: Write) -> dict[str, object]:
        """The record as it is sent. A create gets the owner named, unless the org's rules choose."""
        body: dict[str, object] = {"attributes": {"type": api_name(write.object_type)}, **write.fields}
        if write.ref is not None:
            return {**body, "id": write.ref.id}
        owner = _owner(write)
        may_own = api_name(write.object_type) == LEAD or str(owner.get("id") or "").startswith("005")
        if owner.get("mode") == "owner" and owner.get("id") and may_own:
            body.setdefault("OwnerId", owner["id"])
        return {**body, self._options.key_field: write.key}

    def _update(self, items: Sequence[_Item], run: _Run, headers: Mapping[str, str] | None = None) -> None:
        """Change records by id. Twice is the same as once."""
        path, endpoint = "composite/sobjects", "PATCH composite/sobjects"
        for part in _parts(items):
            self._send(part, "PATCH", path, endpoint, run, idempotent=True, headers=headers)

    def _upsert(
        self,
        object_name: str,
        items: Sequence[_Item],
        run: _Run,
        headers: Mapping[str, str],
        *,
        is_once: bool,
    ) -> None:
        """Create by our key, or change what carries it already. Twice is the same as once.

        Two upserts of one key at the same moment: the loser is told of a duplicate value, and finds the
        record when it is sent again ("Upsert", REST guide). With the org's rules on, a repeat would run them
        again on the record just made: the transport sends those once (`is_once`).
        """
        path = f"composite/sobjects/{object_name}/{self._options.key_field}"
        endpoint = f"PATCH composite/sobjects/{object_name}"
        for part in _parts(items):
            self._send(part, "PATCH", path, endpoint, run, idempotent=not is_once, headers=headers)
            lost = [item for item in part if _code(run.outcomes[item.at]) == "salesforce.duplicate_value"]
            if lost:
                self._send(lost, "PATCH", path, endpoint, run, idempotent=True)

    def _read_back_owners(self, items: Sequence[_Item], run: _Run) -> None:
        """Say in the note whom the org's assignment rules chose."""
        created = {
            outcome.ref.id: item.at
            for item in items
            if (outcome := run.outcomes[item.at]).is_created and outcome.ref is not None
        }
        if not created:
            return
        select = soql.Select(LEAD, ("Id", "OwnerId"), soql.one_of("Id", created))
        try:
            rows = self._client.all_rows(Query(select.text()), "query owner")
        except SystemFailure:  # the record stands; the next pull brings its owner
            return
        for row in rows:
            at = created[str(row["Id"])]
            run.outcomes[at] = replace(
                run.outcomes[at], note=f"owner chosen by the org's assignment rules: {row['OwnerId']}"
            )

    # --- tasks -------------------------------------------------------------------------------------------

    def _tasks(self, writes: Sequence[Write], run: _Run) -> None:
        tasks = [(at, write) for at, write in enumerate(writes) if write.kind == "task"]
        known = [
            _Item(at, write, {"attributes": {"type": TASK}, **write.fields, "id": write.ref.id})
            for at, write in tasks
            if write.ref is not None
        ]
        self._update(known, run)
        new = [(at, write) for at, write in tasks if write.ref is None]
        try:
            there = self._there_already(new)
            missing = [(at, write) for at, write in new if not self._adopt(at, write, there, run)]
            items = self._addressed(missing, writes, run)
        except SystemFailure as error:
            self._refuse([at for at, _ in new], writes, error.failure, run)
            return
        for part in _parts(items):
            self._send(part, "POST", "composite/sobjects", "POST composite/sobjects", run, idempotent=False)

    def _there_already(self, tasks: Sequence[tuple[int, Write]]) -> Mapping[str, str]:
        """Ids of tasks by our key, looked up now unless a look just before found none."""
        now_s = self._monotonic()
        unsure = [write for _, write in tasks if now_s - self._absent.pop(write.key, -LOOKED_S) >= LOOKED_S]
        found: dict[str, str] = {}
        for name in (TASK, EVENT):
            keys = [write.key for write in unsure if object_of(write.payload) == name]
            rows = self._finder.tasks_by_key(keys, (), name) if keys else {}
            found |= {key: str(item[0]["Id"]) for key, item in rows.items()}
        return found

    def _adopt(self, at: int, write: Write, there: Mapping[str, str], run: _Run) -> bool:
        """True when an earlier attempt had made the task."""
        if write.key not in there:
            return False
        run.outcomes[at] = Outcome(
            write.effect_id,
            Result.DONE,
            decode.ref(write.object_type, there[write.key]),
            note="was there already",
        )
        return True

    def _addressed(
        self, tasks: Sequence[tuple[int, Write]], writes: Sequence[Write], run: _Run
    ) -> list[_Item]:
        """Tasks with the person they are about and an owner; those whose person is not there yet wait."""
        done = {
            write.key: outcome.ref.id
            for at, write in enumerate(writes)
            if write.kind == "handoff" and (outcome := run.outcomes[at]).ref is not None
        }
        named = {at: _who(write) or done.get(_person_key(write.key), "") for at, write in tasks}
        places = self._finder.whereabouts(
            [_person_key(write.key) for at, write in tasks if not named[at]],
            [who for who in named.values() if who],
        )
        # a queue owns tasks only when Task is among its objects ("Queues", help.salesforce.com)
        has_queue = any(owner_id.startswith("00G") for _, owner_id in places.values())
        queues = self._finder.task_queues() if has_queue else frozenset[str]()
        deals = self._deals([write for _at, write in tasks], places)
        items: list[_Item] = []
        for at, write in tasks:
            who, owner_id = places.get(named[at] or _person_key(write.key), ("", ""))
            if who:
                may_own = owner_id.startswith("005") or (owner_id in queues and not _is_event(write))
                body = self._task(write, who, owner_id if may_own else "", deals.get(who, ()))
                items.append(_Item(at, write, body, "" if "OwnerId" in body else NOBODYS))
            else:
                run.outcomes[at] = Outcome(write.effect_id, Result.FAILED, failure=PERSON_NOT_THERE)
        return items

    def _deals(
        self, tasks: Sequence[Write], places: Mapping[str, tuple[str, str]]
    ) -> Mapping[str, Sequence[NamedIn]]:
        """Open opportunities that name the Contacts of what is still to be done, and those it is about."""
        is_open = any(_is_open(write) for write in tasks)
        contacts = {who for who, _owner_id in places.values() if who.startswith("003")}
        about = {str(write.fields["WhatId"]) for write in tasks if write.fields.get("WhatId")}
        return deals_naming(self._client, contacts, about) if is_open and contacts else {}

    def _task(
        self, write: Write, who: str, owner_id: str, deals: Sequence[NamedIn] = ()
    ) -> dict[str, object]:
        """The task as it is created: with its person's owner, where it names none of its own. Somebody in
        one open opportunity has it there, for whoever works that."""
        body: dict[str, object] = {
            "attributes": {"type": api_name(write.object_type)}, **write.fields, "WhoId": who
        }  # fmt: skip
        if "Description" in body:  # by this line it is known where another sync copies the task to
            body["Description"] = marked(str(body["Description"]), write.key, DESCRIPTION_CHARS_MAX)
        about = body.get("WhatId")
        named = [deal for deal in deals if (deal.is_open if about is None else deal.id == about)]
        if len(named) == 1 and _is_open(write):
            body["WhatId"], owner_id = named[0].id, named[0].owner_id or owner_id
        if owner_id:
            body.setdefault("OwnerId", owner_id)
        if who.startswith("00Q"):
            body.pop("WhatId", None)  # a task about a Lead has no WhatId ("Task", object reference)
        return {**body, self._options.task_key_field: write.key}

    # --- a lone fresh SQL with its task ------------------------------------------------------------------

    def _together(self, writes: Sequence[Write], run: _Run) -> bool:
        """True when a hand-off and its task went in one call; else nothing of them is there."""
        if not self._is_lone_sql(writes):
            return False
        person, task = writes
        self._absent.pop(task.key, None)
        try:
            answers = self._client.composite(
                [self._person_part(person), self._task_part(person, task)],
                "POST composite lead and task",
                all_or_none=True,
            )
        except SystemFailure as error:
            if error.failure.recovery is not Recovery.UNKNOWN:
                raise
            self._refuse((0, 1), writes, error.failure, run)
            return True
        if any(answer.status >= 300 for answer in answers):
            self._stop_when_halted(answers)
            return False  # rolled back together: one by one shows which of the two is at fault
        run.outcomes[0] = of_part(person, answers[0], person.ref)
        run.outcomes[1] = of_part(task, answers[1], None)
        return True

    def _is_lone_sql(self, writes: Sequence[Write]) -> bool:
        if len(writes) != 2 or [write.kind for write in writes] != ["handoff", "task"]:
            return False
        person, task = writes
        looked_s = self._monotonic() - self._absent.get(task.key, -LOOKED_S)
        owner_is_known = "OwnerId" in task.fields or _owner_id(person).startswith("005")
        return (
            person.priority == 0
            and task.ref is None
            and _person_key(task.key) == person.key
            and not _who(task)
            and not _by_rules(person)
            and not _may_double(person)
            and (person.ref is None or person.ref.object != "contact")  # its open deals are asked for first
            and owner_is_known
            and looked_s < LOOKED_S
        )

    def _person_part(self, write: Write) -> Part:
        body = {
            name: value for name, value in self._person(write).items() if name not in {"attributes", "id"}
        }
        path = f"sobjects/{api_name(write.object_type)}"
        if write.ref is not None:
            return Part("person", "PATCH", f"{path}/{write.ref.id}", body)
        del body[self._options.key_field]  # the key stands in the address and must not be in the body
        return Part("person", "PATCH", f"{path}/{self._options.key_field}/{quote(write.key, safe='')}", body)

    def _task_part(self, person: Write, task: Write) -> Part:
        who = person.ref.id if person.ref is not None else "@{person.id}"
        body = self._task(task, who, _owner_id(person))
        del body["attributes"]
        if api_name(person.object_type) == LEAD:
            body.pop("WhatId", None)
        return Part("task", "POST", f"sobjects/{api_name(task.object_type)}", body)

    def _stop_when_halted(self, answers: Sequence[PartAnswer]) -> None:
        for answer in answers:
            if answer.status >= 300 and part_failure(answer).recovery is Recovery.HALT:
                raise SystemFailure(part_failure(answer))

    # --- sending -----------------------------------------------------------------------------------------

    def _send(
        self,
        items: Sequence[_Item],
        method: str,
        path: str,
        endpoint: str,
        run: _Run,
        *,
        idempotent: bool,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send one collection and note each record's outcome. A record that makes the whole answer an error
        is found by halving, so it stops nobody else."""
        try:
            results = self._client.collection(
                method,
                path,
                [item.body for item in items],
                endpoint,
                idempotent=idempotent,
                headers={**WRITE_HEADERS, **(headers or {})},
            )
        except SystemFailure as error:
            if len(items) > 1 and error.failure.status == 400:
                middle = len(items) // 2
                for half in (items[:middle], items[middle:]):
                    self._send(half, method, path, endpoint, run, idempotent=idempotent, headers=headers)
                return
            writes = {item.at: item.write for item in items}
            self._refuse([item.at for item in items], writes, error.failure, run)
            return
        run.has_sent = True
        for position, item in enumerate(items):
            result = results[position] if position < len(results) else None
            outcome = of_result(item.write, result, is_new=method == "POST")
            is_done = outcome.result is Result.DONE
            run.outcomes[item.at] = replace(outcome, note=item.note) if is_done else outcome

    def _refuse(
        self,
        positions: Iterable[int],
        writes: Mapping[int, Write] | Sequence[Write],
        failure: Failure,
        run: _Run,
    ) -> None:
        """A whole call failed. Raises when nothing has left in this run and no record was at fault."""
        if not run.has_sent and failure.recovery in NOTHING_SENT and failure.status != 400:
            raise SystemFailure(failure)
        unknown = failure.recovery is Recovery.UNKNOWN
        run.has_sent |= unknown
        for at in positions:
            run.outcomes[at] = Outcome(
                writes[at].effect_id,
                Result.UNKNOWN if unknown else Result.FAILED,
                writes[at].ref,
                failure=failure,
            )


def _parts(items: Sequence[_Item]) -> Iterable[Sequence[_Item]]:
    return (items[start : start + COLLECTION_MAX] for start in range(0, len(items), COLLECTION_MAX))


def _owner(write: Write) -> Mapping[str, object]:
    owner = write.payload.get("owner")
    return owner if isinstance(owner, Mapping) else {}


def _owner_id(write: Write) -> str:
    """Who will own the person, as far as this write says."""
    return str(write.fields.get("OwnerId") or (_owner(write).get("id") if write.ref is None else "") or "")


def _by_rules(write: Write) -> bool:
    """True for a create whose owner the org's own assignment rules choose."""
    is_new_lead = write.ref is None and api_name(write.object_type) == LEAD
    return is_new_lead and write.kind == "handoff" and _owner(write).get("mode") == "org_rules"


def _may_double(write: Write) -> bool:
    """True where a duplicate rule of the org that only alerts has been met already."""
    return bool(write.payload.get("allow_duplicates"))


def _is_event(task: Write) -> bool:
    return api_name(task.object_type) == EVENT


def _is_open(task: Write) -> bool:
    """Whether somebody is still to do it: no history."""
    return not _is_event(task) and task.fields.get("Status") != "Completed"


def _who(task: Write) -> str:
    """The id of the person a task is about, where the write names one (`salesforce:lead:00Q...` or an id)."""
    return str(task.fields.get("WhoId") or task.payload.get("who") or "").rpartition(":")[2]


def _person_key(task_key: str) -> str:
    """The external id in a task's key `<external id>:<pass>:<purpose>`."""
    return task_key.rsplit(":", 2)[0]


def _code(outcome: Outcome) -> str:
    return outcome.failure.code if outcome.failure is not None else ""
