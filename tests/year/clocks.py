"""The clocks of `syncd report sla` counted again: when Salesforce got somebody, who of sales tried when, and
when the stay was over, from the histories of both systems alone.

The rules are those of docs/metrics.md and of the shipped playbook, written down once more: eight open hours a
day from nine to five in Berlin, one working day to the target and two to the breach.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.year.recount import ACCEPTED, KEY, REASON, REFUSED, Person, Recount

BERLIN = ZoneInfo("Europe/Berlin")
OPENS, CLOSES = time(9), time(17)
TARGET, BREACH = timedelta(hours=8), timedelta(hours=16)
SILENCE = timedelta(days=30)
WORKING = "Working - Contacted"
HANDED, ACCEPTED_BY, GIVEN_BACK, DEAL, WON = "handed over", "accepted", "given back", "deal", "won"
WITH_SALES = (HANDED, ACCEPTED_BY)


def after_open_hours(start: datetime, span: timedelta) -> datetime:
    """The moment at which so much open time has passed."""
    day, left = start.astimezone(BERLIN).date(), span
    while True:
        opens, closes = (datetime.combine(day, at, BERLIN).astimezone(start.tzinfo) for at in (OPENS, CLOSES))
        begin = max(opens, start)
        if day.weekday() < 5 and begin < closes:
            if begin + left <= closes:
                return begin + left
            left -= closes - begin
        day += timedelta(days=1)


@dataclass
class Stay:
    """One stay with sales. `counts_from`: work before that was about something else."""

    began_at: datetime
    counts_from: datetime
    ended_at: datetime | None = None
    deal_at: datetime | None = None


def state(stay: Stay, tries: list[datetime], now: datetime) -> str:
    """How the clock of this stay stands now."""
    until = stay.ended_at or now
    tried = [at for at in tries if stay.counts_from < at <= until]
    if stay.deal_at is not None and stay.deal_at <= until:
        tried.append(stay.deal_at)
    due_at, breach_at = (after_open_hours(stay.began_at, span) for span in (TARGET, BREACH))
    if tried:
        first = min(tried)
        return "met" if first <= due_at else "late" if first <= breach_at else "breached"
    if min(now, until) >= breach_at:
        return "breached"
    if stay.ended_at is not None:
        return "ended"
    return "overdue" if now >= due_at else "running"


@dataclass
class Story:
    """The stays with sales, and what became of each pass: `accepted`, `given_back` or `open`, and why."""

    stays: list[Stay] = field(default_factory=list)
    moves: list[tuple[datetime, str]] = field(default_factory=list)  # to which stage, at which look
    fates: list[tuple[str, str]] = field(default_factory=list)
    stage: str = "with marketing"
    floor_at: datetime | None = None
    why: str = ""


FATES = {HANDED: "open", GIVEN_BACK: "given_back", ACCEPTED_BY: "accepted", DEAL: "accepted", WON: "accepted"}
REASONS = {
    "No Budget": "no_budget", "Bad Timing": "bad_timing", "No Authority": "no_authority",
    "No Need": "no_need", "Went With Competitor": "competitor_chosen", "Not a Fit": "not_a_fit",
    "Bad Data": "bad_data", "Student": "student", "Unresponsive": "unresponsive", "Price": "price",
    "Competitor": "competitor_chosen", "No Decision": "no_decision", "Timing": "bad_timing",
    "Missing Feature": "missing_feature",
}  # fmt: skip


class Clocks:
    """Every stay of the people whose story these rules can tell."""

    def __init__(self, counted: Recount, now: datetime) -> None:
        self.counted = counted
        self.now = now

    def is_told(self, person: Person) -> bool:
        """Whether one record in each system tells the whole story. Meetings start clocks anew, and merged or
        doubled records have more than one story: of these the report is not asked here."""
        portal = self.counted.sandbox.hubspot
        met = portal.associations.of("contacts", person.contact.number, "meetings")
        of_sales = [*person.leads, *(c for c in person.contacts if c not in self._became(person))]
        return len(person.numbers) == 1 and not met and len(of_sales) == 1 and self._is_whole(of_sales[0])

    def _became(self, person: Person) -> set[str]:
        org = self.counted.sandbox.salesforce
        return {str(org.record("Lead", lead)["ConvertedContactId"]) for lead in person.leads}

    def _is_whole(self, record_id: str) -> bool:
        """Never thrown away, and never without our key once it had it."""
        changes = self.counted.records[record_id].changes
        return not any(
            (item.field == "IsDeleted" and item.new) or (item.field == KEY and not item.new and item.old)
            for item in changes
        )

    def states(self, person: Person) -> list[str]:
        """How each clock of this person stands, oldest first."""
        tries = self._tries(person)
        return [state(stay, tries, self.now) for stay in self.story(person).stays]

    # --- the story ---------------------------------------------------------------------------------------

    def story(self, person: Person) -> Story:
        """One stay per hand-off, and one more each time sales takes up again what it had given back."""
        told = Story()
        handed = sorted(set(person.handed.values()))
        for look in sorted({*handed, *self._moments(person, handed)}):
            before = told.stage
            self._tell(person, look, told)
            told.moves += [(look, told.stage)] if told.stage != before else []
            if told.fates:
                told.fates[-1] = FATES[told.stage], told.why if told.stage == GIVEN_BACK else ""
            if look in handed:
                asked = [at for at in self._asked(person) if at <= look]
                told.stays.append(Stay(look, min(max(asked, default=look), look)))
                told.stage = HANDED
                told.moves.append((look, HANDED))
                told.fates.append((FATES[HANDED], ""))
        return told

    def _moments(self, person: Person, handed: list[datetime]) -> set[datetime]:
        """Looks that saw something new of the person in Salesforce, and the ends of silences."""
        seen = {look for lead in person.leads for look, _sight in self.counted.sights(lead)}
        seen |= {look for look, _deal in self.counted.deals(person)}
        quiet = (*handed, *self._tries(person), *self._changes(person))
        return seen | {at + SILENCE for at in quiet if at + SILENCE <= self.now}

    def _tell(self, person: Person, look: datetime, told: Story) -> None:
        """What sales' records say at this look, and what follows for the stay under way."""
        known_by = self.counted.looked_by(look)
        deals = self._deals_at(person, known_by)
        if "won" in deals or "open" in deals:
            self._deal(told, look, is_won="won" in deals)
        elif told.stage == WON:
            return
        elif "lost" in deals and self._is_loss(told, deals["lost"]):
            self._give_back(told, look, deals["lost"], self._loss_reason(person, known_by))
        else:
            told.stage = ACCEPTED_BY if told.stage == DEAL else told.stage
            self._status(person, look, known_by, told)

    @staticmethod
    def _deal(told: Story, look: datetime, *, is_won: bool) -> None:
        if told.stays and told.stays[-1].ended_at is None:
            stay = told.stays[-1]
            stay.deal_at = stay.deal_at or look
            stay.ended_at = look if is_won else None
        told.stage = WON if is_won else DEAL

    @staticmethod
    def _is_loss(told: Story, at: datetime) -> bool:
        is_new = told.floor_at is None or at > told.floor_at
        return told.stage == DEAL or (told.stage in WITH_SALES and is_new)

    def _status(self, person: Person, look: datetime, known_by: datetime, told: Story) -> None:
        said, at = self._status_at(person, known_by)
        if at is None or (told.floor_at is not None and at <= told.floor_at):
            if at is not None and told.stage == GIVEN_BACK and said in REFUSED and at == told.floor_at:
                told.why = self._reason(person, at, known_by)  # corrected since
            self._silence(person, look, told)
        elif said in REFUSED:
            why = self._reason(person, at, known_by)
            if told.stage in WITH_SALES:
                self._give_back(told, look, at, why)
            elif told.stage == GIVEN_BACK:
                told.why, told.floor_at = why, at  # given back once more, for another reason
        elif told.stage == GIVEN_BACK:
            told.stays.append(Stay(look, look))
            told.stage = ACCEPTED_BY if said in ACCEPTED else HANDED
        else:
            if told.stage == HANDED and said in ACCEPTED:
                told.stage = ACCEPTED_BY
            self._silence(person, look, told)

    def _silence(self, person: Person, look: datetime, told: Story) -> None:
        """Thirty days without a sign of work are an answer too, unless sales has said yes."""
        if told.stage != HANDED or not told.stays or told.stays[-1].ended_at is not None:
            return
        signs = (*self._tries(person), *self._changes(person))
        since = max([told.stays[-1].began_at, *(at for at in signs if at <= look)])
        if look >= since + SILENCE:
            self._give_back(told, since + SILENCE, since + SILENCE, "unresponsive")

    @staticmethod
    def _give_back(told: Story, look: datetime, at: datetime, why: str) -> None:
        told.floor_at = at
        if told.stays:
            told.floor_at = max(at, told.stays[-1].counts_from)
            told.stays[-1].ended_at = told.stays[-1].ended_at or look
        told.stage, told.why = GIVEN_BACK, why

    # --- what the records say ----------------------------------------------------------------------------

    def _status_at(self, person: Person, look: datetime) -> tuple[str, datetime | None]:
        """The newest change of status, or the conversion, that this look could see."""
        us = self.counted.us
        seen = [
            (item.at, str(item.new))
            for lead in person.leads
            for item in self.counted.records[lead].changes
            if item.field == "Status" and item.old is not None
            if item.at < look or (item.at == look and item.by != us)
        ]
        return (max(seen)[1], max(seen)[0]) if seen else ("", None)

    def _reason(self, person: Person, said_at: datetime, known_by: datetime) -> str:
        """Why, as far as we could know by then: what was named with the refusal, or since."""
        named = [
            (item.at, str(item.new or ""))
            for lead in person.leads
            for item in self.counted.records[lead].changes
            if item.field == REASON and item.at <= known_by
        ]
        then = max(((at, text) for at, text in named if at <= said_at), default=(said_at, ""))[1]
        since = [text for at, text in sorted(named) if at > said_at and text]
        return REASONS.get((since or [then])[-1], "no_reason_given")

    def _loss_reason(self, person: Person, known_by: datetime) -> str:
        lost = [
            (look, str(deal.get("Loss_Reason__c") or ""))
            for look, deal in self.counted.deals(person)
            if look <= known_by and deal.get("IsClosed")
        ]
        return REASONS.get(max(lost)[1], "no_reason_given")

    def _deals_at(self, person: Person, look: datetime) -> dict[str, datetime]:
        """How the person's deals stand: the newest change of each outcome."""
        found: dict[str, datetime] = {}
        shown: dict[str, dict[str, object]] = {}
        for seen, deal in sorted(self.counted.deals(person), key=lambda item: item[0]):
            if seen <= look:
                shown[str(deal["Id"])] = deal
        for deal in (item for item in shown.values() if not item.get("IsDeleted")):
            outcome = "won" if deal.get("IsWon") else "lost" if deal.get("IsClosed") else "open"
            changes = self.counted.records[str(deal["Id"])].changes
            moves = [item.at for item in changes if item.field == "StageName" and item.at <= look]
            found[outcome] = max([found.get(outcome, moves[-1]), moves[-1]])
        return found

    def _asked(self, person: Person) -> list[datetime]:
        """When the person filled in a form or answered."""
        log = self.counted.sandbox.hubspot.marketing
        return [
            item.at for form in log.forms.values() for item in form.submissions if item.email in person.emails
        ] + self._mails(person, "INCOMING_EMAIL")

    def _tries(self, person: Person) -> list[datetime]:
        """When somebody of sales called, wrote, or said that they had; and when a Lead was converted."""
        us, found = self.counted.us, []
        for record in self.counted.records.values():
            values = {item.field: item.new for item in record.changes}
            if record.kind != "Task" or values.get(KEY) or values.get("TaskSubtype") != "Call":
                continue
            if values.get("IsDeleted"):  # with the deal it was about, say: it is not told any more
                continue
            first = {item.field: item.new for item in reversed(record.changes)}
            if {first.get("WhoId"), values.get("WhoId")} & {*person.leads, *person.contacts}:
                found.append(record.changes[0].at)
        for lead in person.leads:
            for item in self.counted.records[lead].changes:
                is_said = item.field == "Status" and item.new == WORKING and self._was_read(person, item.at)
                if item.by != us and (is_said or (item.field == "IsConverted" and item.new)):
                    found.append(item.at)
        portal = self.counted.sandbox.hubspot
        for other in portal.associations.of("contacts", person.contact.number, "calls"):
            found.append(portal.record("calls", str(other)).created_at)
        return sorted([*found, *self._mails(person, "EMAIL")])

    def _was_read(self, person: Person, at: datetime) -> bool:
        """Whether a look found the status set then: of two between looks only the second is read."""
        look = self.counted.seen_at(at)
        return look is not None and self._status_at(person, look)[1] == at

    def _changes(self, person: Person) -> list[datetime]:
        """When somebody changed status, owner or reason of the Lead: a sign of work, if not of a try."""
        names = {"Status", "OwnerId", REASON}
        changes = (item for lead in person.leads for item in self.counted.records[lead].changes)
        return [item.at for item in changes if item.field in names and item.old is not None]

    def _mails(self, person: Person, direction: str) -> list[datetime]:
        portal = self.counted.sandbox.hubspot
        mails = [
            portal.record("emails", str(other))
            for other in portal.associations.of("contacts", person.contact.number, "emails")
        ]
        return [mail.created_at for mail in mails if mail.properties.get("hs_email_direction") == direction]
