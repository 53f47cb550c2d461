"""Who is in an advertising audience, and in which form their addresses leave."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import Any

import pytest

from syncd.core.audience import HEADERS, LeftOut, Platform, audience, hashed
from syncd.core.model import FilterResult, Opportunity, Ref, Snapshot, System, Verdict, Waiver
from syncd.core.playbook import Consent
from syncd.jobs.audience import NoSuchAudience, chosen, write
from tests.core_delivery.builders import NOW, PLAYBOOK, snapshot, verdict, with_fields

CONSENT = Consent(
    lawful_basis="contact.hs_legal_basis", advertising=("freely given consent*", "legitimate interest*")
)
BASIS = with_fields(contact__hs_legal_basis="Legitimate interest - prospect/lead")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def one(**parts: Any) -> tuple[Snapshot, Verdict]:
    judged = parts.pop("verdict", {})
    return snapshot(**({"fields": BASIS} | parts)), verdict(**judged)


def matched(id_: str, outcome: str) -> dict[str, Any]:
    return {"filters": (FilterResult(id_, id_.capitalize(), True, outcome=outcome),)}


def test_addresses_leave_trimmed_in_small_letters_and_hashed() -> None:
    """The same person twice is one row, and nothing but the hash is told."""
    found = audience(
        [one(emails=(" Dana@Acme.Example ", "dana@acme.example", "d.ruiz@home.example"))], CONSENT
    )
    assert set(found.rows) == {sha("dana@acme.example"), sha("d.ruiz@home.example")}
    assert (found.people, found.left_out) == (1, {})
    assert list(found.rows) == sorted(found.rows)


WON = Opportunity(Ref(System.SALESFORCE, "opportunity", "006A"), "Won", is_closed=True, is_won=True)


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"fields": {**BASIS, "contact.hs_email_optout": "true"}}, LeftOut.OPTED_OUT),
        ({"fields": {**BASIS, "lead.HasOptedOutOfEmail": "true"}}, LeftOut.OPTED_OUT),
        ({"verdict": matched("opted_out", "no_nurture")}, LeftOut.OPTED_OUT),
        ({"verdict": matched("objected", "stop")}, LeftOut.OBJECTED),
        ({"verdict": matched("competitor", "block")}, LeftOut.KEPT_OUT),
        ({"opportunities": (WON,)}, LeftOut.CUSTOMER),
        ({"fields": with_fields()}, LeftOut.NO_BASIS),
        ({"fields": with_fields(contact__hs_legal_basis="Not applicable")}, LeftOut.NO_BASIS),
        ({"emails": ()}, LeftOut.NO_ADDRESS),
        ({"emails": ("not an address", "a@b")}, LeftOut.NO_ADDRESS),
    ],
)
def test_who_is_left_out_is_counted_by_reason(parts: dict[str, Any], why: LeftOut) -> None:
    found = audience([one(**parts)], CONSENT)
    assert (found.rows, found.people, found.left_out) == ((), 0, {why: 1})


def test_an_objection_holds_whatever_was_set_aside() -> None:
    """A person may set a filter aside, never an objection."""
    waived = (Waiver("objected"), Waiver("competitor"))
    kept = audience([one(waivers=waived, verdict=matched("competitor", "block"))], CONSENT)
    assert kept.people == 1
    gone = audience([one(waivers=waived, verdict=matched("objected", "stop"))], CONSENT)
    assert gone.left_out == {LeftOut.OBJECTED: 1}


def test_several_bases_on_record_carry_if_one_does() -> None:
    fields = with_fields(contact__hs_legal_basis="Not applicable;Freely given consent from contact")
    assert audience([one(fields=fields)], CONSENT).people == 1


@pytest.mark.parametrize("consent", [Consent(), Consent(lawful_basis="contact.hs_legal_basis")])
def test_without_a_basis_in_the_playbook_nobody_leaves(consent: Consent) -> None:
    assert audience([one()], consent).left_out == {LeftOut.NO_BASIS: 1}


def test_an_address_shared_with_somebody_left_out_stays_here() -> None:
    """Whose address it is cannot be told apart by the platform."""
    opted_out = one(
        lead_id=8, fields={**BASIS, "contact.hs_email_optout": "true"}, emails=("team@acme.example",)
    )
    found = audience([one(emails=("dana@acme.example", "team@acme.example")), opted_out], CONSENT)
    assert found.rows == (sha("dana@acme.example"),)
    alone = audience([one(emails=("team@acme.example",)), opted_out], CONSENT)
    assert (alone.rows, alone.people, alone.left_out) == ((), 0, {LeftOut.OPTED_OUT: 2})


@pytest.mark.parametrize("platform", list(Platform))
def test_the_file_is_one_column_under_the_platforms_own_header(platform: Platform) -> None:
    text = io.StringIO()
    write(audience([one()], CONSENT), platform, text)
    rows = list(csv.reader(io.StringIO(text.getvalue())))
    assert rows == [[HEADERS[platform]], [sha("dana@acme.example")]]


@pytest.mark.parametrize(
    "hostile", ["=cmd@evil.example", "a\u0000@b.example", "\ud800@b.example", "a b@c.example"]
)
def test_no_text_of_a_stranger_is_in_the_file(hostile: str) -> None:
    assert all(len(row) == 64 and set(row) <= set("0123456789abcdef") for row in hashed([hostile]))


def test_a_track_or_a_level_is_chosen_by_its_id() -> None:
    assert (chosen("early", PLAYBOOK).kind, chosen("engaged", PLAYBOOK).kind) == ("track", "level")
    assert chosen("level:near_sql", PLAYBOOK).label == "Near-SQL"
    with pytest.raises(NoSuchAudience, match="There are tracks: early"):
        chosen("nobody", PLAYBOOK)
    with pytest.raises(NoSuchAudience, match="neither track:ID nor level:ID"):
        chosen("list:early", PLAYBOOK)
    assert verdict().at == NOW
