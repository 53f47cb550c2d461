"""Country names as people type them, in six languages, as ISO 3166-1 alpha-2 codes.

A two-letter code stands for itself; so does a three-letter one. What is not known is blank: a test of it is
then unknown. Names of regions (`EMEA`, `DACH`) are no countries.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

NAME_CHARS_MAX = 80

_NAMES = """
AD AND andorra andorre
AE ARE uae, united arab emirates, vereinigte arabische emirate, emirats arabes unis
AE ARE emiratos arabes unidos, emirati arabi uniti, dubai, abu dhabi, vae
AF AFG afghanistan
AL ALB albania, albanien, albanie
AM ARM armenia, armenien, armenie
AO AGO angola
AR ARG argentina, argentinien, argentine
AT AUT austria, osterreich, oesterreich, autriche, oostenrijk
AU AUS australia, australien, australie
AZ AZE azerbaijan, aserbaidschan
BA BIH bosnia and herzegovina, bosnia, bosnien und herzegowina, bosnien
BD BGD bangladesh, bangladesch
BE BEL belgium, belgien, belgique, belgica, belgio, belgie
BG BGR bulgaria, bulgarien, bulgarie
BH BHR bahrain
BO BOL bolivia, bolivien
BR BRA brazil, brasil, brasilien, bresil, brasile, brazilie
BY BLR belarus, weissrussland, bielorussie
CA CAN canada, kanada
CH CHE switzerland, schweiz, suisse, suiza, svizzera, zwitserland
CL CHL chile, chili, cile
CM CMR cameroon, kamerun, cameroun
CN CHN china, chine, cina, peoples republic of china, prc
CO COL colombia, kolumbien, colombie
CR CRI costa rica
CY CYP cyprus, zypern, chypre, chipre, cipro
CZ CZE czech republic, czechia, tschechien, tschechische republik, republique tcheque, tchequie
CZ CZE republica checa, chequia, repubblica ceca, cechia, tsjechie
DE DEU germany, deutschland, allemagne, alemania, germania, duitsland, brd, federal republic of germany
DK DNK denmark, danemark, dinamarca, danimarca, denemarken
DO DOM dominican republic, dominikanische republik, republica dominicana
DZ DZA algeria, algerien, algerie, argelia
EC ECU ecuador, equateur
EE EST estonia, estland, estonie
EG EGY egypt, agypten, aegypten, egypte, egipto, egitto
ES ESP spain, spanien, espagne, espana, spagna, spanje
ET ETH ethiopia, athiopien, ethiopie
FI FIN finland, finnland, finlande, finlandia
FR FRA france, frankreich, francia, frankrijk
GB GBR uk, u k, united kingdom, great britain, britain, england, scotland, wales, northern ireland
GB GBR grossbritannien, vereinigtes konigreich, royaume uni, grande bretagne, angleterre, reino unido
GB GBR gran bretana, inglaterra, regno unito, gran bretagna, inghilterra, verenigd koninkrijk
GB GBR united kingdom of great britain and northern ireland
GE GEO georgia, georgien, georgie
GH GHA ghana
GR GRC greece, griechenland, grece, grecia, griekenland
GT GTM guatemala
HK HKG hong kong, hongkong, hong kong sar
HN HND honduras
HR HRV croatia, kroatien, croatie, croacia, croazia, kroatie
HU HUN hungary, ungarn, hongrie, hungria, ungheria, hongarije
ID IDN indonesia, indonesien, indonesie
IE IRL ireland, irland, irlande, irlanda, ierland, republic of ireland, eire
IL ISR israel, israele
IN IND india, indien, inde
IQ IRQ iraq, irak
IR IRN iran
IS ISL iceland, island, islande, islandia, islanda, ijsland
IT ITA italy, italien, italie, italia
JO JOR jordan, jordanien, jordanie, jordania
JP JPN japan, japon, giappone
KE KEN kenya, kenia
KH KHM cambodia, kambodscha, cambodge
KR KOR south korea, korea, republic of korea, korea republic of, sudkorea, suedkorea, coree du sud
KR KOR corea del sur, corea del sud, zuid korea
KW KWT kuwait, koweit
KZ KAZ kazakhstan, kasachstan
LB LBN lebanon, libanon, liban, libano
LI LIE liechtenstein
LK LKA sri lanka
LT LTU lithuania, litauen, lituanie, lituania, litouwen
LU LUX luxembourg, luxemburg, luxemburgo, lussemburgo
LV LVA latvia, lettland, lettonie, letonia, lettonia, letland
MA MAR morocco, marokko, maroc, marruecos, marocco
MC MCO monaco
MD MDA moldova, moldawien, moldavie
ME MNE montenegro
MK MKD north macedonia, macedonia, nordmazedonien
MT MLT malta, malte
MU MUS mauritius, maurice
MX MEX mexico, mexiko, mexique, messico
MY MYS malaysia, malaisie, malasia
NG NGA nigeria
NI NIC nicaragua
NL NLD netherlands, the netherlands, holland, niederlande, pays bas, paises bajos, holanda, paesi bassi
NL NLD olanda, nederland
NO NOR norway, norwegen, norvege, noruega, norvegia, noorwegen, norge
NZ NZL new zealand, neuseeland, nouvelle zelande, nueva zelanda, nuova zelanda
OM OMN oman
PA PAN panama
PE PER peru, perou
PH PHL philippines, philippinen, filipinas, filippine
PK PAK pakistan
PL POL poland, polen, pologne, polonia, polska
PR PRI puerto rico
PT PRT portugal, portogallo
PY PRY paraguay
QA QAT qatar, katar
RO ROU romania, rumanien, rumaenien, roumanie, rumania, roemenie
RS SRB serbia, serbien, serbie
RU RUS russia, russland, russie, rusia, rusland, russian federation
SA SAU saudi arabia, saudi arabien, arabie saoudite, arabia saudita, arabia saudi, ksa
SE SWE sweden, schweden, suede, suecia, svezia, zweden, sverige
SG SGP singapore, singapur, singapour
SI SVN slovenia, slowenien, slovenie, eslovenia
SK SVK slovakia, slowakei, slovaquie, eslovaquia, slovacchia, slovak republic, slowakije
SM SMR san marino
SN SEN senegal
SV SLV el salvador
TH THA thailand, thailande, tailandia
TN TUN tunisia, tunesien, tunisie, tunez
TR TUR turkey, turkei, tuerkei, turquie, turquia, turchia, turkije, turkiye
TW TWN taiwan
UA UKR ukraine, ucrania, ucraina, oekraine
UG UGA uganda
US USA us, u s, u s a, united states, united states of america, america, vereinigte staaten
US USA vereinigte staaten von amerika, etats unis, estados unidos, eeuu, ee uu, stati uniti
US USA stati uniti d america, verenigde staten
UY URY uruguay
UZ UZB uzbekistan
VE VEN venezuela
VN VNM vietnam, viet nam
ZA ZAF south africa, sudafrika, suedafrika, afrique du sud, sudafrica, zuid afrika
"""
"""Both codes, then names: lower case, without accents and signs."""


def _table() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _NAMES.strip().splitlines():
        code, three, names = line.split(" ", 2)
        found |= dict.fromkeys([code.lower(), three.lower(), *names.split(", ")], code)
    return found


_CODES = _table() | {"el": "GR"}  # what the European Union calls Greece


CODES = frozenset(_CODES.values())
"""Every code there may be."""


def code(name: str) -> str:
    """The ISO alpha-2 code of a country's name or code in any case; blank where it is not known."""
    return _code(name[:NAME_CHARS_MAX])


@lru_cache(maxsize=2048)
def _code(name: str) -> str:
    spread = unicodedata.normalize("NFKD", name).casefold()
    bare = "".join(char for char in spread if not unicodedata.combining(char))
    words = "".join(char if char.isalnum() else " " for char in bare).split()
    return _CODES.get(" ".join(words), "")
