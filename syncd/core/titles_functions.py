# ruff: noqa: SIM905 - word tables read better as words
"""The words of job titles that say in which function somebody works, in the languages of `title_words`.

Written like it. `WEAK` words count where no other is named (a `Technical Buyer` buys), those of the whole
firm last of all; `STRONG` ones beat what stands before them (an `IT Recruiter` hires).
"""

from __future__ import annotations

from collections.abc import Mapping

FUNCTIONS: Mapping[str, str] = {
    "marketing": """
        periodista, giornalista, creativo, creativa, creatif, direttore creativo, redazione, texter, texterin,
        werbetexter, werbetexterin, marketing, marketer, mktg, mkt, cmo, brand, branding, content,
        communications, communication, comms, comunicacion, comunicazione, kommunikation, communicatie, seo,
        sea, sem, growth, growth hacker, cgo, pr, public relations, public affairs, relaciones publicas, rrpp,
        relazioni pubbliche, relations publiques, relations presse, presse, press, pressesprecher,
        pressesprecherin, prensa, stampa, ufficio stampa, press office, attache de presse, attachee de presse,
        offentlichkeitsarbeit, unternehmenskommunikation, product marketing, customer marketing,
        partner marketing, growth marketing, field marketing, marketing operations, marketing ops,
        trade marketing, channel marketing, marketing product, sales marketing, social media, community,
        community manager, demand generation, demand gen, demandgen, lead generation, lead gen,
        leadgenerierung, advertising, publicidad, publicite, pubblicita, werbung, campaign, campaigns,
        kampagnen, events, event, eventmanager, evenementiel, eventos, eventi, veranstaltungen, crm,
        crm manager, e commerce, ecommerce, copywriter, copywriting, editor, editorial, editorial director,
        editor in chief, redakteur, redakteurin, redaktion, redacteur, redactrice, redactor, redactora,
        journalist, journaliste, chefredakteur, chefredakteurin, redattore, redattrice, writer, copy,
        art director, graphic designer, graphic design, graphiste, grafikdesigner, grafikdesignerin, grafico,
        grafica, disenador grafico, disenadora grafica, mediengestalter, mediengestalterin, creative,
        creative director, digital marketing, marketing digital, media, paid media, performance marketing,
        media buyer, influencer, newsletter, email marketing, affiliate, market research analyst marketing,
        acquisition, inbound, visual merchandiser, abm, directeur artistique, directrice artistique,
        director de arte, direttore artistico, mercadotecnia, mercadeo, markenmanager, dircom, chef de pub,
        chef de publicite, webmarketing, brand ambassador
    """,
    "sales": """
        estate agent, alliance, account exec, ingenieure d affaires, magasin, exportacion, exportleiter,
        sales, selling, seller, salesman, saleswoman, salesperson, salesforce sales, revenue, cro, cco,
        chief commercial, chief revenue, chief business, cbo, vps, ventas, venta, vente, ventes, vendite,
        vendita, vendeur, vendeuse, vendedor, vendedora, venditore, venditrice, commercial, commerciale,
        commerciali, commerciaux, comercial, comerciales, commercieel, commerciele, vertrieb, vertriebs,
        verkauf, verkaufer, verkauferin, verkoop, aussendienst, innendienst, buitendienst, binnendienst,
        technico commercial, technico commerciale, presales, pre sales, avant vente, preventa, prevendita,
        business development, biz dev, bizdev, bd, bdm, desarrollo de negocio, desarrollo de negocios,
        developpement commercial, sviluppo commerciale, sviluppo business, geschaftsentwicklung, new business,
        account executive, account manager, accountmanager, key account, key accounts, key accounter,
        grandes cuentas, grands comptes, grossi clienti, grosskunden, schlusselkunden, account director,
        client director, group account director, director de cuentas, ejecutivo de cuentas,
        ejecutiva de cuentas, directeur de clientele, accounts director, kam, ae, sdr, bdr, adr, isr, rsm,
        asm, sales engineer, sales engineering, sales operations, sales ops, sales enablement, it sales,
        software sales, sales support, sales development, sales excellence, solutions engineer,
        solution engineer, presales engineer, solutions consultant, solution consultant, sales consultant,
        sales assistant, partnerships, partnership, alliances, channel, channels, channel partner,
        partner manager, partner management, partner sales, partner program, partner account manager,
        partner success, strategic partnerships, territory manager, relationship manager, inside sales,
        field sales, retail sales, store manager, store, filialleiter, filialleiterin, filialleitung,
        shop manager, tienda, negozio, merchandiser, responsable magasin, directeur de magasin, dependienta,
        dependiente, export, exports, esportazione, estero, technical sales, telesales, broker, realtor,
        real estate agent, makler, immobilienmakler, agent immobilier, agente inmobiliario,
        agente immobiliare, agente di commercio, cuentas, charge d affaires, chargee d affaires,
        ingenieur d affaires, ingenieur commercial, ingenieure commerciale, responsable d affaires,
        conseiller de vente, conseillere de vente, area manager, responsable de secteur, chef de secteur,
        attache commercial, handelsvertreter, insurance agent, versicherungsmakler, vertegenwoordiger,
        verkoper, deal desk, tecnico commerciale, tendering, bid manager, business developer, business dev,
        strategic accounts, strategic account manager, major accounts, enterprise accounts, client partner,
        go to market, gtm, telemarketing
    """,
    "operations": """
        technical program manager, technical project manager, technical programme manager,
        office administrator, office coordinator, front office, back office, office assistant,
        office operations, directeur industriel, directrice industrielle, direttore industriale,
        director industrial, industrial director, operationeel, operationele, operations, ops, coo,
        operaciones, operazioni, operation, operating, operational, operativo, operativa, operativer,
        operative, betrieb, betriebs, exploitation, logistics, logistik, logistique, logistica, logistiek,
        supply chain, supply, scm, csco, revops, revenue operations, rev ops, business operations, bizops,
        biz ops, manufacturing, production, produktion, produccion, produzione, productie, fertigung, plant,
        plant manager, werk, werksleiter, werkleiter, factory, usine, fabrica, fabrik, stabilimento, planta,
        warehouse, lager, lagerist, almacen, magazzino, magazziniere, entrepot, transport, transportation,
        transporte, trasporti, fleet, fuhrpark, dispatcher, disponent, disponentin, shipping, versand,
        spedition, quality, quality manager, qualitat, qualite, calidad, qualita, qm, qualitatsmanagement,
        hse, ehs, qhse, safety, health & safety, arbeitssicherheit, prevencion de riesgos laborales,
        securite au travail, facility, facilities, facility management, maintenance, mantenimiento,
        manutenzione, instandhaltung, wartung, services generaux, servizi generali, servicios generales,
        servicios, lean, kaizen, continuous improvement, amelioration continue, mejora continua, kvp,
        process improvement, project manager, project management, project director, project lead,
        project leader, project coordinator, projektmanager, projektmanagerin, projektleiter, projektleiterin,
        projektleitung, chef de projet, cheffe de projet, jefe de proyecto, jefa de proyecto,
        jefe de proyectos, jefa de proyectos, projectmanager, projectleider, director de proyectos,
        gestion de projets, project engineer project, projects, projekt, projekte, proyecto, proyectos,
        projet, projets, progetto, progetti, project office, pmo, program manager, programme manager,
        program management, program director, programme director, delivery, delivery manager,
        service delivery, scrum master, agile coach, rte, agile, office manager, officemanager,
        office management, business analyst, process manager, process, procesos, processi, processus,
        prozessmanagement, prozesse, sustainability, csr, esg, rse, nachhaltigkeit, administration,
        administrative, verwaltung, administrativo, administrativa, administrador, receptionist,
        recepcionista, receptionniste, empfang, schichtleiter, schichtleiterin, foreman, construction manager,
        bauleiter, bauleiterin, bauleitung, chef de chantier, conducteur de travaux, conductrice de travaux,
        jefe de obra, capocantiere, capo cantiere, capoturno, event operations, restaurant manager,
        hotel manager, betriebsleiter, betriebsleiterin, bedrijfsleider, meister, planning, planification,
        pianificazione, planificacion, disposition, ordonnancement, chef d atelier, produktionsleiter,
        transformation office, cao, cheffe d atelier, betriebstechnik, montage, import, arbeitsvorbereitung,
        customs, zoll, shift, business process
    """,
    "it": """
        si, sistemas, sistemi, sistemista, it, cio, ciso, cdo, cdio, caio, cdao, dsi, rssi, ict, informatics,
        sysadmin, system administrator, systems administrator, systemadministrator, systemadministratorin,
        administrateur systeme, administrateur systemes, administrador de sistemas, infrastructure,
        infrastruktur, infraestructura, informatique, informatica, informatico, informatik, informatiker,
        informatikerin, fachinformatiker, fachinformatikerin, edv, network, networks, netzwerk, reseau,
        reseaux, redes, reti, security, cybersecurity, cyber, cyber security, infosec, it sicherheit,
        informationssicherheit, cybersecurite, ciberseguridad, sicurezza informatica, securite informatique,
        seguridad informatica, securite des systemes d information, helpdesk, help desk, service desk,
        it support, desktop support, technical support it, information technology, information technologies,
        information systems, information security, information officer, chief information,
        systemes d information, systeme d information, sistemas de informacion, sistemi informativi, ti,
        tecnologias de la informacion, tecnologie informatiche, si infrastructure, digital, chief digital,
        digitalisation, digitalization, digitalisierung, digital transformation, transformation digitale,
        transformacion digital, trasformazione digitale, digitale, numerique, erp, sap, salesforce,
        salesforce administrator, salesforce admin, salesforce developer, hubspot, cloud, dba, database,
        database administrator, datenbank, bi, business intelligence, soc, enterprise architect,
        enterprise architecture, systems engineer it, system engineer, systems engineer, systemingenieur,
        it architect, solution architect, solutions architect, service management, applications,
        application manager, it manager, chief data, it systems, workplace, microsoft 365, cloud architect,
        cloud engineer, security engineer, netzwerkadministrator, noc, system, systems, business applications,
        chief ai, technico fonctionnel, technicien support, beheerder, systeembeheerder
    """,
    "engineering": """
        elektriker, electrician, engineer, ingenieur, ingenieurin, ingenieure, ingeniero, ingeniera,
        ingegnere, ing, technician, technicien, technicienne, techniker, technikerin, tecnico, tecnica,
        technical, technique, techniques, tecnici, architect, architekt, architektin, architecte, arquitecto,
        arquitecta, architetto, produktentwicklung elektronik, ingenieur de developpement,
        ingenieur developpement, engineering, software, software engineer, software engineering,
        software development, software developer, software entwickler, softwareentwickler,
        softwareentwicklerin, softwareentwicklung, developer, dev, desarrollador, desarrolladora,
        desarrollador de software, desarrollo, desarrollo de software, developpeur, developpeuse,
        developpement logiciel, sviluppatore, sviluppatrice, sviluppo software, development, devops, dev ops,
        sre, site reliability, programmer, programmierer, programmeur, programador, programadora,
        programmatore, cto, vpe, chief technology, chief technical, technology, technologies, technologie,
        tecnologia, technisch, technischer, technische, entwickler, entwicklerin, entwicklung,
        entwicklungsleiter, entwicklungsleiterin, qa, quality assurance, test, tester, test automation,
        testing, testautomatisierung, sdet, data, data engineer, data engineering, data scientist,
        data science, data analyst, data analytics, analytics engineer, machine learning, ml, ai, ia, ki,
        ml engineer, frontend, front end, backend, back end, fullstack, full stack, mobile developer, android,
        ios, web developer, web, java, python, php, javascript, react, swe, staff engineer, founding engineer,
        product engineer, product engineering, architect software, software architect, hardware, embedded,
        firmware, r & d engineer, mechanical, electrical, civil engineer, konstrukteur, konstrukteurin,
        konstruktion, konstruktionsleiter, maschinenbau, elektrotechnik, datenwissenschaftler,
        member of technical staff, ontwikkelaar, softwareontwikkelaar, scrum developer, automation, platform,
        tech, quality engineer, projektingenieur, projektingenieurin, project engineer, production engineer,
        process engineer, ingenieur procede, ingenieur qualite, ingenieur production, bureau d etudes,
        oficina tecnica, ufficio tecnico, progettista, disegnatore, delineante, architecte logiciel,
        arquitecto de software, datos, ingegneria, ingenieria, ingenierie, ingenieur d etudes,
        ingenieur etudes, technical director, technical manager, intelligence artificielle, prompt engineer
    """,
    "finance": """
        fund manager, fund, funds, amministrativo, amministrativa, amministrative, impiegato amministrativo,
        impiegata amministrativa, portefeuille, cartera, portafoglio, finance, finances, financial, financier,
        financiere, financiera, financiero, finanziario, finanziaria, finanzen, finanz, finanzas, finanza,
        financien, cfo, fd, fp & a, fpa, daf, accounting, accountant, accounts payable, accounts receivable,
        bookkeeper, bookkeeping, comptable, comptabilite, expert comptable, contable, contabilidad, contador,
        contadora, contabile, contabilita, ragioniere, ragioniera, commercialista, buchhalter, buchhalterin,
        buchhaltung, finanzbuchhalter, finanzbuchhalterin, bilanzbuchhalter, bilanzbuchhalterin,
        rechnungswesen, controller, controllerin, controlling, controle de gestion, controleur de gestion,
        controleuse de gestion, control de gestion, controllo di gestione, business controller,
        business controlling, comptroller, treasurer, treasury, tresorerie, tresorier, tresoriere, tesorero,
        tesoreria, tesoriere, tax, steuern, steuerberater, steuerberaterin, steuer, steuerfachangestellte,
        fiscalite, fiscal, fiscale, impuestos, audit, auditor, auditora, auditoria, auditeur, auditrice,
        revision, interne revision, wirtschaftsprufer, wirtschaftspruferin, investor relations, m & a,
        mergers & acquisitions, investment, investments, investments banking, banker, banking, equity,
        private equity, portfolio, risk, risiko, risques, riesgos, rischi, credit, credito, kredit,
        underwriter, actuary, actuaire, aktuar, kaufmannischer, kaufmannische, kaufmannischer leiter,
        kaufmannische leitung, kaufmannische leiterin, economic, wealth, financial advisor, financial adviser,
        finance business partner, billing, fakturierung, facturacion, facturation, trader, trading,
        boekhouder, boekhouding, financieel, amministrazione, capital markets, financial planning,
        chief accounting, amministrativo contabile, treasury manager, insurance, administracion & finanzas,
        administratif & financier, administrative & financiere, administrativo financiero, inkasso
    """,
    "hr": """
        personas, assistenz personal, hr, chro, hrbp, hrd, human resources, human resource, human capital,
        human relations, people, people & culture, people operations, people ops, chief people,
        people officer, people partner, people business partner, hr business partner, talent,
        talent acquisition, recruiter, recruiterin, recruiting, recruitment, recruteur, recruteuse,
        recrutement, reclutador, reclutadora, reclutamiento, selezione, seleccion, selezione del personale,
        seleccion de personal, personal, personalleiter, personalleiterin, personalreferent,
        personalreferentin, personalwesen, personalentwicklung, personaler, personale, personeel,
        personeelszaken, rh, drh, rrhh, rr hh, ressources humaines, recursos humanos, risorse umane, hrm,
        employer branding, learning & development, l & d, learning, training & development, training manager,
        training, formation, formacion, formazione, talent development, talent management,
        organisational development, organizational development, compensation, compensation & benefits,
        comp & ben, payroll, paie, nominas, nomina, paghe, lohnbuchhalter, lohnbuchhalterin, lohnbuchhaltung,
        gestionnaire de paie, ausbildung, ausbildungsleiter, ausbilder, ausbilderin, employee experience,
        employee relations, relaciones laborales, relations sociales, workforce, headhunter, executive search,
        head hunter, graduate recruitment, student recruitment, graduate recruiter, early careers, happiness,
        culture, sourcer, talent partner, diversity, d & i, capital humano, gestion del talento, personnel,
        hr manager, staffing
    """,
    "product": """
        product, products, cpo, cpto, product owner, product owners, proxy product owner, po, product manager,
        product management, product lead, product leader, product director, produkt, produkte, produktmanager,
        produktmanagerin, produktmanagement, produktleiter, producto, productos, produit, produits, prodotto,
        prodotti, productmanager, chef de produit, cheffe de produit, ux, ui, ux ui, user experience,
        ux designer, ui designer, ux research, ux researcher, product designer, product design,
        product analyst, product operations, product ops, product specialist, service designer,
        interaction designer
    """,
    "customer": """
        chief experience, customer, customers, cxo, client, clients, cliente, clientes, clienti, clientele,
        kunden, klanten, klantenservice, customer success, client success, customer success manager, csm,
        customer service, client services, client service, customer support, client support,
        customer experience, client experience, customer care, customer relations, customer operations,
        customer relationship, service client, relation client, relations clients, experience client,
        charge de clientele, chargee de clientele, atencion al cliente, servicio al cliente,
        assistenza clienti, servizio clienti, customer onboarding, implementation, onboarding, support,
        technical support, technical account manager, tam, kundenservice, kundendienst, kundenbetreuung,
        kundenbetreuer, kundenbetreuerin, kundenberater, kundenberaterin, kundenerfolg, call center,
        call centre, callcenter, contact center, contact centre, after sales, aftersales, apres vente, sav,
        posventa, postventa, post vendita, renewals, cx, support engineer, serviceleiter, serviceleiterin,
        servicetechniker, servicetechnikerin, service technician, field service, service, success,
        success manager, client manager, customer account manager, teleoperador, teleoperadora, user support
    """,
    "legal": """
        charge d affaires reglementaires, chargee d affaires reglementaires, affaires reglementaires, legal,
        clo, counsel, general counsel, lawyer, attorney, solicitor, barrister, paralegal, notary, notaire,
        notar, notarin, notario, notaio, compliance, compliance officer, jurist, juristin, juriste, juridique,
        juridico, juridica, legale, rechtsanwalt, rechtsanwaltin, rechtsanwaltsfachangestellte, anwalt,
        anwaltin, fachanwalt, recht, rechts, rechtsabteilung, rechtsreferendar, rechtsreferendarin, avocat,
        avocate, abogado, abogada, avvocato, avvocata, avvocatessa, asesoria juridica, affaires juridiques,
        affari legali, ufficio legale, data protection, data privacy, privacy, dpo, datenschutz,
        datenschutzbeauftragter, datenschutzbeauftragte, proteccion de datos, company secretary,
        corporate secretary, regulatory, regulatory affairs, contract manager, contracts,
        intellectual property, patent, patentanwalt, avocat associe, general counsels, juridische zaken,
        bedrijfsjurist
    """,
    "procurement": """
        procurement, purchasing, sourcing, buyer, chief procurement, purchaser, purchase, achats, achat,
        acheteur, acheteuse, compras, comprador, compradora, acquisti, acquisto, einkauf, einkaufs, einkaufer,
        einkauferin, einkaufsleiter, einkaufsleiterin, beschaffung, strategischer einkauf, inkoop, inkoper,
        approvisionnement, approvisionnements, approvisionneur, approvvigionamento, aprovisionamiento,
        category manager, category management, vendor management, vendor manager, supplier management,
        lieferantenmanagement, ufficio acquisti
    """,
    "research": """
        research, researcher, research & development, r & d, rd, rnd, chercheur, chercheuse, recherche,
        recherche & developpement, forschung, forscher, forscherin, forschung & entwicklung, f & e, f + e,
        investigacion, investigacion & desarrollo, investigador, investigadora, i d, i & d, ricerca,
        ricercatore, ricercatrice, ricerca & sviluppo, onderzoek, onderzoeker, scientist, chief scientist,
        research fellow, research assistant, research associate, research analyst, market research,
        market analyst, industry analyst, marktforschung, marktforscher, marktforscherin, innovation,
        innovacion, innovazione, innovations, innovationsmanager, innovationsmanagerin, science, scientific,
        scientifique, wissenschaftler, wissenschaftlerin, wissenschaftlicher, wissenschaftliche,
        wissenschaftlicher mitarbeiter, wissenschaftliche mitarbeiterin, phd candidate, doctoral researcher,
        postdoc, post doc, postdoctoral, lab, laboratory, labor, laborant, laborantin, laboratorio,
        laboratoire, chemist, chemiker, chemikerin, biologist, physicist, r d, principal investigator,
        clinical research, economist, insights
    """,
    "education": """
        ecole, escuela, scuola, education, teacher, teaching, teaching assistant, lecturer, professor,
        professorin, prof, professore, professoressa, professeur, professeure, faculty, dean, provost,
        academic, academic affairs, tutor, lehrer, lehrerin, lehrkraft, dozent, dozentin, schulleiter,
        schulleiterin, schulleitung, schule, dekan, dekanin, rektor, rektorin, enseignant, enseignante,
        enseignement, maitre de conferences, profesor, profesora, docente, maestro, maestra, catedratico,
        catedratica, decano, decana, insegnante, preside, dirigente scolastico, school, school principal,
        headteacher, head teacher, university, curriculum, instructor, trainer, trainerin, formateur,
        formatrice, formador, formadora, formatore, student affairs, student services, student success,
        student life, student housing, student engagement, student experience, student support,
        student advisor, student counselor, admissions, graduate studies, dean of students, leraar, lerares,
        docent, instructional designer, e learning, elearning, educator, bildung, vie etudiante
    """,
    "": """
        kaufmannischer angestellter, kaufmannische angestellte, angel investor, direktor, direktorin,
        rechte hand, auto entrepreneur, micro entrepreneur, autoentrepreneur, vice president, vicepresident,
        vice presidente, vice presidenta, personal assistant, assistente personale, personal trainer,
        personal banker, personal shopper, equity partner, ceo office, cto office, cfo office, coo office,
        founders office, founder office, office of, executive office, chairman office, president office,
        chef de service, cheffe de service, high school, executive support, unternehmensberater,
        unternehmensberaterin, unternehmensberatung, schuler, schulerin, werkstudent, werkstudentin,
        werkstudierende, chief of staff, service public, public service, board member, non profit,
        social work, life coach
    """,
    "general": """
        mayor, maire, alcalde, alcaldesa, sindaco, burgermeister, burgermeisterin, chief of police,
        administrador unico, administradora unica, amministratore unico, consigliere di amministrazione,
        consigliera di amministrazione, legale rappresentante, investor, responsabile di filiale,
        responsable d agence, directeur d agence, directora general, director general, filiale, agence,
        sucursal, director de oficina, ceo, chief executive, founder, cofounder, co founder, founding member,
        owner, president, chairman, chairwoman, chair, md, managing director, managing partner,
        general manager, gm, country manager, country director, strategy, strategic, strategie, strategia,
        estrategia, corporate development, inhaber, inhaberin, fondateur, fondatrice, cofondateur,
        cofondatrice, fundador, fundadora, cofundador, cofundadora, fondatore, proprietor, gerant, gerante,
        pdg, dg, entrepreneur, unternehmer, unternehmerin, unternehmensentwicklung, geschaftsfuhrer,
        geschaftsfuhrerin, niederlassungsleiter, niederlassungsleiterin, standortleiter, standortleiterin,
        werksinhaber, executive director, general management, country lead, country head, branch manager,
        chief strategy, cso, site manager, directeur de site, directrice de site, business unit,
        centre manager
    """,
}
"""Phrases by function, blank for those that name none. Longer ones win."""

STEMS: Mapping[str, str] = {
    "marketing": """
        marketing, kommunikation, werbe, presse, medien, event, veranstaltung, marken, online, grafik,
        content, redaktion
    """,
    "sales": """
        vertrieb, verkauf, account, sales, export, kundenakquise, filial, markt, handels, aussendienst,
        verkoop, keyaccount, gebietsverkauf, immobilien
    """,
    "operations": """
        produktion, fertigung, logistik, lager, betrieb, werk, qualitat, projekt, project, montage,
        instandhaltung, schicht, versand, transport, prozess, bau, buro, verwaltung, wartung, office, objekt,
        speditions, fuhrpark, umwelt, nachhaltigkeit, bedrijf, ploeg
    """,
    "it": """
        netzwerk, system, daten, it, edv, informatik, digital, informationssicherheit, sap, cloud,
        infrastruktur, anwendung
    """,
    "engineering": """
        entwickl, software, technik, konstruktion, elektro, maschinenbau, hardware, test, automatisierung,
        verfahrens, web
    """,
    "finance": """
        finanz, buchhalt, bilanz, steuer, controlling, rechnung, kredit, risiko, revision, bank, versicherung,
        investment, vermogen
    """,
    "hr": "personal, recruiting, ausbildung, lohn, talent, personeel",
    "product": "produkt, product",
    "customer": "kunden, service, klanten, support",
    "legal": "recht, datenschutz, compliance, patent, vertrags",
    "procurement": "einkauf, beschaffung, inkoop, lieferanten",
    "research": "forschung, labor, wissenschaft, innovation, marktforschung, onderzoek",
    "education": "schul, lehr, studien, bildung",
    "general": "unternehmens, niederlassung, standort, strategie",
}
"""Beginnings of German and Dutch compounds."""

WEAK: str = """
    technisch, technischer, technische, amministrativo, amministrativa, technical, tecnico, tecnica,
    technique, techniques, tecnici, technicien, technicienne, technician, techniker, technikerin, engineer,
    ingenieur, ingenieurin, ingenieure, ingeniero, ingeniera, ingegnere, ing, architect, architekt,
    architektin, architecte, arquitecto, arquitecta, architetto, developer, development, desarrollador,
    desarrollo, developpeur, sviluppatore, entwickler, entwicklerin, programmer, project, projects, projekt,
    projekte, proyecto, proyectos, projet, projets, progetto, progetti, office, administration,
    administrative, administrativo, administrativa, administrador, service, services, support, digital,
    digitale, system, systems, web, platform, tech, trainer, training, client, clients, customer, strategy,
    strategic, process, processes, quality, software, creative, media, scientist, academic, associate,
    planning, technology, operational, operative, operativer, scientific, export, formation, editor, data,
    transport, insurance, store, success, school, university, import, projektmanager, projektmanagerin,
    projektleiter, projektleiterin, projektleitung, projectmanager, projectleider, kundenberater,
    kundenberaterin, receptionist, project manager, project management, chef de projet, cheffe de projet,
    jefe de proyecto, jefa de proyecto, jefe de proyectos, jefa de proyectos, project lead, project leader,
    project coordinator, project director, program manager, programme manager, program management,
    program director, office manager, e learning, quality assurance
"""
"""Words that say little beside another one."""

STRONG = frozenset(
    """
    recruiter recruiterin recruiting recruitment recruteur recruteuse reclutador reclutadora lawyer
    attorney solicitor counsel paralegal buyer einkaufer einkauferin acheteur acheteuse comprador
    compradora accountant comptable contable buchhalter buchhalterin controller controllerin teacher
    """.split()
)
"""Trades: what stands before them is their field."""
