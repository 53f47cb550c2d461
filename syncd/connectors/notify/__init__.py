"""Alerts to people: files, web hooks, chats, mail and the services apprise knows, behind one `ports.Target`.

`Notify` sends; `channels`, `chat` and `mail` are the ways out; `message` is the text, bounded and inert.
"""

from syncd.connectors.notify.connector import LinkMaker, Notify
from syncd.connectors.notify.way import Way

__all__ = ["LinkMaker", "Notify", "Way"]
