"""The words by which sales marks a letter of BANT in a note: labels, yes and no, times, in six languages.

English, German, French, Spanish, Italian, Dutch. Data only; `marks` reads with it. Everything is compared in
lower case and without accents.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LABELS: Final[Mapping[str, str]] = {
    "budget": "budget|presupuesto|budgets",
    "authority": "authority|decision maker|decision|authorization|autoritat|entscheider"
    "|entscheiderin|entscheidung|entscheidungstrager|autorite|decideur|decideuse|decisionnaire|autoridad|decisor|decisora|autorita"
    "|decisore|beslisser|beslissing",
    "need": "need|needs|pain|pains|pain point|bedarf|problem|besoin|besoins|necesidad|necesidades|dolor"
    "|bisogno|bisogni|esigenza|esigenze|behoefte|behoeften",
    "timeline": "timeline|timing|time frame|timeframe|zeitplan|zeitrahmen|zeithorizont|calendrier|echeance"
    "|delai|plazo|plazos|calendario|tempistica|tempistiche|scadenza|tijdlijn|planning|termijn",
}  # fmt: skip
"""Names a letter goes by besides its id and its label in the playbook."""

UNKNOWN: Final = (
    "unknown|unclear|tbd|tbc|n/a|na|open|offen|unklar|unbekannt|inconnu|inconnue|desconocido|por definir"
    "|da definire|sconosciuto|onbekend|onduidelijk|not known|not discussed|to be confirmed|a confirmer"
)
"""A line that says nothing yet."""

NO: Final = (
    "no|not|none|never|rejected|denied|declined|frozen|cut|nein|kein|keine|keinen|nicht|abgelehnt|gestrichen"
    "|eingefroren|non|pas|aucun|aucune|refuse|refusee|gele|ninguno|ninguna|sin|rechazado|rechazada|denegado"
    "|nessuno|nessuna|rifiutato|bloccato|nee|geen|niet|afgewezen|without|ohne|sans|senza|zonder"
)

PENDING: Final = (
    "pending|requested|request|asked|maybe|perhaps|probably|planned|expected|beantragt|angefragt|vielleicht"
    "|wahrscheinlich|geplant|en attente|demande|demandee|peut-etre|prevu|pendiente|solicitado|solicitada"
    "|quizas|previsto|in attesa|richiesto|forse|aangevraagd|misschien|gepland|waits|waiting|wartet"
    "|needs approval"
)
"""Words by which a thing is on its way, not there."""

YES: Final = (
    "yes|ok|approved|confirmed|available|allocated|granted|secured|signed|decides|decision maker|final say|ja"
    "|genehmigt|freigegeben|bestatigt|vorhanden|bewilligt|gesichert|entscheidet|entscheider|entscheiderin|oui"
    "|approuve|approuvee|valide|validee|confirme|confirmee|disponible|decide|decideur|si|aprobado|aprobada"
    "|confirmado|confirmada|asignado|decisor|approvato|approvata|confermato|confermata|stanziato|decisore"
    "|goedgekeurd|bevestigd|beschikbaar|toegekend|beslist|beslisser"
)

NOW: Final = (
    "asap|now|immediately|urgent|urgently|right away|this week|this month|sofort|umgehend|dringend"
    "|diese woche|diesen monat|immediat|immediatement|tout de suite|cette semaine|ce mois|inmediato|ya"
    "|urgente|esta semana|este mes|subito|immediato|questa settimana|questo mese|direct|meteen"
    "|deze week|deze maand"
)
NEXT_MONTH: Final = (
    "next month|nachsten monat|nachster monat|kommenden monat|mois prochain|proximo mes|mes que viene"
    "|prossimo mese|mese prossimo|volgende maand"
)
THIS_QUARTER: Final = "this quarter|dieses quartal|ce trimestre|este trimestre|questo trimestre|dit kwartaal"
NEXT_QUARTER: Final = (
    "next quarter|nachstes quartal|kommendes quartal|trimestre prochain|prochain trimestre|proximo trimestre"
    "|prossimo trimestre|volgend kwartaal"
)
THIS_YEAR: Final = (
    "this year|end of year|year end|eoy|dieses jahr|jahresende|cette annee|fin d'annee|fin de l'annee"
    "|este ano|fin de ano|quest'anno|fine anno|dit jaar|einde jaar"
)
NEXT_YEAR: Final = (
    "next year|nachstes jahr|kommendes jahr|annee prochaine|l'annee prochaine|proximo ano|prossimo anno"
    "|anno prossimo|volgend jaar"
)

UNITS: Final[Mapping[str, int]] = {
    "day|days|tag|tage|tagen|jour|jours|dia|dias|giorno|giorni|dag|dagen": 1,
    "week|weeks|woche|wochen|semaine|semaines|semana|semanas|settimana|settimane|weken": 7,
    "month|months|monat|monate|monaten|mois|mes|meses|mese|mesi|maand|maanden": 30,
    "quarter|quarters|quartal|quartale|trimestre|trimestres|trimestri|kwartaal|kwartalen": 91,
    "year|years|jahr|jahre|jahren|an|ans|annee|annees|ano|anos|anno|anni|jaar": 365,
}
"""Days in one of each unit of time."""

MONTHS: Final[tuple[str, ...]] = (
    "january|jan|januar|janner|janvier|enero|gennaio|januari",
    "february|feb|februar|fevrier|febrero|febbraio|februari",
    "march|mar|marz|mars|marzo|maart",
    "april|apr|avril|abril|aprile",
    "may|mai|mayo|maggio|mei",
    "june|jun|juni|juin|junio|giugno",
    "july|jul|juli|juillet|julio|luglio",
    "august|aug|aout|agosto|augustus",
    "september|sept|sep|septembre|septiembre|settembre",
    "october|oct|oktober|okt|octobre|octubre|ottobre",
    "november|nov|novembre|noviembre",
    "december|dec|dezember|dez|decembre|diciembre|dicembre",
)
