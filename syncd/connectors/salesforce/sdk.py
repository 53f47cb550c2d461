"""The seam to simple-salesforce: imported on first use, and without the halves we never use.

Its package imports the SOAP client of the Metadata API (zeep, lxml), its own ways to log in (PyJWT,
cryptography) and the Bulk API: some 15 MB of a daemon that is to stay under 100 MB. Tokens are ours
(`tokens`), SOAP and bulk jobs nobody's. These modules are put in place empty before the library is first
imported; whatever asks them for something fails at once and by name.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

UNUSED = {
    "simple_salesforce.metadata": "SfdcMetadataApi",
    "simple_salesforce.login": "SalesforceLogin",
    "simple_salesforce.bulk": "SFBulkHandler",
    "simple_salesforce.bulk2": "SFBulk2Handler",
}
"""The modules left out, and what the library takes from each."""


class Missing:
    """Stands where the library has a class that syncd leaves out."""

    def __init__(self, *_: object, **__: object) -> None:
        raise NotImplementedError(
            "syncd imports simple-salesforce without its logins, its Metadata API and its Bulk API"
        )


def library() -> Any:
    """The package `simple_salesforce`."""
    for name, taken in UNUSED.items():
        if name not in sys.modules:
            empty = ModuleType(name)
            setattr(empty, taken, Missing)
            sys.modules[name] = empty
    return importlib.import_module("simple_salesforce")
