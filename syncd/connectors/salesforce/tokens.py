"""Access tokens: client credentials first, JWT bearer where a private key is given.

One token is kept and shared by all threads, because a user may log in 3,600 times an hour only. A token that
Salesforce refuses is dropped by name, so that ten threads that see one 401 ask for one new token. Tokens and
secrets appear in no message, log line or `repr`.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import msgspec
import requests

from syncd.connectors.salesforce import errors
from syncd.connectors.transport import Transport, TransportOptions
from syncd.connectors.transport_failure import Call
from syncd.core.model import System
from syncd.ports import Failure, Recovery, SystemFailure

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 - an address, not a secret
ASSERTION_LIFE_S = 180
"""Salesforce accepts at most three minutes ("OAuth 2.0 JWT Bearer Flow", help.salesforce.com)."""

_CURES: Mapping[str, str] = {
    "invalid_client": "check SALESFORCE_CLIENT_SECRET (it may have been rotated)",
    "invalid_client_id": "check SALESFORCE_CLIENT_ID and that the app is installed in this org",
    "invalid_client_credentials": "check SALESFORCE_CLIENT_SECRET (it may have been rotated)",
    "app_not_found": "use the My Domain address (https://<name>.my.salesforce.com) as SALESFORCE_LOGIN_URL",
    "unsupported_grant_type": "enable the client credentials flow in the External Client App",
    "invalid_grant": (
        "set a run-as user in the app's client credentials policy; for JWT pre-authorise the user and check "
        "SALESFORCE_USERNAME, the certificate and this machine's clock"
    ),
    "inactive_user": "activate the run-as user",
    "inactive_org": "the org is locked or closed: check SALESFORCE_LOGIN_URL",
    "rate_limit_exceeded": "too many logins in the last hour: stop the other client that uses this app",
}


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and where it is good for. The ids are empty where the answer names none."""

    value: str = field(repr=False)
    instance_url: str
    org_id: str = ""
    user_id: str = ""


class Grant(Protocol):
    """One way to ask for a token: the form to send. Made anew each time, as assertions expire."""

    def form(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The app's own id and secret; Salesforce acts as the run-as user of the app's policy."""

    client_id: str
    client_secret: str = field(repr=False)

    def form(self) -> Mapping[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }


@dataclass(frozen=True, slots=True)
class JwtBearer:
    """A signed assertion: no secret leaves this machine. `audience` is the login address."""

    client_id: str
    username: str = field(repr=False)
    private_key_file: Path
    audience: str
    now_s: Callable[[], float] = time.time

    def form(self) -> Mapping[str, str]:
        import jwt  # noqa: PLC0415 - heavy (cryptography), and only this way of logging in needs it

        try:
            key = self.private_key_file.read_bytes()
        except OSError as error:
            raise SystemFailure(
                _configuration(
                    "salesforce.private_key_unreadable",
                    f"the private key file cannot be read ({error.strerror})",
                    "check SALESFORCE_PRIVATE_KEY_FILE and its permissions",
                )
            ) from None
        claims = {
            "iss": self.client_id,
            "sub": self.username,
            "aud": self.audience,
            "exp": int(self.now_s()) + ASSERTION_LIFE_S,
        }
        try:
            assertion = jwt.encode(claims, key, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise SystemFailure(
                _configuration(
                    "salesforce.private_key_invalid",
                    "the private key file holds no RSA key in PEM form",
                    "name the file with the private key of the certificate uploaded to the app",
                )
            ) from None
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}


class _Answer(msgspec.Struct):
    access_token: str
    instance_url: str
    id: str = ""


class TokenSource:
    """The one token in use. Safe to share between threads."""

    def __init__(self, grant: Grant, login_url: str, options: TransportOptions | None = None) -> None:
        """Raises SystemFailure for an address that must not be used."""
        self.login_url = checked_address(login_url, "SALESFORCE_LOGIN_URL")
        self.transport = Transport(
            System.SALESFORCE, self.login_url, headers={}, classify=_classify_login, options=options
        )
        self._grant = grant
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._org_id = ""

    def expect(self, org_id: str) -> None:
        """From now on only tokens of this org are taken; of any org when empty. A sandbox that is refreshed
        keeps its address and its credentials, and nothing may go there unseen."""
        with self._lock:
            self._org_id = org_id

    def current(self) -> Token:
        """The token to use, asked for when there is none. Raises SystemFailure."""
        with self._lock:
            if self._token is None:
                self._token = self._ask()
            return self._token

    def drop(self, value: str) -> None:
        """Forget the token with this value; one that has been replaced since is kept."""
        with self._lock:
            if self._token is not None and self._token.value == value:
                self._token = None

    def _ask(self) -> Token:
        form = self._grant.form()
        response = self.transport.request(
            "POST", TOKEN_PATH, data=form, reads=True, endpoint="POST oauth2/token"
        )
        if not response.content:
            raise SystemFailure(
                Failure(
                    Recovery.TRANSIENT,
                    System.SALESFORCE,
                    "salesforce.empty_answer",
                    "the login gave no answer",
                )
            )
        try:
            answer = msgspec.json.decode(response.content, type=_Answer)
        except msgspec.DecodeError:
            raise SystemFailure(
                _configuration(
                    "salesforce.login_unreadable",
                    "the login address answers with something that is no token",
                    "check SALESFORCE_LOGIN_URL: it must be the org's My Domain address",
                )
            ) from None
        org_id, user_id = _identity(answer.id)
        self._require_expected(org_id)
        return Token(
            answer.access_token, checked_address(answer.instance_url, "instance_url"), org_id, user_id
        )

    def _require_expected(self, org_id: str) -> None:
        """Ids have 15 characters, or 18 of which the last three are a check sum."""
        if org_id and self._org_id and org_id[:15] != self._org_id[:15]:
            raise SystemFailure(
                _configuration(
                    "salesforce.wrong_account",
                    f"the login leads to org {org_id} now, not to {self._org_id}",
                    "if that is meant (a refreshed sandbox), run `syncd rebind`; otherwise correct the "
                    "credentials",
                )
            )


def checked_address(url: str, name: str) -> str:
    """`url` without a trailing slash. Raises SystemFailure unless it is https, or http on this machine."""
    parts = urlsplit(url)
    if parts.hostname and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    ):
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
    raise SystemFailure(
        _configuration(
            "salesforce.bad_address",
            f"{name} is not an https address",
            "use https://<name>.my.salesforce.com (plain http is for a sandbox on this machine only)",
        )
    )


def is_loopback(host: str) -> bool:
    """True for localhost and the loopback addresses, without asking a name server."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _identity(url: str) -> tuple[str, str]:
    """Org and user id from the identity URL `.../id/<org>/<user>` ("Identity URLs", help.salesforce.com)."""
    parts = urlsplit(url).path.strip("/").split("/")
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] == "id" else ("", "")


def _classify_login(response: requests.Response, call: Call) -> Failure | None:
    if not 400 <= response.status_code < 500:
        return None
    try:
        body: object = msgspec.json.decode(response.content)
    except msgspec.DecodeError:
        return None
    found = errors.errors_in(body)
    if not found:
        return None
    code = found[0].code[:60]
    return _configuration(
        "salesforce.login_refused",
        f"{call.endpoint} was refused: {code}",
        _CURES.get(code, "check the External Client App, its policies and the credentials"),
        response.status_code,
    )


def _configuration(code: str, message: str, cure: str, status: int | None = None) -> Failure:
    return Failure(Recovery.CONFIGURATION, System.SALESFORCE, code, message, cure, status=status)
