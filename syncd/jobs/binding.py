"""Which portal and which org this store belongs to, and whether it may write to them now.

The ids are bound at the first contact. A swapped token or a refreshed sandbox org answers with another id and
is refused until a person says so: otherwise yesterday's links would be written into a stranger's CRM.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from syncd.core.model import System
from syncd.ports import Account, Connector, Failure, Finding, Level, Needs, Recovery, SystemFailure
from syncd.store import work
from syncd.store.engine import Store
from syncd.store.work import ADDRESS

KEYS = {System.HUBSPOT: "portal_id", System.SALESFORCE: "org_id"}
WRONG_ACCOUNT = ".wrong_account"  # how the code of such a failure ends, whoever notices it
WORDS = {System.HUBSPOT: "portal", System.SALESFORCE: "org"}


class WrongAccount(Exception):  # noqa: N818 - names the state
    """Another portal or org answers than the one this store is bound to: nothing of it is read or written."""

    def __init__(self, account: Account, bound: str) -> None:
        word = WORDS[account.system]
        self.failure = Failure(
            Recovery.CONFIGURATION,
            account.system,
            f"{account.system}{WRONG_ACCOUNT}",
            f"this store belongs to {account.system} {word} {bound}, but the credentials answer for {word} "
            f"{account.id}; nothing is read from it or written to it",
            "If that is meant (a refreshed sandbox, a moved portal), run `syncd rebind`; otherwise correct "
            "the credentials.",
        )
        super().__init__(f"{self.failure.message}. {self.failure.cure}")


def bind(tx: sa.Connection, account: Account) -> None:
    """Bind the store to the account at first contact; afterwards raise WrongAccount for any other."""
    require_same(tx, account)
    key = KEYS[account.system]
    if work.get_meta(tx, key) is None:
        work.set_meta(tx, key, account.id)
        work.set_meta(tx, f"{key}_name", account.name)
    if account.url and work.get_meta(tx, f"{key}{ADDRESS}") != account.url:
        work.set_meta(tx, f"{key}{ADDRESS}", account.url)


def require_same(tx: sa.Connection, account: Account) -> None:
    """Raise WrongAccount when the store is bound to another account. Reads only."""
    bound = work.get_meta(tx, KEYS[account.system])
    if bound is not None and bound != account.id:
        raise WrongAccount(account, bound)


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found before work began. Writing is refused while a finding is a problem, and going live also
    while something is unsettled (a field with two owners)."""

    findings: tuple[Finding, ...]

    @property
    def problems(self) -> tuple[Finding, ...]:
        return tuple(item for item in self.findings if item.level == Level.PROBLEM)

    @property
    def unsettled(self) -> tuple[Finding, ...]:
        return tuple(item for item in self.findings if item.level == Level.BEFORE_GO_LIVE)

    @property
    def may_write(self) -> bool:
        return not self.problems

    @property
    def may_go_live(self) -> bool:
        return not self.problems and not self.unsettled


def inspect(connectors: Sequence[Connector], needs: dict[System, Needs]) -> Preflight:
    """Every check of both systems. Never writes, never raises for what it finds."""
    findings: list[Finding] = []
    for connector in connectors:
        try:
            findings += connector.inspect(needs.get(connector.system, Needs()))
        except SystemFailure as error:
            failure = error.failure
            findings.append(
                Finding(
                    Level.PROBLEM,
                    failure.system,
                    failure.code,
                    f"{failure.system} could not be checked",
                    failure.message,
                    failure.cure,
                )
            )
    return Preflight(tuple(findings))


def examine(store: Store, connectors: Sequence[Connector], needs: dict[System, Needs]) -> Preflight:
    """As `inspect`, and whether the accounts that answer are those the store is bound to."""
    findings: list[Finding] = []
    for connector in connectors:
        try:
            account = connector.account()
            with store.read() as tx:
                require_same(tx, account)
        except WrongAccount as wrong:
            why = wrong.failure
            title = f"another {WORDS[connector.system]} answers than the one this store belongs to"
            findings.append(Finding(Level.PROBLEM, why.system, why.code, title, why.message, why.cure))
        except SystemFailure:
            continue  # `inspect` names it
    return Preflight((*findings, *inspect(connectors, needs).findings))
