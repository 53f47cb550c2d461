"""The rules an integration must keep that the API itself does not enforce.

A write that breaks one is accepted and put on the list of violations, which tests assert empty: every write
of a Lead says whether assignment rules run, creates carry their key, updates never hand the owner to a rule
(facts section 0, points 2 and 3).
"""

from __future__ import annotations

from collections.abc import Mapping

from syncd.connectors.sandbox.salesforce.api_types import Call
from syncd.connectors.sandbox.salesforce.dml import RULES_OFF
from syncd.connectors.sandbox.salesforce.meter import Meter

ASSIGNED = ("Lead", "Account")
"""Objects whose owner assignment rules change (REST guide, Assignment Rule Header)."""
KEYED = ("Lead", "Contact", "Task")
KEY = "syncd_key__c"


def check_write(
    meter: Meter, call: Call, object_name: str, values: Mapping[str, object], *, creating: bool
) -> None:
    """Note what this write does against the rules."""
    header = call.headers.get("sforce-auto-assign", "")
    if object_name in ASSIGNED and not header:
        meter.violate("assignment header missing", f"{call.method} {object_name}")
    if object_name in ASSIGNED and header and header.upper() != RULES_OFF and not creating:
        meter.violate("assignment rules on update", f"{call.method} {object_name}")
    keys = {name.lower() for name, value in values.items() if value not in (None, "")}
    if creating and object_name in KEYED and KEY not in keys:
        meter.violate("create without key", f"{call.method} {object_name}")
