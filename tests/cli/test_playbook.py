"""A changed playbook as a user meets it: what waits, looking, applying, going back."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.connectors.sandbox import Sandbox
from tests.cli.conftest import Answer, Shell
from tests.cli.documented import ACTS, assert_documented, general, shape

OLD, NEW, THIRD = "engagement, at_least: 30}", "engagement, at_least: 29}", "engagement, at_least: 28}"


def edit(shell: Shell, old: str, new: str) -> None:
    path = shell.folder / "config" / "levels.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def live(shell: Shell) -> None:
    """A live profile with a folder of its own."""
    assert shell.run("init", "config").code == 0
    assert shell.run("sync", "--once", "--json").code == 0
    assert shell.run("go-live", "--by", "Robin", "--json").code == 0


def widths(answer: Answer) -> list[int]:
    return sorted({len(line) for line in answer.out.splitlines()})[-1:]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if "levels" in path.name)


def test_from_an_edit_to_its_application(connected: tuple[Shell, Sandbox]) -> None:
    """Every command says what waits and what comes next; only what was shown is applied, and once."""
    shell, _sandbox = connected
    live(shell)
    first = shell.run("status", "--json").data["playbook_version"]
    edit(shell, OLD, NEW)
    checked = shell.run("validate", "--json")
    assert checked.code == 0, checked.out
    assert_documented(checked.data, shape("validate"))
    other = checked.data["waiting"]["version"]
    assert (checked.data["waiting"]["in_force"], checked.data["waiting"]["next"]) == (first, "syncd plan")
    assert shell.run("sync", "--once", "--json").code == 0
    for command in (("validate",), ("criteria",), ("status",)):
        answer = shell.run(*command)
        said = " ".join(answer.out.split())
        assert f"The folder holds another version of the playbook, {other}, since" in said, command
        assert "`syncd plan`" in said
    told = shell.run("criteria", "--json")
    assert_documented(told.data, shape("criteria"))
    assert told.data["version"] == first
    assert "30 points or more" in told.out
    assert "29 points or more" in shell.run("criteria", "--playbook", "config").out
    changed = shell.run("criteria", "--changes", "--json").data
    assert (changed["before"]["version"], changed["after"]["version"]) == (first, other)
    assert changed["after"]["first_seen_at"] is None
    unseen = shell.run("apply", other, "--by", "Robin")
    assert (unseen.code, "run `syncd plan` first" in " ".join(unseen.out.split())) == (3, True)
    plan = shell.run("plan", "--by", "Robin", "--json")
    assert plan.data["playbook"]["version"] == other
    assert_documented(plan.data, shape("plan"))
    shown = shell.run("plan", "--by", "Robin")
    assert f"Version {other} of the playbook would take the place of {first}" in shown.out
    assert widths(shown) <= [80]
    assert shell.run("status", "--json").data["playbook_waiting"]["next"] == f"syncd apply {other}"
    edit(shell, NEW, THIRD)
    stale = shell.run("apply", other, "--by", "Robin")
    assert (stale.code, "it was changed since that was shown" in stale.said) == (1, True)
    edit(shell, THIRD, NEW)
    done = shell.run("apply", other, "--by", "Robin", "--json")
    assert (done.code, done.data["result"]) == (0, "done")
    assert_documented(done.data, general(ACTS))
    again = shell.run("apply", other, "--by", "Kim")
    assert (again.code, "in force already" in again.said, "by Robin" in again.said) == (1, True, True)
    status = shell.run("status", "--json")
    assert_documented(status.data, shape("status"))
    assert (status.data["playbook_version"], status.data["playbook_waiting"]) == (other, None)
    assert shell.run("plan", "--json").data["playbook"] is None


@pytest.mark.battery
def test_going_back_with_and_without_the_files(connected: tuple[Shell, Sandbox]) -> None:
    """Shown first, put in force again, the folder's version waits; with --write nothing waits any more."""
    shell, _sandbox = connected
    live(shell)
    assert "there is no version to go back to" in shell.run("apply", "--back", "--yes").said
    first = shell.run("status", "--json").data["playbook_version"]
    edit(shell, OLD, NEW)
    other = shell.run("plan", "--json").data["playbook"]["version"]
    assert shell.run("apply", other, "--by", "Robin").code == 0
    back = shell.run("apply", "--back", "--yes", "--by", "Kim")
    assert back.code == 0
    assert f"Version {first} of the playbook would take the place of {other}" in back.out
    assert f"Version {first} is in force again from now on, in place of {other}" in " ".join(back.out.split())
    assert widths(back) <= [80]
    assert shell.run("status", "--json").data["playbook_waiting"]["version"] == other
    assert shell.run("apply", other, "--by", "Robin").code == 3, "against this term it was never shown"
    shell.run("plan", "--json")
    assert shell.run("apply", other, "--by", "Robin").code == 0
    written = shell.run("apply", "--back", "--write", "--yes", "--by", "Kim", "--json")
    assert (written.code, written.data["result"]) == (0, "done")
    assert files(shell.folder / "config") == ["levels.yaml", "levels.yaml.bak"]
    assert shell.run("validate", "--json").data["waiting"] is None
    assert shell.run("status", "--json").data["playbook_version"] == first


def test_before_go_live_nothing_waits(connected: tuple[Shell, Sandbox]) -> None:
    """The folder acts at once, and so does what it says on the day of going live."""
    shell, _sandbox = connected
    assert shell.run("init", "config").code == 0
    assert shell.run("sync", "--once", "--json").code == 0
    first = shell.run("status", "--json").data["playbook_version"]
    edit(shell, OLD, NEW)
    other = shell.run("validate", "--json")
    assert other.data["waiting"] is None
    refused = shell.run("apply", first)
    assert "until `syncd go-live` the profile observes" in refused.said
    assert "putting the files of version" not in shell.run("apply", "--back").said, "it was the first"
    assert shell.run("go-live", "--by", "Robin", "--json").code == 0
    assert shell.run("status", "--json").data["playbook_waiting"] is None
    edit(shell, NEW, OLD)
    waiting = shell.run("status", "--json").data["playbook_waiting"]
    assert waiting["version"] == first


@pytest.mark.parametrize("command", [("validate",), ("criteria",)])
def test_without_a_store_the_folder_is_told(shell: Shell, command: tuple[str, ...]) -> None:
    assert shell.run("init", "config").code == 0
    answer = shell.run(*command, "--json")
    assert (answer.code, answer.data["waiting"]) == (0, None)


def test_the_doctor_says_what_a_waiting_version_still_lacks(connected: tuple[Shell, Sandbox]) -> None:
    """As a warning: what is in force goes on, and what is missing is made before it is applied."""
    shell, _sandbox = connected
    live(shell)
    path = shell.folder / "config" / "mapping.yaml"
    text = path.read_text(encoding="utf-8")
    assert "{field: Title," in text
    path.write_text(text.replace("{field: Title,", "{field: Not_There__c,", 1), encoding="utf-8")
    found = shell.run("doctor", "--json")
    version = shell.run("status", "--json").data["playbook_waiting"]["version"]
    assert (found.code, found.data["may_write"]) == (0, True)
    [missing] = [item for item in found.data["findings"] if "Not_There__c" in item["subject"] + item["title"]]
    assert missing["level"] == "warning"
    assert missing["cure"].startswith(f"Before `syncd apply {version}`: ")
