"""Random lives in a small world: two minutes around a midnight, looked at every half second.

Windows and half-lives are seconds here, so that the slow reference can look at every instant there is. Facts
come with equal times, ties, dates in the future, late knowledge, counters, overlapping kinds, and from
colleagues; people's words (waivers) begin and end in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from syncd.core.model import Baseline, Signal, Snapshot, Waiver
from syncd.core.playbook import AttributeTest, MachineClicks, SignalKind, SourceMatch
from tests.core.builders import ordered, person, signal

MIDNIGHT = datetime(2026, 10, 6, tzinfo=UTC)
START = MIDNIGHT - timedelta(seconds=60)
END = MIDNIGHT + timedelta(seconds=60)
ALWAYS_LIVE = Baseline(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
DAY_S = 86_400
MACHINES = MachineClicks(burst_links=2, burst_seconds=3, redeemed_minutes=1)


def tick(number: int) -> datetime:
    """So many half seconds after midnight."""
    return MIDNIGHT + timedelta(milliseconds=500 * number)


def days(seconds: float) -> float:
    return seconds / DAY_S


# --- signals ---------------------------------------------------------------------------------------------

KINDS: tuple[SignalKind, ...] = (
    SignalKind("visit", "Visit", (SourceMatch("hubspot.page_view"),), channel="website"),
    SignalKind(
        "pricing",
        "Pricing page",
        (SourceMatch("hubspot.page_view", (AttributeTest("url", ("*/pricing*",)),)),),
        channel="website",
        offer="pricing",
        phase="decision",
    ),
    SignalKind(
        "careers",
        "Careers page",
        (SourceMatch("hubspot.page_view", (AttributeTest("url", ("*/JOBS",)),)),),
        channel="jobs",
    ),
    SignalKind("open", "Open", (SourceMatch("hubspot.email_open"),), channel="email", offer="news"),
    SignalKind("click", "Click", (SourceMatch("hubspot.email_click"),), channel="email", offer="news"),
    SignalKind(
        "any_mail",
        "Mail but for the October one",
        (
            SourceMatch("hubspot.email_open", (AttributeTest("campaign", ("october",), negate=True),)),
            SourceMatch("hubspot.email_click", (AttributeTest("campaign", ("october",), negate=True),)),
        ),
        channel="newsletter",
    ),
    SignalKind(
        "webinar",
        "Webinar",
        (SourceMatch("hubspot.marketing_event", (AttributeTest("state", ("attended",)),)),),
        channel="event",
        offer="webinar",
    ),
    SignalKind(
        "called", "Called by us", (SourceMatch("hubspot.call"),), channel="phone", direction="outbound"
    ),
    SignalKind("mate", "A colleague acts", (SourceMatch("account.activity"),), channel="account"),
    SignalKind(
        "chief",
        "A chief among them",
        (SourceMatch("account.activity", (AttributeTest("seniority", ("c_level", "vp")),)),),
        channel="account",
    ),
    SignalKind("ask", "Asks", (SourceMatch("hubspot.form_submission", (AttributeTest("form", ("Ask",)),)),)),
    SignalKind(
        "trial", "Trial", (SourceMatch("hubspot.form_submission", (AttributeTest("form", ("Tr?al",)),)),)
    ),
)
NAMES = tuple(kind.id for kind in KINDS)
MAIL = frozenset({"hubspot.email_open", "hubspot.email_click"})

_SHAPES: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("hubspot.page_view", {"url": "www.own.example/pricing"}),
    ("hubspot.page_view", {"url": "www.own.example/pricing/big"}),
    ("hubspot.page_view", {"url": "www.own.example/jobs"}),
    ("hubspot.page_view", {"url": "www.own.example/"}),
    ("hubspot.page_view", {}),
    ("hubspot.email_open", {"campaign": "October"}),
    ("hubspot.email_open", {"campaign": "November"}),
    ("hubspot.email_open", {}),
    ("hubspot.email_click", {"campaign": "October", "url": "own.example/a"}),
    ("hubspot.email_click", {"campaign": "November", "url": "own.example/b"}),
    ("hubspot.marketing_event", {"event": "Day", "state": "attended"}),
    ("hubspot.marketing_event", {"event": "Day", "state": "registered"}),
    ("hubspot.call", {"direction": "outbound"}),
    ("hubspot.form_submission", {"form": "Trial"}),
)
_ASK: tuple[str, Mapping[str, str]] = ("hubspot.form_submission", {"form": "Ask"})
_MACHINE_SHAPES: tuple[tuple[str, Mapping[str, str]], ...] = tuple(
    (source, {"campaign": campaign, "url": f"own.example/{url}", **extra})
    for source in sorted(MAIL)
    for campaign, url in (("October", "a"), ("October", "b"), ("November", "c"))
    for extra in ({"lag": "0-2"}, {"lag": "6-10"}, {"lag": "later"}, {"agent": "scanner"}, {"agent": "app"})
)
_MATES: tuple[Mapping[str, str], ...] = tuple(
    {"person": who, "seniority": seniority, "function": "it"}
    for who, seniority in (("p1", "c_level"), ("p2", "manager"), ("p3", "vp"))
)

_ticks = st.integers(-160, 115)
_delays = st.sampled_from((0, 0, 0, 0, 1, 7, 40, 90, -20, -100))
_counts = st.sampled_from((1, 1, 1, 1, 2, 3))


@st.composite
def lives(draw: st.DrawFn, *, asks: bool = True, machine: bool = False, size: int = 14) -> tuple[Signal, ...]:
    """Facts about one person: dated and known at half seconds, some known late, some ahead of their date."""
    shapes = (*_SHAPES, *_MACHINE_SHAPES) if machine else _SHAPES
    shapes = (*shapes, _ASK, _ASK, _ASK) if asks else shapes
    drawn = draw(st.lists(st.tuples(st.sampled_from(shapes), _ticks, _delays, _counts), max_size=size))
    found = [
        replace(signal(source, tick(when), where, known=tick(when + late), ref=f"{number}"), count=count)
        for number, ((source, where), when, late, count) in enumerate(drawn)
    ]
    return ordered({item.key: item for item in found}.values())


@st.composite
def colleagues(draw: st.DrawFn) -> tuple[Signal, ...]:
    """What colleagues did, as facts about this lead."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(_MATES), _ticks, _delays), max_size=4))
    found = [
        signal("account.activity", tick(when), who, known=tick(when + max(late, 0)), ref=f"mate{number}")
        for number, (who, when, late) in enumerate(drawn)
    ]
    return ordered({item.key: item for item in found}.values())


# --- the person ------------------------------------------------------------------------------------------

WAIVABLE = ("hunt", "rival", "later", "icp", "big", "machine_clicks", "gone")
_fields = st.fixed_dictionaries(
    {"contact.email": st.sampled_from(("a@acme.example", "a@gmail.com"))},
    optional={
        "contact.role": st.sampled_from(("vp", "VP", " it ", "student of law")),
        "contact.size": st.sampled_from(("5", "50", "500.5", "51-200", "")),
        "contact.note": st.sampled_from(("We use C++ here", "supermarket", "a.b", "  ")),
        "contact.lifecyclestage": st.sampled_from(("lead", "lead", "Customer ")),
    },
)


@st.composite
def waivers(draw: st.DrawFn) -> tuple[Waiver, ...]:
    """What people set aside: for good, from a moment, until a moment."""
    drawn = draw(
        st.lists(st.tuples(st.sampled_from(WAIVABLE), st.none() | _ticks, st.none() | _ticks), max_size=2)
    )
    return tuple(
        Waiver(
            name,
            "someone",
            "because",
            None if since is None else tick(since),
            None if until is None else tick(until),
        )
        for name, since, until in drawn
    )


@st.composite
def people(draw: st.DrawFn, *, machine: bool = False, asks: bool = True, may_waive: bool = True) -> Snapshot:
    """Somebody created after go-live whom sales never touched, with all that will ever be known."""
    return replace(
        person(
            *draw(lives(machine=machine, asks=asks)),
            fields=draw(_fields),
            created=START,
            baseline=ALWAYS_LIVE,
        ),
        account_signals=draw(colleagues()),
        account_people=draw(st.sampled_from((0, 3))),
        waivers=draw(waivers()) if may_waive else (),
    )


def known_by(snapshot: Snapshot, now: datetime) -> Snapshot:
    """What the store holds at this instant."""
    return replace(
        snapshot,
        signals=tuple(item for item in snapshot.signals if item.known_at <= now),
        account_signals=tuple(item for item in snapshot.account_signals if item.known_at <= now),
    )
