"""The mechanisms of README.md as a seeded generator of labelled sequences: the first set.

Written before the recogniser. `python -m tests.machine.mechanisms` writes `first.tsv` anew; a test holds
the file equal to this generator.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

SEED = 20261122
PLACE = Path(__file__).with_name("first.tsv")
DAY, HOUR, MINUTE = 86_400.0, 3_600.0, 60.0
HEAD = "# sequence\tmechanism\tat\tact\tcampaign\turl\tlag\tagent\tby"
SITE = "www.northwind-tools.example"
PAGES = (
    "", "/pricing", "/product", "/product/compare", "/customers/harbour-logistics", "/customers/alpina",
    "/blog/lead-handover", "/blog/one-definition", "/guides/buying-guide", "/events/webinar-march",
    "/demo", "/roi-calculator", "/news/release-11",
)  # fmt: skip
ELSEWHERE = ("www.linkedin.com/company/northwind", "www.youtube.com/watch", "twitter.com/northwind")
UNSUBSCRIBE = "northwind-tools.example/hs/manage-preferences/unsubscribe"
MAILS = (
    "Newsletter July",
    "Buying guide",
    "Webinar invitation",
    "Release 11",
    "Case study Alpina",
    "ROI mail",
)


@dataclass(frozen=True)
class Act:
    """One line of a set."""

    at: float
    act: str
    campaign: str = "-"
    url: str = "-"
    lag: float | None = None
    agent: str = "-"
    by: str = "-"

    def line(self, sequence: str, mechanism: str) -> str:
        lag = "-" if self.lag is None else f"{self.lag:.1f}"
        cells = (sequence, mechanism, f"{self.at:.1f}", self.act, self.campaign, self.url, lag, self.agent)
        return "\t".join((*cells, self.by))


@dataclass
class Person:
    """One sequence being told: what happens to one recipient's mails. `has_pages` is the portal's tier."""

    rng: random.Random
    has_pages: bool
    acts: list[Act] = field(default_factory=list)

    def links(self, least: int, most: int, *, unsubscribe: bool = True) -> list[str]:
        """The links of a mail: pages of the site, sometimes others', and the unsubscribe link last."""
        count = self.rng.randint(least, most)
        found = [SITE + page for page in self.rng.sample(PAGES, count - 1)]
        if count > 3 and self.rng.random() < 0.5:
            found[-1] = self.rng.choice(ELSEWHERE)
        return [*found, UNSUBSCRIBE] if unsubscribe else [*found, SITE + "/about"]

    def mail(self, by: str, sent: float, at: float, act: str, campaign: str, url: str, agent: str) -> None:
        lag = None if sent < 0 else at - sent
        self.acts.append(Act(at, act, campaign, url, lag, agent, by))

    def walk(
        self, sent: float, start: float, campaign: str, urls: list[str], gap: tuple[float, float]
    ) -> float:
        """A machine over all links from `start` on; the time it ends."""
        at = start
        agent = self.rng.choice(("browser", "browser", "browser", "-"))
        for url in urls:
            self.mail("machine", sent, at, "click", campaign, url, agent)
            at += self.rng.uniform(*gap)
        return at

    def opened(self, sent: float, at: float, campaign: str, agent: str = "app") -> None:
        self.mail("human", sent, at, "open", campaign, "-", agent)

    def clicked(self, sent: float, at: float, campaign: str, url: str, *, reads: bool = True) -> None:
        """A person's click, and what they look at after it where the portal can tell."""
        self.mail("human", sent, at, "click", campaign, url, "browser")
        if not self.has_pages or not reads or not url.startswith(SITE):
            return
        at += self.rng.uniform(0.8, 4)
        self.acts.append(Act(at, "page", url=url))
        while self.rng.random() < 0.4:
            at += self.rng.uniform(8, 120)
            self.acts.append(Act(at, "page", url=SITE + self.rng.choice(PAGES)))


# --- machines --------------------------------------------------------------------------------------------


def gateway_at_once(who: Person, sent: float = 0.0, campaign: str = "Newsletter July") -> None:
    start = sent + who.rng.uniform(0.3, 6)
    if who.rng.random() < 0.5:
        who.mail("machine", sent, start, "open", campaign, "-", "browser")
    links = who.links(3, 9)
    who.walk(sent, start, campaign, links, (0.02, min(0.9, 4 / len(links))))


def gateway_one_link(who: Person) -> None:
    url = who.links(3, 9)[0]
    who.mail("machine", 0, who.rng.uniform(0.5, 8), "click", "Buying guide", url, "browser")


def burst_on_delivery(who: Person, sent: float = 0.0, campaign: str = "Newsletter July") -> None:
    links = who.links(3, 9)
    who.walk(sent, sent + who.rng.uniform(10, 60), campaign, links, (0.05, 8 / len(links)))


def burst_delayed(who: Person, sent: float = 0.0, campaign: str = "Newsletter July") -> None:
    links = who.links(3, 9)
    who.walk(sent, sent + who.rng.uniform(1, 30) * MINUTE, campaign, links, (0.05, 6 / len(links)))


def two_links(who: Person) -> None:
    who.walk(0, who.rng.uniform(5, 600), "Webinar invitation", who.links(2, 2), (0.05, 0.9))


def slow_walk(who: Person) -> None:
    who.walk(0, who.rng.uniform(15, 240), "Newsletter July", who.links(4, 8), (2, 6))


def runs_scripts(who: Person) -> None:
    who.rng.choice((gateway_at_once, burst_on_delivery))(who)
    for act in tuple(who.acts):
        if who.has_pages and act.act == "click" and act.url.startswith(SITE):
            who.acts.append(Act(act.at + who.rng.uniform(0.3, 2), "page", url=act.url))


def always_the_same(who: Person) -> None:
    for number, campaign in enumerate(MAILS[: who.rng.randint(3, 6)]):
        sent = number * 9 * DAY
        url = who.links(3, 6)[0]
        who.mail("machine", sent, sent + who.rng.uniform(12, 55), "click", campaign, url, "browser")


def privacy_proxy(who: Person) -> None:
    for number, campaign in enumerate(MAILS[: who.rng.randint(2, 6)]):
        sent = number * 7 * DAY
        at = sent + who.rng.choice((who.rng.uniform(3, 60), who.rng.uniform(60, 9 * HOUR)))
        who.mail("machine", sent, at, "open", campaign, "-", "proxy")


def chat_preview(who: Person) -> None:
    at = who.rng.uniform(5 * MINUTE, 2 * DAY)
    url = SITE + who.rng.choice(PAGES)
    who.opened(0, at - 60, "Case study Alpina")
    who.clicked(0, at - 40, "Case study Alpina", url)
    who.mail("machine", 0, at, "click", "Case study Alpina", url, "scanner")


def named_scanner(who: Person) -> None:
    start = who.rng.choice((who.rng.uniform(1, 30), who.rng.uniform(60, 20 * HOUR)))
    who.mail("machine", 0, start, "open", "Release 11", "-", "scanner")
    for number, url in enumerate(who.links(1, 5, unsubscribe=False)):
        who.mail(
            "machine", 0, start + number * who.rng.uniform(0.1, 30), "click", "Release 11", url, "scanner"
        )


def night_archive(who: Person) -> None:
    at = who.rng.uniform(3, 14) * HOUR
    for number, campaign in enumerate(("Newsletter July", "Buying guide")):
        at = who.walk(number * HOUR, at, campaign, who.links(3, 7), (0.05, 0.8)) + 1


def hammering(who: Person) -> None:
    at = who.rng.uniform(20, 5 * HOUR)
    who.walk(0, at, "ROI mail", [SITE + "/roi-calculator"] * who.rng.randint(6, 18), (0.1, 0.8))


# --- people ----------------------------------------------------------------------------------------------


def _read_mail(who: Person, sent: float, campaign: str, wait: tuple[float, float], clicks: int) -> float:
    at = sent + who.rng.uniform(*wait)
    who.opened(sent, at, campaign, who.rng.choice(("app", "browser")))
    for url in who.links(max(2, clicks + 1), 8, unsubscribe=False)[:clicks]:
        at += who.rng.uniform(5, 90)
        who.clicked(sent, at, campaign, url)
    return at


def ordinary(who: Person) -> None:
    _read_mail(who, 0, "Buying guide", (2 * MINUTE, 3 * DAY), who.rng.choice((1, 1, 1, 2)))


def fast(who: Person) -> None:
    at = who.rng.uniform(6, 40)
    who.opened(0, at, "Release 11")
    who.clicked(0, at + who.rng.uniform(4, 30), "Release 11", SITE + who.rng.choice(PAGES))


def several_links(who: Person) -> None:
    at = who.rng.uniform(MINUTE, 2 * DAY)
    who.opened(0, at, "Newsletter July")
    for url in who.links(3, 6, unsubscribe=False)[: who.rng.randint(2, 5)]:
        at += who.rng.uniform(3, 40)
        who.clicked(0, at, "Newsletter July", url)


def tabs(who: Person) -> None:
    at = who.rng.uniform(1, 30) * HOUR
    who.opened(0, at, "Newsletter July", "browser")
    at += 20
    for url in who.links(4, 7, unsubscribe=False)[: who.rng.randint(3, 4)]:
        at += who.rng.uniform(2, 5)
        who.clicked(0, at, "Newsletter July", url)


def phone_then_laptop(who: Person) -> None:
    at = who.rng.uniform(2 * MINUTE, DAY)
    url = SITE + who.rng.choice(PAGES)
    for wait, agent in ((0.0, "app"), (who.rng.uniform(5 * MINUTE, 8 * HOUR), "browser")):
        who.opened(0, at + wait, "Case study Alpina", agent)
        who.clicked(0, at + wait + who.rng.uniform(5, 40), "Case study Alpina", url)


def double_click(who: Person) -> None:
    at = who.rng.uniform(2 * MINUTE, DAY)
    url = SITE + who.rng.choice(PAGES)
    who.opened(0, at, "ROI mail")
    at += 12
    for _ in range(who.rng.randint(2, 3)):
        who.clicked(0, at, "ROI mail", url)
        at += who.rng.uniform(0.2, 0.8)


def forwarded(who: Person) -> None:
    at = who.rng.uniform(5 * MINUTE, 6 * HOUR)
    url = SITE + "/pricing"
    for _ in range(who.rng.randint(3, 5)):
        who.opened(0, at, "Buying guide", who.rng.choice(("app", "browser")))
        if who.rng.random() < 0.7:
            who.clicked(0, at + who.rng.uniform(5, 60), "Buying guide", url)
        at += who.rng.uniform(2, 200) * MINUTE


def regular_reader(who: Person) -> None:
    for number, campaign in enumerate(MAILS[: who.rng.randint(3, 6)]):
        _read_mail(who, number * 8 * DAY, campaign, (2 * MINUTE, DAY), who.rng.randint(1, 2))


def leaves(who: Person) -> None:
    at = who.rng.uniform(MINUTE, DAY)
    who.opened(0, at, "Newsletter July")
    who.clicked(0, at + who.rng.uniform(5, 40), "Newsletter July", UNSUBSCRIBE)


def click_then_form(who: Person) -> None:
    at = _read_mail(who, 0, "Buying guide", (MINUTE, DAY), 1)
    who.acts.append(Act(at + who.rng.uniform(1, 15) * MINUTE, who.rng.choice(("form", "meeting"))))


def gmail(who: Person) -> None:
    _read_mail(who, 0, "Release 11", (MINUTE, 2 * DAY), who.rng.choice((0, 1)))


def behind_a_gateway(who: Person) -> None:
    for number, campaign in enumerate(MAILS[: who.rng.randint(1, 4)]):
        sent = number * 6 * DAY
        who.rng.choice((gateway_at_once, burst_on_delivery, burst_delayed))(who, sent, campaign)
        _read_mail(who, sent, campaign, (35 * MINUTE, DAY), 1)


def behind_apple(who: Person) -> None:
    for number, campaign in enumerate(MAILS[: who.rng.randint(1, 3)]):
        sent = number * 6 * DAY
        who.mail("machine", sent, sent + who.rng.uniform(5, 3000), "open", campaign, "-", "proxy")
        who.clicked(sent, sent + who.rng.uniform(4000, DAY), campaign, SITE + who.rng.choice(PAGES))


def no_cookies(who: Person) -> None:
    regular_reader(who)
    at = 80 * DAY
    who.opened(at - HOUR, at, "ROI mail")
    who.clicked(at - HOUR, at + 30, "ROI mail", SITE + "/roi-calculator", reads=False)


Mechanism = Callable[[Person], None]
SHARES: tuple[tuple[Mechanism, int], ...] = (
    (gateway_at_once, 26), (gateway_one_link, 14), (burst_on_delivery, 20), (burst_delayed, 20),
    (two_links, 10), (slow_walk, 8), (runs_scripts, 12), (always_the_same, 8), (privacy_proxy, 12),
    (chat_preview, 10), (named_scanner, 10), (night_archive, 6), (hammering, 5),
    (ordinary, 34), (fast, 12), (several_links, 20), (tabs, 6), (phone_then_laptop, 12), (double_click, 8),
    (forwarded, 8), (regular_reader, 20), (leaves, 6), (click_then_form, 10), (gmail, 10),
    (behind_a_gateway, 24), (behind_apple, 8), (no_cookies, 6),
)  # fmt: skip
"""How many sequences each mechanism gives."""


def lines(seed: int = SEED) -> list[str]:
    """The whole set, heading first. Every second sequence of a mechanism is of a portal with page events."""
    rng = random.Random(seed)
    found = [HEAD]
    for mechanism, count in SHARES:
        for number in range(count):
            who = Person(rng, has_pages=number % 2 == 0)
            mechanism(who)
            name = mechanism.__name__
            found += [act.line(f"{name}-{number + 1}", name) for act in who.acts]
    return found


if __name__ == "__main__":
    PLACE.write_text("\n".join(lines()) + "\n", encoding="utf-8")
