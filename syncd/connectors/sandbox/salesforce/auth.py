"""OAuth: client credentials and JWT bearer, with the refusals of the token endpoint.

Sessions end after `lifetime` of the kernel's clock; then, or after `expire`, a call gets 401
INVALID_SESSION_ID. JWT assertions are checked against the key the test has trusted (RS256, audience, expiry
in real time, user).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import unquote_plus, urlsplit

import jwt

from syncd.connectors.sandbox.kernel import Kernel
from syncd.connectors.sandbox.salesforce.errors import OAuthRefusal, Refusal

SESSION_LIFETIME = timedelta(hours=2)
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Tokens:
    """The External Client App of the org and the sessions it has given out."""

    def __init__(self, kernel: Kernel, org_id: str, seed: int) -> None:
        self._kernel = kernel
        self._org_id = org_id
        self._sessions: dict[str, tuple[str, datetime]] = {}
        self._seed = seed
        self._public_keys: dict[str, str] = {}
        self.client_id = f"3MVG9{seed:012x}"
        self.client_secret = hashlib.sha256(f"secret:{seed}".encode()).hexdigest()[:40]
        self.lifetime = SESSION_LIFETIME
        self.issued = 0

    def trust(self, username: str, public_key_pem: str) -> None:
        """Pre-authorise a user for the JWT flow with this key."""
        self._public_keys[username] = public_key_pem

    def move_to(self, org_id: str) -> None:
        """End all sessions; new ones belong to this org. The app's id and secret stay, as a copy has them."""
        self._org_id = org_id
        self.expire()

    def expire(self) -> None:
        with self._kernel.lock:
            self._sessions.clear()

    def user_of(self, authorization: str) -> str:
        """The user behind an Authorization header. Raises Refusal INVALID_SESSION_ID."""
        token = authorization.removeprefix("Bearer ").removeprefix("OAuth ").strip()
        user_id, until_at = self._sessions.get(token, ("", self._kernel.now))
        if not user_id or until_at <= self._kernel.now:
            self._sessions.pop(token, None)
            raise Refusal("INVALID_SESSION_ID", "Session expired or invalid", status=401)
        return user_id

    def grant(
        self,
        form: Mapping[str, str],
        authorization: str,
        base_url: str,
        users: Mapping[str, str],
        default_user: str,
    ) -> dict[str, object]:
        """The answer of the token endpoint. `users` are ids by user name. Raises OAuthRefusal."""
        kind = form.get("grant_type", "")
        if kind == "client_credentials":
            self._check_client(form, authorization)
            return self._session(default_user, base_url)
        if kind == JWT_GRANT:
            return self._session(self._check_assertion(form.get("assertion", ""), base_url, users), base_url)
        raise OAuthRefusal("unsupported_grant_type", "grant type not supported")

    def _check_client(self, form: Mapping[str, str], authorization: str) -> None:
        client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
        if authorization.startswith("Basic "):
            try:
                decoded = base64.b64decode(authorization[6:], validate=True).decode()
            except ValueError:
                raise OAuthRefusal("invalid_request", "malformed authorization header") from None
            client_id, _colon, secret = (unquote_plus(part) for part in decoded.partition(":"))
        if client_id != self.client_id:
            raise OAuthRefusal("invalid_client_id", "client identifier invalid")
        if secret != self.client_secret:
            raise OAuthRefusal("invalid_client", "invalid client credentials")

    def _check_assertion(self, assertion: str, base_url: str, users: Mapping[str, str]) -> str:
        try:
            claims = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            raise OAuthRefusal("invalid_grant", "invalid assertion") from None
        username = str(claims.get("sub", ""))
        if claims.get("iss") != self.client_id:
            raise OAuthRefusal("invalid_client_id", "client identifier invalid")
        if username not in users or username not in self._public_keys:
            raise OAuthRefusal("invalid_grant", "user hasn't approved this consumer")
        try:
            jwt.decode(
                assertion, self._public_keys[username], algorithms=["RS256"], options={"verify_aud": False}
            )
        except jwt.ExpiredSignatureError:
            raise OAuthRefusal("invalid_grant", "expired authorization code") from None
        except jwt.InvalidTokenError:
            raise OAuthRefusal("invalid_grant", "invalid assertion") from None
        audience = urlsplit(str(claims.get("aud", ""))).netloc
        if audience != urlsplit(base_url).netloc:
            raise OAuthRefusal("invalid_grant", "audience is invalid")
        return users[username]

    def _session(self, user_id: str, base_url: str) -> dict[str, object]:
        self.issued += 1
        secret = hashlib.sha256(f"{self._seed}:{self.issued}".encode()).hexdigest()
        token = f"{self._org_id[:15]}!AQ{secret}"
        self._sessions[token] = (user_id, self._kernel.now + self.lifetime)
        issued_at = str(int(self._kernel.now.timestamp() * 1000))
        identity = f"{base_url}/id/{self._org_id}/{user_id}"
        return {
            "access_token": token, "signature": secret[:44], "scope": "api", "instance_url": base_url,
            "id": identity, "token_type": "Bearer", "issued_at": issued_at, "api_instance_url": base_url,
        }  # fmt: skip
