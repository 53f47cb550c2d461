"""What mapping.yaml says besides plain fields: transforms, campaigns, consent, currency of our amounts."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema, model_validator

from syncd.core.transforms import MEANINGS
from syncd.settings.problems import did_you_mean, one_of
from syncd.settings.shapes.base import Block, Pattern, Patterns, key, refuse
from syncd.settings.shapes.conditions import checked_field


def _transforms(value: Any) -> Any:
    """One or many, as a list."""
    return [value] if isinstance(value, str) else value


def _transform(value: str) -> str:
    if value not in MEANINGS:
        raise refuse(
            f"there is no transform '{value[:60]}'{did_you_mean(value, MEANINGS)}",
            one_of(MEANINGS),
            "transform: phone",
        )
    return value


Transforms = Annotated[
    list[Annotated[str, AfterValidator(_transform)]],
    BeforeValidator(_transforms),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "enum": sorted(MEANINGS)},
                {"type": "array", "items": {"type": "string", "enum": sorted(MEANINGS)}, "maxItems": 4},
            ]
        }
    ),
]

_CAMPAIGN_ID = re.compile(r"701[A-Za-z0-9]{12}([A-Za-z0-9]{3})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


def _campaign(value: str) -> str:
    if not _CAMPAIGN_ID.fullmatch(value):
        raise refuse(
            f"'{value[:60]}' is not the id of a Salesforce campaign",
            "15 or 18 letters and digits that begin with 701, as in the campaign's address",
            "campaign: 7015g000000AbCdAAK",
        )
    return value


def _currency(value: str) -> str:
    if value and not _CURRENCY.fullmatch(value):
        raise refuse(
            f"'{value[:60]}' is not the code of a currency", "three capital letters", "currency: EUR"
        )
    return value


Currency = Annotated[str, AfterValidator(_currency)]


class CampaignShape(Block):
    """A campaign that a hand-off joins."""

    campaign: Annotated[str, AfterValidator(_campaign)] = key(
        "Id of the campaign in Salesforce", "campaign: 7015g000000AbCdAAK"
    )
    status: str = key(
        "Member status, one of the campaign's own", "status: Responded", min_length=1, max_length=80
    )
    offer: Patterns = key(
        "Names of the converting offer (syncd.converting_offer); without it every one",
        'offer: "*webinar*"',
        default=[],
    )
    source: Patterns = key(
        "Original sources (syncd.original_source); without it every one", "source: Paid search", default=[]
    )


class ConsentShape(Block):
    """Which fields say what may be done with a person."""

    do_not_call: list[Annotated[str, AfterValidator(checked_field)]] = key(
        "Properties that forbid calls, besides DoNotCall in Salesforce",
        "do_not_call: [contact.do_not_call]",
        default=[],
        max_length=10,
    )
    lawful_basis: str = key(
        "Property with the lawful basis",
        "lawful_basis: contact.hs_legal_basis",
        default="contact.hs_legal_basis",
    )
    lawful_basis_date: str = key(
        "Property with the day of it; HubSpot has none of its own",
        "lawful_basis_date: contact.consent_date",
        default="",
    )
    advertising: list[Pattern] = key(
        "Lawful bases with which somebody may be in an advertising audience; none: nobody is",
        'advertising: ["freely given consent*"]',
        default=["freely given consent*", "legitimate interest*"],
        max_length=20,
    )

    unsubscribe_in_hubspot: bool = key(
        "true: who opted out of e-mail in Salesforce is unsubscribed from all marketing e-mail in HubSpot, "
        "for good",
        "unsubscribe_in_hubspot: true",
        default=False,
    )

    @model_validator(mode="after")
    def _known_fields(self) -> ConsentShape:
        for name in (self.lawful_basis, self.lawful_basis_date):
            if name:
                checked_field(name)
        return self
