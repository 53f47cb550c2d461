"""What the last comparison of both systems with the store says: in a sentence, as data, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from syncd.core.plain import counted
from syncd.core.reconciling import Fate
from syncd.store.reconciliations import Reconciliation

OLD_AFTER = timedelta(days=3)


def said(summary: Mapping[str, Any]) -> str:
    """The result in one sentence."""
    fates = summary.get("fates", {})
    words = {
        Fate.UNEXPLAINED: "unexplained",
        Fate.PERSON: "for a person",
        Fate.HEALS: "healing" if summary.get("mode") == "live" else "to be healed when writing is on",
        Fate.WAITS: "ending by themselves",
        Fate.STAYS: "right as they are",
    }
    parts = [f"{fates[fate]:,} {word}" for fate, word in words.items() if fates.get(fate)]
    compared = sum(summary.get("compared", {}).values())
    stopped = f"; stopped before its end: {summary['stopped']}" if summary.get("stopped") else ""
    told = f"differences: {', '.join(parts)}" if parts else "no difference"
    return f"{told}; {counted(compared, 'record')} compared{stopped}"


def data(run: Reconciliation) -> dict[str, Any]:
    """The documented shape of one comparison."""
    summary = run.summary
    return {
        "began_at": run.began_at,
        "ended_at": run.ended_at,
        "system": run.system,
        "full": run.is_full,
        "mode": summary.get("mode", ""),
        "exit_code": summary.get("exit_code", 0),
        "fates": dict(summary.get("fates", {})),
        "causes": dict(summary.get("causes", {})),
        "compared": dict(summary.get("compared", {})),
        "counts": list(summary.get("counts", ())),
        "left": list(summary.get("left", ())),
        "stopped": summary.get("stopped", ""),
    }


def troubles(run: Reconciliation | None, now: datetime) -> Iterator[str]:
    """What `syncd status` says is wrong about the last comparison."""
    if run is None:
        return
    unexplained = run.summary.get("fates", {}).get(Fate.UNEXPLAINED, 0)
    if unexplained:
        told = counted(unexplained, "difference")
        yield f"{told} between both systems and the store unexplained: syncd reconcile --list"
    if run.ended_at is not None and now - run.ended_at > OLD_AFTER:
        yield "both systems were not compared with the store for more than three days: syncd reconcile"
