"""The SLA clock: business time, what counts as a touch, and the clock of each hand-off.

`calendar` counts business hours, `touches` says which facts are sales' work, `clock` puts both and the ledger
together, `words` tells it to people.
"""

from __future__ import annotations

from syncd.core.sla.calendar import due_at, elapsed

__all__ = ["due_at", "elapsed"]
