"""What a portal has before anyone works in it: the nurture lists and a dynamic one."""

from __future__ import annotations

from syncd.connectors.sandbox.hubspot.state import HubSpot

NURTURE_LISTS = (
    "syncd nurture - early interest",
    "syncd nurture - middle stage",
    "syncd nurture - near SQL",
    "syncd nurture - not now",
    "syncd nurture - win back",
    "syncd nurture - confirm intent",
)
DYNAMIC_LIST = "Opened an e-mail in the last 30 days"


def provision(hubspot: HubSpot) -> None:
    """Create the lists the default playbook names, and one that takes no members by hand."""
    for name in NURTURE_LISTS:
        hubspot.lists.create(name, "MANUAL")
    hubspot.lists.create(DYNAMIC_LIST, "DYNAMIC")
