"""Salesforce: reads what sales does, writes hand-offs and their tasks, checks the org's set-up.

`Salesforce` speaks `ports.Connector`. Beneath it: `tokens` (who we are), `client` (the calls), `schema` (what
the org shows us), `soql` (all query text), `feeds`, `decode` and `reading` (pull), `looking` and `writing`
(deliver), `checks` (doctor), `errors` (what each error code means).
"""

from syncd.connectors.salesforce.connector import Salesforce
from syncd.connectors.salesforce.options import SalesforceOptions

__all__ = ["Salesforce", "SalesforceOptions"]
