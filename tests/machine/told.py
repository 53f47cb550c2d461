"""One recipient's acts as the second set tells them: what is opened, fetched, clicked and looked at."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
HOST = "www.kestrel-metering.example"
PATHS = (
    "/", "/platform", "/platform/tariffs", "/prices", "/compare/spreadsheets", "/stories/stadtwerke-nord",
    "/stories/aqua-sud", "/resources/meter-guide", "/resources/checklist", "/blog/smart-meters",
    "/blog/losses", "/webinars/may", "/book", "/calculator", "/about", "/careers",
)  # fmt: skip
FOREIGN = ("www.linkedin.com/company/kestrel", "www.instagram.com/kestrel", "maps.example.org/kestrel")
LEAVE = "mail.kestrel-metering.example/preferences/leave"
CONFIRM = HOST + "/confirm"
MAILS = (
    "April letter", "Meter guide", "May webinar", "Tariff update", "Story Aqua Sud", "Price change", "Survey",
)  # fmt: skip


@dataclass
class Told:
    """One recipient's acts. With `has_pages` the portal sees page views, without only visits."""

    rng: random.Random
    has_pages: bool
    lines: list[tuple[float, str]] = field(default_factory=list)

    def act(
        self, at: float, act: str, *, mail: str = "-", url: str = "-",
        sent: float | None = None, agent: str = "-", by: str = "-",
    ) -> None:  # fmt: skip
        lag = "-" if sent is None else f"{at - sent:.1f}"
        self.lines.append((at, f"{at:.1f}\t{act}\t{mail}\t{url}\t{lag}\t{agent}\t{by}"))

    def links(self, count: int) -> list[str]:
        """Links of a mail in their order; longer mails end with somebody else's page and the way out."""
        found = [HOST + path for path in self.rng.sample(PATHS, min(count, len(PATHS)))]
        if count >= 5:
            found[-2:] = [self.rng.choice(FOREIGN), LEAVE]
        return found

    def fetched(self, at: float, mail: str, url: str, sent: float, agent: str = "browser") -> None:
        self.act(at, "click", mail=mail, url=url, sent=sent, agent=agent, by="machine")

    def opened(self, at: float, mail: str, sent: float, agent: str = "app") -> None:
        self.act(at, "open", mail=mail, sent=sent, agent=agent, by="human")

    def clicked(self, at: float, mail: str, url: str, sent: float, agent: str = "browser") -> float:
        """A person's click and what the portal sees of their stay; the time they leave."""
        self.act(at, "click", mail=mail, url=url, sent=sent, agent=agent, by="human")
        return self.stayed(at, url)

    def seen(self, at: float, url: str) -> None:
        """What the portal notices of a page: the page, or only that somebody was there."""
        if self.has_pages:
            self.act(at, "page", url=url)
        else:
            self.act(at, "visit")

    def stayed(self, at: float, url: str) -> float:
        if not url.startswith(HOST):
            return at
        at += self.rng.uniform(0.7, 5)
        if self.has_pages or self.rng.random() < 0.8:  # the smaller tiers miss a visit now and then
            self.seen(at, url)
        while self.has_pages and self.rng.random() < 0.45:
            at += self.rng.uniform(6, 150)
            self.act(at, "page", url=HOST + self.rng.choice(PATHS))
        return at

    def read_later(self, sent: float, mail: str, least: float = 40 * MINUTE) -> None:
        """The person behind the machine: an open and a click of their own, much later."""
        at = sent + self.rng.uniform(least, 20 * HOUR)
        self.opened(at, mail, sent)
        self.clicked(at + self.rng.uniform(4, 60), mail, HOST + self.rng.choice(PATHS), sent)
