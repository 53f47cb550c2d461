"""What is refused in the complete definition: conditions, steps, patterns, the matrix, letters, examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.settings.small import edit, only

INTEREST = "when: {score: engagement, at_least: 30}"
LETTER = "{id: metrics, label: Metrics, confirmed: {signal: demo_requested}}"
DECISIVE = "decisive: {signals: demo_requested, within_days: 30}"
NEEDING = DECISIVE[:-1] + ", needs: [{id: NAME, label: Known, when: {icp: not_failed}}]}"
OTHER_LETTER = "{id: need, label: Need, confirmed: {signal: demo_requested}}"

REFUSED: list[tuple[str, str, str, str, str]] = [
    # what it is, file, what stands there, what is put there, the whole message
    (
        "told apart by what the facts do not carry",
        "scoring.yaml",
        "signals: pricing_viewed,",
        "signals: pricing_viewed, distinct: urls,",
        "scoring.yaml, line 8: these facts carry no 'urls' to tell them apart by; did you mean 'url'?"
        " Found: a block with id, label, signals, distinct, points, half_life_days, cap. Allowed: channel,"
        " kind, offer, url. Example: distinct: channel",
    ),
    (
        "a condition told apart by what the facts do not carry",
        "levels.yaml",
        INTEREST,
        "when: {signal: demo_requested, distinct: campaign}",
        "levels.yaml, line 5: these facts carry no 'campaign' to tell them apart by. Found: a block with"
        " signal, distinct. Allowed: channel, form, form_id, kind, offer, url. Example: distinct: channel",
    ),
    (
        "fading twice",
        "scoring.yaml",
        "half_life_days: 30,",
        "half_life_days: 30, steps: {7: 100%},",
        "scoring.yaml, line 8: points fade by half_life_days or by steps, not by both. Found: a block with"
        " id, label, signals, points, half_life_days, steps, cap. Allowed: one of them."
        " Example: half_life_days: 30",
    ),
    (
        "steps that rise",
        "scoring.yaml",
        "half_life_days: 30,",
        "steps: {7: 50%, 30: 100%},",
        "scoring.yaml, line 8: steps give more to what is older. Found: a block with id, label, signals,"
        " points, steps, cap. Allowed: shares that fall. Example: steps: {7: 100%, 30: 50%, 90: 25%}",
    ),
    (
        "a step that is no age",
        "scoring.yaml",
        "half_life_days: 30,",
        "steps: {week: 100%},",
        "scoring.yaml, line 8: 'week' is no age in days. Found: a block with week. Allowed: days: share of"
        " the points. Example: steps: {7: 100%, 30: 50%}",
    ),
    (
        "a share of more than all",
        "scoring.yaml",
        "half_life_days: 30,",
        "steps: {7: 100},",
        "scoring.yaml, line 8: 'steps' is out of bounds. Found: the number 100. Allowed: 1 or less."
        " Example: steps: {7: 100%, 30: 50%, 90: 25%}",
    ),
    (
        "each more worth the same",
        "scoring.yaml",
        "half_life_days: 30,",
        "diminishing: 100%,",
        "scoring.yaml, line 8: 'diminishing' is out of bounds. Found: the text '100%'. Allowed: less than 1."
        " Example: diminishing: 50%",
    ),
    (
        "a pattern that wants nothing",
        "scoring.yaml",
        "    behaviour:",
        "    patterns: [{id: p, label: P, points: 3}]\n    behaviour:",
        "scoring.yaml, line 7: a pattern says what it wants in `need` or in `when`, in one of them. Found: a"
        " block with id, label, points. Allowed: need with within_days, or when. Example: need:"
        " {pricing_viewed: 2}, within_days: 30",
    ),
    (
        "a window for `when`",
        "scoring.yaml",
        "    behaviour:",
        "    patterns: [{id: p, label: P, points: 3, within_days: 3, when: {signal: pricing_viewed}}]\n"
        "    behaviour:",
        "scoring.yaml, line 7: `within_days` is the window of `need`; in `when` each condition has its own."
        " Found: a block with id, label, points, within_days, when. Allowed: need with within_days, or when"
        " without. Example: need: {pricing_viewed: 2}, within_days: 30",
    ),
    (
        "a pattern that looks at a score",
        "scoring.yaml",
        "    behaviour:",
        "    patterns: [{id: p, label: P, points: 3, when: {score: fit, at_least: 3}}]\n    behaviour:",
        "scoring.yaml, line 7: a `score` condition cannot stand in a test of facts. Found: a block with"
        " score, at_least. Allowed: all, any, field, idle, not, sequence, signal. Example: when: {signal:"
        " [pricing_viewed, webinar_attended], distinct: channel, at_least: 2, within_days: 30}",
    ),
    (
        "a sequence of one",
        "levels.yaml",
        INTEREST,
        "when: {sequence: [pricing_viewed], within_days: 30}",
        "levels.yaml, line 5: 'sequence' is out of bounds. Found: a list of 1. Allowed: at least 2 of them."
        " Example: sequence: [case_study_viewed, [pricing_viewed, comparison_viewed]]",
    ),
    (
        "an unknown model",
        "levels.yaml",
        INTEREST,
        "when: {model: standart}",
        "levels.yaml, line 5: there is no model 'standart'; did you mean 'standard'? Found: the text"
        " 'standart'. Allowed: standard. Example: model: enterprise",
    ),
    (
        "a cell without a matrix",
        "levels.yaml",
        INTEREST,
        "when: {cell: A1}",
        "levels.yaml, line 5: there is no cell 'A1'. Found: the text 'A1'. Allowed: none yet; define it in"
        " `matrix` of levels.yaml first. Example: cell: [A1, A2]",
    ),
    (
        "a cell the matrix does not have",
        "levels.yaml",
        "mql:\n",
        "matrix: {bands: {1: 40, 2: 0}, cells: {A1: {action: Call}, A3: {action: Wait}}}\nmql:\n",
        "levels.yaml, line 1: there is no cell 'A3'. Found: the text 'A3'. Allowed: A1, A2,"
        " B1, B2, C1, C2. Example: cells: {A1: {action: Call today}}",
    ),
    (
        "two bands in one place",
        "levels.yaml",
        "mql:\n",
        "matrix: {bands: {1: 40, 2: 40}, cells: {A1: {action: Call}}}\nmql:\n",
        "levels.yaml, line 1: bands '1' and '2' begin at the same 40 points. Found: a block with bands,"
        " cells. Allowed: each band its own border. Example: bands: {1: 60, 2: 30, 3: 0}",
    ),
    (
        "letters in two places",
        "levels.yaml",
        "mql:\n",
        f"bant: [{LETTER}]\nframework: {{name: BANT, letters: [{OTHER_LETTER}]}}\nmql:\n",
        "levels.yaml, line 1: the letters stand in `bant` and in `framework`. Found: a block with bant,"
        " framework, mql, near_sql, sql, decisive. Allowed: one of them. Example: framework: {name: BANT,"
        " letters: [...]}",
    ),
    (
        "a signal called any",
        "signals.yaml",
        "signals:\n",
        "signals:\n  - {id: any, label: Any, from: [{source: hubspot.visit}]}\n",
        "signals.yaml, line 2: no signal can be called 'any': `idle: any` means all of them. Found: a block"
        " with id, label, from. Allowed: another id."
        " Example: - {id: demo_requested, label: Requested a demo, from: [...]}",
    ),
    (
        "a seniority nobody has",
        "signals.yaml",
        '{source: hubspot.page_view, where: {url: "*/pricing*"}}',
        "{source: account.activity, where: {seniority: [c_level, vice]}}",
        "signals.yaml, line 10: 'seniority' of account.activity is never 'vice'. Found: a block with source,"
        " where. Allowed: c_level, director, entry, head, individual, manager, senior, student, vp."
        ' Example: from: [{source: hubspot.form_submission, where: {form: "*demo*"}}]',
    ),
    (
        "a level with the name of a stage",
        "levels.yaml",
        "id: keen",
        "id: sql",
        "levels.yaml, line 7: an MQL level cannot be called 'sql': that is a stage of its own. Found: a block"
        " with id, label, enter. Allowed: another id. Example: id: engaged",
    ),
    (
        "a filter with a name that is taken",
        "filters.yaml",
        "id: rival",
        "id: icp",
        "filters.yaml, line 3: a filter cannot be called 'icp': `syncd override` knows that word for"
        " something else. Found: id: icp. Allowed: another id. Example: id: icp_filter",
    ),
    (
        "a filter with the name of what stops everybody",
        "filters.yaml",
        "id: rival",
        "id: go_live",
        "filters.yaml, line 3: a filter cannot be called 'go_live': `syncd override` knows that word for"
        " something else. Found: id: go_live. Allowed: another id. Example: id: go_live_filter",
    ),
    (
        "a need with the name of a filter",
        "levels.yaml",
        DECISIVE,
        NEEDING.replace("NAME", "rival"),
        "levels.yaml, line 18: a need cannot be called 'rival': `syncd override` knows that word for the"
        " filter in filters.yaml, line 3. Found: id: rival. Allowed: another id. Example: id: rival_need",
    ),
    (
        "a need with the name of the gate",
        "levels.yaml",
        DECISIVE,
        NEEDING.replace("NAME", "icp"),
        "levels.yaml, line 18: a need cannot be called 'icp': `syncd override` knows that word for"
        " something else. Found: id: icp. Allowed: another id. Example: id: icp_need",
    ),
    (
        "a need with the name of what machines did",
        "levels.yaml",
        DECISIVE,
        NEEDING.replace("NAME", "machine_clicks"),
        "levels.yaml, line 18: a need cannot be called 'machine_clicks': `syncd override` knows that word"
        " for something else. Found: id: machine_clicks. Allowed: another id. Example: id:"
        " machine_clicks_need",
    ),
    (
        "two needs of one name",
        "levels.yaml",
        DECISIVE,
        NEEDING.replace("NAME", "known").replace("]}", ", {id: known, label: Known, when: {icp: met}}]}"),
        "levels.yaml, line 18: two criteria have the id 'known' (first in line 18); rename or remove one."
        " Found: 'known' again. Allowed: each id once.",
    ),
    (
        "an example that ends nowhere",
        "examples.yaml",
        "gives: near_sql",
        "gives: near_sq",
        "examples.yaml, line 2: nobody can get to 'near_sq'; did you mean 'near_sql'? Found: a block with"
        " name, person, did, gives. Allowed: engaged, keen, lead, near_sql, sql, or filtered: a filter."
        " Example: gives: engaged",
    ),
    (
        "an example with two ends",
        "examples.yaml",
        "gives: near_sql",
        "gives: near_sql\n    filtered: rival",
        "examples.yaml, line 2: an example says where the person must get to, once. Found: a block with name,"
        " person, did, gives, filtered. Allowed: gives or filtered. Example: gives: engaged",
    ),
    (
        "an example kept out by a filter that is not there",
        "examples.yaml",
        "gives: near_sql",
        "filtered: rivals",
        "examples.yaml, line 6: there is no filter 'rivals'; did you mean 'rival'? Found: the text 'rivals'."
        " Allowed: rival. Example: filtered: student",
    ),
    (
        "an example that knows what is worked out",
        "examples.yaml",
        "contact.jobtitle: Clerk",
        "person.seniority: vp",
        "examples.yaml, line 2: person.seniority is worked out, not known; write what it is worked out from."
        " Found: a block with name, person, did, gives. Allowed: contact.*, company.*, lead.*, sfcontact.*."
        " Example: person: {contact.jobtitle: Head of Marketing, contact.email: a@acme.example}",
    ),
    (
        "an act that is nothing",
        "examples.yaml",
        "{signal: pricing_viewed, days_ago: [0, 0, 0, 1]}",
        "{days_ago: 3}",
        "examples.yaml, line 5: an act is a signal or a source, one of them. Found: a block with days_ago."
        " Allowed: signal, or source with attributes. Example: {signal: pricing_viewed, days_ago: 3}",
    ),
    (
        "a fact that carries no such thing",
        "examples.yaml",
        "{signal: pricing_viewed, days_ago: [0, 0, 0, 1]}",
        "{source: hubspot.page_view, attributes: {uri: /x}, days_ago: 3}",
        "examples.yaml, line 5: facts of hubspot.page_view carry no 'uri'; did you mean 'url'? Found: a block"
        " with source, attributes, days_ago. Allowed: url."
        " Example: did: [{signal: pricing_viewed, days_ago: [3, 5]}]",
    ),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "text"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_a_mistake_in_the_definition_is_answered_with_its_cure(
    folder: Path, file: str, old: str, new: str, text: str
) -> None:
    edit(folder, file, old, new)
    assert str(only(folder)) == text
