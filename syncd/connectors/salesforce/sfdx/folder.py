"""The whole folder, as path to text: a project for Salesforce's command line, with the words an admin needs.

`force-app` holds what is ours and harms nothing that is there. `feedback-fields` holds picklists that sales
answers in: only for orgs that have none of that name. Nothing in either is deployed by us.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from syncd.connectors.salesforce.sfdx import access, fields, questions, reports, views
from syncd.connectors.salesforce.sfdx.org import Org
from syncd.connectors.salesforce.sfdx.xml import Node, document

OURS, FEEDBACK = "force-app", "feedback-fields"

_TYPES: tuple[tuple[str, str], ...] = (
    ("/fields/", "CustomField"),
    ("/listViews/", "ListView"),
    ("/compactLayouts/", "CompactLayout"),
    ("layouts/", "Layout"),
    ("quickActions/", "QuickAction"),
    ("permissionsets/", "PermissionSet"),
    ("reports/", "Report"),
    ("dashboards/", "Dashboard"),
)
"""Where in the project a type of component lies (Metadata API, "Metadata Types")."""


def source(org: Org) -> dict[str, str]:
    """Every file of the folder."""
    ours = _ours(org)
    asked = fields.feedback(org)
    project = {
        "packageDirectories": [
            {"path": OURS, "default": True},
            *([{"path": FEEDBACK, "default": False}] if asked else []),
        ],
        "namespace": "",
        "sourceApiVersion": org.api_version,
    }
    return {
        "README.md": _readme(org, has_feedback=bool(asked)),
        "sfdx-project.json": json.dumps(project, indent=2) + "\n",
        "manifest/package.xml": _package(_members(ours), org.api_version),
        **_within(OURS, ours),
        **_within(FEEDBACK, asked),
    }


def destructive(org: Org) -> dict[str, str]:
    """What removes `force-app` again: an empty package and the list of what goes, in a project of their own,
    since the command line works in one."""
    project = {"packageDirectories": [{"path": OURS, "default": True}], "sourceApiVersion": org.api_version}
    return {
        "sfdx-project.json": json.dumps(project, indent=2) + "\n",
        f"{OURS}/README.md": "Empty: this project only takes things away.\n",
        "destructiveChanges.xml": _package(_members(_ours(org)), org.api_version),
        "package.xml": _package({}, org.api_version),
    }


def members(org: Org) -> dict[str, tuple[str, ...]]:
    """Everything `force-app` makes, by type of component."""
    return _members(_ours(org))


def _ours(org: Org) -> dict[str, str]:
    return {
        **fields.made(org),
        **views.list_views(org),
        **views.compact_layout(org),
        **views.page_layout(org),
        **views.quick_actions(org),
        **access.permission_sets(org),
        **reports.reports(org),
        **reports.dashboard(org),
    }


def _within(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    return {f"{folder}/main/default/{path}": text for path, text in files.items()}


def _members(files: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for path in files:
        type_ = next(name for part, name in _TYPES if part in f"/{path}" or path.startswith(part))
        found.setdefault(type_, set()).add(_member(path))
    return {type_: tuple(sorted(names)) for type_, names in sorted(found.items())}


def _member(path: str) -> str:
    """A component's full name, told from its path: `Lead.Syncd_Key__c`, `Syncd/SLA_breaches`."""
    folder, *inner = path.split("/")
    name = inner[-1].split("-meta.xml")[0].rpartition(".")[0]
    match folder:
        case "objects":
            return f"{inner[0]}.{name}"
        case "reports" | "dashboards" if len(inner) > 1:
            return f"{inner[0]}/{name}"
    return name


def _package(types: Mapping[str, Iterable[str]], version: str) -> str:
    nodes: list[Node] = [
        ("types", [*(("members", name) for name in names), ("name", type_)]) for type_, names in types.items()
    ]
    return document("Package", [*nodes, ("version", version)])


# --- words -----------------------------------------------------------------------------------------------


def _readme(org: Org, *, has_feedback: bool) -> str:
    parts = [
        _FIRST.format(integration=access.INTEGRATION, sales=access.SALES),
        _feedback_words(org) if has_feedback else "",
        _AFTERWARDS.format(layout=views.LAYOUT.removeprefix("Lead-"), folder="syncd hand-offs"),
        _mapping_words(org),
        _contents(org),
    ]
    return "\n".join(part for part in parts if part)


_FIRST = """# syncd in Salesforce

Written by `syncd setup --salesforce` from the playbook; write it again when the mapping changes. Everything
here is new and called Syncd_ or as the mapping names it: no layout, field or list of yours is changed.

Try it in a sandbox first. With the Salesforce CLI (`sf`), in this folder:

```
sf org login web --alias handoff
sf project deploy start --source-dir force-app --target-org handoff
sf org assign permset --name {integration} --on-behalf-of USERNAME --target-org handoff
```

USERNAME is that of the integration user. `--dry-run` behind the second one tries it and changes nothing. Give
`{sales}` to sales and its managers in the same way. Then `syncd doctor` says what is still missing.

What this folder leaves to you: fields of Task that `syncd doctor` names as hidden, where a profile hides
them; and *View Setup and Configuration*, which lets it list the flows, triggers and validation rules that our
writes set off. The integration user works without the latter.
"""

_AFTERWARDS = """## Afterwards, by hand

- **Phone and page**: assign the page layout *{layout}* to sales, or copy its first section and the
  actions *Accept* and *Give back* into your own (Setup > Object Manager > Lead > Page Layouts). Assign the
  compact layout *syncd hand-off* if the phone is to show the reason at the top (Compact Layouts > Compact
  Layout Assignment). These choices are yours: a deployment would overwrite the ones you have.
- **Reports and dashboard**: share the folders *{folder}* with managers. The dashboard shows each what they
  may see.
- **Queues**: a queue that gets Leads takes Tasks, too, or the follow-up task stays with the integration user.
"""


def _feedback_words(org: Org) -> str:
    named = [f"`Lead.{org.reason_field}`"] if fields.is_own(org.reason_field) and org.reasons else []
    if fields.is_own(org.lost_reason_field) and org.lost_reasons:
        named.append(f"`Opportunity.{org.lost_reason_field}`")
    return (
        "## If your org lacks the fields sales answers in\n\n"
        f"The playbook reads {' and '.join(named)}.\n"
        "Deploy them first, and only where they do not exist: a picklist that is there would lose\n"
        "its values.\n\n"
        "```\nsf project deploy start --source-dir feedback-fields --target-org handoff\n```\n"
    )


def _mapping_words(org: Org) -> str:
    """Converting a Lead drops what is not mapped (help, "Map Custom Lead Fields")."""
    there = {item.name for item in org.of("Contact")}
    rows = [f"| `{item.name}` | `{item.name}` |" for item in org.of("Lead") if item.name in there]
    if not rows:
        return ""
    return (
        "## Lead field mapping\n\n"
        "Setup > Object Manager > Lead > Fields & Relationships > Map Lead Fields > Contact. What is not\n"
        "mapped is lost when a Lead is converted, the key first of all:\n\n"
        "| Lead | Contact |\n|---|---|\n" + "\n".join(rows) + "\n"
    )


def _contents(org: Org) -> str:
    lines = ["## What is in it", ""]
    lines += [f"- {type_}: {', '.join(names)}" for type_, names in members(org).items()]
    missing = questions.left_out(org)
    if missing:
        names = ", ".join(item.label for item in missing)
        lines += ["", f"Left out, since the mapping lacks a field they need: {names}."]
    return "\n".join([*lines, ""])
