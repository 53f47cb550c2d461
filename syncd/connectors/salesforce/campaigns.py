"""Campaign members: who is in a campaign already, and putting somebody in.

A member is one per campaign and person, so a look before and after a lost answer finds what was made
("CampaignMember", object reference). A member that is there keeps its status: somebody chose it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncd.connectors.salesforce import decode, soql
from syncd.connectors.salesforce.client import COLLECTION_MAX, WRITE_HEADERS, Client, Query
from syncd.connectors.salesforce.looking import Finder
from syncd.connectors.salesforce.outcomes import PERSON_NOT_THERE, of_result
from syncd.core.model import Ref, System
from syncd.ports import Candidate, Found, Lookup, Outcome, Recovery, Result, SystemFailure, Write

MEMBER = "CampaignMember"
WORD = "campaign_member"
IDS_MAX = 100
_LINKS = {"lead": "LeadId", "contact": "ContactId"}


class Members:
    """Reads and makes campaign members. Safe to share between threads."""

    def __init__(self, client: Client, finder: Finder) -> None:
        self._client = client
        self._finder = finder

    def read(self, lookups: Sequence[Lookup]) -> tuple[Found, ...]:
        """For each lookup the member there is, and else the person to make one of. Raises SystemFailure."""
        people = self._people([lookup.key for lookup in lookups])
        campaigns = {str(lookup.payload.get("campaign", "")) for lookup in lookups}
        members = self._members(campaigns, set(people.values()))
        return tuple(
            Found(lookup.effect_id, self._candidates(lookup, people.get(lookup.key), members))
            for lookup in lookups
        )

    def _people(self, keys: Sequence[str]) -> dict[str, Ref]:
        """The record that carries each key now; the Contact of a converted Lead."""
        places = self._finder.whereabouts(keys, ())
        found = {}
        for key in keys:
            record_id, _owner = places.get(key, ("", ""))
            if record_id:
                word = "contact" if record_id.startswith("003") else "lead"
                found[key] = Ref(System.SALESFORCE, word, record_id)
        return found

    def _members(self, campaigns: set[str], people: set[Ref]) -> dict[tuple[str, str], tuple[str, str]]:
        """Id and status of each member, by campaign and person."""
        found: dict[tuple[str, str], tuple[str, str]] = {}
        for word, link in _LINKS.items():
            ids = sorted(ref.id for ref in people if ref.object == word)
            for start in range(0, len(ids), IDS_MAX):
                part = soql.one_of(link, ids[start : start + IDS_MAX])
                where = soql.every(soql.one_of("CampaignId", sorted(campaigns)), part)
                select = soql.Select(MEMBER, ("Id", "CampaignId", link, "Status"), where)
                for row in self._client.all_rows(Query(select.text()), "query campaign members"):
                    place = _id(row["CampaignId"]), _id(row[link])
                    found[place] = decode.text_of(row["Id"]), decode.text_of(row.get("Status"))
        return found

    def _candidates(
        self, lookup: Lookup, person: Ref | None, members: dict[tuple[str, str], tuple[str, str]]
    ) -> tuple[Candidate, ...]:
        if person is None:
            return ()
        known = members.get((_id(lookup.payload.get("campaign")), _id(person.id)))
        if known is None:
            return (Candidate(person, "key", {}),)
        member = Ref(System.SALESFORCE, WORD, known[0])
        return (Candidate(member, "key", {"Status": known[1]}),)

    def apply(self, writes: Sequence[Write]) -> dict[int, Outcome]:
        """One outcome per write, by effect. Raises SystemFailure when certainly nothing was sent."""
        found: dict[int, Outcome] = {}
        ready = [write for write in writes if write.ref is not None]
        for write in writes:
            if write.ref is None:
                found[write.effect_id] = Outcome(write.effect_id, Result.FAILED, failure=PERSON_NOT_THERE)
        for start in range(0, len(ready), COLLECTION_MAX):
            part = ready[start : start + COLLECTION_MAX]
            try:
                results = self._client.collection(
                    "POST",
                    "composite/sobjects",
                    [_body(write) for write in part],
                    "POST campaign members",
                    idempotent=False,
                    headers=WRITE_HEADERS,
                )
            except SystemFailure as error:
                if start == 0 and error.failure.recovery is not Recovery.UNKNOWN:
                    raise
                for write in part:
                    is_unknown = error.failure.recovery is Recovery.UNKNOWN
                    result = Result.UNKNOWN if is_unknown else Result.FAILED
                    found[write.effect_id] = Outcome(write.effect_id, result, failure=error.failure)
                continue
            for position, write in enumerate(part):
                answer = results[position] if position < len(results) else None
                found[write.effect_id] = of_result(replace(write, ref=None), answer, is_new=True)
        return found


def _body(write: Write) -> dict[str, object]:
    assert write.ref is not None, "who is not there yet was sorted out"
    return {"attributes": {"type": MEMBER}, **write.fields, _LINKS[write.ref.object]: write.ref.id}


def _id(value: object) -> str:
    """Ids have 15 characters, or 18 of which the last three are a check sum."""
    return decode.text_of(value)[:15]
