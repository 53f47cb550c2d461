"""People who raise their hand: who goes to sales at once, who does not, and odd data on the way."""

from __future__ import annotations

from syncd.connectors.sandbox.world.persona import End, Firm, Persona, on
from syncd.connectors.sandbox.world.persona_deeds import (
    arrives,
    asks_for_demo,
    downloads,
    gets_new_address,
    opts_out,
    submits,
    takes_interest,
    views,
)

HANDED_OVER = End("handed_off", passes=1, record="Lead", tasks=1)
LONG_TITLE = (
    "Vice President for the Planning, Forecasting, Procurement and Inventory of Spare Parts, Consumables and "
    "Capital Goods in all Plants and Warehouses of the Group in Europe, the Middle East and Africa, Deputy "
    "Speaker of the Board for Matters of Supply, and Acting Head of the Transformation Office for now"
)

ASKING: tuple[Persona, ...] = (
    Persona(
        "demo_requester", "A VP of a company that fits asks for a demo.",
        on(20, asks_for_demo(project_timeline="Within 30 days")),
        HANDED_OVER, "She asked, she fits and nothing speaks against her: sales must have her at once.",
        "Mara", "Ellwanger", "VP Operations", Firm("Alderbrook Pumps"),
    ),
    Persona(
        "unknown_icp", "A manager of a company nobody knows anything about asks for a demo.",
        on(20, asks_for_demo()),
        HANDED_OVER, "What is not known has not failed: somebody who asks is not turned away for our gaps.",
        "Joris", "Meulen", "Planning Manager", Firm("Quiet Harbour", None, "", ""),
    ),
    Persona(
        "no_last_name", "Asks for a demo and leaves the last name blank.",
        on(20, asks_for_demo()),
        HANDED_OVER, "Salesforce demands a last name; a placeholder solves that, and he is not lost.",
        "Teodor", "", "Head of Logistics", Firm("Bastion Cranes"),
    ),
    Persona(
        "no_company", "Asks for a demo from a business address and names no company.",
        on(20, asks_for_demo()),
        HANDED_OVER, "The address says where she works: the domain stands in for the company.",
        "Ilse", "Brandauer", "Director Supply Chain", email="ilse.brandauer@tern-valves.example",
    ),
    Persona(
        "long_title", "Asks for a demo with a title of 300 characters.",
        on(20, asks_for_demo()),
        HANDED_OVER, "A title too long for the field is cut, never a reason to refuse the whole record.",
        "Konrad", "Wiesel", LONG_TITLE, Firm("Oakline Castings"),
    ),
    Persona(
        "right_to_left_name", "Asks for a demo with a name written from right to left.",
        on(20, asks_for_demo()),
        HANDED_OVER, "A name is a name: it arrives as written, and reads so in brief and task.",
        "\u05d9\u05e2\u05dc", "\u05db\u05d4\u05df", "VP Operations", Firm("Carmel Bearings"),
        email="yael@carmel-bearings.example",
    ),
    Persona(
        "emoji_name", "Asks for a demo with an emoji in the name.",
        on(20, asks_for_demo()),
        HANDED_OVER, "Four-byte characters must survive the whole way; the person behind them is a buyer.",
        "Zo\u00eb \U0001f680", "Papadaki \U0001f469\u200d\U0001f4bb", "Head of Planning",
        Firm("Petrel Glass"), email="zoe@petrel-glass.example",
    ),
    Persona(
        "markup_and_formulas", "Asks for a demo with markup, a formula and quotes in the fields of the form.",
        on(20, asks_for_demo(main_challenge="<img src=x onerror=alert(1)> & \"late\" plans", city="=1+1")),
        HANDED_OVER, "Hostile text is text: it breaks nothing, and sales reads it without its markup.",
        "<b>Ann</b>", "O'Hara\\", '=HYPERLINK("https://evil.example","click") Director',
        Firm("Quill and Sons"), email="ann.ohara@quill-and-sons.example",
    ),
    Persona(
        "opted_out_asks", "Has opted out of e-mail, then asks for a demo.",
        (*on(-20, arrives()), *on(-10, opts_out()), *on(20, asks_for_demo())),
        HANDED_OVER, "An opt-out is about newsletters. Who asks for sales gets sales; it travels along, "
        "and no nurture list holds her.",
        "Pia", "Lorentz", "Head of Operations", Firm("Fennel Motors"),
    ),
    Persona(
        "student", "A student asks for a demo from a university address.",
        on(20, asks_for_demo()),
        End("disqualified", reason="student", stopped_by="student"),
        "Writing a paper is no project: a rep's hour is not for it, whatever the form says (S45).",
        "Ben", "Akinyemi", "Student", email="ben.akinyemi@students.uni-example.edu",
    ),
    Persona(
        "competitor", "A competitor asks for a demo.",
        on(20, asks_for_demo()),
        End("disqualified", reason="competitor", stopped_by="competitor"),
        "They want to see the product, not to buy it: a filter outdoes a decisive action (S45, S59).",
        "Vera", "Stahl", "Product Manager", email="vera.stahl@rival.example", company_typed="Rival Planning",
    ),
    Persona(
        "disposable_address", "Asks for a demo with a throw-away address.",
        on(20, asks_for_demo()),
        End("disqualified", reason="disposable_address"),
        "Nobody can be reached there tomorrow: no task for a rep.",
        "Max", "Muster", "CEO", email="max@mailinator.com",
    ),
    Persona(
        "role_mailbox", "Asks for a demo from info@ of a company that fits.",
        on(20, asks_for_demo()),
        End("mql:engaged", nurture="early_interest", stopped_by="role_mailbox", hold="filter:role_mailbox"),
        "Nobody can be greeted by name at info@, and it may be a buyer: a person looks who it is.",
        "", "", "", Firm("Saffron Tools"), email="info@saffron-tools.example",
    ),
    Persona(
        "role_mailbox_with_a_name", "Asks from sales@; marketing finds out who wrote and enters the address.",
        (*on(20, asks_for_demo()), *on(22, gets_new_address("edda.holm@tansy-dairy.example"))),
        HANDED_OVER, "The question has answered itself: she goes to sales, and the case is closed.",
        "Edda", "Holm", "Director Planning", Firm("Tansy Dairy"), email="sales@tansy-dairy.example",
    ),
    Persona(
        "role_mailbox_before_go_live", "Asked for a demo from info@ the week before we went live.",
        on(-6, asks_for_demo()),
        End("mql:engaged", nurture="early_interest"),
        "What was asked before us was somebody's to answer then: no case, no alert, no hand-off.",
        "", "", "", Firm("Sorrel Cables"), email="info@sorrel-cables.example",
    ),
    Persona(
        "private_address", "Asks for a demo from a private address and names no company.",
        on(20, asks_for_demo()),
        End("mql:engaged", nurture="early_interest", stopped_by="known_company"),
        "We do not know whom sales would call; marketing asks for the company first.",
        "Nadja", "Ilic", "Planner", email="nadja.ilic@gmail.com",
    ),
    Persona(
        "too_small", "The owner of a firm of three people asks for a demo.",
        on(20, asks_for_demo()),
        End("mql:engaged", nurture="early_interest", stopped_by="icp"),
        "The company failed the ICP: a demo request does not make it one we can serve (S27, S59).",
        "Otto", "Krall", "Owner", Firm("Krall Repairs", 3),
    ),
    Persona(
        "job_seeker", "Looks at careers again and again, applies for a job and writes to us.",
        (*on(0, arrives(), views("/careers")), *on(1, views("/careers"), views("/careers/planner")),
         *on(30, views("/careers"), views("/jobs"), submits("Job application"), submits("Contact us"))),
        End("mql:engaged", nurture="early_interest", stopped_by="job_seeker"),
        "Wants to work here, not to buy: recruiting answers, not sales.",
        "Sina", "Castello", "Logistics Specialist", Firm("Merle Freight"),
    ),
    Persona(
        "mql_then_demo", "Reads for weeks, becomes an MQL, then asks for a demo.",
        (*on(-30, arrives()), *on(16, *takes_interest()), *on(22, downloads(2), asks_for_demo())),
        HANDED_OVER, "Nurtured first, asked then: the task tells sales all that came before.",
        "Louise", "Tanner", "Director Planning", Firm("Gantry Foods"),
    ),
)  # fmt: skip
