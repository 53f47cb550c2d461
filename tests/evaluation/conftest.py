"""A small portfolio on each database: some forty people of ten companies, with a few weeks behind them."""

from __future__ import annotations

import random

import pytest

from syncd.core.engine import program
from syncd.jobs import packing
from syncd.ports import Activity, Record
from syncd.store import colleagues, work
from syncd.store.engine import Store
from tests.evaluation.world import PLAYBOOK
from tests.ingest.world import Desk, at, company, contact, hs

URLS = ("pricing", "product/a", "case-studies/b", "blog/c", "compare/d", "careers")
FORMS = ("Whitepaper", "Webinar sign-up", "Newsletter", "ROI calculator")


def _done(chance: random.Random, number: int) -> list[Record]:
    """What one person did within three weeks."""
    found: list[Record] = []
    for turn in range(chance.choice((0, 2, 5, 12))):
        hours = chance.uniform(0, 24 * 21)
        if chance.random() < 0.7:
            source, attributes = "hubspot.page_view", {"url": f"www.own.example/{chance.choice(URLS)}"}
        else:
            source, attributes = "hubspot.form_submission", {"form": chance.choice(FORMS)}
        ref = hs(f"{number}-{turn}", "page_view")
        found.append(Activity(ref, source, at(hours), at(hours), attributes, people=(hs(number),)))
    return found


@pytest.fixture
def desk(store: Store) -> Desk:
    """A desk whose store is live and bound to the shipped definition."""
    chance, made = random.Random(11), Desk(store)
    made.clock.moment = at(24 * 22)
    with store.write(None) as tx:
        work.set_meta_at(tx, "baseline_at", at(0))
        work.set_meta_at(tx, "go_live_at", at(0))
        work.set_meta(tx, colleagues.ACCOUNT_DAYS, "30")
        parts = (PLAYBOOK.evaluation_version, PLAYBOOK.delivery_version)
        work.save_playbook(tx, PLAYBOOK.version, parts, {}, at(0))
        packing.remember_fields(tx, program(PLAYBOOK))
    made.take(*(company(str(n), f"firm{n}.example") for n in range(10)))
    titles = ("VP Marketing", "Head of IT", "Engineer", "Student")
    made.take(
        *(
            contact(n, f"p{n}@firm{n % 10}.example", company=hs(n % 10, "company"),
                    props={"jobtitle": titles[n % 4]})
            for n in range(1, 41)
        )
    )  # fmt: skip
    made.take(*(record for number in range(1, 41) for record in _done(chance, number)))
    return made
