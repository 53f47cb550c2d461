"""The rules the portfolio is measured under, as plain data: 44 rules, four group caps, four levels.

Standard library only, since the rivals read them in environments of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Score = Literal["engagement", "intent"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of signal: a source, an attribute, and what its value begins with."""

    id: str
    source: str
    attribute: str
    begins: str
    channel: str


KINDS = (
    Kind("home", "hubspot.page_view", "url", "www.own.example/home", "website"),
    Kind("blog", "hubspot.page_view", "url", "www.own.example/blog/", "website"),
    Kind("docs", "hubspot.page_view", "url", "www.own.example/docs/", "website"),
    Kind("product", "hubspot.page_view", "url", "www.own.example/product/", "website"),
    Kind("case", "hubspot.page_view", "url", "www.own.example/case/", "website"),
    Kind("compare", "hubspot.page_view", "url", "www.own.example/compare/", "website"),
    Kind("pricing", "hubspot.page_view", "url", "www.own.example/pricing", "website"),
    Kind("careers", "hubspot.page_view", "url", "www.own.example/careers", "website"),
    Kind("open", "hubspot.email_open", "campaign", "c", "email"),
    Kind("click", "hubspot.email_click", "campaign", "c", "email"),
    Kind("paper", "hubspot.form_submission", "form", "paper", "form"),
    Kind("contact", "hubspot.form_submission", "form", "contact", "form"),
    Kind("webinar", "hubspot.marketing_event", "event", "webinar", "event"),
    Kind("fair", "hubspot.marketing_event", "event", "fair", "event"),
    Kind("call", "hubspot.call", "direction", "inbound", "phone"),
    Kind("reply", "hubspot.email", "direction", "inbound", "email"),
)


@dataclass(frozen=True, slots=True)
class Fit:
    """Points where a company's or person's field is one of these values, or within these bounds."""

    id: str
    field: str
    points: int
    values: tuple[str, ...] = ()
    at_least: int | None = None
    at_most: int | None = None


FIT = (
    Fit("size_1", "company.numberofemployees", 4, at_least=20, at_most=49),
    Fit("size_2", "company.numberofemployees", 8, at_least=50, at_most=199),
    Fit("size_3", "company.numberofemployees", 12, at_least=200, at_most=999),
    Fit("size_4", "company.numberofemployees", 15, at_least=1000, at_most=9999),
    Fit("size_5", "company.numberofemployees", 6, at_least=10_000),
    Fit("size_0", "company.numberofemployees", -8, at_most=4),
    Fit("software", "company.industry", 12, ("COMPUTER_SOFTWARE", "INTERNET")),
    Fit("services", "company.industry", 8, ("FINANCIAL_SERVICES", "INSURANCE", "BANKING")),
    Fit("makers", "company.industry", 6, ("MACHINERY", "AUTOMOTIVE")),
    Fit("schools", "company.industry", -10, ("HIGHER_EDUCATION",)),
    Fit("home_market", "company.country", 10, ("Germany", "Austria", "Switzerland")),
    Fit("near_market", "company.country", 6, ("France", "Netherlands", "Belgium")),
    Fit("far_market", "company.country", -5, ("Japan",)),
    Fit("executive", "contact.jobtitle", 12, ("Chief Executive Officer", "VP Marketing", "VP Operations")),
    Fit("lead", "contact.jobtitle", 8, ("Head of Marketing", "Sales Director", "IT Manager")),
    Fit("student", "contact.jobtitle", -15, ("Student",)),
)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Points per signal of these kinds, fading by half-life or counted whole within so many days."""

    id: str
    kinds: tuple[str, ...]
    points: int
    group: str
    half_life: int | None = None
    window: int | None = None
    cap: int | None = None
    newest: int | None = None
    score: Score = "engagement"


BEHAVIOUR = (
    Behaviour("home", ("home",), 1, "web", half_life=14, cap=8),
    Behaviour("blog", ("blog",), 1, "web", half_life=14, cap=10),
    Behaviour("docs", ("docs",), 2, "web", half_life=30, cap=14),
    Behaviour("product", ("product",), 3, "web", half_life=30, cap=18),
    Behaviour("case", ("case",), 5, "web", half_life=30, cap=20),
    Behaviour("any_page", ("home", "blog", "docs", "product"), 2, "web", window=14, cap=10),
    Behaviour("key_page", ("product", "case"), 3, "web", window=60, newest=3),
    Behaviour("careers", ("careers",), -10, "negative", window=90, cap=-20),
    Behaviour("open", ("open",), 1, "email", half_life=7, cap=6),
    Behaviour("click", ("click",), 3, "email", half_life=14, cap=12),
    Behaviour("click_lately", ("click",), 4, "email", window=30, newest=1),
    Behaviour("paper", ("paper",), 8, "content", half_life=45, cap=24),
    Behaviour("webinar", ("webinar",), 12, "content", half_life=45, cap=30),
    Behaviour("fair", ("fair",), 10, "content", half_life=60, cap=20),
    Behaviour("papers", ("paper", "webinar"), 5, "content", window=180, newest=3),
    Behaviour("compare", ("compare",), 8, "", half_life=30, cap=24, score="intent"),
    Behaviour("pricing", ("pricing",), 10, "", half_life=30, cap=30, score="intent"),
    Behaviour("pricing_newest", ("pricing",), 3, "", half_life=60, newest=5, score="intent"),
    Behaviour("contact", ("contact",), 20, "", half_life=30, cap=40, score="intent"),
    Behaviour("call", ("call",), 15, "", half_life=30, cap=30, score="intent"),
    Behaviour("reply", ("reply",), 10, "", half_life=14, cap=20, score="intent"),
    Behaviour("pricing_week", ("pricing",), 5, "", window=7, newest=2, score="intent"),
)


@dataclass(frozen=True, slots=True)
class Recent:
    """Points while so many of these happened within so many days; `days_idle`: while none did for so long."""

    id: str
    kinds: tuple[str, ...]
    points: int
    at_least: int = 1
    days: int | None = None
    days_idle: int | None = None


WEB = ("home", "blog", "docs", "product", "case", "compare", "pricing")
RECENT = (
    Recent("busy_week", WEB, 6, at_least=5, days=7),
    Recent("busy_month", WEB, 4, at_least=8, days=30),
    Recent("mail_reader", ("open", "click"), 3, at_least=4, days=30),
    Recent("learner", ("paper", "webinar", "fair"), 6, at_least=2, days=90),
    Recent("buyer", ("pricing", "compare"), 8, at_least=2, days=30),
    Recent("gone_quiet", (*WEB, "open", "click"), -10, days_idle=60),
)

GROUP_CAPS = {"web": 40.0, "email": 15.0, "content": 45.0, "negative": -25.0}
LEVELS = (("aware", 80, None), ("engaged", 115, None), ("hot", 150, 15))
"""Level, the least total, the least fit."""
GRADES = (("A", 35.0), ("B", 20.0), ("C", 5.0))
TOTAL_SQL, FIT_SQL = 290, 30
RULES = len(FIT) + len(BEHAVIOUR) + len(RECENT)
