"""The words of `syncd doctor` for Salesforce: findings that recur, each with the exact cure."""

from __future__ import annotations

from syncd.core.model import System
from syncd.ports import FieldNeed, Finding, Level, SystemFailure

PERMISSION_SET = "in the permission set of the integration user"


def finding(
    level: Level, code: str, title: str, detail: str = "", cure: str = "", subject: str = ""
) -> Finding:
    return Finding(level, System.SALESFORCE, f"salesforce.{code}", title, detail, cure, subject)


def failed(name: str, error: SystemFailure) -> Finding:
    found = error.failure
    return Finding(
        Level.PROBLEM,
        System.SALESFORCE,
        found.code,
        "the login fails" if name == "login" else f"{name}: could not be checked",
        found.message,
        found.cure,
    )


def hidden_object(name: str, level: Level, right: str) -> Finding:
    return finding(
        level,
        "object_missing",
        f"{name} does not exist or is hidden from the integration user",
        cure=f"grant {right} on {name} {PERMISSION_SET}",
    )


def hidden_field(level: Level, name: str, field: str, used_by: str, kind: str) -> Finding:
    return finding(
        level,
        "field_missing",
        f"{name}.{field} does not exist or is hidden from the integration user",
        f"{kind}; used by {used_by}" if used_by else kind,
        f"{_folder(field)}create it (Setup > Object Manager > {name} > Fields > New, of the type named), "
        f"then grant read and edit on it {PERMISSION_SET}; if it exists, field-level security hides it: only "
        "the grant is missing",
        subject=f"{name}.{field}",
    )


def _folder(field: str) -> str:
    """Custom fields of ours come with the folder."""
    ours = field.endswith("__c")
    return "deploy the folder that `syncd setup --salesforce DIR` writes, or " if ours else ""


def setup(name: str, field: str) -> str:
    return f"Setup > Object Manager > {name} > Fields > {field}"


def kind(need: FieldNeed) -> str:
    kind = need.type or "the type you need"
    return f"{kind}, External ID, Unique" if need.must_be_unique else kind


def used(need: FieldNeed) -> str:
    return f"used by {need.used_by}" if need.used_by else ""
