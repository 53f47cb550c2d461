"""The smallest valid config folder, one text per file, for tests of single messages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from syncd.settings import Problem, check

HOME: dict[str, str] = {"HOME": "/home/somebody"}

FILES: Mapping[str, str] = {
    "connections.yaml": """\
        schedule: {time_zone: Europe/Berlin}
        channels:
          - {id: log, append_to: alerts.jsonl}
        """,
    "mapping.yaml": """\
        salesforce:
          lead:
            - {field: LastName, from: contact.lastname, fallback: "[unknown]", write: fill_once}
            - {field: Syncd_Score__c, from: syncd.score}
          contact: []
        hubspot:
          contact:
            - {field: syncd_stage, from: syncd.stage}
          lifecycle:
            stages: {mql: marketingqualifiedlead, sql: salesqualifiedlead}
        """,
    "signals.yaml": """\
        signals:
          - id: demo_requested
            label: Requested a demo
            intent: strong
            from:
              - {source: hubspot.form_submission, where: {form: "*demo*"}}
          - id: pricing_viewed
            label: Looked at the prices
            from:
              - {source: hubspot.page_view, where: {url: "*/pricing*"}}
        """,
    "scoring.yaml": """\
        models:
          - id: standard
            label: Everybody
            grades: {A: 30, B: 10, C: 0}
            fit:
              - {id: boss, label: Boss, points: 30, when: {field: person.seniority, is: vp}}
            behaviour:
              - {id: prices, label: Prices, signals: pricing_viewed, points: 10, half_life_days: 30, cap: 40}
        """,
    "filters.yaml": """\
        lists: {competitor_domains: [rival.example]}
        filters:
          - {id: rival, label: Rival, when: {field: person.email_domain, in_list: competitor_domains}}
        """,
    "levels.yaml": """\
        mql:
          - id: engaged
            label: Engaged
            enter:
              - {id: interest, label: Interest, when: {score: engagement, at_least: 30}}
            leave: {score: engagement, below: 20}
          - id: keen
            label: Keen
            enter:
              - {id: first, label: Engaged, when: {level: engaged}}
        near_sql:
          at_least: 1
          enter:
            - {id: mql, label: MQL, when: {level: engaged}}
        sql:
          enter:
            - {id: fits, label: Fits, when: {grade: [A, B]}}
        decisive: {signals: demo_requested, within_days: 30}
        """,
    "routing.yaml": """\
        mode: org_rules
        """,
    "sla.yaml": """\
        first_contact: {target_hours: 24, breach_hours: 48}
        touches:
          rules:
            - {source: salesforce.task, where: {is_closed: "true"}, counts: attempt}
        """,
    "recycle.yaml": """\
        feedback:
          statuses: {New: new, Accepted: accepted, Unqualified: rejected}
          reason_field: Disqualification_Reason__c
          reasons: {No Budget: no_budget}
          default_reason: no_budget
        recycle:
          - {reason: no_budget, label: No budget, track: not_now, cool_down_days: 90}
        tracks:
          - {id: not_now, label: Not now, list: syncd nurture - not now}
        """,
    "alerts.yaml": """\
        on_sql: [log]
        """,
    "examples.yaml": """\
        examples:
          - name: Three looks at the prices
            person: {contact.jobtitle: Clerk, contact.email: a@acme.example}
            did:
              - {signal: pricing_viewed, days_ago: [0, 0, 0, 1]}
            gives: near_sql
        """,
}


def write(folder: Path) -> Path:
    """The folder, holding the smallest valid files."""
    for name, text in FILES.items():
        (folder / name).write_text(dedent(text), encoding="utf-8")
    return folder


def edit(folder: Path, file: str, old: str, new: str) -> None:
    """Replaces `old`, which must stand there once, by `new`."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def only(folder: Path) -> Problem:
    """The one problem of the folder."""
    found = check(folder, HOME)
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]
