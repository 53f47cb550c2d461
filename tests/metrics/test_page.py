"""docs/metrics.md defines every number of every report, and its examples come out as written."""

from __future__ import annotations

import pytest

from tests.metrics.kinds import all_kinds
from tests.metrics.page import Example, Metric, metrics, said

EXAMPLES = [(metric.names[0], example) for metric in metrics() for example in metric.examples]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[name for name, _example in EXAMPLES])
def test_an_example_comes_out_as_written(name: str, example: Example) -> None:
    """Computed by the code that makes the reports."""
    numbers = all_kinds()[example.kind](example.facts)
    assert {key: said(numbers[key]) for key in example.promised} == example.promised, name


@pytest.mark.parametrize("metric", metrics(), ids=lambda metric: str(metric.names[0]))
def test_a_metric_has_words_a_formula_and_an_example(metric: Metric) -> None:
    """An example that promises nothing would prove nothing."""
    assert metric.formula
    assert metric.text.strip().split("Formula:")[0].strip()
    assert any(example.promised for example in metric.examples)


def test_a_metric_is_defined_once() -> None:
    """Two definitions of one name would be two opinions."""
    names = [name for metric in metrics() for name in metric.names]
    assert sorted(names) == sorted(set(names))
