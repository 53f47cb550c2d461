"""Which opens and clicks a machine made: mail gateways, sandboxes, link previews, privacy proxies.

Judged per lead from the signals alone, in any order, never from the clock, and never from what a portal does
not tell: without page events nothing follows from missing page views. What nobody can do (two links within a
second, a click two seconds after the send) stays a machine's; what somebody might have done is given back
when a page view, form, reply or meeting follows it. The mechanisms are written down in
tests/machine/README.md. Judged signals stay stored; they are left out of scores and listed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from types import MappingProxyType
from typing import Final, TypeAlias

from syncd.core.model import Shape, Signal
from syncd.core.playbook import MachineClicks

OPEN: Final = "hubspot.email_open"
CLICK: Final = "hubspot.email_click"
SOURCES: Final = frozenset({OPEN, CLICK})
"""Facts that can be judged; a lead without any of them needs no judgement."""

_PAGES: Final = frozenset({"hubspot.page_view", "hubspot.visit"})
WITNESSES: Final = _PAGES | {
    "hubspot.form_submission",
    "hubspot.email_reply",
    "hubspot.meeting_booked",
    "hubspot.email",
}
"""Facts that speak for a person; of one-to-one e-mails only inbound ones do."""

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "agent": "a scanner or link preview, by its own name",
        "filtered": "left out by HubSpot's own reports",
        "proxy": "a privacy proxy that fetches every mail",
        "too_soon": "within seconds of the send",
        "burst": "several links of a mail faster than by hand",
        "repeat": "one link again and again within seconds",
        "gateway": "a mail gateway that does so with each of this person's mails",
        "no_visit": "right after the send, and no page was seen",
    }
)
"""Reason codes, and the words people read for each beside what was left out."""

# How soon after the send, as the connector names it: the bucket's last second.
_LAGS: Final[Mapping[str, int]] = MappingProxyType(
    {"0-2": 2, "3-5": 5, "6-10": 10, "11-30": 30, "31-60": 60, "61-300": 300}
)
_UNKNOWN: Final = 1_000_000
_INSTANT_S: Final = 5  # the mail is not even delivered, read and clicked by then
_EARLY_S: Final = 60
_MINUTES_S: Final = 300

_HAND_S: Final = 1.8  # a person needs longer than this from link to link, on average
_TWO_AT_ONCE_S: Final = 1.0
_REPEATS: Final = 5  # a slow page is clicked twice or three times,
_EARLY_REPEATS: Final = 3  # but hardly within a minute of the send
_READ_S: Final = 10.0  # a page seen this long after the click is not the sandbox's own loading of it
_ARRIVAL_S: Final = 60.0  # within this, a visit without the clicked address still belongs to the click
_OPENED_S: Final = 120.0  # a person who opens at once clicks within two minutes
_WITNESSES_MAX: Final = 200  # heard for one click
_HABIT: Final = 3  # mails with an early click, none spoken for, that make a gateway's habit
_SCANNED: Final = 2  # mails with clicks of a machine that do

_LEAVING: Final = ("unsubscribe", "manage-preferences", "optout", "opt-out")
_MOMENT: Final = itemgetter(0, 1)
_NOTHING: Final[Mapping[int, str]] = MappingProxyType({})


_SHAPES_REMEMBERED_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Said:
    """What the shape of an open or click says. `lag` is the last second of its bucket; `reason` is set where
    the agent alone decides."""

    is_click: bool
    campaign: str
    url: str
    lag: int
    is_app: bool
    reason: str


_Act: TypeAlias = tuple[float, int, _Said]
"""When, the signal's key, and what its shape says."""

_remembered: dict[int, tuple[Shape, _Said]] = {}


@dataclass(frozen=True, slots=True)
class _Witness:
    """One act that speaks for a person: a page view (with its address, if known) or something said."""

    at: float
    is_page: bool
    url: str = ""


class _Found:
    """What has been judged so far: a reason per key, and the keys no witness can speak for."""

    __slots__ = ("hard", "reasons")

    def __init__(self) -> None:
        self.reasons: dict[int, str] = {}
        self.hard: set[int] = set()

    def mark(self, acts: Iterable[_Act], reason: str, *, is_hard: bool) -> None:
        for _at, key, _said in acts:
            self.reasons[key] = reason
            if is_hard:
                self.hard.add(key)


def judge(signals: Sequence[Signal], settings: MachineClicks) -> Mapping[int, str]:
    """Keys of the opens and clicks that a machine made, each with its reason code (see REASONS).

    Only facts of SOURCES are judged and only those of WITNESSES beside them are looked at: the rest may be
    left out. The order of `signals` does not matter.
    """
    if not settings.is_on:
        return _NOTHING
    mail = [signal for signal in signals if signal.shape.source in SOURCES]
    if not mail:
        return _NOTHING
    acts = [(signal.occurred_at.timestamp(), signal.key, _said(signal.shape)) for signal in mail]
    acts.sort(key=_MOMENT)
    found = _Found()
    found.reasons = {key: said.reason for _at, key, said in acts if said.reason}
    clicks = [act for act in acts if act[2].is_click and not act[2].reason]
    mails = _by_campaign(clicks)
    for group in mails.values():
        _find_bursts(group, settings, found)
    for _at, key, said in acts:
        if said.lag <= settings.seconds_after_send and key not in found.reasons:
            found.reasons[key] = "too_soon"
    _hear_witnesses(acts, clicks, signals, settings, found)
    if found.reasons:
        _settle_opens(acts, mails, settings, found)
    return found.reasons


# --- reading signals -------------------------------------------------------------------------------------


def _said(shape: Shape) -> _Said:
    """What an open's or click's shape says; remembered by identity, since shapes are interned."""
    seen = _remembered.get(id(shape))
    if seen is not None and seen[0] is shape:
        return seen[1]
    value = shape.attributes.get
    agent = value("agent", "")
    said = _Said(
        shape.source == CLICK,
        value("campaign", ""),
        value("url", ""),
        _LAGS.get(value("lag", ""), _UNKNOWN),
        agent == "app",
        {"scanner": "agent", "proxy": "proxy"}.get(agent, "filtered" if value("filtered") else ""),
    )
    if len(_remembered) >= _SHAPES_REMEMBERED_MAX:
        _remembered.clear()
    _remembered[id(shape)] = (shape, said)
    return said


def _witnesses(signals: Iterable[Signal]) -> list[_Witness]:
    """What speaks for a person, the earliest first."""
    found: list[_Witness] = []
    for signal in signals:
        source = signal.shape.source
        if source not in WITNESSES:
            continue
        value = signal.shape.attributes.get
        if source in _PAGES:
            found.append(_Witness(signal.occurred_at.timestamp(), is_page=True, url=value("url", "")))
        elif source != "hubspot.email" or value("direction") == "inbound":
            found.append(_Witness(signal.occurred_at.timestamp(), is_page=False))
    return sorted(found, key=lambda witness: (witness.at, witness.url))


def _by_campaign(clicks: Iterable[_Act]) -> dict[str, list[_Act]]:
    found: dict[str, list[_Act]] = {}
    for act in clicks:
        found.setdefault(act[2].campaign, []).append(act)
    return found


def _leaves(url: str) -> bool:
    return any(word in url for word in _LEAVING)


def _host(url: str) -> str:
    return url.partition("/")[0]


# --- bursts ----------------------------------------------------------------------------------------------


def _find_bursts(clicks: Sequence[_Act], settings: MachineClicks, found: _Found) -> None:
    """Mark the clicks of one mail that came in bursts. A chain is cut where a pause exceeds the window."""
    begin = 0
    for end in range(1, len(clicks) + 1):
        if end == len(clicks) or clicks[end][0] - clicks[end - 1][0] > settings.burst_seconds:
            if end - begin > 1:
                _judge_chain(clicks[begin:end], settings, found)
            begin = end


def _judge_chain(chain: Sequence[_Act], settings: MachineClicks, found: _Found) -> None:
    links = {said.url for _at, _key, said in chain if said.url}
    is_early = chain[0][2].lag <= _EARLY_S
    is_beyond = _is_beyond_hands(chain, len(links), settings)
    if len(links) > 1 and (is_beyond or is_early or _is_burst(chain, links, settings)):
        is_hard = is_beyond or (is_early and len(links) >= settings.burst_links)
        found.mark(chain, "burst", is_hard=is_hard)
        return
    repeats = _EARLY_REPEATS if is_early else _REPEATS
    for url in links:
        same = [act for act in chain if act[2].url == url]
        spans = zip(same, same[repeats - 1 :], strict=False)
        if any(last[0] - first[0] <= settings.burst_seconds for first, last in spans):
            found.mark(same, "repeat", is_hard=True)


def _is_beyond_hands(chain: Sequence[_Act], links: int, settings: MachineClicks) -> bool:
    """Two links within a second, or as many as make a burst at a pace no hand keeps."""
    for (first_at, _first, one), (second_at, _second, other) in pairwise(chain):
        if second_at - first_at <= _TWO_AT_ONCE_S and one.url and other.url and one.url != other.url:
            return True
    return links >= settings.burst_links and chain[-1][0] - chain[0][0] < _HAND_S * (links - 1)


def _is_burst(chain: Sequence[_Act], links: set[str], settings: MachineClicks) -> bool:
    """Whether clicks on several links of one mail, slow enough for a hand, are a machine's all the same."""
    lag = chain[0][2].lag
    if lag <= _MINUTES_S and _densest(chain, settings.burst_seconds) >= settings.burst_links:
        return True
    walks = len(links) > settings.burst_links or lag <= _MINUTES_S
    return walks and any(_leaves(url) for url in links)


def _densest(chain: Sequence[_Act], window_s: float) -> int:
    """The most different links within the window anywhere in the chain."""
    inside: Counter[str] = Counter()
    best = first = 0
    for at, _key, said in chain:
        inside[said.url] += 1
        while at - chain[first][0] > window_s:
            leaver = chain[first][2].url
            inside[leaver] -= 1
            if not inside[leaver]:
                del inside[leaver]
            first += 1
        best = max(best, len(inside) - ("" in inside))
    return best


# --- what speaks for a person, and early clicks ----------------------------------------------------------


def _hear_witnesses(
    acts: Sequence[_Act],
    clicks: Sequence[_Act],
    signals: Iterable[Signal],
    settings: MachineClicks,
    found: _Found,
) -> None:
    """Give clicks back that a witness speaks for, then judge the early ones that none speaks for."""
    doubted = [
        act
        for act in clicks
        if (act[2].lag <= _EARLY_S or act[1] in found.reasons) and act[1] not in found.hard
    ]
    if not doubted:
        return
    witnesses = _witnesses(signals)
    trail = _Trail(acts, clicks, witnesses, settings.redeemed_minutes * 60.0)
    spoken_for = {act[1] for act in doubted if trail.speaks_for(act)}
    for key in spoken_for:
        found.reasons.pop(key, None)
    early = [act for act in clicks if act[2].lag <= _EARLY_S and act[1] not in spoken_for]
    _find_early(early, {_host(item.url) for item in witnesses if item.url}, found)


class _Trail:
    """What a person left behind. Each witness speaks for one click only: a page view for the last click on
    its address, else for a click just before it; a form, reply or meeting for the last act of all."""

    __slots__ = ("_act_times", "_by_url", "_click_times", "_times", "_within_s", "_witnesses")

    def __init__(
        self, acts: Sequence[_Act], clicks: Sequence[_Act], witnesses: Sequence[_Witness], within_s: float
    ) -> None:
        self._act_times = [act[0] for act in acts]
        self._click_times = [act[0] for act in clicks]
        self._by_url: dict[str, list[float]] = {}
        for at, _key, said in clicks:
            self._by_url.setdefault(said.url, []).append(at)
        self._witnesses = witnesses
        self._times = [witness.at for witness in witnesses]
        self._within_s = within_s

    def speaks_for(self, act: _Act) -> bool:
        first = bisect_left(self._times, act[0])
        last = bisect_right(self._times, act[0] + self._within_s)
        last = min(last, first + _WITNESSES_MAX)
        return any(self._does(witness, act[0], act[2]) for witness in self._witnesses[first:last])

    def _does(self, witness: _Witness, at: float, said: _Said) -> bool:
        if not witness.is_page:
            return _last_until(self._act_times, witness.at) == at
        if said.lag <= _INSTANT_S and witness.at - at < _READ_S:
            return False
        same = _last_until(self._by_url.get(witness.url, ()), witness.at) if witness.url else None
        if same is not None and witness.at - same <= self._within_s:
            return said.url == witness.url and at == same
        is_there = not witness.url or _host(said.url) == _host(witness.url)
        is_last = _last_until(self._click_times, witness.at) == at
        return is_there and is_last and witness.at - at <= _ARRIVAL_S


def _last_until(times: Sequence[float], at: float) -> float | None:
    index = bisect_right(times, at)
    return times[index - 1] if index else None


def _find_early(early: Sequence[_Act], hosts: set[str], found: _Found) -> None:
    """Mark lone clicks within a minute of the send: a gateway's habit, or no visit where visits are seen."""
    mails = {said.campaign for _at, _key, said in early}
    scanned = {said.campaign for _at, key, said in early if key in found.reasons}
    is_habit = len(scanned) >= _SCANNED or len(mails) >= _HABIT
    for _at, key, said in early:
        if key in found.reasons:
            continue
        if is_habit:
            found.reasons[key] = "gateway"
        elif _host(said.url) in hosts:
            found.reasons[key] = "no_visit"


# --- opens -----------------------------------------------------------------------------------------------


def _settle_opens(
    acts: Sequence[_Act], mails: Mapping[str, Sequence[_Act]], settings: MachineClicks, found: _Found
) -> None:
    """An open amid a machine's clicks is the machine's; an early one before a person's click is theirs."""
    reasons = found.reasons
    times = {name: [act[0] for act in group] for name, group in mails.items()}
    for at, key, said in acts:
        if said.is_click or said.reason or said.campaign not in mails:
            continue
        group, when = mails[said.campaign], times[said.campaign]
        if key not in reasons and not said.is_app:
            near = slice(
                bisect_left(when, at - settings.burst_seconds),
                bisect_right(when, at + settings.burst_seconds),
            )
            reason = next((reasons[item[1]] for item in group[near] if item[1] in reasons), "")
            if reason:
                reasons[key] = reason
        elif key in reasons and said.lag > _INSTANT_S:
            soon = slice(bisect_right(when, at), bisect_right(when, at + _OPENED_S))
            if any(item[1] not in reasons for item in group[soon]):
                del reasons[key]
