"""What the org says no with: one exception, in the shapes of REST, collections and OAuth.

Single answers carry `errorCode`, entries of collection answers `statusCode` (REST guide, "Status Codes and
Error Responses" and "Collections"); the detail of duplicates sits under a misspelt key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault of ours
    """One refusal. `fields` None leaves the list of fields out of the answer, as reads do."""

    code: str
    message: str
    fields: tuple[str, ...] | None = None
    status: int = 400
    details: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def as_rest(self) -> dict[str, object]:
        body: dict[str, object] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            body["fields"] = list(self.fields)
        return body | dict(self.details)

    def as_result(self, record_id: str | None = None) -> dict[str, object]:
        """The entry of a collection answer."""
        error: dict[str, object] = {
            "statusCode": self.code,
            "message": self.message,
            "fields": list(self.fields or ()),
        }
        body: dict[str, object] = {"success": False, "errors": [error | dict(self.details)]}
        return {"id": record_id} | body if record_id else body


@dataclass(eq=False)
class OAuthRefusal(Exception):  # noqa: N818 - it is an answer, not a fault of ours
    error: str
    description: str
    status: int = 400


def not_found(message: str = "The requested resource does not exist") -> Refusal:
    return Refusal("NOT_FOUND", message, status=404)


def deleted() -> Refusal:
    return Refusal("ENTITY_IS_DELETED", "entity is deleted", (), status=404)


def no_such_column(field_name: str, object_name: str) -> Refusal:
    """What a write to an unknown field gets; one hidden by field-level security looks the same."""
    return Refusal("INVALID_FIELD", f"No such column '{field_name}' on sobject of type {object_name}")


def bad_json(detail: str) -> Refusal:
    return Refusal("JSON_PARSER_ERROR", detail)
