"""Alerts through real files and real loopback sockets."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from syncd.connectors.notify import Notify
from syncd.connectors.transport import TransportOptions
from syncd.core.model import System
from syncd.ports import Level, Lookup, Outcome, Recovery, Result, Target, Write
from tests.transport.wire import FakeTime, Silence, Step, Wire, answer, html, reset

OK = answer(200, {"ok": True})


def alert(effect_id: int, channel: str, *, is_repeat: bool = False, **payload: Any) -> Write:
    base = {"id": f"alert:{effect_id}:1:sql:{channel}", "channel": channel, "title": "Call Dana", "at": "T1"}
    shown = {**base, "body": "Why now", "url": "https://app.hubspot.com/x", **payload}
    return Write(effect_id, "alert", "alert", "", None, {}, shown, 0, is_repeat)


def build(folder: Path, channels: Mapping[str, str], read_timeout_s: float = 10.0) -> Notify:
    time = FakeTime()
    options = TransportOptions(timeout_s=(5.0, read_timeout_s), sleep=time.sleep, monotonic=time.monotonic)
    return Notify(channels, folder, options)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# --- files ------------------------------------------------------------------------------------------------


def test_a_file_channel_appends_one_json_line_per_alert_for_its_owner_only(tmp_path: Path) -> None:
    """A first trial has alerts without any service; the file holds names, so nobody else reads it."""
    notify = build(tmp_path, {"log": "file:alerts.jsonl"})
    outcomes = notify.apply([alert(1, "log"), alert(2, "log", title="Two")])
    assert [outcome.result for outcome in outcomes] == [Result.DONE, Result.DONE]
    path = tmp_path / "alerts.jsonl"
    assert [line["title"] for line in lines(path)] == ["Call Dana", "Two"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_repeated_alert_is_not_written_twice_into_a_file(tmp_path: Path) -> None:
    """A file can be looked up: the line of the first try is found by its id, also by a new process."""
    build(tmp_path, {"log": "log:"}).apply([alert(1, "log")])
    outcome = build(tmp_path, {"log": "log:"}).apply([alert(1, "log", is_repeat=True)])[0]
    assert outcome.result is Result.DONE
    assert len(lines(tmp_path / "alerts.jsonl")) == 1


def test_a_file_that_cannot_be_written_fails_with_a_cure(tmp_path: Path) -> None:
    """The path is not in the message: what is wrong and what to check is."""
    (tmp_path / "alerts.jsonl").mkdir()
    outcome = build(tmp_path, {"log": "file:alerts.jsonl"}).apply([alert(1, "log")])[0]
    assert outcome.result is Result.FAILED
    assert outcome.failure is not None
    assert outcome.failure.code == "notify.file_unwritable"
    assert "state folder" in outcome.failure.cure


# --- web hooks --------------------------------------------------------------------------------------------


def test_a_web_hook_gets_json_with_the_id_of_the_alert(tmp_path: Path) -> None:
    """The id stands in the body and in Idempotency-Key; user name and headers come from the address."""
    with Wire([OK]) as wire:
        host = wire.url.removeprefix("http://")
        notify = build(tmp_path, {"hook": f"json://sync:pa%40ss@{host}/in?to=sales&+X-Team=ops"})
        outcome = notify.apply([alert(1, "hook")])[0]
        notify.close()
    seen = wire.seen[0]
    assert outcome.result is Result.DONE
    assert (seen.method, seen.path) == ("POST", "/in?to=sales")
    assert seen.headers["x-team"] == "ops"
    assert seen.headers["authorization"] == "Basic c3luYzpwYUBzcw=="
    assert seen.headers["idempotency-key"] == "alert:1:1:sql:hook@T1"
    body = json.loads(seen.body)
    assert (body["id"], body["title"], body["is_repeat"]) == ("alert:1:1:sql:hook@T1", "Call Dana", False)


@pytest.mark.parametrize("fault", [reset, Silence(), answer(502)], ids=["reset", "silence", "502"])
def test_a_lost_answer_is_unknown_and_the_next_try_says_repeat(tmp_path: Path, fault: Step) -> None:
    """Never silently twice: the transport does not resend, the outbox does, and the receiver is told."""
    with Wire([fault, OK]) as wire:
        impatient = build(tmp_path, {"hook": wire.url}, 0.2 if isinstance(fault, Silence) else 10.0)
        first = impatient.apply([alert(1, "hook")])[0]
        impatient.close()
        sent = len(wire.seen)
        notify = build(tmp_path, {"hook": wire.url})
        second = notify.apply([alert(1, "hook", is_repeat=True)])[0]
        notify.close()
    assert (first.result, sent, second.result) == (Result.UNKNOWN, 1, Result.DONE)
    assert json.loads(wire.seen[1].body)["title"] == "Call Dana (repeat)"
    assert json.loads(wire.seen[1].body)["is_repeat"] is True


def test_one_process_knows_by_itself_what_it_has_tried(tmp_path: Path) -> None:
    """Also when the caller does not say so."""
    with Wire([reset, OK]) as wire:
        notify = build(tmp_path, {"hook": wire.url})
        for _ in range(2):
            notify.apply([alert(1, "hook")])
        notify.close()
    assert json.loads(wire.seen[1].body)["is_repeat"] is True


def test_an_alert_that_arrived_is_not_sent_again_by_the_second_look(tmp_path: Path) -> None:
    """The outbox looks once more at effects whose answer was lost; a message cannot be looked at."""
    with Wire([reset, OK]) as wire:
        notify = build(tmp_path, {"hook": wire.url})
        for _ in range(3):
            outcome = notify.apply([alert(1, "hook", is_repeat=True)])[0]
        notify.close()
    assert (outcome.result, outcome.note, len(wire.seen)) == (Result.DONE, "had arrived already", 2)


def test_any_body_of_a_good_answer_will_do(tmp_path: Path) -> None:
    """Web hooks answer `ok`, a page or nothing."""
    with Wire([html(200), answer(204)]) as wire:
        notify = build(tmp_path, {"hook": wire.url})
        outcomes = notify.apply([alert(1, "hook"), alert(2, "hook")])
        notify.close()
    assert [outcome.result for outcome in outcomes] == [Result.DONE, Result.DONE]


def test_a_refused_web_hook_names_the_channel_and_never_the_address(tmp_path: Path) -> None:
    """The address is a secret: whoever has it can post."""
    with Wire([answer(404, {"error": "no_service"})]) as wire:
        notify = build(tmp_path, {"hook": f"{wire.url}/secret-path"})
        outcome = notify.apply([alert(1, "hook")])[0]
        notify.close()
    assert outcome.failure is not None
    assert outcome.failure.recovery is Recovery.CONFIGURATION
    assert "hook" in outcome.failure.message
    assert "secret-path" not in repr(outcome)


def test_a_channel_that_fails_stops_no_other(tmp_path: Path) -> None:
    """Outcomes come by position, each channel for itself."""
    with Wire([answer(500)]) as wire:
        notify = build(tmp_path, {"hook": wire.url, "log": "file:alerts.jsonl"})
        outcomes = notify.apply([alert(1, "hook"), alert(2, "log"), alert(3, "gone")])
        notify.close()
    assert [outcome.result for outcome in outcomes] == [Result.UNKNOWN, Result.DONE, Result.FAILED]
    assert code(outcomes[2]) == "notify.unknown_channel"
    assert [outcome.effect_id for outcome in outcomes] == [1, 2, 3]


def test_late_alerts_go_as_one_message_per_channel(tmp_path: Path) -> None:
    """Three late alerts to two channels are two messages, and three outcomes."""
    channels = {"a": "file:a.jsonl", "b": "file:b.jsonl"}
    writes = [
        alert(1, "a", digest=True),
        alert(2, "b", digest=True),
        alert(3, "a", digest=True, title="Three"),
    ]
    outcomes = build(tmp_path, channels).apply(writes)
    assert [(outcome.effect_id, outcome.result) for outcome in outcomes] == [
        (n, Result.DONE) for n in (1, 2, 3)
    ]
    assert [line["title"] for line in lines(tmp_path / "a.jsonl")] == ["2 earlier alerts"]
    assert [line["title"] for line in lines(tmp_path / "b.jsonl")] == ["Earlier: Call Dana"]


# --- services ---------------------------------------------------------------------------------------------


def test_any_service_of_apprise_can_be_a_channel(tmp_path: Path) -> None:
    """A real apprise plug-in over a real socket: title, body and our link arrive."""
    with Wire([OK]) as wire:
        notify = build(tmp_path, {"team": f"form://{wire.url.removeprefix('http://')}/x"})
        outcome = notify.apply([alert(1, "team")])[0]
    assert outcome.result is Result.DONE
    text = wire.seen[0].body.decode()
    assert "Call" in text
    assert "app.hubspot.com" in text


def test_a_service_that_does_not_confirm_leaves_the_alert_unknown(tmp_path: Path) -> None:
    """apprise tells no more than that it failed; the message may have been taken."""
    with Wire([answer(500)]) as wire:
        notify = build(tmp_path, {"team": f"form://{wire.url.removeprefix('http://')}/x"})
        outcome = notify.apply([alert(1, "team")])[0]
    assert (outcome.result, code(outcome)) == (Result.UNKNOWN, "notify.not_confirmed")


# --- set-up -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["http://example.com/hook", "json://example.com/hook", "nonsense", "file:../../etc/x", "ftp://x"],
)
def test_an_address_nothing_can_be_sent_to_is_named_without_repeating_it(
    tmp_path: Path, address: str
) -> None:
    """Plain http off this machine, a file outside the folder, an unknown kind: doctor names the channel."""
    finding = build(tmp_path, {"sales": address}).inspect()[0]
    assert (finding.level, finding.code) == (Level.PROBLEM, "notify.bad_address")
    assert "sales" in finding.title
    assert address not in repr(finding)


def test_doctor_says_which_channels_are_fine(tmp_path: Path) -> None:
    """Nothing is sent to find out."""
    found = build(tmp_path, {"log": "file:alerts.jsonl", "hook": "https://example.com/hook"}).inspect()
    assert [finding.level for finding in found] == [Level.OK, Level.OK]
    assert not (tmp_path / "alerts.jsonl").exists()


def test_a_message_cannot_be_looked_up(tmp_path: Path) -> None:
    """Reading finds nothing, by position, and calls nobody."""
    found = build(tmp_path, {}).read([Lookup(4, "alert"), Lookup(5, "alert")])
    assert [(item.effect_id, item.candidates, item.failure) for item in found] == [
        (4, (), None),
        (5, (), None),
    ]
    target: Target = Notify({}, tmp_path)
    assert target.system is System.NOTIFY


def code(outcome: Outcome) -> str:
    return outcome.failure.code if outcome.failure else ""
