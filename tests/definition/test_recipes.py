"""Every snippet of docs/playbook.md is right: put where it says, the shipped playbook stays valid."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from syncd.settings import check, default_config_dir, examine

PAGE = Path(__file__).parents[2] / "docs/playbook.md"
SNIPPET = re.compile(r"^```yaml\n# (\w+\.yaml)(?:, ([\w.]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Recipe:
    """A snippet, the file it goes to, and the path inside it (none: keys of the file itself)."""

    file: str
    place: str
    text: str
    line: int


@cache
def recipes() -> tuple[Recipe, ...]:
    page = PAGE.read_text(encoding="utf-8")
    return tuple(
        Recipe(found[1], found[2] or "", found[3], page.count("\n", 0, found.start()) + 1)
        for found in SNIPPET.finditer(page)
    )


def test_no_snippet_of_the_page_is_left_out() -> None:
    """Each says where it goes."""
    assert len(recipes()) == PAGE.read_text(encoding="utf-8").count("```yaml") > 20


def put(data: Any, recipe: Recipe) -> None:
    """The snippet at its place: entries of the same id replaced, others added, keys merged."""
    target, new = data, YAML(typ="safe").load(recipe.text)
    if recipe.file == "scoring.yaml" and recipe.place != "models":
        target = data["models"][0]
    for key in recipe.place.split(".") if recipe.place else []:
        target = target[key]
    if isinstance(new, dict):
        target.update(new)
        return
    name = next(key for key in ("id", "reason", "name") if key in new[0])
    for item in new:
        same = [index for index, old in enumerate(target) if old[name] == item[name]]
        if same:
            target[same[0]] = item
        else:
            target.insert(len(target) - 1 if recipe.place == "models" else len(target), item)


def applied(folder: Path, number: int) -> Path:
    """The shipped playbook with the first `number` recipes in it."""
    shutil.copytree(default_config_dir(), folder, ignore=shutil.ignore_patterns("examples"))
    yaml = YAML(typ="safe")
    yaml.default_flow_style = False
    documents: dict[str, Any] = {}
    for recipe in recipes()[:number]:
        if recipe.file not in documents:
            documents[recipe.file] = yaml.load((folder / recipe.file).read_text(encoding="utf-8"))
        put(documents[recipe.file], recipe)
    for file, data in documents.items():
        with (folder / file).open("w", encoding="utf-8") as stream:
            yaml.dump(data, stream)
    return folder


def test_the_recipes_leave_the_playbook_valid(tmp_path: Path) -> None:
    """All of them together; when not, the first that does not is named."""
    if not check(applied(tmp_path / "all", len(recipes())), {}):
        return
    for number, recipe in enumerate(recipes(), start=1):
        problems = check(applied(tmp_path / str(number), number), {})
        assert [item.message for item in problems] == [], f"docs/playbook.md, line {recipe.line}"


def test_the_people_of_the_last_recipe_stand_where_it_says(tmp_path: Path) -> None:
    """Under the playbook with all recipes in it."""
    wrong = examine(applied(tmp_path / "all", len(recipes())), {})
    names = ("Replaces a rival's tool", "A reporter asks")
    assert [item.message for item in wrong if any(name in item.message for name in names)] == []
