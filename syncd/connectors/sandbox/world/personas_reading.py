"""People who learn and do not ask, whom sales hears nothing of; and contacts that are merged or archived."""

from __future__ import annotations

from syncd.connectors.sandbox.world.catalogue import PRICING
from syncd.connectors.sandbox.world.persona import End, Firm, Persona, on
from syncd.connectors.sandbox.world.persona_deeds import (
    arrives,
    asks_for_demo,
    attends,
    double_asks_for_demo,
    downloads,
    is_archived,
    is_entered_twice,
    is_merged,
    is_noted,
    is_scanned,
    opens_mail,
    opts_out,
    rep_sets,
    rep_takes_over,
    takes_interest,
    views,
)

READING: tuple[Persona, ...] = (
    Persona(
        "single_download", "Downloads one e-book.",
        on(1, downloads()),
        End("lead"),
        "One download may be a school project (S47): nobody is MQL for it, nobody is told.",
        "Karl", "Nowak", "Planner", Firm("Lindgren Paper"),
    ),
    Persona(
        "sustained_interest", "A webinar, the pricing page twice and five e-mails opened (S55).",
        (*on(0, arrives()), *on(38, attends(), opens_mail("Letter 1"), opens_mail("Letter 2")),
         *on(41, views(PRICING), opens_mail("Letter 3")),
         *on(43, views(PRICING), opens_mail("Letter 4"), opens_mail("Letter 5"))),
        End("mql:evaluating", nurture="middle_stage"),
        "Several touchpoints over days make an MQL, where one download does not; sales is not told yet.",
        "Emil", "Sandvik", "Operations Manager", Firm("Harrier Steel"),
    ),
    Persona(
        "marked_by_sales", "Reads a lot; a rep notes after a talk that all four letters are settled.",
        (*on(0, arrives()), *on(36, *takes_interest()),
         *on(40, is_noted("Good talk. Budget: approved 60k. Authority: she decides. "
                          "Need: no common numbers. Timeline: this quarter."))),
        End("near_sql", nurture="confirm_intent"),
        "What sales marks in a note confirms all four letters; her interest does not reach the line yet.",
        "Marta", "Oakes", "Head of Planning", Firm("Dunlin Glass"),
    ),
    Persona(
        "scanned_by_a_gateway", "Never opens a mailing; a mail gateway tries every link of five of them.",
        (*on(0, arrives()), *on(20, is_scanned("Letter 1")), *on(24, is_scanned("Letter 2")),
         *on(28, is_scanned("Letter 3")), *on(34, is_scanned("Letter 4")), *on(40, is_scanned("Letter 5"))),
        End("lead"),
        "Thirty clicks on prices and comparisons within seconds of the sends are nobody's interest.",
        "Ida", "Bergqvist", "Director Operations", Firm("Plover Steel"),
    ),
    Persona(
        "opted_out_reader", "Has opted out of e-mail and goes on reading.",
        (*on(-20, arrives()), *on(-15, opts_out()), *on(36, *takes_interest())),
        End("mql:evaluating"),
        "May be interested, may not be written to: known as an MQL, in no nurture list.",
        "Rosa", "Pellegrini", "Head of Planning", Firm("Umbra Ceramics"),
    ),
    Persona(
        "merged_before", "Two contacts of one person become one; then she asks for a demo.",
        (*on(-30, arrives()), *on(-5, is_entered_twice("a.fischer@tinder-works.example")),
         *on(20, is_merged()), *on(21, asks_for_demo())),
        End("handed_off", passes=1, record="Lead", tasks=1),
        "One person, one Lead, under the smaller of the two numbers.",
        "Anke", "Fischer", "Head of Operations", Firm("Tinder Works"),
    ),
    Persona(
        "merged_after", "Is handed over; then marketing merges a second contact of hers into the first.",
        (*on(0, is_entered_twice("grete.second@vane-motors.example"), asks_for_demo()), *on(3, is_merged()),
         *on(5, rep_sets(status="Accepted"))),
        End("accepted", passes=1, record="Lead", tasks=1),
        "The merge changes the contact's id, not whose Lead it is: what sales says still arrives.",
        "Grete", "Olofsson", "Director Supply Chain", Firm("Vane Motors"),
    ),
    Persona(
        "merged_after_by_import", "Is handed over; an import enters him twice, and the two are merged.",
        (*on(20, asks_for_demo()), *on(23, is_entered_twice("h.lund@grouse-optics.example")),
         *on(25, is_merged())),
        End("handed_off", passes=1, record="Lead", tasks=1),
        "The newcomer joins the person sales has: same Lead, same key, nothing sent twice.",
        "Henrik", "Lund", "Head of Planning", Firm("Grouse Optics"),
    ),
    Persona(
        "merged_then_returns", "Is handed over, merged into an older contact, given back, and asks again.",
        (*on(0, is_entered_twice("k.rask@pochard-paper.example")), *on(1, asks_for_demo()),
         *on(3, is_merged()), *on(5, rep_sets(status="Unqualified", reason="No Authority")),
         *on(40, asks_for_demo())),
        End("handed_off", passes=2, record="Lead", tasks=2),
        "The smaller number is the key now; the Lead is found by the former one and goes on.",
        "Kirsten", "Rask", "Director Supply Chain", Firm("Pochard Paper"),
    ),
    Persona(
        "merged_both_handed_over", "Two contacts of one person are both handed over, then merged.",
        (*on(0, is_entered_twice("i.marchetti@garnet-mills.example")),
         *on(20, asks_for_demo(), double_asks_for_demo()), *on(24, is_merged())),
        End("handed_off", passes=1, record="Lead,Lead", tasks=2, hold="twins_after_create"),
        "Two Leads are one person now. Only people merge Leads: the case names both, and nothing is deleted.",
        "Irene", "Marchetti", "VP Supply Chain", Firm("Garnet Mills"),
    ),
    Persona(
        "archived_before", "Becomes an MQL, is archived in HubSpot.",
        (*on(-20, arrives()), *on(0, *takes_interest()), *on(2, is_archived())),
        End("lead", after=("mql:engaged",)),
        "Marketing threw the record away: nothing more is written anywhere, and interest fades.",
        "Hedda", "Krogh", "Planning Manager", Firm("Skua Textiles"),
    ),
    Persona(
        "archived_after", "Is handed over; then the contact is archived in HubSpot while sales goes on.",
        (*on(1, asks_for_demo()), *on(3, is_archived()), *on(4, rep_takes_over()),
         *on(6, rep_sets(status="Accepted"))),
        End("accepted", passes=1, record="Lead", tasks=1),
        "What sales has in hand stays theirs; that the contact is gone takes nothing from them.",
        "Jonna", "Eklund", "VP Operations", Firm("Ptarmigan Oil"),
    ),
)  # fmt: skip
