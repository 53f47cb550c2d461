"""What a rep gives back in Salesforce is in the report a poll later, in the rep's own words and name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from syncd.jobs import reversions
from tests.loop.harness import Loop, loop
from tests.loop.test_open_leads import EMAIL, hand_over, record
from tests.loop.test_sales_said import REASON, poll


def told(it: Loop) -> dict[str, Any]:
    data: Any = reversions.report(it.store, it.loaded.playbook, None, it.now, it.now).data
    return dict(data)


def test_a_lead_given_back_is_counted_by_words_rep_and_offer(tmp_path: Path, store_url: str) -> None:
    """Open first; then in words that recycle.yaml does not name, by whoever had it; then by the reason set
    afterwards, set against what was claimed; thrown away is a way back of its own."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        poll(it)
        org, lead = it.sandbox.salesforce, record(it)
        rep = it.sandbox.cast.org.rep_ids[1]
        name = str(org.record("User", rep)["Name"])
        assert (told(it)["handed_over"], told(it)["open"], told(it)["share"]) == (1, 1, None)
        org.change_field("Lead", REASON, is_restricted=False)
        org.update("Lead", lead.id, {"OwnerId": rep}, by=str(lead["OwnerId"]))
        org.update("Lead", lead.id, {"Status": "Unqualified", REASON: "Moved abroad"}, by=rep)
        poll(it)
        data = told(it)
        assert [(item["text"], item["times"]) for item in data["written"]] == [("Moved abroad", 1)]
        assert [item["label"] for item in data["objections"]] == ['"Moved abroad"']
        owners = {item["name"]: item["given_back"] for item in data["values"] if item["by"] == "owner"}
        offers = {item["name"]: item["given_back"] for item in data["values"] if item["by"] == "offer"}
        assert (owners, offers) == ({name: 1}, {"Request a demo": 1})
        org.update("Lead", lead.id, {REASON: "No Need"}, by=rep)
        poll(it)
        data = told(it)
        assert [(item["id"], item["given_back"]) for item in data["objections"]] == [("need", 1)]
        (need,) = [item for item in data["letters"] if item["id"] == "need"]
        assert (need["back"], need["was_known"], need["confirmed"]) == (1, 1, 0)
        assert data["kinds"]["rejected"] == 1


def test_a_record_thrown_away_is_counted_as_deleted(tmp_path: Path, store_url: str) -> None:
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        it.sandbox.salesforce.delete("Lead", record(it).id)
        it.sync(minutes=20)
        assert it.stages(EMAIL)[-1] == "recycled"
        data = told(it)
        assert (data["kinds"]["deleted"], data["objections"][0]["label"]) == (1, "(nothing written)")
