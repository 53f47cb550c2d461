# ruff: noqa: E501 - messages stay in few pieces
"""alerts.yaml and the channels of connections.yaml: what is built of them, and what people read when it is wrong."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from syncd.core.alert_rules import ChannelUse, NearDigest, QuietHours, SystemAlarms
from syncd.settings import load
from tests.settings.small import HOME, edit, only

MISTAKES = [
    # what is wrong, what is added to alerts.yaml, the whole message
    (
        "a channel that is not there",
        "channels: [{id: sales, to: owner}]\n",
        "there is no channel 'sales'",
    ),
    (
        "a channel named twice",
        "channels:\n  - {id: log}\n  - {id: log, to: owner}\n",
        "two channels have the id 'log'",
    ),
    (
        "two sets of quiet hours for a channel",
        "quiet_hours:\n  - {channels: [log]}\n  - {channels: [log], days_off: [sat]}\n",
        "'log' has quiet hours already",
    ),
    (
        "quiet hours that never begin",
        'quiet_hours: [{channels: [log], begins: "9:00", ends: "09:00"}]\n',
        "quiet hours that end when they begin",
    ),
    (
        "an event nobody sends",
        "quiet_hours: [{channels: [log], let_through: [sqls]}]\n",
        "sqls",
    ),
    (
        "a list every seventh of a day",
        'near_sql_digest: {channels: [log], at: "25:00"}\n',
        "'25:00' is not a time of day",
    ),
    ("a misspelt key", "system: {chanels: [log]}\n", "chanels"),
]


@pytest.mark.parametrize(("added", "said"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_a_mistake_in_alerts_is_named_with_its_place(folder: Path, added: str, said: str) -> None:
    path = folder / "alerts.yaml"
    path.write_text(path.read_text() + added)
    problem = only(folder)
    assert problem.file == "alerts.yaml"
    assert problem.line > 0
    assert said in problem.message + problem.found


CHANNELS = [
    ("no address", "{id: x}", "a channel needs exactly one address"),
    ("a mail without ends", "{id: x, kind: email, url_from_env: SMTP}", "needs `sender` and `to`"),
    (
        "a sender that is none",
        "{id: x, url_from_env: SMTP, sender: desk, to: [a@b.de]}",
        "not a mail address",
    ),
    ("an address in the file", "{id: x, url_from_env: 'https://hooks.slack.com/x'}", "must not stand here"),
    ("a kind we have not", "{id: x, kind: pager, url_from_env: X}", "kind"),
]


@pytest.mark.parametrize(("channel", "said"), [row[1:] for row in CHANNELS], ids=[row[0] for row in CHANNELS])
def test_a_mistake_in_a_channel_is_named(folder: Path, channel: str, said: str) -> None:
    edit(folder, "connections.yaml", "channels:\n", f"channels:\n  - {channel}\n")
    problem = only(folder)
    assert problem.file == "connections.yaml"
    assert said in problem.message + problem.allowed


def test_public_addresses_are_safe_ones(folder: Path) -> None:
    """A link in a message must not travel in the clear."""
    path = folder / "connections.yaml"
    path.write_text(path.read_text() + "web: {public_url: http://syncd.example.com}\n")
    assert "must begin with https" in only(folder).message


def test_what_is_said_is_what_is_built(folder: Path) -> None:
    path = folder / "alerts.yaml"
    path.write_text(
        path.read_text()
        + "channels: [{id: log, to: owner, read_by: desk}]\n"
        + 'quiet_hours: [{channels: [log], begins: "20:00", time_zone: Europe/Berlin, let_through: [sql]}]\n'
        + 'near_sql_digest: {channels: [log], at: "07:15", days: [mon], most: 5}\n'
        + "system: {channels: [log], outage_minutes: 30}\n"
    )
    alerts = load(folder, HOME).playbook.alerts
    assert dict(alerts.uses) == {"log": ChannelUse("desk", to_owner=True)}
    assert alerts.quiet == (QuietHours(("log",), "Europe/Berlin", time(20), time(7, 30), (), ("sql",)),)
    assert alerts.near_sql == NearDigest(("log",), time(7, 15), "Europe/Berlin", ("mon",), 5)
    assert alerts.system == SystemAlarms(("log",), 30)


def test_a_folder_that_says_nothing_of_it_has_safe_defaults(folder: Path) -> None:
    """Nobody is told more than before, and nothing is served."""
    loaded = load(folder, HOME)
    alerts = loaded.playbook.alerts
    assert (dict(alerts.uses), alerts.quiet, alerts.near_sql, alerts.system.channels) == ({}, (), None, ())
    assert loaded.settings.web is None


def test_how_people_are_told_is_part_of_what_is_delivered(folder: Path) -> None:
    """A change is a change of the delivery part: nobody's level depends on it."""
    before = load(folder, HOME).playbook
    path = folder / "alerts.yaml"
    path.write_text(path.read_text() + "settle_minutes: 20\n")
    after = load(folder, HOME).playbook
    assert before.evaluation_version == after.evaluation_version
    assert before.delivery_version != after.delivery_version


def test_a_secret_that_is_asked_for_and_not_set_is_said(folder: Path) -> None:
    channel = "{id: hook, kind: webhook, url_from_env: HOOK, secret_from_env: HOOK_SECRET}"
    edit(folder, "connections.yaml", "channels:\n", f"channels:\n  - {channel}\n")
    settings = load(folder, {**HOME, "HOOK": "https://example.com/x"}).settings
    said = [problem.message for problem in settings.credential_problems()]
    assert any(text.startswith("HOOK_SECRET is not set") for text in said)
    assert "https://example.com/x" not in repr(settings)
