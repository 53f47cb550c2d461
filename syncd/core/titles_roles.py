# ruff: noqa: SIM905 - word tables read better as words
"""Words of job titles that change what other words say: assistants, prepositions, former holders, compounds.

An assistant holds none of the posts named beside them; what follows a preposition is somebody else's post or
a field of work; a former chief is none. Written like `title_words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Kind(Enum):
    """What a phrase does in a title."""

    RANK = "gives a rank"
    LEARNER = "entry or student: lowers the rank beside it"
    LEAD = "manager at the end of a phrase, senior at its beginning"
    HELPER = "assists somebody"
    CLERK = "first, it rules the phrase: Mitarbeiter Vertriebsleitung"
    TOPIC = "looks like a rank and is none: head office"
    GONE = "not held any more, or not yet"
    OF = "what follows gives no rank"
    AT = "what follows is the employer"
    SPLIT = "ends a phrase: bar, dash, bracket, comma"
    AND = "joins two phrases"


KINDS: Mapping[Kind, str] = {
    Kind.LEAD: "lead, leader",
    Kind.HELPER: """
        assistant, asst, assist, assistante, assistent, assistentin, assistenten, assistenz, ass der, ass d,
        asistente, asistenta, assistente, aux administrativo, auxiliar, ayudante, secretary, secretaire,
        secretaria, secretario, secretariat, segretario, segretaria, segreteria, addetta segreteria, sekretar,
        sekretarin, sekretariat, sekr, secretaresse, secretariaat, assistentie, pa, ea, va, p a, e a,
        executive assistant, exec assistant, personal assistant, virtual assistant,
        executive assistant director, personal assistant director, administrative assistant,
        executive secretary, director assistant, directors assistant, aide, rechte hand, right hand,
        bras droit, mano derecha, braccio destro, adjoint de direction, adjointe de direction,
        attache de direction, attachee de direction, teamassistenz, direktionsassistenz, chefsekretarin,
        adjutant, tea, executive support, executive admin, collaboratrice di direzione, directiesecretaresse,
        managementassistent, managementassistente, directieassistent, directieassistente, chauffeur,
        managementassistentin, fremdsprachensekretarin, leiterassistenz
    """,
    Kind.CLERK: """
        mitarbeiter, mitarbeiterin, mitarbeitende, mitarbeitender, sachbearbeiter, sachbearbeiterin,
        sachbearbeitung, referent, referentin, medewerker, medewerkster, collaborateur, collaboratrice,
        collaboratore, colaborador, colaboradora, assistenza, stabsstelle, projektmitarbeiter,
        projektmitarbeiterin
    """,
    Kind.TOPIC: """
        head office, head quarters, head hunter, head count, head to head, head start, partner program,
        partner relations, partner operations, partner management, partner enablement, partner marketing,
        partner success, partner engagement, partner development, partner experience, partner solutions,
        partner network, partner sales, partner engineer, partner engineering, partner services,
        partner alliances, partner growth, partner ecosystem, partner integrations, director relations,
        board relations, owner relations, product ownership, student success, student affairs,
        student services, student recruitment, student engagement, student experience, student support,
        student housing, student life, student union, student loans, student advisor, student counselor,
        student counsellor, student programs, student programmes, student admissions, student accounts,
        student finance, student marketing, student recruiter, student relations, student wellbeing,
        graduate recruitment, graduate recruiter, graduate studies, graduate school, graduate programs,
        graduate programmes, graduate program, graduate programme, graduate admissions, graduate careers,
        apprentice programme, apprentice program, apprentice manager, apprentice training, trainee programme,
        trainee program, trainee coordinator, intern program, intern programs, internship program,
        internship programs, internship coordinator, phd program, mba program, mba programs, mba programme,
        mba admissions, chief product office, vie etudiante, relations etudiantes, home owner, homeowner,
        dog owner, cat owner, pet owner, car owner, proud owner, principal investigator office,
        lead generation, lead gen, lead management, lead qualification, lead nurturing, lead conversion,
        lead time, staff development, staff training, chief executive magazine, sales executive search,
        executive search, executive education, executive mba, executive coaching, executive recruitment,
        executive recruiting, executive communications, expert witness, board game, board games,
        first officer, associate s degree, mannschaft, personalvorstand buro, senior living, senior care,
        seniorenheim, seniorenbetreuung, vice city, students of, junior enterprise, junior achievement,
        direction artistique, art direction, leiter ausbildung assistenz, fondateur association,
        architect studio, it head office
    """,
    Kind.GONE: """
        in training, in ausbildung, ex, former, formerly, past president, past chair, past chairman, retired,
        ret, retiree, emeritus, emerita, semi retired, previously, prev, aspiring, wannabe, aspirant,
        aspirante, ehemaliger, ehemalige, ehemals, ehem, ehemaligen, fruherer, fruhere, fruher, vormals,
        vormaliger, pensioniert, pensionierter, pensionierte, pensionar, pensionarin, rentner, rentnerin,
        ruhestand, ausser dienst, altvorstand, ancien, ancienne, retraite, retraitee, a la retraite, antiguo,
        antigua, anterior, jubilado, jubilada, retirado, retirada, prejubilado, prejubilada, in pensione,
        pensionato, pensionata, gia, pensionista, voormalig, voormalige, gepensioneerd, gepensioneerde, oud,
        future ceo, future cto, future cfo, future founder, future leader, future manager, future director,
        future entrepreneur, futur, future dirigeant, future chef d entreprise, futuro, futura, angehender,
        angehende, zukunftiger, zukunftige, designate, designated, elect, designierter, designierte, incoming,
        unemployed, arbeitslos, arbeitssuchend, job seeker, jobseeker, jobsuchend, en recherche d emploi,
        demandeur d emploi, en busqueda de empleo, desempleado, desempleada, disoccupato, disoccupata,
        in cerca di occupazione, werkzoekend, between jobs, between roles, open to work, seeking, looking for
    """,
    Kind.OF: """
        of, to, for, in, by, with, from, on, into, behind, under, de, du, des, d, del, della, delle, degli,
        dei, dello, dell, di, da, dal, en, a, au, aux, para, por, per, pour, der, dem, den, im, am, fur, zu,
        zum, zur, von, vom, mit, van, voor, op, ter, aupres, alla, al, agli, allo, alle, nel, nella, nei, con,
        avec, sous, sur, supporting, reporting, serving, helping, within, across
    """,
    Kind.AT: "@, at, bei, beim, chez, presso, bij, c o",
}

SERVANTS = frozenset(
    """
    office buro bureau coach adviser advisor advisory relations support success liaison services
    communications communication team program programme driver desk staff coordinator coordination fahrer
    referent referentin recruiter search recruiting associate network forum magazine club mentor summit
    whisperer stellvertreterburo ghostwriter speechwriter consultant school community academy podcast
    delegate analyst intern adjunct peer cabinet stab sparringspartner development benefits
    """.split()
)
"""After a chief they say that the chief is whom the work is about: `CEO Coach`, `CFO Office`."""

SUFFIXES: Mapping[str, str] = {
    "helper": """
        assistent, assistentin, assistenz, sekretar, sekretarin, sekretariat, assistente, secretaresse
    """,
    "c_level": """
        geschaftsfuhrer, geschaftsfuhrerin, geschaftsfuhrung, geschaftsleiter, geschaftsleitung, vorstand,
        vorstandin, vorstande, inhaber, inhaberin, gesellschafter, gesellschafterin, unternehmer,
        unternehmerin, grunder, grunderin, vorstandsvorsitzender, vorstandsmitglied, prasident, prasidentin
    """,
    "director": """
        direktor, direktorin, directeur, direktion, bereichsleiter, bereichsleiterin, bereichsleitung,
        hauptabteilungsleiter, hauptabteilungsleiterin, hauptabteilungsleitung, ressortleiter,
        ressortleiterin, spartenleiter, spartenleiterin
    """,
    "head": "leiter, leiterin, leitung, hoofd, chef, chefin",
    "manager": """
        manager, teamleiter, teamleiterin, teamleitung, gruppenleiter, gruppenleiterin, gruppenleitung,
        projektleiter, projektleiterin, projektleitung, schichtleiter, schichtleiterin, bauleiter,
        bauleiterin, bauleitung, filialleiter, filialleiterin, filialleitung, marktleiter, marktleiterin,
        objektleiter, objektleiterin, serviceleiter, serviceleiterin, meister, meisterin, vorarbeiter,
        teilprojektleiter, teilprojektleiterin, gebietsleiter, gebietsleiterin, gebietsverkaufsleiter,
        bezirksleiter, bezirksleiterin, schichtfuhrer, teamchef, kuchenchef, bedrijfsleider, teamleider,
        projectleider, ploegleider, leider, restaurantleiter, restaurantleiterin, kuchenleiter,
        sachgebietsleiter, sachgebietsleiterin, sachgebietsleitung, stationsleitung, stationsleiterin,
        bedrijfsleidster
    """,
    "senior": """
        experte, expertin, architekt, architektin, professor, professorin, spitzenexperte, architect
    """,
    "individual": """
        mitarbeiter, mitarbeiterin, mitarbeitende, sachbearbeiter, sachbearbeiterin, referent, referentin,
        berater, beraterin, entwickler, entwicklerin, ingenieur, ingenieurin, techniker, technikerin,
        spezialist, spezialistin, kaufmann, kauffrau, einkaufer, einkauferin, verkaufer, verkauferin,
        buchhalter, buchhalterin, anwalt, anwaltin, jurist, juristin, redakteur, redakteurin, koordinator,
        koordinatorin, planer, planerin, lehrer, lehrerin, arzt, arztin, betreuer, betreuerin, beauftragter,
        beauftragte, verwalter, verwalterin, administrator, administratorin, gestalter, gestalterin,
        programmierer, programmiererin, fahrer, pfleger, pflegerin, mechaniker, mechatroniker, elektroniker,
        informatiker, informatikerin, analyst, analystin, trainer, trainerin, partner, partnerin, agent,
        agentin, sprecher, sprecherin, bearbeiter, bearbeiterin, fachkraft, forscher, forscherin, controller,
        makler, maklerin, vertreter, vertreterin, inspektor, disponent, monteur, handwerker, pilot,
        controllerin, reiseleiter, ubungsleiter, hausmeister, wissenschaftler, wissenschaftlerin, prufer,
        pruferin, psychologe, psychologin, padagoge, padagogin, designer, designerin, verantwortlicher,
        ologist, ologe, ologin, therapeut, therapeutin, monteurin, grapher, keeper, betriebswirt, zeichner,
        zeichnerin, medewerker, ontwikkelaar, adviseur, verkoper, inkoper, consultant, engineer, lehrkraft,
        erzieher, erzieherin, werker, arbeiter
    """,
    "entry": """
        praktikant, praktikantin, praktikum, volontar, volontarin, azubi, lehrling, trainee, stagiair,
        stagiaire
    """,
    "student": "student, studentin, schuler, schulerin, doktorand, doktorandin",
}
"""Ends of German and Dutch compounds. The longest wins: a `Teamleiter` leads fewer than a `Leiter`."""

TYPO_KEYS = """
    production manager managing management director directeur directrice president presidente marketing chief
    assistant assistante assistentin assistent executive secretary founder cofounder engineer developer
    consultant coordinator specialist geschaftsfuhrer geschaftsfuhrerin vertriebsleiter vertriebsleiterin
    marketingleiter abteilungsleiter bereichsleiter responsable responsabile operations analyst technician
    accountant representative purchasing procurement engineering business development administrator
    associate praktikant praktikantin werkstudent werkstudentin student professor researcher supervisor
    officer directora amministratore commerciale commercial financial finance product customer account
    technology information communication recruiter recruitment principal designer
""".split()
"""Words whose commonest misspellings are read, one slip away."""
