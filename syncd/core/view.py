"""One lead at one instant, as the playbook's tests see it: fields, visible signals, scores, gates.

Answers are worked out when first asked for and remembered by the atom that asked; what was asked is also what
can change the outcome later, so the search for the next change looks at nothing else. A view never outlives
its instant and never changes what it looks at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from syncd.core import scoring
from syncd.core.criteria import FieldAtom, ScoreAtom, ScoreName, SignalAtom, Tri
from syncd.core.scoring import Scorer
from syncd.core.timeline import Timeline

if TYPE_CHECKING:
    from syncd.core.compiled import Compiled, CompiledFilter


class Person:
    """What is known of one lead apart from signals: its fields, and answers about them for this snapshot."""

    __slots__ = ("_answers", "fields", "waived")

    def __init__(self, fields: Mapping[str, str], waived: frozenset[str] = frozenset()) -> None:
        """`waived` are ids of filters a person has set aside for this lead."""
        self.fields = fields
        self.waived = waived
        self._answers: dict[FieldAtom, Tri] = {}

    def holds(self, atom: FieldAtom) -> Tri:
        if atom in self._answers:
            return self._answers[atom]
        text = self.fields.get(atom.field, "")
        answer = atom.holds(text) if text.strip() else atom.when_blank
        self._answers[atom] = answer
        return answer


class View:
    """Answers for one lead at `at_ms`, from the signals in `timeline`."""

    __slots__ = ("_active", "_fit", "_grade", "_icp", "_icp_known", "_model", "_scores", "at_ms", "book",
                 "person", "score_atoms", "second", "signal_atoms", "stopping", "timeline")  # fmt: skip

    def __init__(self, book: Compiled, person: Person, timeline: Timeline, at_ms: int) -> None:
        self.book = book
        self.person = person
        self.timeline = timeline
        self.at_ms = at_ms
        self.second = at_ms // 1000
        self.score_atoms: dict[ScoreAtom, bool] = {}
        self.signal_atoms: dict[SignalAtom, bool] = {}
        self.stopping: dict[frozenset[str], CompiledFilter | None] = {}  # by the outcomes asked for
        self._model: Scorer | None = None
        self._fit: int | None = None
        self._grade: str | None = None
        self._scores: tuple[int, int] | None = None
        self._active: tuple[tuple[scoring.Active, ...], tuple[scoring.Active, ...]] | None = None
        self._icp: Tri = None
        self._icp_known = False

    def again(self) -> View:
        """The same lead at the same instant, not asked anything yet."""
        return View(self.book, self.person, self.timeline, self.at_ms)

    # --- atoms -------------------------------------------------------------------------------------------

    def field_holds(self, atom: FieldAtom) -> Tri:
        return self.person.holds(atom)

    def signal_holds(self, atom: SignalAtom) -> bool:
        answer = self.signal_atoms.get(atom)
        if answer is None:
            answer = self.timeline.count_within(atom.pick, self.second, atom.window_s) >= atom.at_least
            self.signal_atoms[atom] = answer
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
        return sum(item.micro(self.timeline, self.second, self.second) for item in self.sums(score))

    def sums(self, score: ScoreName) -> tuple[scoring.Active, ...]:
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
