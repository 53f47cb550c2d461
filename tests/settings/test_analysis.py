"""The analyst as a whole: silent on what is right, never wrong in saying no; examples are really run."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from syncd.core.playbook import FieldTest, Operator, SignalTest
from syncd.core.qualify import verdict
from syncd.settings import default_config_dir, examine, load
from syncd.settings.analysis import fields
from syncd.settings.analysis.normal import Answer
from syncd.settings.analysis.people import NOW, snapshot_of
from syncd.settings.analysis.possible import Possible
from syncd.settings.analysis.witness import witness
from tests.settings import analyst
from tests.settings.small import HOME, edit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A playbook with nothing to remark on."""
    return analyst.write(tmp_path)


def said(folder: Path) -> list[str]:
    return [f"{item.level}: {item}" for item in examine(folder, HOME)]


def test_a_good_playbook_is_answered_with_silence(folder: Path) -> None:
    """All cases spoil one thing in it, so it must be right by itself."""
    assert said(folder) == []


def test_the_shipped_playbook_does_what_it_says() -> None:
    """Nothing but notes: every example comes out, every rule can fire."""
    assert [str(item) for item in examine(default_config_dir(), HOME) if item.level != "note"] == []


def test_a_folder_that_cannot_be_read_is_not_analysed(folder: Path) -> None:
    edit(folder, "scoring.yaml", "points: 10, half_life_days: 30, cap: 40", "points: lots")
    assert [(item.level, item.file, item.line) for item in examine(folder, HOME)] == [
        ("error", "scoring.yaml", 15)
    ]


# --- worked examples -------------------------------------------------------------------------------------

EXAMPLES: list[tuple[str, str, str, str]] = [
    (
        "too little",
        "gives: keen",
        "gives: sql",
        "error: examples.yaml, line 2: example 'Three looks at the prices' should give sql and gives keen:"
        " missing are 'Fits', 'Ready'. Found: keen (fit 0.0, engagement 35.0, intent 0.0, grade C, model"
        " standard). Allowed: gives: sql.",
    ),
    (
        "too much",
        "gives: keen",
        "gives: lead",
        "error: examples.yaml, line 2: example 'Three looks at the prices' should give lead and gives keen:"
        " met are 'Engaged', 'More'. Found: keen (fit 0.0, engagement 35.0, intent 0.0, grade C, model"
        " standard). Allowed: gives: lead.",
    ),
    (
        "handed over by one act",
        "gives: sql",
        "gives: engaged",
        "error: examples.yaml, line 7: example 'Asks for a demo' should give engaged and gives sql:"
        " 'demo_requested' hands over on its own. Found: sql (fit 30.0, engagement 0.0, intent 39.1, grade B,"
        " model standard). Allowed: gives: engaged.",
    ),
    (
        "stopped by a need",
        "company.name: Acme",
        "contact.city: Ulm",
        "error: examples.yaml, line 7: example 'Asks for a demo' should give sql and gives lead:"
        " 'demo_requested' hands over only with 'Known'. Found: lead (fit 30.0, engagement 0.0, intent 39.1,"
        " grade B, model standard). Allowed: gives: sql.",
    ),
    (
        "kept out",
        "contact.jobtitle: VP Sales",
        "contact.email: a@rival.example",
        "error: examples.yaml, line 7: example 'Asks for a demo' should give sql and gives filtered: rival:"
        " the filter matches on person.email_domain = rival.example. Found: filtered: rival (fit 0.0,"
        " engagement 0.0, intent 39.1, grade C, model standard). Allowed: gives: sql.",
    ),
    (
        "not kept out",
        "contact.jobtitle: Student",
        "contact.jobtitle: Teacher",
        "error: examples.yaml, line 12: example 'A student' should be kept out by 'student', and it does not"
        " match. Found: lead (fit 0.0, engagement 0.0, intent 0.0, grade C, model standard). Allowed:"
        " filtered: student.",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "text"), [case[1:] for case in EXAMPLES], ids=[case[0] for case in EXAMPLES]
)
def test_an_example_that_fails_says_what_came_out_and_why(
    folder: Path, old: str, new: str, text: str
) -> None:
    """Each runs through the evaluation itself."""
    edit(folder, "examples.yaml", old, new)
    assert said(folder) == [text]


def test_an_act_nobody_can_make_up_is_said(folder: Path) -> None:
    """The fact itself is written then."""
    edit(
        folder,
        "signals.yaml",
        '{form: "*demo*"}, unless: {form: "*watch*"}',
        '{form: "*demo*", form_id: "1"}',
    )
    edit(folder, "signals.yaml", '{url: ["*/pricing*", "*/preise*"]}', '{url: "x"}, unless: {url: "?"}')
    assert said(folder) == [
        "error: examples.yaml, line 5: example 'Three looks at the prices': no fact can be made up that"
        " counts as 'pricing_viewed'. Allowed: the fact as it arrives. Example: {source:"
        " hubspot.form_submission, attributes: {form: Request a demo}, days_ago: 3}",
        "error: examples.yaml, line 7: example 'Asks for a demo' should give sql and gives lead: missing are"
        " 'Interest', 'Ready'. Found: lead (fit 30.0, engagement 0.0, intent 0.0, grade B, model standard)."
        " Allowed: gives: sql.",
    ]


def test_what_colleagues_did_is_theirs(folder: Path) -> None:
    """Each of them is another person, and none of it is the lead's own."""
    acts = "- {signal: colleague_active, days_ago: [1, 2]}\n      - {signal: pricing_viewed"
    edit(folder, "examples.yaml", "- {signal: pricing_viewed", acts)
    loaded = load(folder, HOME)
    snapshot = snapshot_of(loaded.examples[0], loaded.playbook)
    assert [signal.shape.attributes["person"] for signal in snapshot.account_signals] == [
        "colleague 1", "colleague 2",
    ]  # fmt: skip
    assert {signal.shape.source for signal in snapshot.signals} == {"hubspot.page_view"}
    assert max(signal.occurred_at for signal in snapshot.signals) == NOW


def test_every_kind_of_the_shipped_playbook_can_be_made_up() -> None:
    """So that examples can name any of them."""
    playbook = load(default_config_dir(), HOME).playbook
    assert [kind.id for kind in playbook.signals if witness(kind, playbook) is None] == []


# --- properties alone ------------------------------------------------------------------------------------


def test_what_properties_alone_do_not_tell_is_said(folder: Path) -> None:
    """A small team without events: kinds that need more than a form's name, rules that tell mails apart."""
    edit(folder, "connections.yaml", "schedule:", "hubspot: {web_behaviour: properties}\nschedule:")
    edit(folder, "signals.yaml", '{form: "*demo*"}', '{field.topic: "*demo*"}')
    edit(
        folder,
        "scoring.yaml",
        "signals: email_opened, points: 1",
        "signals: email_opened, points: 1, distinct: campaign",
    )
    (folder / "examples.yaml").unlink()
    because = "while `web_behaviour: properties` in connections.yaml leaves only contacts' own properties"
    assert said(folder) == [
        f"warning: signals.yaml, line 2: no fact makes signal 'demo_requested' {because}: they do not tell"
        " the field.topic. Allowed: another source for it, or web_behaviour: auto.",
        f"warning: scoring.yaml, line 16: rule 'opens' counts nothing {because}: they do not tell the"
        " campaign. Allowed: no `distinct`, or web_behaviour: auto.",
    ]


# --- the core evaluates all that may be written ----------------------------------------------------------

FACTS = (
    "{field: contact.a, is: x}",
    "{signal: pricing_viewed, at_least: 2, within_days: 30, distinct: url}",
    "{sequence: [pricing_viewed, demo_requested], within_days: 30}",
    "{idle: any, days: 60}",
    "{not: {signal: email_opened}}",
)
JUDGED = (
    *FACTS,
    "{score: total, at_least: 5}",
    "{grade: [A, B]}",
    "{cell: [A1, B2]}",
    "{model: large}",
    "{icp: not_failed}",
    "{level: engaged}",
)
MATRIX = (
    "matrix: {bands: {1: 30, 2: 0}, cells: {A1: {action: Call}, B2: {action: Write}}}\nmql:\n  - id: engaged"
)


def test_every_condition_that_may_be_written_is_evaluated(folder: Path) -> None:
    """In every place it may stand: whatever loads can be judged, and nothing ends in a traceback."""
    facts, judged = (f"{{any: [{', '.join(forms)}]}}" for forms in (FACTS, JUDGED))
    edit(folder, "scoring.yaml", "when: {field: company.numberofemployees, at_least: 1000}", f"when: {facts}")
    edit(
        folder,
        "scoring.yaml",
        "when: {signal: colleague_active, at_least: 2, within_days: 30}",
        f"when: {facts}",
    )
    edit(folder, "filters.yaml", "when: {field: person.seniority, is: student}", f"when: {facts}")
    edit(folder, "levels.yaml", "mql:\n  - id: engaged", MATRIX)
    edit(folder, "levels.yaml", "when: {score: intent, at_least: 20}", f"when: {judged}")
    edit(folder, "levels.yaml", "when: {field: person.company_name, present: true}", f"when: {judged}")
    with (folder / "levels.yaml").open("a", encoding="utf-8") as stream:
        stream.write(f"bant: [{{id: need, label: Need, confirmed: {facts}, inferred: {facts}}}]\n")
        stream.write(f"evangelist: [{{id: all, label: All, when: {judged}}}]\n")
    loaded = load(folder, HOME)
    found = verdict(snapshot_of(loaded.examples[0], loaded.playbook), loaded.playbook, NOW)
    assert found.cell == "C1"
    assert {"sql.ready", "decisive.known", "bant.need"} <= {item.id for item in found.criteria}
    assert all(item.file and item.line for item in examine(folder, HOME))


# --- never wrong in saying no ----------------------------------------------------------------------------

T, F, NT, NF = Answer.TRUE, Answer.FALSE, Answer.NOT_TRUE, Answer.NOT_FALSE


def compared(operator: Operator, *values: str) -> FieldTest:
    return FieldTest("company.size", operator, values)


HAS, LIKE, IS = Operator.CONTAINS, Operator.MATCHES, Operator.IS
LEAST, MOST, BLANK, KNOWN = Operator.AT_LEAST, Operator.AT_MOST, Operator.ABSENT, Operator.PRESENT

FITS = [
    ("numbers that meet", [(compared(LEAST, "50"), T), (compared(MOST, "50"), T)]),
    ("not at least is below", [(compared(LEAST, "50"), F), (compared(LEAST, "49"), T)]),
    ("text is no number", [(compared(LEAST, "5"), NT), (compared(LEAST, "1"), NF)]),
    ("blank is not true", [(compared(IS, "a"), NT), (compared(BLANK), T)]),
    ("two words of one text", [(compared(HAS, "vp"), T), (compared(HAS, "it"), T)]),
    ("patterns that overlap", [(compared(LIKE, "a*"), T), (compared(LIKE, "ab*"), F)]),
    ("a question mark is one letter", [(compared(LIKE, "a*"), T), (compared(LIKE, "a?"), F)]),
    ("case does not count", [(compared(IS, "GmbH"), T), (compared(IS, "gmbh"), T)]),
]

CONFLICTS = [
    ("above and below", [(compared(LEAST, "51"), T), (compared(MOST, "50"), T)]),
    ("at a border that is out", [(compared(LEAST, "50"), T), (compared(LEAST, "50"), F)]),
    ("value and number", [(compared(IS, "20", "30"), T), (compared(LEAST, "40"), T)]),
    ("within what is refused", [(compared(LIKE, "ab*"), T), (compared(LIKE, "a*"), NT)]),
    ("a word in the words", [(compared(HAS, "vp sales"), T), (compared(HAS, "vp"), F)]),
    ("blank and compared", [(compared(BLANK), T), (compared(MOST, "5"), F)]),
    ("known and blank", [(compared(KNOWN), T), (compared(KNOWN), F)]),
]


@pytest.mark.parametrize("asked", [case[1] for case in FITS], ids=[case[0] for case in FITS])
def test_what_one_value_can_answer_is_let_pass(asked: list[tuple[FieldTest, Answer]]) -> None:
    assert fields.conflict("company.size", asked) == ""


@pytest.mark.parametrize("asked", [case[1] for case in CONFLICTS], ids=[case[0] for case in CONFLICTS])
def test_what_no_value_can_answer_is_refused(asked: list[tuple[FieldTest, Answer]]) -> None:
    assert fields.conflict("company.size", asked).startswith("company.size would have to ")


COUNTS = [
    ("twice in a week and once in a month", (2, 7.0), (1, 30.0), True),
    ("twice in a month and once in a week", (2, 30.0), (1, 7.0), False),
    ("once in a week and twice in a month", (1, 7.0), (2, 30.0), False),
    ("once ever and once ever", (1, None), (1, None), True),
    ("once in a week and once ever", (1, 7.0), (1, None), True),
    ("once ever and once in a week", (1, None), (1, 7.0), False),
]


@pytest.mark.parametrize(
    ("did", "not_did", "is_conflict"), [c[1:] for c in COUNTS], ids=[c[0] for c in COUNTS]
)
def test_counts_are_compared_with_their_windows(
    folder: Path, did: tuple[int, float | None], not_did: tuple[int, float | None], is_conflict: bool
) -> None:
    """What happened twice in a week happened once in a month; nothing follows the other way round."""
    possible = Possible(load(folder, HOME).playbook)
    wanted, refused = SignalTest(("pricing_viewed",), *did), SignalTest(("pricing_viewed",), *not_did)
    assert bool(possible.conflict((wanted, T), (refused, F))) is is_conflict


def test_a_condition_of_too_many_ways_is_let_pass(folder: Path) -> None:
    """Half of thirty conditions has more ways than are looked at: nothing is said, and soon."""
    many = ", ".join(f"{{field: contact.x{n}, is: a}}" for n in range(30))
    edit(
        folder,
        "filters.yaml",
        "when: {field: person.seniority, is: student}",
        f"when: {{any: [{many}], at_least: 15}}",
    )
    (folder / "examples.yaml").unlink()
    assert said(folder) == []


def test_a_playbook_of_endless_ways_is_looked_at_in_seconds(folder: Path) -> None:
    """Sixty filters of nested halves: what takes too long is let pass, and the rest is still said."""

    def condition(depth: int, number: int) -> str:
        if depth == 0:
            return f"{{field: contact.x{number % 7}, is: a{number % 5}}}"
        parts = ", ".join(condition(depth - 1, number * 3 + index) for index in range(4))
        return f"{{any: [{parts}], at_least: 2}}"

    listed = [f"  - {{id: f{number}, label: F, when: {condition(3, number)}}}" for number in range(60)]
    text = (folder / "filters.yaml").read_text(encoding="utf-8")
    (folder / "filters.yaml").write_text(text + "\n".join(listed) + "\n", encoding="utf-8")
    edit(folder, "scoring.yaml", "group_caps: {web: 35}", "group_caps: {web: 50}")
    started = time.process_time()
    assert "note: scoring.yaml, line 9: the cap of group 'web' is never reached" in " ".join(said(folder))
    assert time.process_time() - started < 30
