"""Which behaviour endpoints this portal offers: asked once, then held for as long as the process lives.

The answer decides whether contacts' own properties stand in, and must not change between two streams of one
poll: the same open would count twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from syncd.connectors.hubspot.api import Api
from syncd.connectors.hubspot.options import WebBehaviour
from syncd.connectors.hubspot.people import Sources
from syncd.core.model import System
from syncd.ports import Failure, Recovery, SystemFailure

STREAMS = ("forms", "email_events", "page_events")
_PROBED = timedelta(hours=1)


class Offers:
    """What was found out about each behaviour stream."""

    def __init__(self, api: Api, wanted: WebBehaviour) -> None:
        self._api = api
        self._wanted = wanted
        self._lock = threading.Lock()
        self._refusals: dict[str, Failure | None] = {}

    def sources(self, now: datetime) -> Sources:
        """Which of the better sources there are. Raises SystemFailure when that cannot be found out now."""
        found = {stream: self.refusal(stream, now) is None for stream in STREAMS}
        return Sources(found["forms"], found["email_events"], found["page_events"])

    def is_complete(self, now: datetime) -> bool:
        """True when nothing has to be read from the contact's own properties instead."""
        sources = self.sources(now)
        return sources.form_submissions and sources.email_events and sources.page_events

    def require(self, stream: str, now: datetime) -> None:
        """Nothing when the stream is offered. Raises SystemFailure that says why not."""
        refusal = self.refusal(stream, now)
        if refusal is not None:
            raise SystemFailure(refusal)

    def refusal(self, stream: str, now: datetime) -> Failure | None:
        """Why the stream is not to be had, or None."""
        if self._wanted == "properties":
            return Failure(
                Recovery.CONFIGURATION,
                System.HUBSPOT,
                "hubspot.not_wanted",
                f"{stream} is not read: web_behaviour is set to properties.",
                status=403,
            )
        with self._lock:
            if stream not in self._refusals:
                self._refusals[stream] = self._probe(stream, now)
            return self._refusals[stream]

    def _probe(self, stream: str, now: datetime) -> Failure | None:
        probes: dict[str, Callable[[], object]] = {
            "forms": self._api.forms,
            "email_events": lambda: self._api.email_events("OPEN", now - _PROBED, now, limit=1),
            "page_events": lambda: self._api.page_events(now - _PROBED, now),
        }
        try:
            probes[stream]()
        except SystemFailure as error:
            if error.failure.status not in (403, 404):
                raise
            return error.failure
        return None
