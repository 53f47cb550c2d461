"""Which nurture track somebody is on, and which piece of content would close their gap (S76 to S83).

One track at a time: that of the recycle reason, the one that asks whether somebody wants to talk while the
answer is waited for, that of the matrix cell in which they last moved, else that of their level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from syncd.core import confirming
from syncd.core.model import Cause, Position, Snapshot, Stage, Standing, Transition, Verdict
from syncd.core.playbook import Content, Playbook
from syncd.core.signals import classify

_GIVEN_BACK = frozenset({Stage.RECYCLED, Stage.REJECTED, Stage.LOST})
_BELOW = frozenset({Stage.MQL, Stage.NEAR_SQL})


def of_level(position: Position, playbook: Playbook) -> str:
    """The track of a level, or of near-SQL; blank elsewhere."""
    if position.stage is Stage.NEAR_SQL:
        return playbook.levels.near_sql.track
    if position.stage is Stage.MQL:
        return next((item.track for item in playbook.levels.mql if item.id == position.level), "")
    return ""


def present(snapshot: Snapshot, standing: Standing, playbook: Playbook, now: datetime) -> str:
    """The track somebody is on now; blank with sales, and for a lead that is not an MQL."""
    if standing.position.stage in _GIVEN_BACK:
        return standing.track
    if standing.position.stage not in _BELOW:
        return ""
    level_track, confirm = of_level(standing.position, playbook), playbook.levels.confirm
    if confirm is not None and confirming.is_on(standing, playbook):
        found = confirming.asked(snapshot, playbook, now)
        return level_track if found is None else confirming.track_after(found, confirm, level_track)
    cells = playbook.levels.matrix.cells if playbook.levels.matrix else ()
    is_of_cell = bool(standing.track) and any(cell.track == standing.track for cell in cells)
    return standing.track if is_of_cell else level_track


def is_as_adopted(history: Sequence[Transition]) -> bool:
    """True while somebody stands where the baseline found them: the CRMs show that already, and nobody is put
    on a list for what happened before we came."""
    return not history or history[-1].cause in {Cause.ADOPTED, Cause.MERGED}


def ever(history: Sequence[Transition], standing: Standing, playbook: Playbook) -> frozenset[str]:
    """Every track the ledger's moves, or the place of now, have put somebody on. An adopted place did not."""
    places = [standing]
    places += [
        replace(standing, position=item.target, track=item.track)
        for item in history
        if item.cause is not Cause.ADOPTED
    ]
    found = {item.track for item in places if item.position.stage in _BELOW | _GIVEN_BACK}
    return frozenset(found | {of_level(item.position, playbook) for item in places}) - {""}


# --- content ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing first, in the playbook's words, and the piece that answers it; blank for none."""

    label: str = ""
    offer: str = ""


def gap(snapshot: Snapshot, verdict: Verdict, playbook: Playbook, track: str) -> Gap:
    """The first thing missing that a piece of content answers, and that piece. What the person has had is not
    offered again; where nothing is left to offer, the first thing missing alone."""
    missing = _missing(verdict)
    if not missing:
        return Gap()
    pieces = [item for item in playbook.content if not item.tracks or track in item.tracks]
    had = _had(snapshot, playbook, pieces) if pieces else frozenset()
    for id_, label in missing:
        for piece in pieces:
            if id_ in piece.closes and not had & frozenset(piece.had):
                return Gap(label, piece.offer)
    return Gap(missing[0][1])


def _missing(verdict: Verdict) -> list[tuple[str, str]]:
    """What SQL lacks, then what nobody knows: id without its place, and label; each once."""
    labels = {item.id: item.label for item in verdict.criteria}
    ids = [*verdict.missing, *(item.id for item in verdict.criteria if item.state == "unknown")]
    return list(dict.fromkeys((id_.rpartition(".")[2], labels.get(id_, id_)) for id_ in ids))


def _had(snapshot: Snapshot, playbook: Playbook, pieces: Sequence[Content]) -> frozenset[str]:
    """Of the kinds that say a piece was taken, those there is a fact of."""
    wanted = {kind for piece in pieces for kind in piece.had}
    if not wanted:
        return frozenset()
    shapes = {id(signal.shape): signal.shape for signal in snapshot.signals}
    return frozenset(wanted & {kind for shape in shapes.values() for kind in classify(shape, playbook)})
