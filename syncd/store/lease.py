"""Who works: one row with owner, epoch and expiry, by the database's own clock.

The first statement of every transaction of the holder is the fence: it renews the lease and proves that
owner and epoch still match. Before every outside call the holder looks at a clock that does not stop in
suspend; past a share of the lease's life since the last fence it must renew first. A daemon that was frozen
and overtaken therefore writes nothing, here or there.
"""

from __future__ import annotations

import os
import secrets
import socket
import time

import sqlalchemy as sa

from syncd.store.ddl import upsert
from syncd.store.engine import Store
from syncd.store.tables import lease

RENEW_SHARE = 0.35  # of the lease's life: past it, an outside call renews first
NAME = "daemon"


class LeaseLost(Exception):  # noqa: N818 - names what happened
    """Another process holds the lease, or it expired. Drop the work in hand; nothing of it was written."""


def owner_name() -> str:
    """A name for this process: host, process id and a random part, so that a reused id is never the same."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def _boot_clock_s() -> float:
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


def now_ms(is_sqlite: bool) -> sa.ColumnElement[int]:
    """The database's own clock in epoch milliseconds."""
    if is_sqlite:  # unixepoch('subsec') needs SQLite 3.42
        return sa.literal_column("CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)", sa.BigInteger)
    return sa.literal_column("CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)", sa.BigInteger)


class Token:
    """Proof of holding the lease. `epoch` grows with every holder; rows of the holder carry it."""

    def __init__(self, store: Store, owner: str, epoch: int, ttl_s: float) -> None:
        self.store, self.owner, self.epoch, self.ttl_s = store, owner, epoch, ttl_s
        self._fenced_s = _boot_clock_s()

    def fence(self, tx: sa.Connection) -> None:
        """Renew inside `tx` and prove ownership. Raises LeaseLost."""
        self._asked_s = _boot_clock_s()
        now = now_ms(self.store.is_sqlite)
        renewed = tx.execute(
            lease.update()
            .where(
                lease.c.name == NAME,
                lease.c.owner == self.owner,
                lease.c.epoch == self.epoch,
                lease.c.expires_at > now,
            )
            .values(expires_at=now + round(self.ttl_s * 1000))
        )
        if renewed.rowcount != 1:
            raise LeaseLost("another process works on this store now")

    def mark_fenced(self) -> None:
        """The transaction with the last fence has committed: the lease lives from when it was asked for."""
        self._fenced_s = self._asked_s

    def before_call(self) -> None:
        """To be called before every outside call. Renews when due; raises LeaseLost."""
        if _boot_clock_s() - self._fenced_s > RENEW_SHARE * self.ttl_s:
            with self.store.write(self):
                pass

    def release(self) -> None:
        """Give the lease up at a clean end, so that a waiting daemon takes over at once."""
        with self.store.write(None) as tx:
            tx.execute(
                lease.update()
                .where(lease.c.name == NAME, lease.c.owner == self.owner, lease.c.epoch == self.epoch)
                .values(expires_at=0)
            )


def take(store: Store, owner: str, ttl_s: float) -> Token | None:
    """The lease, when it is free or expired; None while somebody else holds it."""
    now = now_ms(store.is_sqlite)
    expires_at = now + round(ttl_s * 1000)
    with store.write(None) as tx:
        statement = upsert(tx, lease).values(name=NAME, owner=owner, epoch=1, expires_at=expires_at)
        taken = statement.on_conflict_do_update(
            index_elements=[lease.c.name],
            set_={"owner": owner, "epoch": lease.c.epoch + 1, "expires_at": expires_at},
            where=lease.c.expires_at <= now,
        ).returning(lease.c.epoch)
        epoch = tx.execute(taken).scalar()
    return None if epoch is None else Token(store, owner, epoch, ttl_s)


def holder(tx: sa.Connection, is_sqlite: bool) -> tuple[str, float] | None:
    """Owner and seconds until expiry of a lease in force; None when nobody holds it."""
    row = tx.execute(
        sa.select(lease.c.owner, lease.c.expires_at - now_ms(is_sqlite)).where(lease.c.name == NAME)
    ).first()
    return None if row is None or row[1] <= 0 else (row[0], row[1] / 1000)
