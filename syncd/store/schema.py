"""Which schema a store has, and how it gets the one this program needs.

An empty store gets its schema at once, from the tables (migrations give the same: tested). An older one is
refused until `syncd db upgrade`, a newer one until the program is upgraded: guessing would lose data. Alembic
is imported only to upgrade: a daemon does without its half second and its 9 MB.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from syncd.store.engine import Store

HEAD = "0005"
"""The schema this program needs: the newest revision under migrations/versions."""


class SchemaMismatch(Exception):  # noqa: N818 - names the state
    """The store's schema is not the program's. The message says which is older and what to run."""


def version(tx: sa.Connection) -> str | None:
    """The revision the store is at; None for an empty store."""
    if not sa.inspect(tx).has_table("alembic_version"):
        return None
    return tx.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def known_revisions() -> tuple[str, ...]:
    """Revisions this program ships, oldest first."""
    folder = Path(__file__).parent / "migrations" / "versions"
    return tuple(sorted(path.name.split("_", 1)[0] for path in folder.glob("[0-9]*.py")))


def require_current(store: Store, needed: str = HEAD) -> None:
    """Make sure the schema fits: creates it in an empty store, raises SchemaMismatch for any other."""
    with store.read() as tx:
        found = version(tx)
    if found == needed:
        return
    if found is None:
        _create(store)
        return
    if found in known_revisions():
        raise SchemaMismatch(
            f"the store has schema {found}, this program needs {needed}: stop the daemon, make a copy of the "
            "store, then run `syncd db upgrade`"
        )
    raise SchemaMismatch(
        f"the store has schema {found}, which is newer than this program ({needed}): install the version of "
        "syncd that made it, or a later one"
    )


def _create(store: Store) -> None:
    """Give an empty store its tables and the number of their revision, as an upgrade would."""
    numbers = sa.Table(
        "alembic_version",
        sa.MetaData(),
        sa.Column("version_num", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
    )
    with store.write(None) as tx:
        if version(tx) is not None:  # another process was faster
            return
        store.create_tables(tx)
        numbers.create(tx)
        tx.execute(numbers.insert().values(version_num=HEAD))


def upgrade(store: Store) -> tuple[str | None, str]:
    """Bring the store to HEAD in one transaction; returns (before, after). Harmless when already there."""
    from alembic import command  # noqa: PLC0415 - half a second of import, needed only here
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with store.write(None) as tx:
        before = version(tx)
        if before is not None and before not in known_revisions():
            raise SchemaMismatch(f"the store has schema {before}, which is newer than this program ({HEAD})")
        config.attributes["connection"] = tx
        command.upgrade(config, HEAD)
    return before, HEAD
