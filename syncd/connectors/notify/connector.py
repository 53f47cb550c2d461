"""Alerts to people: each goes to one channel, at least once, and says so when it comes again.

A message cannot be looked up where it went, so a lost answer means it is sent again marked `(repeat)`, with
the same id. What this process knows to have arrived is not sent twice. Alerts marked as late go together as
one digest per channel.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from syncd.connectors.notify.channels import open_channel
from syncd.connectors.notify.message import Message, digest, message_id, of_write
from syncd.connectors.notify.way import Channel, Proof, Way, configuration
from syncd.connectors.transport import TransportOptions
from syncd.core.model import Ref, System
from syncd.ports import (
    Budget,
    Failure,
    Finding,
    Found,
    Level,
    Lookup,
    Outcome,
    Recovery,
    Result,
    SystemFailure,
    Usage,
    Write,
)

REMEMBERED_MAX = 10_000

LinkMaker: TypeAlias = Callable[[Mapping[str, object]], Iterable[tuple[str, str]]]
"""From an alert's payload to labels and addresses by which it can be answered."""


class Notify:
    """The channels of one installation. Implements `ports.Target`, for effects of kind `alert`."""

    system = System.NOTIFY
    batch_max = 200

    def __init__(
        self,
        channels: Mapping[str, str | Way],
        state_dir: Path,
        transport: TransportOptions | None = None,
        links: LinkMaker | None = None,
    ) -> None:
        """`channels` are addresses by id; a `file:` one is relative to `state_dir`. `links` makes those an
        alert is answered by. Makes no call."""
        self._ways = {name: Way(way) if isinstance(way, str) else way for name, way in channels.items()}
        self._links = links
        self._state_dir = state_dir
        self._options = transport
        self._open: dict[str, Channel] = {}
        self._lock = threading.Lock()
        self._arrived: dict[str, None] = {}
        self._tried: dict[str, None] = {}

    def read(self, lookups: Sequence[Lookup]) -> tuple[Found, ...]:
        """Nothing: a message cannot be looked up."""
        return tuple(Found(lookup.effect_id) for lookup in lookups)

    def apply(self, writes: Sequence[Write]) -> tuple[Outcome, ...]:
        """One outcome per write, by position. One channel that fails stops no other. Never raises."""
        outcomes: dict[int, Outcome] = {}
        late: dict[tuple[str, str], list[int]] = {}
        for at, write in enumerate(writes):
            channel = str(write.payload.get("channel") or "")
            if self._has_arrived(write):
                outcomes[at] = _done(write, "had arrived already", is_created=False)
            elif write.payload.get("digest"):
                late.setdefault((channel, _reader(write)), []).append(at)
            else:
                outcomes[at] = self._send(channel, self._message(write), [write])[0]
        for (channel, _whose), positions in late.items():
            items = [writes[at] for at in positions]
            together = digest([self._message(write) for write in items])
            outcomes.update(zip(positions, self._send(channel, together, items), strict=True))
        return tuple(outcomes[at] for at in range(len(writes)))

    def inspect(self) -> tuple[Finding, ...]:
        """Whether each channel has an address something can be sent to. Sends nothing, never raises."""
        found = []
        for name in sorted(self._ways):
            try:
                self._channel(name)
            except SystemFailure as error:
                failure = error.failure
                found.append(
                    Finding(Level.PROBLEM, System.NOTIFY, failure.code, failure.message, cure=failure.cure)
                )
            else:
                found.append(
                    Finding(Level.OK, System.NOTIFY, "notify.channel", f"channel {name} has an address")
                )
        return tuple(found)

    def usage(self) -> tuple[Usage, ...]:
        with self._lock:
            return tuple(item for channel in self._open.values() for item in channel.usage())

    def budgets(self) -> tuple[Budget, ...]:
        return ()

    def close(self) -> None:
        with self._lock:
            held, self._open = list(self._open.values()), {}
        for channel in held:
            channel.close()

    # --- one message -------------------------------------------------------------------------------------

    def _message(self, write: Write) -> Message:
        with self._lock:
            is_repeat = write.is_repeat or _memory_of(write) in self._tried
        message = of_write(write, is_repeat=is_repeat)
        if self._links is None or not write.payload.get("may_answer"):
            return message
        return replace(message, links=tuple(self._links(write.payload)))

    def _send(self, channel: str, message: Message, writes: Sequence[Write]) -> list[Outcome]:
        """Send one message that stands for these writes; their outcomes are the same."""
        try:
            proof = self._channel(channel).send(message)
        except SystemFailure as error:
            is_unknown = error.failure.recovery is Recovery.UNKNOWN
            if is_unknown:
                self._note(self._tried, writes)
            result = Result.UNKNOWN if is_unknown else Result.FAILED
            return [Outcome(write.effect_id, result, failure=error.failure) for write in writes]
        self._note(self._arrived, writes)
        note = f"{proof.note}; sent again after an unknown answer" if message.is_repeat else proof.note
        return [_done(write, note, proof) for write in writes]

    def _channel(self, name: str) -> Channel:
        """The open channel. Raises SystemFailure(CONFIGURATION)."""
        with self._lock:
            if name not in self._open:
                if name not in self._ways:
                    raise SystemFailure(_unknown_channel(name))
                self._open[name] = open_channel(name, self._ways[name], self._state_dir, self._options)
            return self._open[name]

    def _has_arrived(self, write: Write) -> bool:
        with self._lock:
            return _memory_of(write) in self._arrived

    def _note(self, memory: dict[str, None], writes: Sequence[Write]) -> None:
        """Remember the newest ids, a bounded number of them."""
        with self._lock:
            memory.update(dict.fromkeys(_memory_of(write) for write in writes))
            while len(memory) > REMEMBERED_MAX:
                del memory[next(iter(memory))]


def _memory_of(write: Write) -> str:
    """What tells this alert from all others: a new effect is a new alert, even for the same event."""
    return f"{write.effect_id}:{message_id(write)}"


def _done(write: Write, note: str, proof: Proof | None = None, *, is_created: bool = True) -> Outcome:
    """Done; the reference is the other side's own id where it gave one."""
    known = proof is not None and proof.id
    ref = Ref(System.NOTIFY, proof.kind, proof.id) if proof and known else _own_ref(write)
    return Outcome(write.effect_id, Result.DONE, ref, is_created=is_created, note=note)


def _reader(write: Write) -> str:
    """Whose message it is, where the channel goes to the owner of a record: what is late is told to each."""
    return str(write.payload.get("owner_id") or "") if write.payload.get("is_to_owner") else ""


def _own_ref(write: Write) -> Ref:
    return Ref(System.NOTIFY, "alert", message_id(write))


def _unknown_channel(name: str) -> Failure:
    return configuration(
        "notify.unknown_channel",
        f"there is no channel {name!r} with an address",
        "add it under channels in connections.yaml and set its address, or take it out of alerts.yaml",
    )
