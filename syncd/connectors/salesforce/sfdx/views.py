"""What a rep sees: list views, compact layout, a page layout with the hand-off on top, accept and reject.

The page layout is one more beside the org's own: an admin assigns it, or copies its first section. Accept and
reject write Lead Status (and the reason) as a person would, on the phone too, with no path to the daemon.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from syncd.connectors.salesforce.sfdx.fields import HOURS_LEFT, formula_names
from syncd.connectors.salesforce.sfdx.org import Org
from syncd.connectors.salesforce.sfdx.questions import OWNER, STATUS, Question, columns, questions
from syncd.connectors.salesforce.sfdx.xml import Node, document

COMPACT, LAYOUT = "Syncd_Hand_off", "Lead-Syncd Hand-off"
ACCEPT, REJECT = "Lead.Syncd_Accept", "Lead.Syncd_Reject"

_TOKENS = {OWNER: "CORE.USERS.ALIAS", STATUS: "LEAD.STATUS"}
"""List views call standard fields by tokens of their own (Metadata API, ListView)."""
_COMPACT_MAX = 10  # "CompactLayout", Metadata API


def list_views(org: Org) -> dict[str, str]:
    asked = [question for question in questions(org) if question.is_list]
    return {_view_path(item.name): _view(org, item) for item in asked}


def _view_path(name: str) -> str:
    return f"objects/Lead/listViews/Syncd_{name}.listView-meta.xml"


def _view(org: Org, question: Question) -> str:
    shown = ("FULL_NAME", "LEAD.COMPANY", *columns(org), _TOKENS[STATUS], _TOKENS[OWNER])
    filters: list[Node] = [
        ("filters", [("field", _TOKENS.get(field, field)), ("operation", operation), ("value", value)])
        for field, operation, value in question.filters
    ]
    return document("ListView", [
        ("fullName", f"Syncd_{question.name}"), ("label", f"syncd: {question.label}"),
        ("filterScope", "Everything"), *(("columns", column) for column in shown), *filters,
    ])  # fmt: skip


def compact_layout(org: Org) -> dict[str, str]:
    """What the phone shows at the top of a Lead."""
    ours = [org.lead_field(name) for name in ("syncd.reason", "syncd.sla_due_at", "syncd.next_step")]
    fields = ["Name", "Company", "Phone", *filter(None, ours), "Status"][:_COMPACT_MAX]
    text = document("CompactLayout", [
        ("fullName", COMPACT), ("label", "syncd hand-off"), *(("fields", name) for name in fields),
    ])  # fmt: skip
    return {f"objects/Lead/compactLayouts/{COMPACT}.compactLayout-meta.xml": text}


def page_layout(org: Org) -> dict[str, str]:
    first = _hand_off(org)
    person = ["Title", "Email", "Phone", "MobilePhone"]
    person += [org.reason_field] if org.reason_field.endswith("__c") else []
    actions = [name for name, _text in _actions(org)]
    text = document("Layout", [
        ("layoutSections", _section("Hand-off (syncd)", [(name, "Readonly") for name in first])),
        ("layoutSections", _section("Lead", [
            ("Name", "Required"), ("Company", "Required"), ("Status", "Required"), ("OwnerId", "Edit"),
            *((name, "Edit") for name in person),
        ])),
        ("platformActionList", [
            ("actionListContext", "Record"),
            *(("platformActionListItems", _action_item(name, place)) for place, name in enumerate(actions)),
        ]),
        ("showEmailCheckbox", False), ("showHighlightsPanel", False), ("showInteractionLogPanel", False),
        ("showRunAssignmentRulesCheckbox", False), ("showSubmitAndAttachButton", False),
    ])  # fmt: skip
    return {f"layouts/{LAYOUT}.layout-meta.xml": text}


_ORDER = ("syncd.reason", "syncd.next_step", "syncd.sla_due_at", "syncd.level", "syncd.grade")


def _hand_off(org: Org) -> list[str]:
    """Our fields, what a rep needs first, first; the brief last, as it is long."""
    time = [name for name in formula_names(org) if name == HOURS_LEFT]
    first = [name for name in map(org.lead_field, _ORDER) if name]
    last = [name for name in (org.lead_field("syncd.brief"),) if name]
    told = {*first, *last, org.lead_field("syncd.key")}
    rest = [item.name for item in org.of("Lead") if item.name not in told]
    return [*first, *time, *rest, *last]


def _section(label: str, items: Iterable[tuple[str, str]]) -> list[Node]:
    """Two columns filled in turn: in the order given from left to right."""
    nodes: list[Node] = [("layoutItems", [("behavior", how), ("field", name)]) for name, how in items]
    return [
        ("customLabel", True), ("detailHeading", True), ("editHeading", True), ("label", label),
        ("layoutColumns", nodes[0::2]), ("layoutColumns", nodes[1::2]), ("style", "TwoColumnsLeftToRight"),
    ]  # fmt: skip


def _action_item(name: str, place: int) -> list[Node]:
    return [("actionName", name), ("actionType", "QuickAction"), ("sortOrder", place)]


def quick_actions(org: Org) -> dict[str, str]:
    return {f"quickActions/{name}.quickAction-meta.xml": text for name, text in _actions(org)}


def _actions(org: Org) -> list[tuple[str, str]]:
    """Accept and reject, where the playbook names a Lead Status for each. Rejecting asks for the reason."""
    why = [org.reason_field] if org.reason_field.endswith("__c") else []
    kinds = ((ACCEPT, "Accept", "accepted", list[str]()), (REJECT, "Give back", "rejected", why))
    return [
        (name, _action(label, org.status_of(meaning)[0], asked))
        for name, label, meaning, asked in kinds
        if org.status_of(meaning)
    ]


def _action(label: str, status: str, asked: Sequence[str]) -> str:
    items: list[Node] = [
        ("quickActionLayoutItems", [("emptySpace", False), ("field", name), ("uiBehavior", "Required")])
        for name in ("Status", *asked)
    ]
    return document("QuickAction", [
        ("label", label), ("type", "Update"), ("optionsCreateFeedItem", False),
        ("fieldOverrides", [("field", "Status"), ("literalValue", status)]),
        ("quickActionLayout", [
            ("layoutSectionStyle", "TwoColumnsLeftToRight"),
            ("quickActionLayoutColumns", items), ("quickActionLayoutColumns", []),
        ]),
        ("successMessage", f"Lead Status is {status}."),
    ])  # fmt: skip
