"""People sales knows already: by a Contact, a Lead, an account, a deal, or by HubSpot's own sync."""

from __future__ import annotations

from syncd.connectors.sandbox.world.catalogue import PRICING
from syncd.connectors.sandbox.world.persona import End, Firm, Persona, on
from syncd.connectors.sandbox.world.persona_deeds import (
    arrives,
    asks_for_demo,
    colleague_is_contact,
    has_deal,
    is_contact,
    is_lead,
    native_sync_comes_between,
    native_sync_takes,
    rep_converts,
    takes_interest,
    views,
)

KNOWN: tuple[Persona, ...] = (
    Persona(
        "existing_contact", "A Contact of an account that is no customer asks for a demo.",
        (*on(-200, arrives(), is_contact()), *on(20, asks_for_demo())),
        End("handed_off", passes=1, record="Contact", tasks=1),
        "Sales knows him: the task goes on the Contact it has, and no Lead is made beside it.",
        "Silas", "Brun", "Head of Planning", Firm("Marten Dairy"),
    ),
    Persona(
        "twin_leads", "Asks for a demo while two open Leads have her address.",
        (*on(-100, arrives()), *on(-90, is_lead(), is_lead()), *on(20, asks_for_demo())),
        End("sql", passes=1, hold="twin_leads"),
        "Which Lead is right only a person knows: the case names both, and no third is made.",
        "Dora", "Kaplan", "Director Operations", Firm("Bunting Plastics"),
    ),
    Persona(
        "customer_contact", "A Contact of a customer account asks for a demo.",
        (*on(-300, arrives(), is_contact("Customer")), *on(20, asks_for_demo())),
        End("handed_off", passes=1, record="Contact", tasks=1),
        "A customer's wish belongs to the owner of the account: the task goes on the Contact sales has.",
        "Tobias", "Renner", "IT Director", Firm("Heron Logistics"),
    ),
    Persona(
        "colleague_of_customer", "A colleague of a customer, unknown to sales, asks for a demo.",
        (*on(-300, colleague_is_contact("Customer")), *on(20, asks_for_demo())),
        End("handed_off", passes=1, record="Contact", tasks=1),
        "A fresh Lead would go to a stranger: he becomes a Contact of the account, for its owner.",
        "Leon", "Hartwig", "Head of IT", Firm("Osprey Foods"),
    ),
    Persona(
        "colleague_in_deal", "A colleague of somebody in an open opportunity asks for a demo.",
        (*on(-60, colleague_is_contact(stage="Needs Analysis")), *on(20, asks_for_demo())),
        End("handed_off", passes=1, record="Contact", tasks=1),
        "A rep is selling there right now, and a second one would harm the deal: a Contact of the account.",
        "Mira", "Solberg", "VP Finance", Firm("Kite Shipping"),
    ),
    Persona(
        "native_sync_before", "HubSpot's own sync makes a Lead of the MQL; then she asks for a demo.",
        (*on(-20, arrives()), *on(16, *takes_interest()),
         *on(18, native_sync_takes()), *on(22, asks_for_demo())),
        End("handed_off", passes=1, record="Lead", tasks=1),
        "There is a Lead already: it becomes ours by its key, and no second one is made.",
        "Nele", "Ostrander", "Head of Operations", Firm("Dipper Hydraulics"),
    ),
    Persona(
        "native_sync_during", "HubSpot's own sync makes a Lead between our look and our create.",
        on(20, native_sync_comes_between(), asks_for_demo()),
        End("handed_off", passes=1, record="Lead", tasks=1),
        "The org's duplicate rule refuses ours; we look again and take the Lead that is there: one Lead.",
        "Ulf", "Betweenberg", "Director Planning", Firm("Plover Chemicals"),
    ),
    Persona(
        "native_sync_after", "HubSpot's own sync comes upon the person after our hand-off.",
        (*on(20, asks_for_demo()), *on(23, native_sync_takes())),
        End("handed_off", passes=1, record="Lead", tasks=1),
        "It finds our Lead by the address and links it: one Lead, as it should be.",
        "Vito", "Afterman", "VP Operations", Firm("Curlew Packaging"),
    ),
    Persona(
        "worked_before", "Sales was working her Lead long before the first load; she looks at prices.",
        (*on(-60, arrives()), *on(-40, is_lead("Working - Contacted")), *on(2, views(PRICING))),
        End("handed_off"),
        "Sales has her in hand: linked, not handed over again; no task, no clock, no key on the Lead.",
        "Clara", "Whitlock", "Planning Manager", Firm("Egret Castings"),
    ),
    Persona(
        "worked_before_asks", "Sales had his Lead before us and let it rest; he asks for a demo.",
        (*on(-60, arrives()), *on(-40, is_lead()), *on(21, asks_for_demo())),
        End("handed_off", passes=1, record="Lead", tasks=1),
        "Nobody else would tell sales that he asks now: the task goes on the Lead they have.",
        "Bruno", "Haldane", "Head of Logistics", Firm("Wagtail Rail"),
    ),
    Persona(
        "customer_at_baseline", "A customer when we come, who looks for more and asks for a demo.",
        (*on(-400, arrives(lifecyclestage="customer"), is_contact("Customer")),
         *on(-390, has_deal("Closed Won")), *on(21, asks_for_demo())),
        End("customer", stopped_by="customer"),
        "Has bought: the account owner's, never a new lead.",
        "Helga", "Straub", "COO", Firm("Pipit Bakeries"),
    ),
    Persona(
        "recycled_at_baseline", "Sales had put her off for bad timing before we came; she reads on.",
        (*on(-80, arrives()), *on(-20, is_lead("Nurture", "Bad Timing")), *on(3, *takes_interest())),
        End("recycled", reason="bad_timing"),
        "The cool-down runs from the day sales said no, not from the day we came.",
        "Judith", "Arnold", "Head of Planning", Firm("Siskin Optics"),
    ),
    Persona(
        "lost_returns", "A deal was lost on price long before us; now he asks for a demo again.",
        (*on(-300, arrives(lifecyclestage="opportunity"), is_contact()),
         *on(-100, has_deal("Closed Lost", "Price")), *on(21, asks_for_demo())),
        End("handed_off", passes=1, record="Contact", tasks=1),
        "He asks, so he is answered at once, whatever the cool-down; on the Contact sales has.",
        "Piet", "Kuiper", "Director Operations", Firm("Dotterel Brewing"),
    ),
    Persona(
        "converted_long_ago", "A Lead sales converted last year, without a deal, asks for a demo.",
        (*on(-380, arrives()), *on(-370, is_lead()), *on(-360, rep_converts(with_deal=False)),
         *on(21, asks_for_demo())),
        End("handed_off", passes=1, record="Contact", tasks=1),
        "Nothing came of it then; now she asks, and the task goes on the Contact she became.",
        "Wanda", "Lis", "Head of Supply Chain", Firm("Godwit Cables"),
    ),
    Persona(
        "deal_at_baseline", "In an open deal when we come; she asks for a demo of another module.",
        (*on(-90, arrives(), is_contact()), *on(-60, has_deal("Proposal/Price Quote")),
         *on(21, asks_for_demo())),
        End("opportunity", tasks=1),
        "A rep is selling to her: a task on the deal, and no second hand-off beside it.",
        "Sonja", "Reuter", "VP Operations", Firm("Grebe Turbines"),
    ),
)  # fmt: skip
