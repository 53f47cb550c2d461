"""An org as `syncd doctor` and `uninstall` see it: what is set up there, apart from records.

Not imported by the daemon.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncd.connectors.salesforce import automations
from syncd.connectors.salesforce.client import Client
from syncd.connectors.salesforce.schema import Schema
from syncd.connectors.salesforce.tokens import Grant, TokenSource
from syncd.connectors.transport import TransportOptions
from syncd.ports import FieldDefinition, Finding, SystemFailure


class OrgSetup:
    """One org's set-up."""

    def __init__(
        self, grant: Grant, login_url: str, api_version: str, transport: TransportOptions | None = None
    ) -> None:
        self._client = Client(TokenSource(grant, login_url, transport), api_version, transport)
        self._schema = Schema(self._client, life_s=3600.0)

    def automations(self) -> tuple[Finding, ...]:
        """What the org runs when we write, and what of it could not be read. Never raises."""
        return tuple(automations.listed(self._client))

    def there(self, definitions: Sequence[FieldDefinition]) -> tuple[FieldDefinition, ...]:
        """Those of these fields that the org shows us. Raises SystemFailure."""
        return tuple(item for item in definitions if item.name in self._fields(item.object_type))

    def _fields(self, object_type: str) -> frozenset[str]:
        try:
            return frozenset(self._schema.of(object_type).fields)
        except SystemFailure as error:
            if error.failure.code == "salesforce.object_missing":
                return frozenset()
            raise

    def close(self) -> None:
        self._client.close()
