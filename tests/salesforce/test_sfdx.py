"""The folder an admin deploys: true to the Metadata API's schema, and to the playbook it is written from."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from syncd import app, settings
from syncd.connectors.salesforce import sfdx
from syncd.connectors.salesforce.sfdx import Org, fields
from syncd.connectors.sandbox.salesforce.fields import Field, FieldType
from syncd.core.model import System
from syncd.ports import FieldDefinition, Level
from syncd.settings.loading import Loaded
from syncd.settings.needs import needs
from tests.salesforce.conftest import Desk
from tests.salesforce.metadata import said_against, value, values

VARIANTS = ("", *settings.variants())
STANDARD = {
    "Name", "Company", "Status", "OwnerId", "Title", "Email", "Phone", "MobilePhone",
    "FULL_NAME", "LEAD.COMPANY", "LEAD.STATUS", "CORE.USERS.ALIAS",
    "FIRST_NAME", "LAST_NAME", "COMPANY", "STATUS", "OWNER", "CREATED_DATE", "RowCount",
}  # fmt: skip


@pytest.fixture(params=VARIANTS, ids=lambda name: name or "standard")
def loaded(request: pytest.FixtureRequest, tmp_path: Path) -> Loaded:
    """The standard playbook and every variant to start from."""
    folder = tmp_path / "config"
    settings.init(folder, request.param)
    return settings.load(folder, {})


@pytest.fixture
def org(loaded: Loaded) -> Org:
    return app.org(loaded)


def xml(org: Org) -> dict[str, str]:
    return {path: text for path, text in sfdx.source(org).items() if path.endswith(".xml")}


def field_files(org: Org) -> dict[str, str]:
    """`Lead.Syncd_Key__c` to the file of the field."""
    found = {}
    for path, text in xml(org).items():
        match = re.fullmatch(r".*/objects/(\w+)/fields/(\w+)\.field-meta\.xml", path)
        if match:
            found[f"{match[1]}.{match[2]}"] = text
    return found


def test_every_file_keeps_to_the_schema(org: Org) -> None:
    """Names, order, values: what a deployment would refuse before it looks at the org."""
    removal = {path: text for path, text in sfdx.destructive(org).items() if path.endswith(".xml")}
    files = xml(org) | removal
    assert {path: against for path, text in files.items() if (against := said_against(text))} == {}


def test_the_same_playbook_gives_the_same_folder_to_the_letter(org: Org) -> None:
    assert sfdx.source(org) == sfdx.source(replace(org))
    assert list(sfdx.source(org)) == list(sfdx.source(org))


def test_every_custom_field_the_mapping_writes_is_there_as_it_is_needed(org: Org, loaded: Loaded) -> None:
    types = {
        "text": ("Text", "LongTextArea"), "number": ("Number",), "date": ("Date",), "datetime": ("DateTime",),
        "bool": ("Checkbox",), "picklist": ("Picklist",),
    }  # fmt: skip
    made = field_files(org)
    asked = needs(loaded.playbook, loaded.settings)[System.SALESFORCE].fields
    for need in asked:
        if not need.field.endswith("__c"):
            continue
        object_type = "Activity" if need.object_type == "Task" else need.object_type
        text = made[f"{object_type}.{need.field}"]
        assert value(text, "type") in types[need.type]
        assert value(text, "unique") == "true" or not need.must_be_unique


def test_lengths_are_those_of_the_definitions(org: Org) -> None:
    made = field_files(org)
    for item in org.definitions:
        object_type = "Activity" if item.object_type == "Task" else item.object_type
        text = made[f"{object_type}.{item.name}"]
        if item.type in ("text", "long_text"):
            assert value(text, "length") == str(item.length)
        assert len(value(text, "label")) <= 40
    assert value(made["Lead.Syncd_Brief__c"], "type") == "LongTextArea"


@pytest.mark.parametrize("object_type", ["Lead", "Contact"])
def test_the_external_id_is_unique_without_regard_to_case(org: Org, object_type: str) -> None:
    """Two writes at the same moment must not make two records."""
    text = field_files(org)[f"{object_type}.Syncd_Key__c"]
    assert [value(text, name) for name in ("externalId", "unique", "caseSensitive", "type", "length")] == [
        "true", "true", "false", "Text", "64",
    ]  # fmt: skip


def test_the_integration_user_gets_what_is_needed_and_nothing_more(org: Org, loaded: Loaded) -> None:
    path = "force-app/main/default/permissionsets/Syncd_Integration.permissionset-meta.xml"
    text = xml(org)[path]
    granted = dict(zip(values(text, "field"), values(text, "editable"), strict=True))
    asked = needs(loaded.playbook, loaded.settings)[System.SALESFORCE].fields
    written = {f"{need.object_type}.{need.field}" for need in asked if need.is_written}
    used = {f"{need.object_type}.{need.field}" for need in asked}
    custom = {name for name in granted if name.endswith("__c")}
    assert custom == {name for name in used if name.endswith("__c")} | {"Event.Syncd_Key__c"}
    for name, editable in granted.items():
        is_address = name in {"Lead.Address", "Contact.MailingAddress"}
        assert (editable == "true") == (name in written or is_address or name == "Event.Syncd_Key__c"), name
    read_always = {"Contact.AccountId", "Opportunity.AccountId", "Opportunity.Amount", "Account.Website"}
    assert read_always <= set(granted), "without them whole streams cannot be read"
    required = {"Lead.LastName", "Lead.Company", "Lead.Status", "Lead.OwnerId", "Contact.LastName"}
    assert not required & set(granted), "a permission set that names one is refused as a whole"
    objects = dict(zip(values(text, "object"), values(text, "allowCreate"), strict=True))
    assert objects | {"Campaign": ""} == {
        "Account": "false", "Contact": "true", "Lead": "true", "Opportunity": "false", "Campaign": "",
    }  # fmt: skip
    assert set(values(text, "allowDelete") + values(text, "modifyAllRecords")) == {"false"}


def test_sales_reads_our_fields_and_writes_only_the_reason(org: Org) -> None:
    text = xml(org)["force-app/main/default/permissionsets/Syncd_Sales.permissionset-meta.xml"]
    granted = dict(zip(values(text, "field"), values(text, "editable"), strict=True))
    assert {name for name, editable in granted.items() if editable == "true"} <= {f"Lead.{org.reason_field}"}
    assert {f"Lead.{name}" for name in fields.formula_names(org)} <= set(granted)


def test_views_reports_and_actions_speak_of_fields_that_exist(org: Org) -> None:
    made = {name.partition(".")[2] for name in field_files(org)}
    for path, text in xml(org).items():
        if "/fields/" in path or "permissionset" in path:
            continue
        named = values(text, "columns") + values(text, "fields") + values(text, "groupingColumn")
        named += values(text, "column") + values(text, "field")
        named = [name.strip().removeprefix("Lead.") for name in named if name.strip()]
        assert set(named) <= made | STANDARD, path


def test_formulas_speak_of_fields_that_exist(org: Org) -> None:
    made = field_files(org)
    lead = {name.partition(".")[2] for name in made if name.startswith("Lead.")}
    for text in made.values():
        assert set(re.findall(r"\w+__c", value(text, "formula"))) <= lead


def test_the_dashboard_shows_reports_of_the_folder(org: Org) -> None:
    files = xml(org)
    (board,) = (text for path, text in files.items() if path.endswith("dashboard-meta.xml"))
    shown = values(board, "report")
    there = {path.split("/reports/")[1].split(".")[0] for path in files if path.endswith("report-meta.xml")}
    assert set(shown) == there
    assert "runningUser" not in board, "nobody's user name is known here"


def test_managers_are_answered_their_six_questions(org: Org) -> None:
    """The last of them has to be nought: SQLs passed without meeting the criteria in force."""
    names = {PurePosixPath(path).name.split(".")[0] for path in xml(org) if path.endswith("report-meta.xml")}
    assert names == {
        "Open_SQLs_by_time_left", "SLA_breaches", "SQLs_without_owner", "Rejected_by_reason", "Near_SQL",
        "SQLs_not_meeting_criteria",
    }  # fmt: skip


def test_a_question_whose_field_is_not_mapped_is_left_out_and_said(org: Org) -> None:
    bare = replace(
        org, definitions=tuple(item for item in org.definitions if item.source == "syncd.key"),
        reason_field="Why_Not__c", reasons=(),
    )  # fmt: skip
    assert {path: against for path, text in xml(bare).items() if (against := said_against(text))} == {}
    readme = sfdx.source(bare)["README.md"]
    assert "Left out, since the mapping lacks a field they need: Open SQLs by time left" in readme
    test_views_reports_and_actions_speak_of_fields_that_exist(replace(bare, reason_field=""))


def test_accepting_and_giving_back_set_the_playbooks_own_statuses(org: Org) -> None:
    files = xml(org)
    for name, meaning in (("Accept", "accepted"), ("Reject", "rejected")):
        text = files[f"force-app/main/default/quickActions/Lead.Syncd_{name}.quickAction-meta.xml"]
        assert org.statuses[value(text, "literalValue")] == meaning
    assert org.reason_field in values(text, "field"), "giving back asks why"
    (layout,) = (text for path, text in files.items() if path.endswith("layout-meta.xml") and "Lead-" in path)
    assert values(layout, "actionName") == ["Lead.Syncd_Accept", "Lead.Syncd_Reject"]


def test_what_is_ours_and_what_sales_answers_in_are_deployed_apart(org: Org) -> None:
    """A picklist that exists would lose its values."""
    files = sfdx.source(org)
    project = json.loads(files["sfdx-project.json"])
    assert [item["path"] for item in project["packageDirectories"]] == ["force-app", "feedback-fields"]
    assert project["sourceApiVersion"] == org.api_version
    asked = [path for path in files if path.startswith("feedback-fields")]
    assert [PurePosixPath(path).name.split(".")[0] for path in asked] == [
        org.reason_field, org.lost_reason_field,
    ]  # fmt: skip
    assert not [path for path in files if path.startswith("force-app") and org.reason_field in path]


def test_the_manifest_names_every_file_and_so_does_its_removal(org: Org) -> None:
    files = sfdx.source(org)
    named = values(files["manifest/package.xml"], "members")
    ours = [path for path in files if path.startswith("force-app")]
    assert len(named) == len(ours) == len(set(zip(named, ours, strict=True)))
    assert "Lead.Syncd_Key__c" in named
    assert "Activity.Syncd_Key__c" in named
    assert "Syncd/SLA_breaches" in named
    removal = sfdx.destructive(org)
    assert values(removal["destructiveChanges.xml"], "members") == named
    assert values(removal["package.xml"], "members") == []


def deploy(org: Org, desk: Desk) -> None:
    """What an admin's deployment leaves in the org: the fields of both parts, seen as permitted."""
    types = {
        "Text": FieldType.STRING, "LongTextArea": FieldType.TEXTAREA, "Number": FieldType.DOUBLE,
        "Date": FieldType.DATE, "DateTime": FieldType.DATETIME, "Checkbox": FieldType.BOOLEAN,
        "Picklist": FieldType.PICKLIST,
    }  # fmt: skip
    granted = xml(org)["force-app/main/default/permissionsets/Syncd_Integration.permissionset-meta.xml"]
    rights = dict(zip(values(granted, "field"), values(granted, "editable"), strict=True))
    for name, text in field_files(org).items():
        object_type, _, field = name.replace("Activity.", "Task.").partition(".")
        made = Field(
            field, types[value(text, "type")], int(value(text, "length") or 0),
            digits=int(value(text, "precision") or 0), values=tuple(values(text, "fullName")[1:]),
            is_unique=value(text, "unique") == "true", is_external_id=value(text, "externalId") == "true",
            is_restricted=value(text, "restricted") == "true",
        )  # fmt: skip
        desk.org.schema.get(object_type).add([made])
        right = rights.get(f"{object_type}.{field}")
        if right is None:
            desk.org.hide(object_type, field)
        elif right == "false":
            desk.org.make_read_only(object_type, field)


def test_an_org_it_was_deployed_to_has_all_the_doctor_asks_for(org: Org, loaded: Loaded, desk: Desk) -> None:
    for name in ("Lead", "Contact", "Task", "Opportunity"):
        kind = desk.org.schema.get(name)
        for field in [item.name for item in kind.fields.values() if item.is_custom]:
            desk.org.drop_field(name, field)
    asked = needs(loaded.playbook, loaded.settings)[System.SALESFORCE]
    about = ("salesforce.field", "salesforce.key", "salesforce.picklist")
    before = [item for item in desk.connector().inspect(asked) if item.level is Level.PROBLEM]
    assert "salesforce.field_missing" in {item.code for item in before}
    assert "syncd setup --salesforce" in before[0].cure
    deploy(org, desk)
    found = desk.connector().inspect(asked)
    wrong = [item for item in found if item.level is not Level.OK and item.code.startswith(about)]
    assert wrong == []


def test_names_of_a_playbook_are_text_and_nothing_else() -> None:
    """Quotes, angle brackets, commas: in formulas, filters and files."""
    status = 'Say "no" \\ <b>&, thanks'
    due = FieldDefinition("Lead", "Due__c", "Due <b>", "datetime", "Hi & bye", source="syncd.sla_due_at")
    key = FieldDefinition("Lead", "Key__c", "Key", "text", "Key.", 64, is_unique=True, source="syncd.key")
    org = Org(
        "66.0", (due, key), statuses={status: "new", f"{status}!": "rejected"}, reason_field="Why__c",
        reasons=('<x> & "y"',),
    )  # fmt: skip
    files = xml(org)
    assert {path: against for path, text in files.items() if (against := said_against(text))} == {}
    waiting = field_files(org)["Lead.Syncd_Waiting__c"]
    assert 'ISPICKVAL(Status, "Say \\"no\\" \\\\ <b>&, thanks")' in value(waiting, "formula")
    report = files["force-app/main/default/reports/Syncd/Rejected_by_reason.report-meta.xml"]
    assert f'"{status}!"' in values(report, "value")


def test_the_readme_has_three_commands_and_the_field_mapping(org: Org) -> None:
    text = sfdx.source(org)["README.md"]
    first = re.search(r"```\n(.*?)```", text, re.DOTALL)
    assert first is not None
    assert [line.split()[1:3] for line in first[1].splitlines()] == [
        ["org", "login"], ["project", "deploy"], ["org", "assign"],
    ]  # fmt: skip
    for item in org.definitions:
        if item.object_type == "Lead":
            assert f"| `{item.name}` | `{item.name}` |" in text
