"""The entry of `syncd` and `python -m syncd`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from syncd.cli import run  # noqa: PLC0415 - `--help` must not wait for anything heavier

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
