# SPDX-License-Identifier: Apache-2.0
"""What the last record made, and whether it still holds.

Job: a list of files with what each rests on, its hash and its size, so that a finished
command that is repeated finds nothing to do, quickly.
Not here: making anything (`record.py`).
"""

import json
from pathlib import Path
from typing import Any

from pellicle.errors import TreatmentDamagedError, UnreadableFileError
from pellicle.io.hashing import file_sha256, hash_of
from pellicle.io.writing import write_whole
from pellicle.model.artefact import ArtefactKind
from pellicle.treatment.folder import Treatment
from pellicle.workflow.software import (
    DECODER_VERSION,
    EXPORT_VERSION,
    STEP_VERSIONS,
    software_versions,
)

REPORT = "report/index.html"
FIGURES = "exports/figures.json"
BUDGET = ("exports/error-budget.json", "exports/error-budget.csv")
REGIONS = "exports/regions.geojson"
PARTS_LEFT = "exports/parts-left.geojson"
ALWAYS = frozenset((REGIONS, PARTS_LEFT, FIGURES, *BUDGET, REPORT))
"""Written by every record."""

_MADE = "exports/.made.json"
_BASIS = ("treatment.toml", "decisions.jsonl", "current.json")

FilesMade = dict[str, dict[str, Any]]
"""Path in the treatment to key, sha256, size_bytes and mtime_ns."""


def up_to_date(treatment: Treatment) -> bool:
    """Whether nothing was asked for, decided or changed since the last record."""
    made = _made(treatment)
    files = files_made(treatment)
    return (
        made.get("basis") == _basis(treatment)
        and bool(files)
        and all(_stands(treatment, *run) for run in treatment.current().items())
        and all(_unchanged(treatment, name, file) for name, file in files.items())
    )


def _stands(treatment: Treatment, kind: str, run_id: str) -> bool:
    known = kind in set(ArtefactKind)
    return known and treatment.has_run(ArtefactKind(kind), run_id)


def print_files(treatment: Treatment) -> str:
    """`written`, or `withheld` while the policy keeps print files back."""
    return "withheld" if _made(treatment).get("withheld") else "written"


def exports_made(treatment: Treatment) -> dict[str, str]:
    """Hash of each file of the last record, by its path in the treatment."""
    return {name: str(file["sha256"]) for name, file in files_made(treatment).items()}


def proof_pictures(treatment: Path) -> list[Path]:
    """Proofs of the last record from distances and of a shifted film."""
    found = files_made(Treatment.open(treatment))
    wanted = ("exports/proof-from-", "exports/proof-shifted-")
    return sorted(treatment / name for name in found if name.startswith(wanted))


def read_figures(treatment: Treatment) -> dict[str, Any]:
    """Figures as exported.

    Raises
    ------
    TreatmentDamagedError
        If `figures.json` cannot be read.
    """
    path = treatment.path / FIGURES
    try:
        return dict(json.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise TreatmentDamagedError(str(path), "not JSON") from error


def _basis(treatment: Treatment) -> str:
    ours = [STEP_VERSIONS, DECODER_VERSION, EXPORT_VERSION]
    found = {"software": hash_of(software_versions()), "ours": hash_of(ours)}
    for name in _BASIS:
        path = treatment.path / name
        try:
            found[name] = file_sha256(path) if path.exists() else ""
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise UnreadableFileError(str(path), reason.lower()) from error
    return hash_of(found)


def _made(treatment: Treatment) -> dict[str, Any]:
    try:
        made = json.loads((treatment.path / _MADE).read_bytes())
    except (OSError, ValueError):  # never made, or changed by hand: make anew
        return {}
    return made if isinstance(made, dict) else {}


def files_made(treatment: Treatment) -> FilesMade:
    """Files of the last record; none when it cannot be read."""
    files = _made(treatment).get("files")
    return files if isinstance(files, dict) else {}


def _unchanged(treatment: Treatment, name: str, file: dict[str, Any]) -> bool:
    path = treatment.path / name
    try:
        stat = path.stat()
        if stat.st_size != file.get("size_bytes"):
            return False
        # A treatment may have been copied without its times: then content tells.
        same_time = stat.st_mtime_ns == file.get("mtime_ns")
        return same_time or file_sha256(path) == file.get("sha256")
    except OSError:
        return False


def stands(treatment: Treatment, known: FilesMade, name: str, key: str) -> bool:
    """Whether a file rests on what it did and was not touched."""
    file = known.get(name, {})
    return file.get("key") == key and _unchanged(treatment, name, file)


def write_made(
    treatment: Treatment,
    known: FilesMade,
    keys: dict[str, str],
    new: set[str],
    *,
    withheld: bool,
) -> None:
    """Write the list: `keys` of the files that should stand, `new` those just made."""
    files = {}
    for name, key in {**keys, **dict.fromkeys(sorted(ALWAYS), "")}.items():
        if name in known and name in keys and name not in new:
            files[name] = known[name]
            continue
        path = treatment.path / name
        stat = path.stat()
        files[name] = {
            "key": key,
            "sha256": file_sha256(path),
            "size_bytes": stat.st_size,
            "mtime_ns": stat.st_mtime_ns,
        }
    made = {"basis": _basis(treatment), "withheld": withheld, "files": files}
    text = json.dumps(made, indent=1, sort_keys=True)
    write_whole(treatment.path / _MADE, text.encode())
