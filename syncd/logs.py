"""The seam to structlog: imported without its tracebacks in colour, which syncd never shows.

Where rich is installed, structlog imports half of it, pygments and attrs: 5 MB of a daemon that is to stay
under 100 MB. Its tracebacks in colour print local variables too, and those hold what people wrote. The
command line uses rich for tables, and finds it as it was.
"""

from __future__ import annotations

import sys

_rich = sys.modules.get("rich")
sys.modules["rich"] = None  # type: ignore[assignment]  # as if it were not installed
try:
    import structlog
finally:
    if _rich is None:
        del sys.modules["rich"]
    else:
        sys.modules["rich"] = _rich

__all__ = ["structlog"]
