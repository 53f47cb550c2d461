"""What an evaluation comes to at one instant: model, scores, grade, cell, gates, level, hand-over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from syncd.core.model import Position, Snapshot, Stage
from syncd.core.playbook import Decisive, Filter, Level, Playbook
from tests.core.oracle import answers, counting, facts
from tests.core.oracle.facts import MICRO, Case, World

LEAD = Position(Stage.LEAD)
NEAR_SQL = Position(Stage.NEAR_SQL)
SQL = Position(Stage.SQL)


@dataclass(frozen=True, slots=True)
class Whole:
    """The evaluation of one lead at one instant. `filters` are those that match and are not set aside."""

    model: str
    fit: int
    engagement: int
    intent: int
    lifetime: dict[str, int]
    grade: str
    cell: str
    icp: answers.Answer
    filters: tuple[str, ...]
    earned: Position
    missing: tuple[str, ...]
    decisive: str


def evaluate(playbook: Playbook, snapshot: Snapshot, now: datetime) -> Whole:
    """Everything, by the model that drives."""
    return evaluate_case(driving_case(facts.world_of(playbook, snapshot), now))


def driving_case(world: World, now: datetime) -> Case:
    """The case under the first model whose segment holds, else the last."""
    for model in world.playbook.models:
        case = facts.case_of(world, now, model)
        if model.when is None or answers.holds(case, model.when) is True:
            return case
    return case


def evaluate_case(case: Case) -> Whole:
    return Whole(
        model=case.model.id,
        fit=counting.score(case, "fit"),
        engagement=counting.score(case, "engagement"),
        intent=counting.score(case, "intent"),
        lifetime=lifetime(case),
        grade=grade(case),
        cell=cell(case),
        icp=icp(case),
        filters=tuple(item.id for item in matching(case)),
        earned=earned(case),
        missing=missing(case),
        decisive=decisive_kind(case),
    )


def lifetime(case: Case) -> dict[str, int]:
    found = {"engagement": 0, "intent": 0}
    for rule in case.model.behaviour:
        found[rule.score] += counting.lifetime_points(case, rule)
    return found


def grade(case: Case) -> str:
    fit = counting.score(case, "fit")
    for letter, lowest in case.model.grades:
        if fit >= round(lowest * MICRO):
            return letter
    return case.model.grades[-1][0]


def cell(case: Case) -> str:
    matrix = case.playbook.levels.matrix
    if matrix is None:
        return ""
    points = counting.score(case, matrix.score)
    for band, lowest in matrix.bands:
        if points >= round(lowest * MICRO):
            return grade(case) + band
    return grade(case) + matrix.bands[-1][0]


def icp(case: Case) -> answers.Answer:
    return answers.every(case, case.playbook.levels.icp)


# --- levels ----------------------------------------------------------------------------------------------


def earned(case: Case) -> Position:
    """Where the criteria alone put the lead."""
    return SQL if qualifies(case) and not gate(case) else below_sql(case, LEAD)


def below_sql(case: Case, held: Position) -> Position:
    """The highest position below SQL for a lead that stands here."""
    levels = case.playbook.levels
    met = [answers.holds(case, item.test) for item in levels.sql].count(True)
    if met >= levels.near_sql.at_least and answers.every(case, levels.near_sql.enter) is True:
        return NEAR_SQL
    for number in reversed(range(len(levels.mql))):
        level = levels.mql[number]
        is_on_it = number <= _height(case, held) and not _leaves(case, level)
        if is_on_it or answers.every(case, level.enter) is True:
            return Position(Stage.MQL, level.id)
    return LEAD


def _leaves(case: Case, level: Level) -> bool:
    if level.leave is None:
        return answers.every(case, level.enter) is not True
    return answers.holds(case, level.leave) is True


def _height(case: Case, held: Position) -> int:
    """The number of the highest level a lead that stands here is on."""
    ids = [level.id for level in case.playbook.levels.mql]
    if held.stage is Stage.MQL:
        return ids.index(held.level)
    return len(ids) - 1 if held.stage in (Stage.NEAR_SQL, Stage.SQL) else -1


def missing(case: Case) -> tuple[str, ...]:
    """The SQL criteria that are not met, where the criteria alone make a near-SQL."""
    if earned(case) != NEAR_SQL:
        return ()
    return tuple(
        f"sql.{item.id}" for item in case.playbook.levels.sql if answers.holds(case, item.test) is not True
    )


# --- hand-over -------------------------------------------------------------------------------------------


def qualifies(case: Case) -> bool:
    """Whether the lead has done what makes an SQL: a decisive action, or all SQL criteria."""
    return decisive_kind(case) != "" or answers.every(case, case.playbook.levels.sql) is True


def decisive_kind(case: Case) -> str:
    """The kind of the newest decisive action that hands over now; blank for none."""
    terms: Decisive = case.playbook.levels.decisive
    newest = facts.of_kinds(case, terms.signals)[:1]
    if not newest or not facts.is_within(case, newest[0], terms.within_days):
        return ""
    if any(
        answers.holds(case, need.test) is not True and not facts.is_waived(case.world, case.now, need.id)
        for need in terms.needs
    ):
        return ""
    return next(kind.id for kind in newest[0].kinds if kind.id in terms.signals)


def gate(case: Case) -> str:
    """What keeps the lead from sales: the first filter that matches, or the failed ICP gate."""
    stopping = [item for item in matching(case) if item.outcome != "no_nurture"]
    if stopping:
        return stopping[0].id
    return "icp" if icp(case) is False and not facts.is_waived(case.world, case.now, "icp") else ""


def matching(case: Case) -> list[Filter]:
    """The filters that match and that nobody set aside; a `stop` cannot be."""
    return [
        item
        for item in case.playbook.filters
        if answers.holds(case, item.test) is True
        and (item.outcome == "stop" or not facts.is_waived(case.world, case.now, item.id))
    ]


def hint(case: Case) -> Whole:
    """What the model of this case would give if it only gave a hint: no more than near-SQL."""
    return replace(evaluate_case(case), earned=below_sql(case, LEAD))
