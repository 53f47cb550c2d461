"""One folder, several installations: each with its own addresses, secrets and store, chosen by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.settings import Invalid, check, load
from tests.settings.small import HOME

PROFILES = """
profiles:
  sandbox:
    salesforce: {login_url: https://acme--uat.sandbox.my.salesforce.com}
    schedule: {poll_seconds: 300}
  production:
    salesforce: {login_url: https://acme.my.salesforce.com}
    channels: [{id: log, append_to: production.jsonl}]
    state_dir: /var/lib/syncd-production
"""
TOKEN = "pat-eu1-11111111-2222-3333-4444-555555555555"


@pytest.fixture
def several(folder: Path) -> Path:
    path = folder / "connections.yaml"
    path.write_text(path.read_text(encoding="utf-8") + PROFILES, encoding="utf-8")
    return folder


def problems(folder: Path, **environ: str) -> list[str]:
    return [str(problem) for problem in check(folder, HOME | environ)]


def test_a_profile_says_otherwise_and_keeps_the_rest(several: Path) -> None:
    """Block by block: what it does not mention stands as before."""
    plain = load(several, HOME | {"SYNCD_PROFILE": "production"}).settings
    other = load(several, HOME | {"SYNCD_PROFILE": "sandbox"}).settings
    assert (plain.profile, other.profile) == ("production", "sandbox")
    assert plain.salesforce.login_url == "https://acme.my.salesforce.com"
    assert other.salesforce.login_url == "https://acme--uat.sandbox.my.salesforce.com"
    assert (other.schedule.poll_seconds, plain.schedule.poll_seconds) == (300, 60)
    assert plain.salesforce.api_version == other.salesforce.api_version
    assert plain.notify.channels["log"].append_to == "production.jsonl"


def test_the_playbook_is_one(several: Path) -> None:
    versions = {
        load(several, HOME | {"SYNCD_PROFILE": name}).playbook.version for name in ("sandbox", "production")
    }
    assert len(versions) == 1


def test_each_profile_has_a_store_of_its_own(several: Path, tmp_path: Path) -> None:
    """A shared folder gets one folder for each; what a profile names is taken as it is."""
    shared = {"SYNCD_STATE_DIR": str(tmp_path)}
    assert (
        load(several, HOME | {"SYNCD_PROFILE": "sandbox"} | shared).settings.state_dir == tmp_path / "sandbox"
    )
    found = load(several, HOME | {"SYNCD_PROFILE": "production"} | shared).settings
    assert found.state_dir == Path("/var/lib/syncd-production")
    own = {"SYNCD_SANDBOX_STATE_DIR": str(tmp_path / "mine")}
    named = load(several, HOME | {"SYNCD_PROFILE": "sandbox"} | shared | own).settings
    assert named.state_dir == tmp_path / "mine"
    assert str(tmp_path / "mine") in named.database_url
    homeless = load(several, HOME | {"SYNCD_PROFILE": "sandbox"}).settings
    assert homeless.state_dir.name == "sandbox"


def test_secrets_have_names_of_their_own(several: Path, tmp_path: Path) -> None:
    """The token of nobody in particular, or of another profile, is never used; a file does as well."""
    wrong = {"HUBSPOT_ACCESS_TOKEN": TOKEN, "SYNCD_SANDBOX_HUBSPOT_ACCESS_TOKEN": TOKEN}
    found = load(several, HOME | {"SYNCD_PROFILE": "production"} | wrong).settings
    assert found.hubspot.token is None
    missing = [str(item) for item in found.credential_problems()]
    assert any("SYNCD_PRODUCTION_HUBSPOT_ACCESS_TOKEN is not set" in text for text in missing)
    assert not any(text.startswith("environment: HUBSPOT") for text in missing)
    path = tmp_path / "token"
    path.write_text(TOKEN)
    path.chmod(0o600)
    right = {"SYNCD_PRODUCTION_HUBSPOT_ACCESS_TOKEN_FILE": str(path)}
    token = load(several, HOME | {"SYNCD_PROFILE": "production"} | right).settings.hubspot.token
    assert token is not None
    assert token.get_secret_value() == TOKEN


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({}, "say which with --profile NAME or SYNCD_PROFILE"),
        ({"SYNCD_PROFILE": "prod"}, "there is no profile 'prod'"),
        ({"SYNCD_PROFILE": "Production"}, "there is no profile 'Production'; did you mean 'production'"),
    ],
)
def test_no_profile_or_an_unknown_one_lists_those_there_are(
    several: Path, environ: dict[str, str], says: str
) -> None:
    (problem,) = problems(several, **environ)
    assert says in problem
    assert "production" in problem
    assert "sandbox" in problem


def test_a_folder_without_profiles_knows_none(folder: Path) -> None:
    (problem,) = problems(folder, SYNCD_PROFILE="production")
    assert "connections.yaml names none" in problem


def test_a_mistake_in_a_profile_is_named_at_its_line_whichever_is_chosen(several: Path) -> None:
    """Also in one that is not used now."""
    path = several / "connections.yaml"
    text = path.read_text(encoding="utf-8").replace("poll_seconds: 300", "poll_seconds: -1")
    path.write_text(text, encoding="utf-8")
    line = next(number for number, item in enumerate(text.splitlines(), 1) if "poll_seconds: -1" in item)
    for name in ("sandbox", "production"):
        with pytest.raises(Invalid) as why:
            load(several, HOME | {"SYNCD_PROFILE": name})
        assert {(item.file, item.line) for item in why.value.problems} == {("connections.yaml", line)}


def test_profiles_do_not_nest(several: Path) -> None:
    path = several / "connections.yaml"
    text = path.read_text(encoding="utf-8").replace("  sandbox:\n", "  sandbox:\n    profiles: {}\n")
    path.write_text(text, encoding="utf-8")
    assert any("profiles" in problem for problem in problems(several, SYNCD_PROFILE="production"))
