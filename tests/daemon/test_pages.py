"""The daemon serves the pages behind links where connections.yaml says so, and works on where it cannot."""

from __future__ import annotations

import signal
from pathlib import Path

import requests

from tests.daemon.house import SLACK_S, House

END_S = 10.0


def with_web(house: House, web: str) -> None:
    path = Path(house.folder) / "config" / "connections.yaml"
    path.write_text(f"{path.read_text()}\nweb: {web}\n")


def test_the_daemon_serves_pages_and_ends_as_soon_as_before(one_house: House) -> None:
    """On this machine alone unless told otherwise; a second daemon on the same port works without pages."""
    with_web(one_house, "{port: 0}")
    first = one_house.start()
    port = int(first.wait_for("web.served", 2 * SLACK_S)["port"])
    answered = requests.get(f"http://127.0.0.1:{port}/answer/x", timeout=10)
    assert (answered.status_code, "does not work" in answered.text) == (404, True)
    first.wait_for("lease.taken", SLACK_S)
    path = Path(one_house.folder) / "config" / "connections.yaml"
    path.write_text(path.read_text().replace("web: {port: 0}", f"web: {{port: {port}}}"))
    second = one_house.start()
    second.wait_for("web.not_served", 2 * SLACK_S)
    second.wait_for("daemon.standing_by", SLACK_S)
    first.signal(signal.SIGTERM)
    assert first.ended(END_S) == 0
    second.wait_for("lease.taken", END_S)
