"""What HubSpot still knows of a contact: there, merged, in the bin, or nothing at all."""

from __future__ import annotations

import pytest

from syncd.connectors.sandbox import Fault, Faults
from syncd.ports import SystemFailure
from tests.hubspot.conftest import Portal


def test_only_a_privacy_deletion_leaves_nothing(portal: Portal) -> None:
    """A merged id answers with the survivor, an archived one from the bin; a hundred are asked at once."""
    ids = portal.contacts(120)
    there, merged, other, binned, purged, merged_and_binned, its_other = ids[:7]
    hubspot = portal.sandbox.hubspot
    hubspot.merge("contacts", other, merged)
    hubspot.archive("contacts", binned)
    hubspot.purge(purged)
    hubspot.archive("contacts", hubspot.merge("contacts", its_other, merged_and_binned))
    connector = portal.connect()
    mark = portal.mark
    assert connector.vanished(ids) == {purged}
    assert connector.vanished([there]) == frozenset()
    assert len(portal.calls_since(mark)) == 4, "two for the living, one for the bin, one for the last"


def test_a_contact_that_cannot_be_read_for_now_is_not_gone(portal: Portal) -> None:
    """An answer given in part says nothing of the rest."""
    ids = portal.contacts(3)
    connector = portal.connect()
    portal.sandbox.faults = Faults(rate=1.0, kinds=(Fault.PARTIAL,), systems=("hubspot",))
    with pytest.raises(SystemFailure):
        connector.vanished(ids)
