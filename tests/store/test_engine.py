"""The store opens privately, refuses what its law forbids, and says clearly why it cannot open."""

from __future__ import annotations

import stat
import traceback
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncd.store import tables, work
from syncd.store.engine import Store, StoreUnavailable

NOW = datetime(2026, 9, 1, 8, 0, 0, 123000, tzinfo=UTC)


def add_transition(tx: sa.Connection) -> None:
    lead_id = tx.execute(
        tables.leads.insert().values(created_at=NOW).returning(tables.leads.c.lead_id)
    ).scalar_one()
    tx.execute(
        tables.transitions.insert().values(
            lead_id=lead_id,
            effective_at=NOW,
            recorded_at=NOW,
            to_stage="lead",
            cause="created",
            pass_number=0,
            evidence=[],
            numbers={},
            playbook_version="v",
            epoch=1,
        )
    )


def test_sqlite_file_and_folder_are_private(tmp_path: Path) -> None:
    """Nobody but the owner reads the store, its log files included."""
    store = Store(f"sqlite:///{tmp_path}/state/syncd.db")
    store.create_all()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    assert set(modes.values()) == {0o600}, modes
    store.dispose()


def test_times_come_back_aware_and_to_the_millisecond(store: Store) -> None:
    """A time is stored as epoch milliseconds and read as aware UTC."""
    with store.write(None) as tx:
        work.set_meta_at(tx, "go_live_at", NOW)
    with store.read() as tx:
        assert work.get_meta_at(tx, "go_live_at") == NOW


def test_a_failed_transaction_leaves_no_trace(store: Store) -> None:
    """Everything in a write commits together or not at all."""

    def fail() -> None:
        with store.write(None) as tx:
            work.set_meta(tx, "a", "1")
            raise RuntimeError("planned")

    with pytest.raises(RuntimeError, match="planned"):
        fail()
    with store.read() as tx:
        assert work.get_meta(tx, "a") is None


@pytest.mark.parametrize("table", ["transitions", "requests"])
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_the_database_refuses_to_change_the_ledger(store: Store, table: str, verb: str) -> None:
    """Transitions and requests are append-only by trigger, whoever asks."""
    with store.write(None) as tx:
        add_transition(tx)
        work.ask(tx, "go_live", "Ada", {}, NOW)
    chosen = tables.metadata.tables[table]
    change = chosen.update().values(**{_column(table): "x"}) if verb == "update" else chosen.delete()

    def attempt() -> None:
        with store.write(None) as tx:
            tx.execute(change)

    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        attempt()


def _column(table: str) -> str:
    return "cause" if table == "transitions" else "person"


def test_one_open_effect_per_target(store: Store) -> None:
    """The index allows one effect in flight per target, and any number that are done."""
    values = {
        "system": "salesforce",
        "kind": "handoff",
        "target": "lead:1:2",
        "payload": {},
        "payload_hash": 1,
        "created_at": NOW,
        "updated_at": NOW,
    }
    with store.write(None) as tx:
        tx.execute(tables.effects.insert().values(**values, state="done"))
        tx.execute(tables.effects.insert().values(**values, state="pending"))

    def attempt() -> None:
        with store.write(None) as tx:
            tx.execute(tables.effects.insert().values(**values, state="parked"))

    with pytest.raises(sa.exc.IntegrityError):
        attempt()


def test_sqlite_refuses_a_value_of_the_wrong_type(tmp_path: Path) -> None:
    """Tables are STRICT: text in a number column is an error, not data."""
    store = Store(f"sqlite:///{tmp_path}/syncd.db")
    store.create_all()
    with store.write(None) as tx, pytest.raises(sa.exc.IntegrityError):
        tx.exec_driver_sql("INSERT INTO leads (created_at) VALUES ('yesterday')")
    store.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO requests (person, verb) VALUES (:name, NULL)",  # PostgreSQL quotes the failing row
        "INSERT INTO requests (person, nothing) VALUES (:name, 1)",
    ],
)
def test_an_error_of_the_database_tells_no_values(store: Store, statement: str) -> None:
    """A crash is logged with its exception, and what was being written may be somebody's name."""
    name = "Zeppelinowitsch"
    with pytest.raises(sa.exc.DBAPIError) as caught, store.write(None) as tx:
        tx.execute(sa.text(statement), {"name": name})
    assert name not in "".join(traceback.format_exception(caught.value))


def test_an_unreachable_store_is_named_without_its_password() -> None:
    """The message says what could not be opened and what to check; the password is never in it."""
    store = Store("postgresql://u:hunter2@127.0.0.1:1/none")

    def attempt() -> None:
        with store.read():
            pass

    with pytest.raises(StoreUnavailable, match="SYNCD_DATABASE_URL") as caught:
        attempt()
    assert "hunter2" not in str(caught.value)


def test_an_unwritable_folder_is_a_clear_error(tmp_path: Path) -> None:
    """A file where the folder should be: the cure, not a traceback."""
    (tmp_path / "state").write_text("")
    with pytest.raises(StoreUnavailable, match="writable"):
        Store(f"sqlite:///{tmp_path}/state/syncd.db")
