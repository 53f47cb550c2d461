"""One lead at one instant, as the playbook's tests see it: fields, visible signals, scores, gates.

Answers are worked out when first asked for and remembered by the atom that asked; what was asked is also what
can change the outcome later, so the search for the next change looks at nothing else. A view never outlives
its instant and never changes what it looks at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from syncd.core import scoring
from syncd.core.atoms import ScoreAtom, ScoreName, SignalAtom
from syncd.core.criteria import FieldAtom, Tri
from syncd.core.instants import to_ms
from syncd.core.model import Waiver
from syncd.core.scoring import Active, Scorer
from syncd.core.timeline import Timeline

if TYPE_CHECKING:
    from syncd.core.compiled import Compiled, CompiledFilter


_NOTHING: frozenset[str] = frozenset()


class Person:
    """What is known of one lead apart from signals: its fields, answers about them for this snapshot, and
    what people have set aside."""

    __slots__ = ("_answers", "_waivers", "fields")

    def __init__(self, fields: Mapping[str, str], waivers: Iterable[Waiver] = ()) -> None:
        self.fields = fields
        self._waivers = tuple(
            (
                item.id,
                None if item.at is None else to_ms(item.at),
                None if item.until_at is None else to_ms(item.until_at),
            )
            for item in waivers
        )
        self._answers: dict[FieldAtom, Tri] = {}

    def holds(self, atom: FieldAtom) -> Tri:
        if atom in self._answers:
            return self._answers[atom]
        text = self.fields.get(atom.field, "")
        answer = atom.holds(text) if text.strip() else atom.when_blank
        self._answers[atom] = answer
        return answer

    def waived(self, at_ms: int) -> frozenset[str]:
        """Ids of what a person has set aside, as of this moment."""
        if not self._waivers:
            return _NOTHING
        return frozenset(
            name
            for name, since_ms, until_ms in self._waivers
            if (since_ms is None or since_ms <= at_ms) and (until_ms is None or at_ms < until_ms)
        )

    @property
    def waiver_moments_ms(self) -> tuple[int, ...]:
        """When waivers begin and end."""
        return tuple(ms for _name, *moments in self._waivers for ms in moments if ms is not None)


class Numbers(NamedTuple):
    """The model that applies, the scores, the grade and the gate of one lead at one instant."""

    model: Scorer
    fit_micro: int
    engagement_micro: int
    intent_micro: int
    grade: str
    icp: Tri


class View:
    """Answers for one lead at `at_ms`, from the signals in `timeline`; with `model`, as if it applied."""

    __slots__ = ("_active", "_fit", "_grade", "_held", "_icp", "_icp_known", "_model", "_numbers", "_scores",
                 "at_ms", "book", "person", "score_atoms", "second", "signal_atoms", "stopping", "timeline",
                 "waived")  # fmt: skip

    def __init__(
        self, book: Compiled, person: Person, timeline: Timeline, at_ms: int, model: Scorer | None = None
    ) -> None:
        self.book = book
        self.person = person
        self.timeline = timeline
        self.at_ms = at_ms
        self.second = at_ms // 1000
        self.waived = person.waived(at_ms)
        self.score_atoms: dict[ScoreAtom, bool] = {}
        self.signal_atoms: dict[SignalAtom, bool] = {}
        self.stopping: dict[frozenset[str], CompiledFilter | None] = {}  # by the outcomes asked for
        self._model = model
        self._fit: int | None = None
        self._grade: str | None = None
        self._scores: tuple[int, int] | None = None
        self._active: tuple[tuple[Active, ...], tuple[Active, ...]] | None = None
        self._held: dict[Active, int] = {}
        self._numbers: Numbers | None = None
        self._icp: Tri = None
        self._icp_known = False

    def know(self, numbers: Numbers) -> None:
        """Take over what was worked out for the same lead at the same instant elsewhere."""
        self._numbers = numbers
        self._model = numbers.model
        self._fit, self._grade = numbers.fit_micro, numbers.grade
        self._scores = numbers.engagement_micro, numbers.intent_micro
        self._icp, self._icp_known = numbers.icp, True

    def again(self) -> View:
        """The same lead at the same instant, not asked anything yet."""
        view = View(self.book, self.person, self.timeline, self.at_ms, self._model)
        if self._numbers is not None:
            view.know(self._numbers)
        return view

    def under(self, model: Scorer) -> View:
        """The same lead at the same instant, as if this model applied."""
        return View(self.book, self.person, self.timeline, self.at_ms, model)

    # --- atoms -------------------------------------------------------------------------------------------

    def field_holds(self, atom: FieldAtom) -> Tri:
        return self.person.holds(atom)

    def signal_holds(self, atom: SignalAtom) -> bool:
        answer = self.signal_atoms.get(atom)
        if answer is None:
            answer = self.signal_atoms[atom] = atom.holds(self.timeline, self.second)
        return answer

    def score_holds(self, atom: ScoreAtom) -> bool:
        answer = self.score_atoms.get(atom)
        if answer is None:
            answer = self.score_atoms[atom] = self.micro(atom.score) >= atom.threshold_micro
        return answer

    # --- scores ------------------------------------------------------------------------------------------

    @property
    def model(self) -> Scorer:
        """The model that applies: the first whose condition is true, else the last one listed."""
        if self._model is None:
            models = self.book.models
            self._model = next((item for item in models if item.when is None or item.when(self)), models[-1])
        return self._model

    @property
    def fit_micro(self) -> int:
        if self._fit is None:
            self._fit = scoring.fit_micro(self.model, self)
        return self._fit

    def micro(self, score: ScoreName) -> int:
        """One score in micro-points."""
        if score is ScoreName.FIT:
            return self.fit_micro
        if self._scores is None:
            self._scores = (self._sum(ScoreName.ENGAGEMENT), self._sum(ScoreName.INTENT))
        engagement, intent = self._scores
        if score is ScoreName.ENGAGEMENT:
            return engagement
        return intent if score is ScoreName.INTENT else self.fit_micro + engagement + intent

    def _sum(self, score: ScoreName) -> int:
        return sum(item.micro(self.held_micro(item), self.second, self.second) for item in self.sums(score))

    def held_micro(self, block: Active) -> int:
        """What the patterns of one block give now."""
        found = self._held.get(block)
        if found is None:
            found = self._held[block] = block.held_micro(self)
        return found

    def sums(self, score: ScoreName) -> tuple[Active, ...]:
        """What of one score the timeline counts; both behaviour scores for the total."""
        if self._active is None:
            self._active = self.model.active(self.timeline)
        engagement, intent = self._active
        if score is ScoreName.TOTAL:
            return engagement + intent
        return engagement if score is ScoreName.ENGAGEMENT else intent

    @property
    def grade(self) -> str:
        if self._grade is None:
            self._grade = self.model.grade(self.fit_micro)
        return self._grade

    @property
    def cell(self) -> str:
        """The cell of the matrix: the grade, then the best band the score reaches. Blank without a matrix."""
        bands = self.book.bands
        if not bands:
            return ""
        band = next((name for name, atom in bands if self.score_holds(atom)), bands[-1][0])
        return self.grade + band

    # --- gates and levels --------------------------------------------------------------------------------

    @property
    def icp(self) -> Tri:
        """The ICP gate: met, failed, or unknown for want of data."""
        if not self._icp_known:
            self._icp = self.book.icp_check(self)
            self._icp_known = True
        return self._icp

    def level_entered(self, number: int) -> Tri:
        """Whether the entry criteria of an MQL level hold."""
        return self.book.levels[number].entered(self)

    def level_left(self, number: int) -> Tri:
        """Whether somebody on that level leaves it: its `leave` holds, or its entry no longer does."""
        level = self.book.levels[number]
        if level.left is not None:
            return level.left(self)
        return level.entered(self) is not True
