"""What an open or click of a marketing e-mail says about who made it."""

from __future__ import annotations

import pytest

from syncd.connectors.hubspot.answers import Browser, EmailEvent, SentBy
from syncd.connectors.hubspot.mailing import agent_of, lag_of, marks_of
from tests.hubspot.conftest import Portal, pull

SENT = 1_790_000_000_000
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.4 Safari/605.1.15"


def event(agent: str = "", *, after_ms: int = 0, kind: str = "") -> EmailEvent:
    browser = Browser(kind) if kind else None
    return EmailEvent(
        "e", "CLICK", SENT + after_ms, "a@b.c", sent_by=SentBy(SENT), user_agent=agent, browser=browser
    )


@pytest.mark.parametrize(
    ("after_ms", "lag"),
    [
        (-400, "0-2"),
        (0, "0-2"),
        (2_999, "0-2"),
        (3_000, "3-5"),
        (10_999, "6-10"),
        (11_000, "11-30"),
        (60_999, "31-60"),
        (61_000, "61-300"),
        (300_999, "61-300"),
        (301_000, "later"),
        (9_000_000_000, "later"),
    ],
)
def test_the_lag_is_whole_seconds_after_the_send(after_ms: int, lag: str) -> None:
    """Few values, so that opens and clicks share shapes; bounds are whole seconds, both included."""
    assert lag_of(event(after_ms=after_ms)) == lag


def test_an_unknown_send_gives_no_lag() -> None:
    """HubSpot leaves `sentBy` out where it does not apply: unknown is not late."""
    assert lag_of(EmailEvent("e", "OPEN", SENT, "a@b.c")) == ""
    assert lag_of(EmailEvent("e", "OPEN", SENT, "a@b.c", sent_by=SentBy())) == ""


@pytest.mark.parametrize(
    ("agent", "word"),
    [
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "scanner"),
        ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", "scanner"),
        ("WhatsApp/2.23.20.0", "scanner"),
        ("facebookexternalhit/1.1;line-poker/1.0", "scanner"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "scanner"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/119.0 Safari/537.36", "scanner"),
        ("BarracudaCentral/1.0", "scanner"),
        ("python-requests/2.31.0", "scanner"),
        ("Microsoft Office Existence Discovery", "scanner"),
        ("Mozilla/5.0", "proxy"),
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", "app"),
        ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", "app"),
        ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17126; Pro)", "app"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", "app"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.6.0", "app"),
        (SAFARI, "browser"),
        ("Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 30) AppleWebKit/537 Chrome/120.0 Safari/537", "browser"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0", "browser"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_user_agent_becomes_one_of_four_words(agent: str, word: str) -> None:
    """The agent itself is never kept: together with times it would tell people apart."""
    assert agent_of(event(agent)) == word


@pytest.mark.parametrize(
    ("kind", "word"),
    [("Robot", "scanner"), ("Library", "scanner"), ("Email client", "app"), ("Mobile Browser", "browser")],
)
def test_what_the_portal_made_of_an_agent_counts_too(kind: str, word: str) -> None:
    """HubSpot parses agents itself; its verdict stands where the agent says nothing."""
    assert agent_of(event(kind=kind)) == word


def test_a_hostile_agent_is_cut() -> None:
    """An agent is a stranger's text of any length."""
    assert agent_of(event("Mozilla/5.0 " + "(" * 100_000 + " Safari/1 bot/")) == "browser"


def test_what_hubspot_leaves_out_of_its_reports_says_so() -> None:
    """Its bot filter and the portal's excluded addresses."""
    item = EmailEvent("e", "OPEN", SENT, "a@b.c", filtered_event=True)

    assert marks_of(item) == {"filtered": "true"}


def test_events_carry_lag_and_agent_over_the_wire(portal: Portal) -> None:
    """The scanner's click three seconds after the send and the person's an hour later are two shapes."""
    (id_,) = portal.contacts(1)
    hubspot = portal.sandbox.hubspot
    hubspot.email_event(id_, "Autumn", "sent")
    portal.wait(seconds=3)
    hubspot.email_event(id_, "Autumn", "click", "https://acme.example/pricing", "BarracudaCentral/1.0")
    portal.wait(hours=1)
    hubspot.email_event(id_, "Autumn", "open", None, SAFARI)
    found = pull(portal.connect(), "email_events", None, portal.now())

    assert {(item.source, tuple(sorted(item.attributes.items()))) for item in found.activities} == {
        (
            "hubspot.email_click",
            (("agent", "scanner"), ("campaign", "Autumn"), ("lag", "3-5"), ("url", "acme.example/pricing")),
        ),
        ("hubspot.email_open", (("agent", "browser"), ("campaign", "Autumn"), ("lag", "later"))),
    }
