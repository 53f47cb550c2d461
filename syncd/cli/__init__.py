"""The command line: one module per group of verbs, thin, imported only when its verb is used.

A user's mistake ends in a sentence and an exit code, never a traceback: 0 ok, 1 problems found, 2 usage or
configuration, 3 needs a person.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from syncd.cli.show import (
    EXIT_PROBLEMS,
    EXIT_USAGE,
    Fault,
    as_json,
    complain,
    console,
    problem_lines,
    width_of,
)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    from syncd.cli.commands import build

    wants_json = "--json" in arguments
    try:
        with _profile(arguments) as rest:
            code = build()(args=rest, prog_name="syncd", standalone_mode=False)
    except Fault as fault:
        return _report(fault, wants_json=wants_json)
    except KeyboardInterrupt:
        complain("stopped")
        return EXIT_USAGE
    except Exception as error:
        fault_found = _known(error)
        if fault_found is None:
            raise
        return _report(fault_found, wants_json=wants_json)
    return code if isinstance(code, int) else 0


@contextmanager
def _profile(arguments: Sequence[str]) -> Iterator[list[str]]:
    """The arguments without `--profile NAME`, wherever it stands: it is in the environment meanwhile."""
    rest = list(arguments)
    before = os.environ.get(PROFILE)
    for place, word in enumerate(rest):
        name, has_value, value = word.partition("=")
        if name != "--profile" or "--" in rest[:place]:
            continue
        if not has_value and place + 1 >= len(rest):
            raise Fault("say which profile: --profile NAME", EXIT_USAGE)
        os.environ[PROFILE] = value if has_value else rest[place + 1]
        del rest[place : place + (1 if has_value else 2)]
        break
    try:
        yield rest
    finally:
        if before is None:
            os.environ.pop(PROFILE, None)
        else:
            os.environ[PROFILE] = before


PROFILE = "SYNCD_PROFILE"


def _report(fault: Fault, *, wants_json: bool) -> int:
    if wants_json:
        as_json({"error": str(fault), "exit_code": fault.code, "details": fault.data})
    else:
        complain(str(fault))
    return fault.code


def _known(error: Exception) -> Fault | None:
    """Errors of the parts below that are the user's or the environment's, as a Fault; None for our own."""
    from syncd.core.plain import counted
    from syncd.jobs.binding import WrongAccount
    from syncd.ports import Recovery, SystemFailure
    from syncd.settings import Invalid
    from syncd.store.engine import StoreUnavailable
    from syncd.store.lease import LeaseLost
    from syncd.store.schema import SchemaMismatch

    usage = _usage(error)
    if usage is not None:
        return usage
    if isinstance(error, Invalid):
        width = width_of(console())
        shown = "\n\n".join("\n".join(problem_lines(problem, width)) for problem in error.problems)
        count = len(error.problems)
        head = f"{counted(count, 'problem')} in the configuration:\n\n"
        return Fault(head + shown, EXIT_USAGE, [problem.as_dict() for problem in error.problems])
    if isinstance(error, SystemFailure):
        failure = error.failure
        cure = f" {failure.cure[:1].upper()}{failure.cure[1:]}." if failure.cure else ""
        code = EXIT_USAGE if failure.recovery == Recovery.CONFIGURATION else EXIT_PROBLEMS
        return Fault(f"{failure.system}: {failure.message}.{cure} ({failure.code})", code)
    if isinstance(error, (StoreUnavailable, SchemaMismatch, WrongAccount)):
        return Fault(str(error), EXIT_USAGE)
    if isinstance(error, LeaseLost):
        return Fault(f"stopped: {error}. Nothing of the work in hand was written.", 1)
    return None


def _usage(error: Exception) -> Fault | None:
    """A mistake in the arguments. Known by its methods: the parser's classes have moved between releases."""
    message = getattr(error, "format_message", None)
    if message is None:
        return Fault("stopped", EXIT_USAGE) if type(error).__name__ == "Abort" else None
    context = getattr(error, "ctx", None)
    usage = f"{context.get_usage()}\n" if context is not None else ""
    return Fault(f"{usage}{message()}", EXIT_USAGE)
