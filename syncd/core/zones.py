"""Time zones of countries and of the states of those that span several: what time it is where somebody lives.

Zones of one country that show the same hour all the year are one. China, Ukraine and a few more have one
official time and stand with that. A state that spans two zones has both. What is not known is empty.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from syncd.core import countries

STATE_CHARS_MAX: Final = 40

# IANA time zone database, zone.tab; offsets of 2026 compared month by month.
_COUNTRIES: Final = """
AD Europe/Andorra|AE Asia/Dubai|AF Asia/Kabul|AL Europe/Tirane|AM Asia/Yerevan|AO Africa/Luanda
AR America/Argentina/Buenos_Aires|AT Europe/Vienna|AZ Asia/Baku|BA Europe/Sarajevo|BD Asia/Dhaka
BE Europe/Brussels|BG Europe/Sofia|BH Asia/Bahrain|BO America/La_Paz|BY Europe/Minsk|CH Europe/Zurich
CM Africa/Douala|CN Asia/Shanghai|CO America/Bogota|CR America/Costa_Rica|CY Asia/Nicosia|CZ Europe/Prague
DE Europe/Berlin|DK Europe/Copenhagen|DO America/Santo_Domingo|DZ Africa/Algiers|EE Europe/Tallinn
EG Africa/Cairo|ET Africa/Addis_Ababa|FI Europe/Helsinki|FR Europe/Paris|GB Europe/London|GE Asia/Tbilisi
GH Africa/Accra|GR Europe/Athens|GT America/Guatemala|HK Asia/Hong_Kong|HN America/Tegucigalpa
HR Europe/Zagreb|HU Europe/Budapest|IE Europe/Dublin|IL Asia/Jerusalem|IN Asia/Kolkata|IQ Asia/Baghdad
IR Asia/Tehran|IS Atlantic/Reykjavik|IT Europe/Rome|JO Asia/Amman|JP Asia/Tokyo|KE Africa/Nairobi
KH Asia/Phnom_Penh|KR Asia/Seoul|KW Asia/Kuwait|KZ Asia/Almaty|LB Asia/Beirut|LI Europe/Vaduz
LK Asia/Colombo|LT Europe/Vilnius|LU Europe/Luxembourg|LV Europe/Riga|MA Africa/Casablanca|MC Europe/Monaco
MD Europe/Chisinau|ME Europe/Podgorica|MK Europe/Skopje|MT Europe/Malta|MU Indian/Mauritius
MY Asia/Kuala_Lumpur|NG Africa/Lagos|NI America/Managua|NL Europe/Amsterdam|NO Europe/Oslo|OM Asia/Muscat
PA America/Panama|PE America/Lima|PH Asia/Manila|PK Asia/Karachi|PL Europe/Warsaw|PR America/Puerto_Rico
PY America/Asuncion|QA Asia/Qatar|RO Europe/Bucharest|RS Europe/Belgrade|SA Asia/Riyadh|SE Europe/Stockholm
SG Asia/Singapore|SI Europe/Ljubljana|SK Europe/Bratislava|SM Europe/San_Marino|SN Africa/Dakar
SV America/El_Salvador|TH Asia/Bangkok|TN Africa/Tunis|TR Europe/Istanbul|TW Asia/Taipei|UA Europe/Kyiv
UG Africa/Kampala|UY America/Montevideo|UZ Asia/Samarkand|VE America/Caracas|VN Asia/Ho_Chi_Minh
ZA Africa/Johannesburg
AU Australia/Perth Australia/Darwin Australia/Adelaide Australia/Brisbane Australia/Sydney
BR America/Rio_Branco America/Manaus America/Sao_Paulo America/Noronha
CA America/Vancouver America/Edmonton America/Regina America/Winnipeg America/Toronto America/Halifax America/St_Johns
CL Pacific/Easter America/Punta_Arenas America/Santiago
EC Pacific/Galapagos America/Guayaquil|ES Atlantic/Canary Europe/Madrid
ID Asia/Jakarta Asia/Makassar Asia/Jayapura
MX America/Tijuana America/Hermosillo America/Mexico_City America/Cancun
NZ Pacific/Auckland Pacific/Chatham|PT Atlantic/Azores Europe/Lisbon
RU Europe/Kaliningrad Europe/Moscow Europe/Samara Asia/Yekaterinburg Asia/Omsk Asia/Novosibirsk Asia/Irkutsk Asia/Chita Asia/Vladivostok Asia/Magadan Asia/Kamchatka
US Pacific/Honolulu America/Anchorage America/Los_Angeles America/Phoenix America/Denver America/Chicago America/New_York
"""  # noqa: E501 - a country's zones on one line

# US: 49 CFR part 71 (boundaries of zones); Canada, Australia: laws of the provinces and states.
_EAST, _CENTRAL, _MOUNTAIN, _PACIFIC = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
)  # fmt: skip
_STATES: Final = {
    "US": {
        _EAST: "CT connecticut|DE delaware|DC district of columbia|GA georgia|ME maine|MD maryland"
        "|MA massachusetts|NH new hampshire|NJ new jersey|NY new york|NC north carolina|OH ohio"
        "|PA pennsylvania|RI rhode island|SC south carolina|VT vermont|VA virginia|WV west virginia",
        _CENTRAL: "AL alabama|AR arkansas|IL illinois|IA iowa|LA louisiana|MN minnesota|MS mississippi"
        "|MO missouri|OK oklahoma|WI wisconsin",
        _MOUNTAIN: "CO colorado|MT montana|NM new mexico|UT utah|WY wyoming",
        _PACIFIC: "CA california|NV nevada|WA washington",
        "America/Phoenix": "AZ arizona",
        "America/Anchorage": "AK alaska",
        "Pacific/Honolulu": "HI hawaii",
        f"{_CENTRAL} {_EAST}": "FL florida|IN indiana|KY kentucky|MI michigan|TN tennessee",
        f"{_MOUNTAIN} {_CENTRAL}": "KS kansas|NE nebraska|ND north dakota|SD south dakota|TX texas",
        f"{_PACIFIC} {_MOUNTAIN}": "ID idaho|OR oregon",
    },
    "CA": {
        "America/Toronto": "QC quebec",
        "America/Winnipeg America/Toronto": "ON ontario",
        "America/Winnipeg": "MB manitoba",
        "America/Regina": "SK saskatchewan",
        "America/Edmonton": "AB alberta",
        "America/Vancouver America/Edmonton": "BC british columbia",
        "America/Halifax": "NS nova scotia|NB new brunswick|PE prince edward island",
        "America/St_Johns": "NL newfoundland and labrador|NF newfoundland",
    },
    "AU": {
        "Australia/Sydney": "NSW new south wales|VIC victoria|TAS tasmania|ACT australian capital territory",
        "Australia/Brisbane": "QLD queensland",
        "Australia/Adelaide": "SA south australia",
        "Australia/Darwin": "NT northern territory",
        "Australia/Perth": "WA western australia",
    },
}

# ITU-T E.164 assigned country codes; +1 and +7 are shared and say nothing alone.
_DIALLED: Final = """
20 EG|27 ZA|30 GR|31 NL|32 BE|33 FR|34 ES|36 HU|39 IT|40 RO|41 CH|43 AT|44 GB|45 DK|46 SE|47 NO|48 PL|49 DE
51 PE|52 MX|54 AR|55 BR|56 CL|57 CO|58 VE|60 MY|61 AU|62 ID|63 PH|64 NZ|65 SG|66 TH|81 JP|82 KR|84 VN|86 CN
90 TR|91 IN|92 PK|93 AF|94 LK|98 IR|212 MA|213 DZ|216 TN|221 SN|230 MU|233 GH|234 NG|237 CM|244 AO|251 ET
254 KE|256 UG|351 PT|352 LU|353 IE|354 IS|355 AL|356 MT|357 CY|358 FI|359 BG|370 LT|371 LV|372 EE|373 MD
374 AM|375 BY|376 AD|377 MC|378 SM|380 UA|381 RS|382 ME|385 HR|386 SI|387 BA|389 MK|420 CZ|421 SK|423 LI
502 GT|503 SV|504 HN|505 NI|506 CR|507 PA|591 BO|593 EC|595 PY|598 UY|852 HK|855 KH|880 BD|886 TW|961 LB
962 JO|964 IQ|965 KW|966 SA|968 OM|971 AE|972 IL|973 BH|974 QA|994 AZ|995 GE|998 UZ
"""


def _parted(table: str) -> list[list[str]]:
    return [entry.split() for line in table.strip().splitlines() for entry in line.split("|")]


_ZONES: Final = {code: tuple(zones) for code, *zones in _parted(_COUNTRIES)}
_PREFIXES: Final = dict(_parted(_DIALLED))
_OF_STATE: Final = {
    (country, name): tuple(zones.split())
    for country, groups in _STATES.items()
    for zones, states in groups.items()
    for state in states.split("|")
    for name in (state.partition(" ")[0].casefold(), state.partition(" ")[2])
}

ALL: Final = frozenset(zone for zones in (*_ZONES.values(), *_OF_STATE.values()) for zone in zones)
"""Every zone that may be named."""


@lru_cache(maxsize=4096)
def of_place(country: str, state: str = "") -> tuple[str, ...]:
    """Zones of a country, narrowed by its state where that is known, from west to east; empty for no known
    country. Names and codes as people type them."""
    code = countries.code(country)
    name = " ".join(state[:STATE_CHARS_MAX].replace(".", "").split()).casefold()
    return _OF_STATE.get((code, name)) or _ZONES.get(code, ())


@lru_cache(maxsize=4096)
def of_phone(number: str) -> tuple[str, ...]:
    """Zones of the country a number written with its country code belongs to; empty where it has none."""
    text = number.strip()
    digits = "".join(char for char in text[:40] if char in "0123456789")
    if text.startswith("+"):
        international = digits
    elif text.startswith("00"):
        international = digits[2:]
    else:
        return ()
    starts = (international[:length] for length in (3, 2))
    code = next((_PREFIXES[start] for start in starts if start in _PREFIXES), "")
    return _ZONES.get(code, ())
