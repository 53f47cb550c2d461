"""What an administrator may switch on for a whole org: State and Country picklists, several currencies.

With picklists of places, CountryCode and StateCode appear and free text is refused: a country must be one of
the picklist's, a state one of that country's ("State and Country Picklists", help.salesforce.com). With
several currencies every record names its own in CurrencyIsoCode (object reference).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from syncd.connectors.sandbox.salesforce.errors import Refusal
from syncd.connectors.sandbox.salesforce.fields import Field, FieldType, ObjectType, Schema
from syncd.connectors.sandbox.salesforce.values import Row

COUNTRIES: Mapping[str, str] = MappingProxyType(
    {
        "DE": "Germany",
        "AT": "Austria",
        "CH": "Switzerland",
        "US": "United States",
        "CA": "Canada",
        "GB": "United Kingdom",
        "FR": "France",
        "KR": "Korea, Republic of",
        "IT": "Italy",
    }
)
STATES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "US": {"CA": "California", "NY": "New York", "TX": "Texas", "DC": "District of Columbia"},
        "CA": {"QC": "Quebec", "ON": "Ontario"},
        "DE": {"BY": "Bayern", "NW": "Nordrhein-Westfalen"},
        "IT": {"MI": "Milano"},
    }
)
_ADDRESSES = {"Lead": "", "Contact": "Mailing"}
PEOPLE = ("Lead", "Contact")


def picklists_of_places(schema: Schema) -> None:
    """Switch State and Country picklists on."""
    under: dict[str, tuple[str, ...]] = {}
    labels: dict[str, str] = {}
    for country, states in STATES.items():
        for code, label in states.items():
            under[code] = (*under.get(code, ()), country)
            labels.setdefault(code, label)
    for name, prefix in _ADDRESSES.items():
        leading = tuple(COUNTRIES)
        schema.get(name).add([
            Field(f"{prefix}CountryCode", FieldType.PICKLIST, 10, values=leading, is_restricted=True,
                  labels=COUNTRIES),
            Field(f"{prefix}StateCode", FieldType.PICKLIST, 10, values=tuple(labels), is_restricted=True,
                  labels=labels, controller=f"{prefix}CountryCode", under=under, leading=leading),
        ])  # fmt: skip


def several_currencies(schema: Schema, corporate: str, others: tuple[str, ...]) -> None:
    """Switch several currencies on; records made without one have the corporate currency."""
    for name in PEOPLE:
        values = (corporate, *others)
        schema.get(name).add([
            Field("CurrencyIsoCode", FieldType.PICKLIST, 3, values=values, default=corporate,
                  is_restricted=True),
        ])  # fmt: skip


def check_places(kind: ObjectType, row: Row) -> None:
    """Raises Refusal FIELD_INTEGRITY_EXCEPTION for a place that the picklists do not have."""
    prefix = _ADDRESSES.get(kind.name)
    if prefix is None or kind.find(f"{prefix}CountryCode") is None:
        return
    name = f"{prefix}Country"
    if row.get(f"{name}Code") and not row.get(name):
        row[name] = COUNTRIES.get(str(row[f"{name}Code"]))
    country, state = row.get(f"{prefix}CountryCode"), row.get(f"{prefix}StateCode")
    for part, text, known in (
        ("Country", row.get(f"{prefix}Country"), COUNTRIES.values()),
        ("State", row.get(f"{prefix}State"), STATES.get(str(country), {}).values()),
    ):
        if text and text not in known:
            raise Refusal(
                "FIELD_INTEGRITY_EXCEPTION",
                f"There's a problem with this {part.lower()}, even though it may appear correct. Please "  # noqa: S608 - a sentence
                f"select a {part.lower()} from the list of valid ones.: {prefix}{part}",
                (f"{prefix}{part}",),
            )
    if state and state not in STATES.get(str(country), {}):
        raise Refusal(
            "FIELD_INTEGRITY_EXCEPTION",
            f"A state can only be saved with its country: {prefix}StateCode",
            (f"{prefix}StateCode",),
        )
