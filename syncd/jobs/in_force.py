"""Which version of the playbook is in force: a changed one waits until a person has applied it.

The first version ever is in force at once, and so is a changed folder while the profile observes: nothing
leaves then. Afterwards only a request moves it, which names the version, what it was shown against and the
person; the folder's version waits meanwhile. The same files that mean something else to another release are
no change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from syncd.core.colleagues import news_days, window_days
from syncd.core.engine import program
from syncd.core.playbook import Playbook
from syncd.jobs import fullpass, packing
from syncd.jobs.normalise import fingerprint
from syncd.store import colleagues, ledger, versions, work
from syncd.store.versions import APPLIED, BACK, FIRST, OBSERVING, REBUILT, Term

if TYPE_CHECKING:
    from syncd.jobs.parts import Parts

EVALUATION = "playbook_evaluation_version"
"""Key of the tenant's settings: by which definition leads are judged, or are about to be."""
WAITING = "playbook_waiting"
"""Key of the tenant's settings: the folder's version that waits, and since when, apart by a blank."""


class NotNow(Exception):  # noqa: N818 - an outcome for the person who asked
    """A version cannot be put in force; the message says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version whole: built, as plain data, and as its files by name."""

    playbook: Playbook
    content: Mapping[str, Any] = field(repr=False)
    sources: Mapping[str, str] = field(repr=False)

    @property
    def id(self) -> str:
        return self.playbook.version

    @property
    def parts(self) -> tuple[str, str]:
        return self.playbook.evaluation_version, self.playbook.delivery_version


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which version works, and which waits to be applied.

    `was` is the version in force when this was chosen, blank for none, and `how` why `works` takes its place
    where it is another. `trouble` says why the version in force can no longer be built: then nobody is judged
    by anything until a person applies the one that waits.
    """

    works: Version
    how: str
    was: str = ""
    waiting: Version | None = None
    trouble: str = ""

    def taken(self) -> Chosen:
        """The same once `works` is in force."""
        return self if self.trouble else replace(self, was=self.works.id)


# --- taking up -------------------------------------------------------------------------------------------


def take_up(tx: sa.Connection, parts: Parts, now: datetime) -> bool:
    """From now on work is done by the parts' playbook: everybody is looked at where it judges otherwise.

    False when another version was put in force since the parts were put together: then nothing is done.
    """
    playbook, chosen, term = parts.playbook, parts.chosen, versions.in_force(tx)
    current = term.version if term else ""
    if chosen is not None and current not in {chosen.was, playbook.version}:
        return False
    note_waiting(tx, chosen.waiting if chosen else None, now)
    if chosen is not None and chosen.trouble:
        return True
    sources = chosen.works.sources if chosen else {}
    made_of = (playbook.evaluation_version, playbook.delivery_version)
    versions.keep(tx, playbook.version, made_of, parts.content, sources, now)
    if current != playbook.version:
        versions.begin_term(tx, playbook.version, now, "", _how(chosen, current))
    known = work.get_meta(tx, EVALUATION)
    if known is not None and known != playbook.evaluation_version:
        fullpass.begin(tx, playbook)
    _set_clocks(tx, parts.content, now)
    packing.remember_fields(tx, program(playbook))
    work.set_meta(tx, EVALUATION, playbook.evaluation_version)
    work.set_meta(tx, colleagues.ACCOUNT_DAYS, str(window_days(playbook)))
    work.set_meta(tx, colleagues.NEWS_DAYS, str(news_days(playbook)))
    return True


def _how(chosen: Chosen | None, current: str) -> str:
    if not current:
        return FIRST
    return chosen.how if chosen else REBUILT


def _set_clocks(tx: sa.Connection, content: Mapping[str, Any], now: datetime) -> None:
    """Look again at who is with sales after sla.yaml has changed: other things are due at other times."""
    promised = f"{fingerprint(content['delivery']['sla']):x}"
    known = work.get_meta(tx, "sla_version")
    if known is not None and known != promised:
        ledger.mark_dirty(tx, ledger.in_hand(tx), now)
    work.set_meta(tx, "sla_version", promised)


# --- waiting ---------------------------------------------------------------------------------------------


def note_waiting(tx: sa.Connection, waiting: Version | None, now: datetime) -> None:
    """Keep since when the folder's version waits; forget it once none does."""
    if waiting is None:
        work.set_meta(tx, WAITING, "")
    elif waiting_since(tx, waiting.id) is None:
        work.set_meta(tx, WAITING, f"{waiting.id} {now.isoformat()}")


def waiting_since(tx: sa.Connection, version: str) -> datetime | None:
    """Since when this version is known to wait; None where nobody has noted it."""
    noted, _, since = (work.get_meta(tx, WAITING) or "").partition(" ")
    return datetime.fromisoformat(since) if noted == version else None


def keep_shown(
    tx: sa.Connection, waiting: Version, now: datetime, person: str, summary: Mapping[str, Any]
) -> None:
    """Keep a version whole, and that a person was shown what it would change of the one in force now."""
    term = versions.in_force(tx)
    assert term is not None, "a version waits for another that is in force"
    versions.keep(tx, waiting.id, waiting.parts, waiting.content, waiting.sources, now)
    versions.show(tx, waiting.id, term.term_id, now, person, summary)


# --- what people ask for ---------------------------------------------------------------------------------


def apply(tx: sa.Connection, arguments: Mapping[str, Any], person: str, now: datetime) -> str:
    """Put the version that is named in force, as it was shown. Raises NotNow.

    The files are those kept when it was shown, whatever the folder holds by now.
    """
    version, is_back = str(arguments["version"]), bool(arguments.get("back"))
    term = versions.in_force(tx)
    if term is None or work.baseline(tx).go_live_at is None:
        raise NotNow(
            "the profile observes: until `syncd go-live` the folder's playbook is in force at once, and "
            "there is nothing to apply"
        )
    if term.version == version:
        raise NotNow(f"version {version} is in force already, {said_of(term)}")
    if term.version != str(arguments["against"]):
        raise NotNow(
            f"version {term.version} was put in force meanwhile, {said_of(term)}: look again with "
            "`syncd plan`"
        )
    if versions.last_shown(tx, version, term.term_id) is None:
        raise NotNow(
            f"nobody was shown what version {version} would change of the one in force: run `syncd plan` "
            "first"
        )
    if not versions.sources_of(tx, version):
        raise NotNow(f"the files of version {version} are not kept here: run `syncd plan` with its folder")
    versions.begin_term(tx, version, now, person, BACK if is_back else APPLIED)
    again = "in force again" if is_back else "in force"
    return (
        f"version {version} is {again} from now on, in place of {term.version}; everybody is looked at by it"
    )


def at_go_live(tx: sa.Connection, arguments: Mapping[str, Any], person: str, now: datetime) -> None:
    """The profile goes live with the version its folder holds, where the request names one."""
    version, term = str(arguments.get("playbook") or ""), versions.in_force(tx)
    if version and (term is None or term.version != version) and versions.sources_of(tx, version):
        versions.begin_term(tx, version, now, person, FIRST if term is None else OBSERVING)


def said_of(term: Term) -> str:
    """Since when, and by whom."""
    by = f" by {term.person}" if term.person else ""
    return f"since {term.began_at:%Y-%m-%d %H:%M} UTC{by}"
