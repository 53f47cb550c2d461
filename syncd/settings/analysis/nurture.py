"""Nurture that misses its aim: content for what nobody lacks, a question unheard, a yes worth nothing."""

from __future__ import annotations

from collections.abc import Iterator

from syncd.core.playbook import Confirm, Playbook
from syncd.settings.analysis.kinds import named
from syncd.settings.analysis.sites import Map, leaves
from syncd.settings.problems import Problem, did_you_mean, one_of


def nurture(places: Map) -> Iterator[Problem]:
    """Remarks on `content` and `confirm`."""
    playbook = places.loaded.playbook
    yield from _content(places, playbook)
    confirm = playbook.levels.confirm
    if confirm is not None:
        yield from _unheard(places, playbook, confirm)
        yield from _counts_for_nothing(places, playbook, confirm)


def _content(places: Map, playbook: Playbook) -> Iterator[Problem]:
    levels = playbook.levels
    known = {item.id for item in (*levels.sql, *levels.icp)} | {letter.id for letter in levels.bant}
    for index, piece in enumerate(playbook.content):
        for id_ in piece.closes:
            if id_ not in known:
                place = places.item("levels.yaml", f"'{piece.offer}'", "content", index)
                message = f"{place.name} closes '{id_}', which nobody can lack{did_you_mean(id_, known)}"
                yield place.problem("warning", message, allowed=one_of(known, near=id_))


def _unheard(places: Map, playbook: Playbook, confirm: Confirm) -> Iterator[Problem]:
    if not playbook.tracks[confirm.track].list_name:
        place = places.item("levels.yaml", "confirm", "confirm")
        message = f"the question is never sent: track '{confirm.track}' has no list in recycle.yaml"
        yield place.problem("warning", message, allowed="a track with a list")


def _counts_for_nothing(places: Map, playbook: Playbook, confirm: Confirm) -> Iterator[Problem]:
    """A yes that gives no points, hands nobody over and that no criterion asks for."""
    heard = {name for model in playbook.models for rule in model.behaviour for name in rule.signals}
    heard |= set(playbook.levels.decisive.signals)
    heard |= {name for site in places.sites for test in leaves(site.test) for name in named(test)}
    for name in confirm.yes:
        if name not in heard:
            place = places.item("levels.yaml", "confirm", "confirm")
            message = f"a yes by '{name}' changes nothing: it gives no points and no criterion asks for it"
            allowed = "points in scoring.yaml, or a place in sql or decisive"
            yield place.problem("warning", message, allowed=allowed)
