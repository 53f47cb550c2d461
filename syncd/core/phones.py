"""Telephone numbers as people type them, in the one international form that dialers take: `+493012345`.

What is already international needs no country; what is written as at home needs one. Where it is not sure
the answer is blank: a wrong number is worse than an untidy one. Numbering plans are those of ITU-T E.164 and
the national ones, by ISO 3166-1 code.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

DIGITS_MIN, DIGITS_MAX = 7, 15
"""Of a whole number with its country code (E.164 allows 15)."""

NATIONAL_MIN: Final = 6
"""Fewer digits are a short code or an extension, whatever the plan allows."""

TEXT_CHARS_MAX: Final = 60

_PLANS: Final = """
AD 376 - 6 9, AE 971 0 8 9, AF 93 0 9 9, AL 355 0 8 9, AM 374 0 8 8, AO 244 - 9 9, AR 54 0 10 11
AT 43 0 4 13, AU 61 0 9 9, AZ 994 0 9 9, BA 387 0 8 9, BD 880 0 6 10, BE 32 0 8 9, BG 359 0 6 9
BH 973 - 8 8, BO 591 0 8 8, BR 55 0 10 11, BY 375 8 9 9, CA 1 1 10 10, CH 41 0 9 9, CL 56 - 9 9
CM 237 - 9 9, CN 86 0 7 11, CO 57 0 8 10, CR 506 - 8 8, CY 357 - 8 8, CZ 420 - 9 9, DE 49 0 5 15
DK 45 - 8 8, DO 1 1 10 10, DZ 213 0 8 9, EC 593 0 8 9, EE 372 - 7 8, EG 20 0 8 10, ES 34 - 9 9
ET 251 0 9 9, FI 358 0 5 10, FR 33 0 9 9, GB 44 0 9 10, GE 995 0 9 9, GH 233 0 9 9, GR 30 - 10 10
GT 502 - 8 8, HK 852 - 8 8, HN 504 - 8 8, HR 385 0 8 9, HU 36 06 8 9, ID 62 0 7 12, IE 353 0 7 10
IL 972 0 8 12, IN 91 0 10 10, IQ 964 0 8 10, IR 98 0 6 10, IS 354 - 7 9, IT 39 - 6 12, JO 962 0 8 9
JP 81 0 9 10, KE 254 0 7 9, KH 855 0 8 9, KR 82 0 5 10, KW 965 - 8 8, KZ 7 8 10 10, LB 961 0 7 8
LI 423 0 7 9, LK 94 0 9 9, LT 370 0 8 8, LU 352 - 4 11, LV 371 - 8 8, MA 212 0 9 9, MC 377 0 8 9
MD 373 0 8 8, ME 382 0 8 8, MK 389 0 8 8, MT 356 - 8 8, MU 230 - 7 8, MX 52 - 10 10, MY 60 0 8 10
NG 234 0 10 10, NI 505 - 8 8, NL 31 0 9 11, NO 47 - 8 8, NZ 64 0 8 10, OM 968 - 8 8, PA 507 - 7 8
PE 51 0 8 9, PH 63 0 6 10, PK 92 0 9 10, PL 48 - 7 9, PR 1 1 10 10, PT 351 - 9 9, PY 595 0 7 9
QA 974 - 8 8, RO 40 0 6 9, RS 381 0 7 12, RU 7 8 10 10, SA 966 0 9 9, SE 46 0 7 9, SG 65 - 8 8
SI 386 0 8 8, SK 421 0 6 9, SM 378 - 8 10, SN 221 - 9 9, SV 503 - 8 8, TH 66 0 8 9, TN 216 - 8 8
TR 90 0 10 10, TW 886 0 8 9, UA 380 0 9 9, UG 256 0 9 9, US 1 1 10 10, UY 598 0 8 8, UZ 998 - 9 9
VE 58 0 10 10, VN 84 0 9 10, ZA 27 0 5 9
"""
"""Country, its calling code, what is dialled in front at home (- for nothing), fewest and most digits of a
national number."""

_KEEPS_ZERO: Final = frozenset({"IT", "SM"})
"""Numbers there begin with a 0 that is part of them."""

_UNSURE: Final = frozenset({"AR", "MX"})
"""Mobiles are dialled otherwise at home than from abroad."""


class _Plan(NamedTuple):
    code: str
    trunk: str
    fewest: int
    most: int


def _plans() -> dict[str, _Plan]:
    found = {}
    for item in _PLANS.replace("\n", ", ").strip(" ,").split(", "):
        country, code, trunk, fewest, most = item.split()
        found[country] = _Plan(code, trunk.strip("-"), max(int(fewest), NATIONAL_MIN), int(most))
    return found


_BY_COUNTRY: Final = _plans()
_SECOND: Final = re.compile(r"/\s*\d{1,2}\s*$")
"""`123456/7` is two numbers in one."""
_SIGNS: Final = re.compile(r"[\s().\-/\u2010-\u2015\u00a0]")
_OPTIONAL_TRUNK: Final = re.compile(r"\(\s*0\s*\)")
_ABROAD: Final = re.compile(r"^00(?=[1-9])")
_ABROAD_FROM_AMERICA: Final = re.compile(r"^011(?=[1-9])")


def e164(text: str, country: str = "") -> str:
    """`text` as `+` and digits; blank where that is not sure. `country` is the ISO code of the person's, for
    numbers written as at home. One with an extension stays as it is: half of it is no number to call."""
    number = "".join(_western(char) for char in text.strip().removeprefix("tel:"))
    if len(number) > TEXT_CHARS_MAX or _SECOND.search(number):
        return ""
    number = number.replace("\uff0b", "+")
    country, plan = country.upper(), _BY_COUNTRY.get(country.upper())
    bare = _SIGNS.sub("", _OPTIONAL_TRUNK.sub("", number))
    if "+" in number:
        return _international(_ABROAD.sub("", bare.removeprefix("+")))  # "+0049" is meant as "+49"
    dialled = _ABROAD_FROM_AMERICA if plan is not None and plan.code == "1" else _ABROAD
    if dialled.match(bare):
        return _international(dialled.sub("", bare))
    return _national(_SIGNS.sub("", number), country)


def _western(char: str) -> str:
    """Digits of every script are digits."""
    return str(int(char)) if char.isdecimal() else char


def _international(bare: str) -> str:
    if not bare.isdigit() or bare.startswith("0") or not DIGITS_MIN <= len(bare) <= DIGITS_MAX:
        return ""
    return f"+{_without_trunk(bare)}"


def _without_trunk(bare: str) -> str:
    """`490301234` without the 0 that is dialled at home only."""
    for country, plan in _BY_COUNTRY.items():
        if bare.startswith(f"{plan.code}0") and plan.trunk == "0" and country not in _KEEPS_ZERO:
            return plan.code + bare[len(plan.code) + 1 :]
    return bare


def _national(bare: str, country: str) -> str:
    plan = _BY_COUNTRY.get(country)
    if plan is None or country in _UNSURE or not bare.isdigit():
        return ""
    if plan.trunk and bare.startswith(plan.trunk):
        bare = bare[len(plan.trunk) :]
    elif plan.trunk == "0":
        return ""  # without its 0 it is a local number, or a country code without its plus
    if not plan.fewest <= len(bare) <= plan.most or (bare.startswith("0") and country not in _KEEPS_ZERO):
        return ""
    return f"+{plan.code}{bare}"
