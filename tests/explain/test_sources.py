"""Where something was seen is told in words: on the page, in the brief, in why not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.core import brief
from syncd.core.decide import decide
from syncd.core.explanation import page
from syncd.core.model import Reason
from syncd.core.plain import counted
from syncd.core.playbook import Playbook
from syncd.core.sources import source_words
from tests.explain.people import FITTING, NOW, person, shipped

CHIEF = {**FITTING, "contact.jobtitle": "CTO"}
SAID = [
    ("person.seniority = c_level", 'seniority: C-level (from the job title "CTO")'),
    ("person.function = it", 'area of work: IT (from the job title "CTO")'),
    ("person.seniority is blank", "seniority: not known"),
    ("account.has_open_deal = true", "company having an open deal: yes"),
    ("person.company_name = Snow_white", "company's name: Snow_white"),
    ("contact.city = company.name = level engaged", "city (HubSpot contact): company.name = level engaged"),
    (
        "Says they decide; person.email_kind = free; level engaged",
        "Says they decide; kind of e-mail address: private; level Engaged",
    ),
    ("not seen", "nothing against it"),
]


@pytest.mark.parametrize(("source", "said"), SAID)
def test_a_source_is_said_in_words(source: str, said: str) -> None:
    """A value worked out of the job title names it; what a stranger wrote stays as written."""
    assert source_words(source, shipped(), CHIEF) == said


def test_the_brief_and_the_page_say_how_authority_is_known() -> None:
    """Sales reads this in the task: no field name of ours may stand there."""
    lead, book = person(fields=CHIEF), shipped()
    decision = decide(lead, book, NOW)
    told = brief.write(lead, decision.verdict, decision.standing, book, NOW).text
    authority = next(item for item in page(lead, decision, book).letters if item.id == "authority")
    assert authority.source == 'seniority: C-level (from the job title "CTO")'
    assert "person." not in told


def test_why_not_says_the_evidence_in_words() -> None:
    lead, book = person(fields={**FITTING, "contact.jobtitle": "Student"}), shipped()
    why = page(lead, decide(lead, book, NOW), book).why_not
    assert why is not None
    assert why.evidence == 'seniority: student (from the job title "Student")'


def limits(playbook: Playbook) -> list[Reason]:
    verdict = decide(person(), playbook, NOW).verdict
    reasons = (*verdict.fit.reasons, *verdict.engagement.reasons, *verdict.intent.reasons)
    return [item for item in reasons if item.rule in {"role.cap", "company.cap"}]


def test_the_limit_of_a_group_names_the_rules_it_limits() -> None:
    """The id of a group is nothing anybody but the author of the playbook knows."""
    book = shipped()
    capped = tuple(replace(item, group_caps={**item.group_caps, "company": 20}) for item in book.models)
    (limit,) = limits(replace(book, models=capped))
    assert (
        limit.label
        == "50 to 4999 people, An industry we serve well and A country we sell to: at most 20 together"
    )


def test_one_thing_is_not_several() -> None:
    assert [counted(count, "case") for count in (0, 1, 1204)] == ["0 cases", "1 case", "1,204 cases"]
    assert counted(2, "person", "people") == "2 people"
