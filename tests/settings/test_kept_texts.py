"""A playbook kept as texts goes through the same checks as a folder's, beside the folder's installation."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd import settings
from syncd.settings.loading import Loaded, load_files, stamp_of


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    settings.init(tmp_path / "config")
    return settings.load(tmp_path / "config", {"HUBSPOT_ACCESS_TOKEN": "pat-secret"})


def test_texts_give_the_playbook_they_were_read_from(loaded: Loaded) -> None:
    """Whatever the folder holds by then; what is read of the folder is the installation's file alone."""
    folder = loaded.settings.config_dir
    for name in loaded.sources:
        (folder / name).write_text("broken: [", encoding="utf-8")
    again = loaded.under(loaded.sources)
    assert again.playbook == loaded.playbook
    assert again.settings.hubspot.token == loaded.settings.hubspot.token
    with pytest.raises(settings.Invalid):
        loaded.again()


def test_the_installations_own_file_and_secrets_are_no_part_of_it(loaded: Loaded) -> None:
    assert set(loaded.sources) == set(settings.json_schemas()) - {"connections.yaml"}
    assert "pat-secret" not in repr(loaded) + repr(loaded.sources)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"levels.yaml": "levvels: 1\n"}, "levvels"),
        ({"outgrown.yaml": "a: 1\n"}, "this release of syncd reads no file of this name"),
        ({"sla.yaml": None}, "this version was kept without it"),
        ({"routing.yaml": "a: [\n"}, "this is not valid YAML"),
    ],
)
def test_what_this_release_cannot_read_is_named(
    loaded: Loaded, change: dict[str, str | None], says: str
) -> None:
    """All of it, as for a folder: nothing is left out or guessed."""
    texts = {name: text for name, text in {**loaded.sources, **change}.items() if text is not None}
    with pytest.raises(settings.Invalid) as refused:
        loaded.under(texts)
    assert says in "\n".join(item.message for item in refused.value.problems)


def test_examples_may_be_left_out(loaded: Loaded) -> None:
    texts = {name: text for name, text in loaded.sources.items() if name != "examples.yaml"}
    assert loaded.under(texts).examples == ()


def test_an_edit_changes_the_stamp(loaded: Loaded) -> None:
    """Of any file, the installation's among them; reading alone does not."""
    folder = loaded.settings.config_dir
    assert stamp_of(folder) == loaded.stamp == load_files(folder, {}).stamp
    with (folder / "connections.yaml").open("a", encoding="utf-8") as file:
        file.write("# more\n")
    assert stamp_of(folder) != loaded.stamp


def test_the_expected_share_of_ready_leads_has_a_range(loaded: Loaded) -> None:
    """It decides nothing: the version stays, and a range that holds nothing is refused."""
    path = loaded.settings.config_dir / "levels.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("low_percent: 5", "low_percent: 8"), encoding="utf-8")
    assert loaded.again().playbook.version == loaded.playbook.version
    path.write_text(text.replace("low_percent: 5", "low_percent: 15"), encoding="utf-8")
    with pytest.raises(settings.Invalid) as refused:
        loaded.again()
    assert "nothing lies between 15 and 15 percent" in refused.value.problems[0].message
