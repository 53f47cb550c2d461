"""Alerts of the whole loop: who is told once, who is not disturbed, and what an answer does."""

from __future__ import annotations

import email
import email.policy
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from syncd.connectors.sandbox import Sandbox
from syncd.core.model import Stage
from syncd.jobs.timeline import timeline
from syncd.store import outbox, work
from syncd.store.outbox import Effect
from syncd.web.answering import Answers, State
from syncd.web.keys import link_key
from tests.loop.harness import Loop, Prepare, loop
from tests.loop.test_holds import ask_for_demo
from tests.notify.smtp import Mailbox

EMAIL = "ines.moreau@harbour-works.com"


def alerts(text: str, channels: str = "") -> Prepare:
    """Other rules in alerts.yaml, and two more file channels."""

    def prepare(folder: Path, _sandbox: Sandbox) -> None:
        (folder / "alerts.yaml").write_text(text)
        path = folder / "connections.yaml"
        old = "  - {id: log, append_to: alerts.jsonl}"
        new = f"{old}\n  - {{id: chat, append_to: chat.jsonl}}\n  - {{id: mail, append_to: mail.jsonl}}"
        told = path.read_text()
        assert old in told
        path.write_text(told.replace(old, new + channels, 1))

    return prepare


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    path = folder / "state" / f"{name}.jsonl"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def effects(it: Loop, address: str = EMAIL, kind: str = "alert") -> list[Effect]:
    with it.store.read() as tx:
        return [item for item in outbox.of_lead(tx, it.lead_id(address)) if item.kind == kind]


def hand_over(it: Loop, *emails: str) -> None:
    """These people ask for a demo, some time after the installation went live."""
    it.advance(minutes=30)
    for address in emails or (EMAIL,):
        ask_for_demo(it, address)
    it.sync(minutes=30)
    it.sync(minutes=5)


def colleague_asks(it: Loop, address: str) -> None:
    """Somebody of the same company asks for a demo, too."""
    hubspot = it.sandbox.hubspot
    (company,) = hubspot.all("companies")
    contact = hubspot.create(
        "contacts", {"email": address, "firstname": "Paul", "lastname": "Weber", "jobtitle": "CFO"}
    )
    hubspot.associate("contacts", contact, "companies", company.id)
    hubspot.submit_form(
        "Request a demo", address, {"email": address}, "https://www.fernhill.io/demo", contact_id=contact
    )


def test_of_two_channels_with_the_same_readers_one_speaks_and_the_other_says_why_not(
    tmp_path: Path, store_url: str
) -> None:
    """Both are on the timeline: one with its proof, one with the reason for its silence."""
    rules = "on_sql: [chat, mail]\nchannels:\n  - {id: chat, read_by: desk}\n  - {id: mail, read_by: desk}\n"
    with loop(tmp_path, store_url, prepare=alerts(rules)) as it:
        hand_over(it)
        assert [item["event"] for item in lines(tmp_path, "chat")] == ["sql"]
        assert lines(tmp_path, "mail") == []
        told = [line.text for line in timeline(it.store, it.loaded.playbook, it.lead_id(EMAIL), it.now)]
        by_channel = {str(item.payload["channel"]): item for item in effects(it)}
    assert by_channel["chat"].note == "written to chat.jsonl"
    assert by_channel["mail"].result_id == "notify:silent:told_elsewhere"
    assert any("kept silent: chat has told the same people" in text for text in told)


def test_a_second_person_of_a_company_goes_under_the_first(tmp_path: Path, store_url: str) -> None:
    """Within the window; each is told of at once, the second as a line that names the first."""
    with loop(tmp_path, store_url, prepare=alerts("on_sql: [chat]\n")) as it:
        hand_over(it)
        colleague_asks(it, "paul.weber@harbour-works.com")
        it.sync(minutes=10)
        it.sync(minutes=5)
        first, second = lines(tmp_path, "chat")
    assert second["title"].startswith("Also at Harbour Works: ")
    assert first["title"] in second["body"]


def test_what_comes_at_night_is_one_digest_in_the_morning(tmp_path: Path, store_url: str) -> None:
    """The sandbox begins at six; the channel rests until ten, across a restart of everything."""
    rest = 'quiet_hours:\n  - {channels: [chat], begins: "18:00", ends: "10:00"}\n'
    with loop(tmp_path, store_url, prepare=alerts("on_sql: [chat]\ngroup_minutes: 0\n" + rest)) as it:
        hand_over(it, EMAIL, "paul.weber@harbour-works.com")
        assert lines(tmp_path, "chat") == []
        (held,) = effects(it)
        assert (held.state, held.code) == ("pending", "")
        assert held.note.startswith("held: quiet hours of chat until")
        it.cycle.begin()
        it.advance(hours=4)
        it.sync(minutes=5)
        (message,) = lines(tmp_path, "chat")
    assert message["title"] == "2 earlier alerts"


def ask(it: Loop, verb: str, **arguments: Any) -> tuple[str, str]:
    """What a link does once it was confirmed."""
    with it.store.write(None) as tx:
        request_id = work.ask(tx, verb, "by link, chat", arguments, it.now)
    it.sync(minutes=2)
    with it.store.read() as tx:
        answered = work.answered(tx, request_id)
    assert answered is not None
    return answered


def lead_in_salesforce(it: Loop) -> dict[str, Any]:
    (found,) = it.sandbox.salesforce.find("Lead", Email=EMAIL)
    return dict(found.fields)


def test_a_lead_accepted_by_link_is_accepted_and_salesforce_shows_it(tmp_path: Path, store_url: str) -> None:
    """And what is read back changes nothing more."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        assert it.position(EMAIL).stage is Stage.HANDED_OFF
        assert ask(it, "accept", lead_id=it.lead_id(EMAIL), **{"pass": 1})[0] == "done"
        assert it.position(EMAIL).stage is Stage.ACCEPTED
        assert lead_in_salesforce(it)["Status"] == "Accepted"
        it.sync(minutes=30)
        it.sync(minutes=30)
        assert it.stages(EMAIL).count("accepted") == 1


def test_a_lead_given_back_by_link_is_recycled_with_the_reason(tmp_path: Path, store_url: str) -> None:
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        lead_id = it.lead_id(EMAIL)
        assert ask(it, "give_back", lead_id=lead_id, reason="No Budget", **{"pass": 1})[0] == "done"
        standing = it.explain(EMAIL).decision.standing
        assert (standing.position.stage, standing.reason) == (Stage.RECYCLED, "no_budget")
        shown = lead_in_salesforce(it)
        assert (shown["Status"], shown["Disqualification_Reason__c"]) == ("Unqualified", "No Budget")
        it.sync(minutes=30)
        assert it.position(EMAIL).stage is Stage.RECYCLED
        again = ask(it, "accept", lead_id=lead_id, **{"pass": 1})
    assert again == ("refused", "this lead is not waiting for an answer: it has moved on since the message")


def test_a_rep_accepts_and_gives_back_in_salesforce(tmp_path: Path, store_url: str) -> None:
    """The fields of the quick actions, set as a rep sets them: no path to the daemon is needed."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        lead_id = lead_in_salesforce(it)["Id"]
        it.sandbox.salesforce.update("Lead", lead_id, {"Status": "Accepted"})
        it.sync(minutes=5)
        assert it.position(EMAIL).stage is Stage.ACCEPTED
        it.sandbox.salesforce.update(
            "Lead", lead_id, {"Status": "Unqualified", "Disqualification_Reason__c": "Bad Timing"}
        )
        it.sync(minutes=5)
        standing = it.explain(EMAIL).decision.standing
    assert (standing.position.stage, standing.reason) == (Stage.RECYCLED, "bad_timing")


def test_an_answer_to_a_pass_that_is_over_changes_nothing(tmp_path: Path, store_url: str) -> None:
    with loop(tmp_path, store_url, one_owner=True) as it:
        ask_for_demo(it, EMAIL)
        it.sync(minutes=5)
        it.advance(minutes=1)
        before = it.stages(EMAIL)
        result, _why = ask(it, "accept", lead_id=it.lead_id(EMAIL), **{"pass": 7})
        assert (result, it.stages(EMAIL)) == ("refused", before)
        assert timedelta(0) < it.now - it.explain(EMAIL).decision.standing.since_at


# --- what goes out with a message ------------------------------------------------------------------------


def test_a_message_goes_to_the_records_owner_with_links_that_work(tmp_path: Path, store_url: str) -> None:
    """By mail to the owner's address, once the org has named one; the link in it opens the page."""
    with Mailbox() as box:
        way = "  - {id: post, kind: email, url_from_env: SMTP, sender: a@b.io, to: [desk@b.io]}"
        web = "\nweb: {port: 0, public_url: https://syncd.example.com}\n"
        rules = alerts("on_sql: [post]\nchannels:\n  - {id: post, to: owner}\n", "\n" + way)

        def prepare(folder: Path, sandbox: Sandbox) -> None:
            rules(folder, sandbox)
            path = folder / "connections.yaml"
            path.write_text(path.read_text() + web)
            (folder.parent / "smtp").write_text(box.url)
            (folder.parent / "smtp").chmod(0o600)
            path.write_text(
                path.read_text().replace("url_from_env: SMTP", f"url_from_file: {folder.parent / 'smtp'}")
            )

        with loop(tmp_path, store_url, one_owner=True, prepare=prepare) as it:
            hand_over(it)
            it.sync(minutes=5)
            rep = it.sandbox.cast.org.rep_ids[0]
            (user,) = it.sandbox.salesforce.find("User", Id=rep)
            (text,) = box.mails
            mail = email.message_from_string(text, policy=email.policy.default)
            assert mail["To"] == user.fields["Email"]
            body = mail.get_content()
            (effect,) = effects(it)
            assert str(mail["Message-ID"]) in effect.note
            tokens = re.findall(r"https://syncd\.example\.com/answer/(\S+)", body)
            assert len(tokens) == 2
            parts = it.cycle.parts
            key = link_key(it.loaded.settings)
            pages = Answers(lambda: parts.store, lambda: parts.playbook, key, parts.clock.now)
            assert [pages.look(token).state for token in tokens] == [State.ASKS, State.ASKS]
            assert token_free(it, tokens)


def token_free(it: Loop, tokens: list[str]) -> bool:
    """Whether no link is in the store: who reads it, or a backup of it, can answer nothing."""
    with it.store.read() as tx:
        kept = str([item.payload for item in outbox.of_lead(tx, it.lead_id(EMAIL))])
    return not any(token in kept for token in tokens)
