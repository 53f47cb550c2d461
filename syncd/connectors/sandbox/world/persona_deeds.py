"""What scripted people, marketing, reps and HubSpot's own sync do: each a deed to be put into a story."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from syncd.connectors.sandbox.world import catalogue
from syncd.connectors.sandbox.world.persona import Deed, Missing

if TYPE_CHECKING:
    from syncd.connectors.sandbox.world.personas import Actor

REASON = "Disqualification_Reason__c"
MAILING = "Planning notes: a letter to planners"
BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 "
    "Safari/537.36"
)
GATEWAY_TRIES = (catalogue.PRICING, catalogue.ROI, "/demo", "/quote", "/compare/spreadsheets", "/unsubscribe")

# --- the person, in HubSpot ------------------------------------------------------------------------------


def arrives(**properties: str) -> Deed:
    """Marketing gets to know the person: a contact, at its company."""

    def deed(actor: Actor) -> None:
        values = {"email": actor.email, **_given(actor), "lifecyclestage": "lead", **properties}
        actor.contact_id = actor.hubspot.create("contacts", values, "import")
        _join_company(actor)

    return deed


def submits(form: str, **values: str) -> Deed:
    """Fills in a form of the site under the present address."""

    def deed(actor: Actor) -> None:
        page = catalogue.url(catalogue.page_of(form))
        given = {**_given(actor), **values}
        known = actor.contact_id or None
        actor.contact_id = actor.hubspot.submit_form(form, actor.email, given, page, known)
        _join_company(actor)

    return deed


def asks_for_demo(**values: str) -> Deed:
    return submits(catalogue.DEMO_FORM, **values)


def downloads(number: int = 0) -> Deed:
    return submits(catalogue.EBOOKS[number])


def views(path: str) -> Deed:
    """Looks at one page of the site."""

    def deed(actor: Actor) -> None:
        actor.hubspot.page_view(actor.contact_id, catalogue.url(path), catalogue.title(path))

    return deed


def opens_mail(campaign: str = MAILING) -> Deed:
    """Gets a mailing, and opens it when it has lain for a while."""

    def deed(actor: Actor) -> None:
        for kind in ("sent", "delivered"):
            actor.hubspot.email_event(actor.contact_id, campaign, kind)
        opens_at = actor.hubspot.kernel.now + timedelta(minutes=25)
        actor.hubspot.kernel.at(
            opens_at, lambda: actor.hubspot.email_event(actor.contact_id, campaign, "open", None, BROWSER)
        )

    return deed


def is_scanned(campaign: str = MAILING) -> Deed:
    """Gets a mailing, and a mail gateway tries all its links seconds after the send."""

    def deed(actor: Actor) -> None:
        hubspot, now = actor.hubspot, actor.hubspot.kernel.now
        for kind in ("sent", "delivered"):
            hubspot.email_event(actor.contact_id, campaign, kind)
        for number, path in enumerate(GATEWAY_TRIES):
            link = catalogue.url(path)
            hubspot.kernel.at(
                now + timedelta(seconds=2.4 + 0.3 * number),
                partial(hubspot.email_event, actor.contact_id, campaign, "click", link, BROWSER),
            )

    return deed


def is_noted(text: str) -> Deed:
    """A rep leaves a note in HubSpot."""

    def deed(actor: Actor) -> None:
        values = {"hs_note_body": f"<p>{text}</p>"}
        actor.hubspot.log("notes", values, [actor.contact_id], [])

    return deed


def opts_out() -> Deed:
    def deed(actor: Actor) -> None:
        actor.hubspot.email_event(actor.contact_id, MAILING, "unsubscribe")

    return deed


def attends() -> Deed:
    """Comes to the webinar of that day."""

    def deed(actor: Actor) -> None:
        webinar = f"{catalogue.WEBINARS[0]}, {actor.hubspot.kernel.now:%d %B}"
        actor.hubspot.attend(webinar, actor.contact_id, "registered")
        actor.hubspot.attend(webinar, actor.contact_id, "attended")

    return deed


def takes_interest() -> tuple[Deed, ...]:
    """Enough for an MQL and not for sales: a webinar, the prices, product pages, proof."""
    pages = (
        catalogue.PRICING,
        "/product/forecasting",
        "/case-studies/kestrel-machinery",
        "/compare/spreadsheets",
    )
    return (attends(), downloads(0), downloads(1), *(views(page) for page in pages))


# --- marketing, in HubSpot -------------------------------------------------------------------------------


def edits_contact(**properties: str) -> Deed:
    def deed(actor: Actor) -> None:
        actor.hubspot.update("contacts", actor.contact_id, properties)

    return deed


def gets_new_address(email: str) -> Deed:
    def deed(actor: Actor) -> None:
        actor.hubspot.update("contacts", actor.contact_id, {"email": email})
        actor.emails.insert(0, email)

    return deed


def is_archived() -> Deed:
    def deed(actor: Actor) -> None:
        actor.hubspot.archive("contacts", actor.contact_id)

    return deed


def is_entered_twice(email: str) -> Deed:
    """Somebody enters the person again under another address."""

    def deed(actor: Actor) -> None:
        values = {**_given(actor), "email": email, "lifecyclestage": "lead"}
        actor.double_id = actor.hubspot.create("contacts", values)
        actor.emails.append(email)

    return deed


def double_asks_for_demo() -> Deed:
    """The same person fills in the form under the second address."""

    def deed(actor: Actor) -> None:
        page = catalogue.url(catalogue.page_of(catalogue.DEMO_FORM))
        actor.hubspot.submit_form(catalogue.DEMO_FORM, actor.emails[-1], _given(actor), page, actor.double_id)

    return deed


def is_merged() -> Deed:
    """Marketing merges the two contacts into one."""

    def deed(actor: Actor) -> None:
        actor.contact_id = actor.hubspot.merge("contacts", actor.contact_id, actor.double_id)

    return deed


# --- sales, in Salesforce --------------------------------------------------------------------------------


def is_lead(status: str = "New", reason: str = "") -> Deed:
    """A rep has made a Lead of the person, without us."""

    def deed(actor: Actor) -> None:
        person = actor.persona
        fields: dict[str, object] = {
            "FirstName": person.first_name, "LastName": person.last_name, "Email": actor.email,
            "Company": person.firm.name if person.firm else "[not provided]", "OwnerId": actor.rep,
        }  # fmt: skip
        made = actor.salesforce.insert("Lead", fields, by=actor.rep)
        if status != "New":
            changed = {"Status": status, **({REASON: reason} if reason else {})}
            actor.salesforce.update("Lead", made, changed, by=actor.rep)

    return deed


def is_contact(account_type: str = "Prospect") -> Deed:
    """Sales knows the person as a Contact of its account."""

    def deed(actor: Actor) -> None:
        person = actor.persona
        fields = {
            "FirstName": person.first_name, "LastName": person.last_name, "Email": actor.email,
            "Title": person.title or None, "AccountId": _account(actor, account_type), "OwnerId": actor.rep,
        }  # fmt: skip
        actor.salesforce.insert("Contact", fields, by=actor.rep)

    return deed


def colleague_is_contact(account_type: str = "Prospect", stage: str = "") -> Deed:
    """Sales knows somebody else at the company, with a deal in that stage where one is named."""

    def deed(actor: Actor) -> None:
        firm = actor.persona.firm
        assert firm is not None
        account = _account(actor, account_type)
        colleague = {"FirstName": "Ruth", "LastName": "Vogel", "Email": f"ruth.vogel@{firm.domain}",
                     "AccountId": account, "OwnerId": actor.rep}  # fmt: skip
        contact = actor.salesforce.insert("Contact", colleague, by=actor.rep)
        if stage:
            _open_deal(actor, account, contact, stage)

    return deed


def has_deal(stage: str, loss_reason: str = "") -> Deed:
    """A deal with the person as its contact, in that stage."""

    def deed(actor: Actor) -> None:
        contact = actor.contact()
        _open_deal(actor, str(contact["AccountId"]), contact.id, stage, loss_reason)

    return deed


def deal_moves(stage: str, loss_reason: str = "") -> Deed:
    """The deal made at conversion goes on, or ends."""

    def deed(actor: Actor) -> None:
        deals = [lead["ConvertedOpportunityId"] for lead in actor.leads() if lead["ConvertedOpportunityId"]]
        if not deals:
            raise Missing("no deal in Salesforce")
        fields = {"StageName": stage, **({"Loss_Reason__c": loss_reason} if loss_reason else {})}
        actor.salesforce.update("Opportunity", str(deals[0]), fields, by=actor.rep)

    return deed


def rep_sets(status: str = "", reason: str = "", **fields: object) -> Deed:
    """The rep edits the Lead."""

    def deed(actor: Actor) -> None:
        changed = dict(fields)
        if status:
            changed["Status"] = status
        if reason:
            changed[REASON] = reason
        actor.salesforce.update("Lead", actor.lead().id, changed, by=actor.rep)

    return deed


def rep_takes_over() -> Deed:
    """The Lead leaves the queue: the rep owns it and works it."""

    def deed(actor: Actor) -> None:
        changed = {"OwnerId": actor.rep, "Status": "Working - Contacted"}
        actor.salesforce.update("Lead", actor.lead().id, changed, by=actor.rep)

    return deed


def rep_converts(*, with_deal: bool) -> Deed:
    def deed(actor: Actor) -> None:
        lead = actor.lead()
        if lead["OwnerId"] != actor.rep:
            actor.salesforce.update("Lead", lead.id, {"OwnerId": actor.rep}, by=actor.rep)
        actor.salesforce.convert(lead.id, by=actor.rep, opportunity=with_deal)

    return deed


def rep_deletes_lead() -> Deed:
    def deed(actor: Actor) -> None:
        actor.salesforce.delete("Lead", actor.lead().id, by=actor.rep)

    return deed


# --- HubSpot's own Salesforce sync -----------------------------------------------------------------------


def native_sync_takes() -> Deed:
    """The turn of this contact comes in HubSpot's own sync: it makes a Lead, or links the one it finds."""

    def deed(actor: Actor) -> None:
        actor.native_sync.resync(actor.contact_id)

    return deed


def native_sync_comes_between() -> Deed:
    """HubSpot's own sync makes its Lead after we looked for one and before we made ours."""

    def deed(actor: Actor) -> None:
        mark = actor.persona.last_name
        actor.salesforce.interrupt(mark, lambda: actor.native_sync.resync(actor.contact_id))

    return deed


# --- what the deeds share --------------------------------------------------------------------------------


def _given(actor: Actor) -> dict[str, str]:
    """What the person says of themselves on a form."""
    person = actor.persona
    values = {
        "firstname": person.first_name, "lastname": person.last_name, "jobtitle": person.title,
        "company": person.company_typed or (person.firm.name if person.firm else ""),
    }  # fmt: skip
    return {name: value for name, value in values.items() if value}


def _join_company(actor: Actor) -> None:
    firm = actor.persona.firm
    if firm is None or actor.company_id:
        return
    facts = {
        "name": firm.name, "domain": firm.domain, "industry": firm.industry, "country": firm.country,
        "numberofemployees": "" if firm.employees is None else str(firm.employees),
    }  # fmt: skip
    actor.company_id = actor.hubspot.create("companies", {name: fact for name, fact in facts.items() if fact})
    actor.hubspot.associate("contacts", actor.contact_id, "companies", actor.company_id)


def _account(actor: Actor, account_type: str) -> str:
    firm = actor.persona.firm
    assert firm is not None, f"{actor.persona.id} has no firm"
    found = actor.salesforce.find("Account", Name=firm.name)
    if found:
        return found[0].id
    fields = {"Name": firm.name, "Website": f"https://www.{firm.domain}", "Type": account_type,
              "OwnerId": actor.rep}  # fmt: skip
    return actor.salesforce.insert("Account", fields, by=actor.rep)


def _open_deal(actor: Actor, account: str, contact: str, stage: str, loss_reason: str = "") -> None:
    fields = {"Name": "Planning for the plant", "AccountId": account, "StageName": "Qualification",
              "CloseDate": actor.salesforce.kernel.now.date(), "OwnerId": actor.rep}  # fmt: skip
    deal = actor.salesforce.insert("Opportunity", fields, by=actor.rep)
    role = {"OpportunityId": deal, "ContactId": contact, "IsPrimary": True}
    actor.salesforce.insert("OpportunityContactRole", role, by=actor.rep)
    ends = {"StageName": stage, **({"Loss_Reason__c": loss_reason} if loss_reason else {})}
    actor.salesforce.update("Opportunity", deal, ends, by=actor.rep)
