"""The fields of ours that the playbook's mapping needs made: in HubSpot and in Salesforce, from one table.

`syncd setup`, the folder for Salesforce's admin, `syncd doctor` and `syncd uninstall` all read these. A field
is ours to make when the mapping writes it and it is neither the vendor's own nor a package's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, NamedTuple

from syncd.core.brief_values import length
from syncd.core.model import Stage
from syncd.core.playbook import FieldMap, Playbook
from syncd.core.values import ANSWERS
from syncd.ports import FieldDefinition
from syncd.settings.fields import ANY, SOURCE_TYPES, TARGET_TYPES, TEXT, type_of

LONG_TEXT: Final = "long_text"
TEXT_CHARS_MAX: Final = 255  # "Text" (Metadata API, CustomField); longer ones are long text areas
NUMBER_DIGITS: Final = 18
KEY_CHARS: Final = 64
TASK_KEY_CHARS: Final = 120
_OWN_SALESFORCE_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c")  # a package's has its prefix: ns__Name__c


class _Words(NamedTuple):
    label: str
    description: str
    length: int = TEXT_CHARS_MAX


_WORDS: Final[Mapping[str, _Words]] = MappingProxyType(
    {
        "key": _Words("Hand-off key", "Ties this record to its HubSpot contact. Never change it.", KEY_CHARS),
        "contact_id": _Words("HubSpot contact ID", "Number of the contact in HubSpot.", 32),
        "contact_url": _Words("HubSpot contact", "Address of the contact in HubSpot."),
        "brief": _Words("Brief", "Why now, what they did and said, what to do next.", 32_000),
        "line": _Words("In one line", "The reason and the action, in one sentence."),
        "reason": _Words("Reason", "Why this person stands where they stand."),
        "next_step": _Words("Next step", "What to do next, and why."),
        "next_action": _Words("Next action", "What happens next with this person."),
        "next_action_date": _Words("Next action on", "The day of the next action."),
        "grade": _Words("Fit grade", "How well person and company fit.", 2),
        "score": _Words("Score", "Fit, engagement and intent together.", NUMBER_DIGITS),
        "level": _Words("Level", "The qualification level reached.", 40),
        "stage": _Words("Stage", "Where this person stands between marketing and sales.", 40),
        "criteria": _Words("Criteria", "Whether the criteria in force were met, and which."),
        "pass": _Words("Pass", "How often this person was handed to sales.", NUMBER_DIGITS),
        "sla_due_at": _Words("First contact due", "When sales has to have made first contact."),
        "sla_breach_at": _Words(
            "First contact breached at", "From when on the promise of first contact is broken."
        ),
        "sla_breached": _Words("SLA breached", "Nobody was in touch by the breach."),
        "sla_state": _Words("First contact", "How the clock of first contact stands.", 40),
        "sla_team": _Words("SLA team", "Whose working hours the clock follows.", 120),
        "sla_tier": _Words("SLA tier", "Which promise the clock follows.", 120),
        "sla_first_attempt_at": _Words("First try", "When sales first tried to reach this person."),
        "sla_first_contact_at": _Words("First contact at", "When sales and this person first spoke."),
        "sla_minutes_to_attempt": _Words("Minutes to first try", "Open minutes.", NUMBER_DIGITS),
        "sla_minutes_to_contact": _Words("Minutes to first contact", "Open minutes.", NUMBER_DIGITS),
        "sla_system_delay_s": _Words("Our delay", "Seconds from qualifying to the hand-off.", NUMBER_DIGITS),
        "missing": _Words("Missing", "What is not known yet or not reached yet."),
        "track": _Words("Nurture track", "The nurture track this person is on.", 80),
        "recycle_date": _Words("Nurture until", "Until this day the person is left to nurture."),
        "recycle_reason": _Words("Returned because", "Why sales gave this person back.", 80),
        "last_pass_summary": _Words("Last hand-off", "What became of the last hand-off."),
        "sales_owner": _Words("Sales owner", "Who owns this person in Salesforce.", 121),
        "owner_reason": _Words("Owner because", "Why this person went to this owner."),
        "sales_outcome": _Words("Sales outcome", "What sales did with the hand-off.", 121),
        "first_mql_at": _Words("First MQL", "When this person first became an MQL."),
        "last_mql_at": _Words("Last MQL", "When this person last became an MQL."),
        "first_sql_at": _Words("First SQL", "When this person first became an SQL."),
        "last_sql_at": _Words("Last SQL", "When this person last became an SQL."),
        "mql_dates": _Words("Every MQL", "Every day on which this person became an MQL."),
        "sql_dates": _Words("Every SQL", "Every day on which this person became an SQL."),
        "owner": _Words("Owner", "Who takes the next step: marketing, or the owner in Salesforce.", 121),
        "gap": _Words("Missing first", "What is missing first, of what a piece of content answers.", 80),
        "next_offer": _Words("Next offer", "The piece of content that answers what is missing.", 120),
        "answer": _Words("Answer", "What they answered when asked whether they want to talk.", 40),
        "opted_out": _Words("Opted out", "Opted out of e-mail, on either side."),
        "original_source": _Words(
            "Original source", "What first brought this person: HubSpot's first touch."
        ),
        "original_source_detail": _Words(
            "Original source detail", "Campaign, page or way of the first touch."
        ),
        "converting_offer": _Words("Converting offer", "The form or event behind this hand-off."),
        "direction": _Words("Inbound or outbound", "Who spoke first.", 40),
        "do_not_call": _Words("Do not call", "Must not be called, on either side's word."),
        "lawful_basis": _Words("Lawful basis", "On what legal ground this person's data is used."),
        "lawful_basis_date": _Words("Lawful basis since", "The day of the lawful basis."),
        "reach": _Words("Phone and local time", "The number, and the hour there when this qualified."),
        "why_now": _Words("Why now", "What carried this person to sales.", length("syncd.why_now")),
        "they_said": _Words(
            "What they said", "Lines quoted, with where and when.", length("syncd.they_said")
        ),
        "they_did": _Words("What they did", "The telling acts, dated.", length("syncd.they_did")),
        "qualification": _Words(
            "Qualification", "Each letter: seen, hinted at, not known.", length("syncd.qualification")
        ),
        "buying_group": _Words(
            "Buying group", "Colleagues who are active, and who decides.", length("syncd.buying_group")
        ),
        "passes_before": _Words(
            "Passes before", "Earlier hand-offs and how they ended.", length("syncd.passes_before")
        ),
        "people_active": _Words("Active colleagues", "How many of the company are active.", NUMBER_DIGITS),
    }
)
"""What people read on a field, by what it is filled from."""

_STAGES: Final = tuple(
    (str(stage), str(stage).replace("_", " ").capitalize().replace("sql", "SQL").replace("Sql", "SQL"))
    for stage in Stage
    if stage is not Stage.ERASED
)


def hubspot_definitions(playbook: Playbook) -> tuple[FieldDefinition, ...]:
    """Contact properties the mapping writes and HubSpot does not have by itself."""
    vendor = {name for name in TARGET_TYPES["contact"] if not name.startswith("syncd_")}
    return tuple(
        _definition(playbook, "contact", "contact", item)
        for item in playbook.mapping.contact
        if item.target not in vendor and not item.target.startswith("hs_")
    )


def salesforce_definitions(playbook: Playbook) -> tuple[FieldDefinition, ...]:
    """Custom fields the mapping writes on Lead and Contact, the external id on both, the key on Task."""
    mapping = playbook.mapping
    found: list[FieldDefinition] = []
    for record, name, maps in (("lead", "Lead", mapping.lead), ("sfcontact", "Contact", mapping.sfcontact)):
        found.append(_key(name, mapping.key_field, KEY_CHARS, is_unique=True))
        found += [replace(_definition(playbook, record, name, item), options=()) for item in _own(maps)]
    found.append(_key("Task", mapping.task_key_field, TASK_KEY_CHARS, is_unique=False))
    return tuple(item for item in found if _OWN_SALESFORCE_NAME.fullmatch(item.name))


def closed_set(playbook: Playbook, item: FieldMap) -> tuple[tuple[str, str], ...]:
    """Every value a mapped field can have, with its label, where the playbook tells them all; else none."""
    if item.values or item.fallback:
        return ()
    match item.source:
        case "syncd.stage":
            return _STAGES
        case "syncd.grade":
            letters = dict.fromkeys(_names(playbook, item.source)[1:])
            return tuple((letter, letter) for letter in letters)
        case "syncd.track":
            labels = (track.label for track in playbook.tracks.values())
            return tuple((label, label) for label in dict.fromkeys(labels))
        case "syncd.next_offer":
            offers = (piece.offer for piece in playbook.content)
            return tuple((offer, offer) for offer in dict.fromkeys(offers))
        case "syncd.answer":
            return tuple((words, words) for words in ANSWERS.values())
    return ()


def _own(maps: Iterable[FieldMap]) -> Iterator[FieldMap]:
    return (item for item in maps if _OWN_SALESFORCE_NAME.fullmatch(item.target))


def _definition(playbook: Playbook, record: str, object_type: str, item: FieldMap) -> FieldDefinition:
    prefix, _, name = item.source.partition(".")
    kind = type_of(TARGET_TYPES, record, item.target) or type_of(SOURCE_TYPES, prefix, name)
    kind = TEXT if kind in (ANY, "picklist") else kind
    told = _WORDS.get(name) if prefix == "syncd" else None
    told = told or _Words(_label(item.target), _filled_from(item.source))
    longest = max(told.length, *(len(text) for text in _names(playbook, item.source)))
    length = NUMBER_DIGITS if kind == "number" else longest if kind == TEXT else 0
    if length > TEXT_CHARS_MAX:
        kind = LONG_TEXT
    return FieldDefinition(
        object_type, item.target, f"{told.label} (syncd)", kind, told.description, length,
        closed_set(playbook, item), source=item.source,
    )  # fmt: skip


def _names(playbook: Playbook, source: str) -> tuple[str, ...]:
    """Words of the playbook's own that a value may be, and a field must hold."""
    match source:
        case "syncd.grade":
            return ("", *(letter for model in playbook.models for letter, _least in model.grades))
        case "syncd.level":
            return ("", *(level.label for level in playbook.levels.mql))
    return ("",)


def _key(object_type: str, name: str, length: int, *, is_unique: bool) -> FieldDefinition:
    told = _WORDS["key"]
    return FieldDefinition(
        object_type, name, f"{told.label} (syncd)", TEXT, told.description, length, is_unique=is_unique,
        source="syncd.key",
    )  # fmt: skip


def _filled_from(source: str) -> str:
    return "Always the same text." if source.startswith("=") else f"Filled from {source}."


def _label(name: str) -> str:
    words = name.removesuffix("__c").replace("_", " ").strip()
    return words[:1].upper() + words[1:30]
