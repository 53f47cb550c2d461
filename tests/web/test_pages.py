"""The pages behind the links, over a real port: scanners and previews change nothing, a person does, once."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from syncd.core.answer_links import key_of, links_for
from syncd.core.model import Stage
from syncd.store import work
from syncd.web.answering import Answers, State, View
from syncd.web.page import html as page_of
from syncd.web.server import Pages, serve
from tests.loop.harness import Loop, loop
from tests.loop.test_alerts import EMAIL, hand_over

KEY = key_of("test")
BOTS = [
    "Mozilla/5.0 (compatible; Microsoft Exchange SafeLinks)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (compatible; Proofpoint URL Defense)",
    "Barracuda Sentinel (EE)",
    "WhatsApp/2.23.20.0",
]


@contextmanager
def served(it: Loop) -> Iterator[str]:
    parts = it.cycle.parts
    pages = Pages(Answers(lambda: parts.store, lambda: parts.playbook, KEY, parts.clock.now), "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{pages.port}"
    finally:
        pages.stop()


def links(it: Loop, base: str, hours: float = 72) -> dict[str, str]:
    payload = {"lead_id": it.lead_id(EMAIL), "pass": 1, "channel": "chat"}
    return dict(links_for(payload, KEY, base, it.now, hours))


def asked(it: Loop) -> list[tuple[str, str]]:
    with it.store.read() as tx:
        return [(item.verb, item.person) for item in work.open_requests(tx)]


def form(page: requests.Response) -> dict[str, str]:
    found = re.search(r'name="confirm" value="([^"]+)"', page.text)
    assert found, page.text
    return {"confirm": html.unescape(found[1])}


def post(url: str, fields: dict[str, str], **headers: str) -> requests.Response:
    return requests.post(url, data=fields, headers=headers, timeout=10)


def get(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers=headers, timeout=10)


def test_what_programs_do_with_a_link_changes_nothing_and_what_a_person_does_counts_once(
    tmp_path: Path, store_url: str
) -> None:
    """A mail scanner, a chat preview and a prefetching browser call every address; then a person answers."""
    with loop(tmp_path, store_url, one_owner=True) as it, served(it) as base:
        hand_over(it)
        accept, back = links(it, base).values()
        for agent in BOTS:
            for url in (accept, back):
                for method in ("GET", "HEAD"):
                    heard = requests.request(
                        method, url, headers={"User-Agent": agent, "Sec-Purpose": "prefetch"}, timeout=10
                    )
                    assert heard.status_code == 200
        for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
            assert requests.request(method, accept, timeout=10).status_code == 405
        assert post(accept, {}).status_code == 403  # a program that posts has not seen the page
        assert post(accept, {"confirm": "guess"}).status_code == 403
        assert asked(it) == []

        page = get(back)
        assert "Ines Moreau" in page.text
        assert post(back, form(get(accept)) | {"reason": "No Budget"}).status_code == 403  # of the other link
        assert post(back, form(page)).status_code == 422  # no reason
        assert post(back, form(page) | {"reason": "Because"}).status_code == 422
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert post(back, form(page) | {"reason": "No Budget"}, **foreign).status_code == 403
        assert asked(it) == []

        done = post(back, form(page) | {"reason": "No Budget"})
        assert (done.status_code, "goes back to marketing" in done.text) == (200, True)
        assert post(back, form(page) | {"reason": "No Budget"}).status_code == 410
        assert get(back).status_code == 410
        assert asked(it) == [("give_back", "by link, chat")]
        it.sync(minutes=2)
        assert it.position(EMAIL).stage is Stage.RECYCLED
        late = get(accept)
        assert (late.status_code, "has moved on" in late.text) == (410, True)


def test_of_two_people_who_press_at_once_one_counts(tmp_path: Path, store_url: str) -> None:
    with loop(tmp_path, store_url, one_owner=True) as it, served(it) as base:
        hand_over(it)
        accept = links(it, base)["Accept"]
        fields = form(get(accept))
        codes: list[int] = []
        people = [
            threading.Thread(target=lambda: codes.append(post(accept, fields).status_code)) for _ in range(5)
        ]
        for person in people:
            person.start()
        for person in people:
            person.join()
        assert sorted(codes) == [200, 410, 410, 410, 410]
        assert len(asked(it)) == 1


def test_wrong_and_expired_links_and_pages_that_show_only_what_they_must(
    tmp_path: Path, store_url: str
) -> None:
    """Each says plainly what is the matter; nothing is loaded from anywhere, kept or framed."""
    with loop(tmp_path, store_url, one_owner=True) as it, served(it) as base:
        hand_over(it)
        url = links(it, base, hours=1)["Accept"]
        page = get(url)
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["x-frame-options"] == "DENY"
        assert "server" not in page.headers
        assert "<script" not in page.text
        assert not re.search(r'(?:src|href)="', page.text)
        for wrong in (url[:-1], f"{base}/answer/x", f"{base}/", f"{base}/answer/{'x' * 3000}"):
            assert get(wrong).status_code == 404
        huge = requests.post(url, data={"confirm": "x" * 100_000}, timeout=10)
        assert huge.status_code == 403
        assert requests.post(url, json={"confirm": "x"}, timeout=10).status_code == 403
        it.sandbox.advance_to(it.now + timedelta(hours=1, seconds=1))
        assert (get(url).status_code, "expired" in get(url).text) == (410, True)
        assert post(url, form(page)).status_code == 410
        assert asked(it) == []


def test_a_port_that_is_taken_stops_nothing(tmp_path: Path) -> None:
    """The daemon goes on without pages."""

    def nothing() -> None:
        raise AssertionError("nobody is served")

    first = Pages(Answers(nothing, nothing, KEY, nothing), "127.0.0.1", 0)  # type: ignore[arg-type]
    try:
        serve(Answers(nothing, nothing, KEY, nothing), "127.0.0.1", first.port)()  # type: ignore[arg-type]
    finally:
        first.stop()


@pytest.mark.parametrize("path", ["/", "/answer/", "/answer/a/b", "/favicon.ico"])
def test_any_other_address_is_a_plain_page(path: str) -> None:
    def nothing() -> None:
        raise AssertionError("nothing is read")

    pages = Pages(Answers(nothing, nothing, KEY, nothing), "127.0.0.1", 0)  # type: ignore[arg-type]
    try:
        assert get(f"http://127.0.0.1:{pages.port}{path}").status_code == 404
    finally:
        pages.stop()


def test_a_page_says_which_profile_it_is_of() -> None:
    """Only where the installation has several."""
    assert "Profile: production" in page_of(View(State.BAD), "production")
    assert "Profile" not in page_of(View(State.BAD))
