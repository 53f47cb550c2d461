"""The second set: mechanisms of another hand than the first, written without knowledge of the recogniser.

Format and words are those of README.md. Each function is one mechanism and its docstring the story behind it.
`python -m tests.machine.unseen` writes `unseen.tsv` anew; a test may hold the file equal to this generator.
The recogniser is measured on it once and never changed because of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from tests.machine.told import CONFIRM, DAY, HOST, HOUR, LEAVE, MAILS, MINUTE, PATHS, Told

SEED = 731
PLACE = Path(__file__).with_name("unseen.tsv")
HEAD = "# sequence\tmechanism\tat\tact\tcampaign\turl\tlag\tagent\tby"


# --- machines --------------------------------------------------------------------------------------------


def first_and_last(who: Told) -> None:
    """A gateway that trusts what it knows checks the first link and the last, some time after delivery."""
    links = who.links(6)
    at = who.rng.uniform(4, 90)
    who.fetched(at, "April letter", links[0], 0)
    who.fetched(at + who.rng.uniform(0.3, 2.5), "April letter", links[-1], 0)


def two_vendors(who: Told) -> None:
    """Two gateways in a row: one checks all links at the border, the other when the mail has passed it."""
    links = who.links(who.rng.randint(4, 8))
    for start in (who.rng.uniform(1, 8), who.rng.uniform(70, 400)):
        for number, url in enumerate(links):
            who.fetched(start + number * who.rng.uniform(0.05, 0.7), "Meter guide", url, 0)


def head_then_get(who: Told) -> None:
    """Every link asked twice: a HEAD, then a GET of what answered."""
    at = who.rng.uniform(2, 45)
    for url in who.links(who.rng.randint(3, 6)):
        who.fetched(at, "Tariff update", url, 0, "-")
        who.fetched(at + who.rng.uniform(0.1, 0.4), "Tariff update", url, 0, "-")
        at += who.rng.uniform(0.5, 1.2)


def parallel_machines(who: Told) -> None:
    """Three virtual machines load the same links side by side, a minute or more after the send."""
    links = who.links(who.rng.randint(3, 5))
    start = who.rng.uniform(50, 240)
    for _machine in range(3):
        for url in links:
            who.fetched(start + who.rng.uniform(0, 6), "Story Aqua Sud", url, 0)


def reputation_sample(who: Told) -> None:
    """A filter looks up all links and visits the two or three whose hosts it rates least."""
    at = who.rng.uniform(3, 20)
    for url in who.rng.sample(who.links(8), who.rng.randint(2, 3)):
        who.fetched(at, "April letter", url, 0)
        at += who.rng.uniform(1, 4)


def purge_recheck(who: Told) -> None:
    """Links already delivered are checked again on days one, three and seven, all at once, at any hour."""
    links = who.links(who.rng.randint(3, 7))
    for day in (1, 3, 7):
        at = day * DAY + who.rng.uniform(0, 12 * HOUR)
        for url in links:
            who.fetched(at, "Meter guide", url, 0)
            at += who.rng.uniform(0.1, 1)


def reported_as_phishing(who: Told) -> None:
    """The reader presses *report*: an analysis service loads every link while they go on with their day."""
    at = who.rng.uniform(10 * MINUTE, 9 * HOUR)
    who.opened(at, "Price change", 0)
    at += who.rng.uniform(20, 90)
    for url in who.links(who.rng.randint(3, 6)):
        who.fetched(at, "Price change", url, 0)
        at += who.rng.uniform(0.2, 1.5)


def seed_list_tester(who: Told) -> None:
    """A preview service renders the mail in a dozen clients and checks that no link is broken."""
    at = who.rng.uniform(30, 120)
    for _client in range(who.rng.randint(8, 14)):
        who.act(at, "open", mail="April letter", sent=0, agent="scanner", by="machine")
        at += who.rng.uniform(0.5, 9)
    for url in who.links(6):
        who.fetched(at, "April letter", url, 0, "scanner")
        at += who.rng.uniform(0.2, 1)


def assistant_summary(who: Told) -> None:
    """A writing assistant reads the mailbox: it loads the images through a proxy and follows a few links."""
    at = who.rng.uniform(30, 20 * MINUTE)
    who.act(at, "open", mail="Meter guide", sent=0, agent="proxy", by="machine")
    for url in who.links(5)[: who.rng.randint(2, 4)]:
        at += who.rng.uniform(0.8, 3)
        who.fetched(at, "Meter guide", url, 0, "scanner")


def image_gateway(who: Told) -> None:
    """A gateway loads the images of every mail within three seconds of the send and follows nothing."""
    for number, mail in enumerate(MAILS[: who.rng.randint(3, 6)]):
        sent = number * 7 * DAY
        at = sent + who.rng.uniform(0.4, 2.8)
        who.act(at, "open", mail=mail, sent=sent, agent="browser", by="machine")


def device_guard(who: Told) -> None:
    """Protection on the laptop checks all links when the mail arrives there; the owner reads it after."""
    at = who.rng.uniform(1, 10) * HOUR
    for url in who.links(who.rng.randint(4, 7)):
        who.fetched(at, "April letter", url, 0)
        at += who.rng.uniform(0.1, 0.9)
    at += who.rng.uniform(90, 15 * MINUTE)
    who.opened(at, "April letter", 0)
    who.clicked(at + who.rng.uniform(8, 60), "April letter", HOST + "/prices", 0)


def unsubscribe_probe(who: Told) -> None:
    """A service that judges senders tests the way out: that link alone, seconds after each send."""
    for number, mail in enumerate(MAILS[: who.rng.randint(2, 4)]):
        sent = number * 10 * DAY
        who.fetched(sent + who.rng.uniform(2, 50), mail, LEAVE, sent, who.rng.choice(("-", "browser")))


def clock_work(who: Told) -> None:
    """A gateway with a fixed delay: of every mail the first two links, always as long after the send."""
    delay = who.rng.uniform(14, 110)
    for number, mail in enumerate(MAILS[: who.rng.randint(3, 6)]):
        sent = number * 7 * DAY
        links = who.links(5)
        at = sent + delay + who.rng.uniform(-1, 1)
        who.fetched(at, mail, links[0], sent)
        who.fetched(at + who.rng.uniform(0.2, 1), mail, links[1], sent)


def on_the_click(who: Told) -> None:
    """Rewritten links: when the person clicks, the protecting service loads the page just before them."""
    at = who.rng.uniform(5 * MINUTE, 2 * DAY)
    url = HOST + who.rng.choice(PATHS)
    who.opened(at, "Story Aqua Sud", 0)
    at += who.rng.uniform(5, 50)
    who.fetched(at, "Story Aqua Sud", url, 0, who.rng.choice(("scanner", "scanner", "browser")))
    who.clicked(at + who.rng.uniform(0.6, 2.5), "Story Aqua Sud", url, 0)


def behind_two_vendors(who: Told) -> None:
    """Both gateways check, and hours later their user reads."""
    two_vendors(who)
    who.read_later(0, "Meter guide")


def behind_a_sample(who: Told) -> None:
    """The gateway takes its sample of each of several mails; the user reads some of them."""
    for number, mail in enumerate(MAILS[:4]):
        sent = number * 8 * DAY
        at = sent + who.rng.uniform(2, 9)
        for url in who.links(6)[:2]:
            who.fetched(at, mail, url, sent)
            at += who.rng.uniform(0.2, 1)
        if number % 2:
            who.read_later(sent, mail)


def library_crawler(who: Told) -> None:
    """A reading archive of a library stores what its lists receive, link after link, and names itself."""
    at = who.rng.uniform(10 * MINUTE, 8 * HOUR)
    who.act(at, "open", mail="April letter", sent=0, agent="scanner", by="machine")
    for url in who.links(who.rng.randint(4, 8)):
        at += who.rng.uniform(5, 60)
        who.fetched(at, "April letter", url, 0, "scanner")


# --- people ----------------------------------------------------------------------------------------------


def waits_for_it(who: Told) -> None:
    """They have just filled in a form and wait for the mail that confirms it: open and click at once."""
    who.act(0, "form")
    sent = who.rng.uniform(1, 3)
    at = sent + who.rng.uniform(7, 25)
    who.opened(at, "Confirm your address", sent)
    at = who.clicked(at + who.rng.uniform(2, 6), "Confirm your address", CONFIRM, sent)
    who.act(at + who.rng.uniform(5, 30), "visit")


def webinar_starts(who: Told) -> None:
    """The reminder comes ten minutes before; they join, are thrown out, and join again by the same link."""
    at = who.rng.uniform(40, 500)
    url = HOST + "/webinars/may"
    who.opened(at, "May webinar", 0)
    for _try in range(who.rng.randint(1, 3)):
        at += who.rng.uniform(6, 90)
        who.clicked(at, "May webinar", url, 0)


def triage(who: Told) -> None:
    """Monday morning: a week of mails opened one after the other, a link followed in one or two."""
    now = 7 * DAY + who.rng.uniform(0, 2 * HOUR)
    for number, mail in enumerate(MAILS[: who.rng.randint(4, 7)]):
        sent = number * DAY
        now += who.rng.uniform(2, 9)
        who.opened(now, mail, sent)
        if who.rng.random() < 0.4:
            now += who.rng.uniform(3, 12)
            now = who.clicked(now, mail, HOST + who.rng.choice(PATHS), sent)


def middle_button(who: Told) -> None:
    """A power user opens three to five links in tabs, a second or two apart, and then reads them all."""
    at = who.rng.uniform(2, 40) * HOUR
    who.opened(at, "April letter", 0, "browser")
    at += who.rng.uniform(10, 40)
    clicked: list[tuple[float, str]] = []
    for path in who.rng.sample(PATHS, who.rng.randint(3, 5)):
        at += who.rng.uniform(1.2, 2.8)
        clicked.append((at, HOST + path))
        who.act(at, "click", mail="April letter", url=HOST + path, sent=0, agent="browser", by="human")
    for when, url in clicked:
        who.seen(when + who.rng.uniform(0.8, 4), url)
    who.seen(at + who.rng.uniform(60, 600), HOST + "/prices")


def wrong_tap(who: Told) -> None:
    """A thumb hits the neighbour of the link it wanted; back, and the right one."""
    at = who.rng.uniform(3 * MINUTE, DAY)
    who.opened(at, "Meter guide", 0)
    for path in who.rng.sample(PATHS, 2):
        at += who.rng.uniform(3, 9)
        who.clicked(at, "Meter guide", HOST + path, 0)


def no_images(who: Told) -> None:
    """Images are blocked, so no open is ever seen; clicks come as clicks do."""
    for number, mail in enumerate(MAILS[: who.rng.randint(1, 3)]):
        sent = number * 9 * DAY
        at = sent + who.rng.uniform(3 * MINUTE, 2 * DAY)
        who.clicked(at, mail, HOST + who.rng.choice(PATHS), sent, who.rng.choice(("browser", "-")))


def tunnel(who: Told) -> None:
    """Mails read on a train without a network: the opens arrive together when there is one, then a click."""
    at = who.rng.uniform(20 * MINUTE, 5 * HOUR)
    for number, mail in enumerate(MAILS[: who.rng.randint(3, 5)]):
        who.opened(at + number * who.rng.uniform(0.1, 0.6), mail, 0)
    at += who.rng.uniform(8, 40)
    who.clicked(at, MAILS[0], HOST + who.rng.choice(PATHS), 0)


def shared_mailbox(who: Told) -> None:
    """Three colleagues read one address and follow different links from different desks within an hour."""
    at = who.rng.uniform(5 * MINUTE, 5 * HOUR)
    for path, agent in zip(who.rng.sample(PATHS, 3), ("browser", "app", "browser"), strict=True):
        who.opened(at, "Tariff update", 0, agent)
        who.clicked(at + who.rng.uniform(6, 45), "Tariff update", HOST + path, 0)
        at += who.rng.uniform(1, 25) * MINUTE


def answers(who: Told) -> None:
    """Opens, looks at the prices, and writes back."""
    at = who.rng.uniform(90, 8 * HOUR)
    who.opened(at, "Price change", 0)
    at = who.clicked(at + who.rng.uniform(5, 30), "Price change", HOST + "/prices", 0)
    who.act(at + who.rng.uniform(1, 20) * MINUTE, "reply", mail="Price change")


def handed_over(who: Told) -> None:
    """The phone hands the page to the laptop: the same link again, five to twenty seconds later."""
    at = who.rng.uniform(4 * MINUTE, DAY)
    url = HOST + who.rng.choice(PATHS)
    who.opened(at, "Story Aqua Sud", 0)
    at += who.rng.uniform(4, 20)
    who.clicked(at, "Story Aqua Sud", url, 0, "app")
    who.clicked(at + who.rng.uniform(5, 20), "Story Aqua Sud", url, 0)


def keyboard_reader(who: Told) -> None:
    """A screen reader goes from link to link; each is followed and read for a while."""
    at = who.rng.uniform(10 * MINUTE, DAY)
    who.opened(at, "April letter", 0)
    for path in who.rng.sample(PATHS, who.rng.randint(3, 5)):
        at += who.rng.uniform(9, 40)
        who.clicked(at, "April letter", HOST + path, 0)


def weeks_later(who: Told) -> None:
    """Found again by search in the mailbox, weeks after."""
    at = who.rng.uniform(14, 90) * DAY
    who.opened(at, "Meter guide", 0, "browser")
    at = who.clicked(at + who.rng.uniform(5, 60), "Meter guide", HOST + "/resources/meter-guide", 0)
    if who.rng.random() < 0.5:
        who.act(at + who.rng.uniform(2, 9) * MINUTE, who.rng.choice(("form", "meeting")))


def comes_back(who: Told) -> None:
    """Compares: prices, then the other page, then both again the next day."""
    at = who.rng.uniform(5 * MINUTE, 10 * HOUR)
    for start in (at, at + DAY + who.rng.uniform(0, 4 * HOUR)):
        who.opened(start, "Price change", 0)
        again = who.clicked(start + who.rng.uniform(6, 30), "Price change", HOST + "/prices", 0)
        who.clicked(again + who.rng.uniform(8, 50), "Price change", HOST + "/compare/spreadsheets", 0)


def quick_on_the_phone(who: Told) -> None:
    """The mail arrives while they hold the phone: open after a quarter of a minute, click soon after."""
    at = who.rng.uniform(12, 35)
    who.opened(at, "Survey", 0)
    who.clicked(at + who.rng.uniform(3, 15), "Survey", HOST + "/calculator", 0)


def stays_out(who: Told) -> None:
    """Leaves the list by its link and says why in the form."""
    at = who.rng.uniform(2 * MINUTE, 3 * DAY)
    who.opened(at, "April letter", 0)
    at += who.rng.uniform(5, 60)
    who.clicked(at, "April letter", LEAVE, 0)
    if who.rng.random() < 0.5:
        who.act(at + who.rng.uniform(10, 90), "form")


def relay_user(who: Told) -> None:
    """A private relay hides the reader: the proxy loads the images, the click is their own."""
    sent = 0.0
    who.act(who.rng.uniform(1, 600), "open", mail="Tariff update", sent=sent, agent="proxy", by="machine")
    at = who.rng.uniform(20 * MINUTE, DAY)
    who.clicked(at, "Tariff update", HOST + who.rng.choice(PATHS), sent, who.rng.choice(("browser", "-")))


Mechanism = Callable[[Told], None]
SHARES: tuple[tuple[Mechanism, int], ...] = (
    (first_and_last, 8), (two_vendors, 8), (head_then_get, 8), (parallel_machines, 6),
    (reputation_sample, 8), (purge_recheck, 6), (reported_as_phishing, 6), (seed_list_tester, 4),
    (assistant_summary, 6), (image_gateway, 5), (device_guard, 6), (unsubscribe_probe, 5), (clock_work, 6),
    (on_the_click, 6), (behind_two_vendors, 8), (behind_a_sample, 6), (library_crawler, 4),
    (waits_for_it, 8), (webinar_starts, 8), (triage, 8), (middle_button, 4), (wrong_tap, 6), (no_images, 8),
    (tunnel, 5), (shared_mailbox, 6), (answers, 6), (handed_over, 6), (keyboard_reader, 6),
    (weeks_later, 8), (comes_back, 6), (quick_on_the_phone, 8), (stays_out, 6), (relay_user, 6),
)  # fmt: skip
"""How many recipients each mechanism gives."""


def lines(seed: int = SEED) -> list[str]:
    """The whole set, heading first, each sequence in the order of time; every second portal sees pages."""
    rng = random.Random(seed)
    found = [HEAD]
    for mechanism, count in SHARES:
        for number in range(count):
            who = Told(rng, has_pages=number % 2 == 0)
            mechanism(who)
            name = mechanism.__name__
            told = sorted(who.lines, key=lambda line: line[0])
            found += [f"{name}-{number + 1}\t{name}\t{line}" for _at, line in told]
    return found


if __name__ == "__main__":
    PLACE.write_text("\n".join(lines()) + "\n", encoding="utf-8")
