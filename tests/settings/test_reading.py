"""Broken files: bad YAML, missing, empty, not UTF-8, tabs, bombs, duplicate keys. Never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.settings import check
from syncd.settings.loading import OPTIONAL, SHAPES
from syncd.settings.reading import DEPTH_MAX, FILE_BYTES_MAX, VALUES_MAX, read_document
from tests.settings.small import HOME, edit, only


def said(folder: Path, content: str | bytes) -> list[str]:
    """What is said about an alerts.yaml of that content."""
    raw = content.encode() if isinstance(content, str) else content
    (folder / "alerts.yaml").write_bytes(raw)
    return [str(problem) for problem in check(folder, HOME)]


def test_bad_yaml_names_the_line_and_what_was_expected(folder: Path) -> None:
    assert said(folder, "on_sql: [log\nmax_age_hours: 5\n") == [
        "alerts.yaml, line 2: this is not valid YAML: while parsing a flow sequence expected ',' or"
        " ']', but got"
        " ':'; look at this line and the one before it. Allowed: `key: value` lines, indented by spaces."
        " Example: label: Requested a demo"
    ]


def test_a_missing_file_is_named_with_the_command_that_makes_it(folder: Path) -> None:
    (folder / "alerts.yaml").unlink()
    assert [str(problem) for problem in check(folder, HOME)] == [
        "alerts.yaml: the file is missing; `syncd init` writes the commented default. Found: no such file."
        " Allowed: a file named alerts.yaml."
    ]


def test_a_file_nothing_reads_is_named_with_the_one_that_was_meant(folder: Path) -> None:
    (folder / "filter.yml").write_text("filters: []\n")
    assert only(folder).message == (
        "no settings file has this name, so nothing reads it; did you mean 'filters.yaml'?"
    )


def test_a_missing_folder_names_every_file(tmp_path: Path) -> None:
    found = check(tmp_path / "nowhere", HOME)
    assert [problem.file for problem in found] == [name for name in SHAPES if name not in OPTIONAL]


def test_a_folder_in_place_of_a_file_is_said(folder: Path) -> None:
    (folder / "alerts.yaml").unlink()
    (folder / "alerts.yaml").mkdir()
    assert "the file cannot be read (is a directory)" in str(only(folder))


@pytest.mark.parametrize("content", ["", "\n\n  \n", "\ufeff"])
def test_an_empty_file_is_said(folder: Path, content: str) -> None:
    assert said(folder, content) == [
        "alerts.yaml: the file is empty; `syncd init` shows what belongs here. Found: an empty file."
        " Allowed: keys and values."
    ]


def test_a_file_of_comments_only_is_said(folder: Path) -> None:
    (found,) = said(folder, "# on_sql: [log]\n")
    assert found.startswith(
        "alerts.yaml, line 1: the file holds no keys; every file begins with `key:` lines."
    )


def test_a_list_in_place_of_keys_is_said(folder: Path) -> None:
    (found,) = said(folder, "- on_sql\n")
    assert "the file holds no keys" in found


def test_text_that_is_not_utf8_names_the_line_and_the_byte(folder: Path) -> None:
    assert said(folder, b"on_sql: [log]\n# M\xfcnchen\n") == [
        "alerts.yaml, line 2: the file is not UTF-8 text; save it as UTF-8 in your editor."
        " Found: the byte 0xfc. Allowed: UTF-8 text."
    ]


def test_utf16_is_said(folder: Path) -> None:
    (found,) = said(folder, "on_sql: [log]\n".encode("utf-16"))
    assert "not UTF-8" in found


def test_a_byte_order_mark_is_fine(folder: Path) -> None:
    assert said(folder, b"\xef\xbb\xbfon_sql: [log]\n") == []


def test_windows_line_ends_are_fine_and_lines_counted(folder: Path) -> None:
    (found,) = said(folder, b"on_sql: [log]\r\n\r\non_hlod: [log]\r\n")
    assert found.startswith("alerts.yaml, line 3: unknown key 'on_hlod'; did you mean 'on_hold'?")


def test_a_tab_is_called_a_tab(folder: Path) -> None:
    assert said(folder, "on_sql:\n\t- log\n") == [
        "alerts.yaml, line 2: a tab stands at the beginning of the line; YAML is indented by spaces only."
        " Found: a tab. Allowed: spaces. Example:   - id: engaged"
    ]


def test_a_control_character_names_its_line(folder: Path) -> None:
    (found,) = said(folder, "on_sql: [log]\non_hold: [l\x07og]\n")
    assert found.startswith("alerts.yaml, line 2: the file contains a character that YAML does not allow")


def test_a_key_that_stands_twice_names_both_lines(folder: Path) -> None:
    assert said(folder, "on_sql: [log]\nmax_age_hours: 5\non_sql: [nowhere]\n") == [
        "alerts.yaml, line 3: the key 'on_sql' stands here twice (first in line 1); keep one of them."
        " Found: 'on_sql' again. Allowed: each key once."
    ]


def test_an_anchors_bomb_is_refused_before_it_grows(folder: Path) -> None:
    """Nine levels of nine aliases each would be 400 million values."""
    lines = ["a: &a [log, log, log, log, log, log, log, log, log]"]
    for number in range(1, 10):
        before, name = chr(96 + number), chr(97 + number)
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    assert said(folder, "\n".join(lines)) == [
        "alerts.yaml, line 1: an anchor or alias (& or *) cannot be used in settings; write the value out."
        " Found: an anchor or alias (& or *). Allowed: values written out."
    ]


def test_a_merge_key_is_refused(folder: Path) -> None:
    assert "an anchor or alias" in said(folder, "<<: *base\n")[0]


def test_a_tag_is_refused(folder: Path) -> None:
    (found,) = said(folder, "on_sql: !!python/object/apply:os.system [log]\n")
    assert found.startswith("alerts.yaml, line 1: a YAML tag (!) cannot be used in settings")


def test_a_second_document_is_refused(folder: Path) -> None:
    (found,) = said(folder, "on_sql: [log]\n---\non_sql: []\n")
    assert found.startswith("alerts.yaml, line 2: a second document cannot be used in settings")


def test_a_list_as_a_key_is_refused(folder: Path) -> None:
    (found,) = said(folder, "? [a, b]\n: 1\n")
    assert "a list or block as a key cannot be used" in found


def test_depth_is_bounded(folder: Path) -> None:
    (found,) = said(folder, "on_sql: " + "[" * (DEPTH_MAX + 5) + "]" * (DEPTH_MAX + 5))
    assert f"nesting deeper than {DEPTH_MAX}" in found


def test_the_number_of_values_is_bounded(folder: Path) -> None:
    (found,) = said(folder, "on_sql: [" + "x," * VALUES_MAX + "]")
    assert f"at most {VALUES_MAX} in a file" in found


def test_size_is_bounded(folder: Path) -> None:
    (found,) = said(folder, "# " + "x" * FILE_BYTES_MAX)
    assert found == (
        "alerts.yaml: the file is too large; is it the right one? Found: a larger file. Allowed: at"
        " most 512 KiB."
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("7", 7), ("-7", -7), ("1.5", 1.5), ("true", True), ("False", False), ("~", None), ("", None),
        ("yes", "yes"), ("on", "on"), ("02:30", "02:30"), ("2026-12-24", "2026-12-24"), ("1e3", "1e3"),
        ("005000000000001", "005000000000001"), ("'7'", "7"), ('"true"', "true"), ("0x1f", "0x1f"),
        (".5", ".5"),
    ],
)  # fmt: skip
def test_plain_words_are_read_as_written(tmp_path: Path, written: str, read: object) -> None:
    """Only numbers, true, false and nothing are more than text; ids, dates and times stay what they are."""
    path = tmp_path / "x.yaml"
    path.write_text(f"key: {written}\n")
    document, problems = read_document(path)
    assert (document.data, problems) == ({"key": read}, ())
    assert type(document.data["key"]) is type(read)


def test_problems_in_several_files_come_at_once_in_order(folder: Path) -> None:
    """One broken file never hides what is wrong in another, nor one rule what is wrong in the next."""
    (folder / "filters.yaml").write_text("filters: [\n")
    edit(folder, "signals.yaml", "intent: strong", "intent: storng")
    edit(folder, "signals.yaml", "label: Looked at the prices", "lable: Looked at the prices")
    edit(folder, "scoring.yaml", "signals: pricing_viewed", "signals: prices_viewed")
    edit(folder, "levels.yaml", "grade: [A, B]", "grade: [A, E]")
    edit(folder, "recycle.yaml", "track: not_now", "track: never")
    found = check(folder, HOME | {"HUBSPOT_ACCESS_TOKEN_FILE": str(folder / "none")})
    assert [(problem.file, problem.line) for problem in found] == [
        ("signals.yaml", 4),
        ("signals.yaml", 7),
        ("signals.yaml", 8),
        ("scoring.yaml", 8),
        ("filters.yaml", 2),
        ("levels.yaml", 17),
        ("recycle.yaml", 7),
        ("environment", 0),
    ]


def test_a_file_that_cannot_be_read_does_not_make_references_to_it_wrong(folder: Path) -> None:
    """While signals.yaml is broken nobody knows which signals there are; rules that name them are"
    " not blamed."""
    (folder / "signals.yaml").write_text("signals: [\n")
    assert [problem.file for problem in check(folder, HOME)] == ["signals.yaml"]


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)


@given(file=st.sampled_from(sorted(SHAPES)), junk=st.text(max_size=300))
def test_no_text_ever_causes_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, file: str, junk: str
) -> None:
    """Whatever stands in a file, the answer is a list of problems."""
    folder = tmp_path_factory.mktemp("config", numbered=True)
    (folder / file).write_bytes(junk.encode("utf-8", "surrogatepass"))
    assert all(str(problem) for problem in check(folder, HOME))


_JSON = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "when", "field", "signal", "enter", "mql", "models", "extends", "any", "not"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


_TOP = ["mql", "models", "signals", "filters", "recycle", "tracks", "channels", "salesforce", "hubspot"]


@given(
    file=st.sampled_from(sorted(SHAPES)),
    data=st.dictionaries(st.sampled_from(_TOP), _JSON, min_size=1, max_size=3),
)
def test_no_structure_ever_causes_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, file: str, data: dict[str, object]
) -> None:
    """JSON is YAML: any nesting of lists, blocks and words in the right places is answered."""
    import json

    folder = tmp_path_factory.mktemp("config", numbered=True)
    (folder / file).write_text(json.dumps(data), encoding="utf-8")
    assert check(folder, HOME)
