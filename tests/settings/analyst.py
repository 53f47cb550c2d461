# ruff: noqa: E501 - lines of YAML stay as people write them
"""A small playbook an analyst has nothing to say about, to spoil in one place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from tests.settings import small

FILES: Mapping[str, str] = {
    "signals.yaml": """\
        signals:
          - id: demo_requested
            label: Requested a demo
            channel: website
            intent: strong
            from:
              - {source: hubspot.form_submission, where: {form: "*demo*"}, unless: {form: "*watch*"}}
          - id: pricing_viewed
            label: Looked at the prices
            intent: weak
            from:
              - {source: hubspot.page_view, where: {url: ["*/pricing*", "*/preise*"]}}
          - id: email_opened
            label: Opened an e-mail
            channel: email
            retention_days: 400
            from:
              - {source: hubspot.email_open}
          - id: colleague_active
            label: A colleague was active
            channel: account
            from:
              - {source: account.activity}
        """,
    "scoring.yaml": """\
        models:
          - id: large
            label: Large companies
            extends: standard
            when: {field: company.numberofemployees, at_least: 1000}
          - id: standard
            label: Everybody
            grades: {A: 40, B: 10, C: 0}
            group_caps: {web: 35}
            fit:
              - {id: boss, label: Boss, points: 30, when: {field: person.seniority, is: [vp, c_level]}}
              - {id: head, label: Head, points: 20, when: {field: person.seniority, is: head}}
              - {id: big, label: Big, points: 10, when: {field: company.numberofemployees, at_least: 100}}
            behaviour:
              - {id: prices, label: Prices, signals: pricing_viewed, points: 10, half_life_days: 30, cap: 40, group: web}
              - {id: opens, label: Opens, signals: email_opened, points: 1, half_life_days: 30, cap: 5}
              - {id: asked, label: Asked, signals: demo_requested, points: 40, half_life_days: 30, cap: 40, score: intent}
            patterns:
              - {id: group, label: Buying group, when: {signal: colleague_active, at_least: 2, within_days: 30}, points: 10}
        """,
    "filters.yaml": """\
        lists: {competitor_domains: [rival.example, "*.rival.example"]}
        filters:
          - {id: rival, label: Competitor, when: {field: person.email_domain, in_list: competitor_domains}}
          - {id: student, label: Student, when: {field: person.seniority, is: student}}
          - {id: opted_out, label: Opted out, outcome: no_nurture, when: {field: contact.hs_email_optout, is: true}}
        """,
    "levels.yaml": """\
        icp:
          - {id: size, label: 10 people or more, when: {field: company.numberofemployees, at_least: 10}}
        mql:
          - id: engaged
            label: Engaged
            enter:
              - {id: interest, label: Interest, when: {score: engagement, at_least: 20}}
            leave: {score: engagement, below: 10}
          - id: keen
            label: Keen
            enter:
              - {id: first, label: Engaged, when: {level: engaged}}
              - {id: more, label: More, when: {score: engagement, at_least: 35}}
            leave: {score: engagement, below: 25}
        near_sql:
          at_least: 2
          enter:
            - {id: mql, label: MQL, when: {level: engaged}}
        sql:
          enter:
            - {id: fits, label: Fits, when: {grade: [A, B]}}
            - {id: interest, label: Interest, when: {score: engagement, at_least: 35}}
            - {id: ready, label: Ready, when: {score: intent, at_least: 20}}
        decisive:
          signals: [demo_requested]
          within_days: 30
          needs:
            - {id: known, label: Known, when: {field: person.company_name, present: true}}
        """,
    "examples.yaml": """\
        examples:
          - name: Three looks at the prices
            person: {contact.jobtitle: Clerk, contact.email: a@acme.example}
            did:
              - {signal: pricing_viewed, days_ago: [0, 0, 0, 1]}
            gives: keen
          - name: Asks for a demo
            person: {contact.jobtitle: VP Sales, company.name: Acme}
            did:
              - {source: hubspot.form_submission, attributes: {form: Get a demo}, days_ago: 1}
            gives: sql
          - name: A student
            person: {contact.jobtitle: Student}
            filtered: student
        """,
}


def write(folder: Path) -> Path:
    """The folder, holding the playbook."""
    small.write(folder)
    for name, text in FILES.items():
        (folder / name).write_text(dedent(text), encoding="utf-8")
    return folder
