"""Reads the config folder and the environment whole, and gives either everything or every problem.

Each file is read, checked for structure and validated on its own, so that one broken file never hides what is
wrong in another; only when all are right is the playbook built.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from syncd.core.playbook import Playbook
from syncd.settings import profiles
from syncd.settings.build import Files, playbook_of
from syncd.settings.explain import problems_of
from syncd.settings.inheritance import inheritance_problems
from syncd.settings.installation import settings_of
from syncd.settings.model import Settings
from syncd.settings.problems import ENVIRONMENT, Invalid, Problem, did_you_mean
from syncd.settings.reading import Document, document_of, read_document, read_shared
from syncd.settings.shapes.base import Context, Known
from syncd.settings.shapes.connections import ConnectionsFile
from syncd.settings.shapes.examples import ExamplesFile, ExampleShape
from syncd.settings.shapes.mapping import MappingFile
from syncd.settings.shapes.qualification import FiltersFile, LevelsFile
from syncd.settings.shapes.routing import RoutingFile
from syncd.settings.shapes.sales import AlertsFile, RecycleFile
from syncd.settings.shapes.scoring import ScoringFile
from syncd.settings.shapes.signals import SignalsFile
from syncd.settings.shapes.sla import SlaFile
from syncd.settings.structure import known_ids, problems_in
from syncd.settings.version import normalised

SHAPES: Mapping[str, type[BaseModel]] = {
    "connections.yaml": ConnectionsFile,
    "mapping.yaml": MappingFile,
    "signals.yaml": SignalsFile,
    "scoring.yaml": ScoringFile,
    "filters.yaml": FiltersFile,
    "levels.yaml": LevelsFile,
    "routing.yaml": RoutingFile,
    "sla.yaml": SlaFile,
    "recycle.yaml": RecycleFile,
    "alerts.yaml": AlertsFile,
    "examples.yaml": ExamplesFile,
}
"""Every settings file and its shape, in the order people read them."""

OPTIONAL = frozenset({"examples.yaml"})
"""Files a folder may do without."""

Stamp: TypeAlias = tuple[tuple[str, int, int, int], ...]
"""How the files of a folder lay there: name, moment of the last change, size and number of each."""

PRIVATE = frozenset({"connections.yaml"})
"""Files whose values are never repeated in a message."""

INSTALLATION = frozenset({"connections.yaml"})
"""Files that say where we work and not what is decided: no part of a version of the playbook."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A valid installation. `normalised` is the playbook's meaning as plain data, what its version hashes.

    `files` are the shapes it was built from and `documents` the same as plain data with lines, for who looks
    closer (`syncd.settings.analysis`).
    """

    settings: Settings
    playbook: Playbook
    normalised: dict[str, Any]
    files: Files = field(repr=False)
    examples: tuple[ExampleShape, ...] = ()
    documents: Mapping[str, Document] = field(default_factory=dict, repr=False)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    stamp: Stamp = field(default=(), repr=False)

    @property
    def sources(self) -> dict[str, str]:
        """The playbook's files as they were read, by name: without the installation's own."""
        return {name: item.text for name, item in self.documents.items() if name not in INSTALLATION}

    def again(self) -> Loaded:
        """The same folder and environment, read anew. Raises Invalid."""
        return load_files(self.settings.config_dir, self.environ)

    def under(self, sources: Mapping[str, str]) -> Loaded:
        """The same installation under the playbook of these files. Raises Invalid."""
        return load_files(self.settings.config_dir, self.environ, sources)


def load_files(
    config_dir: Path, environ: Mapping[str, str], sources: Mapping[str, str] | None = None
) -> Loaded:
    """Settings and playbook. Raises Invalid with every problem found.

    With `sources`, texts of the playbook's files by name, only the installation's own files are read from the
    folder: the playbook is that of the texts.
    """
    problems: list[Problem] = []
    stamp = stamp_of(config_dir)
    problems += _strangers(config_dir) if sources is None else _outgrown(sources)
    documents = _documents(config_dir, problems, sources)
    profile, unsaid = profiles.choose(documents.get("connections.yaml"), environ)
    problems += unsaid
    models = _models(documents, problems)
    connections = models.get("connections.yaml")
    settings, environment_problems = settings_of(
        connections if isinstance(connections, ConnectionsFile) else ConnectionsFile(),
        config_dir,
        environ,
        profile,
    )
    problems += environment_problems
    if problems:
        raise Invalid(in_order(problems))
    examples = models.pop("examples.yaml", None)
    files = Files(**{name.removesuffix(".yaml"): model for name, model in models.items()})  # type: ignore[arg-type]
    playbook = playbook_of(files)
    people = tuple(examples.examples) if isinstance(examples, ExamplesFile) else ()
    return Loaded(settings, playbook, normalised(playbook), files, people, documents, dict(environ), stamp)


def installation_of(config_dir: Path, environ: Mapping[str, str]) -> Settings:
    """What the installation's own file and the environment say, whatever stands in the playbook's files.
    Raises Invalid."""
    document, unread = read_document(config_dir / "connections.yaml")
    profile, unsaid = profiles.choose(document, environ)
    problems = [*unread, *unsaid]
    model = None
    if document.data is not None:
        model = _validated(document, known_ids({document.name: document}), problems)
    file = model if isinstance(model, ConnectionsFile) else ConnectionsFile()
    settings, environment_problems = settings_of(file, config_dir, environ, profile)
    problems += environment_problems
    if problems:
        raise Invalid(in_order(problems))
    return settings


def stamp_of(config_dir: Path) -> Stamp:
    """How the folder's files lie there now: another answer later means that somebody has edited them."""
    found = []
    for name in SHAPES:
        with suppress(OSError):
            about = (config_dir / name).stat()
            found.append((name, about.st_mtime_ns, about.st_size, about.st_ino))
    return tuple(found)


def _strangers(config_dir: Path) -> Iterator[Problem]:
    """Files that look like settings and would be ignored: a misspelt name must not pass in silence."""
    if not config_dir.is_dir():
        return
    for path in sorted(config_dir.iterdir()):
        if path.suffix in {".yaml", ".yml"} and path.name not in SHAPES and not path.name.startswith("."):
            message = f"no settings file has this name, so nothing reads it{did_you_mean(path.name, SHAPES)}"
            yield Problem(path.name, 0, path.name, ", ".join(SHAPES), "", message)


def _outgrown(sources: Mapping[str, str]) -> Iterator[Problem]:
    """Files a version was kept with that this program no longer reads."""
    for name in sorted(sources.keys() - SHAPES.keys()):
        yield Problem(
            name, 0, name, ", ".join(SHAPES), "", "this release of syncd reads no file of this name"
        )


def _documents(
    config_dir: Path, problems: list[Problem], sources: Mapping[str, str] | None
) -> dict[str, Document]:
    """Every file as plain data; an optional one that is not there is left out."""
    documents: dict[str, Document] = {}
    for name in SHAPES:
        if sources is not None and name in sources and name not in INSTALLATION:
            documents[name], found = document_of(name, sources[name])
        elif sources is not None and name not in INSTALLATION:
            if name in OPTIONAL:
                continue
            message = "this release of syncd reads a file of this name, and this version was kept without it"
            documents[name], found = Document(name), (Problem(name, 0, "no such file", "", "", message),)
        elif name in OPTIONAL and not (config_dir / name).exists():
            continue
        elif name in INSTALLATION:
            documents[name], found = read_document(config_dir / name)
        else:
            documents[name], found = read_shared(config_dir / name)
        problems += found
    return documents


def _models(documents: Mapping[str, Document], problems: list[Problem]) -> dict[str, BaseModel]:
    """The valid files' models; what is wrong with the others is added to `problems`."""
    known = known_ids(documents)
    problems += problems_in(documents)
    models = {}
    for name, document in documents.items():
        if document.data is not None:
            model = _validated(document, known, problems)
            if model is not None:
                models[name] = model
    scoring = models.get("scoring.yaml")
    if isinstance(scoring, ScoringFile) and not any(found.file == "scoring.yaml" for found in problems):
        problems += inheritance_problems(scoring, documents["scoring.yaml"])
    return models


def _validated(document: Document, known: Known, problems: list[Problem]) -> BaseModel | None:
    context = Context(known)
    try:
        return SHAPES[document.name].model_validate(document.data, context=context)
    except ValidationError as error:
        problems += problems_of(document, error, context, is_private=document.name in PRIVATE)
        return None


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """By file as people read them, then by line; each said once."""
    order = {name: index for index, name in enumerate([*SHAPES, ENVIRONMENT])}
    unique = dict.fromkeys(problems)
    return tuple(sorted(unique, key=lambda item: (order.get(item.file, len(order)), item.line)))
