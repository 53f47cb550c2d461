"""The config folder: where the shipped defaults are, copying them for a new profile, schemas for editors."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import syncd

SCHEMA_DIR = ".schema"
VARIANTS_DIR = "examples"


def default_config_dir() -> Path:
    """The shipped playbook: inside the installed package, or beside it in a checkout."""
    package = Path(syncd.__file__).resolve().parent
    installed = package / "config"
    return installed if installed.is_dir() else package.parent / "config"


@cache
def json_schemas() -> dict[str, dict[str, Any]]:
    """A JSON Schema per settings file, by the file's name. Made once; whoever reads it leaves it as it is."""
    from syncd.settings.loading import SHAPES  # noqa: PLC0415 - pydantic only when it is needed

    schemas = {}
    for name, shape in SHAPES.items():
        schema = shape.model_json_schema(by_alias=True)
        schemas[name] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": f"syncd {name}",
            **{key: value for key, value in schema.items() if key != "title"},
        }
    return schemas


def variants() -> tuple[str, ...]:
    """Names of the other playbooks that ship, to start from instead of the default one."""
    return tuple(
        sorted(path.name for path in (default_config_dir() / VARIANTS_DIR).iterdir() if path.is_dir())
    )


def init(target: Path, variant: str = "") -> list[Path]:
    """Copies the commented defaults into `target` with JSON Schemas for editors; returns the files it made.

    With `variant`, one of `variants()`, that playbook instead. A settings file that is there already is left
    alone and is not in the result.
    """
    source = default_config_dir() / VARIANTS_DIR / variant if variant else default_config_dir()
    target.mkdir(parents=True, exist_ok=True)
    made = []
    for name, schema in json_schemas().items():
        schema_file = target / SCHEMA_DIR / f"{name.removesuffix('.yaml')}.json"
        schema_file.parent.mkdir(exist_ok=True)
        schema_file.write_text(json.dumps(schema, indent=1) + "\n", encoding="utf-8")
        copy = target / name
        if not (source / name).is_file():  # an optional file the shipped playbook does without
            continue
        text = (source / name).read_text(encoding="utf-8")
        modeline = f"# yaml-language-server: $schema={SCHEMA_DIR}/{schema_file.name}\n"
        try:
            with copy.open("x", encoding="utf-8") as stream:
                stream.write(modeline + text)
        except FileExistsError:
            continue
        made.append(copy)
    return made
