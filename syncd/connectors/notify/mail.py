"""Mails by SMTP (RFC 5321): one connection per alert, TLS always except to this machine.

The Message-ID is made of the alert's id: a repeat carries the same one, and mail programs show it once. Until
the text is handed over nothing is sent; an answer lost after that leaves the mail of unknown fate.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

from syncd.connectors.notify.message import Message
from syncd.connectors.notify.way import LOOPBACK, Proof, Way, configuration
from syncd.connectors.transport import TransportOptions
from syncd.core.model import System
from syncd.ports import Failure, Recovery, SystemFailure, Usage

PORTS: Final = {"smtp": 587, "smtps": 465}
_COUNTED = "SMTP alert"


class Mail:
    """`smtp://user:password@host:587` (STARTTLS) or `smtps://user:password@host:465`."""

    def __init__(self, name: str, way: Way, options: TransportOptions | None) -> None:
        parts = urlsplit(way.url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in PORTS or not parts.hostname or port == -1 or not way.sender or not way.to:
            raise SystemFailure(
                configuration(
                    "notify.bad_address",
                    f"the address of channel {name} is no mail server's, or `sender` or `to` is missing",
                    "use smtps://user:password@host:465 or smtp://user:password@host:587, with both",
                )
            )
        self._name, self._way = name, way
        self._host = parts.hostname
        self._port = port or PORTS[parts.scheme]
        self._is_tls = parts.scheme == "smtps"
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._options = options or TransportOptions()
        self._calls = self._errors = 0

    def send(self, message: Message) -> Proof:
        mail = self._mail(message)
        recipients = [part.strip() for part in str(mail["To"]).split(",")]
        if self._options.guard is not None:
            self._options.guard()
        self._calls += 1
        try:
            with self._connection() as server:
                refused = self._hand_over(server, mail, recipients)
        except SystemFailure:
            self._errors += 1
            raise
        note = f"the mail server took it as {mail['Message-ID']}"
        if refused:
            note += f"; it refused {len(refused)} of {len(recipients)} recipients"
        if message.is_to_owner and not message.owner_email:
            note += "; the owner has no mail address in Salesforce, so it went to the channel's own"
        return Proof(note, "mail", str(mail["Message-ID"]).strip("<>"))

    def usage(self) -> tuple[Usage, ...]:
        return (Usage(System.NOTIFY, f"{_COUNTED} {self._name}", self._calls, self._errors),)

    def close(self) -> None:
        """Nothing is held open."""

    # --- the mail ----------------------------------------------------------------------------------------

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        to_owner = message.is_to_owner and message.owner_email
        mail["From"] = self._way.sender
        mail["To"] = message.owner_email if to_owner else ", ".join(self._way.to)
        mail["Subject"] = message.title
        mail["Message-ID"] = f"<{self._id_of(message)}>"
        if message.thread.startswith("mail/"):
            first = f"<{message.thread.removeprefix('mail/')}>"
            mail["In-Reply-To"], mail["References"] = first, first
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        mail["X-Auto-Response-Suppress"] = "All"
        links = "\n".join(f"{label}: {url}" for label, url in message.all_links)
        mail.set_content("\n\n".join(part for part in (message.body, links) if part) + "\n")
        return mail

    def _id_of(self, message: Message) -> str:
        digest = hashlib.sha256(message.id.encode()).hexdigest()[:32]
        return f"syncd.{digest}@{self._way.sender.rpartition('@')[2]}"

    # --- the server --------------------------------------------------------------------------------------

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        """A server that has let us in. Whatever fails before is certain to have sent nothing."""
        connect_s, read_s = self._options.timeout_s
        try:
            if self._is_tls:
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    self._host, self._port, timeout=connect_s, context=_trusted()
                )
            else:
                server = smtplib.SMTP(self._host, self._port, timeout=connect_s)
        except (OSError, smtplib.SMTPException) as error:
            raise SystemFailure(self._not_sent(error)) from None
        try:
            if server.sock is not None:
                server.sock.settimeout(read_s)
            try:
                self._enter(server)
            except (OSError, smtplib.SMTPException) as error:
                raise SystemFailure(self._not_sent(error)) from None
            yield server
        finally:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()

    def _enter(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if not self._is_tls and (self._host not in LOOPBACK or server.has_extn("starttls")):
            server.starttls(context=_trusted())
            server.ehlo()
        if self._user:
            server.login(self._user, self._password)

    def _hand_over(
        self, server: smtplib.SMTP, mail: EmailMessage, recipients: list[str]
    ) -> dict[str, tuple[int, bytes]]:
        """Which recipients were refused, where others were taken. Raises SystemFailure."""
        try:
            return server.send_message(mail, to_addrs=recipients)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _text in error.recipients.values()]
            raise SystemFailure(self._by_code(max(codes, default=550), "refused the recipient")) from None
        except smtplib.SMTPSenderRefused as error:
            raise SystemFailure(self._by_code(error.smtp_code, "refused the sender")) from None
        except smtplib.SMTPDataError as error:
            raise SystemFailure(self._by_code(error.smtp_code, "refused the message")) from None
        except (smtplib.SMTPNotSupportedError, UnicodeError):
            raise SystemFailure(self._by_code(550, "does not take this address")) from None
        except (OSError, smtplib.SMTPException):
            raise SystemFailure(
                Failure(
                    Recovery.UNKNOWN,
                    System.NOTIFY,
                    "notify.not_confirmed",
                    f"the mail server of channel {self._name} broke off before it confirmed the mail",
                    "it is sent again under the same Message-ID, marked as a repeat",
                )
            ) from None

    def _by_code(self, code: int, what: str) -> Failure:
        """4yz means later, 5yz means never (RFC 5321, 4.2.1)."""
        message = f"the mail server of channel {self._name} {what} ({code})"
        if 400 <= code < 500:
            return Failure(
                Recovery.TRANSIENT,
                System.NOTIFY,
                "notify.throttled",
                message,
                "it is tried again by itself",
                status=code,
            )
        cure = "check `sender` and `to` of the channel, and the owner's mail address in Salesforce"
        return configuration("notify.refused", message, cure, code)

    def _not_sent(self, error: Exception) -> Failure:
        """Why nothing was sent: wrong credentials or certificate, or a server that does not answer."""
        who = f"the mail server of channel {self._name}"
        if isinstance(error, smtplib.SMTPAuthenticationError):
            what = f"{who} does not let us in ({error.smtp_code})"
            return configuration("notify.refused", what, "check user name and password in the address")
        if isinstance(error, ssl.SSLCertVerificationError):
            what = f"{who} shows a certificate that is not trusted"
            return configuration(
                "notify.refused", what, "name its CA in REQUESTS_CA_BUNDLE, or mend it there"
            )
        if isinstance(error, smtplib.SMTPNotSupportedError):
            what = f"{who} offers no TLS or no sign-in"
            return configuration("notify.refused", what, "use smtps://, or a server with STARTTLS")
        return Failure(
            Recovery.TRANSIENT,
            System.NOTIFY,
            "notify.unreachable",
            f"{who} does not answer",
            "it is tried again by itself; check host and port of the address where it stays so",
        )


def _trusted() -> ssl.SSLContext:
    """The machine's certificates, and the private CA the other connections use where one is named."""
    context = ssl.create_default_context()
    private = os.environ.get("REQUESTS_CA_BUNDLE", "")
    if private:
        context.load_verify_locations(cafile=private)
    return context
