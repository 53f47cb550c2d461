"""An emulator of the parts of a Salesforce org that a sync daemon touches.

`state.Salesforce` is the org: people act on it directly and tests read the truth from it. `routes.app` serves
it as the REST API. What it does follows facts/salesforce.md (section 10 above all) and the public guides
named beside the code; it shares no type with the connector it is there to test.
"""
