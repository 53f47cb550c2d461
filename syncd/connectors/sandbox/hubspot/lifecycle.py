"""The lifecycle stage of contacts and companies: which writes take effect, and the dates that go with them.

Only forward moves take effect; a backward write answers success and changes nothing, unless the stage was
cleared in a request before. People in the portal may set any stage; then the legacy "became a ..." dates of
later stages are cleared, while the `hs_v2` ones stay (facts 8.1: contacts guide, knowledge base, community
thread 1333).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from syncd.connectors.sandbox.hubspot.definitions import Definition
from syncd.connectors.sandbox.hubspot.records import Record

DEFAULT_STAGE = "lead"  # what a record made without a stage gets


class StageWrite(NamedTuple):
    """What a write of a stage comes to: the changes it makes, and whether it is silently dropped."""

    changes: Mapping[str, str]
    is_dropped: bool


def stage_write(
    record: Record, stage: str, source: str, known: Mapping[str, Definition], now: str
) -> StageWrite:
    """What writing `stage` (empty: clearing it) onto the record does at `now`, for this kind of writer."""
    order = [value for value, _label in known["lifecyclestage"].options]
    current = record.properties.get("lifecyclestage", "")
    is_backward = bool(stage and current) and order.index(stage) < order.index(current)
    if is_backward and source != "user":
        return StageWrite({}, is_dropped=True)
    changes = {"lifecyclestage": stage, **stage_dates(stage, known, now)}
    if is_backward:
        for later in order[order.index(stage) + 1 :]:
            legacy = f"hs_lifecyclestage_{later}_date"
            if legacy in record.properties:
                changes[legacy] = ""
    return StageWrite(changes, is_dropped=False)


def stage_dates(stage: str, known: Mapping[str, Definition], now: str) -> dict[str, str]:
    """The date properties that entering a stage sets; clearing the stage blanks the current one's only."""
    names = (f"hs_v2_date_entered_{stage}", f"hs_lifecyclestage_{stage}_date")
    dated = {name: now for name in names if stage and name in known}
    if "hs_v2_date_entered_current_stage" in known:
        dated["hs_v2_date_entered_current_stage"] = now if stage else ""
    return dated
