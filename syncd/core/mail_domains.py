# ruff: noqa: SIM905 - word tables read better as words
"""Which e-mail domains say nothing about an employer: free and throw-away mail, schools; role mailboxes.

Short tables of the names seen most in B2B forms. A domain missing here is taken for a business, so the cost
of a gap is a lead that one more filter must catch. Nothing is looked up.
"""

from __future__ import annotations

FREE = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it
    hotmail.es live.com live.co.uk live.fr live.nl msn.com outlook.de outlook.fr outlook.es
    yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.es yahoo.it yahoo.in yahoo.co.in yahoo.ca
    yahoo.com.br yahoo.com.au yahoo.co.jp ymail.com rocketmail.com aol.com aim.com icloud.com me.com
    mac.com proton.me protonmail.com protonmail.ch pm.me gmx.de gmx.net gmx.com gmx.at gmx.ch web.de
    t-online.de freenet.de posteo.de mailbox.org arcor.de orange.fr wanadoo.fr free.fr sfr.fr
    laposte.net bbox.fr neuf.fr libero.it virgilio.it tiscali.it alice.it mail.com mail.ru bk.ru
    inbox.ru list.ru yandex.ru yandex.com rambler.ru ukr.net wp.pl o2.pl onet.pl interia.pl
    seznam.cz centrum.cz email.cz qq.com 163.com 126.com sina.com foxmail.com naver.com daum.net
    hanmail.net rediffmail.com uol.com.br bol.com.br terra.com.br comcast.net verizon.net att.net
    sbcglobal.net bellsouth.net cox.net charter.net earthlink.net rogers.com shaw.ca sympatico.ca
    btinternet.com virginmedia.com sky.com ntlworld.com talktalk.net bigpond.com optusnet.com.au
    xtra.co.nz telenet.be skynet.be ziggo.nl kpnmail.nl planet.nl hetnet.nl bluewin.ch hispeed.ch
    telia.com fastmail.com fastmail.fm hey.com tutanota.com tuta.io zoho.com zohomail.com duck.com
    hushmail.com
    """.split()
)

DISPOSABLE = frozenset(
    """
    mailinator.com guerrillamail.com guerrillamail.net guerrillamail.org sharklasers.com grr.la
    10minutemail.com 10minutemail.net temp-mail.org temp-mail.io tempmail.com tempmail.net
    tempmailo.com tempr.email throwawaymail.com trashmail.com trashmail.de trashmail.net yopmail.com
    yopmail.fr yopmail.net getnada.com nada.email dispostable.com fakeinbox.com maildrop.cc
    mailnesia.com mailcatch.com mintemail.com moakt.com mohmal.com spamgourmet.com spam4.me
    emailondeck.com burnermail.io mytemp.email inboxkitten.com discard.email discardmail.com
    wegwerfmail.de einrot.com byom.de muellmail.com jetable.org mail-temp.com 33mail.com anonbox.net
    mailpoof.com tmpmail.org tmpmail.net luxusmail.org minuteinbox.com fakemail.net
    """.split()
)

ROLES = frozenset(
    """
    info information contact kontakt contacto contatti contato hello hallo hola bonjour hi office
    buero sales vertrieb ventas ventes vendite support help helpdesk service kundenservice admin
    administrator administration webmaster postmaster hostmaster noreply no-reply donotreply do-not-
    reply marketing press presse media pr jobs career careers karriere hr bewerbung recruiting
    recruitment billing accounting accounts invoice invoices rechnung buchhaltung finance purchasing
    einkauf orders order team mail email post enquiries enquiry inquiries general reception
    secretary sekretariat legal privacy datenschutz abuse security it newsletter feedback all
    everyone test
    """.split()
)
"""Mailboxes read by whoever is on duty (RFC 2142 names some); nobody to write a personal line to."""

_SCHOOLS = (".edu", ".ac.uk", ".ac.jp", ".ac.in", ".ac.nz", ".ac.za", ".ac.kr", ".ac.at", ".ac.il", ".ac.be")
_SCHOOL_WORDS = ("university", "universitaet", "universite", "universidad", "student", "college", "school")
_SCHOOL_STARTS = ("uni-", "univ-", "tu-", "hs-", "fh-", "stud.", "students.", "alumni.")


def kind(local: str, domain: str) -> str:
    """What an address is: disposable, free, education, role or business, the first that holds.

    A role mailbox at a free provider is free: the domain says less than the mailbox.
    """
    if domain in DISPOSABLE:
        return "disposable"
    if domain in FREE:
        return "free"
    if is_school(domain):
        return "education"
    return "role" if local.partition("+")[0] in ROLES else "business"


def is_school(domain: str) -> bool:
    """True for domains of universities and schools, where students write from."""
    return (
        domain.endswith(_SCHOOLS)
        or ".edu." in f"{domain}."
        or domain.startswith(_SCHOOL_STARTS)
        or any(word in domain for word in _SCHOOL_WORDS)
    )
