"""The pages people read, on the demo's store: complete at 80 and 120 columns, and in JSON."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from syncd.settings import default_config_dir
from tests.cli.conftest import Answer, Shell
from tests.cli.documented import ACTS, assert_documented, general, shape

Demo = tuple[Shell, Answer]


def store_of(shell: Shell) -> Path:
    return Path(shell.environ["SYNCD_STATE_DIR"]) / "demo" / "syncd.db"


def emails(shell: Shell, where: str, count: int = 1) -> list[str]:
    """Addresses of leads that stand somewhere; people whom one address means alone."""
    query = (
        "SELECT min(a.email) FROM leads l JOIN addresses a ON a.lead_id = l.lead_id "
        f"WHERE {where} AND a.email NOT IN (SELECT email FROM addresses GROUP BY email HAVING "
        f"count(DISTINCT lead_id) > 1) GROUP BY l.lead_id ORDER BY l.lead_id LIMIT {count}"
    )
    with sqlite3.connect(store_of(shell)) as store:
        return [email for (email,) in store.execute(query)]


@pytest.fixture
def copied(demo: Demo, tmp_path: Path) -> Shell:
    """The demo's folder again, for acts that change it."""
    made, _ = demo
    shutil.copytree(made.environ["SYNCD_STATE_DIR"], tmp_path / "state")
    return Shell(tmp_path, {"SYNCD_STATE_DIR": str(tmp_path / "state")})


# --- explain ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("stage", ["lead", "mql", "near_sql", "handed_off", "disqualified", "recycled"])
def test_the_page_fits_the_terminal(demo: Demo, stage: str, width: int) -> None:
    """No line is wider, but a command that is to be copied."""
    shell, _ = demo
    for who in emails(shell, f"l.stage = '{stage}'"):
        answer = shell.with_environ(COLUMNS=str(width)).run("explain", who)
        assert answer.code == 0, answer.err
        wide = [line for line in answer.out.splitlines() if len(line) > width]
        assert [line for line in wide if not line.startswith("    syncd ")] == []


def test_the_page_answers_what_people_ask(demo: Demo) -> None:
    """In the order in which they ask it."""
    shell, _ = demo
    [who] = emails(shell, "l.stage = 'mql'")
    page = shell.run("explain", who).out
    asked = ["What to do:", "Why not with sales", "Scores", "Ideal customer profile", "SQL by score:", "BANT",
             "Filters:", "What would lift it to", "History"]  # fmt: skip
    places = [page.index(text) for text in asked]
    assert places == sorted(places)


def test_the_page_is_data_too(demo: Demo) -> None:
    """Every score of it is the sum of its reasons, and the stored decision stands beside it."""
    shell, _ = demo
    [who] = emails(shell, "l.stage = 'near_sql'")
    data = shell.run("explain", who, "--json").data
    assert_documented(data, shape("explain"))
    page = data["page"]
    for score in page["scores"]:
        assert score["points_micro"] == sum(item["points_micro"] for item in score["reasons"])
    assert (page["position"]["stage"], data["in_force"]) == ("near_sql", True)
    assert page["lift"]["target"] == {"stage": "sql", "level": ""}
    assert data["decision"]["standing"]["position"] == page["position"]


def test_hindsight_needs_a_date(demo: Demo) -> None:
    shell, _ = demo
    answer = shell.run("explain", "x", "--hindsight")
    assert (answer.code, answer.out) == (2, "")
    assert "--hindsight is about a past date: add --at" in answer.said


def test_hindsight_knows_what_came_late(copied: Shell) -> None:
    """A fact that became known after the date counts with hindsight, and not without."""
    [who] = emails(copied, "l.stage = 'mql'")
    with sqlite3.connect(store_of(copied)) as store:
        store.execute(
            "UPDATE signals SET known_at = (SELECT max(known_at) FROM signals) WHERE lead_id = "
            "(SELECT lead_id FROM addresses WHERE email = ?)",
            (who,),
        )
    then = copied.run("explain", who, "--at", "2026-09-08", "--json").data["page"]
    since = copied.run("explain", who, "--at", "2026-09-08", "--hindsight", "--json").data["page"]
    told = [
        [reason["rule"] for score in page["scores"] for reason in score["reasons"]] for page in (then, since)
    ]
    assert len(told[0]) < len(told[1])
    assert since["at"] == then["at"]


def test_another_definition_is_tried_and_nothing_stored(copied: Shell) -> None:
    """Somebody may be an SQL under other rules: said, not done."""
    [who] = emails(copied, "l.stage = 'mql'")
    other = copied.folder / "other"
    shutil.copytree(default_config_dir(), other)
    filters = (other / "filters.yaml").read_text(encoding="utf-8")
    domain = who.partition("@")[2]
    assert "competitor_domains: [" in filters
    (other / "filters.yaml").write_text(
        filters.replace("competitor_domains: [", f"competitor_domains: [{domain}, "), encoding="utf-8"
    )
    before = store_of(copied).read_bytes()
    found = copied.run("explain", who, "--playbook", str(other), "--json").data
    assert (found["page"]["position"]["stage"], found["in_force"]) == ("disqualified", False)
    assert "competitor" in {item["id"] for item in found["page"]["changed"]["filters"]}
    assert copied.run("explain", who, "--json").data["page"]["position"]["stage"] == "mql"
    assert store_of(copied).read_bytes() == before


def test_a_definition_that_is_not_there(demo: Demo) -> None:
    shell, _ = demo
    [who] = emails(shell, "l.stage = 'mql'")
    answer = shell.run("explain", who, "--playbook", "nowhere")
    assert (answer.code, answer.said.endswith("there is no folder nowhere")) == (2, True)


# --- criteria --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 120])
def test_the_definition_fits_the_terminal(shell: Shell, width: int) -> None:
    """It needs no store, and ends with the lines to sign on."""
    answer = shell.with_environ(COLUMNS=str(width)).run("criteria")
    assert answer.code == 0
    assert [line for line in answer.out.splitlines() if len(line) > width] == []
    assert "Agreed by" in answer.out


def test_the_definition_is_data_and_markdown_too(shell: Shell) -> None:
    data = shell.run("criteria", "--json").data
    assert_documented(data, shape("criteria"))
    markdown = shell.run("criteria", "--markdown").out
    titles = [line.removeprefix("## ") for line in markdown.splitlines() if line.startswith("## ")]
    assert titles == [
        section["title"] for section in data["sections"] if section["title"] != "Lists in full"
    ] + ["Lists in full"]


def test_one_version_alone_has_no_changes(demo: Demo) -> None:
    """What to do instead is said."""
    shell, _ = demo
    answer = shell.run("criteria", "--changes")
    assert (answer.code, "name a folder with --since DIR" in answer.said) == (1, True)


def test_changes_are_told_with_whom_they_would_move(copied: Shell) -> None:
    """A stricter MQL: the sentence before and after, and the leads it would cost."""
    stricter = copied.folder / "stricter"
    shutil.copytree(default_config_dir(), stricter)
    levels = (stricter / "levels.yaml").read_text(encoding="utf-8")
    raised = re.sub(r"(score: (?:engagement|intent), at_least: )\d+", r"\g<1>300", levels)
    assert raised != levels
    (stricter / "levels.yaml").write_text(raised, encoding="utf-8")
    before = store_of(copied).read_bytes()
    loosened = copied.run("criteria", "--since", str(stricter), "--json").data
    assert {"before", "after", "changes", "leads"} == set(loosened)
    assert any("300 points or more" in item["before"] for item in loosened["changes"])
    assert loosened["after"]["first_seen_at"] is not None
    assert loosened["leads"]["looked_at"] == loosened["leads"]["of"] > 0
    assert len(loosened["leads"]["moved"]) == sum(item["leads"] for item in loosened["leads"]["counts"])
    told = copied.run("criteria", "--since", str(stricter))
    assert "would change level" in told.out
    assert [line for line in told.out.splitlines() if len(line) > 80] == []
    bare = copied.run("criteria", "--since", str(stricter), "--no-leads", "--json").data
    assert bare["leads"] is None
    assert store_of(copied).read_bytes() == before


def test_the_version_before_is_read_from_the_store(copied: Shell) -> None:
    """Both versions with the dates since when they were in force, and what is told differently."""
    with sqlite3.connect(store_of(copied)) as store:
        [(text, seen)] = store.execute("SELECT content, first_seen_at FROM playbooks").fetchall()
        content = json.loads(text)
        content["evaluation"]["levels"]["near_sql"]["at_least"] -= 1
        store.execute(
            "INSERT INTO playbooks (version, evaluation_version, delivery_version, content, first_seen_at, "
            "applied_by) VALUES ('0ld', 'x', 'y', ?, ?, '')",
            (json.dumps(content), seen - 86_400_000),
        )
    found = copied.run("criteria", "--changes", "--no-leads", "--json").data
    assert (
        found["before"]["version"],
        found["before"]["first_seen_at"] < found["after"]["first_seen_at"],
    ) == (
        "0ld",
        True,
    )
    [change] = found["changes"]
    assert (change["kind"], change["section"]) == ("other", "Near-SQL: nearly there")
    told = copied.run("criteria", "--since", "0l", "--no-leads").out
    assert "in force since 2026-09-06" in " ".join(told.split())


def test_a_version_nobody_has_seen(demo: Demo) -> None:
    """The known ones are named with their dates."""
    shell, _ = demo
    answer = shell.run("criteria", "--since", "0000")
    assert answer.code == 2
    assert "'0000' is neither a folder nor a version this store has seen:" in answer.said


# --- override and the daily list -------------------------------------------------------------------------


def test_a_filter_is_set_aside_with_who_why_and_until(copied: Shell) -> None:
    """The lead is judged again at once; ending it brings the filter back; both keep a name."""
    with sqlite3.connect(store_of(copied)) as store:
        [(name,)] = store.execute(
            "SELECT reason FROM leads WHERE stage = 'disqualified' AND reason IN "
            "('student', 'disposable_address') GROUP BY reason ORDER BY count(*) DESC LIMIT 1"
        ).fetchall()
    [who] = emails(copied, f"l.stage = 'disqualified' AND l.reason = '{name}'")
    words = ("override", who, name, "--why", "buys for the group", "--until", "2026-12-31", "--by", "Robin")
    done = copied.run(*words, "--json")
    assert (done.code, done.data["result"]) == (0, "done"), done.out
    assert_documented(done.data, general(ACTS))
    [held] = copied.run("override", "list", who, "--json").data
    assert_documented([held], shape("override list"))
    assert (held["id"], held["by"], held["why"], held["in_force"]) == (
        name,
        "Robin",
        "buys for the group",
        True,
    )
    assert held["until_at"].startswith("2027-01-01T00:00")
    page = copied.run("explain", who, "--json").data
    assert page["decision"]["standing"]["position"]["stage"] != "disqualified"
    assert [item["by"] for item in page["page"]["waivers"]] == ["Robin"]
    assert "set aside by Robin" in " ".join(copied.run("explain", who).out.split())
    ended = copied.run("override", "end", who, name, "--by", "Kim", "--json")
    assert (ended.code, ended.data["result"]) == (0, "done")
    assert (
        copied.run("explain", who, "--json").data["decision"]["standing"]["position"]["stage"]
        == "disqualified"
    )
    assert copied.run("override", "list", who, "--json").data == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("objected", "--why", "x"), 3, "is an objection: nobody can set it aside"),
        (("no_such_thing", "--why", "x"), 2, "is nothing that can be set aside. These can: employee"),
        (("student", "--why", " "), 2, "say why: --why"),
        (("student", "--why", "x", "--until", "soon"), 2, "'soon' is not a date: write 2026-12-31"),
        (("student",), 2, "Missing option '--why'"),
    ],
)
def test_an_override_that_cannot_be(demo: Demo, words: tuple[str, ...], code: int, said: str) -> None:
    """A clear sentence, and nothing is stored."""
    shell, _ = demo
    [who] = emails(shell, "l.stage = 'lead'")
    answer = shell.run("override", who, *words)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.said


def test_an_override_that_is_over_is_refused(copied: Shell) -> None:
    [who] = emails(copied, "l.stage = 'lead'")
    answer = copied.run("override", who, "student", "--why", "x", "--until", "2020-01-01", "--json")
    assert (answer.code, answer.data["result"]) == (3, "refused")


def test_no_hand_raiser_is_lost_in_silence(demo: Demo) -> None:
    """Every decisive action that did not hand over is listed with its reason, and a command or advice."""
    shell, _ = demo
    answer = shell.run("report", "hand-raisers", "--days", "60", "--json")
    waiting = [item for item in answer.data if item["handed_over_at"] is None]
    assert answer.code == (3 if waiting else 0)
    assert waiting, "the demo has people whom a filter or gate stops"
    assert_documented(answer.data, shape("report hand-raisers"))
    assert [item for item in waiting if not item["reason"] or not (item["command"] or item["advice"])] == []
    text = shell.run("report", "hand-raisers", "--days", "60").out
    assert [item["command"] for item in waiting if item["command"] and item["command"] not in text] == []


def test_the_command_on_the_list_works(copied: Shell) -> None:
    """Copied as it stands, with a reason in place of the dots, it lets the person pass."""
    rows = copied.run("report", "hand-raisers", "--days", "60", "--json").data
    overrides = [item["command"] for item in rows if item["command"].startswith("syncd override")]
    words = overrides[0].removeprefix("syncd ").replace(' --why "..."', "").split()
    answer = copied.run(*words, "--why", "spoke to them", "--by", "Robin", "--json")
    assert json.loads(answer.out)["result"] == "done"
