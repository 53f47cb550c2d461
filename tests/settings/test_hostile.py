# ruff: noqa: E501 - messages stay in few pieces
"""Settings written to do harm: answered with clear problems, soon, and never with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.core import patterns
from syncd.core.patterns import TEXT_LENGTH_MAX
from syncd.settings import check, examine
from syncd.settings.reading import FILE_BYTES_MAX, read_document
from syncd.settings.shapes.base import PATTERN_CHARS_MAX, REPEATS_MAX, most_repeats
from tests.settings import analyst
from tests.settings.small import HOME, edit, only

CHARACTER = (
    "alerts.yaml, line 1: the character {0} cannot be used in settings; retype the text without it. Found:"
    " the character {0}. Allowed: characters that are shown."
)
ANCHOR = (
    "alerts.yaml, line {}: an anchor or alias (& or *) cannot be used in settings; write the value out. Found:"
    " an anchor or alias (& or *). Allowed: values written out."
)
TAG = (
    "alerts.yaml, line 1: a YAML tag (!) cannot be used in settings; remove the tag; put the text in quotes."
    " Found: a YAML tag (!). Allowed: plain values."
)
DEEP = (
    "alerts.yaml, line {}: nesting deeper than 30 cannot be used in settings; write it flatter. Found: nesting"
    " deeper than 30. Allowed: 30 levels."
)
LONG = (
    "alerts.yaml, line 1: the line is too long; is it the right file? Found: {} characters. Allowed: at most"
    " 100000 characters."
)
TEXTS: list[tuple[str, str, str]] = [
    ("an anchor bomb", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", ANCHOR.format(1)),
    ("a merged block", "a: 1\n<<: *x\n", ANCHOR.format(2)),
    ("a call of Python", "a: !!python/object/apply:os.system ['id']\n", TAG),
    ("a tag of a type", "a: !!float .nan\n", TAG),
    ("deep blocks", "\n".join(" " * depth + "a:" for depth in range(900)), DEEP.format(31)),
    ("deep lists", "- " * 5000, DEEP.format(1)),
    ("half a megabyte of brackets", "a: " + "[" * 400_000, LONG.format(400_003)),
    ("an escape of the terminal", 'a: "\\e[31mred"\n', CHARACTER.format("U+001B")),
    ("a zero byte", 'a: "\\0"\n', CHARACTER.format("U+0000")),
    ("reading turned round", 'a: "\\u202eabc"\n', CHARACTER.format("U+202E")),
    ("half a character", 'a: "\\uD800"\n', CHARACTER.format("U+D800")),
    ("a key with an escape", '"\\e": 1\n', CHARACTER.format("U+001B")),
    (
        "an escape of no character",
        'a: "\\UFFFFFFFF"\n',
        "alerts.yaml: the file has an escape that names no character; write the character itself. Found: an"
        " escape like \\UFFFFFFFF. Allowed: printable text.",
    ),
    (
        "a raw control character",
        "a: \x7f\n",
        "alerts.yaml, line 1: the file contains a character that YAML does not allow; retype the line it stands"
        " in. Found: a control character. Allowed: printable text.",
    ),
    (
        "a novel as a text",
        "a: |\n" + " word\n" * 2_000,
        "alerts.yaml, line 1: a text this long cannot be used in settings; write less. Found: a text this long."
        " Allowed: at most 4000 characters.",
    ),
    (
        "a key like a text",
        f"{'k' * 201}: 1\n",
        "alerts.yaml, line 1: a key this long cannot be used in settings; write a shorter one. Found: a key this"
        " long. Allowed: at most 200 characters.",
    ),
    (
        "a list as a key",
        "? [a, b]\n: 1\n",
        "alerts.yaml, line 1: a list or block as a key cannot be used in settings; write `key: value`. Found: a"
        " list or block as a key. Allowed: text as a key.",
    ),
    (
        "a second document",
        "a: 1\n---\nb: 1\n",
        "alerts.yaml, line 2: a second document cannot be used in settings; remove `---` and what follows."
        " Found: a second document. Allowed: one document.",
    ),
]


@pytest.mark.parametrize(("text", "problem"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_a_hostile_file_is_one_clear_problem(folder: Path, text: str, problem: str) -> None:
    """Nothing in it is built, followed or printed."""
    (folder / "alerts.yaml").write_text(text, encoding="utf-8", newline="")
    assert [str(item) for item in check(folder, HOME) if item.file == "alerts.yaml"] == [problem]


ENDLESS = {
    "keys": "\n".join(f"k{n}: 1" for n in range(45_000)),
    "an open quote": 'a: "' + "x\n" * 200_000,
    "commas": "a: {" + "b,\n" * 100_000,
    "marks": "\n".join(["a: " + "!" * 90_000] * 5),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_the_largest_file_ends(tmp_path: Path, text: str) -> None:
    """Half a megabyte of anything is read or refused in seconds; what grows with its square would not end."""
    file = tmp_path / "levels.yaml"
    file.write_text(text[:FILE_BYTES_MAX], encoding="utf-8")
    document, problems = read_document(file)
    assert (document.data is None) == bool(problems)


NUMBERS = [".nan", ".inf", "-.inf", "1e999", "0x1F", "1_000", "12345678901234567890"]


@pytest.mark.parametrize("text", NUMBERS)
def test_what_is_no_plain_number_stays_text(folder: Path, text: str) -> None:
    """Neither infinity nor what is not a number gets into a score."""
    edit(folder, "scoring.yaml", "points: 10,", f"points: {text},")
    assert str(only(folder)) == (
        f"scoring.yaml, line 8: 'points' must be a number. Found: the text '{text}'. Allowed: a number."
        " Example: points: 15"
    )


BOUNDS: list[tuple[str, str, str, str]] = [
    ("scoring.yaml", "points: 10,", "points: 1001,", "1000 or less"),
    ("scoring.yaml", "points: 10,", "points: -1001,", "-1000 or more"),
    ("scoring.yaml", "cap: 40", "cap: 5000", "1000 or less"),
    ("scoring.yaml", "half_life_days: 30", "half_life_days: 4000", "3650 or less"),
    ("scoring.yaml", "half_life_days: 30", "per_day: 0", "1 or more"),
    ("scoring.yaml", "half_life_days: 30", "newest: 100000", "10000 or less"),
    ("scoring.yaml", "{A: 30, B: 10, C: 0}", "{A: 30, B: 10, C: 999999}", "100000 or less"),
    ("levels.yaml", "at_least: 30", "at_least: 999999999", "100000 or less"),
    ("levels.yaml", "within_days: 30", "within_days: 0", "more than 0"),
    ("levels.yaml", "mql:\n", "sales_cycle_days: 0\nmql:\n", "1 or more"),
    ("signals.yaml", "signals:\n", "machine_clicks: {burst_links: 1}\nsignals:\n", "2 or more"),
    ("signals.yaml", "signals:\n", "machine_clicks: {seconds_after_send: 301}\nsignals:\n", "300 or less"),
    ("examples.yaml", "[0, 0, 0, 1]", "[0, 0, 0, -1]", "0 or more"),
]


@pytest.mark.parametrize(("file", "old", "new", "allowed"), BOUNDS, ids=[case[2] for case in BOUNDS])
def test_every_number_has_bounds(folder: Path, file: str, old: str, new: str, allowed: str) -> None:
    (folder / file).write_text((folder / file).read_text().replace(old, new, 1))
    problem = only(folder)
    assert (problem.file, problem.allowed) == (file, allowed)
    assert problem.message.endswith("is out of bounds")


# --- patterns that strangers' texts are compared with ----------------------------------------------------


def pattern_problem(folder: Path, pattern: str) -> str:
    edit(folder, "signals.yaml", '"*/pricing*"', f"'{pattern}'")
    return str(only(folder))


EXAMPLE = ' Example: "*/pricing*"'
PATTERNS: list[tuple[str, str, str]] = [
    (
        "too many stars",
        "*a*b*c*d*e*f*g*h",
        "",
    ),
    (
        "one star more",
        "*a*b*c*d*e*f*g*h*",
        "signals.yaml, line 10: the pattern is too long or too open (17 characters, 9 wildcards). Found: the"
        " text '*a*b*c*d*e*f*g*h*'. Allowed: 1 to 200 characters, at most 8 of * and ?.",
    ),
    (
        "nothing",
        "",
        "signals.yaml, line 10: the pattern is too long or too open (0 characters, 0 wildcards). Found: an empty"
        " text. Allowed: 1 to 200 characters, at most 8 of * and ?.",
    ),
    (
        "a run of one letter",
        "*/aaaaaaaaa",
        "",
    ),
    (
        "a beginning that repeats",
        "*aaaaaaaaab*",
        "signals.yaml, line 10: the pattern repeats itself 9 times in a row; it would be slow to compare with"
        " long texts. Found: the text '*aaaaaaaaab*'. Allowed: at most 8 repeats.",
    ),
    (
        "a regular expression",
        "^/pricing$",
        "signals.yaml, line 10: this looks like a regular expression; patterns know only * (anything) and ? (one"
        " character). Found: the text '^/pricing$'. Allowed: text with * and ?.",
    ),
    (
        "nested repetition",
        "(?:a+)+b",
        "signals.yaml, line 10: this looks like a regular expression; patterns know only * (anything) and ? (one"
        " character). Found: the text '(?:a+)+b'. Allowed: text with * and ?.",
    ),
]


@pytest.mark.parametrize(
    ("pattern", "text"), [case[1:] for case in PATTERNS], ids=[case[0] for case in PATTERNS]
)
def test_a_pattern_that_would_be_slow_is_refused(folder: Path, pattern: str, text: str) -> None:
    edit(folder, "signals.yaml", '"*/pricing*"', f"'{pattern}'")
    (folder / "examples.yaml").unlink()
    assert [str(item) for item in check(folder, HOME)] == ([text + EXAMPLE] if text else [])


@pytest.mark.parametrize(
    ("pattern", "times"),
    [
        ("*/pricing*", 1),
        ("*abab*", 2),
        ("*aaab*", 3),
        ("aaa*aaaa", 4),
        ("*abcabcab*", 2),
        ("*", 1),
        ("xAaA", 1),
        ("*aaa?aaa*", 7),
        ("*ab?b?bx", 3),
        ("*/??-??-??/*", 3),
    ],
)
def test_repeats_are_counted_at_the_beginning_of_a_part(pattern: str, times: int) -> None:
    assert most_repeats(pattern) == times


WORST = [
    "*" + "a" * REPEATS_MAX + "b*",
    "*" + ("ab" * REPEATS_MAX)[:-1] + "c*",
    "*a*a*a*a*a*a*a*b",
    "*???????b",
    "*aaaaaaa?b",
    "*" + "/p" * REPEATS_MAX + "x" * (PATTERN_CHARS_MAX - 2 * REPEATS_MAX - 2) + "*",
]


@pytest.mark.parametrize("pattern", WORST)
def test_the_limits_bound_what_one_hostile_address_is_compared_with(pattern: str) -> None:
    """The longest text that is looked at, made of the pattern's own beginning: compared with a part at every
    place as far as they agree, it takes so many characters per place as the part may repeat itself."""
    assert most_repeats(pattern) <= REPEATS_MAX
    assert len(pattern) <= PATTERN_CHARS_MAX
    part = max(pattern.split("*"), key=len)
    plain = part.replace("?", "a")
    for size in range(1, len(part) + 1):
        text = (plain[:size] * TEXT_LENGTH_MAX)[:TEXT_LENGTH_MAX]
        assert compared(text, part) <= TEXT_LENGTH_MAX * (REPEATS_MAX + 1)
    assert not patterns.glob([pattern])(plain[:1] * TEXT_LENGTH_MAX)


def compared(text: str, part: str) -> int:
    """How many characters are looked at to find that `part` stands nowhere in `text`, without any skill."""
    return sum(
        next(
            (size for size, char in enumerate(part) if text[at + size : at + size + 1] != char != "?"),
            len(part),
        )
        + 1
        for at in range(len(text))
    )


def urls(count: int) -> str:
    return "[" + ", ".join(f'"*/page-{number}/*"' for number in range(count)) + "]"


def test_many_patterns_of_one_source_are_a_warning_and_too_many_a_problem(tmp_path: Path) -> None:
    """One page view is compared with all patterns of its source."""
    folder = analyst.write(tmp_path)
    (folder / "examples.yaml").unlink()
    edit(folder, "signals.yaml", '["*/pricing*", "*/preise*"]', urls(129))
    assert [f"{item.level}: {item}" for item in examine(folder, HOME)] == [
        "warning: signals.yaml, line 8: url of hubspot.page_view is compared with more than 128 patterns up to"
        " signal 'pricing_viewed': a text made to be slow takes about a millisecond. Allowed: fewer patterns"
        " with *."
    ]
    source = f"{{source: hubspot.page_view, where: {{url: {urls(392)}}}}}"
    edit(folder, "signals.yaml", "{source: hubspot.email_open}", source)
    assert [str(item) for item in check(folder, HOME)] == [
        "signals.yaml, line 18: url of hubspot.page_view is compared with more than 500 patterns with *. Found:"
        " 521 up to here. Allowed: at most 500."
    ]


def test_lists_are_bounded(folder: Path) -> None:
    """Words of one comparison, entries of one list, signals of one rule."""
    edit(folder, "filters.yaml", "[rival.example]", "[" + ", ".join(["x.example"] * 5_001) + "]")
    assert "Allowed: at most 5000 of them." in str(only(folder))


def test_a_label_is_one_short_line(folder: Path) -> None:
    edit(folder, "filters.yaml", "label: Rival,", 'label: "Rival\\nadmin: yes",')
    assert str(only(folder)) == (
        "filters.yaml, line 3: a label is one line. Found: the text 'Rival admin: yes'. Allowed: text without"
        " line breaks. Example: label: Sustained interest"
    )
