"""Migrations give the schema the tables describe, and a store of another schema is refused with the cure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from syncd.store import schema, tables
from syncd.store.engine import Store
from syncd.store.tables import metadata


@pytest.fixture
def empty(store_url: str) -> Store:
    return Store(store_url)


def clauses(sql: str) -> list[str]:
    """The parts of a statement in no particular order: constraints may be written in any."""
    body, _closing, options = " ".join(sql.split()).rpartition(")")
    parts = re.split(r",(?![^(]*\))", body)
    return [*sorted(part.strip(" ()") for part in parts), options.strip()]


def test_migrations_give_exactly_the_tables(empty: Store) -> None:
    """Upgrading an empty store leaves no difference to the tables in code."""
    assert schema.upgrade(empty) == (None, schema.HEAD)
    with empty.read() as tx:
        context = MigrationContext.configure(
            tx, opts={"compare_type": True, "compare_server_default": not empty.is_sqlite}
        )
        differences = compare_metadata(context, metadata)
    empty.dispose()
    assert differences == []


def test_migrations_and_create_all_build_the_same_sqlite_file(tmp_path: Path) -> None:
    """Word for word: strictness, checks, partial indexes and triggers included."""
    built = []
    for name, build in (("a", schema.upgrade), ("b", Store.create_all)):
        store = Store(f"sqlite:///{tmp_path}/{name}.db")
        build(store)
        query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version'"
        with store.read() as tx:
            rows = tx.exec_driver_sql(query)
            built.append({name: clauses(sql) for name, sql in rows})
        store.dispose()
    assert built[0] == built[1]


def test_the_head_named_in_code_is_the_newest_migration() -> None:
    """HEAD is a constant so that start-up needs no Alembic; this keeps it true."""
    script = ScriptDirectory(str(Path(schema.__file__).parent / "migrations"))
    assert script.get_current_head() == schema.HEAD
    assert schema.known_revisions()[-1] == schema.HEAD


def test_upgrading_twice_changes_nothing(empty: Store) -> None:
    schema.upgrade(empty)
    assert schema.upgrade(empty) == (schema.HEAD, schema.HEAD)
    empty.dispose()


def test_an_empty_store_gets_its_schema_by_itself(empty: Store) -> None:
    """A first run asks for nothing, and is as good as upgraded."""
    schema.require_current(empty)
    with empty.read() as tx:
        assert schema.version(tx) == schema.HEAD
        context = MigrationContext.configure(tx)
        assert compare_metadata(context, metadata) == []
    assert schema.upgrade(empty) == (schema.HEAD, schema.HEAD)
    empty.dispose()


@pytest.mark.parametrize(("found", "says"), [("9999", "newer than this program"), ("0000", "newer")])
def test_an_unknown_schema_is_refused(empty: Store, found: str, says: str) -> None:
    """A newer store must not be written by an older program."""
    schema.upgrade(empty)
    with empty.write(None) as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = :v"), {"v": found})
    with pytest.raises(schema.SchemaMismatch, match=says):
        schema.require_current(empty)
    with pytest.raises(schema.SchemaMismatch, match=says):
        schema.upgrade(empty)
    empty.dispose()


def first_schema(empty: Store) -> Store:
    """A store as the first release made it, with one lead that was judged and one answered hold."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    with empty.write(None) as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0001")
        for statement in (
            "INSERT INTO leads (lead_id, created_at) VALUES (7, 1000)",
            "INSERT INTO scores (lead_id, fit_micro, engagement_micro, intent_micro, grade, model, as_of_at, "
            "playbook_version, decision) VALUES (7, 1, 2, 3, 'B', 'standard', 1000, 'v', '{\"a\": 1}')",
            "INSERT INTO holds (lead_id, kind, reason, candidates, opened_at, resolved_at, resolution, "
            "resolved_by) VALUES (7, 'filter:student', 'a', '[]', 1000, 2000, 'hand-over', 'Ada')",
            "INSERT INTO cursors (system, stream, cursor, updated_at) "
            "VALUES ('hubspot', 'companies', 'x', 1)",
        ):
            tx.exec_driver_sql(statement)
    return empty


def test_an_older_schema_is_refused_until_db_upgrade(empty: Store) -> None:
    """The program never upgrades a store in passing: a person decides, after a copy."""
    store = first_schema(empty)
    with pytest.raises(schema.SchemaMismatch, match="syncd db upgrade"):
        schema.require_current(store)
    assert schema.upgrade(store) == ("0001", schema.HEAD)
    schema.require_current(store)
    store.dispose()


def test_an_upgrade_keeps_what_was_judged_and_said(empty: Store) -> None:
    """Scores, the decision and a person's word survive; companies are read again for what matches them."""
    store = first_schema(empty)
    schema.upgrade(store)
    with store.read() as tx:
        assert tx.execute(sa.select(tables.decisions.c.decision)).scalar_one() == {"a": 1}
        assert tx.execute(sa.select(tables.scores.c.intent_micro)).scalar_one() == 3
        given = tx.execute(sa.select(tables.waivers)).one()
        assert (given.lead_id, given.name, given.given_by) == (7, "student", "Ada")
        assert tx.execute(sa.select(tables.cursors.c.cursor)).scalar_one() is None
    store.dispose()
