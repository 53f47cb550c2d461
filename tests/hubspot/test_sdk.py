"""The SDK is imported without what we never use: memory of the daemon."""

from __future__ import annotations

import subprocess
import sys

PACKAGES = {
    "crm.objects": "SearchApi",
    "crm.associations.v4": "BatchApi",
    "crm.owners": "OwnersApi",
    "crm.properties": "CoreApi",
    "crm.lists": "ListsApi",
    "marketing.forms": "FormsApi",
    "marketing.events": "BasicApi",
    "events": "EventsApi",
}


def test_an_api_comes_without_the_models_of_its_package() -> None:
    """A process of its own, since tests import more than the daemon does."""
    code = (
        "import sys; from syncd.connectors.hubspot.sdk import Sdk; "
        "from syncd.connectors.transport import Transport; from syncd.core.model import System; "
        "sdk = Sdk(Transport(System.HUBSPOT, 'http://127.0.0.1:9', headers={})); "
        f"made = [type(sdk.api(*item)).__name__ for item in {PACKAGES}.items()]; "
        f"assert made == {list(PACKAGES.values())}, made; "
        "print(*[name for name in sys.modules if '.models.' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
