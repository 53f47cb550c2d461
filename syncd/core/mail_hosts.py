# ruff: noqa: SIM905 - word tables read better as words
"""Mail hosts that say nothing about an employer: free providers, internet access, throw-away addresses.

Names seen in B2B forms in Europe and the Americas, those of the biggest providers elsewhere. A host missing
here is taken for a business, so the cost of a gap is a lead that one more filter must catch.
"""

from __future__ import annotations

_FAMILIES = "hotmail outlook live yahoo gmx aol".split()
_ENDINGS = """
    com co.uk de fr it es nl be ch at se no dk fi pt ie pl cz sk hu gr ro ca com.au co.nz com.br com.ar
    com.mx com.tr in co.in jp co.jp co.kr co.za co.id co.th cl com.co com.pe com.ve com.vn com.sg com.my
    com.ph com.hk com.tw ru rs hr bg lt lv ee eu us cn
""".split()
"""Providers that are at home under every country's ending."""

_NAMED = """
    gmail.com googlemail.com msn.com passport.com icloud.com me.com mac.com proton.me protonmail.com
    protonmail.ch pm.me ymail.com rocketmail.com aim.com mail.com email.com usa.com europe.com post.com
    consultant.com engineer.com dr.com asia.com myself.com iname.com fastmail.com fastmail.fm hey.com
    tutanota.com tutanota.de tuta.io tuta.com tutamail.com keemail.me zoho.com zohomail.com zohomail.eu
    zohomail.in duck.com hushmail.com hush.com mailfence.com runbox.com startmail.com disroot.org
    riseup.net posteo.de posteo.net posteo.at posteo.ch mailbox.org skiff.com cock.li inbox.com
    lycos.com excite.com rediffmail.com rediff.com juno.com netzero.net netscape.net netscape.com
    compuserve.com cs.com prodigy.net mindspring.com pobox.com onmail.com superhuman.com simplelogin.com
    web.de email.de gmx.net t-online.de freenet.de arcor.de online.de 1und1.de unitybox.de vodafone.de
    vodafonemail.de o2online.de o2mail.de kabelmail.de versanet.de ewetel.net netcologne.de osnanet.de
    htp-tel.de alice-dsl.net alice-dsl.de hanse.net tiscali.de lycos.de mail.de firemail.de ok.de
    gmx.info smart-mail.de nexgo.de aon.at chello.at a1.net drei.at inode.at utanet.at kabsi.at
    liwest.at tele2.at bluewin.ch hispeed.ch sunrise.ch swissonline.ch bluemail.ch gmx.li vtxmail.ch
    netplus.ch orange.fr wanadoo.fr free.fr sfr.fr neuf.fr laposte.net bbox.fr numericable.fr noos.fr
    cegetel.net club-internet.fr aliceadsl.fr voila.fr caramail.com tele2.fr 9online.fr dbmail.com
    numericable.com gmx.fr libero.it virgilio.it tiscali.it alice.it tin.it inwind.it iol.it email.it
    fastwebnet.it tim.it vodafone.it poste.it teletu.it blu.it supereva.it katamail.com aruba.it pec.it
    legalmail.it telefonica.net terra.es ya.com ono.com movistar.es orange.es vodafone.es jazztel.es
    euskaltel.net telecable.es wanadoo.es mixmail.com sapo.pt netcabo.pt clix.pt mail.telepac.pt iol.pt
    telenet.be skynet.be proximus.be scarlet.be pandora.be voo.be belgacom.net ziggo.nl kpnmail.nl
    kpnplanet.nl planet.nl hetnet.nl home.nl casema.nl chello.nl xs4all.nl quicknet.nl upcmail.nl
    zeelandnet.nl tele2.nl online.nl caiway.nl telfort.nl solcon.nl live.nl pt.lu internet.lu vo.lu
    telia.com bredband.net comhem.se spray.se tele2.se telenor.no online.no broadpark.no frisurf.no
    getmail.no mail.dk jubii.dk tdcadsl.dk stofanet.dk ofir.dk youmail.dk elisanet.fi kolumbus.fi
    luukku.com pp.inet.fi saunalahti.fi suomi24.fi wippies.com simnet.is internet.is btinternet.com
    btopenworld.com virginmedia.com virgin.net blueyonder.co.uk ntlworld.com sky.com talktalk.net
    tiscali.co.uk plus.net plusnet.com lineone.net o2.co.uk orange.net fsmail.net freeserve.co.uk
    wanadoo.co.uk zen.co.uk supanet.com eircom.net indigo.ie iol.ie wp.pl o2.pl onet.pl onet.eu
    interia.pl interia.eu poczta.onet.pl poczta.fm op.pl tlen.pl gazeta.pl vp.pl buziaczek.pl go2.pl
    seznam.cz centrum.cz email.cz post.cz volny.cz atlas.cz tiscali.cz zoznam.sk azet.sk centrum.sk
    post.sk pobox.sk freemail.hu citromail.hu t-online.hu indamail.hu upcmail.hu abv.bg mail.bg dir.bg
    net.hr inet.hr siol.net t-2.net otenet.gr forthnet.gr in.gr freemail.gr mailbox.gr cytanet.com.cy
    mail.ru bk.ru inbox.ru list.ru internet.ru rambler.ru lenta.ru ro.ru ya.ru yandex.ru yandex.com
    yandex.by yandex.kz yandex.ua ukr.net i.ua meta.ua bigmir.net tut.by mail.ee hot.ee inbox.lv
    inbox.lt one.lt mynet.com superonline.com ttmail.com walla.com walla.co.il netvision.net.il
    bezeqint.net zahav.net.il 012.net.il comcast.net verizon.net att.net sbcglobal.net bellsouth.net
    cox.net charter.net spectrum.net earthlink.net optonline.net optimum.net frontier.com
    frontiernet.net windstream.net centurylink.net centurytel.net embarqmail.com qwest.net
    roadrunner.com rr.com twc.com rcn.com suddenlink.net mediacombb.net cableone.net wowway.com
    ameritech.net pacbell.net swbell.net snet.net flash.net nvbell.net worldnet.att.net hughes.net
    tds.net gci.net rogers.com shaw.ca sympatico.ca bell.net telus.net videotron.ca cogeco.ca
    sasktel.net mts.net eastlink.ca teksavvy.com bigpond.com bigpond.net.au optusnet.com.au iinet.net.au
    tpg.com.au internode.on.net ozemail.com.au dodo.com.au westnet.com.au adam.com.au xtra.co.nz
    slingshot.co.nz clear.net.nz orcon.net.nz uol.com.br bol.com.br terra.com.br ig.com.br globo.com
    globomail.com r7.com oi.com.br zipmail.com.br superig.com.br fibertel.com.ar arnet.com.ar
    speedy.com.ar ciudad.com.ar prodigy.net.mx vtr.net entel.net une.net.co etb.net.co cantv.net
    adinet.com.uy qq.com foxmail.com 163.com 126.com 188.com yeah.net sina.com sina.cn sohu.com 139.com
    189.cn wo.cn tom.com 21cn.com aliyun.com vip.163.com vip.qq.com naver.com daum.net hanmail.net
    kakao.com nate.com docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp nifty.com
    biglobe.ne.jp ocn.ne.jp so-net.ne.jp dion.ne.jp plala.or.jp pchome.com.tw hinet.net singnet.com.sg
    starhub.net.sg netvigator.com indiatimes.com sify.com vsnl.net bsnl.in mweb.co.za telkomsa.net
    vodamail.co.za webmail.co.za iafrica.com absamail.co.za emirates.net.ae eim.ae maktoob.com
""".split()

FREE = frozenset(_NAMED) | {f"{family}.{ending}" for family in _FAMILIES for ending in _ENDINGS}

DISPOSABLE = frozenset(
    """
    mailinator.com mailinator.net mailinator2.com binkmail.com bobmail.info chammy.info devnullmail.com
    letthemeatspam.com reallymymail.com safetymail.info sogetthis.com spamherelots.com suremail.info
    thisisnotmyrealemail.com tradermail.info veryrealemail.com zippymail.info guerrillamail.com
    guerrillamail.net guerrillamail.org guerrillamail.biz guerrillamail.de guerrillamail.info
    guerrillamailblock.com sharklasers.com grr.la pokemail.net spam4.me 10minutemail.com
    10minutemail.net 10minutemail.co.uk 10minutemail.de 10minutesmail.com 20minutemail.com
    20minutemail.it 30minutemail.com 60minutemail.com minuteinbox.com temp-mail.org temp-mail.io
    temp-mail.com temp-mail.ru tempmail.com tempmail.net tempmail.de tempmail.it tempmail.eu
    tempmail.plus tempmailo.com tempmailaddress.com tempr.email tempinbox.com tempail.com tempemail.net
    tempemail.com temporarymail.com temporaryinbox.com temporaryemail.net tmail.ws tmpmail.org
    tmpmail.net tmpeml.com tmpbox.net throwawaymail.com throwam.com throwawayemailaddress.com
    trashmail.com trashmail.de trashmail.net trashmail.org trashmail.me trashmail.ws trashmail.at
    trash-mail.com trash-mail.de trash-mail.at trashymail.com trashinbox.com trbvm.com wegwerfmail.de
    wegwerfmail.net wegwerfmail.org wegwerfadresse.de wegwerfemail.de wegwerf-email.at yopmail.com
    yopmail.fr yopmail.net cool.fr.nf jetable.fr.nf nospam.ze.tc nomail.xl.cx mega.zik.dj speed.1s.fr
    courriel.fr.nf moncourrier.fr.nf monemail.fr.nf monmail.fr.nf getnada.com nada.email nada.ltd
    inboxbear.com abyssmail.com boximail.com clrmail.com dropjar.com getairmail.com givmail.com
    robot-mail.com tafmail.com vomoto.com zetmail.com dispostable.com fakeinbox.com fakeinbox.net
    fakemail.net fakemail.fr fakemailgenerator.com armyspy.com cuvox.de dayrep.com einrot.com
    fleckens.hu gustr.com jourrapide.com rhyta.com superrito.com teleworm.us maildrop.cc mailnesia.com
    mailcatch.com mailexpire.com mailforspam.com mailmetrash.com mailmoat.com mailnull.com mailsac.com
    mailscrap.com mailshell.com mailtemp.info mail-temp.com mail-temporaire.fr mailtothis.com
    mailpoof.com mailzilla.com mailinater.com mailbox52.ga mail.tm mintemail.com moakt.com moakt.cc
    moakt.ws mohmal.com mohmal.im mytemp.email mytempemail.com mytrashmail.com mt2015.com
    spamgourmet.com spambox.us spambog.com spambog.de spambog.ru spamfree24.org spamfree24.de
    spamfree24.com spamhole.com spamex.com spamavert.com spamday.com spaml.com spamspot.com
    spamcowboy.com spamail.de emailondeck.com emailfake.com emailsensei.com emailtemporanea.com
    emailtemporanea.net emailtemporario.com.br emailwarden.com email-fake.com eyepaste.com emltmp.com
    emlhub.com emlpro.com burnermail.io inboxkitten.com inboxalias.com inboxclean.com inboxclean.org
    discard.email discardmail.com discardmail.de byom.de muellmail.com jetable.org jetable.com
    jetable.net 33mail.com anonbox.net anonymbox.com luxusmail.org dropmail.me 10mail.org emailna.co
    harakirimail.com haltospam.com incognitomail.com incognitomail.org kasmail.com klzlk.com
    kurzepost.de lifebyfood.com link2mail.net litedrop.com lroid.com objectmail.com obobbo.com
    oneoffemail.com onewaymail.com pjjkp.com proxymail.eu putthisinyourspamdatabase.com quickinbox.com
    rcpt.at recode.me rtrtr.com s0ny.net selfdestructingmail.com sendspamhere.com shieldemail.com
    shiftmail.com shortmail.net sneakemail.com snakemail.com sofort-mail.de soodonims.com
    supergreatmail.com tagyourself.com tempomail.fr tempsky.com thankyou2010.com trialmail.de tyldd.com
    uggsrock.com upliftnow.com venompen.com viditag.com wh4f.org whyspam.me willselfdestruct.com
    winemaven.info wronghead.com wuzup.net xagloo.com yep.it zehnminutenmail.de zoemail.net 1secmail.com
    1secmail.net 1secmail.org esiix.com wwjmp.com xojxe.com yoggm.com vddaz.com kzccv.com icznn.com
    ezztt.com txcct.com bheps.com dcctb.com linshiyou.com chacuo.net 027168.com bccto.me 24hinbox.com
    0815.ru 0-mail.com 0clickemail.com anonymail.dk antispam.de bugmenot.com deadaddress.com despam.it
    dontreg.com dodgit.com e4ward.com filzmail.com gishpuppy.com great-host.in hidemail.de hmamail.com
    ieatspam.eu imails.info junk1e.com kaspop.com killmail.com mierdamail.com mobi.web.id neverbox.com
    no-spam.ws nobulk.com nogmailspam.info nomail2me.com nospamfor.us nowmymail.com cs.email
    altmails.com fexpost.com fexbox.org mailto.plus rover.info chitthi.in any.pink merepost.com
    """.split()
)
