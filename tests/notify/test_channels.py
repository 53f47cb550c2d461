"""Slack, Teams, mail and signed web hooks over real loopback sockets: what they get, and what proves it."""

from __future__ import annotations

import email
import email.policy
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syncd.clock import BorrowedClock
from syncd.connectors.notify import Notify, Way
from syncd.connectors.transport import TransportOptions
from syncd.core.model import Ref, System
from syncd.ports import Outcome, Recovery, Result
from tests.notify.smtp import Mailbox
from tests.notify.test_notify import alert
from tests.transport.wire import FakeTime, Wire, answer, reset

NOW = datetime(2026, 9, 7, 9, tzinfo=UTC)
OWNER: dict[str, Any] = {
    "owner_id": "005000000000001AAA", "owner_email": "rep@fernhill.io", "is_to_owner": True,
}  # fmt: skip
HOSTILE = "<!channel> *bold* <https://evil.example|click> [x](https://evil.example) & @here"


def build(folder: Path, way: Way) -> Notify:
    time = FakeTime()
    options = TransportOptions(sleep=time.sleep, monotonic=time.monotonic, clock=BorrowedClock(lambda: NOW))
    return Notify({"sales": way}, folder, options)


def send(folder: Path, way: Way, *, is_repeat: bool = False, **payload: Any) -> Outcome:
    notify = build(folder, way)
    try:
        return notify.apply([alert(1, "sales", is_repeat=is_repeat, **payload)])[0]
    finally:
        notify.close()


def code(outcome: Outcome) -> tuple[str, Recovery]:
    assert outcome.failure is not None
    return outcome.failure.code, outcome.failure.recovery


# --- Slack -----------------------------------------------------------------------------------------------


def test_a_slack_web_hook_proves_by_its_status(tmp_path: Path) -> None:
    """Slack answers `ok` and no id."""
    with Wire([answer(200, b"ok")]) as wire:
        outcome = send(tmp_path, Way(f"{wire.url}/services/T/B/x", "slack"))
    assert (outcome.result, outcome.note) == (Result.DONE, "Slack answered HTTP 200")
    body = json.loads(wire.seen[0].body)
    assert body["text"] == "Call Dana"
    assert (body["unfurl_links"], body["unfurl_media"]) == (False, False)


def test_hostile_text_is_shown_and_does_nothing_in_slack(tmp_path: Path) -> None:
    """What strangers typed stands in plain text alone; only our own links are links."""
    with Wire([answer(200, b"ok")]) as wire:
        send(tmp_path, Way(f"{wire.url}/services/x", "slack"), title=HOSTILE, body=HOSTILE)
    body = json.loads(wire.seen[0].body)
    kinds = [block["text"]["type"] for block in body["blocks"]]
    assert kinds == ["plain_text", "mrkdwn"]
    assert body["blocks"][1]["text"]["text"] == "<https://app.hubspot.com/x|Open in HubSpot>"
    assert "<" not in body["text"]


def test_a_slack_bot_keeps_the_ts_as_proof_and_mentions_the_owner(tmp_path: Path) -> None:
    """The member is found by the Salesforce user's id, with 15 characters or 18."""
    with Wire([answer(200, {"ok": True, "ts": "1757.001", "channel": "C9"})]) as wire:
        way = Way("xoxb-secret", to=("C9",), mentions={"005000000000001": "U77"}, base_url=wire.url)
        outcome = send(tmp_path, way, **OWNER)
    assert outcome.ref == Ref(System.NOTIFY, "slack", "C9/1757.001")
    assert outcome.note == "Slack keeps it as 1757.001"
    seen = wire.seen[0]
    body = json.loads(seen.body)
    assert (seen.path, seen.headers["authorization"]) == ("/api/chat.postMessage", "Bearer xoxb-secret")
    assert (body["channel"], body["text"]) == ("C9", "<@U77> Call Dana")


def test_an_owner_slack_does_not_know_is_said_beside_the_proof(tmp_path: Path) -> None:
    """The message is in the channel all the same."""
    with Wire([answer(200, {"ok": True, "ts": "1.0", "channel": "C9"})]) as wire:
        outcome = send(tmp_path, Way("xoxb-s", to=("C9",), base_url=wire.url), **OWNER)
    assert outcome.note == "Slack keeps it as 1.0; the owner has no entry in `mentions`"


def test_what_follows_for_a_company_goes_under_its_first_message(tmp_path: Path) -> None:
    with Wire([answer(200, {"ok": True, "ts": "2.0", "channel": "C9"})]) as wire:
        send(tmp_path, Way("xoxb-s", to=("C9",), base_url=wire.url), thread="slack/C9/1757.001")
    assert json.loads(wire.seen[0].body)["thread_ts"] == "1757.001"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"ok": False, "error": "channel_not_found"}, ("notify.refused", Recovery.CONFIGURATION)),
        ({"ok": False, "error": "invalid_auth"}, ("notify.refused", Recovery.CONFIGURATION)),
        ({"ok": False, "error": "ratelimited"}, ("notify.throttled", Recovery.TRANSIENT)),
        ({"ok": False, "error": "internal_error"}, ("notify.not_confirmed", Recovery.UNKNOWN)),
        ({"ok": True}, ("notify.not_confirmed", Recovery.UNKNOWN)),
        (b"<html>", ("notify.not_confirmed", Recovery.UNKNOWN)),
    ],
)
def test_an_answer_of_slack_that_is_no_yes(tmp_path: Path, said: Any, expected: tuple[str, Recovery]) -> None:
    """Errors come with status 200; only one that says nothing was posted is certain."""
    with Wire([answer(200, said)]) as wire:
        outcome = send(tmp_path, Way("xoxb-secret", to=("C9",), base_url=wire.url))
    assert code(outcome) == expected
    assert "xoxb-secret" not in repr(outcome)


def test_a_repeat_says_so_in_the_title_and_in_the_proof(tmp_path: Path) -> None:
    with Wire([answer(200, b"ok")]) as wire:
        outcome = send(tmp_path, Way(f"{wire.url}/x", "slack"), is_repeat=True)
    assert json.loads(wire.seen[0].body)["text"] == "Call Dana (repeat)"
    assert outcome.note == "Slack answered HTTP 200; sent again after an unknown answer"


# --- Teams -----------------------------------------------------------------------------------------------


def test_teams_gets_an_adaptive_card_and_proves_by_the_run(tmp_path: Path) -> None:
    """Texts stand in runs of rich text, which read no Markdown; links are actions."""
    run = answer(202, b"", headers={"x-ms-workflow-run-id": "0858AB"})
    with Wire([run]) as wire:
        outcome = send(
            tmp_path, Way(f"{wire.url}/workflows/1?sig=s", "teams"), title="**Call**", body="One\nTwo"
        )
    card = json.loads(wire.seen[0].body)["attachments"][0]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [part["type"] for part in card["content"]["body"]] == ["RichTextBlock"] * 3
    assert card["content"]["actions"][0]["url"] == "https://app.hubspot.com/x"
    assert wire.seen[0].path == "/workflows/1?sig=s"
    assert (outcome.ref, outcome.note) == (
        Ref(System.NOTIFY, "teams", "0858AB"),
        "Teams accepted it as workflow run 0858AB",
    )


# --- web hooks -------------------------------------------------------------------------------------------


def test_a_signed_web_hook_can_be_verified_by_its_receiver(tmp_path: Path) -> None:
    """As docs/behaviour.md says: HMAC-SHA256 over timestamp, dot, body."""
    with Wire([answer(204)]) as wire:
        outcome = send(tmp_path, Way(wire.url, "webhook", secret="s3cret"), title="Zoë 🚀")
    seen = wire.seen[0]
    signed = seen.headers["syncd-timestamp"].encode() + b"." + seen.body
    expected = hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert seen.headers["syncd-signature"] == f"v1={expected}"
    assert int(seen.headers["syncd-timestamp"]) == int(NOW.timestamp())
    assert outcome.note == "answered HTTP 204"


def test_without_a_secret_a_web_hook_is_not_signed(tmp_path: Path) -> None:
    with Wire([answer(200)]) as wire:
        send(tmp_path, Way(wire.url))
    assert "syncd-signature" not in wire.seen[0].headers


# --- mail ------------------------------------------------------------------------------------------------


def mail_way(box: Mailbox) -> Way:
    return Way(box.url, "email", to=("desk@fernhill.io",), sender="syncd@fernhill.io")


def test_a_mail_goes_to_the_owner_and_its_message_id_is_the_proof(tmp_path: Path) -> None:
    with Mailbox() as box:
        outcome = send(tmp_path, mail_way(box), title="Call Dana: asked for a demo", **OWNER)
    mail = email.message_from_string(box.mails[0], policy=email.policy.default)
    assert (mail["To"], mail["Subject"]) == ("rep@fernhill.io", "Call Dana: asked for a demo")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert outcome.ref == Ref(System.NOTIFY, "mail", str(mail["Message-ID"]).strip("<>"))
    assert str(mail["Message-ID"]) in outcome.note


def test_a_mail_for_nobody_in_particular_goes_to_the_desk(tmp_path: Path) -> None:
    with Mailbox() as box:
        send(tmp_path, mail_way(box))
    assert "To: desk@fernhill.io" in box.mails[0]


def test_a_title_cannot_add_headers(tmp_path: Path) -> None:
    with Mailbox() as box:
        send(tmp_path, mail_way(box), title="Hi\r\nBcc: thief@evil.example")
    mail = email.message_from_string(box.mails[0], policy=email.policy.default)
    assert mail["Bcc"] is None
    assert all("thief" not in line for line in box.commands)


def test_a_repeated_mail_carries_the_same_message_id(tmp_path: Path) -> None:
    """The first may have arrived: mail programs show both as one."""
    with Mailbox(hang_up_after="text") as box:
        first = send(tmp_path, mail_way(box))
    with Mailbox() as box:
        second = send(tmp_path, mail_way(box), is_repeat=True)
        third = send(tmp_path, mail_way(box), is_repeat=True)
    assert code(first) == ("notify.not_confirmed", Recovery.UNKNOWN)
    assert second.ref == third.ref
    assert "(repeat)" in box.mails[0]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"RCPT": "550 no such user"}, ("notify.refused", Recovery.CONFIGURATION)),
        ({"RCPT": "451 later"}, ("notify.throttled", Recovery.TRANSIENT)),
        ({"MAIL": "550 not you"}, ("notify.refused", Recovery.CONFIGURATION)),
        ({"text": "554 spam"}, ("notify.refused", Recovery.CONFIGURATION)),
        ({"text": "452 full"}, ("notify.throttled", Recovery.TRANSIENT)),
    ],
)
def test_a_refusing_mail_server(
    tmp_path: Path, answers: dict[str, str], expected: tuple[str, Recovery]
) -> None:
    """4yz is tried again by itself, 5yz is for a person."""
    with Mailbox(answers=answers) as box:
        outcome = send(tmp_path, mail_way(box))
    assert code(outcome) == expected


def test_a_mail_server_that_is_down_has_sent_nothing(tmp_path: Path) -> None:
    with Mailbox() as box:
        way = mail_way(box)
    assert code(send(tmp_path, way)) == ("notify.unreachable", Recovery.TRANSIENT)


# --- how an address tells its kind -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "channel"),
    [
        (Way("https://hooks.slack.com/services/T0/B0/x"), "SlackHook"),
        (Way("xoxb-1", to=("C1",)), "SlackBot"),
        (
            Way("https://prod-1.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke"),
            "TeamsHook",
        ),
        (Way("https://default1.0a.environment.api.powerplatform.com/powerautomate/x"), "TeamsHook"),
        (Way("smtps://u:p@mail.example.com", to=("a@b.de",), sender="c@d.de"), "Mail"),
        (Way("https://example.com/hook", secret="x"), "WebHook"),
        (Way("file:a.jsonl"), "FileChannel"),
        (Way("form://127.0.0.1/x"), "Service"),
    ],
)
def test_an_address_tells_what_is_behind_it(tmp_path: Path, way: Way, channel: str) -> None:
    assert type(build(tmp_path, way)._channel("sales")).__name__ == channel


@pytest.mark.parametrize(
    "way",
    [
        Way("http://example.com/x", "slack"),
        Way("xoxb-secret"),
        Way("smtp://mail.example.com", "email"),
        Way("https://mail.example.com", "email", to=("a@b.de",), sender="c@d.de"),
    ],
)
def test_an_address_that_does_not_fit_is_named_without_being_shown(tmp_path: Path, way: Way) -> None:
    (finding,) = build(tmp_path, way).inspect()
    assert finding.code == "notify.bad_address"
    assert "secret" not in finding.title + finding.cure


def test_late_messages_of_a_channel_to_owners_go_to_each_owner(tmp_path: Path) -> None:
    """A digest never tells one rep of another's leads."""
    with Mailbox() as box:
        notify = build(tmp_path, mail_way(box))
        other = OWNER | {"owner_id": "005000000000002AAA", "owner_email": "ann@fernhill.io"}
        notify.apply([alert(n, "sales", digest=True, **(OWNER if n < 3 else other)) for n in (1, 2, 3)])
    to = sorted(str(email.message_from_string(text, policy=email.policy.default)["To"]) for text in box.mails)
    assert to == ["ann@fernhill.io", "rep@fernhill.io"]


def test_a_lost_answer_of_slack_is_unknown(tmp_path: Path) -> None:
    with Wire([reset]) as wire:
        outcome = send(tmp_path, Way("xoxb-secret", to=("C9",), base_url=wire.url))
    assert outcome.result is Result.UNKNOWN
