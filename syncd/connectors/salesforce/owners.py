"""Whether the users and queues the playbook names can have Leads: there, active, of the right kind, allowed.

A queue must take Leads ("QueueSobject", Object Reference) and have members ("GroupMember"); a user must be a
colleague (UserType Standard) whose profile or permission sets let them see Leads ("ObjectPermissions",
"PermissionSetAssignment"). What the integration user may not read speaks against nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from syncd.connectors.salesforce import decode, soql
from syncd.connectors.salesforce.client import Client, Query, Row
from syncd.connectors.salesforce.findings import finding
from syncd.connectors.salesforce.options import LEAD
from syncd.ports import Finding, Level, Needs, Recovery, SystemFailure

PREFIX = "owner_"
"""How the codes of these findings begin; the rest is why the owner can have no Leads."""
_OTHER = ", or name another user or queue under routing"
_SAID: Mapping[str, tuple[str, str]] = {
    "inactive": ("the owner {who} is not active", "activate the user"),
    "not_there": ("the owner {who} does not exist here", "correct the id"),
    "not_a_user": ("the owner {who} is no user who can have Leads", "name a standard user"),
    "no_right": ("the owner {who} may not see Leads", "grant read on Lead in a permission set of theirs"),
    "no_leads": ("the queue {who} takes no Leads", "add Lead under Setup > Queues > Supported Objects"),
    "empty": ("the queue {who} has no members", "add members under Setup > Queues"),
}


def findings(client: Client, needs: Needs) -> Iterator[Finding]:
    """One finding per owner who can have no Leads, else one that all can. Of spare ones others take the place
    meanwhile: they are warned of, and stop nothing. Raises SystemFailure."""
    named = list(dict.fromkeys([*needs.owners, *needs.spare_owners]))
    if not named:
        return
    why = _unfit(client, named)
    unattended = {owner[:15] for owner in needs.unattended_owners}
    why = {owner: code for owner, code in why.items() if code != "empty" or owner not in unattended}
    last = {owner[:15] for owner in needs.owners}
    for owner in named:
        code = why.get(owner[:15], "")
        if code:
            title, cure = _SAID[code]
            level = Level.PROBLEM if owner[:15] in last else Level.WARNING
            detail = "" if level is Level.PROBLEM else "passed over meanwhile: the next step is asked"
            yield finding(
                level, f"{PREFIX}{code}", title.format(who=owner), detail, f"{cure}{_OTHER}", subject=owner
            )
    if not why:
        yield finding(Level.OK, "owner", f"all {len(named)} owners named are there and can have Leads")


def _unfit(client: Client, named: Sequence[str]) -> dict[str, str]:
    """Why each of these can have no Leads, by the first 15 characters of the id."""
    where = soql.one_of("Id", named)
    users = soql.Select("User", ("Id", "IsActive", "UserType"), where)
    queues = soql.Select("Group", ("Id", "Type"), where)
    rows = client.queries((Query(users.text()), Query(queues.text())), "query owners")
    found = {_short(row["Id"]): _of_user(row) for row in rows[0].records}
    found |= {_short(row["Id"]): "" if row["Type"] == "Queue" else "not_there" for row in rows[1].records}
    why = {owner[:15]: found.get(owner[:15], "not_there") for owner in named}
    good = [key for key, code in why.items() if not code]
    why |= _of_queues(client, [owner for owner in named if owner.startswith("00G") and owner[:15] in good])
    why |= _without_right(
        client, [owner for owner in named if owner.startswith("005") and owner[:15] in good]
    )
    return {key: code for key, code in why.items() if code}


def _of_user(row: Row) -> str:
    if not row["IsActive"]:
        return "inactive"
    return "" if row.get("UserType") in {None, "Standard"} else "not_a_user"


def _of_queues(client: Client, queues: Sequence[str]) -> dict[str, str]:
    """Queues that take no Leads, or nobody looks into."""
    if not queues:
        return {}
    where = soql.every(soql.one_of("QueueId", queues), soql.equals("SobjectType", LEAD))
    takers = _seen(client, soql.Select("QueueSobject", ("QueueId",), where), "query queues")
    members = _seen(
        client, soql.Select("GroupMember", ("GroupId",), soql.one_of("GroupId", queues)), "query members"
    )
    taking = None if takers is None else {_short(row["QueueId"]) for row in takers}
    manned = None if members is None else {_short(row["GroupId"]) for row in members}
    found: dict[str, str] = {}
    for queue in (item[:15] for item in queues):
        if taking is not None and queue not in taking:
            found[queue] = "no_leads"
        elif manned is not None and queue not in manned:
            found[queue] = "empty"
    return found


def _without_right(client: Client, users: Sequence[str]) -> dict[str, str]:
    """Users none of whose permission sets, the profile's own among them, lets them read Leads."""
    if not users:
        return {}
    given = _seen(
        client,
        soql.Select(
            "PermissionSetAssignment", ("AssigneeId", "PermissionSetId"), soql.one_of("AssigneeId", users)
        ),
        "query permission sets",
    )
    allowed = soql.every(soql.equals("SobjectType", LEAD), soql.equals("PermissionsRead", value=True))
    rights = _seen(client, soql.Select("ObjectPermissions", ("ParentId",), allowed), "query rights")
    if not given or not rights:
        return {}
    allowing = {_short(row["ParentId"]) for row in rights}
    by_user: dict[str, set[str]] = {}
    for row in given:
        by_user.setdefault(_short(row["AssigneeId"]), set()).add(_short(row["PermissionSetId"]))
    return {user: "no_right" for user, sets in by_user.items() if not sets & allowing}


def _seen(client: Client, select: soql.Select, endpoint: str) -> tuple[Row, ...] | None:
    """Rows, or None where the org does not show them to the integration user."""
    try:
        return tuple(client.all_rows(Query(select.text()), endpoint))
    except SystemFailure as error:
        if error.failure.recovery is not Recovery.CONFIGURATION:
            raise
        return None


def _short(value: object) -> str:
    return decode.text_of(value)[:15]
