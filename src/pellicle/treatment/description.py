# SPDX-License-Identifier: Apache-2.0
"""`treatment.toml`: what the work is, and the settings that hold until changed.

People edit this file; comments and order are kept when Pellicle changes it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import BaseModel, ConfigDict, ValidationError
from tomlkit.exceptions import TOMLKitError

from pellicle.errors import TreatmentDamagedError
from pellicle.io.writing import write_whole

FILE_NAME = "treatment.toml"

_NEW = """\
# What the work is. Fill in what you know; it is printed on the film's tab and in the
# report.
title = ""
artist = ""
inventory_number = ""
owner = ""
examination = ""

# Settings of each step, as last given on the command line. A step is done again when
# its settings change.
"""


class Description(BaseModel):
    """Content of `treatment.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = ""
    artist: str = ""
    inventory_number: str = ""
    owner: str = ""
    examination: str = ""
    settings: dict[str, dict[str, Any]] = {}

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
    try:
        content = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
        return Description.model_validate(content)
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise TreatmentDamagedError(str(path), str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise TreatmentDamagedError(str(path), f"{where}: {first['msg']}") from error


def write_description(folder: Path, changes: Mapping[str, Any]) -> None:
    """Change entries of `treatment.toml`; make the file if there is none.

    Parameters
    ----------
    changes
        Dotted names to values: `{"title": "Madonna", "settings.scan.ppi": 600.0}`;
        a value of None removes the entry.
    """
    path = folder / FILE_NAME
    text = path.read_text(encoding="utf-8") if path.exists() else _NEW
    document = tomlkit.parse(text)
    for dotted, value in changes.items():
        *tables, name = dotted.split(".")
        table: Any = document
        for part in tables:
            if part not in table:
                table[part] = tomlkit.table(is_super_table=part == "settings")
            table = table[part]
        if value is not None:
            table[name] = value
        elif name in table:
            del table[name]
    write_whole(path, tomlkit.dumps(document).encode())
