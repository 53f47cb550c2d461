"""What people read when a settings file is wrong: place, finding, what is allowed, an example."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.settings import check
from syncd.settings.fields import SYNCD_VALUES
from syncd.settings.problems import one_of
from tests.settings.small import HOME, edit, only


def test_the_smallest_folder_is_valid(folder: Path) -> None:
    """All other tests spoil one thing in it, so it must be right by itself."""
    assert check(folder, HOME) == ()


CASES: list[tuple[str, str, str, str, str]] = [
    # file, what stands there, what is put there, the whole message
    (
        "wrong type: text for a number",
        "scoring.yaml",
        "points: 10,",
        "points: lots,",
        "scoring.yaml, line 8: 'points' must be a number. Found: the text 'lots'. Allowed: a number."
        " Example: points: 15",
    ),
    (
        "wrong type: a list for a block",
        "levels.yaml",
        "decisive: {signals: demo_requested, within_days: 30}",
        "decisive: [demo_requested]",
        "levels.yaml, line 18: 'decisive' must be a block of `key: value` lines. Found: a list of 1."
        " Allowed: a block of `key: value` lines."
        " Example: decisive: {signals: [demo_requested], within_days: 30}",
    ),
    (
        "wrong type: nothing",
        "sla.yaml",
        "target_hours: 24",
        "target_hours: null",
        "sla.yaml, line 1: 'target_hours' must be a number. Found: nothing. Allowed: a number."
        " Example: target_hours: 24",
    ),
    (
        "out of bounds",
        "scoring.yaml",
        "half_life_days: 30",
        "half_life_days: 0",
        "scoring.yaml, line 8: 'half_life_days' is out of bounds. Found: the number 0. Allowed: more than 0."
        " Example: half_life_days: 30",
    ),
    (
        "missing key",
        "signals.yaml",
        "    label: Looked at the prices\n",
        "",
        "signals.yaml, line 7: 'label' is missing here. Allowed: What people read."
        " Example: label: Requested a demo",
    ),
    (
        "unknown key, with the nearest",
        "signals.yaml",
        "intent: strong",
        "intend: strong",
        "signals.yaml, line 4: unknown key 'intend'; did you mean 'intent'? Found: 'intend'."
        " Allowed: channel, direction, from, id, intent, is_human_need, label, offer, phase, retention_days.",
    ),
    (
        "unknown word, with the nearest",
        "signals.yaml",
        "intent: strong",
        "intent: stong",
        "signals.yaml, line 4: 'intent' cannot be this; did you mean 'strong'? Found: the text 'stong'."
        " Allowed: none, weak or strong. Example: intent: strong",
    ),
    (
        "unknown signal named in a rule, with the nearest",
        "scoring.yaml",
        "signals: pricing_viewed",
        "signals: pricing_view",
        "scoring.yaml, line 8: there is no signal 'pricing_view'; did you mean 'pricing_viewed'?"
        " Found: the text 'pricing_view'. Allowed: demo_requested, pricing_viewed."
        " Example: signals: [webinar_attended]",
    ),
    (
        "an unknown signal as a key",
        "scoring.yaml",
        "    behaviour:",
        "    patterns:\n      - {id: p, label: P, need: {prices: 2}, within_days: 9, points: 1}"
        "\n    behaviour:",
        "scoring.yaml, line 8: there is no signal 'prices'. Found: the text 'prices'."
        " Allowed: demo_requested, pricing_viewed."
        " Example: need: {webinar_attended: 1, pricing_viewed: 2, email_opened: 5}",
    ),
    (
        "two rules with one id",
        "scoring.yaml",
        "id: prices,",
        "id: boss,",
        "scoring.yaml, line 8: two rules have the id 'boss' (first in line 6); rename or remove one."
        " Found: 'boss' again. Allowed: each id once.",
    ),
    (
        "two mappings of one field",
        "mapping.yaml",
        "field: Syncd_Score__c, from: syncd.score",
        "field: lastname, from: contact.firstname",
        "mapping.yaml, line 4: two mappings have the field 'lastname' (first in line 3); rename"
        " or remove one."
        " Found: 'lastname' again. Allowed: each field once.",
    ),
    (
        "a level that lists itself",
        "levels.yaml",
        "when: {score: engagement, at_least: 30}",
        "when: {any: [{score: engagement, at_least: 30}, {level: engaged}]}",
        "levels.yaml, line 5: level 'engaged' lists itself as its own entry condition; it could never be"
        " entered. Found: level: engaged. Allowed: a level that does not need this one.",
    ),
    (
        "a level that lists itself through another",
        "levels.yaml",
        "when: {score: engagement, at_least: 30}",
        "when: {level: keen}",
        "levels.yaml, line 5: level 'engaged' lists itself as its own entry condition through"
        " 'keen'; it could"
        " never be entered. Found: level: keen. Allowed: a level that does not need this one.",
    ),
    (
        "a level that is left as soon as it is entered",
        "levels.yaml",
        "leave: {score: engagement, below: 20}",
        "leave: {score: engagement, below: 35}",
        "levels.yaml, line 6: this level is entered at engagement 30 and left below 35: it would be left as"
        " soon as it is entered. Found: below: 35. Allowed: below: 30 or less.",
    ),
    (
        "a mapping into a field of the wrong type",
        "mapping.yaml",
        "from: syncd.score",
        "from: syncd.reason",
        "mapping.yaml, line 4: syncd.reason is a text and does not go into Syncd_Score__c, a number field."
        " Found: a block with field, from. Allowed: a number source, such as syncd.pass,"
        " syncd.people_active, syncd.score, syncd.sla_minutes_to_attempt."
        " Example: {field: Syncd_Score__c, from: syncd.pass}",
    ),
    (
        "a constant of the wrong type",
        "mapping.yaml",
        "from: syncd.score",
        'from: "=high"',
        "mapping.yaml, line 4: 'high' does not go into Syncd_Score__c, a number field."
        ' Found: a block with field, from. Allowed: digits. Example: from: "=10"',
    ),
    (
        "a field that belongs to the vendor",
        "mapping.yaml",
        "field: Syncd_Score__c",
        "field: IsConverted",
        "mapping.yaml, line 4: IsConverted is set by the vendor and cannot be written."
        " Found: a block with field, from. Allowed: a field of your own."
        " Example: field: Syncd_Reason__c",
    ),
    (
        "an unknown value of ours",
        "mapping.yaml",
        "from: syncd.stage",
        "from: syncd.stagge",
        "mapping.yaml, line 8: there is no value 'syncd.stagge'; did you mean 'stage'?"
        " Found: the text 'syncd.stagge'."
        f" Allowed: {one_of(f'syncd.{known}' for known in SYNCD_VALUES)}. Example: from: contact.jobtitle",
    ),
    (
        "a value that fades, written to HubSpot",
        "mapping.yaml",
        "from: syncd.stage",
        "from: syncd.score",
        "mapping.yaml, line 8: syncd.score changes from day to day; each write would mark the contact as"
        " changed. Found: a block with field, from. Allowed: syncd.grade, syncd.level, syncd.reason."
        " Example: {field: syncd_fit_grade, from: syncd.grade}",
    ),
    (
        "an unknown field of a person",
        "scoring.yaml",
        "field: person.seniority",
        "field: person.senority",
        "scoring.yaml, line 6: there is no field 'person.senority'; did you mean 'person.seniority'?"
        " Found: the text 'person.senority'. Allowed: person.company_name, person.country,"
        " person.direction, person.email_domain, person.email_kind, person.function, person.seniority."
        " Example: {field: contact.jobtitle, contains: [vp]}",
    ),
    (
        "a value a derived field never has",
        "scoring.yaml",
        "is: vp",
        "is: c-level",
        "scoring.yaml, line 6: person.seniority is never 'c-level'; did you mean 'c_level'?"
        " Found: a block with field, is."
        " Allowed: c_level, director, entry, head, individual, manager, senior, student, vp."
        " Example: when: {field: person.seniority, is: [vp, director]}",
    ),
    (
        "a test of a field with two comparisons",
        "scoring.yaml",
        "is: vp",
        "is: vp, present: true",
        "scoring.yaml, line 6: a test of a field needs exactly one comparison; this one says is and present."
        " Found: a block with field, is, present."
        " Allowed: at_least, at_most, contains, in_list, is, matches, present."
        " Example: {field: contact.jobtitle, contains: [vp]}",
    ),
    (
        "not a condition",
        "levels.yaml",
        "{grade: [A, B]}",
        "{grades: [A, B]}",
        "levels.yaml, line 17: this is not a condition; did you mean 'grade'? Found: a block with grades."
        " Allowed: a block with one of field, signal, sequence, idle, score, grade, cell, model, icp, level,"
        " all, any, not."
        " Example: {signal: pricing_viewed, at_least: 2, within_days: 30}",
    ),
    (
        "a form of condition that would turn in a circle",
        "scoring.yaml",
        "when: {field: person.seniority, is: vp}",
        "when: {score: engagement, at_least: 5}",
        "scoring.yaml, line 6: a `score` condition cannot stand in a test of the profile."
        " Found: a block with score, at_least. Allowed: all, any, field, not."
        " Example: when: {field: person.seniority, is: [vp, director]}",
    ),
    (
        "more conditions wanted than there are",
        "levels.yaml",
        "when: {score: engagement, at_least: 30}",
        "when: {any: [{grade: A}, {grade: B}], at_least: 3}",
        "levels.yaml, line 5: 3 of 2 conditions can never hold. Found: a block with any, at_least."
        " Allowed: 1 to 2. Example: when: {score: engagement, at_least: 30}",
    ),
    (
        "an unknown grade",
        "levels.yaml",
        "{grade: [A, B]}",
        "{grade: [A, X]}",
        "levels.yaml, line 17: there is no grade 'X'. Found: the text 'X'. Allowed: A, B, C."
        " Example: grade: [A, B]",
    ),
    (
        "an unknown source",
        "signals.yaml",
        "source: hubspot.page_view",
        "source: hubspot.page_views",
        "signals.yaml, line 10: there is no source 'hubspot.page_views'; did you mean 'hubspot.page_view'?"
        " Found: the text 'hubspot.page_views'. Allowed: account.activity, account.person_joined,"
        " hubspot.call, hubspot.communication, hubspot.contact_change, hubspot.deal, hubspot.email,"
        " hubspot.email_bounce, hubspot.email_click,"
        " hubspot.email_open, hubspot.email_reply, hubspot.form_submission,"
        " hubspot.list_membership, hubspot.marketing_event, hubspot.meeting, hubspot.meeting_booked,"
        " hubspot.note, hubspot.page_view, hubspot.task, hubspot.visit, salesforce.campaign_member,"
        " salesforce.contact_change, salesforce.deal, salesforce.event,"
        " salesforce.lead_change, salesforce.task, syncd.delivered, syncd.released."
        " Example: source: hubspot.form_submission",
    ),
    (
        "an attribute a source does not have",
        "signals.yaml",
        'where: {url: "*/pricing*"}',
        'where: {page: "*/pricing*"}',
        "signals.yaml, line 10: facts of hubspot.page_view carry no 'page'. Found: a block with"
        " source, where."
        " Allowed: url."
        ' Example: from: [{source: hubspot.form_submission, where: {form: "*demo*"}}]',
    ),
    (
        "a regular expression",
        "signals.yaml",
        '"*/pricing*"',
        '"^.*pricing$"',
        "signals.yaml, line 10: this looks like a regular expression; patterns know only * (anything) and ?"
        " (one character). Found: the text '^.*pricing$'. Allowed: text with * and ?."
        ' Example: "*/pricing*"',
    ),
    (
        "a pattern that is too open",
        "signals.yaml",
        '"*/pricing*"',
        '"*p*r*i*c*i*n*g*e*"',
        "signals.yaml, line 10: the pattern is too long or too open (17 characters, 9 wildcards)."
        " Found: the text '*p*r*i*c*i*n*g*e*'. Allowed: 1 to 200 characters, at most 8 of * and ?."
        ' Example: "*/pricing*"',
    ),
    (
        "an id that is none",
        "levels.yaml",
        "id: keen",
        "id: Very keen",
        "levels.yaml, line 7: 'Very keen' cannot be an id. Found: the text 'Very keen'. Allowed:"
        " a small letter,"
        " then up to 39 small letters, digits or _. Example: id: demo_requested",
    ),
    (
        "an unknown track",
        "recycle.yaml",
        "track: not_now",
        "track: notnow",
        "recycle.yaml, line 7: there is no track 'notnow'; did you mean 'not_now'? Found: the text 'notnow'."
        " Allowed: not_now. Example: track: not_now",
    ),
    (
        "an unknown reason",
        "recycle.yaml",
        "No Budget: no_budget",
        "No Budget: no_bugdet",
        "recycle.yaml, line 4: there is no recycle reason 'no_bugdet'; did you mean 'no_budget'?"
        " Found: the text 'no_bugdet'. Allowed: no_budget. Example: reasons: {No Budget: no_budget}",
    ),
    (
        "an unknown channel",
        "alerts.yaml",
        "on_sql: [log]",
        "on_sql: [sales]",
        "alerts.yaml, line 1: there is no channel 'sales'. Found: the text 'sales'. Allowed: log."
        " Example: on_sql: [sales]",
    ),
    (
        "an unknown list",
        "filters.yaml",
        "in_list: competitor_domains",
        "in_list: competitors",
        "filters.yaml, line 3: there is no list 'competitors'; did you mean 'competitor_domains'?"
        " Found: the text 'competitors'. Allowed: competitor_domains. Example: in_list: competitor_domains",
    ),
    (
        "an unknown time zone",
        "connections.yaml",
        "time_zone: Europe/Berlin",
        "time_zone: Europe/Berln",
        "connections.yaml, line 1: there is no time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?"
        " Found: a text of 12 characters. Allowed: a name like Europe/Berlin, America/New_York or UTC."
        " Example: time_zone: Europe/Berlin",
    ),
    (
        "a breach before the target",
        "sla.yaml",
        "breach_hours: 48",
        "breach_hours: 12",
        "sla.yaml, line 1: the breach comes before the target. Found: a block with target_hours,"
        " breach_hours."
        " Allowed: breach_hours at least target_hours. Example: breach_hours: 48",
    ),
    (
        "a final reason with a way back",
        "recycle.yaml",
        "cool_down_days: 90}",
        "cool_down_days: 90, is_final: true}",
        "recycle.yaml, line 7: a final reason has no way back: track, cool_down_days, decisive_breaks,"
        " way_back, takes_date and date_field mean nothing."
        " Found: a block with reason, label, track, cool_down_days, is_final. Allowed:"
        " is_final alone."
        " Example: {reason: student, label: Student, is_final: true}",
    ),
    (
        "a way back nobody can go",
        "recycle.yaml",
        "cool_down_days: 90}",
        "cool_down_days: 90, way_back: never}",
        "recycle.yaml, line 7: who never comes back by itself has no day of return: cool_down_days,"
        " decisive_breaks, takes_date and date_field mean nothing. Found: a block with reason, label, track,"
        " cool_down_days, way_back. Allowed: way_back: never with a track alone."
        " Example: {reason: moved_away, label: Moved away, track: early_interest, way_back: never}",
    ),
    (
        "a return on a date that has no end",
        "recycle.yaml",
        "cool_down_days: 90}",
        "way_back: date_only}",
        "recycle.yaml, line 7: a way back by the date alone needs a cool-down, for when no date is named."
        " Found: a block with reason, label, track, way_back. Allowed: cool_down_days: 1 or more."
        " Example: cool_down_days: 90",
    ),
    (
        "an objection against a letter there is not",
        "recycle.yaml",
        "list: syncd nurture - not now}",
        "list: syncd nurture - not now}\nobjections:\n"
        "  - {id: money, label: Money, written: [No Budget], contradicts: budget}",
        "recycle.yaml, line 11: there is no letter 'budget'. Found: the text 'budget'."
        " Allowed: none yet; define it in `framework` of levels.yaml first. Example: contradicts: budget",
    ),
    (
        "an owner that is no id",
        "routing.yaml",
        "mode: org_rules",
        "mode: owner\nowner: Dana",
        "routing.yaml, line 2: 'Dana' is not the id of a Salesforce user or queue. Found: the text 'Dana'."
        " Allowed: 15 or 18 letters and digits that begin with 005 (user) or 00G (queue), in quotes."
        ' Example: owner: "005000000000001AAA"',
    ),
    (
        "a stage that is none",
        "mapping.yaml",
        "stages: {mql: marketingqualifiedlead,",
        "stages: {mqls: marketingqualifiedlead,",
        "mapping.yaml, line 10: there is no stage 'mqls'; did you mean 'mql'? Found: a block with mqls, sql."
        " Allowed: accepted, customer, disqualified, handed_off, lead, lost, mql, near_sql, opportunity,"
        " recycled, rejected, sql. Example: stages: {mql: marketingqualifiedlead}",
    ),
    (
        "more SQL criteria wanted than there are",
        "levels.yaml",
        "at_least: 1",
        "at_least: 2",
        "levels.yaml, line 12: near_sql wants 2 of 1 SQL criteria; nobody could ever be near."
        " Found: at_least: 2. Allowed: 1 to 1.",
    ),
    (
        "a cap of a group nobody is in",
        "scoring.yaml",
        "    fit:",
        "    group_caps: {content: 20}\n    fit:",
        "scoring.yaml, line 5: no rule is in the group 'content'. Found: 'content'.",
    ),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "text"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_a_mistake_is_answered_with_place_finding_and_cure(
    folder: Path, file: str, old: str, new: str, text: str
) -> None:
    """One mistake gives one problem: its whole text stands here."""
    edit(folder, file, old, new)
    assert str(only(folder)) == text
