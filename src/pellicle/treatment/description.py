# SPDX-License-Identifier: Apache-2.0
"""`treatment.toml`: what the work is, and the settings that hold until changed.

People edit this file; comments and order are kept when Pellicle changes it.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from tomlkit import TOMLDocument
from tomlkit.exceptions import TOMLKitError

from pellicle.errors import TreatmentDamagedError
from pellicle.io.writing import write_whole

FILE_NAME = "treatment.toml"

_NEW = """\
# What the work is. Fill in what you know; all of it stands in the report, the title on
# the film's tab too. Size is width and height of the work itself, in millimetres:
# size_mm = [740.0, 1010.0]
title = ""
artist = ""
inventory_number = ""
owner = ""
examination = ""

# Settings of each step, as last given on the command line. A step is done again when
# its settings change.
"""


_LengthMm = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Description(BaseModel):
    """Content of `treatment.toml`.

    Attributes
    ----------
    size_mm
        Width and height of the work, as measured; the scan's scale is a setting.
    examination
        What was examined, when, by whom: free text.
    settings
        By step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = ""
    artist: str = ""
    inventory_number: str = ""
    owner: str = ""
    size_mm: tuple[_LengthMm, _LengthMm] | None = None
    examination: str = ""
    settings: dict[str, dict[str, JsonValue]] = {}

    def step(self, name: str) -> dict[str, Any]:
        """Settings of one step."""
        return dict(self.settings.get(name, {}))


def read_description(folder: Path) -> Description:
    """Read `treatment.toml`.

    Raises
    ------
    TreatmentDamagedError
        If it is missing, is not TOML, or holds something unknown.
    """
    path = folder / FILE_NAME
    content = _parsed(path, _read(path)).unwrap()
    try:
        return Description.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        unknown = first["type"] == "extra_forbidden"
        found = "there is no such entry" if unknown else first["msg"].lower()
        raise TreatmentDamagedError(str(path), f"{where}: {found}") from error


def write_description(folder: Path, changes: Mapping[str, Any]) -> None:
    """Change entries of `treatment.toml`; make the file if there is none.

    Parameters
    ----------
    changes
        Dotted names to values: `{"title": "Madonna", "settings.scan.ppi": 600.0}`;
        a value of None removes the entry.

    Raises
    ------
    TreatmentDamagedError
        If the file that is there is not TOML.
    UnwritableError, DiskFullError
        If it cannot be written.
    """
    path = folder / FILE_NAME
    text = _read(path) if path.exists() else _NEW
    document = _parsed(path, text)
    wanted = _changed(document.unwrap(), changes, lambda _name: {})
    write_whole(path, _text_for(document, changes, wanted).encode())


def _read(path: Path) -> str:
    try:
        # Some editors on Windows put a byte order mark first.
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise TreatmentDamagedError(str(path), reason.lower()) from error
    except UnicodeDecodeError as error:
        raise TreatmentDamagedError(str(path), "it is not UTF-8 text") from error


def _parsed(path: Path, text: str) -> TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise TreatmentDamagedError(str(path), f"it is not TOML: {error}") from error


def _text_for(
    document: TOMLDocument, changes: Mapping[str, Any], wanted: dict[str, Any]
) -> str:
    """Text that holds `wanted`: the document with its comments, if that can be."""
    try:
        text = tomlkit.dumps(_changed(document, changes, _new_table))
        if tomlkit.parse(text).unwrap() == wanted:
            return text
    except (TOMLKitError, TypeError, ValueError):
        pass  # in-line tables cannot be added to
    # Dotted keys and in-line tables are not edited rightly: values before comments.
    return tomlkit.dumps(wanted)


def _new_table(name: str) -> Any:
    return tomlkit.table(is_super_table=name == "settings")


def _changed(
    document: Any, changes: Mapping[str, Any], new_table: Callable[[str], Any]
) -> Any:
    for dotted, value in changes.items():
        *tables, name = dotted.split(".")
        table = document
        for part in tables:
            if part not in table and value is not None:
                table[part] = new_table(part)
            table = table.get(part, {})
        if value is not None:
            table[name] = value
        elif name in table:
            del table[name]
    return document
