"""What one run did, and what went wrong in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from syncd.jobs.deliver import Delivered
from syncd.jobs.evaluate import Evaluated
from syncd.ports import Failure, Recovery


@dataclass(slots=True)
class Summary:
    """The counts of one run."""

    run_id: int = 0
    pulled: dict[str, int] = field(default_factory=dict)  # stream -> records that changed something
    evaluated: int = 0
    transitions: int = 0
    reached: dict[str, int] = field(default_factory=dict)
    delivered: dict[str, int] = field(default_factory=dict)
    held: int = 0
    bulk_held: int = 0  # leads whose writes were held back: too many for one run
    failures: dict[str, int] = field(default_factory=dict)  # failure code -> times
    halted: dict[str, str] = field(default_factory=dict)  # system -> why
    rounds: int = 0
    is_complete: bool = True  # nothing was left due
    kind: str = ""  # sync, poll, sweep, nightly
    asked: set[str] = field(default_factory=set)  # systems that let us in
    down: dict[str, str] = field(default_factory=dict)  # system -> why it did not answer
    has_more: bool = False  # what is not new was given its time, and is not through

    @property
    def status(self) -> str:
        if self.halted:
            return "halted"
        return "problems" if self.failures or not self.is_complete else "succeeded"

    def counts(self) -> dict[str, object]:
        """For the run's row and `--json`."""
        return {
            "pulled": self.pulled,
            "evaluated": self.evaluated,
            "transitions": self.transitions,
            "reached": self.reached,
            "delivered": self.delivered,
            "held": self.held,
            "bulk_held": self.bulk_held,
            "failures": self.failures,
            "halted": self.halted,
            "rounds": self.rounds,
        }


def add_evaluated(summary: Summary, result: Evaluated) -> None:
    summary.has_more |= result.has_more
    summary.evaluated += result.leads
    summary.transitions += result.transitions
    for stage, count in result.reached.items():
        summary.reached[stage] = summary.reached.get(stage, 0) + count


def add_delivered(summary: Summary, done: Delivered) -> None:
    summary.has_more |= done.has_more
    summary.held += done.held
    for kind, count in done.done.items():
        summary.delivered[kind] = summary.delivered.get(kind, 0) + count
    for code, count in done.failed.items():
        summary.failures[code] = summary.failures.get(code, 0) + count
    for system, failure in done.halted.items():
        summary.down[str(system)] = why(failure)
        if failure.recovery == Recovery.HALT:
            summary.halted[str(system)] = why(failure)


def why(failure: Failure) -> str:
    """What stopped a system, and what to do."""
    cure = failure.cure[:1].upper() + failure.cure[1:]
    return f"{failure.code}: {failure.message.rstrip('.')}. {cure}".rstrip()
