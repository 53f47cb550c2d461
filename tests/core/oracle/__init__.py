"""The evaluation of a lead, worked out slowly and obviously: no index, no cache, no shortcut.

Written from the docstrings of `syncd/core/playbook.py` and `syncd/core/model.py` alone; it shares nothing
with the engine but the data classes, the derived `person.*` fields and the judgement of machine clicks, which
are parts with tests of their own. `facts` says what is seen at an instant, `counting` what a rule gives,
`answers` whether a test holds, `whole` what all of it comes to, `through_time` what follows from one instant
to the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from syncd.core.model import Signal
from syncd.core.playbook import Model, Playbook
from tests.core.builders import person
from tests.core.oracle import counting
from tests.core.oracle.facts import case_of, world_of


def scores(playbook: Playbook, model: Model, signals: Iterable[Signal], now: datetime) -> tuple[int, int]:
    """Engagement and intent in micro-points of somebody nothing else is known of."""
    case = case_of(world_of(playbook, person(*signals, fields={})), now, model)
    return counting.score(case, "engagement"), counting.score(case, "intent")
