# SPDX-License-Identifier: Apache-2.0
"""From what went wrong to a message and an exit code, never a traceback."""

import errno
import sys
import traceback
from pathlib import Path

import click
from platformdirs import user_log_path

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
    if isinstance(error, click.exceptions.Exit):
        return int(error.exit_code)
    if isinstance(error, click.ClickException):
        hint = "See `pellicle --help`."
        if isinstance(error, click.UsageError) and error.ctx is not None:
            hint = f"See `{error.ctx.command_path} --help`."
        _say(f"{error.format_message().rstrip('.')}. {hint} [usage]")
        return USAGE
    if isinstance(error, KeyboardInterrupt | click.Abort):
        _say(
            "Interrupted. What was finished is kept; "
            "run the same command again to go on. [interrupted]"
        )
        return INTERRUPTED
    if isinstance(error, OSError) and error.errno in _WRITE_ERRORS:
        named = cannot_write(Path(str(error.filename or "a file")), error)
        _say(str(named))
        return named.exit_status
    return _internal(error)


def _internal(error: BaseException) -> int:
    log = user_log_path("pellicle", appauthor=False) / "error.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        where = f"Please report it, with the file {log}."
    except OSError:
        where = "Please report it."
    what = f"{type(error).__name__}: {error}".rstrip(": ")
    _say(f"Something went wrong inside Pellicle ({what}). {where} [internal]")
    return PellicleError.exit_status


def _say(text: str) -> None:
    sys.stderr.write(f"error: {text}\n")
