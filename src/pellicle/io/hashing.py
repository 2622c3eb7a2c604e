# SPDX-License-Identifier: Apache-2.0
"""Hashes of values, files and folders: what identity and fixity rest on."""

import hashlib
import json
from pathlib import Path
from typing import Any


def hash_of(value: Any) -> str:
    """Hash of a JSON value, 64 hex digits; equal values have equal hashes."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Hash of a file's content, 64 hex digits; read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_sha256(folder: Path, *, leave_out: frozenset[str] = frozenset()) -> str:
    """Hash over the names and contents of all files below a folder, 64 hex digits."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in leave_out:
            total.update(f"{name}\0{file_sha256(path)}\n".encode())
    return total.hexdigest()
