"""Whether a system may be read, and whether anything may be written, as far as is known now.

A system is read only after it was met: the account that answers is the one the store is bound to. Writing
waits while a check names a problem; the check is made again by itself, so that a grant just given is enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from syncd.core.model import System
from syncd.jobs import binding
from syncd.jobs.binding import WRONG_ACCOUNT, Preflight
from syncd.ports import Clock, Connector, Failure, Needs
from syncd.store import unfit, work
from syncd.store.engine import Store
from syncd.store.lease import Token

RECHECK_AFTER = timedelta(minutes=5)  # while something is missing; otherwise with every sweep


class Gate:
    """What one holder of the lease knows of both systems. `preflight` is the last check, None before it."""

    def __init__(
        self,
        store: Store,
        connectors: Sequence[Connector],
        needs: Mapping[System, Needs],
        clock: Clock,
        token: Token,
    ) -> None:
        self.preflight: Preflight | None = None
        self._checked_at: datetime | None = None
        self._store = store
        self._connectors = connectors
        self._needs = needs
        self._clock = clock
        self._token = token
        self._met: set[System] = set()

    def meet(self, connector: Connector) -> None:
        """See that the account that answers is ours, once. Raises WrongAccount and SystemFailure."""
        if connector.system in self._met:
            return
        account = connector.account()
        with self._store.write(self._token) as tx:
            binding.bind(tx, account)
        self._met.add(connector.system)

    def doubt(self, failure: Failure) -> None:
        """After a failure that says another account answers: the system must be met again, and both are
        checked before the next write."""
        if failure.code.endswith(WRONG_ACCOUNT):
            self._met.discard(failure.system)
            if self.preflight is not None and self.preflight.may_write:
                self.preflight = None

    def portal_id(self) -> str:
        """The portal the store is bound to; empty before the first contact."""
        with self._store.read() as tx:
            return work.get_meta(tx, binding.KEYS[System.HUBSPOT]) or ""

    def check(self) -> Preflight:
        """Look at both systems again, and keep what is missing for `syncd status`."""
        found = binding.examine(self._store, self._connectors, dict(self._needs))
        self.preflight, self._checked_at = found, self._clock.now()
        self._met -= {item.system for item in found.problems if item.code.endswith(WRONG_ACCOUNT)}
        with self._store.write(self._token) as tx:
            work.set_meta(tx, "preflight", _lines(found))
            unfit.remember(tx, owners_checked(found, self._needs))
        return found

    def checked(self) -> Preflight:
        """The last check; a new one when there was none, or when its problems may have been mended."""
        if self.preflight is None or self._checked_at is None:
            return self.check()
        is_old = self._clock.now() - self._checked_at >= RECHECK_AFTER
        return self.check() if is_old and not self.preflight.may_write else self.preflight


OWNER = "salesforce.owner"
"""How the codes of findings about owners begin; what follows `owner_` is why one can have no Leads."""


def owners_checked(preflight: Preflight, needs: Mapping[System, Needs]) -> dict[str, str]:
    """Why each owner the playbook names can have no Leads, blank where they can; empty when that could not be
    checked."""
    about = [item for item in preflight.findings if item.code.startswith(OWNER)]
    if not about:
        return {}
    asked = needs.get(System.SALESFORCE, Needs())
    why = {item.subject: item.code.removeprefix(f"{OWNER}_") for item in about if item.subject}
    return dict.fromkeys((*asked.owners, *asked.spare_owners), "") | why


def _lines(preflight: Preflight) -> str:
    """The problems as lines, for `status`; empty when writing is allowed."""
    return "\n".join(f"{item.code}: {item.title}. {item.cure}" for item in preflight.problems)
