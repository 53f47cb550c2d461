"""Countries and states as codes, where the org has State and Country picklists switched on.

There a free text is refused and CountryCode and StateCode are what is to be written ("State and Country
Picklists", help.salesforce.com). Names come in any common form and language; a state is looked for among the
org's own states of the country in question. Nothing is guessed: what is not known is left out with a note.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from syncd.core import countries
from syncd.core.fitting import FieldShape, Left, Option, Schema
from syncd.core.ownership import is_blank, text_of
from syncd.core.playbook import Ownership

PREFIXES: Final = ("", "Mailing", "Other", "Billing", "Shipping")
"""Addresses of Lead, Contact and Account (Object Reference)."""

_NO_COUNTRY = (
    "no country of the org's picklist is called so; correct it in HubSpot, or translate it in mapping.yaml"
)
_NO_STATE = (
    "no state of that country in the org's picklist is called so; correct it in HubSpot, or translate it"
)
_WHOSE = "a state needs its country, and that is not known"


@dataclass(frozen=True, slots=True)
class Coded:
    """The fields with codes in place of names, whose rules go with them, and what was left out."""

    fields: dict[str, object]
    rules: dict[str, Ownership | str]
    left: tuple[Left, ...] = ()


def read_too(names: Mapping[str, object]) -> tuple[str, ...]:
    """Fields that must be read besides, for an object that may have such picklists."""
    return tuple(
        f"{prefix}{part}Code"
        for prefix in PREFIXES
        if f"{prefix}Country" in names or f"{prefix}State" in names
        for part in ("Country", "State")
    )


def coded(
    fields: Mapping[str, object],
    rules: Mapping[str, Ownership | str],
    schema: Schema,
    fresh: Mapping[str, str],
) -> Coded:
    """`fields` for `schema`: codes in place of names wherever it has picklists of places."""
    found, ruled = dict(fields), dict(rules)
    left: list[Left] = []
    for prefix in PREFIXES:
        if f"{prefix}CountryCode" in schema:
            left += _address(prefix, found, ruled, schema, fresh)
    return Coded(found, ruled, tuple(left))


def _address(
    prefix: str,
    fields: dict[str, object],
    rules: dict[str, Ownership | str],
    schema: Schema,
    fresh: Mapping[str, str],
) -> Iterator[Left]:
    """Put the codes of one address in place of its names."""
    codes, states = schema[f"{prefix}CountryCode"], schema.get(f"{prefix}StateCode")
    name = f"{prefix}Country"
    if not is_blank(fields.get(name)) and f"{name}Code" not in fields:
        text = text_of(fields.pop(name))
        code = country_code(text, codes)
        if code:
            fields[f"{name}Code"] = code
            rules[f"{name}Code"] = rules.get(name, Ownership.UNTIL_TOUCHED)
        else:
            yield Left(name, "no_country", _NO_COUNTRY, text)
    name = f"{prefix}State"
    if is_blank(fields.get(name)) or f"{name}Code" in fields or states is None:
        return
    text = text_of(fields.pop(name))
    country = _effective(f"{prefix}CountryCode", fields, rules, fresh)
    if not country:
        yield Left(name, "no_state", _WHOSE, text)
        return
    code = state_code(text, country, states)
    if code:
        fields[f"{name}Code"] = code
        rules[f"{name}Code"] = rules.get(name, Ownership.UNTIL_TOUCHED)
    elif _has_states(country, states):
        yield Left(name, "no_state", _NO_STATE, text)


def _effective(
    name: str, fields: Mapping[str, object], rules: Mapping[str, Ownership | str], fresh: Mapping[str, str]
) -> str:
    """The country the record will have: the one there, unless ours always goes over it."""
    there, meant = fresh.get(name, ""), text_of(fields.get(name) or "")
    is_ours = str(rules.get(name, "")) == Ownership.OURS
    return (meant or there) if is_ours else (there or meant)


# --- names to codes --------------------------------------------------------------------------------------


def country_code(text: str, shape: FieldShape) -> str:
    """The org's value for a country named in any common form; blank where it has none."""
    wanted = _bare(text)
    for option in _options(shape):
        if wanted in {_bare(option.value), _bare(option.label)}:
            return option.value
    code = countries.code(text) or _iso_countries().get(wanted, "")
    return next((item.value for item in _options(shape) if item.value.upper() == code), "") if code else ""


def state_code(text: str, country: str, shape: FieldShape) -> str:
    """The org's value for a state of `country`; blank where it has none."""
    own = [item for item in _options(shape) if _is_of(item, country)]
    wanted = _bare(text)
    for option in own:
        if wanted in {_bare(option.value), _bare(option.label), _bare(f"{country}-{option.value}")}:
            return option.value
    codes = _iso_states(country.upper()).get(wanted, frozenset())
    found = {item.value for item in own if item.value.upper() in codes}
    return found.pop() if len(found) == 1 else ""


def _has_states(country: str, shape: FieldShape) -> bool:
    return any(_is_of(item, country) for item in _options(shape))


def _is_of(option: Option, country: str) -> bool:
    return not option.under or country in option.under


def _options(shape: FieldShape) -> tuple[Option, ...]:
    return shape.options or tuple(Option(value) for value in shape.values)


def _bare(text: str) -> str:
    """Letters and digits only, without accents, in one case."""
    spread = unicodedata.normalize("NFKD", text[:120]).casefold().replace("ß", "ss")
    kept = "".join(char if char.isalnum() else " " for char in spread if not unicodedata.combining(char))
    words = kept.split()
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


@cache
def _iso_countries() -> Mapping[str, str]:
    """Codes by every name ISO 3166-1 has for a country. Read once, and only for an org that needs it."""
    import pycountry  # noqa: PLC0415 - a few megabytes that most orgs never need

    found: dict[str, str] = {}
    for item in pycountry.countries:
        for key in ("name", "official_name", "common_name", "alpha_2", "alpha_3"):
            if named := getattr(item, key, ""):
                found.setdefault(_bare(named), item.alpha_2)
    return found


@cache
def _iso_states(country: str) -> Mapping[str, frozenset[str]]:
    """Codes by every name of a state of a country, as ISO 3166-2 has them; `Bayern` and `Bavaria` are two."""
    import pycountry  # noqa: PLC0415 - as above

    found: dict[str, set[str]] = {}
    states: Iterable[Any] = pycountry.subdivisions.get(country_code=country) or ()  # type: ignore[no-untyped-call]
    for item in states:
        short = item.code.partition("-")[2]
        names = [item.name, short, item.code, *item.name.replace("]", "[").split("[")]
        names += [part for name in list(names) for part in name.split("/")]
        for name in names:
            if _bare(name):
                found.setdefault(_bare(name), set()).add(short.upper())
    for name, code in _ALSO.get(country, {}).items():
        found.setdefault(_bare(name), set()).add(code)
    return {name: frozenset(codes) for name, codes in found.items()}


_ALSO: Final[Mapping[str, Mapping[str, str]]] = {
    "DE": {
        "Bavaria": "BY", "Hesse": "HE", "Lower Saxony": "NI", "North Rhine-Westphalia": "NW", "NRW": "NW",
        "Rhineland-Palatinate": "RP", "Saxony": "SN", "Saxony-Anhalt": "ST", "Thuringia": "TH",
        "Mecklenburg-Western Pomerania": "MV", "BaWü": "BW", "Schleswig Holstein": "SH",
    },
    "US": {
        "Calif": "CA", "Cal": "CA", "Mass": "MA", "Penn": "PA", "Penna": "PA", "Tex": "TX", "Fla": "FL",
        "Wash": "WA", "Washington DC": "DC", "Washington D.C.": "DC", "D.C.": "DC", "Ill": "IL",
        "Mich": "MI", "Minn": "MN", "Wis": "WI", "Ariz": "AZ", "Colo": "CO", "Conn": "CT", "Ore": "OR",
        "Tenn": "TN", "Va": "VA", "N.Y.": "NY", "N.J.": "NJ",
        "New York State": "NY", "N.C.": "NC", "S.C.": "SC",
    },
    "CA": {"Quebec": "QC", "PQ": "QC", "Newfoundland": "NL", "PEI": "PE", "B.C.": "BC", "Ont": "ON"},
    "AT": {
        "Vienna": "9", "Lower Austria": "3", "Upper Austria": "4", "Styria": "6", "Tyrol": "7",
        "Carinthia": "2",
    },
    "CH": {
        "Zurich": "ZH", "Geneva": "GE", "Genf": "GE", "Basel": "BS", "Lucerne": "LU", "Berne": "BE",
        "Bern": "BE",
    },
    "IT": {"Milan": "MI", "Rome": "RM", "Turin": "TO", "Naples": "NA", "Florence": "FI", "Venice": "VE"},
    "ES": {"Catalonia": "CT", "Andalusia": "AN"},
}  # fmt: skip
"""What English and everyday use call states beside their own names."""
