"""Checks by parts written by others: jsforce talks to the emulator, a SOQL parser reads what we ask.

They need Node and a package install, which is kept between runs; without either, these tests skip with
one line.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.connectors.salesforce import Salesforce as Connector
from syncd.connectors.sandbox.salesforce.state import Salesforce
from syncd.connectors.sandbox.world import org as world_org
from syncd.core.model import Ref, System
from syncd.ports import FieldNeed, Lookup, Needs
from tests.sandbox_salesforce.conftest import Served
from tests.sandbox_salesforce.test_soql import WHERE

pytestmark = pytest.mark.slow
HERE = Path(__file__).parents[1] / "node"
INSTALL_TIMEOUT_S = 240
SCRIPT_TIMEOUT_S = 60
NodeScript = Callable[..., Any]


def installed(node: str, npm: str) -> Path:
    """The folder with the pinned packages, made on first use. Skips when they cannot be had."""
    version = subprocess.run([node, "--version"], capture_output=True, check=True, text=True).stdout
    lock = (HERE / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "syncd-tests" / f"node-{hashlib.sha256(lock + version.encode()).hexdigest()[:12]}"
    if (folder / "node_modules").is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, fresh)
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=30000")
        command = [npm, "ci", *quiet]
        done = subprocess.run(command, cwd=fresh, capture_output=True, timeout=INSTALL_TIMEOUT_S, check=False)
        if done.returncode:
            pytest.skip(
                f"npm ci failed with code {done.returncode}: jsforce and the SOQL parser are not checked"
            )
        if not folder.exists():  # another run may have been faster
            fresh.rename(folder)
    except subprocess.TimeoutExpired:
        pytest.skip("npm ci took too long: jsforce and the SOQL parser are not checked")
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


@pytest.fixture(scope="session")
def node_script() -> NodeScript:
    """Runs one script of tests/node beside the installed packages; returns the JSON value it prints."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("no Node on this machine: jsforce and the SOQL parser are not checked")
    folder = installed(node, npm)

    def run(name: str, *arguments: str, given: object = None) -> Any:
        shutil.copy(HERE / name, folder)
        done = subprocess.run(
            [node, name, *arguments], cwd=folder, input=json.dumps(given), capture_output=True, text=True,
            timeout=SCRIPT_TIMEOUT_S, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_jsforce_works_against_the_emulator(served: Served, node_script: NodeScript) -> None:
    """Log-in, upsert, collections, streaming over pages, describe, composite and refusals."""
    org = served.org
    seen = node_script("jsforce_session.mjs", served.url, org.tokens.client_id, org.tokens.client_secret)
    assert seen == {
        "identity": org.org_id, "versions": 38, "many": 250,
        "upsert": {"sameId": True, "created": [True, False]},
        "updated": True, "read": "Acme Ltd", "found": ["Nr10", "Nr100", "Nr101"], "streamed": 251,
        "owner": "Syncd Integration", "keyField": ["Syncd_Key__c"], "objects": len(list(org.schema)),
        "composite": [200, 201], "tasks": 1, "usage": 100_000,
        "refusals": {
            "soql": "INVALID_FIELD", "required": "REQUIRED_FIELD_MISSING", "gone": "ENTITY_IS_DELETED",
        },
    }  # fmt: skip
    assert len(org.all("Lead")) == 250


def asked_by_the_connector(served: Served) -> list[str]:
    """Every query text the connector sends: first load, polls, sweeps, look-ups of odd values, checks."""
    org = served.org
    world_org.build(org)
    sf = Connector(
        client_id=org.tokens.client_id, client_secret=org.tokens.client_secret, login_url=served.url
    )
    try:
        pull_everything(org, sf)
        odd = ("o'hara@acme.example", "back\\slash@acme.example", "per%cent_@acme.example", "ü@acme.example")
        lead = Ref(System.SALESFORCE, "lead", org.insert("Lead", {"LastName": "A", "Company": "B"}))
        sf.read([
            Lookup(1, "handoff", key="4711:1", known=(lead,), emails=odd, fields=("Title",)),
            Lookup(2, "task", key="4711:1:1:call"),
        ])  # fmt: skip
        sf.account()
        sf.counts()
        sf.inspect(Needs(fields=(FieldNeed("lead", "Status", is_written=True),), lead_statuses=("New",)))
    finally:
        sf.close()
    return sorted(set(org.queries))


def pull_everything(org: Salesforce, sf: Connector) -> None:
    """Every stream from nothing, and again after changes and a deletion."""
    cursors: dict[str, str | None] = {}
    for _turn in range(2):
        for stream in sf.streams():
            for page in sf.pull(stream.name, cursors.get(stream.name), org.kernel.now):
                cursors[stream.name] = page.cursor
        leads = [org.insert("Lead", {"LastName": f"N{n}", "Company": "C"}) for n in range(3)]
        org.delete("Lead", leads[0])
        org.convert(leads[1])
        org.kernel.advance_to(org.kernel.now + timedelta(minutes=20))


def test_a_soql_parser_written_by_others_reads_every_query_we_send(
    served: Served, node_script: NodeScript
) -> None:
    """And it refuses what the platform refuses, so it can tell."""
    texts = asked_by_the_connector(served)
    wheres = [f"SELECT Id FROM Lead WHERE {where}" for where, _expected in WHERE]
    bad = [
        "SELECT Id FROM Lead WHERE Id IN ()",
        "SELECT Id FROM Lead WHERE A = nan",
        "SELECT Id FROM Lead ALL ROWS",
    ]
    verdicts = node_script("parse_soql.mjs", given=texts + wheres + bad)
    assert len(texts) > 15
    assert [text for text, problem in zip(texts + wheres, verdicts, strict=False) if problem] == []
    assert all(verdicts[-3:])
