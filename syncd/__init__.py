"""syncd hands qualified leads from HubSpot to Salesforce and back, and can always say why.

Nouns
    signal      one dated fact about one lead, from either CRM
    score       fit, engagement and intent with reasons that sum to them exactly
    transition  one move of one lead between stages: the append-only ledger
    effect      one intended state of one object in one outside system: the outbox

Verbs
    pull        read changes from a system and store them        syncd.jobs.pull
    evaluate    decide what follows for every dirty or due lead  syncd.jobs.evaluate
    deliver     bring outside systems to the intended state      syncd.jobs.deliver

Where
    syncd.core        what is decided: pure, standard library only, no clock
    syncd.ports       what a connector takes and gives
    syncd.store       tables, migrations, every SQL statement, the lease
    syncd.jobs        the three verbs, the cycle that runs them, the daemon
    syncd.settings    YAML and environment -> frozen, validated settings and playbook
    syncd.connectors  HubSpot, Salesforce, alerts, and the sandbox that plays both
    syncd.app         the composition root: the only module that names connectors
    syncd.cli         one module per group of commands

Words used one way: lead (a person we may hand over), contact (HubSpot's record of one), record (any object of
a system), account (a company), hand-off (a lead given to sales), pass (one hand-off with all that follows),
track (what marketing does meanwhile), hold (a case only a person can settle), baseline (the first complete
load), go-live (the moment from which new evidence hands over), playbook (the shared definition).
"""

__version__ = "0.1.0"
