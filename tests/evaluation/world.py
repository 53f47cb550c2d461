"""The shipped definition, and others that differ from it."""

from __future__ import annotations

from dataclasses import replace

from syncd.core.playbook import FieldTest, FitRule, Model, Operator, Playbook
from tests.core.builders import default_playbook

PLAYBOOK = default_playbook()


def named(base: Playbook, version: str) -> Playbook:
    """The same definition under another version."""
    return replace(base, version=version, evaluation_version=version)


def with_points(base: Playbook, factor: float, version: str) -> Playbook:
    """A definition whose acts count more, or less."""
    models = tuple(_scaled(model, factor) for model in base.models)
    return replace(named(base, version), models=models)


def _scaled(model: Model, factor: float) -> Model:
    behaviour = tuple(replace(rule, points=rule.points * factor) for rule in model.behaviour)
    return replace(model, behaviour=behaviour)


def asking(base: Playbook, field: str, version: str) -> Playbook:
    """A definition with one more question about a field."""
    rule = FitRule("asked", "Asked", 1, FieldTest(field, Operator.IS, ("engineer",)))
    models = tuple(replace(model, fit=(*model.fit, rule)) for model in base.models)
    return replace(named(base, version), models=models)
