"""A mail server on loopback that plays a script: whom it refuses, where it breaks off. It keeps its mails."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field
from types import TracebackType


@dataclass
class Mailbox:
    """`answers` override the answer to a command; `hang_up_after` is the command whose answer is lost."""

    answers: dict[str, str] = field(default_factory=dict)
    hang_up_after: str = ""
    mails: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    def __enter__(self) -> Mailbox:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # else the thread that accepts keeps it open
        self._thread.join(5)
        self._listener.close()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._port}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _where = self._listener.accept()
            except OSError:
                return
            with connection:
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        stream = connection.makefile("rwb")

        def say(line: str) -> None:
            stream.write(line.encode() + b"\r\n")
            stream.flush()

        say("220 loopback")
        for raw in stream:
            line = raw.decode().strip()
            word = line.split(" ")[0].split(":")[0].upper()
            self.commands.append(line)
            if word == "DATA" and word not in self.answers:
                say("354 go on")
                text: list[str] = []
                for part in stream:
                    if part == b".\r\n":
                        break
                    text.append(part.decode().removeprefix(".") if part.startswith(b"..") else part.decode())
                if self.hang_up_after == "text":
                    return
                self.mails.append("".join(text))
                say(self.answers.get("text", "250 taken"))
                continue
            if self.hang_up_after == word:
                return
            say(self.answers.get(word, "221 bye" if word == "QUIT" else "250 ok"))
            if word == "QUIT":
                return
