"""Links: nobody makes one without the key, changes one, or uses it for something else."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.answer_links import Bad, Link, confirmation, key_of, link_id, links_for, read_token, token_of
from syncd.store.engine import StoreUnavailable
from syncd.web.keys import link_key

KEY, OTHER = key_of("one"), key_of("two")
NOW = datetime(2026, 9, 7, 9, tzinfo=UTC)
LINK = Link(42, 3, "give_back", "sales", "ab12", NOW)


def test_a_link_comes_back_as_it_was() -> None:
    assert read_token(token_of(LINK, KEY), KEY) == LINK


def test_another_key_makes_no_link_of_ours() -> None:
    assert read_token(token_of(LINK, OTHER), KEY) == Bad()


@given(st.data())
def test_a_link_that_was_changed_in_any_place_does_not_work(data: st.DataObject) -> None:
    token = token_of(LINK, KEY)
    at = data.draw(st.integers(0, len(token) - 1))
    sign = data.draw(st.characters(codec="ascii").filter(lambda char: char != token[at]))
    assert read_token(token[:at] + sign + token[at + 1 :], KEY) == Bad()


@given(st.text(max_size=400))
def test_any_text_is_answered_without_a_crash(text: str) -> None:
    assert read_token(text, KEY) == Bad()


def test_what_the_page_sends_back_is_not_the_link_and_not_of_another_link() -> None:
    """Who has only seen the address cannot answer."""
    token, other = token_of(LINK, KEY), token_of(Link(43, 3, "give_back", "sales", "", NOW), KEY)
    assert confirmation(token, KEY) not in token
    assert confirmation(token, KEY) != confirmation(other, KEY)
    assert confirmation(token, KEY) != confirmation(token, OTHER)


def test_an_alert_has_a_link_per_answer_and_none_names_anybody() -> None:
    """Lead by number, owner by hash: an address ends up in logs of proxies."""
    payload: dict[str, Any] = {
        "lead_id": 42, "pass": 3, "channel": "sales", "is_to_owner": True, "owner_id": "005000000000001AAA",
        "title": "Call Dana", "owner_email": "rep@fernhill.io",
    }  # fmt: skip
    found = links_for(payload, KEY, "https://syncd.example.com/", NOW, 72)
    assert [label for label, _url in found] == ["Accept", "Give back"]
    for _label, url in found:
        assert url.startswith("https://syncd.example.com/answer/1.42.3.")
        assert not any(word in url for word in ("Dana", "rep", "005"))
        link = read_token(url.rpartition("/")[2], KEY)
        assert isinstance(link, Link)
        assert link.ends_at == NOW + timedelta(hours=72)


def test_a_message_about_no_lead_has_no_links() -> None:
    assert links_for({"lead_id": None, "pass": 0}, KEY, "https://x", NOW, 72) == []


def test_the_store_keeps_no_way_back_to_a_link() -> None:
    token = token_of(LINK, KEY)
    assert link_id(token) not in token
    assert len(link_id(token)) == 32


# --- the key ---------------------------------------------------------------------------------------------


def settings(folder: Path, given: str = "") -> Any:
    key = SimpleNamespace(get_secret_value=lambda: given) if given else None
    return SimpleNamespace(web=SimpleNamespace(key=key), state_dir=folder)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first, second = link_key(settings(tmp_path)), link_key(settings(tmp_path))
    assert first == second
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_cut_short_is_refused(tmp_path: Path) -> None:
    """An empty file would be a key that everybody knows."""
    (tmp_path / "link.key").write_text("")
    with pytest.raises(StoreUnavailable, match="holds no key"):
        link_key(settings(tmp_path))


def test_a_key_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="too short"):
        link_key(settings(tmp_path, "secret"))


def test_a_folder_nobody_may_write_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with pytest.raises(StoreUnavailable, match="Set SYNCD_LINK_KEY"):
        link_key(settings(tmp_path / "state"))


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """Several daemons on several machines share one key."""
    assert link_key(settings(tmp_path, "shared" * 6)) == key_of("shared" * 6)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("token", ["", ".", "1.2.3", "1.a.b.c.d.e.f.g", "é" * 20, "x" * 5_000])
def test_nonsense_is_no_link(token: str) -> None:
    assert read_token(token, KEY) == Bad()
