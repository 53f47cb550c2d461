"""One process works on a store at a time; a frozen one that wakes up writes nothing."""

from __future__ import annotations

import pytest

from syncd.store import lease, tables, work
from syncd.store.engine import Store


def expire(store: Store) -> None:
    """As if the holder had been frozen for longer than the lease lives."""
    with store.write(None) as tx:
        tx.execute(tables.lease.update().values(expires_at=1))


def test_the_second_process_is_refused(store: Store) -> None:
    """While the lease is in force nobody else gets it."""
    token = lease.take(store, "first", 60)
    assert token is not None
    assert lease.take(store, "second", 60) is None
    with store.read() as tx:
        held = lease.holder(tx, store.is_sqlite)
    assert held is not None
    assert held[0] == "first"


def test_a_released_lease_is_free_at_once(store: Store) -> None:
    """A clean end does not make the next daemon wait."""
    token = lease.take(store, "first", 60)
    assert token is not None
    token.release()
    after = lease.take(store, "second", 60)
    assert after is not None
    assert after.epoch == token.epoch + 1


def test_a_frozen_holder_writes_nothing_after_it_was_overtaken(store: Store) -> None:
    """The fence refuses the old epoch, in the same transaction as the write."""
    frozen = lease.take(store, "first", 60)
    assert frozen is not None
    expire(store)
    successor = lease.take(store, "second", 60)
    assert successor is not None

    def wake_up() -> None:
        with store.write(frozen) as tx:
            work.set_meta(tx, "written_by", "first")

    with pytest.raises(lease.LeaseLost):
        wake_up()
    with store.write(successor) as tx:
        assert work.get_meta(tx, "written_by") is None


def test_an_expired_lease_is_lost_even_if_nobody_took_it(store: Store) -> None:
    """Expiry alone ends the right to write: somebody may be taking it this instant."""
    token = lease.take(store, "first", 60)
    assert token is not None
    expire(store)

    def late() -> None:
        with store.write(token):
            pass

    with pytest.raises(lease.LeaseLost):
        late()


def test_the_same_process_may_take_it_again_with_a_new_epoch(store: Store) -> None:
    """A holder that lost its lease comes back as a new holder, never as the old one."""
    first = lease.take(store, "one", 60)
    assert first is not None
    expire(store)
    again = lease.take(store, "one", 60)
    assert again is not None
    assert again.epoch == first.epoch + 1


def test_an_outside_call_long_after_the_last_fence_renews_first(store: Store) -> None:
    """With a lease too short to trust, the call is preceded by a renewal, which may refuse it."""
    token = lease.take(store, "first", 0.001)
    assert token is not None
    expire(store)
    with pytest.raises(lease.LeaseLost):
        token.before_call()
