"""What the connector is told about one org: names of fields, and how far back to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from syncd.connectors.marks import Marks

LEAD = "Lead"
CONTACT = "Contact"
TASK = "Task"
EVENT = "Event"

OBJECTS = {
    "lead": LEAD,
    "contact": CONTACT,
    "sfcontact": CONTACT,
    "account": "Account",
    "opportunity": "Opportunity",
    "task": TASK,
    "event": EVENT,
    "user": "User",
    "queue": "Group",
    "campaign_member": "CampaignMember",
}
"""Our word for an object to Salesforce's."""


def api_name(object_type: str) -> str:
    """Salesforce's name of an object given by our word or by its own name."""
    return OBJECTS.get(object_type.lower(), object_type)


@dataclass(frozen=True, slots=True)
class SalesforceOptions:
    """Names and limits for one org. Fields the org does not show are left out of reads, and named by doctor.

    `lead_fields` and `contact_fields` are read besides the standard ones. `customer_types` are Account types
    that mean customer, besides any won opportunity. `activity_history_days` bounds the first load of tasks
    and events. `marks` reads what sales settles in descriptions of tasks and events. With `reads_campaigns`
    campaign memberships are facts. From `optional_reads_stop_share` of the org's daily calls on, the nightly
    re-read is left out.
    """

    key_field: str = "Syncd_Key__c"
    contact_id_field: str = "HubSpot_Contact_ID__c"
    task_key_field: str = "Syncd_Key__c"
    lead_fields: frozenset[str] = frozenset()
    contact_fields: frozenset[str] = frozenset()
    reason_field: str = "Disqualification_Reason__c"
    lost_reason_field: str = "Loss_Reason__c"
    customer_types: frozenset[str] = field(
        # standard values of Account.Type ("Account", object reference)
        default=frozenset({"Customer", "Customer - Direct", "Customer - Channel"})
    )
    activity_history_days: int = 730
    marks: Marks = field(default_factory=Marks)
    reads_campaigns: bool = False
    schema_life_s: float = 3600.0
    currency: str = ""  # what the playbook's amounts are in
    own_user_id: Callable[[], str] = str  # whom we write as; blank where not known
    optional_reads_stop_share: float = 0.70
