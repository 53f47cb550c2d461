"""Public holidays of a country or region, from the `holidays` package (offline)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import holidays


def public_holidays(place: str, years: Iterable[int]) -> frozenset[date]:
    """The days off in `place`, written as DE or DE-BY. The place was checked when the file was."""
    country, _, region = place.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=years))


def is_known(place: str) -> bool:
    """True for a country or region the package knows."""
    country, _, region = place.partition("-")
    supported = holidays.list_supported_countries()
    return country in supported and (not region or region in supported[country])
