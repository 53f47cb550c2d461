"""What contacts, companies, engagements and behaviour become, read from a portal over a socket."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.connectors.hubspot import HubSpot, HubSpotOptions
from syncd.connectors.marker import mark
from syncd.connectors.marks import Marks
from syncd.core.model import Ref, System
from syncd.ports import Company, Counter, Deal, Removal, RemovalKind, User
from tests.hubspot.conftest import Portal, Pulled, pull


def ref(noun: str, id_: str, system: System = System.HUBSPOT) -> Ref:
    return Ref(system, noun, id_)


def pulled(portal: Portal, stream: str, options: HubSpotOptions | None = None) -> Pulled:
    return pull(portal.connect(options), stream, None, portal.now())


# --- people ----------------------------------------------------------------------------------------------


def test_a_contact_becomes_a_person(portal: Portal) -> None:
    """Properties asked for, e-mails in lower case, the primary company, who it is in Salesforce."""
    hubspot = portal.sandbox.hubspot
    properties = {"email": "Jo@Acme-Tools.com", "jobtitle": "CFO", "salesforceleadid": "00Q1", "city": "Ulm"}
    id_ = hubspot.create("contacts", properties)
    first, second = (hubspot.create("companies", {"name": name}) for name in ("Acme", "Other"))
    hubspot.associate("contacts", id_, "companies", first)
    hubspot.associate("contacts", id_, "companies", second)
    (person,) = pulled(portal, "contacts", HubSpotOptions(properties=frozenset({"city"}))).people
    assert person.ref == ref("contact", id_)
    assert person.emails == ("jo@acme-tools.com",)
    assert person.company == ref("company", first)
    assert person.same_as == (ref("lead", "00Q1", System.SALESFORCE),)
    assert {"jobtitle": "CFO", "city": "Ulm"}.items() <= person.properties.items()
    assert "lastmodifieddate" not in person.properties
    assert all(person.properties.values())


def test_a_merge_gives_the_survivor_with_all_its_ids(portal: Portal) -> None:
    """HubSpot makes a new record; the old ids answer with it."""
    hubspot = portal.sandbox.hubspot
    one, two = (hubspot.create("contacts", {"email": f"{name}@acme-tools.com"}) for name in "ab")
    merged = hubspot.merge("contacts", one, two)
    (person,) = pulled(portal, "contacts").people
    assert person.ref.id == merged
    assert set(person.merged_ids) == {one, two} - {merged}
    assert set(person.emails) == {"a@acme-tools.com", "b@acme-tools.com"}


def test_a_company_becomes_a_company_with_domains(portal: Portal) -> None:
    id_ = portal.sandbox.hubspot.create("companies", {"name": "Acme", "domain": "Acme-Tools.com"})
    (company,) = pulled(portal, "companies").records
    assert isinstance(company, Company)
    assert (company.ref, company.name, company.domains) == (ref("company", id_), "Acme", ("acme-tools.com",))


def test_owners_become_users(portal: Portal) -> None:
    id_ = portal.sandbox.hubspot.add_owner("mo@us.com", "Mo", "Lind")
    users = [item for item in pulled(portal, "owners").records if isinstance(item, User)]
    assert User(ref("owner", id_), "Mo Lind", "mo@us.com", is_active=True) in users


def test_visits_and_replies_are_counters(portal: Portal) -> None:
    """A running total with the moment of the last: the pull job makes signals of what was added."""
    (id_,) = portal.contacts(1)
    hubspot = portal.sandbox.hubspot
    hubspot.page_view(id_, "https://acme.example/pricing", "Pricing")
    portal.wait(hours=2)
    hubspot.page_view(id_, "https://acme.example/", "Home")
    hubspot.email_event(id_, "Autumn", "reply")
    (person,) = pulled(portal, "contacts").people
    assert person.counters == (
        Counter("hubspot.visit", 2, portal.now()),
        Counter("hubspot.email_reply", 1, portal.now()),
    )


def test_without_the_better_sources_properties_stand_in(professional: Portal) -> None:
    """No scope for forms and e-mail events, no tier for page events: shown, and made up for."""
    portal = professional
    portal.sandbox.hubspot.scopes -= {"forms", "content"}
    (id_,) = portal.contacts(1)
    hubspot = portal.sandbox.hubspot
    email = hubspot.record("contacts", id_).properties["email"]
    hubspot.submit_form("Newsletter", email, {}, "https://acme.example/blog")
    portal.wait(minutes=5)
    hubspot.submit_form("Request a demo", email, {}, "https://acme.example/demo")
    hubspot.page_view(id_, "https://Acme.example/Pricing/?utm=1#top", "Pricing")
    hubspot.email_event(id_, "Autumn", "open")
    hubspot.email_event(id_, "Autumn", "click", "https://acme.example/")
    connector = portal.connect()
    found = pull(connector, "contacts", None, portal.now())
    (person,) = {person.ref: person for person in found.people}.values()
    assert {counter.source for counter in person.counters} >= {"hubspot.email_open", "hubspot.email_click"}
    facts = {(item.source, tuple(sorted(item.attributes.items()))) for item in found.activities}
    assert facts == {
        ("hubspot.form_submission", (("form", "Newsletter"),)),
        ("hubspot.form_submission", (("form", "Request a demo"),)),
        ("hubspot.page_view", (("url", "acme.example/pricing"),)),
    }
    for stream in ("forms", "email_events", "page_events"):
        (page,) = connector.pull(stream, None, portal.now())
        assert page.unavailable
        assert page.is_complete


def test_with_the_better_sources_nothing_is_told_twice(portal: Portal) -> None:
    (id_,) = portal.contacts(1)
    portal.sandbox.hubspot.email_event(id_, "Autumn", "open")
    found = pulled(portal, "contacts")
    assert found.activities == []
    assert found.people[0].counters == ()


def test_a_refused_stream_is_not_asked_for_every_minute(professional: Portal) -> None:
    portal = professional
    connector = portal.connect()
    pull(connector, "page_events", None, portal.now())
    mark_ = portal.mark
    portal.wait(minutes=1)
    assert pull(connector, "page_events", None, portal.now()).pages[-1].unavailable
    assert portal.mark == mark_


def test_a_required_stream_that_is_refused_fails(portal: Portal) -> None:
    """Contacts without their scope are a matter of configuration, with the scope named."""
    portal.sandbox.hubspot.scopes -= {"crm.objects.companies.read"}
    with pytest.raises(Exception, match=r"missing_scope.*crm\.objects\.companies\.read"):
        pulled(portal, "companies")


# --- engagements -----------------------------------------------------------------------------------------


def engaged(
    portal: Portal, type_: str, properties: dict[str, str], options: HubSpotOptions | None = None
) -> Pulled:
    (id_,) = portal.contacts(1)
    portal.sandbox.hubspot.log(type_, properties, contacts=[id_])
    found = pulled(portal, type_, options)
    assert all(item.people == (ref("contact", id_),) for item in found.activities)
    return found


def test_a_call(portal: Portal) -> None:
    found = engaged(
        portal,
        "calls",
        {
            "hs_call_title": "Intro call",
            "hs_call_direction": "INBOUND",
            "hs_call_status": "COMPLETED",
            "hs_call_body": "<p>Hi team,</p><p>They have <b>budget</b> for May &amp; want a pilot. More.</p>",
        },
    )
    (item,) = found.activities
    assert (item.source, item.ref.object) == ("hubspot.call", "call")
    assert item.attributes == {"direction": "inbound", "status": "completed"}
    assert (item.title, item.quote) == ("Intro call", "They have budget for May & want a pilot.")


def test_an_email_inbound(portal: Portal) -> None:
    text = "Hello Mo,\n\nCould you send a quote for 50 seats?\n\nOn Monday Mo wrote:\n> our offer"
    properties = {
        "hs_email_direction": "INCOMING_EMAIL", "hs_email_status": "SENT", "hs_email_subject": "Quote",
        "hs_email_text": text,
    }  # fmt: skip
    (item,) = engaged(portal, "emails", properties).activities
    assert item.attributes == {"direction": "inbound", "status": "sent"}
    assert item.quote == "Could you send a quote for 50 seats?"


def test_a_meeting_is_booked_and_takes_place(portal: Portal) -> None:
    """Two facts: one when it was made, one when it starts."""
    start = (portal.now() + timedelta(days=3)).isoformat().replace("+00:00", "Z")
    found = engaged(portal, "meetings", {"hs_meeting_start_time": start, "hs_meeting_outcome": "SCHEDULED"})
    meeting, booked = found.activities
    assert (meeting.source, meeting.attributes) == ("hubspot.meeting", {"outcome": "scheduled"})
    assert meeting.occurred_at == portal.now() + timedelta(days=3)
    assert (booked.source, booked.ref.object, booked.occurred_at) == (
        "hubspot.meeting_booked", "meeting_booked", portal.now(),
    )  # fmt: skip


def test_notes_tasks_and_communications(portal: Portal) -> None:
    (note,) = engaged(portal, "notes", {"hs_note_body": "Champion left the company."}).activities
    assert (note.source, note.quote) == ("hubspot.note", "Champion left the company.")
    properties = {"hs_task_subject": "Ring", "hs_task_type": "CALL", "hs_task_status": "COMPLETED"}
    (task,) = engaged(portal, "tasks", properties).activities
    assert task.attributes == {"type": "call", "status": "completed"}
    properties = {"hs_communication_channel_type": "LINKEDIN_MESSAGE"}
    (message,) = engaged(portal, "communications", properties).activities
    assert message.attributes == {"channel": "linkedin_message"}


def test_what_we_wrote_is_ours(portal: Portal) -> None:
    """Our marker in the text: stored, never evidence."""
    body = f"Handed over. {mark('8842017:5:1:note')}"
    (item,) = engaged(portal, "notes", {"hs_note_body": body}).activities
    assert item.is_ours


BANT = Marks({"budget": "Budget", "timeline": "Timeline"})


@pytest.mark.parametrize(
    ("type_", "body"),
    [("notes", "hs_note_body"), ("calls", "hs_call_body"), ("meetings", "hs_internal_meeting_notes")],
)
def test_what_sales_marks_in_a_note_is_part_of_the_fact(portal: Portal, type_: str, body: str) -> None:
    """The letter and one word; the line itself at most as the quote, which can be deleted."""
    text = "<p>Good talk</p><ul><li>Budget: approved 50k</li><li>Timeline: ASAP</li></ul>"
    (item, *_booked) = engaged(portal, type_, {body: text}, HubSpotOptions(marks=BANT)).activities
    assert item.attributes == {
        "mark.budget": "yes",
        "mark.budget_amount": "50k_250k",
        "mark.timeline": "yes",
    }


def test_others_words_and_our_own_mark_nothing(portal: Portal) -> None:
    """A prospect's e-mail is what they say, not what sales found; our brief names every letter."""
    options = HubSpotOptions(marks=BANT)
    (mail,) = engaged(portal, "emails", {"hs_email_text": "Budget: approved 50k"}, options).activities
    assert "mark.budget" not in mail.attributes
    body = f"Budget: approved {mark('8842017:5:1:note')}"
    (note,) = engaged(portal, "notes", {"hs_note_body": body}, options).activities
    assert (note.is_ours, note.attributes) == (True, {})


def test_nothing_is_quoted_where_that_is_not_wanted(portal: Portal) -> None:
    options = HubSpotOptions(keep_quotes=False)
    (item,) = engaged(portal, "notes", {"hs_note_body": "Budget approved for May."}, options).activities
    assert item.quote is None


def test_a_quote_is_cut_at_a_word(portal: Portal) -> None:
    options = HubSpotOptions(quote_chars_max=30)
    (item,) = engaged(
        portal, "notes", {"hs_note_body": "The budget was approved for next May."}, options
    ).activities
    assert item.quote == "The budget was approved for\u2026"


def test_a_new_association_is_seen_by_the_sweep(portal: Portal) -> None:
    """It bumps no date, so the feed of changes never shows it."""
    first, second = portal.contacts(2)
    call = portal.sandbox.hubspot.log("calls", {}, contacts=[first])
    connector = portal.connect()
    cursor = pull(connector, "calls", None, portal.now()).cursor
    portal.wait(minutes=20)
    portal.sandbox.hubspot.associate("calls", call, "contacts", second)
    assert pull(connector, "calls", cursor, portal.now()).records == []
    (item,) = pull(connector, "associations", None, portal.now()).activities
    assert set(item.people) == {ref("contact", first), ref("contact", second)}


def test_a_deal(portal: Portal) -> None:
    hubspot = portal.sandbox.hubspot
    (person,) = portal.contacts(1)
    id_ = hubspot.create("deals", {"dealname": "Big", "amount": "1200.50"})
    hubspot.associate("deals", id_, "contacts", person)
    (deal,) = pulled(portal, "deals").records
    assert isinstance(deal, Deal)
    assert (deal.ref, deal.amount, deal.people) == (ref("deal", id_), "1200.50", (ref("contact", person),))
    assert not deal.is_won


# --- what is gone ----------------------------------------------------------------------------------------


def test_what_was_merged_into_an_archived_record_is_gone_with_it(portal: Portal) -> None:
    """Merged and archived between two sweeps: the survivor was never read, the two were."""
    one, other = portal.contacts(2)
    made = portal.sandbox.hubspot.merge("contacts", one, other)
    portal.sandbox.hubspot.archive("contacts", made)
    found = pull(portal.connect(), "archived", None, portal.now())
    assert {(item.ref, item.kind) for item in found.records if isinstance(item, Removal)} == {
        (ref("contact", id_), RemovalKind.ARCHIVED) for id_ in (one, other, made)
    }


def test_archived_objects_are_removals_once(portal: Portal) -> None:
    """Archiving bumps no date and search never shows it."""
    gone, kept = portal.contacts(2)
    call = portal.sandbox.hubspot.log("calls", {}, contacts=[kept])
    portal.sandbox.hubspot.archive("contacts", gone)
    portal.sandbox.hubspot.archive("calls", call)
    connector = portal.connect()
    found = pull(connector, "archived", None, portal.now())
    assert {(item.ref, item.kind) for item in found.records if isinstance(item, Removal)} == {
        (ref("contact", gone), RemovalKind.ARCHIVED),
        (ref("call", call), RemovalKind.ARCHIVED),
    }
    portal.wait(minutes=15)
    found = pull(connector, "archived", found.cursor, portal.now())
    later = portal.sandbox.hubspot.create("contacts", {"email": "z@acme-tools.com"})
    portal.sandbox.hubspot.archive("contacts", later)
    again = pull(connector, "archived", found.cursor, portal.now())
    assert [
        item.ref.id for item in again.records if isinstance(item, Removal) and item.ref.object == "contact"
    ] == [later]


# --- behaviour -------------------------------------------------------------------------------------------


def test_a_submission_has_form_page_and_plain_answers(portal: Portal) -> None:
    """What is personal or free text is left out of the shape."""
    plain = {"budget": "10-50k", "timeline": "Q1"}
    personal = {"firstname": "Jo", "phone": "+49 731 1234567", "company": "Acme", "website": "acme.com"}
    texts = {"message": "please call", "main_challenge": "x" * 61, "other": "jo@acme-tools.com"}
    values = {**plain, **personal, **texts}
    portal.sandbox.hubspot.submit_form(
        "Request a demo", "Jo@Acme-Tools.com", values, "https://Acme.example/Demo/?utm_source=x"
    )
    (item,) = pulled(portal, "forms").activities
    attributes = dict(item.attributes)
    assert attributes.pop("form_id")
    assert attributes == {
        "form": "Request a demo",
        "url": "acme.example/demo",
        "field.budget": "10-50k",
        "field.timeline": "Q1",
    }
    assert item.emails == ("jo@acme-tools.com",)
    assert (item.source, item.occurred_at) == ("hubspot.form_submission", portal.now())


def submit(portal: Portal, count: int, form: str = "Newsletter") -> None:
    for number in range(count):
        portal.wait(seconds=1)
        portal.sandbox.hubspot.submit_form(form, f"p{number}@acme-tools.com", {}, "https://acme.example/")


def test_submissions_are_read_to_the_end_and_then_left(portal: Portal) -> None:
    """Fifty a page, the newest first: on to what was read before, and a short overlap."""
    submit(portal, 180)
    connector = portal.connect()
    first = pull(connector, "forms", None, portal.now())
    assert len({item.ref.id for item in first.activities}) == 180
    portal.wait(hours=1)
    submit(portal, 3)
    second = pull(connector, "forms", first.cursor, portal.now())
    portal.wait(hours=1)
    third = pull(connector, "forms", second.cursor, portal.now())
    assert len({item.ref.id for item in (*first.activities, *second.activities)}) == 183
    assert len(third.activities) == 3
    portal.wait(hours=1)
    assert pull(connector, "forms", third.cursor, portal.now()).activities == []


def test_a_cut_off_read_of_submissions_resumes(portal: Portal) -> None:
    """From the cursor of any page; those that came meanwhile are there too."""
    submit(portal, 120)
    connector = portal.connect()
    first = next(iter(connector.pull("forms", None, portal.now())))
    seen = {record.ref.id for record in first.records}
    submit(portal, 7, "Request a demo")
    submit(portal, 5)
    rest = pull(portal.connect(), "forms", first.cursor, portal.now())
    assert len(seen | {item.ref.id for item in rest.activities}) == 132


def test_a_form_deleted_meanwhile_does_not_stop_the_others(portal: Portal) -> None:
    """Listed, and gone when its submissions are asked for."""
    submit(portal, 3, "Old form")
    submit(portal, 3, "Newsletter")
    old = portal.sandbox.hubspot.marketing.forms["Old form"]

    def rename() -> None:
        old.id = f"{old.id}x"  # before each call, so that the listed id is never the present one

    found = pull(portal.connect(guard=rename), "forms", None, portal.now())
    assert {item.attributes["form"] for item in found.activities} == {"Newsletter"}
    assert found.pages[-1].unavailable == ""


def test_forms_are_asked_when_somebody_converted(portal: Portal) -> None:
    """Each form costs a call, so the contacts' own dates say when to look; else every quarter of an hour."""
    submit(portal, 1)
    connector = portal.connect()
    contacts = pull(connector, "contacts", None, portal.now()).cursor
    forms = pull(connector, "forms", None, portal.now()).cursor
    portal.wait(minutes=1)
    contacts, forms, calls = poll(portal, connector, contacts, forms)
    assert calls == []
    submit(portal, 1)
    contacts, forms, calls = poll(portal, connector, contacts, forms)
    assert len(calls) == 2
    portal.wait(minutes=16)
    _contacts, _forms, calls = poll(portal, connector, contacts, forms)
    assert len(calls) == 2


def poll(portal: Portal, connector: HubSpot, contacts: str, forms: str) -> tuple[str, str, list[str]]:
    """Both cursors after a poll, and the calls the forms took."""
    contacts = pull(connector, "contacts", contacts, portal.now()).cursor
    mark_ = portal.mark
    forms = pull(connector, "forms", forms, portal.now()).cursor
    return contacts, forms, portal.calls_since(mark_)


def test_email_events(portal: Portal) -> None:
    (id_,) = portal.contacts(1)
    hubspot = portal.sandbox.hubspot
    email = hubspot.record("contacts", id_).properties["email"]
    for kind in ("sent", "delivered", "open"):
        hubspot.email_event(id_, "Autumn news", kind)
    hubspot.email_event(id_, "Autumn news", "click", "https://acme.example/Pricing?x=1")
    hubspot.email_event(id_, "Autumn news", "bounce")
    connector = portal.connect()
    found = pull(connector, "email_events", None, portal.now())
    assert {(item.source, tuple(sorted(item.attributes.items()))) for item in found.activities} == {
        ("hubspot.email_open", (("campaign", "Autumn news"), ("lag", "0-2"))),
        (
            "hubspot.email_click",
            (("campaign", "Autumn news"), ("lag", "0-2"), ("url", "acme.example/pricing")),
        ),
        ("hubspot.email_bounce", (("campaign", "Autumn news"),)),
    }
    assert {item.emails for item in found.activities} == {(email,)}
    portal.wait(hours=1)
    later = pull(connector, "email_events", found.cursor, portal.now())
    portal.wait(hours=1)
    assert pull(connector, "email_events", later.cursor, portal.now()).activities == []


def test_more_email_events_than_a_page(portal: Portal) -> None:
    ids = portal.contacts(30)
    for number in range(1_050):
        portal.sandbox.hubspot.email_event(ids[number % 30], "Autumn news", "open")
    found = pulled(portal, "email_events")
    assert len({item.ref.id for item in found.activities}) == 1_050


def test_page_views(portal: Portal) -> None:
    (id_,) = portal.contacts(1)
    portal.sandbox.hubspot.page_view(id_, "https://acme.example/pricing?utm=1", "Pricing")
    connector = portal.connect()
    found = pull(connector, "page_events", None, portal.now())
    (item,) = found.activities
    assert (item.source, item.attributes, item.people, item.title) == (
        "hubspot.page_view", {"url": "acme.example/pricing"}, (ref("contact", id_),), "Pricing",
    )  # fmt: skip
    portal.wait(hours=1)
    found = pull(connector, "page_events", found.cursor, portal.now())
    portal.sandbox.hubspot.page_view(id_, "https://acme.example/", "Home")
    pull(connector, "contacts", None, portal.now())
    (later,) = pull(connector, "page_events", found.cursor, portal.now()).activities
    assert later.attributes == {"url": "acme.example"}


def test_participation(portal: Portal) -> None:
    ids = portal.contacts(120)
    for id_ in ids:
        portal.sandbox.hubspot.attend("Autumn webinar", id_, "registered")
    portal.sandbox.hubspot.attend("Autumn webinar", ids[0], "attended")
    found = pulled(portal, "marketing_events")
    states = [(item.attributes["event"], item.attributes["state"]) for item in found.activities]
    assert states.count(("Autumn webinar", "registered")) == 120
    assert states.count(("Autumn webinar", "attended")) == 1
    assert {person.id for item in found.activities for person in item.people} == set(ids)


def test_an_event_long_over_is_left_alone(portal: Portal) -> None:
    (id_,) = portal.contacts(1)
    portal.sandbox.hubspot.attend("Autumn webinar", id_, "registered")
    connector = portal.connect()
    portal.wait(days=20)
    found = pull(connector, "marketing_events", None, portal.now())
    assert len(found.activities) == 1
    mark_ = portal.mark
    assert pull(connector, "marketing_events", found.cursor, portal.now()).activities == []
    assert portal.mark - mark_ == 1


@pytest.mark.parametrize("version", ["v3", "2026-09"])
def test_every_stream_of_a_company_is_read(portal: Portal, version: str) -> None:
    """Of the whole seeded world, on both families of paths, twice: the second time brings nothing new."""
    portal.sandbox.hubspot.attend("W", portal.contacts(1)[0], "attended")
    connector = portal.connect(HubSpotOptions(api_version=version))
    cursors = {}
    for stream in connector.streams():
        found = pull(connector, stream.name, None, portal.now())
        assert found.pages[-1].is_complete
        assert found.pages[-1].unavailable == ""
        cursors[stream.name] = found.cursor
    portal.wait(minutes=30)
    for stream in connector.streams():
        pull(connector, stream.name, cursors[stream.name], portal.now())
