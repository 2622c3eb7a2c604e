# SPDX-License-Identifier: Apache-2.0
"""From what went wrong to a message and an exit code, never a traceback."""

import errno
import logging
import sys
import traceback
from pathlib import Path

import typer
from platformdirs import user_log_path
from typer.exceptions import TyperException

from pellicle.errors import PellicleError
from pellicle.io.writing import cannot_write

USAGE = 2
INTERRUPTED = 130

_WRITE_ERRORS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}
)


def report(error: BaseException) -> int:
    """Say on stderr what happened and what to do; give the exit code."""
    if isinstance(error, PellicleError):
        _say(str(error))
        return error.exit_status
    if isinstance(error, typer.Exit | SystemExit):
        # The latter when whoever read our output wants no more of it: all is well.
        return int(getattr(error, "exit_code", 0))
    if isinstance(error, TyperException):
        return _usage(error)
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        # The store's reads that are cut short are nothing that a person must know of.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        _say(
            "interrupted; nothing more is needed, for what was finished is kept; "
            "run the same command again to go on [interrupted]"
        )
        return INTERRUPTED
    if isinstance(error, OSError) and error.errno in _WRITE_ERRORS:
        named = cannot_write(Path(str(error.filename or "a file")), error)
        _say(str(named))
        return named.exit_status
    return _internal(error)


def _usage(error: TyperException) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(f"{error.format_message()}\n")
        return USAGE
    asked = context.command_path if context is not None else "pellicle"
    text = error.format_message().rstrip(".").replace("; ", ", ")
    text = text[:1].lower() + text[1:]
    needed = f"a command line as `{asked} --help` shows it was needed"
    _say(f"{text}; {needed}; correct it and run it again [usage]")
    return USAGE


def _internal(error: BaseException) -> int:
    log = user_log_path("pellicle", appauthor=False) / "error.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        to_do = f"please report it, with the file {log}"
    except OSError:
        to_do = "please report it"
    what = f"{type(error).__name__}: {error}".rstrip(": ").replace("\n", " ")
    found = f"something went wrong inside Pellicle ({what})"
    _say(f"{found}; nothing of the kind was expected; {to_do} [internal]")
    return PellicleError.exit_status


def _say(text: str) -> None:
    sys.stderr.write(f"error: {text}\n")
