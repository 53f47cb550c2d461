"""Names the seeded company's market is made of: people by country, firms, trades, titles.

Data only. Every firm and person is invented; a firm's domain is its name and its country's ending.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Land:
    """One country: its share of the market, the names people bear, how addresses and phones look."""

    name: str
    weight: int
    ending: str
    dial: str
    cities: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]
    form: str  # of a company


LANDS: tuple[Land, ...] = (
    Land("United States", 26, "com", "+1 617 555", ("Boston", "Austin", "Chicago", "Denver", "Seattle"),
         ("Emily", "Marcus", "Jasmine", "Tyler", "Olivia", "Darnell", "Hannah", "Luis", "Priya", "Kevin"),
         ("Johnson", "Nguyen", "Ramirez", "Walker", "Chen", "O'Brien", "Jackson", "Patel", "Kowalski",
          "Brooks"),
         "Inc."),
    Land("Germany", 16, "de", "+49 30 5550", ("Berlin", "Hamburg", "Stuttgart", "Köln", "München"),
         ("Anna", "Lukas", "Jürgen", "Katharina", "Mehmet", "Sabine", "Felix", "Johanna", "Tobias", "Aylin"),
         ("Müller", "Schäfer", "von Arnim", "Yilmaz", "Weiß", "Krüger", "Hoffmann", "Lang", "Böhm", "Fuchs"),
         "GmbH"),
    Land("United Kingdom", 13, "co.uk", "+44 20 7946",
         ("London", "Leeds", "Bristol", "Manchester", "Glasgow"),
         ("Charlotte", "Oliver", "Amara", "Harry", "Siobhan", "Imran", "Grace", "Callum", "Zadie", "Rhys"),
         ("Smith", "Okafor", "Hughes", "McAllister", "Khan", "Taylor", "Bennett", "Davies", "Whitmore",
          "Shah"),
         "Ltd"),
    Land("France", 9, "fr", "+33 1 55 50", ("Paris", "Lyon", "Nantes", "Lille", "Toulouse"),
         ("Chloé", "Mathieu", "Amélie", "Youssef", "Élodie", "Julien", "Inès", "Benoît", "Océane", "Théo"),
         ("Lefèvre", "Dubois", "Benali", "Girard", "Moreau", "D'Aubigny", "Petit", "Rousseau", "Faure",
          "Noël"),
         "SAS"),
    Land("Netherlands", 7, "nl", "+31 20 555", ("Amsterdam", "Utrecht", "Eindhoven", "Rotterdam"),
         ("Sanne", "Daan", "Fleur", "Bram", "Noor", "Jeroen", "Lotte", "Ruben"),
         ("de Vries", "van den Berg", "Jansen", "Bakker", "El Amrani", "Visser", "Smit", "van Dijk"), "B.V."),
    Land("Sweden", 5, "se", "+46 8 555", ("Stockholm", "Göteborg", "Malmö", "Uppsala"),
         ("Åsa", "Erik", "Linnéa", "Oskar", "Freja", "Gustav", "Maja", "Björn"),
         ("Lindqvist", "Öberg", "Andersson", "Håkansson", "Nyström", "Sjöberg", "Ekman", "Wallin"), "AB"),
    Land("Spain", 5, "es", "+34 91 555", ("Madrid", "Barcelona", "Valencia", "Sevilla"),
         ("Lucía", "Álvaro", "Carmen", "Íñigo", "Marta", "Pablo", "Núria", "Javier"),
         ("García", "Martínez López", "Ibáñez", "Muñoz", "Fernández", "Serrano", "Vidal", "Peña"), "S.L."),
    Land("Italy", 4, "it", "+39 02 555", ("Milano", "Torino", "Bologna", "Roma"),
         ("Giulia", "Matteo", "Chiara", "Lorenzo", "Francesca", "Davide", "Elena", "Niccolò"),
         ("Rossi", "Esposito", "De Luca", "Marchetti", "Ferrari", "Dell'Acqua", "Conti", "Greco"), "S.r.l."),
    Land("Canada", 4, "ca", "+1 416 555", ("Toronto", "Montréal", "Vancouver", "Calgary"),
         ("Sophie", "Liam", "Aisha", "Étienne", "Nora", "Jordan", "Mei", "Owen"),
         ("Tremblay", "MacDonald", "Singh", "Wong", "Leblanc", "Campbell", "Fraser", "Gagnon"), "Inc."),
    Land("India", 4, "in", "+91 80 5550", ("Bengaluru", "Pune", "Mumbai", "Hyderabad"),
         ("Ananya", "Arjun", "Kavya", "Rahul", "Divya", "Vikram", "Meera", "Sanjay"),
         ("Iyer", "Sharma", "Reddy", "Kulkarni", "Banerjee", "Nair", "Gupta", "Joshi"), "Pvt. Ltd."),
    Land("Poland", 3, "pl", "+48 22 555", ("Warszawa", "Kraków", "Wrocław"),
         ("Agnieszka", "Paweł", "Zofia", "Łukasz", "Magdalena", "Michał"),
         ("Wójcik", "Nowak", "Zieliński", "Dąbrowska", "Lewandowski", "Król"), "sp. z o.o."),
    Land("Japan", 2, "jp", "+81 3 5550", ("Tokyo", "Osaka", "Nagoya"),
         ("Yuki", "Haruto", "Aiko", "Kenji", "Sakura", "Daichi"),
         ("Tanaka", "Suzuki", "Yamamoto", "Kobayashi", "Itō", "Nakamura"), "K.K."),
    Land("Brazil", 2, "com.br", "+55 11 5550", ("São Paulo", "Curitiba", "Recife"),
         ("Beatriz", "Thiago", "Larissa", "João", "Camila", "Rafael"),
         ("Silva", "Gonçalves", "Souza", "Araújo", "Nascimento", "Moraes"), "Ltda."),
)  # fmt: skip

FIRM_HEADS = (
    "Alder", "Brightwater", "Cobalt", "Dunmore", "Elmfield", "Fenwick", "Granite", "Harbour", "Ironbridge",
    "Juniper", "Kestrel", "Lakeshore", "Meridian", "Novara", "Oakhaven", "Pinecrest", "Quillon", "Redfern",
    "Silverline", "Tamarind", "Umbra", "Valehurst", "Westmark", "Yarrow", "Zephyr", "Aurelio", "Bergström",
    "Castellan", "Delmare", "Eisenach", "Falken", "Grünwald", "Helvetic", "Isola", "Kaiserstuhl", "Lumière",
    "Montclair", "Nordsee", "Orinoco", "Palisade", "Rheingold", "Sunda", "Tessin", "Uplands", "Vantaa",
)  # fmt: skip
FIRM_TAILS = (
    "Systems", "Logistics", "Analytics", "Foods", "Machinery", "Insurance", "Retail", "Software",
    "Components",
    "Health", "Energy", "Media", "Partners", "Labs", "Group", "Textiles", "Robotics", "Supply", "Telecom",
    "Packaging",
)  # fmt: skip
TRADES = (
    ("COMPUTER_SOFTWARE", 20), ("INFORMATION_TECHNOLOGY_AND_SERVICES", 14), ("MACHINERY", 12),
    ("LOGISTICS_AND_SUPPLY_CHAIN", 10), ("RETAIL", 9), ("FINANCIAL_SERVICES", 8), ("INSURANCE", 5),
    ("MARKETING_AND_ADVERTISING", 6), ("HOSPITAL_HEALTH_CARE", 5), ("TELECOMMUNICATIONS", 4),
    ("CONSUMER_GOODS", 4), ("FOOD_PRODUCTION", 4), ("TEXTILES", 3), ("MANAGEMENT_CONSULTING", 3),
    ("HIGHER_EDUCATION", 2), ("NON_PROFIT_ORGANIZATION_MANAGEMENT", 2), ("GAMBLING_CASINOS", 1),
)  # fmt: skip
SIZES = ((4, 10), (18, 16), (45, 18), (120, 22), (350, 16), (900, 9), (2_600, 6), (12_000, 3))
"""Employees in the middle of each band, and how common the band is."""

TITLES: tuple[tuple[str, int], ...] = (
    ("Chief Executive Officer", 3), ("CFO", 2), ("COO", 3), ("Chief Revenue Officer", 2), ("CTO", 3),
    ("Managing Director", 3), ("Geschäftsführer", 2), ("VP Sales", 3), ("VP of Operations", 3),
    ("Vice President Marketing", 2), ("Director of Revenue Operations", 4), ("Director, Supply Chain", 4),
    ("IT Director", 3), ("Directeur commercial", 1), ("Head of Planning", 4), ("Head of Marketing", 4),
    ("Head of Procurement", 2), ("Leiter Vertrieb", 2), ("Sales Operations Manager", 6),
    ("Marketing Manager", 7), ("Operations Manager", 6), ("Product Manager", 4), ("Purchasing Manager", 3),
    ("Responsable marketing", 1), ("Senior Analyst", 5), ("Senior Business Analyst", 4),
    ("Demand Planner", 5),
    ("Account Executive", 4), ("Software Engineer", 4), ("Controller", 3), ("HR Business Partner", 2),
    ("Office Manager", 2), ("Marketing Assistant", 3), ("Assistant to the CEO", 1), ("Consultant", 4),
    ("Data Engineer", 2), ("", 9),
)  # fmt: skip
STUDENT_TITLES = ("Student", "PhD Student", "Intern", "Master's student", "Werkstudent", "")
UNIVERSITIES = ("uni-tessenow.de", "northgate.ac.uk", "lakeshore-college.edu", "univ-sermaise.fr", "alta.edu")
FREE_MAIL = (
    "gmail.com",
    "outlook.com",
    "gmx.de",
    "yahoo.com",
    "hotmail.co.uk",
    "web.de",
    "orange.fr",
    "qq.com",
)
THROW_AWAY = ("mailinator.com", "guerrillamail.com", "10minutemail.com", "trashmail.com")
ROLE_BOXES = ("info", "office", "sales", "kontakt", "admin", "marketing", "hello", "einkauf")
JUNK_NAMES = (("asdf", "asdf"), ("test", "test"), ("xxx", ""), ("Mickey", "Mouse"), ("", ""), ("aaa", "bbb"))
LOSS_WORDS = ("Price", "Competitor", "No Decision", "Timing", "Missing Feature")
