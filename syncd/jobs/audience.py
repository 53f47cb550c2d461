"""Makes the advertising audience of a track or a level: everybody judged anew, then counted and hashed.

Only reads. Nobody's opt-out waits for the next evaluation: each person is judged as of now.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

import sqlalchemy as sa

from syncd.core import qualify, story, tracks
from syncd.core.audience import HEADERS, Audience, Platform, audience
from syncd.core.model import Snapshot, Stage, Verdict
from syncd.core.playbook import Playbook
from syncd.store import audiences, snapshots
from syncd.store.bulk import chunks
from syncd.store.engine import Store

TRACK, LEVEL = "track", "level"


class NoSuchAudience(Exception):  # noqa: N818 - an outcome for the person who asked
    """No track or level is called so, or one of each; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the audience is made of: a track or a level, by id."""

    kind: str
    id: str
    label: str


def chosen(name: str, playbook: Playbook) -> Chosen:
    """The track or level of that id; `track:ID` and `level:ID` say which. Raises NoSuchAudience."""
    kind, _colon, id_ = name.rpartition(":")
    found_in = {
        TRACK: {track.id: track.label for track in playbook.tracks.values()},
        LEVEL: {level.id: level.label for level in playbook.levels.mql} | {"near_sql": "Near-SQL"},
    }
    if kind and kind not in found_in:
        raise NoSuchAudience(f"'{name}' is neither track:ID nor level:ID")
    hits = [
        Chosen(word, id_, ids[id_]) for word, ids in found_in.items() if id_ in ids and kind in ("", word)
    ]
    if len(hits) == 1:
        return hits[0]
    if hits:
        raise NoSuchAudience(f"'{id_}' is a track and a level: say track:{id_} or level:{id_}")
    told = "; ".join(f"{word}s: {', '.join(ids)}" for word, ids in found_in.items())
    raise NoSuchAudience(f"there is no track or level '{name}'. There are {told}")


def made(store: Store, playbook: Playbook, who: Chosen, now: datetime) -> Audience:
    """The audience as of now."""
    return audience(_people(store, playbook, who, now), playbook.mapping.consent)


def write(found: Audience, platform: Platform, file: TextIO) -> None:
    """The audience as the platform takes it: one column under its header."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([HEADERS[platform]])
    writer.writerows([row] for row in found.rows)


def write_file(found: Audience, platform: Platform, path: Path) -> None:
    """The same into a file that its owner alone may read; one that is there is replaced."""
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8", newline="") as file:
        os.fchmod(file.fileno(), 0o600)
        write(found, platform, file)


def _people(
    store: Store, playbook: Playbook, who: Chosen, now: datetime
) -> Iterator[tuple[Snapshot, Verdict]]:
    """Everybody who stands there, judged as of now. Who is where the first load found them is on no track."""
    with store.read() as tx:
        ids = _standing(tx, who)
        for batch in chunks(ids):
            for snapshot in snapshots.load_snapshots(tx, batch, now):
                if snapshot.standing is None:
                    continue
                verdict = qualify.verdict(snapshot, playbook, now)
                if who.kind == LEVEL or _is_on(story.by_people(snapshot, verdict), playbook, who.id, now):
                    yield snapshot, verdict


def _standing(tx: sa.Connection, who: Chosen) -> tuple[int, ...]:
    if who.kind == TRACK:
        return audiences.standing_at(tx, (Stage.MQL, Stage.NEAR_SQL, Stage.RECYCLED))
    if who.id == "near_sql":
        return audiences.standing_at(tx, (Stage.NEAR_SQL,))
    return audiences.standing_at(tx, (Stage.MQL,), who.id)


def _is_on(snapshot: Snapshot, playbook: Playbook, track: str, now: datetime) -> bool:
    standing = snapshot.standing
    if standing is None or tracks.is_as_adopted(snapshot.history):
        return False
    return tracks.present(snapshot, standing, playbook, now) == track
