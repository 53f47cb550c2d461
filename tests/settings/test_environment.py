"""Secrets come from the environment or from files, are never shown, and every slip has a cure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from syncd.settings import Settings, check, load
from tests.settings.small import HOME, edit

TOKEN = "pat-eu1-11111111-2222-3333-4444-555555555555"


def settings(folder: Path, environ: dict[str, str]) -> Settings:
    return load(folder, HOME | environ).settings


def complaints(folder: Path, environ: dict[str, str]) -> list[str]:
    return [str(problem) for problem in check(folder, HOME | environ)]


def secret_file(path: Path, content: str | bytes = TOKEN, mode: int = 0o600) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


def test_a_token_is_read_from_the_environment(folder: Path) -> None:
    token = settings(folder, {"HUBSPOT_ACCESS_TOKEN": f" {TOKEN}\n"}).hubspot.token
    assert token is not None
    assert token.get_secret_value() == TOKEN


def test_a_token_is_read_from_a_file(folder: Path, tmp_path: Path) -> None:
    path = secret_file(tmp_path / "token", f"{TOKEN}\n")
    token = settings(folder, {"HUBSPOT_ACCESS_TOKEN_FILE": str(path)}).hubspot.token
    assert token is not None
    assert token.get_secret_value() == TOKEN


def test_secrets_never_show_in_a_representation(folder: Path) -> None:
    """Neither a log line nor a traceback shows them."""
    shown = repr(
        settings(
            folder,
            {
                "HUBSPOT_ACCESS_TOKEN": TOKEN,
                "SALESFORCE_CLIENT_ID": "sesame-1",
                "SALESFORCE_CLIENT_SECRET": "sesame-2",
                "SALESFORCE_USERNAME": "dana@acme.example",
                "SYNCD_DATABASE_URL": "postgresql://u:sesame-3@db/syncd",
                "SYNCD_WEB_TOKEN": "sesame-4",
            },
        )
    )
    assert not [part for part in (TOKEN, "sesame", "dana@") if part in shown]


def test_both_ways_at_once_is_refused(folder: Path, tmp_path: Path) -> None:
    path = secret_file(tmp_path / "token")
    environ = {"HUBSPOT_ACCESS_TOKEN": TOKEN, "HUBSPOT_ACCESS_TOKEN_FILE": str(path)}
    assert complaints(folder, environ) == [
        "environment: HUBSPOT_ACCESS_TOKEN and HUBSPOT_ACCESS_TOKEN_FILE are both set; unset one of them."
        " Allowed: one of the two."
    ]


def test_a_file_that_is_not_there_is_said(folder: Path, tmp_path: Path) -> None:
    environ = {"SALESFORCE_CLIENT_SECRET_FILE": str(tmp_path / "none")}
    assert complaints(folder, environ) == [
        "environment: the file named by SALESFORCE_CLIENT_SECRET_FILE cannot be read (no such file or"
        " directory); check its path and owner."
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_said(folder: Path, tmp_path: Path) -> None:
    path = secret_file(tmp_path / "token", mode=0o000)
    (found,) = complaints(folder, {"HUBSPOT_ACCESS_TOKEN_FILE": str(path)})
    assert "cannot be read (permission denied)" in found


def test_an_empty_file_is_said(folder: Path, tmp_path: Path) -> None:
    path = secret_file(tmp_path / "token", " \n")
    assert complaints(folder, {"HUBSPOT_ACCESS_TOKEN_FILE": str(path)}) == [
        "environment: the file named by HUBSPOT_ACCESS_TOKEN_FILE is empty; write the value into it."
    ]


def test_a_file_everybody_may_read_is_said(folder: Path, tmp_path: Path) -> None:
    path = secret_file(tmp_path / "token", mode=0o644)
    assert complaints(folder, {"HUBSPOT_ACCESS_TOKEN_FILE": str(path)}) == [
        "environment: everybody on this machine may read the file named by HUBSPOT_ACCESS_TOKEN_FILE;"
        " run chmod"
        " o-r on it. Found: mode 0644. Allowed: mode 0600, or 0640 with a group of its own."
    ]


def test_an_address_in_a_readable_file_is_fine(folder: Path, tmp_path: Path) -> None:
    """Only secrets must be kept from others."""
    path = secret_file(tmp_path / "address", "https://acme.my.salesforce.com\n", mode=0o644)
    found = settings(folder, {"SALESFORCE_LOGIN_URL_FILE": str(path)})
    assert found.salesforce.login_url == "https://acme.my.salesforce.com"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a\x00b", b"x" * 70_000])
def test_a_file_that_holds_no_token_is_said(folder: Path, tmp_path: Path, content: bytes) -> None:
    path = secret_file(tmp_path / "token", content)
    (found,) = complaints(folder, {"HUBSPOT_ACCESS_TOKEN_FILE": str(path)})
    assert "does not hold text like a token or key" in found


def test_a_pipe_is_not_waited_for(folder: Path, tmp_path: Path) -> None:
    """Reading a FIFO nobody writes to would hang for ever."""
    os.mkfifo(tmp_path / "pipe")
    (found,) = complaints(folder, {"HUBSPOT_ACCESS_TOKEN_FILE": str(tmp_path / "pipe")})
    assert "names something that is not a file" in found


def test_a_value_with_a_line_break_is_said_and_not_shown(folder: Path) -> None:
    (found,) = complaints(folder, {"HUBSPOT_ACCESS_TOKEN": "pat-one\r\nX-Evil: 1"})
    assert found == (
        "environment: HUBSPOT_ACCESS_TOKEN holds a blank or line break inside the value; copy it again."
        " Allowed: one line."
    )


def test_no_value_is_part_of_any_message(folder: Path, tmp_path: Path) -> None:
    """Whatever is wrong with a secret, its content stays unsaid."""
    path = secret_file(tmp_path / "secret", "hunter2 hunter2", mode=0o600)
    environ = {
        "HUBSPOT_ACCESS_TOKEN": "hunter2 hunter2",
        "SALESFORCE_CLIENT_SECRET_FILE": str(path),
        "SYNCD_DATABASE_URL": "mysql://root:hunter2@db/x",
        "HUBSPOT_BASE_URL": "https://me:hunter2@api.hubapi.com",
        "SALESFORCE_LOGIN_URL": "http://hunter2.example",
    }
    found = complaints(folder, environ)
    assert len(found) == 5
    assert "hunter2" not in "".join(found)


def test_a_secret_pasted_into_the_file_is_not_repeated(folder: Path) -> None:
    edit(folder, "connections.yaml", "append_to: alerts.jsonl", "url_from_env: https://hooks.example/hunter2")
    (found,) = complaints(folder, {})
    assert "hunter2" not in found
    assert found.startswith(
        "connections.yaml, line 3: this is not the name of an environment variable (an address or"
        " token must not"
        " stand here). Found: a text of 29 characters."
    )


def test_missing_credentials_are_no_problem_of_the_folder(folder: Path) -> None:
    """`validate`, `explain` and `criteria` work offline; who needs credentials asks for what is missing."""
    found = settings(folder, {}).credential_problems()
    assert [problem.message for problem in found] == [
        "HUBSPOT_ACCESS_TOKEN is not set; set it, or HUBSPOT_ACCESS_TOKEN_FILE to the path of a file"
        " that holds it",
        "SALESFORCE_CLIENT_ID is not set; set it, or SALESFORCE_CLIENT_ID_FILE to the path of a file"
        " that holds it",
        "SALESFORCE_CLIENT_SECRET is not set; set it, or SALESFORCE_CLIENT_SECRET_FILE to the path of"
        " a file that"
        " holds it",
        "SALESFORCE_LOGIN_URL is not set; set it, or SALESFORCE_LOGIN_URL_FILE to the path of a file"
        " that holds it",
    ]


FULL = {
    "HUBSPOT_ACCESS_TOKEN": TOKEN,
    "SALESFORCE_CLIENT_ID": "id",
    "SALESFORCE_CLIENT_SECRET": "secret",
    "SALESFORCE_LOGIN_URL": "https://acme.my.salesforce.com/",
}


def test_client_credentials_are_enough(folder: Path) -> None:
    found = settings(folder, FULL)
    assert found.credential_problems() == ()
    assert found.salesforce.login_url == "https://acme.my.salesforce.com"


def test_a_private_key_is_enough(folder: Path, tmp_path: Path) -> None:
    path = secret_file(tmp_path / "key.pem", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n")
    environ = {key: value for key, value in FULL.items() if key != "SALESFORCE_CLIENT_SECRET"}
    environ |= {"SALESFORCE_USERNAME": "sync@acme.example", "SALESFORCE_PRIVATE_KEY_FILE": str(path)}
    found = settings(folder, environ)
    assert found.credential_problems() == ()
    assert found.salesforce.private_key_file == path


def test_a_readable_private_key_is_refused(folder: Path, tmp_path: Path) -> None:
    path = secret_file(tmp_path / "key.pem", mode=0o604)
    (found,) = complaints(folder, {"SALESFORCE_PRIVATE_KEY_FILE": str(path)})
    assert "may read the file named by SALESFORCE_PRIVATE_KEY_FILE" in found


def test_a_mounted_secret_may_be_readable(folder: Path, tmp_path: Path) -> None:
    """Docker mounts secrets with mode 0444 into a container that is nobody else's."""
    path = secret_file(tmp_path / "token", mode=0o444)
    found = settings(folder, {"HUBSPOT_ACCESS_TOKEN_FILE": str(path)}).hubspot.token
    assert found is not None


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8801", "http://localhost:8801", "https://api.hubapi.com", "http://[::1]:88"]
)
def test_addresses_are_tls_or_this_machine(folder: Path, url: str) -> None:
    assert settings(folder, {"HUBSPOT_BASE_URL": url}).hubspot.base_url == url


@pytest.mark.parametrize(
    "url",
    ["http://api.hubapi.com", "ftp://127.0.0.1", "api.hubapi.com", "https://u:p@api.hubapi.com", "https://",
     "http://127.0.0.1.evil.example", "https://api.hubapi.com?x=1", "http://localhost:99999"],
)  # fmt: skip
def test_other_addresses_are_refused(folder: Path, url: str) -> None:
    """A token must not travel in the clear, nor to a host that only looks like this machine."""
    (found,) = complaints(folder, {"HUBSPOT_BASE_URL": url})
    assert found.startswith("environment: HUBSPOT_BASE_URL: ")


def test_the_store_is_a_file_in_the_state_folder(folder: Path) -> None:
    found = settings(folder, {})
    assert found.state_dir == Path("/home/somebody/.local/state/syncd")
    assert found.database_url == "sqlite:////home/somebody/.local/state/syncd/syncd.db"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"SYNCD_STATE_DIR": "/srv/a", "XDG_STATE_HOME": "/srv/b"}, "/srv/a"),
        ({"XDG_STATE_HOME": "/srv/b"}, "/srv/b/syncd"),
        ({"HOME": ""}, "/var/lib/syncd"),
    ],
)
def test_where_the_state_folder_is(folder: Path, environ: dict[str, str], expected: str) -> None:
    """The same from whatever folder a command is run: never relative to the working directory."""
    assert settings(folder, environ).state_dir == Path(expected)


def test_the_file_may_name_the_state_folder(folder: Path) -> None:
    edit(folder, "connections.yaml", "channels:", "state_dir: ../state\nchannels:")
    assert settings(folder, {}).state_dir == (folder / "../state").absolute()


@pytest.mark.parametrize("url", ["postgresql://u:p@db/x", "postgresql+psycopg://db/x", "sqlite:////tmp/x.db"])
def test_another_store_by_url(folder: Path, url: str) -> None:
    assert settings(folder, {"SYNCD_DATABASE_URL": url}).database_url == url


def test_a_channel_takes_its_address_from_the_environment(folder: Path) -> None:
    edit(folder, "connections.yaml", "append_to: alerts.jsonl", "url_from_env: ALERTS")
    channel = settings(folder, FULL | {"ALERTS": "slack://a/b/c"}).notify.channels["log"]
    assert channel.url is not None
    assert channel.url.get_secret_value() == "slack://a/b/c"
    (missing,) = settings(folder, FULL).credential_problems()
    assert missing.message.startswith("ALERTS holds no address yet; set it to the address")


def test_a_channel_takes_its_address_from_a_file(folder: Path, tmp_path: Path) -> None:
    edit(folder, "connections.yaml", "append_to: alerts.jsonl", "url_from_file: alerts.url")
    assert settings(folder, FULL).notify.channels["log"].url is None
    secret_file(tmp_path / "alerts.url", "json://localhost/x\n")
    url = settings(folder, FULL).notify.channels["log"].url
    assert url is not None
    assert url.get_secret_value() == "json://localhost/x"
