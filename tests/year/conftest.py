"""Quiet logs, as for the other whole loops."""

from tests.loop.conftest import quiet_logs

__all__ = ["quiet_logs"]
