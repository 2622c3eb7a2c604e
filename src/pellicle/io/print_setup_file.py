# SPDX-License-Identifier: Apache-2.0
"""Print setup files.

Job: find a print setup by name or path, read it, and the ICC profile of its inks;
write one.
Not here: what a setup holds (`model/print_setup.py`), what the profile means
(`io/icc.py`).

A setup is a TOML file; its profile is a file beside it, or comes with Pellicle.
"""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pellicle.errors import (
    ImpossibleInkLimitError,
    InkProfileMissingError,
    MediaTooSmallError,
    NoSuchFileError,
    PrintSetupFileError,
    ScaleDiffersError,
    UnknownPrintSetupError,
    UnreadableFileError,
    WrongProfileError,
)
from pellicle.io.icc import describe
from pellicle.io.writing import write_whole
from pellicle.model.print_setup import (
    SCALE_NEEDED,
    PrintSetup,
    scale_is_a_printers,
)

DEFAULT_PRINT_SETUP = "film-inkjet-default"
SUFFIX = ".toml"
LEAST_INK_LIMIT_PERCENT = 100.0
"""One ink, printed fully: with less, most colours are impossible."""

SMALLEST_PAGE_MM = (148.0, 108.0)
"""Of a tab with no more text than it must have, round a few millimetres of painting."""


def built_in_print_setups() -> tuple[PrintSetup, ...]:
    """Setups that come with Pellicle, in order of their names."""
    folder = _built_in_folder()
    names = sorted(entry.name for entry in folder.iterdir())
    return tuple(
        _parsed((folder / name).read_bytes(), name)
        for name in names
        if name.endswith(SUFFIX)
    )


def load_print_setup(name_or_path: str) -> tuple[PrintSetup, bytes]:
    """Read a print setup and the ICC profile of its inks.

    Parameters
    ----------
    name_or_path
        Name of a built-in setup, or path of a TOML file. What ends in `.toml` or holds
        a path separator is a path.

    Returns
    -------
    setup
        The checked setup.
    icc_profile
        Bytes of its CMYK output profile.

    Raises
    ------
    UnknownPrintSetupError
        If no built-in setup has that name.
    NoSuchFileError, UnreadableFileError
        If the file is not there or cannot be read.
    PrintSetupFileError
        If it is not TOML, or a value in it cannot be used.
    ImpossibleInkLimitError
        If it allows less ink than one printed fully.
    ScaleDiffersError
        If it says that lengths come out wrong beyond what a printer does.
    MediaTooSmallError
        If its media have no room for the marks of any sheet.
    InkProfileMissingError
        If the profile it names is nowhere to be found.
    BrokenProfileError, WrongProfileError
        If the profile is damaged, or not one of a CMYK printer.
    """
    if _is_path(name_or_path):
        path = Path(name_or_path)
        setup = _parsed(_read(path), name_or_path)
        folder: Traversable = path.parent
    else:
        folder = _built_in_folder()
        known = tuple(setup.name for setup in built_in_print_setups())
        if name_or_path not in known:
            raise UnknownPrintSetupError(name_or_path, known)
        file_name = name_or_path + SUFFIX
        setup = _parsed((folder / file_name).read_bytes(), file_name)
    _check(setup, name_or_path)
    icc_profile = _profile(setup.inks.profile, folder, name_or_path)
    _check_profile(icc_profile)
    return setup, icc_profile


def write_print_setup(
    path: Path, setup: PrintSetup, profile_path: Path, icc_profile: bytes
) -> None:
    """Write a setup and its profile; the profile first, so that none is without.

    Raises
    ------
    DiskFullError, UnwritableError
        If they cannot be written.
    """
    write_whole(profile_path, icc_profile)
    write_whole(path, "".join(_toml(setup.model_dump(mode="json"))).encode())


def _toml(values: Mapping[str, Any]) -> Iterator[str]:
    yield "# Print setup, written by `pellicle print-setup fit`.\n"
    yield "# [measured] says how figures came about, [unmeasured] what is assumed.\n"
    yield from _entries(values, "")


def _entries(values: Mapping[str, Any], table: str) -> Iterator[str]:
    """A table's own entries, then its tables: TOML, whose texts are JSON's."""
    known = {key: value for key, value in values.items() if value is not None}
    for key, value in known.items():
        if not isinstance(value, dict):
            yield f"{key} = {json.dumps(value, ensure_ascii=False)}\n"
    for key, value in known.items():
        if isinstance(value, dict):
            name = f"{table}.{key}" if table else key
            yield f"\n[{name}]\n"
            yield from _entries(value, name)


def _built_in_folder() -> Traversable:
    return files("pellicle") / "print_setups"


def _is_path(name_or_path: str) -> bool:
    separators = {os.sep, os.altsep, "/"} - {None}
    return name_or_path.endswith(SUFFIX) or any(
        separator in name_or_path for separator in separators if separator
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NoSuchFileError(str(path), "does not exist") from error
    except IsADirectoryError as error:
        raise NoSuchFileError(str(path), "is a folder") from error
    except OSError as error:
        raise UnreadableFileError(str(path), error.strerror or "unknown") from error


def _parsed(content: bytes, shown: str) -> PrintSetup:
    try:
        values = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PrintSetupFileError(shown, "", f"it is not TOML: {error}") from error
    try:
        return PrintSetup.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        found = "" if first["type"] == "missing" else f" (found {first['input']!r})"
        raise PrintSetupFileError(shown, place, first["msg"].lower() + found) from error


def _profile(name: str, folder: Traversable, shown: str) -> bytes:
    for place in (folder, _built_in_folder()):
        candidate = place / name
        if candidate.is_file():
            return candidate.read_bytes()
    raise InkProfileMissingError(name, shown)


def _check(setup: PrintSetup, shown: str) -> None:
    """Refuse what no print can be made with before any work is done with it."""
    if setup.inks.ink_limit_percent < LEAST_INK_LIMIT_PERCENT:
        raise ImpossibleInkLimitError(
            shown, setup.inks.ink_limit_percent, LEAST_INK_LIMIT_PERCENT
        )
    scales = setup.geometry.scale_x, setup.geometry.scale_y
    if not scale_is_a_printers(*scales):
        across, down = (100 * scale for scale in scales)
        raise ScaleDiffersError(across, down, SCALE_NEEDED, shown)
    if setup.media is not None:
        printable = setup.media.printable_mm
        sides = sorted(printable), sorted(SMALLEST_PAGE_MM)
        if any(has < needs for has, needs in zip(*sides, strict=True)):
            raise MediaTooSmallError(shown, printable, SMALLEST_PAGE_MM)


def _check_profile(icc_profile: bytes) -> None:
    """Refuse what cannot be a printer's profile before any work is done with it."""
    info = describe(icc_profile)
    if info.colour_space != "CMYK" or info.device_class != "output device":
        raise WrongProfileError(
            info.description,
            f"{info.colour_space}, {info.device_class}",
            "printing needs a CMYK output profile",
        )
