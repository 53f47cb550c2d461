"""The shipped defaults: valid, complete, readable by editors, copied by `init`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it has no stubs of its own
import pytest

from syncd.core.playbook import AllOf, AnyOf, Model, NotOf, Ownership, SignalTest
from syncd.settings import check, default_config_dir, init, json_schemas, load
from syncd.settings.fields import SYNCD_VALUES
from syncd.settings.loading import OPTIONAL, SHAPES, Loaded
from syncd.settings.reading import read_document
from tests.settings.small import FILES, HOME

SHIPPED = [name for name in SHAPES if (default_config_dir() / name).is_file()]
TRACKS = {
    "early_interest": "syncd nurture - early interest",
    "middle_stage": "syncd nurture - middle stage",
    "near_sql": "syncd nurture - near SQL",
    "not_now": "syncd nurture - not now",
    "win_back": "syncd nurture - win back",
    "confirm_intent": "syncd nurture - confirm intent",
}
LEAD_FIELDS = {
    "HubSpot_Contact_ID__c", "Syncd_Level__c", "Syncd_Grade__c", "Syncd_Score__c", "Syncd_Reason__c",
    "Syncd_Brief__c", "Syncd_Next_Step__c", "Syncd_Pass__c", "Syncd_SLA_Due__c",
    "Syncd_Criteria__c", "Syncd_Original_Source__c", "Syncd_Original_Source_Detail__c",
    "Syncd_Converting_Offer__c", "Syncd_Direction__c", "Syncd_Lawful_Basis__c", "Syncd_Lawful_Basis_Date__c",
}  # fmt: skip
CONTACT_PROPERTIES = {
    "syncd_stage", "syncd_level", "syncd_fit_grade", "syncd_reason", "syncd_missing", "syncd_next_action",
    "syncd_next_action_date", "syncd_sales_owner", "syncd_sales_outcome", "syncd_recycle_reason",
    "syncd_track", "syncd_gap", "syncd_next_offer", "syncd_answer", "syncd_owner",
    "syncd_recycle_date", "syncd_pass", "syncd_first_mql_at", "syncd_last_mql_at", "syncd_first_sql_at",
    "syncd_last_sql_at", "syncd_mql_dates", "syncd_sql_dates", "syncd_last_pass_summary",
}  # fmt: skip


def test_the_shipped_folder_is_valid() -> None:
    assert check(default_config_dir(), HOME) == ()
    assert set(SHAPES) - set(SHIPPED) <= OPTIONAL


@pytest.mark.parametrize("name", SHIPPED)
def test_an_editor_accepts_the_shipped_file(name: str) -> None:
    """The JSON Schema says the same as the validation, for what is right."""
    schema = json_schemas()[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    document, _problems = read_document(default_config_dir() / name)
    jsonschema.validate(document.data, schema)


@pytest.mark.parametrize("name", SHIPPED)
def test_an_editor_refuses_an_unknown_key(name: str) -> None:
    schema = json_schemas()[name]
    document, _problems = read_document(default_config_dir() / name)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document.data, "surprise": 1}, schema)


def test_an_editor_describes_every_key_with_an_example() -> None:
    """Hovering over any key says what it means."""
    bare = [
        f"{name}: {block}.{key}"
        for name, schema in json_schemas().items()
        for block, shape in {**schema.get("$defs", {}), "the file": schema}.items()
        for key, described in shape.get("properties", {}).items()
        if not described.get("description") or not described.get("examples")
    ]
    assert bare == []


def test_init_copies_files_that_mean_the_same(tmp_path: Path, shipped: Loaded) -> None:
    made = init(tmp_path / "new" / "config")
    assert [path.name for path in made] == SHIPPED
    copied = load(tmp_path / "new" / "config", HOME)
    assert copied.playbook.version == shipped.playbook.version


def test_init_keeps_comments_and_points_editors_to_the_schema(tmp_path: Path) -> None:
    init(tmp_path)
    text = (tmp_path / "levels.yaml").read_text(encoding="utf-8")
    original = (default_config_dir() / "levels.yaml").read_text(encoding="utf-8")
    assert text == f"# yaml-language-server: $schema=.schema/levels.json\n{original}"
    schema = json.loads((tmp_path / ".schema" / "levels.json").read_text(encoding="utf-8"))
    assert schema == json_schemas()["levels.yaml"]


def test_init_never_overwrites(tmp_path: Path) -> None:
    """A file that is there is somebody's work."""
    (tmp_path / "levels.yaml").write_text("mine", encoding="utf-8")
    made = init(tmp_path)
    assert "levels.yaml" not in {path.name for path in made}
    assert (tmp_path / "levels.yaml").read_text(encoding="utf-8") == "mine"
    assert init(tmp_path) == []


def test_the_small_folder_of_the_tests_has_every_file() -> None:
    """Otherwise these tests would test less than they seem to."""
    assert set(FILES) == set(SHAPES)


# --- what the defaults must hold -------------------------------------------------------------------------


def test_the_numbers_of_the_requirements_are_the_defaults(shipped: Loaded) -> None:
    """A13: five visits in seven days, the S55 pattern, 90 days, 24 and 48 hours, several MQL levels."""
    model = shipped.playbook.models[-1]
    visits = next(rule for rule in model.patterns if rule.id == "five_visits_a_week")
    sustained = next(rule for rule in model.patterns if rule.id == "sustained_interest")
    timeline = next(letter for letter in shipped.playbook.levels.bant if letter.id == "timeline")
    assert visits.when == AllOf((SignalTest(("site_visited",), 5, 7),))
    wanted = {"webinar_attended": 1, "pricing_viewed": 2, "email_opened": 5}
    assert sustained.when == AllOf(tuple(SignalTest((kind,), count, 30) for kind, count in wanted.items()))
    said = SignalTest(("timeline_within_90_days",), 1, 90)
    taken_back = SignalTest(("not_now_stated",), 1, 90)
    assert isinstance(timeline.confirmed, AnyOf)
    assert timeline.confirmed.items[0] == AllOf((said, NotOf(taken_back)))
    assert len(shipped.playbook.levels.mql) >= 2
    assert [letter.id for letter in shipped.playbook.levels.bant] == [
        "budget",
        "authority",
        "need",
        "timeline",
    ]


def test_the_sla_is_one_and_two_working_days(shipped: Loaded) -> None:
    """24 and 48 hours, counted on working days of eight hours (S74): Friday ten is due on Monday ten."""
    assert (shipped.playbook.sla.target_hours, shipped.playbook.sla.breach_hours) == (8, 16)


def test_tracks_start_the_provisioned_lists(shipped: Loaded) -> None:
    assert {track.id: track.list_name for track in shipped.playbook.tracks.values()} == TRACKS


def test_all_our_fields_are_mapped(shipped: Loaded) -> None:
    mapping = shipped.playbook.mapping
    assert {item.target for item in mapping.lead} >= LEAD_FIELDS
    assert {item.target for item in mapping.sfcontact} >= LEAD_FIELDS
    assert {item.target for item in mapping.contact} == CONTACT_PROPERTIES


def test_fields_of_people_are_never_overwritten(shipped: Loaded) -> None:
    """Only fields that are ours alone are always ours."""
    maps = (*shipped.playbook.mapping.lead, *shipped.playbook.mapping.sfcontact)
    ours = {item.target for item in maps if item.ownership is Ownership.OURS}
    assert ours == LEAD_FIELDS


def test_every_filter_of_the_requirements_is_there(shipped: Loaded) -> None:
    """S45 and table row 35; opting out stops marketing only, an objection everything."""
    assert {item.id: item.outcome for item in shipped.playbook.filters} == {
        "competitor": "block", "student": "block", "analyst": "divert", "job_seeker": "divert",
        "vendor": "block", "customer": "divert", "partner": "divert", "employee": "block",
        "role_mailbox": "hold", "disposable_address": "block", "opted_out": "no_nurture", "objected": "stop",
    }  # fmt: skip


def test_the_pricing_page_is_not_decisive_and_raises_a_heads_up(shipped: Loaded) -> None:
    """A14.1: evidence for everyone, news about those who are MQL and fit."""
    assert "pricing_viewed" not in shipped.playbook.levels.decisive.signals
    (heads_up,) = (item for item in shipped.playbook.alerts.heads_up if "pricing_viewed" in item.signals)
    assert (heads_up.from_stage, heads_up.icp.unknown_counts) == ("mql", False)


def test_every_kind_of_reason_leads_somewhere(shipped: Loaded) -> None:
    """S88: nothing vanishes; each reason has a track or is final."""
    rules = shipped.playbook.recycle.rules
    feedback = shipped.playbook.feedback
    named = {
        *feedback.reasons.values(),
        *feedback.lost_reasons.values(),
        feedback.default_reason,
        "unresponsive",
    }
    assert named <= set(rules)
    assert all(rule.is_final or rule.track in shipped.playbook.tracks for rule in rules.values())


def test_every_signal_is_used_or_only_shown(shipped: Loaded) -> None:
    """A kind nobody asks for is either part of the story (phase sales) or a gap in the playbook."""
    playbook = shipped.playbook
    text = json.dumps(shipped.normalised["evaluation"] | {"signals": []})
    unused = {kind.id for kind in playbook.signals if f'"{kind.id}"' not in text and kind.phase != "sales"}
    assert unused == set()


def test_large_companies_and_outbound_have_models_of_their_own(shipped: Loaded) -> None:
    """S57, S126: segments differ; the last model is for everybody."""
    models: dict[str, Model] = {model.id: model for model in shipped.playbook.models}
    assert list(models) == ["enterprise", "outbound", "standard"]
    slow, fast = (
        next(rule for rule in models[name].behaviour if rule.id == "webinars")
        for name in ("enterprise", "standard")
    )
    assert (slow.half_life_days, fast.half_life_days) == (75, 45)
    assert models["standard"].when is None


def test_the_language_of_the_brief_is_spoken(shipped: Loaded) -> None:
    """The shipped levels use any-of and level conditions; they are the examples people copy."""
    engaged = shipped.playbook.levels.mql[0]
    assert isinstance(engaged.enter[0].test, AnyOf)


# --- agreement with the core -----------------------------------------------------------------------------


def test_values_of_ours_are_those_the_core_renders() -> None:
    """A value that could be mapped and never rendered would stay blank for ever."""
    from syncd.core.values import SYNCD_NAMES

    assert {f"syncd.{name}" for name in SYNCD_VALUES} == SYNCD_NAMES


def test_fading_values_are_those_the_core_keeps_from_hubspot() -> None:
    from syncd.core.values import DECAYING_NAMES
    from syncd.settings.shapes.mapping import FADING

    assert FADING == DECAYING_NAMES


def test_values_of_a_person_are_those_the_core_reads() -> None:
    """A seniority the title reader never gives cannot be tested for."""
    from syncd.core.titles import RANKS
    from syncd.settings.vocabulary import DERIVED

    assert DERIVED["person.seniority"] == set(RANKS)


# --- light -----------------------------------------------------------------------------------------------


def test_importing_the_package_imports_nothing_heavy() -> None:
    """`syncd --help` must not wait for pydantic or the YAML parser."""
    code = (
        "import sys, syncd.settings; "
        "print([name for name in ('pydantic', 'ruamel', 'holidays', 'sqlalchemy') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done: Any = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.strip() == "[]"
