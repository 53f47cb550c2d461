"""What several versions of the playbook together want read: the one in force, and the one that waits.

While a changed playbook waits to be applied, the facts it asks for arrive already, so that it finds them.
What only one of them names and the portal or org does not have is left out by the connectors.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from syncd.core.model import Shape, System
from syncd.core.playbook import FieldMap, Ownership, Playbook
from syncd.core.signals import classify, watched
from syncd.jobs.pull import Ingest
from syncd.settings.needs import letters, lists_read

Books = Sequence[Playbook]
"""The first is in force."""


def watched_by(books: Books) -> dict[str, frozenset[str]]:
    """Properties whose changes any of these wants to know, by source."""
    found: dict[str, frozenset[str]] = {}
    for book in books:
        for source, names in watched(book).items():
            found[source] = found.get(source, frozenset()) | names
    return found


def lists_of(books: Books) -> tuple[str, ...]:
    """Names of the HubSpot lists whose joining is a signal in any of these."""
    return tuple(sorted({name for book in books for name in lists_read(book)}))


def letters_of(books: Iterable[Playbook]) -> dict[str, str]:
    """What sales may mark in a note, in any of these; the first names it."""
    return {id_: label for book in reversed([*books]) for id_, label in letters(book).items()}


def contact_properties(books: Books) -> frozenset[str]:
    """HubSpot contact properties to read: what is tested, what is mapped, and what we write, since a diff
    needs what is there."""
    read = (book.fields_of("contact") | {item.target for item in book.mapping.contact} for book in books)
    return frozenset[str]().union(*read) | watched_by(books).get("hubspot.contact_change", frozenset())


def company_properties(books: Books) -> frozenset[str]:
    """HubSpot company properties to read."""
    return frozenset[str]().union(*(book.fields_of("company") for book in books))


def sales_fields(books: Books) -> tuple[frozenset[str], frozenset[str]]:
    """Salesforce fields to read of Leads, and of Contacts."""
    changes = watched_by(books)
    lead = changes.get("salesforce.lead_change", frozenset())
    contact = changes.get("salesforce.contact_change", frozenset())
    for book in books:
        reasons = {book.feedback.reason_field} - {"", books[0].feedback.reason_field}
        reasons |= book.recycle.date_fields
        lead |= book.fields_of("lead") | {item.target for item in book.mapping.lead} | reasons
        contact |= book.fields_of("sfcontact") | {item.target for item in book.mapping.sfcontact} | reasons
    return lead, contact


def ingest_of(books: Books) -> Ingest:
    """What the pull must know of them; the portal's id is added when it has answered."""
    first = books[0]
    ours: set[str] = set()
    written = {first.mapping.key_field}
    for book in books:
        maps = book.mapping
        ours |= _own(maps.contact, ("syncd.", "="))
        written |= _own(maps.lead) | _own(maps.sfcontact)
    days = [(book, {kind.id: kind.retention_days for kind in book.signals}) for book in books]

    def retention(shape: Shape) -> int | None:
        """The longest any kind of this shape asks for, in the first playbook that knows one; for ever where
        one sets no limit, or none knows it."""
        for book, known in days:
            asked = [known[kind] for kind in classify(shape, book)]
            if asked:
                return None if not all(asked) else max(item or 0 for item in asked)
        return None

    return Ingest(
        portal_id="",
        key_field=first.mapping.key_field,
        reason_field=first.feedback.reason_field,
        own_fields={System.HUBSPOT: frozenset(ours), System.SALESFORCE: frozenset(written)},
        playbook_version=first.version,
        retention=retention,
    )


def _own(maps: Iterable[FieldMap], sources: tuple[str, ...] = ("syncd.",)) -> set[str]:
    """Fields that change by our hand alone. A box we only tick is people's as well: an opt-out is news."""
    return {
        item.target
        for item in maps
        if item.source.startswith(sources) and item.ownership is not Ownership.TICK_ONLY
    }
