"""How a command that changes something is carried out: as a request, with the person's name.

With a daemon running, its holder of the lease executes the request within a second; without one, the command
takes the lease itself. Either way the answer is what was stored.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from syncd.cli.show import EXIT_OK, EXIT_PERSON, Fault, as_json, console

if TYPE_CHECKING:
    from syncd.cli.place import Place
    from syncd.core.playbook import Playbook
    from syncd.jobs.cycle import Cycle
    from syncd.ports import Clock
    from syncd.store.engine import Store
    from syncd.store.lease import Token

WAIT_S = 15.0
TTL_S = 60.0


def ask(
    store: Store,
    playbook: Playbook,
    clock: Clock,
    verb: str,
    person: str,
    arguments: Mapping[str, Any],
    *,
    json: bool = False,
) -> int:
    """Store the request, see it executed, print the answer. 0 when done, 3 when it was refused."""
    from syncd.jobs.asked import execute_requests
    from syncd.store import lease, work

    quiet_logs()
    if not person.strip():
        raise Fault("say who you are: --by NAME (every manual act keeps a name)")
    with store.write(None) as tx:
        request_id = work.ask(tx, verb, person.strip(), arguments, clock.now())
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        token = lease.take(store, lease.owner_name(), TTL_S)
        if token is not None:
            try:
                execute_requests(store, token, clock.now(), playbook)
            finally:
                token.release()
        with store.read() as tx:
            answered = work.answered(tx, request_id)
        if answered is not None:
            return _show(answered, json=json)
        time.sleep(0.2)
    raise Fault(
        f"the daemon has not answered within {WAIT_S:.0f} s; the request is stored and will be done", 1
    )


def carry_out(
    place: Place, work: Callable[[Cycle], object], give_up: Callable[[Token], None] | None = None
) -> bool:
    """Do a request's work in this process; False while a daemon holds the store. `give_up` is called, with
    the lease still in hand, where it fails."""
    from syncd import app
    from syncd.jobs.cycle import Cycle
    from syncd.store import lease

    token = lease.take(place.store, lease.owner_name(), TTL_S)
    if token is None:
        return False
    try:
        parts = app.build(place.folder)
        try:
            cycle = Cycle(parts, token)
            cycle.begin()
            work(cycle)
        finally:
            app.close(parts)
    except Exception:
        if give_up is not None:
            give_up(token)
        raise
    finally:
        token.release()
    return True


def quiet_logs() -> None:
    """Warnings only, and on standard error: standard output is the answer's alone."""
    from syncd.logs import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _show(answered: tuple[str, str], *, json: bool) -> int:
    result, message = answered
    if json:
        as_json({"result": result, "message": message})
    else:
        console().print(message[:1].upper() + message[1:], markup=False)
    return EXIT_OK if result == "done" else EXIT_PERSON
