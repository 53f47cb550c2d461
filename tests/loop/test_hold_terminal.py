"""Cases at the terminal: listed, laid out side by side, settled, taken back; readable at 80 columns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncd import app
from tests.cli.documented import assert_documented, shape
from tests.loop.harness import Loop, loop
from tests.loop.terminal import Said, Terminal
from tests.loop.test_identity import ACCOUNT, EMAIL, ask_for_demo

HOSTILE = '=HYPERLINK("http://x")[red]O\'Neil\\ \N{PARTY POPPER} \N{HEBREW LETTER ALEF}'


def shell(it: Loop, folder: Path) -> Terminal:
    environ = app.sandbox_environ(it.sandbox, folder / "state")
    return Terminal(it.sandbox, folder, {**environ, "SYNCD_CONFIG_DIR": str(folder / "config")})


def run(it: Loop, terminal: Terminal, *words: str) -> Said:
    """As the only one at work: the lease is the command's."""
    return terminal.run(*words)


@pytest.mark.parametrize("columns", ["80", "120"])
def test_a_case_is_listed_shown_settled_and_taken_back(tmp_path: Path, columns: str) -> None:
    """The page shows names to the person at the terminal; the alert that went to sales has none."""
    url = f"sqlite:///{tmp_path / 'state' / 'syncd.db'}"
    with loop(tmp_path, url) as it:
        fields = {"FirstName": "Ines", "LastName": "Moreau", "Company": "Harbour Works", "Title": HOSTILE}
        other = it.sandbox.salesforce.insert("Lead", {**fields, "Email": "i.moreau@harbour-works.com"})
        it.sync(minutes=30)
        ask_for_demo(it)
        it.sync(minutes=30)
        it.cycle.token.release()
        terminal = shell(it, tmp_path).having(COLUMNS=columns)
        listed = json.loads(terminal.run("hold", "list", "--json").out)
        assert_documented(listed, shape("hold list") - {"[].resolved_at", "[].resolution", "[].resolved_by"})
        number = str(listed[0]["hold_id"])
        shown = terminal.run("hold", "show", number)
        assert shown.code == 3
        assert max(map(len, shown.out.splitlines())) <= int(columns)
        for text in ("Ines Moreau", EMAIL, "i.moreau@harbour-works.com", "80 %, likely", other, "[red]"):
            assert text in shown.flat.replace("- ", "-"), shown.out
        data = json.loads(terminal.run("hold", "show", number, "--json").out)
        assert_documented(data, shape("hold show"))
        assert terminal.run("hold", "resolve", number, "--use", "new", "--by", "Ada").code == 0
        settled = terminal.run("hold", "list", "--all")
        assert "Ada" in settled.out
        assert_documented(json.loads(terminal.run("hold", "list", "--all", "--json").out), shape("hold list"))
        again = json.loads(terminal.run("hold", "show", number, "--json").out)
        assert [(item["says"], item["by"]) for item in again["decisions"]] == [("different", "Ada")]
        assert terminal.run("hold", "take-back", number, "--by", "Bo").code == 0
        assert terminal.run("hold", "take-back", number, "--by", "Bo").code == 3
        assert "no longer" in terminal.run("hold", "show", number).flat
        assert terminal.run("hold", "show", "999").code != 0
        told = (tmp_path / "state").rglob("alerts*")
        for page in told:
            text = page.read_text(encoding="utf-8")
            waits = [line for line in text.splitlines() if "waits for your decision" in line]
            assert waits
            assert not [line for line in waits if "Moreau" in line or "@" in line]
            assert any(other in line and "/" + other in line for line in waits)


def test_a_case_about_accounts_is_shown(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'state' / 'syncd.db'}"
    with loop(tmp_path, url) as it:
        for name in ("Harbour Works North", "Harbour Works South", "Harbour Works West"):
            it.sandbox.salesforce.insert("Account", {**ACCOUNT, "Name": name})
        it.sync(minutes=30)
        ask_for_demo(it)
        it.sync(minutes=30)
        it.cycle.token.release()
        shown = shell(it, tmp_path).run("hold", "show", "1")
        assert "Harbour Works West" in shown.flat
        assert max(map(len, shown.out.splitlines())) <= 80
