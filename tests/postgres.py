"""Finds or starts a PostgreSQL for the tests, or says in one line why there is none.

In this order: SYNCD_TEST_POSTGRES_URL, a server on the default port, `initdb` and `postgres` of this machine
(as an unprivileged user when root, since PostgreSQL refuses to run as root), the `pgserver` wheel.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

START_TIMEOUT_S = 60.0


class NoPostgres(Exception):  # noqa: N818 - names the state
    """No server can be had on this machine; the message says what was tried."""


def find() -> str:
    """The URL of a server with rights to create schemas. Raises NoPostgres."""
    for attempt in (_from_environment, _on_default_port, _started_here, _from_wheel):
        url = attempt()
        if url:
            return url
    raise NoPostgres(
        "no PostgreSQL: SYNCD_TEST_POSTGRES_URL is not set, none answers on port 5432, "
        "initdb/postgres are not on this machine and the pgserver wheel is not installed"
    )


def _from_environment() -> str | None:
    return os.environ.get("SYNCD_TEST_POSTGRES_URL")


def _on_default_port() -> str | None:
    for url in ("postgresql+psycopg:///postgres", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"):
        if _answers(url):
            return url
    return None


def _answers(url: str) -> bool:
    engine = sa.create_engine(url, connect_args={"connect_timeout": 2})
    try:
        with engine.connect():
            return True
    except sa.exc.SQLAlchemyError:
        return False
    finally:
        engine.dispose()


def _binary(name: str) -> str | None:
    found = shutil.which(name)
    if found:
        return str(Path(found).resolve())
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(versions[-1]) if versions else None


def _started_here() -> str | None:
    initdb, server = _binary("initdb"), _binary("postgres")
    if not initdb or not server:
        return None
    folder = Path(tempfile.mkdtemp(prefix="syncd-pg-"))
    account = _unprivileged(folder)
    data = folder / "data"
    subprocess.run(
        [initdb, "-D", str(data), "-U", "syncd", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"],
        check=True,
        capture_output=True,
        cwd=folder,
        **account,
    )
    port = _free_port()
    options = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}"]
    speed = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            [server, "-D", str(data), *options, *speed],
            stdout=log,
            stderr=log,
            cwd=folder,
            **account,
        )
    atexit.register(_stop, running, folder)
    url = f"postgresql+psycopg://syncd@127.0.0.1:{port}/postgres"
    _wait(url, running, folder / "log")
    return url


def _unprivileged(folder: Path) -> dict[str, Any]:
    """How the child is started: as a user that is not root, who owns the folder."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres" if _has_user("postgres") else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _has_user(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end:
        if running.poll() is not None:
            raise NoPostgres(f"postgres stopped at start: {log.read_text(errors='replace')[-400:]}")
        if _answers(url):
            return
        time.sleep(0.05)
    raise NoPostgres(f"postgres did not answer within {START_TIMEOUT_S:.0f} s")


def _stop(running: subprocess.Popen[bytes], folder: Path) -> None:
    running.terminate()
    try:
        running.wait(10)
    except subprocess.TimeoutExpired:
        running.kill()
    shutil.rmtree(folder, ignore_errors=True)


def _from_wheel() -> str | None:
    try:
        import pgserver  # type: ignore[import-not-found]
    except ImportError:
        return None
    server = pgserver.get_server(tempfile.mkdtemp(prefix="syncd-pg-"))
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
