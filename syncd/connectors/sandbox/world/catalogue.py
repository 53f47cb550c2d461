"""What the seeded company shows and says: its site, forms, mailings, webinars, and how its market talks.

The company, Northwind, sells planning software to firms of some size. Data only; forms and pages carry the
names marketing people give them.
"""

from __future__ import annotations

SITE = "https://www.northwind.example"

BLOG = (
    "how-to-read-a-demand-forecast", "five-signs-your-spreadsheet-is-done", "what-is-s-and-op",
    "planning-in-a-volatile-year", "a-glossary-for-planners", "the-cost-of-stock-outs", "why-forecasts-fail",
    "safety-stock-explained", "from-budget-to-plan", "working-with-suppliers",
)  # fmt: skip
PRODUCT = ("forecasting", "inventory", "scenario-planning", "integrations", "security", "supplier-portal")
COMPARE = ("rival-planning", "spreadsheets", "orbis-suite")
CASES = ("brightwater-foods", "kestrel-machinery", "nordsee-retail", "lakeshore-logistics")
PRICING, ROI, DEMO_VIDEO, CAREERS, HOME, DOCS = (
    "/pricing", "/roi-calculator", "/demo/watch", "/careers", "/", "/docs",
)  # fmt: skip

EBOOKS = (
    "Ebook: The planner's handbook", "Ebook: Forecasting without tears",
    "Whitepaper: The state of planning 2026",
    "Whitepaper: Resilient supply chains", "Ebook: From spreadsheet to system",
)  # fmt: skip
BUYING_GUIDES = ("Buying guide: Choosing planning software", "Buyer's guide to implementation partners")
NEWSLETTER, SURVEY, ROI_FORM = "Newsletter sign-up", "Survey: Planning maturity", "ROI calculator"
DEMO_FORM, SALES_FORM, QUOTE_FORM, TRIAL_FORM = (
    "Request a demo", "Contact sales", "Get a quote", "Start free trial",
)  # fmt: skip
JOB_FORM = "Job application"
PAGE_OF_FORM = {
    NEWSLETTER: "/blog", SURVEY: "/survey", ROI_FORM: ROI, DEMO_FORM: "/demo", SALES_FORM: "/contact-sales",
    QUOTE_FORM: "/quote", TRIAL_FORM: "/trial", JOB_FORM: CAREERS,
}  # fmt: skip
WEBINARS = (
    "Webinar: Forecasting that holds", "Webinar: Inventory in practice", "Webinar: Planning with finance",
    "Webinar: Ask a planner anything", "Webinar: Scenario planning live", "Webinar: Closing the year well",
)  # fmt: skip
MAILINGS = (
    "Planning notes: January", "Planning notes: February", "Planning notes: March", "Planning notes: April",
    "Planning notes: May", "Planning notes: June", "Planning notes: July", "Planning notes: August",
    "Planning notes: September", "Planning notes: October", "Planning notes: November",
    "Planning notes: December",
)  # fmt: skip

BUDGETS = (
    "Approved",
    "Approved: 40-60k",
    "Planned for this year",
    "Not yet planned",
    "25k",
    "Don't know",
    "",
)
TIMELINES = (
    "Within 30 days",
    "1-3 months",
    "This quarter",
    "3-6 months",
    "More than 6 months",
    "Just looking",
    "",
)
CHALLENGES = (
    "Forecast accuracy below 60 percent", "Stock-outs in peak season", "Planning in twelve spreadsheets",
    "No common numbers between sales and supply", "Too much inventory", "Month-end takes two weeks",
    "Replacing our old planning tool", "",
)  # fmt: skip
ROLES = ("Decision maker", "Budget holder", "Influencer", "User", "Not sure", "")
TOOLS = ("Spreadsheets", "Rival Planning", "Orbis Suite", "In-house tool", "None", "")

CALL_NOTES = (
    "Spoke for ten minutes. They plan in spreadsheets and month end takes two weeks. Wants to see scenarios.",
    "Budget of about 50k is approved for this year, finance is on board. Next: technical call with IT.",
    "Good call. Peak season stock-outs cost them a lot last year. They want to decide before October.",
    "No budget until next fiscal year, asked us to come back in spring.",
    "He is not the decision maker, the COO is. Promised an introduction.",
    "Left a voicemail.",
    "Comparing us with Rival Planning, price matters. Asked for references in retail.",
    "Wrong number.",
)
MAIL_REPLIES = (
    "Thanks for reaching out. Could you send pricing for 40 users? We would like to start in Q4.",
    "Interesting timing - our current tool is being retired. Are you free on Thursday?",
    "Please remove me from your list.",
    "Forwarding this to our head of planning, who runs the evaluation.",
    "Not now, we have just signed with another vendor. Try again next year.",
    "We need an integration with our ERP. Do you support it? Budget is there if so.",
    "I am out of office until Monday.",
)
MAIL_OURS = (
    "Hi, you looked at our material on forecasting. Would a short call help?",
    "As promised, here is the case study from a firm of your size.",
    "Following up on my last message: is planning still on your list for this year?",
)
NOTES = (
    "Met at the trade fair in Hannover. Runs planning for three plants, unhappy with the present tool.",
    "Team of twelve planners. Timeline: this quarter. Authority: the board decides.",
    "Very small company, probably too early.",
    "Asked twice about security certificates. IT has a veto.",
    "Champion left the company, new contact needed.",
    "Pain: forecast accuracy below 60 percent. Timeline: before peak season. Budget: 40-60k.",
)
MEETINGS = ("Discovery call", "Product demo", "Technical deep dive", "Introductions")
QUESTIONS = (
    "We are replacing our planning tool and would like to see how you handle scenarios for 3 plants.",
    "What would this cost for 40 users? We need to decide by the end of the quarter.",
    "Can you show the ERP integration? Our budget is approved.",
    "Please call me, e-mail is slow.",
    "We have a tender coming up in October and need references.",
    "",
)
PITCHES = (
    "We offer SEO services that bring you to page one.",
    "Do you need developers? Our rates are unbeatable.",
    "I would like to place a guest post on your blog.",
)
STUDY_WORDS = (
    "I am writing my master's thesis on planning software and would love a demo account.",
    "For a class paper I need prices of five vendors.",
)


def url(path: str) -> str:
    """The full address of a page."""
    return SITE + path


def title(path: str) -> str:
    """The page's title."""
    words = path.rstrip("/").rpartition("/")[2].replace("-", " ").capitalize() or "Home"
    return f"{words} | Northwind"


def page_of(form: str) -> str:
    """The page a form stands on."""
    if form in PAGE_OF_FORM:
        return PAGE_OF_FORM[form]
    section = "/webinars/" if form in WEBINARS else "/resources/"
    slug = form.partition(": ")[2] or form
    return section + "-".join("".join(c if c.isalnum() else " " for c in slug.lower()).split())
