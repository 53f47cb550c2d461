"""docs/metrics.md defines every number of every report, and its examples come out as written."""

from __future__ import annotations

import re

import pytest

from tests.cli import documented
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


NO_NUMBERS = re.compile(
    r"(^|\.|\])(since|until|group|name|names|title|text|why|step|from|to|id|label|lead_id|pass|company|did|"
    r"blocked_by|reason|objection|command|advice|set_aside_by|by|\w+_at|kind|outcome|position|unit)$"
)
"""Keys of reports that are no numbers."""


def test_every_number_of_a_report_is_defined() -> None:
    """What docs/cli.md promises of `syncd report ...` is explained here, key by key."""
    defined = {name for metric in metrics() for name in metric.names}
    missing = []
    for command in documented.sections():
        if not command.startswith("report "):
            continue
        report = command.removeprefix("report ")
        numbers = [key for key in documented.shape(command) if not NO_NUMBERS.search(key)]
        missing += [
            f"{report}: {key}" for key in numbers if f"{report}.{key}".replace("[]", "") not in defined
        ]
    assert sorted(missing) == []
