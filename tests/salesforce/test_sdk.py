"""The library is imported without what we never use: memory of the daemon."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("zeep", "lxml", "jwt", "cryptography", "more_itertools")


def test_the_library_brings_neither_soap_nor_logins_nor_bulk_jobs() -> None:
    """A process of its own, since tests import more than the daemon does."""
    code = (
        "import sys; from syncd.connectors.salesforce import sdk; sdk.library().Salesforce; "
        f"print(*[name for name in {HEAVY} if name in sys.modules])"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == ""
