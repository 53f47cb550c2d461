"""A portal as `syncd setup`, `doctor` and `uninstall` see it: what is set up there, apart from records.

Not imported by the daemon.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from syncd.connectors.hubspot import automations, provisioning
from syncd.connectors.hubspot.api import Api
from syncd.connectors.hubspot.errors import Classifier
from syncd.connectors.hubspot.paths import NUMBERED, path_table
from syncd.connectors.transport import Transport, TransportOptions
from syncd.core.model import System
from syncd.ports import Account, FieldDefinition, Finding, Needs, SetupStep


class Portal:
    """One portal's set-up. Methods raise SystemFailure unless they say not."""

    def __init__(
        self,
        token: str,
        base_url: str,
        api_version: str = NUMBERED,
        transport: TransportOptions | None = None,
    ) -> None:
        how = transport or TransportOptions()
        self._transport = Transport(
            System.HUBSPOT,
            base_url,
            headers={"Authorization": f"Bearer {token}"},
            classify=Classifier(how.clock.now if how.clock is not None else lambda: datetime.now(UTC)),
            options=how,
            rewrite=path_table(api_version),
        )
        self._api = Api(self._transport)

    def account(self) -> Account:
        """The portal that answers."""
        details = self._api.details()
        return Account(System.HUBSPOT, id=str(details.portal_id), name=f"portal {details.portal_id}")

    def plan(self, definitions: Sequence[FieldDefinition]) -> tuple[SetupStep, ...]:
        """What `apply` would do; reads only."""
        return provisioning.plan(self._api, definitions)

    def apply(self, definitions: Sequence[FieldDefinition]) -> tuple[SetupStep, ...]:
        """Make what is missing, and say what was done."""
        return provisioning.apply(self._api, definitions)

    def made(self) -> tuple[tuple[str, str], ...]:
        """Name and label of every contact property that `apply` made."""
        return tuple((item.name, item.label) for item in provisioning.made(self._api))

    def automations(self, needs: Needs) -> tuple[Finding, ...]:
        """Workflows that our writes set off, or why they could not be read. Never raises."""
        return tuple(automations.listed(self._api, needs))

    def close(self) -> None:
        self._transport.close()
