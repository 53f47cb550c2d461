"""How a property is run: a moderate number of examples always, many more in `make battery`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

BATTERY_TIMES = 15
BATTERY_TIMEOUT_S = 3_600
_RUNS = (
    pytest.param(0.5, id="some"),
    pytest.param(
        BATTERY_TIMES, id="many", marks=[pytest.mark.battery, pytest.mark.timeout(BATTERY_TIMEOUT_S)]
    ),
)
_PATIENT = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)


def for_all(
    *strategies: st.SearchStrategy[Any], examples: int
) -> Callable[[Callable[..., None]], Callable[[float], None]]:
    """The test that this holds for whatever the strategies draw; `make test` is content with half as many
    `examples`. A busy machine may take its time."""

    def as_test(holds: Callable[..., None]) -> Callable[[float], None]:
        @pytest.mark.parametrize("times", _RUNS)
        def test(times: float) -> None:
            patience = settings(
                max_examples=round(examples * times), deadline=None, suppress_health_check=_PATIENT
            )
            patience(given(*strategies)(holds))()

        test.__name__, test.__doc__ = holds.__name__, holds.__doc__
        return test

    return as_test
