"""The clock of first contact in the whole loop: reminded, escalated, touched, corrected.

The sandbox's Monday is 7 September 2026; the shipped playbook works from nine to five, UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncd.connectors.sandbox import Sandbox
from syncd.core.sla.clock import Clock, State
from syncd.jobs import sla
from syncd.store import outbox, work
from tests.loop.harness import Loop, Prepare, loop

EMAIL = "ines.moreau@harbour-works.com"


def at(text: str) -> datetime:
    """`Tue 16:30` of that week."""
    day, _, clock = text.partition(" ")
    number = 7 + ("Mon", "Tue", "Wed", "Thu", "Fri").index(day)
    return datetime.fromisoformat(f"2026-09-{number:02}T{clock}+00:00").astimezone(UTC)


def until(it: Loop, text: str) -> None:
    """Let the world go on to that moment, then do everything that is due."""
    it.sandbox.advance_to(at(text))
    it.cycle.once()


def hand_over(it: Loop) -> str:
    """Ines asks for a demo on Monday at 10:00 and is with sales at once. Returns her contact's id."""
    it.sandbox.advance_to(at("Mon 10:00"))
    hubspot = it.sandbox.hubspot
    company = hubspot.create(
        "companies",
        {"name": "Harbour Works", "domain": "harbour-works.com", "numberofemployees": "400"},
    )
    contact = hubspot.create(
        "contacts",
        {"email": EMAIL, "firstname": "Ines", "lastname": "Moreau", "jobtitle": "VP Operations"},
    )
    hubspot.associate("contacts", contact, "companies", company)
    hubspot.submit_form(
        "Request a demo", EMAIL, {"email": EMAIL}, "https://www.fernhill.io/demo", contact_id=contact
    )
    it.cycle.once()
    assert it.stages(EMAIL)[-1] == "handed_off"
    return contact


def clock(it: Loop) -> Clock:
    return sla.of_lead(it.store, it.loaded.playbook, it.lead_id(EMAIL), it.now).clocks[-1]


def said(it: Loop) -> list[str]:
    """What the clock has told people, in order: event and title of each message that went out."""
    with it.store.read() as tx:
        effects = outbox.of_lead(tx, it.lead_id(EMAIL))
    return [
        f"{str(item.payload['event']).partition(':')[0]}: {item.payload['title']}"
        for item in effects
        if item.kind == "alert" and ":sla_" in item.target and item.state == "done"
    ]


def events(it: Loop) -> list[str]:
    return [line.partition(":")[0] for line in said(it)]


def lead_of(it: Loop) -> str:
    (found,) = it.sandbox.salesforce.find("Lead", Email=EMAIL)
    return found.id


def log_call(it: Loop, by: str | None = None, **fields: object) -> None:
    """A call on the Lead's record: closed, outbound, by its owner."""
    (lead,) = it.sandbox.salesforce.find("Lead", Email=EMAIL)
    told = {
        "Subject": "Call", "TaskSubtype": "Call", "Status": "Completed", "WhoId": lead.id,
        "OwnerId": lead["OwnerId"], "CallType": "Outbound",
    }  # fmt: skip
    it.sandbox.salesforce.insert("Task", {**told, **fields}, by=by or str(lead["OwnerId"]))


def ask(it: Loop, verb: str, **arguments: object) -> tuple[str, str]:
    """What a person asks for on the command line, and the answer."""
    with it.store.write(None) as tx:
        told = {"lead_id": it.lead_id(EMAIL), **arguments}
        request_id = work.ask(tx, verb, "Grace", told, it.now)
    it.cycle.once()
    with it.store.read() as tx:
        answered = work.answered(tx, request_id)
    assert answered is not None
    return answered


def test_nobody_calls(tmp_path: Path, store_url: str) -> None:
    """Reminded two open hours before the target, the manager told at the breach, asked to reassign a working
    day later: each once, at its moment, without anything new having happened (S74)."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        found = clock(it)
        assert abs((found.terms.due_at - at("Tue 10:00")).total_seconds()) < 60
        until(it, "Mon 15:55")
        assert said(it) == []
        for moment, wanted in (
            ("Mon 16:05", ["sla_reminder"]),
            ("Mon 16:30", ["sla_reminder"]),
            ("Wed 09:55", ["sla_reminder"]),
            ("Wed 10:05", ["sla_reminder", "sla_breach"]),
            ("Thu 09:55", ["sla_reminder", "sla_breach"]),
            ("Thu 10:05", ["sla_reminder", "sla_breach", "sla_reassign"]),
            ("Fri 10:05", ["sla_reminder", "sla_breach", "sla_reassign"]),
        ):
            until(it, moment)
            assert events(it) == wanted, moment
        assert clock(it).state is State.BREACHED


def test_a_no_show_starts_the_clock_anew(tmp_path: Path, store_url: str) -> None:
    """The rep had called and booked a meeting; nobody came. What was done before is no answer to that, and
    the new clock reminds and escalates in its turn."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        contact = hand_over(it)
        it.sandbox.advance_to(at("Mon 11:00"))
        log_call(it)
        starts = dict.fromkeys(("hs_meeting_start_time", "hs_timestamp"), "2026-09-08T10:00:00Z")
        values = {"hs_meeting_title": "Demo", "hs_meeting_outcome": "SCHEDULED", **starts}
        meeting = it.sandbox.hubspot.log("meetings", values, [contact])
        until(it, "Tue 09:55")
        assert clock(it).state is State.MET
        it.sandbox.advance_to(at("Tue 10:30"))
        it.sandbox.hubspot.update("meetings", meeting, {"hs_meeting_outcome": "NO_SHOW"})
        until(it, "Tue 11:00")
        found = clock(it)
        assert (found.state, found.span.again, found.terms.due_at) == (State.RUNNING, 1, at("Wed 10:00"))
        assert said(it) == []
        until(it, "Wed 08:05")
        assert events(it) == ["sla_reminder_again1"]
        until(it, "Thu 10:05")
        assert events(it) == ["sla_reminder_again1", "sla_breach_again1"]
        log_call(it)
        until(it, "Thu 11:00")
        stories = sla.of_lead(it.store, it.loaded.playbook, it.lead_id(EMAIL), it.now).clocks
        assert [item.state for item in stories] == [State.MET, State.BREACHED]


def test_a_meeting_called_off_ahead_starts_it_when_that_is_known(tmp_path: Path, store_url: str) -> None:
    """Unless another is booked by then."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        contact = hand_over(it)
        it.sandbox.advance_to(at("Mon 11:00"))
        log_call(it)
        made = []
        for day in ("10", "11"):
            starts = f"2026-09-{day}T10:00:00Z"
            values = {
                "hs_meeting_title": "Demo", "hs_meeting_start_time": starts, "hs_timestamp": starts,
                "hs_meeting_outcome": "SCHEDULED",
            }  # fmt: skip
            made.append(it.sandbox.hubspot.log("meetings", values, [contact]))
        until(it, "Mon 12:00")
        it.sandbox.hubspot.update("meetings", made[0], {"hs_meeting_outcome": "CANCELED"})
        until(it, "Mon 14:00")
        assert (clock(it).state, clock(it).span.again) == (State.MET, 0)
        it.sandbox.hubspot.update("meetings", made[1], {"hs_meeting_outcome": "CANCELED"})
        until(it, "Mon 15:00")
        assert (clock(it).state, clock(it).span.again) == (State.RUNNING, 1)
        assert at("Mon 14:00") <= clock(it).terms.started_at <= at("Mon 15:00")


def test_who_comes_back_after_a_pause_hears_the_newest_only(tmp_path: Path, store_url: str) -> None:
    """Nobody is told on Thursday that something was going to be due on Tuesday."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        until(it, "Wed 11:00")
        assert events(it) == ["sla_breach"]


def test_a_call_ends_it(tmp_path: Path, store_url: str) -> None:
    """The rep's own call, logged by the rep: no reminder, no alarm, and both times are known."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        it.sandbox.advance_to(at("Mon 11:00"))
        log_call(it, CallDisposition="No answer")
        it.sandbox.advance_to(at("Mon 14:00"))
        log_call(it, CallDisposition="Connected")
        until(it, "Fri 12:00")
        found = clock(it)
        assert said(it) == []
        assert found.state is State.MET
        assert found.work.attempt is not None
        assert found.work.contact is not None
        assert (found.work.attempt.at, found.work.contact.at) == (at("Mon 11:00"), at("Mon 14:00"))


def with_machines(dialer: list[str]) -> Prepare:
    """Two users that are no people: a dialer and marketing automation. Their ids are put into `dialer`."""

    def prepare(config: Path, sandbox: Sandbox) -> None:
        dialer.extend(sandbox.salesforce.add_user(name, "Service") for name in ("Dialer", "Marketing"))
        users = "\n".join(
            f'    - {{user: "{user}", label: {label}, rows: {rows}}}'
            for user, label, rows in zip(dialer, ("Dialer", "Marketing"), ("owner", "nobody"), strict=True)
        )
        place = config / "sla.yaml"
        text = place.read_text(encoding="utf-8")
        place.write_text(
            text.replace("integration_users: []", f"integration_users:\n{users}"), encoding="utf-8"
        )

    return prepare


def test_a_dialer_works_for_the_tasks_owner_and_marketing_for_nobody(tmp_path: Path, store_url: str) -> None:
    """Judged by whose it is and what happened, not by who created the row."""
    users: list[str] = []
    with loop(tmp_path, store_url, one_owner=True, prepare=with_machines(users)) as it:
        dialer, marketing = users
        hand_over(it)
        it.sandbox.advance_to(at("Mon 10:30"))
        log_call(it, by=marketing)  # an automation that logs in the rep's name
        log_call(it, by=dialer, OwnerId=dialer)  # a dialer's row that belongs to no person
        until(it, "Mon 11:00")
        assert clock(it).state is State.RUNNING
        log_call(it, by=dialer)
        until(it, "Mon 11:30")
        found = clock(it)
        assert found.state is State.MET
        assert found.work.attempt is not None
        assert (found.work.attempt.at, found.work.attempt.by) == (at("Mon 11:00"), found.owners[-1].owner)
        until(it, "Wed 12:00")
        assert said(it) == []


def test_what_a_sequence_writes_is_no_touch(tmp_path: Path, store_url: str) -> None:
    """A sequence's mail in HubSpot, its task in Salesforce, an open task: the reminder comes all the same."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        contact = hand_over(it)
        it.sandbox.advance_to(at("Mon 11:00"))
        mail = {"hs_email_direction": "EMAIL", "hs_email_status": "SENT", "hs_email_subject": "Hello"}
        it.sandbox.hubspot.log("emails", {**mail, "hs_sequence_id": "4711"}, [contact])
        log_call(it, Subject="Step 2 [Sequence] Hello", TaskSubtype="Email", CallType=None)
        log_call(it, Status="Not Started")
        until(it, "Mon 16:05")
        assert events(it) == ["sla_reminder"]
        it.sandbox.hubspot.log("emails", mail, [contact])
        until(it, "Mon 16:30")
        assert clock(it).state is State.MET  # a person's mail is


def test_a_reminder_that_could_not_go_out_is_not_sent_after_a_touch(tmp_path: Path, store_url: str) -> None:
    """Sending was paused over the reminder, and the rep called meanwhile."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        assert ask(it, "pause", direction="push")[0] == "done"
        until(it, "Mon 16:05")
        assert said(it) == []
        it.sandbox.advance_to(at("Mon 16:10"))
        log_call(it)
        until(it, "Mon 16:15")
        assert ask(it, "resume", direction="push")[0] == "done"
        until(it, "Mon 16:30")
        assert said(it) == []
        assert clock(it).state is State.MET


def test_a_manager_corrects_the_record_and_takes_it_back(tmp_path: Path, store_url: str) -> None:
    """With name and reason, as a fact: it stops the clock, and taken back the clock is where it was."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        until(it, "Tue 09:30")
        why = "rang from her own phone"
        told = {"at": at("Mon 12:00").isoformat(), "says": "contact", "why": why}
        assert ask(it, "sla_correct", **told)[0] == "done"
        found = clock(it)
        assert (found.state, found.work.contact and found.work.contact.at) == (State.MET, at("Mon 12:00"))
        given = found.work.correction
        assert given is not None
        assert (given.by, given.why) == ("Grace", why)
        until(it, "Wed 11:00")
        assert "sla_breach" not in events(it)
        assert ask(it, "sla_take_back")[0] == "done"
        it.cycle.once()
        assert clock(it).state is State.BREACHED
        assert events(it)[-1] == "sla_breach"
        assert ask(it, "sla_take_back")[0] == "refused"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"at": "2026-09-07T09:00:00+00:00", "says": "contact", "why": "x"}, "did not have this lead"),
        ({"at": "2026-09-08T09:00:00+00:00", "says": "contact", "why": "x"}, "a moment that is over"),
        ({"at": "2026-09-07T10:30:00+00:00", "says": "contact", "why": " "}, "keeps its reason"),
        ({"at": "2026-09-07T10:30:00+00:00", "says": "perhaps", "why": "x"}, "contact, attempt, none"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(
    tmp_path: Path, store_url: str, told: dict[str, object], why: str
) -> None:
    """From before the hand-off, from the future, without a reason: it is said why, and nothing changes."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        until(it, "Mon 11:00")
        result, message = ask(it, "sla_correct", **told)
        assert result == "refused"
        assert why in message
        assert clock(it).work.correction is None


def test_from_the_queue_to_a_person_and_on_to_another(tmp_path: Path, store_url: str) -> None:
    """In the queue only the team's clock runs; each owner has their own from the moment it was theirs."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        first, second = it.sandbox.cast.org.rep_ids[:2]
        queue = it.sandbox.salesforce.add_queue("Inbound")
        lead = lead_of(it)
        it.sandbox.advance_to(at("Mon 10:20"))
        it.sandbox.salesforce.update("Lead", lead, {"OwnerId": queue}, by=first)
        until(it, "Mon 10:30")
        assert clock(it).person is None
        it.sandbox.advance_to(at("Mon 15:00"))
        it.sandbox.salesforce.update("Lead", lead, {"OwnerId": second}, by=second)
        until(it, "Mon 15:30")
        found = clock(it)
        assert found.person is not None
        assert [item.owner for item in found.owners] == [first, queue, second]
        assert found.person.due_at == at("Tue 15:00")
        until(
            it, "Tue 12:30"
        )  # the team's target was at ten: the owner's own reminder is two hours before theirs
        assert "sla_reminder" not in events(it)
        until(it, "Tue 13:05")
        assert events(it) == ["sla_reminder"]
        assert clock(it).state is State.OVERDUE


def test_the_report_shows_owners_and_our_own_delay(tmp_path: Path, store_url: str) -> None:
    """One lead, met after an hour: for everybody, and for whose it was (S75)."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        it.sandbox.advance_to(at("Mon 11:00"))
        log_call(it, CallDisposition="Connected")
        until(it, "Mon 12:00")
        lines = sla.report(it.store, it.loaded.playbook, None, it.now, it.now)
        shown = [sla.line_data(line) for line in lines]
        rep = clock(it).owners[-1].owner
        name = next(user["Name"] for user in it.sandbox.salesforce.all("User") if user.id == rep)
        assert [(line["group"], line["name"]) for line in shown] == [("all", "Everybody"), ("owner", name)]
        for line in shown:
            assert (line["clocks"], line["met"], line["met_share"], line["breached"]) == (1, 1, 1.0, 0)
            assert line["attempt_hours_median"] == line["contact_hours_p90"] == pytest.approx(1, abs=0.02)
            assert line["system_delay_s_median"] < 60
        before = sla.report(it.store, it.loaded.playbook, at("Tue 00:00"), at("Wed 00:00"), it.now)
        assert [line.clocks for line in before] == [0]


def showing_the_clock(config: Path, _sandbox: Sandbox) -> None:
    """A mapping that shows the clock on the Lead, in fields the org has."""
    place = config / "mapping.yaml"
    text = place.read_text(encoding="utf-8")
    shown = (("Description", "sla_state"), ("Fax", "sla_first_contact_at"))
    fields = "".join(f"    - {{field: {field}, from: syncd.{name}}}\n" for field, name in shown)
    place.write_text(text.replace("\n  contact:\n", f"{fields}\n  contact:\n", 1), encoding="utf-8")


def test_salesforce_shows_how_the_clock_stands(tmp_path: Path, store_url: str) -> None:
    """Kept current after the hand-off, and written for a change only."""
    with loop(tmp_path, store_url, one_owner=True, prepare=showing_the_clock) as it:
        hand_over(it)

        def shown() -> tuple[object, object]:
            lead = it.sandbox.salesforce.record("Lead", lead_of(it))
            return lead["Description"], lead["Fax"]

        assert shown() == ("Waiting for first contact", None)
        due = it.sandbox.salesforce.record("Lead", lead_of(it))["Syncd_SLA_Due__c"]
        assert str(due)[:19] == f"{clock(it).terms.due_at:%Y-%m-%dT%H:%M:%S}"
        until(it, "Tue 10:05")
        assert shown() == ("Overdue", None)
        it.sandbox.advance_to(at("Tue 11:00"))
        log_call(it, CallDisposition="Connected")
        until(it, "Tue 11:30")
        assert shown() == ("Late", "2026-09-08T11:00:00Z")
        before = len(it.sandbox.salesforce.writes)
        until(it, "Thu 12:00")
        assert len(it.sandbox.salesforce.writes) == before
