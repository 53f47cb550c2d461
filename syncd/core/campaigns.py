"""Which Salesforce campaigns a hand-off joins, with which status: once per pass, by the playbook's rules.

A membership is an event like the task: made once, after the record is there; what a person makes of it then
is theirs. Nothing here decays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from syncd.core.model import Intent, Snapshot, Standing, System
from syncd.core.patterns import glob
from syncd.core.playbook import CampaignRule, Playbook

PRIORITY = 3
"""After the fresh SQLs, before what can wait."""


def intents(
    snapshot: Snapshot, standing: Standing, playbook: Playbook, values: Mapping[str, object]
) -> Iterator[Intent]:
    """One membership per campaign whose rule this hand-off meets; the first rule of a campaign counts."""
    joined: set[str] = set()
    for rule in playbook.mapping.campaigns:
        if rule.campaign_id in joined or not _meets(rule, values):
            continue
        joined.add(rule.campaign_id)
        about = f"lead:{snapshot.key}"
        payload = {
            "key": snapshot.key,
            "about": about,
            "campaign": rule.campaign_id,
            "status": rule.status,
        }
        target = f"campaign:{rule.campaign_id}:{snapshot.key}:{standing.pass_number}"
        yield Intent(System.SALESFORCE, "campaign", target, payload, standing.pass_number, PRIORITY, about)


def _meets(rule: CampaignRule, values: Mapping[str, object]) -> bool:
    offer, source = (
        str(values.get(f"syncd.{name}") or "") for name in ("converting_offer", "original_source")
    )
    return (not rule.offers or glob(rule.offers)(offer)) and (not rule.sources or glob(rule.sources)(source))
