# ruff: noqa: SIM905 - word tables read better as words
"""What an e-mail address says about its owner: a business, free or throw-away mail, a school, a role mailbox.

Tables and rules of our own (`mail_hosts` has the providers); nothing is looked up. Schools are told by the
endings reserved for them (.edu, .ac.uk), by the names universities go by, and by words for students.
"""

from __future__ import annotations

import re
from functools import lru_cache

from syncd.core.mail_hosts import DISPOSABLE, FREE

__all__ = ["DISPOSABLE", "FREE", "ROLES", "is_disposable", "is_role", "is_school", "kind"]

DOMAIN_CHARS_MAX = 253  # RFC 1035 2.3.4, without the root's dot

ROLES = frozenset(
    """
    abuse accounting accounts accueil achats acquisti admin administracion administratie administration
    administrator administrazione all amministrazione anfrage anmeldung atencioncliente bestellung
    bewerbung billing bonjour booking bookings buchhaltung buero calidad career careers clientes clienti
    comercial commercial commerciale communication communications compliance compras comptabilite
    comunicacion contabilidad contabilita contact contacto contacts contato contatti customercare
    customerservice customersupport datenschutz direccion direction direzione dpo dsgvo editor editorial
    einkauf email empfang empleo enquiries enquiry events everyone export facturacion facturation
    faktura fatture feedback finance gdpr general generale geschaeftsfuehrung hallo hello help helpdesk
    hi hola hostmaster hr impressum info informacion informatik information infos inkoop inquiries
    inquiry invoice invoices it jobs karriere klantenservice kontakt kundendienst kundenservice
    kundservice lavoro legal logistica logistics logistik mail mailbox marketing media mitarbeiter
    newsletter noreply office ops order orders ordini partner partners pedidos personal
    personalabteilung post postmaster prensa press presse privacy projekte purchasing qualite recepcion
    receptie reception rechnung rechnungen recruiting recruitment redaktion reklamation reservas
    reservations rh risorseumane root rrhh sales secretaria secretariat secretary security segreteria
    seguridad sekretariat service serviceclient services shop soporte spam stampa store support team
    tech technik tecnico test ticket tickets trabajo ufficio ufficioacquisti vendite ventas vente ventes
    verkauf verkoop vertrieb verwaltung web webmaster welcome zentrale
    """.split()
)
"""Mailboxes read by whoever is on duty (RFC 2142 names some); nobody to write a personal line to."""

_JOINED_ROLES = frozenset(
    "do-not-reply donotreply no-reply no.reply not-reply customer-service human-resources".split()
)
_BESIDE_ROLES = frozenset(
    """
    apac at au be benelux berlin br ca ch china cz dach de dept desk dk emea es eu europe fi fr france
    germany global gmbh group hamburg hq in intern international it italia italy latam london me
    muenchen munich mx nl no nordics online paris pl pt se sg spain team uk us usa wien zuerich zurich
    """.split()
)
"""What may stand beside a role's name: sales-emea, office.berlin."""

_ENDINGS = re.compile(r"\.(?:edu|(?:edu|ac|k12|sch|school|eun)\.[a-z]{2,3}|k12\.[a-z]{2}\.us)$")
"""Reserved for education by the registries of their countries."""

_LABEL = re.compile(
    r"""
    uni-(?!chem|data|elektro|group|invest|log|med|pack|parts|tech|trade).+
    |(?:univ|tu|fh|dhbw|insa|lycee|gymnasium|grundschule|realschule|berufsschule|vhs)-.+
    |ens-(?:cachan|lyon|paris-saclay|rennes)
    |haw-(?:hamburg|ingolstadt|kiel|landshut)|htw-(?:berlin|dresden|saarland)|oth-(?:aw|regensburg)
    |ph-(?:freiburg|gmuend|heidelberg|karlsruhe|ludwigsburg|weingarten)|hwr-berlin
    |hs-(?:aalen|albsig|anhalt|ansbach|augsburg|bochum|bremen|bremerhaven|coburg|duesseldorf|emden-leer
        |esslingen|flensburg|fulda|furtwangen|geisenheim|gesundheit|harz|heilbronn|hannover|karlsruhe|kempten|kl
        |koblenz|landshut|magdeburg|mainz|mannheim|merseburg|mittweida|neu-ulm|niederrhein|nordhausen|offenburg
        |osnabrueck|owl|pforzheim|rm|rottenburg|ruhrwest|schmalkalden|stralsund|wismar|worms|zigr)
    |th-(?:ab|bingen|brandenburg|deg|koeln|luebeck|nuernberg|owl|rosenheim|wildau)
    |studs?|students?|studenti|studenten|student-mail|estudiantes?|alumnos?|alunos?|alum|alumni|alu
    |etud?|etudiants?|pupils?|campus
    """,
    re.VERBOSE,
)
"""One label of a domain that a school goes by."""

_WORDS = tuple(
    """
    university universitaet universitat universite universita universiteit universitet universities
    universidad universidade hochschule
    """.split()
)

_SCHOOLS = frozenset(
    """
    bocconi.it bth.se centralesupelec.fr chalmers.se charite.de cnam.fr concordia.ca dauphine.eu dtu.dk
    ehu.eus em-lyon.com eni.fr ens-lyon.fr ens.fr epfl.ch epita.fr esade.es escp.eu essec.fr ethz.ch
    eur.nl fau.de fernuni-hagen.de fhnw.ch fom.de fu-berlin.de hec.fr hhu.de hslu.ch hu-berlin.de
    hwr-berlin.de iuav.it iulm.it jku.at kit.edu kth.se ku.de ku.dk kuleuven.be lmu.de lu.se luiss.it
    maastrichtuniversity.nl mcgill.ca mdh.se ntnu.no ost.ch ovgu.de poliba.it polimi.it polito.it
    queensu.ca rptu.de ru.nl rub.de rug.nl ruhr-uni-bochum.de rwth-aachen.de sciencespo.fr sdu.dk sfu.ca
    sns.it sorbonne-universite.fr srh.de su.se tcd.ie tudelft.nl tue.nl tuhh.de tum.de tuwien.at
    u-bordeaux.fr u-paris.fr u-psud.fr uab.cat uah.es ualberta.ca uam.es ub.cat ubc.ca uc3m.es ucd.ie
    uclm.es ucm.es ugent.be ugr.es uhasselt.be uib.no uio.no ulaval.ca ulb.be uliege.be ulisboa.pt um.es
    uma.es umontreal.ca uned.es uniba.it unibas.ch unibe.ch unibg.it unibo.it unibs.it unibz.it
    unical.it unicampania.it unicatt.it unict.it unife.it unifi.it unifr.ch unige.ch unige.it unil.ch
    unile.it unilu.ch unime.it unimi.it unimib.it unimore.it unina.it unine.ch unioviedo.es unipa.it
    unipd.it unipg.it unipi.it unipr.it unipv.it uniroma1.it uniroma2.it uniroma3.it unisa.it
    unisalento.it unisg.ch unisi.it uniss.it unitn.it unito.it units.it uniud.it unive.it univie.ac.at
    univr.it unizar.es uottawa.ca up.pt upc.edu upf.edu upm.es upv.es us.es usal.es usi.ch utoronto.ca
    utwente.nl uu.nl uu.se uv.es uva.es uva.nl uwaterloo.ca uzh.ch vu.nl vub.be whu.edu wlu.ca wu.ac.at
    wur.nl yorku.ca zhaw.ch
    """.split()
)
"""Universities whose names follow no rule."""

_SCHOOL_ENDS = ("school", "schools", "college", "academy", "schule", "escuela", "colegio", "liceo", "lyceum")
_CHARITABLE = (".org", ".org.uk", ".net", ".info")


def kind(local: str, domain: str) -> str:
    """What an address is: disposable, free, education, role or business, the first that holds.

    A role mailbox at a free provider is free: the domain says less than the mailbox.
    """
    if is_disposable(domain):
        return "disposable"
    if domain in FREE:
        return "free"
    if is_school(domain):
        return "education"
    return "role" if is_role(local) else "business"


def is_disposable(domain: str) -> bool:
    """True for throw-away mail, under any of its subdomains too."""
    labels = domain.split(".")[-6:]
    return any(".".join(labels[place:]) in DISPOSABLE for place in range(len(labels) - 1))


def is_role(local: str) -> bool:
    """True for a mailbox of a role: `info`, `sales+crm`, `office.berlin`, `support2`; not `it.manager`'s."""
    name = local.partition("+")[0].lower().rstrip("0123456789")
    if name in ROLES or name in _JOINED_ROLES:
        return True
    words = [word for word in re.split(r"[._-]", name) if word]
    beside = [word for word in words if word not in ROLES]
    return 1 < len(words) < 5 and len(beside) < len(words) and all(word in _BESIDE_ROLES for word in beside)


def is_school(domain: str) -> bool:
    """True for domains of universities and schools, where students write from."""
    return len(domain) <= DOMAIN_CHARS_MAX and _is_school(domain)


@lru_cache(maxsize=16384)
def _is_school(domain: str) -> bool:
    """Remembered, since many people share a domain."""
    labels = domain.split(".")[-6:]
    if _ENDINGS.search(domain) or any(
        ".".join(labels[place:]) in _SCHOOLS for place in range(len(labels) - 1)
    ):
        return True
    if any(word in domain for word in _WORDS) or any(_LABEL.fullmatch(label) for label in labels[:-1]):
        return True
    return domain.endswith(_CHARITABLE) and any(label.endswith(_SCHOOL_ENDS) for label in labels[:-1])
