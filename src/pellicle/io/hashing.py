# SPDX-License-Identifier: Apache-2.0
"""Hashes of values, files and folders: what identity and fixity rest on."""

import hashlib
import json
from pathlib import Path
from typing import Any

_LEFT_BY_SYSTEMS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Files that desktops leave in folders that people look into."""


def hash_of(value: Any) -> str:
    """Hash of a JSON value, 64 hex digits; the order of a table's names is nothing.

    A whole number and the same number with a fraction of 0 are two values.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Hash of a file's content, 64 hex digits; read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_sha256(folder: Path, *, leave_out: frozenset[str] = frozenset()) -> str:
    """Hash over the names and contents of all files below a folder, 64 hex digits.

    Parameters
    ----------
    leave_out
        Names below the folder, with "/", that do not count; nor do the files in which
        desktops keep their views.
    """
    # Names are sorted as text: paths sort otherwise on Windows.
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in _LEFT_BY_SYSTEMS
    )
    total = hashlib.sha256()
    for name in names:
        if name not in leave_out:
            total.update(f"{name}\0{file_sha256(folder / name)}\n".encode())
    return total.hexdigest()
