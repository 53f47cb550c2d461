"""The shape of examples.yaml: people as both teams imagine them, and the level each must get.

`syncd validate` runs them through the evaluation itself. They are no part of the playbook's version.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from syncd.settings.problems import did_you_mean, one_of
from syncd.settings.shapes.base import (
    Block,
    Context,
    FilterRef,
    Label,
    SignalRef,
    Value,
    as_text,
    key,
    refuse,
)
from syncd.settings.shapes.conditions import FieldName
from syncd.settings.shapes.signals import SourceName, check_attributes
from syncd.settings.vocabulary import DERIVED

STAGES = ("lead", "near_sql", "sql")
"""What an example may give besides an MQL level."""

AGES_MAX = 200

DaysAgo = Annotated[
    list[Annotated[float, Field(ge=0, le=3650)]],
    Field(min_length=1, max_length=AGES_MAX),
    BeforeValidator(lambda value: value if isinstance(value, list) else [value]),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "array", "items": {"type": "number"}}]}),
]
AsText = Annotated[Value, BeforeValidator(as_text), WithJsonSchema({"type": ["string", "number", "boolean"]})]


class ActShape(Block):
    """Something the person did: a signal by name, or a fact as it arrives."""

    signal: SignalRef | None = key("A signal", "signal: webinar_attended", default=None)
    source: SourceName | None = key(
        "Instead: a fact as it arrives", "source: hubspot.form_submission", default=None
    )
    attributes: dict[str, AsText] = key(
        "What the fact carries", "attributes: {form: Request a demo}", default={}, max_length=20
    )
    days_ago: DaysAgo = key("When; several days mean several times", "days_ago: [3, 5]")

    @model_validator(mode="after")
    def _one_kind(self) -> ActShape:
        if (self.signal is None) == (self.source is None):
            raise refuse(
                "an act is a signal or a source, one of them",
                "signal, or source with attributes",
                "{signal: pricing_viewed, days_ago: 3}",
            )
        if self.source is not None:
            check_attributes(self.source, self.attributes)
        return self


class FilteredShape(Block):
    """Kept out by a filter."""

    filtered: FilterRef = key("Id of a filter", "filtered: student")


class ExampleShape(Block):
    """One person: what is known, what they did, where that must put them."""

    name: Label = key("What people read", "name: A webinar, two pricing visits and five opens")
    person: dict[FieldName, AsText] = key(
        "What is known", "person: {contact.jobtitle: Head of Marketing}", default={}, max_length=100
    )
    did: list[ActShape] = key(
        "What they did", "did: [{signal: pricing_viewed, days_ago: [3, 5]}]", default=[], max_length=200
    )
    gives: Annotated[str | FilteredShape | None, Field(union_mode="left_to_right")] = key(
        "The MQL level, lead, near_sql or sql", "gives: engaged", default=None
    )
    filtered: FilterRef | None = key(
        "Instead: the filter that keeps them out", "filtered: student", default=None
    )

    @property
    def expected_filter(self) -> str:
        """The filter that must keep the person out, or empty."""
        return self.gives.filtered if isinstance(self.gives, FilteredShape) else self.filtered or ""

    @property
    def expected_level(self) -> str:
        """The MQL level or stage the person must get, or empty."""
        return self.gives if isinstance(self.gives, str) else ""

    @model_validator(mode="after")
    def _known_outcome(self, info: ValidationInfo) -> ExampleShape:
        if (self.gives is None) == (self.filtered is None):
            raise refuse(
                "an example says where the person must get to, once", "gives or filtered", "gives: engaged"
            )
        levels = info.context.known.levels if isinstance(info.context, Context) else None
        if isinstance(self.gives, str) and levels is not None and self.gives not in {*levels, *STAGES}:
            known = [*levels, *STAGES]
            raise refuse(
                f"nobody can get to '{self.gives[:60]}'{did_you_mean(self.gives, known)}",
                f"{one_of(known)}, or filtered: a filter",
                "gives: engaged",
            )
        derived = [name for name in self.person if name in DERIVED and name.startswith("person.")]
        if derived:
            raise refuse(
                f"{derived[0]} is worked out, not known; write what it is worked out from",
                "contact.*, company.*, lead.*, sfcontact.*",
                "person: {contact.jobtitle: Head of Marketing, contact.email: a@acme.example}",
            )
        return self


class ExamplesFile(Block):
    """examples.yaml: worked examples both teams agree on."""

    examples: list[ExampleShape] = key(
        "People and where they belong",
        "- {name: ..., person: {...}, did: [...], gives: engaged}",
        max_length=300,
    )
