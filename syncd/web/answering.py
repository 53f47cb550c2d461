"""What a link in an alert may do: shown by GET, done by POST from its own confirmation page, once.

Mail scanners, chat previews and prefetching browsers call every address they see: calling changes nothing.
The page alone carries what the answer must bring back.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.exc import IntegrityError

from syncd.core.answer_links import Bad, Link, confirmation, link_id, read_token
from syncd.core.model import Snapshot, Stage
from syncd.core.playbook import Playbook
from syncd.jobs.answering import IN_HAND
from syncd.jobs.explain import name_of
from syncd.store import answers, snapshots
from syncd.store.engine import Store


class State(StrEnum):
    """What became of a look at a link."""

    ASKS = "asks"  # the confirmation page
    DONE = "done"
    BAD = "bad"
    EXPIRED = "expired"
    USED = "used"
    EARLY = "early"  # Salesforce has not confirmed the hand-off yet
    OVER = "over"  # the lead has moved on
    UNCONFIRMED = "unconfirmed"
    NO_REASON = "no_reason"


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows. `who` and `company` only where something is asked or was done."""

    state: State
    link: Link | None = None
    who: str = ""
    company: str = ""
    reasons: tuple[str, ...] = ()
    confirm: str = ""


class Answers:
    """The links of one installation. `store` and `playbook` are those at work at the moment."""

    def __init__(
        self,
        store: Callable[[], Store],
        playbook: Callable[[], Playbook],
        key: bytes,
        now: Callable[[], datetime],
        profile: str = "",
    ) -> None:
        self.profile = profile
        self._store, self._playbook, self._key, self._now = store, playbook, key, now

    def look(self, token: str) -> View:
        """What a link would do. Changes nothing."""
        link = read_token(token, self._key)
        if isinstance(link, Bad):
            return View(State.BAD)
        now = self._now()
        if now >= link.ends_at:
            return View(State.EXPIRED)
        with self._store().read() as tx:
            if answers.is_used(tx, link_id(token)):
                return View(State.USED)
            found = snapshots.load_snapshots(tx, [link.lead_id], now)
        return self._view(token, link, found[0] if found else None)

    def _view(self, token: str, link: Link, snapshot: Snapshot | None) -> View:
        standing = snapshot.standing if snapshot else None
        if snapshot is None or standing is None or standing.pass_number != link.pass_number:
            return View(State.OVER)
        if standing.position.stage is Stage.SQL:
            return View(State.EARLY)
        if standing.position.stage not in IN_HAND:
            return View(State.OVER)
        reasons = tuple(self._playbook().feedback.reasons) if link.answer == "give_back" else ()
        return View(
            State.ASKS,
            link,
            name_of(snapshot),
            snapshot.fields.get("company.name", "") or snapshot.fields.get("contact.company", ""),
            reasons,
            confirmation(token, self._key),
        )

    def answer(self, token: str, fields: Mapping[str, str]) -> View:
        """Store the answer as a request, once."""
        view = self.look(token)
        if view.state is not State.ASKS or view.link is None:
            return view
        if not hmac.compare_digest(fields.get("confirm", "").encode(), view.confirm.encode()):
            return View(State.UNCONFIRMED)
        reason = fields.get("reason", "")
        if view.reasons and reason not in view.reasons:
            return View(State.NO_REASON, view.link, view.who, view.company, view.reasons, view.confirm)
        link = view.link
        arguments = {"lead_id": link.lead_id, "pass": link.pass_number, "reason": reason}
        person = f"by link, {link.channel}"
        try:
            with self._store().write(None) as tx:
                answers.ask_once(tx, link_id(token), link.answer, person, arguments, self._now())
        except IntegrityError:
            return View(State.USED)  # two clicks at once: the first has it
        return View(State.DONE, link, view.who, view.company)
