"""Serves a sandbox until interrupted: `python -m syncd.connectors.sandbox`.

Prints one line of JSON with both addresses and the credentials they take, then nothing more. Another
process drives it by `/_sandbox/advance`, `/_sandbox/faults` and `/_sandbox/state`.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from datetime import UTC, datetime

import msgspec

from syncd.connectors.sandbox import START_AT, Sandbox
from syncd.connectors.sandbox.world.worlds import WORLDS


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 after an orderly end."""
    asked = _parser().parse_args(arguments)
    sandbox = Sandbox(
        seed=asked.seed, start_at=asked.start_at, world=asked.world, contacts=asked.contacts,
        native_sync=asked.native_sync, limits=asked.limits, hubspot_tier=asked.hubspot_tier,
        hubspot_port=asked.hubspot_port, salesforce_port=asked.salesforce_port,
    )  # fmt: skip
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    with sandbox:
        sys.stdout.write(msgspec.json.encode(credentials(sandbox)).decode() + "\n")
        sys.stdout.flush()
        stopped.wait()
    return 0


def credentials(sandbox: Sandbox) -> dict[str, object]:
    """What a client needs to reach both systems."""
    return {
        "hubspot_url": sandbox.hubspot_url,
        "hubspot_token": sandbox.hubspot_token,
        "hubspot_portal_id": sandbox.hubspot.portal_id,
        "salesforce_url": sandbox.salesforce_url,
        "salesforce_client_id": sandbox.salesforce_client_id,
        "salesforce_client_secret": sandbox.salesforce_client_secret,
        "salesforce_org_id": sandbox.salesforce.org_id,
        "now": sandbox.now,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m syncd.connectors.sandbox", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--start-at", type=_instant, default=START_AT, help="ISO time, UTC unless it says otherwise"
    )
    parser.add_argument("--world", choices=sorted(WORLDS), default="company")
    parser.add_argument("--contacts", type=int, default=2_500)
    parser.add_argument("--hubspot-port", type=int, default=0)
    parser.add_argument("--salesforce-port", type=int, default=0)
    parser.add_argument("--hubspot-tier", choices=("enterprise", "professional"), default="enterprise")
    parser.add_argument("--native-sync", action="store_true")
    parser.add_argument("--limits", action="store_true")
    return parser


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


if __name__ == "__main__":
    sys.exit(main())
