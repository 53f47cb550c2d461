"""`syncd setup` as a person meets it: old and new side by side, and nothing done unasked."""

from __future__ import annotations

from syncd.connectors.sandbox import Sandbox
from tests.cli.conftest import Shell
from tests.cli.documented import assert_documented, shape


def bare(sandbox: Sandbox) -> None:
    """The portal as it was before anybody prepared it."""
    for name in [name for name in sandbox.hubspot.definitions["contacts"] if name.startswith("syncd_")]:
        del sandbox.hubspot.definitions["contacts"][name]


def test_a_plan_shows_old_and_new_and_writes_nothing(connected: tuple[Shell, Sandbox]) -> None:
    shell, sandbox = connected
    bare(sandbox)
    answer = shell.run("setup")
    assert answer.code == 0, answer.err
    assert answer.out.startswith("HubSpot portal 8842017: 25 things to make, 0 there already\n")
    assert " ".join(answer.out.splitlines()[4].split()) == "syncd_stage - dropdown of 12"
    assert answer.out.endswith("Nothing was changed. Make them with: syncd setup --apply\n")
    assert max(len(line) for line in answer.out.splitlines()) <= 80
    assert sandbox.hubspot.writes == []


def test_apply_makes_them_and_the_second_time_has_nothing_to_do(connected: tuple[Shell, Sandbox]) -> None:
    shell, sandbox = connected
    bare(sandbox)
    answer = shell.run("setup", "--apply", "--json")
    assert (answer.code, answer.data["applied"], answer.data["complete"]) == (0, True, True)
    assert_documented(answer.data, shape("setup"))
    again = shell.run("setup", "--apply")
    assert (again.code, again.out) == (0, "HubSpot portal 8842017: 0 things made, 24 there already\n")
    assert "complete" in shell.run("setup", "--json").out


def test_what_is_left_to_a_person_says_what_to_do(connected: tuple[Shell, Sandbox]) -> None:
    shell, sandbox = connected
    sandbox.hubspot.definitions["contacts"]["syncd_pass"].type = "date"
    answer = shell.run("setup", "--apply")
    assert answer.code == 3
    assert "FOR YOU  syncd_pass is date; needed: number\n" in answer.out
    said = " ".join(answer.out.split())
    assert "-> Map another property in mapping.yaml" in said


def test_a_missing_scope_is_named(connected: tuple[Shell, Sandbox]) -> None:
    shell, sandbox = connected
    bare(sandbox)
    sandbox.hubspot.scopes -= {"crm.schemas.contacts.write"}
    answer = shell.run("setup", "--apply")
    assert answer.code == 2
    assert "Add the scope crm.schemas.contacts.write" in answer.said


def test_plan_and_apply_exclude_each_other(connected: tuple[Shell, Sandbox]) -> None:
    shell, _sandbox = connected
    assert shell.run("setup", "--plan", "--apply").code == 2


def test_only_hubspots_credentials_are_asked_for(connected: tuple[Shell, Sandbox]) -> None:
    """Salesforce's may come later: nothing is asked of it."""
    shell, sandbox = connected
    less = {name: value for name, value in shell.environ.items() if not name.startswith("SALESFORCE")}
    assert Shell(shell.folder, less).run("setup").code == 0
    assert sandbox.salesforce.calls == []
    none = {name: value for name, value in less.items() if not name.startswith("HUBSPOT_ACCESS")}
    answer = Shell(shell.folder, none).run("setup")
    assert answer.code == 2
    assert "HUBSPOT_ACCESS_TOKEN" in answer.said
    assert "SALESFORCE" not in answer.said


def test_the_folder_for_salesforce_needs_no_credentials_and_asks_nobody(
    connected: tuple[Shell, Sandbox],
) -> None:
    shell, sandbox = connected
    alone = Shell(shell.folder, {"SYNCD_STATE_DIR": shell.environ["SYNCD_STATE_DIR"]})
    answer = alone.run("setup", "--salesforce", "handoff", "--json")
    assert answer.code == 0, answer.err
    assert_documented(answer.data, shape("setup"))
    folder = shell.folder / "handoff"
    written = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert written == answer.data["files"]
    assert sandbox.hubspot.calls == []
    assert sandbox.salesforce.calls == []
    told = alone.run("setup", "--salesforce", "handoff")
    assert told.out.startswith(f"{len(written)} files written to handoff/ for Salesforce's admin\n")


def test_writing_the_folder_again_takes_away_what_is_no_longer_mapped(shell: Shell) -> None:
    shell.run("init", "mine")
    shell.run("setup", "--salesforce", "handoff", "--config", "mine")
    fields = shell.folder / "handoff/force-app/main/default/objects/Lead/fields"
    assert (fields / "Syncd_Score__c.field-meta.xml").is_file()
    mapping = shell.folder / "mine" / "mapping.yaml"
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(
        text.replace("    - {field: Syncd_Score__c, from: syncd.score}\n", ""), encoding="utf-8"
    )
    assert shell.run("setup", "--salesforce", "handoff", "--config", "mine").code == 0
    assert not (fields / "Syncd_Score__c.field-meta.xml").is_file()
    assert (fields / "Syncd_Key__c.field-meta.xml").is_file()


def test_a_folder_of_something_else_is_not_written_to(shell: Shell) -> None:
    (shell.folder / "mine").mkdir()
    (shell.folder / "mine" / "thesis.txt").write_text("mine", encoding="utf-8")
    answer = shell.run("setup", "--salesforce", "mine")
    assert answer.code == 2
    assert "holds something else" in answer.said
    assert [path.name for path in (shell.folder / "mine").iterdir()] == ["thesis.txt"]
