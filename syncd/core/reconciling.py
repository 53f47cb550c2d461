"""Why a record elsewhere differs from what the store says of it, and what becomes of the difference.

Every difference has one cause out of this list, and every cause one consequence: it heals through the outbox,
it ends by itself, it is right as it is, a person must act, or nobody can say why. Only the last is an alarm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from syncd.core.model import System


class Fate(StrEnum):
    """What becomes of a difference."""

    HEALS = "heals"  # written again through the outbox
    WAITS = "waits"  # ends by itself
    STAYS = "stays"  # right as it is: somebody decided so
    PERSON = "person"  # a person must act
    UNEXPLAINED = "unexplained"


class Cause(StrEnum):
    """Why there is a difference."""

    # fields
    OVERWRITTEN = "overwritten"
    CONTESTED = "contested"
    EDITED = "edited"
    OWNERSHIP = "ownership"
    STAGE_MOVED = "stage_moved"
    NATIVE_SYNC = "native_sync"
    PERMISSION = "permission"
    UNFIT = "unfit"
    NOT_WRITTEN = "not_written"
    # records of ours
    KEY_REMOVED = "key_removed"
    KEY_CHANGED = "key_changed"
    KEY_ELSEWHERE = "key_elsewhere"
    TWIN = "twin"
    OWNER_LEFT = "owner_left"
    DELETED = "deleted"
    MERGED = "merged"
    GONE = "gone"
    EXTRA_TASK = "extra_task"
    TASK_DELETED = "task_deleted"
    # lists
    LEFT_LIST = "left_list"
    IN_TWO_LISTS = "in_two_lists"
    JOINED_LIST = "joined_list"
    LIST_MISSING = "list_missing"
    # the outbox
    HELD = "held"
    PARKED = "parked"
    KEPT_BACK = "kept_back"
    PAUSED = "paused"
    WAITING = "waiting"
    # counts
    LATE = "late"
    UNREADABLE = "unreadable"
    REMOVAL_DUE = "removal_due"
    HIDDEN = "hidden"
    MISSED = "missed"
    UNCOUNTED = "uncounted"
    LOST_PASS = "lost_pass"  # noqa: S105 - a pass of a lead


FATES: Mapping[Cause, Fate] = {
    Cause.OVERWRITTEN: Fate.HEALS,
    Cause.CONTESTED: Fate.PERSON,
    Cause.EDITED: Fate.STAYS,
    Cause.OWNERSHIP: Fate.STAYS,
    Cause.STAGE_MOVED: Fate.STAYS,
    Cause.NATIVE_SYNC: Fate.STAYS,
    Cause.PERMISSION: Fate.PERSON,
    Cause.UNFIT: Fate.STAYS,
    Cause.NOT_WRITTEN: Fate.UNEXPLAINED,
    Cause.KEY_REMOVED: Fate.HEALS,
    Cause.KEY_CHANGED: Fate.PERSON,
    Cause.KEY_ELSEWHERE: Fate.PERSON,
    Cause.TWIN: Fate.PERSON,
    Cause.OWNER_LEFT: Fate.PERSON,
    Cause.DELETED: Fate.STAYS,
    Cause.MERGED: Fate.STAYS,
    Cause.GONE: Fate.PERSON,
    Cause.EXTRA_TASK: Fate.HEALS,
    Cause.TASK_DELETED: Fate.STAYS,
    Cause.LEFT_LIST: Fate.STAYS,
    Cause.IN_TWO_LISTS: Fate.HEALS,
    Cause.JOINED_LIST: Fate.STAYS,
    Cause.LIST_MISSING: Fate.PERSON,
    Cause.HELD: Fate.PERSON,
    Cause.PARKED: Fate.PERSON,
    Cause.KEPT_BACK: Fate.PERSON,
    Cause.PAUSED: Fate.WAITS,
    Cause.WAITING: Fate.WAITS,
    Cause.LATE: Fate.WAITS,
    Cause.UNREADABLE: Fate.PERSON,
    Cause.REMOVAL_DUE: Fate.WAITS,
    Cause.HIDDEN: Fate.PERSON,
    Cause.MISSED: Fate.UNEXPLAINED,
    Cause.UNCOUNTED: Fate.UNEXPLAINED,
    Cause.LOST_PASS: Fate.UNEXPLAINED,
}
"""What becomes of a difference of each cause."""

WORDS: Mapping[Cause, str] = {
    Cause.OVERWRITTEN: "a field that is ours was changed: it is written again",
    Cause.CONTESTED: "a field that is ours was changed again after we wrote it again: find out what else "
    "writes it, or give it up in mapping.yaml",
    Cause.EDITED: "a person changed it since: it stays",
    Cause.OWNERSHIP: "it is filled there already, or written on create only: its ownership rule leaves it",
    Cause.STAGE_MOVED: "the stage was moved in HubSpot since: it is not fought over",
    Cause.NATIVE_SYNC: "HubSpot's own Salesforce sync wrote it last: it stays",
    Cause.PERMISSION: "we may not write the field, or it does not exist: `syncd errors` names the cure",
    Cause.UNFIT: "the record cannot take the value: `syncd errors` names it",
    Cause.NOT_WRITTEN: "the store says it was written, and the record has the value before: it is written "
    "again; tell us, with the run that wrote it",
    Cause.KEY_REMOVED: "our key was taken off the record: it is put back",
    Cause.KEY_CHANGED: "the record carries another key than ours: find out who changed it",
    Cause.KEY_ELSEWHERE: "our key stands on another open record too: take it off there, or merge the two",
    Cause.TWIN: "another open record of the same person stands beside ours: `syncd hold list`",
    Cause.OWNER_LEFT: "its owner is not active any more: give it to somebody else in Salesforce",
    Cause.DELETED: "it was deleted there: it stays so",
    Cause.MERGED: "it was merged there: the surviving record is followed",
    Cause.GONE: "it is not shown to us any more: its permission was taken away, or the bin was emptied",
    Cause.EXTRA_TASK: "there is a second open task of ours: it is closed",
    Cause.TASK_DELETED: "our task was deleted: it is not made again",
    Cause.LEFT_LIST: "the contact was taken out of the list since: it stays out",
    Cause.IN_TWO_LISTS: "the contact is in the list of a track it has left: it is taken out",
    Cause.JOINED_LIST: "the contact was put into the list by somebody else since: it stays",
    Cause.LIST_MISSING: "the list is not there, or takes no members: see recycle.yaml",
    Cause.HELD: "a person must choose: `syncd hold list`",
    Cause.PARKED: "the write was refused: `syncd errors` names the cure",
    Cause.KEPT_BACK: "the write is kept back: `syncd queue list` and `syncd hold list`",
    Cause.PAUSED: "writing is paused, or the profile only observes: it waits",
    Cause.WAITING: "it is on its way",
    Cause.LATE: "it changed since we last read: the next reading brings it",
    Cause.UNREADABLE: "the record could not be read: `syncd errors` names it",
    Cause.REMOVAL_DUE: "it is gone there, and the next sweep learns of it",
    Cause.HIDDEN: "the store holds it, and it is not shown to us any more: a permission was taken away, or "
    "it is gone for good",
    Cause.MISSED: "a record is there that we have never read",
    Cause.UNCOUNTED: "the counts differ, and no single record explains it",
    Cause.LOST_PASS: "somebody qualified, and nothing says what became of it",
}
"""Each cause in a sentence: what happened, and what becomes of it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: which record, why, and about which fields, list or failure. No value is in it."""

    system: System
    object_type: str
    object_id: str
    cause: Cause
    about: str = ""
    is_healing: bool = False  # a write that heals it stands in the outbox

    @property
    def fate(self) -> Fate:
        return FATES[self.cause]


EXIT_EVEN, EXIT_UNEXPLAINED, EXIT_PERSON = 0, 1, 3


def exit_code(causes: Iterable[Cause]) -> int:
    """For monitoring: 1 when a difference is unexplained, else 3 when a person must act, else 0."""
    fates = {FATES[cause] for cause in causes}
    if Fate.UNEXPLAINED in fates:
        return EXIT_UNEXPLAINED
    return EXIT_PERSON if Fate.PERSON in fates else EXIT_EVEN


def tally(differences: Iterable[Difference]) -> dict[str, int]:
    """How many differences there are of each cause."""
    return dict(sorted(Counter(str(item.cause) for item in differences).items()))
