"""Whether one field can answer several tests as asked, by trying every value that could.

Never wrong in saying no: where values cannot be listed, only plain contradictions count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from syncd.core import patterns
from syncd.core.criteria import number
from syncd.core.playbook import FieldTest, Operator
from syncd.settings.analysis.normal import Answer
from syncd.settings.vocabulary import DERIVED

Asked = tuple[FieldTest, Answer]

_NUMERIC = frozenset({Operator.AT_LEAST, Operator.AT_MOST})
_BLANK = frozenset({Operator.PRESENT, Operator.ABSENT})


def conflict(field: str, asked: Sequence[Asked]) -> str:
    """Why no value of the field, nor a blank one, answers all as asked; empty when one may."""
    if any(_is_empty_list(test) for test, _answer in asked):
        return ""  # said apart: a list that is empty is one to fill
    must_be_known = any(_needs_value(*one) for one in asked)
    must_be_blank = any(_needs_blank(*one) for one in asked)
    if not must_be_known:
        return ""
    compared = [one for one in asked if one[0].operator not in _BLANK]
    if not must_be_blank and _some_value(field, compared):
        return ""
    said = list(dict.fromkeys(words(test, answer) for test, answer in asked if _matters(test, answer)))
    return f"{field} would have to {' and '.join(said)}"


def words(test: FieldTest, answer: Answer = Answer.TRUE) -> str:
    """The comparison as people say it: `be at least 50`, `not be vp or director`."""
    values = list(test.values)
    listed = " or ".join(values[:4]) + (f" or {len(values) - 4} more" if len(values) > 4 else "")
    said = {
        Operator.IS: f"be {listed}",
        Operator.CONTAINS: f"have {listed} in it",
        Operator.MATCHES: f"be like {listed}",
        Operator.AT_LEAST: f"be at least {listed}",
        Operator.AT_MOST: f"be at most {listed}",
        Operator.PRESENT: "be known",
        Operator.ABSENT: "be blank",
    }[test.operator]
    return said if answer in {Answer.TRUE, Answer.NOT_FALSE} else f"not {said}"


def covers(wider: Iterable[str], narrower: str) -> bool:
    """True when every text that equals the glob `narrower` equals one of `wider`. May say no where it does.

    Each star of the narrower is read as a letter nobody writes: what a star of the wider takes in, it takes
    in whatever stands there.
    """
    probe = narrower.replace("*", "\ue000").replace("?", "\ue001").casefold()
    for pattern in wider:
        folded = pattern.casefold()
        if folded == narrower.casefold() or ("?" not in folded and patterns.glob([folded])(probe)):
            return True
    return False


def _is_empty_list(test: FieldTest) -> bool:
    return test.operator is Operator.MATCHES and not test.values


def _matters(test: FieldTest, answer: Answer) -> bool:
    return _needs_value(test, answer) or _needs_blank(test, answer) or answer is not Answer.NOT_FALSE


def _needs_value(test: FieldTest, answer: Answer) -> bool:
    match test.operator:
        case Operator.PRESENT:
            return answer in {Answer.TRUE, Answer.NOT_FALSE}
        case Operator.ABSENT:
            return answer in {Answer.FALSE, Answer.NOT_TRUE}
        case _:
            return answer in {Answer.TRUE, Answer.FALSE}


def _needs_blank(test: FieldTest, answer: Answer) -> bool:
    match test.operator:
        case Operator.PRESENT:
            return answer in {Answer.FALSE, Answer.NOT_TRUE}
        case Operator.ABSENT:
            return answer in {Answer.TRUE, Answer.NOT_FALSE}
        case _:
            return False


def _some_value(field: str, asked: Sequence[Asked]) -> bool:
    """Whether a value that is not blank may answer all."""
    closed = DERIVED.get(field)
    named = [test.values for test, answer in asked if test.operator is Operator.IS and answer is Answer.TRUE]
    if closed or named:
        candidates = sorted(closed) if closed else min(named, key=len)
        return any(all(_answers(value, *one) for one in asked) for value in candidates)
    return _numbers_fit(asked) and _texts_fit(asked)


def _answers(value: str, test: FieldTest, answer: Answer) -> bool:
    truth = _truth(value, test)
    match answer:
        case Answer.TRUE:
            return truth is True
        case Answer.FALSE:
            return truth is False
        case Answer.NOT_TRUE:
            return truth is not True
        case Answer.NOT_FALSE:
            return truth is not False


def _truth(value: str, test: FieldTest) -> bool | None:
    if test.operator in _NUMERIC:
        shown, limit = number(value), float(test.values[0])
        if shown is None:
            return None
        return shown >= limit if test.operator is Operator.AT_LEAST else shown <= limit
    matcher = {
        Operator.IS: patterns.equal,
        Operator.CONTAINS: patterns.words,
        Operator.MATCHES: patterns.glob,
    }[test.operator]
    return matcher(test.values)(value)


def _numbers_fit(asked: Sequence[Asked]) -> bool:
    """Whether a number lies within all borders. Where nothing asks for a number, text gets by."""
    numeric = [one for one in asked if one[0].operator in _NUMERIC]
    if not any(answer in {Answer.TRUE, Answer.FALSE} for _test, answer in numeric):
        return True
    low, high = (float("-inf"), False), (float("inf"), False)  # the border, and whether it is itself outside
    for test, answer in numeric:
        limit = float(test.values[0])
        holds = answer in {Answer.TRUE, Answer.NOT_FALSE}
        if (test.operator is Operator.AT_LEAST) == holds:
            low = max(low, (limit, not holds))
        else:
            high = min(high, (limit, not holds), key=lambda border: (border[0], not border[1]))
    return low[0] < high[0] or (low[0] == high[0] and not low[1] and not high[1])


def _texts_fit(asked: Sequence[Asked]) -> bool:
    """False when every text one test takes is among those another must not take."""
    refused = [test for test, answer in asked if answer in {Answer.FALSE, Answer.NOT_TRUE}]
    taken = [test for test, answer in asked if answer is Answer.TRUE]
    return not any(_within(test, other) for test in taken for other in refused)


def _within(test: FieldTest, other: FieldTest) -> bool:
    """Whether what passes `test` always passes `other`."""
    match test.operator, other.operator:
        case Operator.MATCHES, Operator.MATCHES:
            return all(covers(other.values, pattern) for pattern in test.values)
        case Operator.CONTAINS, Operator.CONTAINS:
            return all(patterns.words(other.values)(value) for value in test.values)
        case _:
            return test == other
