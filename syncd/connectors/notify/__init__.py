"""Alerts to people: files, web hooks and the services apprise knows, behind one `ports.Target`.

`Notify` sends; `channels` are the ways out; `message` is the text, bounded and inert.
"""

from syncd.connectors.notify.connector import Notify

__all__ = ["Notify"]
