"""Tokens: two ways to get one, one in use at a time, refused with the cure, never shown."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from syncd.connectors.salesforce import Salesforce
from syncd.connectors.salesforce.tokens import (
    ClientCredentials,
    JwtBearer,
    Token,
    TokenSource,
    checked_address,
)
from syncd.connectors.transport import TransportOptions
from syncd.ports import Recovery, SystemFailure
from tests.salesforce.conftest import Desk
from tests.transport.wire import FakeTime, Step, Wire, answer, html

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    path.write_bytes(
        KEY.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


def trust(desk: Desk) -> str:
    """The user name that may log in with the key."""
    name = str(desk.org.record("User", desk.org.integration_user_id)["Username"])
    public = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    desk.org.tokens.trust(name, public.decode())
    return name


def test_a_private_key_logs_in_without_a_secret(desk: Desk, key_file: Path) -> None:
    sf = Salesforce(
        client_id=desk.org.tokens.client_id,
        username=trust(desk),
        private_key_file=key_file,
        login_url=desk.url,
    )
    assert sf.account().id == desk.org.org_id
    sf.close()


def test_an_unauthorised_user_is_refused_with_the_cure(desk: Desk, key_file: Path) -> None:
    sf = Salesforce(
        client_id=desk.org.tokens.client_id,
        username="who@acme.example",
        private_key_file=key_file,
        login_url=desk.url,
    )
    with pytest.raises(SystemFailure) as caught:
        sf.account()
    sf.close()
    failure = caught.value.failure
    assert (failure.recovery, failure.code) == (Recovery.CONFIGURATION, "salesforce.login_refused")
    assert "pre-authorise" in failure.cure
    assert "who@acme" not in repr(failure)


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "salesforce.private_key_unreadable"), (b"no key", "salesforce.private_key_invalid")],
)
def test_a_key_file_that_is_none_is_named(tmp_path: Path, content: bytes | None, code: str) -> None:
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SystemFailure) as caught:
        JwtBearer("id", "user", path, "https://acme.my.salesforce.com").form()
    assert caught.value.failure.code == code


def test_one_token_serves_all_calls_and_threads(desk: Desk, sf: Salesforce) -> None:
    """A user may log in 3,600 times an hour: ten threads that see one 401 ask for one new token."""
    sf.account()
    desk.org.expire_tokens()
    threads = [threading.Thread(target=sf.account) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.org.tokens.issued == 2


def test_a_token_that_is_refused_for_ever_costs_two_logins_and_a_clear_answer() -> None:
    """No loop, no lock-out: one renewal, one repeat, then a person is asked."""
    expired = answer(401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])
    made: list[Wire] = []

    def token(connection: object) -> None:
        body = {"access_token": "t", "instance_url": made[0].url, "id": "https://x/id/00D1/0051"}
        answer(200, body)(connection)  # type: ignore[arg-type]

    with Wire([token, expired, token, expired]) as wire:
        made.append(wire)
        sf = Salesforce(client_id="id", client_secret="secret", login_url=wire.url)
        with pytest.raises(SystemFailure) as caught:
            sf.account()
        sf.close()
    assert [seen.path.split("?")[0] for seen in wire.seen] == [
        "/services/oauth2/token",
        "/services/data/v66.0/query/",
    ] * 2
    assert caught.value.failure.code == "salesforce.session_refused"
    assert caught.value.failure.recovery is Recovery.CONFIGURATION


@pytest.mark.parametrize(
    ("step", "recovery", "code"),
    [
        (html(200), Recovery.TRANSIENT, "salesforce.unreadable_answer"),
        (answer(200), Recovery.TRANSIENT, "salesforce.unreadable_answer"),
        (answer(200, headers={"Content-Type": "text/plain"}), Recovery.TRANSIENT, "salesforce.empty_answer"),
        (answer(503), Recovery.TRANSIENT, "salesforce.server_error"),
        (answer(200, {"hello": 1}), Recovery.CONFIGURATION, "salesforce.login_unreadable"),
        (answer(400, {"error": "app_not_found"}), Recovery.CONFIGURATION, "salesforce.login_refused"),
        (
            answer(200, {"access_token": "t", "instance_url": "http://evil.example"}),
            Recovery.CONFIGURATION,
            "salesforce.bad_address",
        ),
    ],
)
def test_a_login_that_goes_wrong_says_whose_turn_it_is(step: Step, recovery: Recovery, code: str) -> None:
    """An outage is waited for; everything else is for a person. The secret is in neither."""
    time = FakeTime()
    options = TransportOptions(sleep=time.sleep, monotonic=time.monotonic)
    with Wire([step]) as wire:
        source = TokenSource(ClientCredentials("id", "s3cret"), wire.url, options)
        with pytest.raises(SystemFailure) as caught:
            source.current()
        source.transport.close()
    assert (caught.value.failure.recovery, caught.value.failure.code) == (recovery, code)
    assert "s3cret" not in repr(caught.value.failure)


@pytest.mark.parametrize(
    "url", ["http://acme.my.salesforce.com", "ftp://x", "acme.my.salesforce.com", "https://", ""]
)
def test_credentials_are_never_sent_to_an_address_that_is_not_safe(url: str) -> None:
    """Https, or plain http on this machine only; found out before any call."""
    with pytest.raises(SystemFailure) as caught:
        Salesforce(client_id="id", client_secret="secret", login_url=url)
    assert caught.value.failure.code == "salesforce.bad_address"


@pytest.mark.parametrize(
    "url", ["https://acme.my.salesforce.com/", "http://127.0.0.1:80", "http://localhost", "http://[::1]:8"]
)
def test_safe_addresses_lose_their_trailing_slash_only(url: str) -> None:
    """A slash would double in every path."""
    assert checked_address(url, "x") == url.rstrip("/")


def test_incomplete_credentials_are_named_before_any_call() -> None:
    with pytest.raises(SystemFailure) as caught:
        Salesforce(client_id="id", login_url="https://acme.my.salesforce.com")
    assert "SALESFORCE_PRIVATE_KEY_FILE" in caught.value.failure.cure


def test_secrets_do_not_show_in_a_repr() -> None:
    assert "s3cret" not in repr(ClientCredentials("id", "s3cret"))
    assert "t0ken" not in repr(Token("t0ken", "https://x"))
