"""What the transport makes of every kind of answer, and when it sends again."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

import pytest
import requests

from syncd.connectors.transport import Transport, TransportOptions
from syncd.core.model import System
from syncd.ports import Failure, Recovery, SystemFailure
from tests.transport.wire import FakeTime, Silence, Step, Wire, answer, cut, html, reset

OK = answer(200, {"ok": True})


def build(url: str, time: FakeTime, *, read_timeout_s: float = 5.0) -> Transport:
    options = TransportOptions(
        timeout_s=(2.0, read_timeout_s), sleep=time.sleep, monotonic=time.monotonic, user_agent="syncd/test"
    )
    return Transport(System.HUBSPOT, url, headers={"Authorization": "Bearer secret-token"}, options=options)


def call(
    script: list[Step], *, method: str = "GET", read_timeout_s: float = 5.0, **how: bool
) -> tuple[requests.Response | Failure, Wire, FakeTime]:
    """What came of one call against a script."""
    time = FakeTime()
    with Wire(script) as wire:
        transport = build(wire.url, time, read_timeout_s=read_timeout_s)
        try:
            got: requests.Response | Failure = transport.request(
                method, "/things?email=jo@example.com", json={"a": 1} if method != "GET" else None,
                endpoint="things", **how,  # type: ignore[arg-type]
            )  # fmt: skip
        except SystemFailure as error:
            got = error.failure
        transport.close()
    return got, wire, time


FAULTS = {
    "reset": reset,
    "cut": cut(),
    "cut json": answer(200, b'{"results": ['),
    "html": html(),
    "empty": answer(200, b""),
    "502": answer(502),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_read_is_sent_again_after_any_lost_answer(fault: Step) -> None:
    """A read changes nothing, so a second one is always safe."""
    got, wire, _ = call([fault, OK])
    assert isinstance(got, requests.Response)
    assert len(wire.seen) == 2


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_write_that_is_not_repeatable_is_unknown_and_sent_once(fault: Step) -> None:
    """It may have happened: sending again could make a second object."""
    got, wire, _ = call([fault, OK], method="POST")
    assert isinstance(got, Failure)
    assert got.recovery is Recovery.UNKNOWN
    assert len(wire.seen) == 1


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_repeatable_write_is_sent_again(fault: Step) -> None:
    """An upsert by external id, or properties by record id: twice is the same as once."""
    got, wire, _ = call([fault, OK], method="POST", idempotent=True)
    assert isinstance(got, requests.Response)
    assert len(wire.seen) == 2


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_search_by_post_counts_as_a_read(fault: Step) -> None:
    """POST for its body only: it changes nothing."""
    got, _, _ = call([fault], method="POST", reads=True)
    assert isinstance(got, Failure)
    assert got.recovery is Recovery.TRANSIENT


def test_a_create_goes_again_when_it_certainly_did_not_happen() -> None:
    """429 and 423 say that nothing was done, whatever the request was."""
    got, wire, _ = call([answer(429), answer(423), answer(201, {"id": "1"})], method="POST")
    assert isinstance(got, requests.Response)
    assert len(wire.seen) == 3


def test_a_refused_connection_is_transient_even_for_a_create() -> None:
    """Not one byte left: the caller may send it again."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    transport = build(f"http://127.0.0.1:{port}", FakeTime())
    with pytest.raises(SystemFailure) as raised:
        transport.request("POST", "/things", json={}, endpoint="things")
    assert raised.value.failure.recovery is Recovery.TRANSIENT
    assert raised.value.failure.code == "hubspot.unreachable"


def test_an_unknown_write_stays_unknown_when_the_repeat_could_not_be_sent() -> None:
    """The first attempt may have happened, so a throttled second one must not read as 'not done'."""
    got, wire, _ = call([reset, answer(429, headers={"Retry-After": "500"})], method="POST", idempotent=True)
    assert isinstance(got, Failure)
    assert got.recovery is Recovery.UNKNOWN
    assert len(wire.seen) == 2


def test_a_rejected_repeat_is_rejected() -> None:
    """A rejection speaks about the record as it is now."""
    got, _, _ = call([reset, answer(400, {"message": "no"})], method="POST", idempotent=True)
    assert isinstance(got, Failure)
    assert got.recovery is Recovery.REJECTED


def test_silence_is_a_timeout() -> None:
    """Every call has a time limit, and what it means depends on what was asked."""
    got, wire, _ = call([Silence()], method="POST", read_timeout_s=0.15)
    assert isinstance(got, Failure)
    assert (got.code, got.recovery) == ("hubspot.timeout", Recovery.UNKNOWN)
    assert len(wire.seen) == 1


@pytest.mark.parametrize(
    ("status", "recovery"),
    [
        (400, Recovery.REJECTED),
        (401, Recovery.CONFIGURATION),
        (403, Recovery.CONFIGURATION),
        (404, Recovery.REJECTED),
        (409, Recovery.REJECTED),
        (301, Recovery.CONFIGURATION),
    ],
)
def test_a_definite_answer_is_not_repeated(status: int, recovery: Recovery) -> None:
    """Asking again would get the same answer."""
    got, wire, _ = call([answer(status, {"message": "x"}), OK])
    assert isinstance(got, Failure)
    assert got.recovery is recovery
    assert len(wire.seen) == 1


@pytest.mark.parametrize("status", [429, 423, 500, 502, 503, 504, 521, 522, 523, 524, 525, 526])
def test_attempts_and_waiting_are_bounded(status: int) -> None:
    """A system that is down for long is the caller's matter."""
    got, wire, time = call([answer(status)])
    assert isinstance(got, Failure)
    assert got.recovery is Recovery.TRANSIENT
    assert len(wire.seen) == 5
    assert sum(time.slept_s) <= 60


def test_messages_hold_no_address_body_or_token() -> None:
    """What fails is logged and stored: personal data and secrets must not come along."""
    script = [answer(400, {"message": "bad email jo@example.com"})]
    got, _, _ = call(script, method="POST")
    assert isinstance(got, Failure)
    text = repr(got)
    assert "example.com" not in text
    assert "secret" not in text


# --- Retry-After -----------------------------------------------------------------------------------------


def test_retry_after_seconds_are_kept() -> None:
    """At least what was asked, at most a tenth more."""
    _, _, time = call([answer(429, headers={"Retry-After": "7"}), OK])
    assert 7 <= time.slept_s[0] <= 7.7


def test_retry_after_may_be_a_date() -> None:
    """Measured against the answer's own date, so a wrong clock does no harm."""
    headers = {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT", "Date": "Fri, 31 Dec 1999 23:59:49 GMT"}
    _, _, time = call([answer(429, headers=headers), OK])
    assert 10 <= time.slept_s[0] <= 11


@pytest.mark.parametrize("text", ["-1", "soon", "nan", "inf", "Fri, 31 Dec 1999 23:59:59 GMT", ""])
def test_an_absurd_retry_after_falls_back_to_our_own_waiting(text: str) -> None:
    """Nonsense neither stops us for ever nor makes us hammer."""
    got, _, time = call([answer(429, headers={"Retry-After": text}), OK])
    assert isinstance(got, requests.Response)
    assert time.slept_s[0] <= 16


@pytest.mark.parametrize(("text", "expected_s"), [("600", 600.0), ("1000000000", 86_400.0)])
def test_a_long_retry_after_is_handed_to_the_caller(text: str, expected_s: float) -> None:
    """We do not sleep for it, and nothing is believed beyond a day."""
    got, wire, time = call([answer(429, headers={"Retry-After": text}), OK])
    assert isinstance(got, Failure)
    assert got.retry_after_s == expected_s
    assert len(wire.seen) == 1
    assert time.slept_s == []


# --- renewal, acceptance, standing still -----------------------------------------------------------------


def test_a_401_renews_the_token_once_and_sends_again() -> None:
    """Whatever the request was: a refused one did nothing."""
    tokens = ["old"]
    time = FakeTime()
    with Wire([answer(401), answer(201, {"id": "1"})]) as wire:
        transport = Transport(
            System.SALESFORCE,
            wire.url,
            headers=lambda: {"Authorization": f"Bearer {tokens[-1]}"},
            options=TransportOptions(sleep=time.sleep, monotonic=time.monotonic),
            renew=lambda: tokens.append("new"),
        )
        assert transport.request("POST", "/things", json={}).status_code == 201
        transport.close()
    assert [seen.headers["authorization"] for seen in wire.seen] == ["Bearer old", "Bearer new"]


def test_a_second_401_is_bad_credentials() -> None:
    """Renewal is tried once, not for ever."""
    time = FakeTime()
    with Wire([answer(401)]) as wire:
        transport = Transport(
            System.SALESFORCE, wire.url, headers={}, renew=lambda: None,
            options=TransportOptions(sleep=time.sleep, monotonic=time.monotonic),
        )  # fmt: skip
        with pytest.raises(SystemFailure, match="bad_credentials"):
            transport.request("GET", "/things")
        transport.close()
    assert len(wire.seen) == 2


def test_accepted_statuses_come_back_as_answers() -> None:
    """A caller that wants to look at a 404 itself says so."""
    with Wire([answer(404, {"a": 1})]) as wire:
        transport = build(wire.url, FakeTime())
        assert transport.request("GET", "/x", accepts=frozenset({404})).json() == {"a": 1}
        transport.close()


class StandingClock:
    """Business time that a test moves by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 9, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


def test_a_halted_system_is_left_alone_until_it_said() -> None:
    """A daily limit is not hammered: later calls fail at once and nothing is sent."""
    clock, time = StandingClock(), FakeTime()

    def classify(response: requests.Response, call: object) -> Failure | None:
        if response.status_code != 429:
            return None
        return Failure(
            Recovery.HALT, System.HUBSPOT, "hubspot.daily_limit", "x", retry_after_s=60.0, status=429
        )

    with Wire([answer(429), OK]) as wire:
        transport = Transport(
            System.HUBSPOT, wire.url, headers={}, classify=classify,
            options=TransportOptions(sleep=time.sleep, monotonic=time.monotonic, clock=clock),
        )  # fmt: skip
        for _ in range(3):
            with pytest.raises(SystemFailure, match="daily_limit"):
                transport.request("GET", "/x")
        assert len(wire.seen) == 1
        clock.at = clock.at.replace(minute=2)
        assert transport.request("GET", "/x").status_code == 200
        transport.close()
