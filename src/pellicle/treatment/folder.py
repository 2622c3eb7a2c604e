# SPDX-License-Identifier: Apache-2.0
"""The treatment folder: sources, runs, and which run is in use.

Job: where everything lies, and the only two changes that are ever made: a finished run
is renamed into place, and `current.json` points to it.
Not here: what a run computes (`workflow`), locks (`lock.py`), decisions
(`decisions.py`), `treatment.toml` (`description.py`).
"""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pellicle.errors import (
    NotATreatmentError,
    SourceConflictError,
    TreatmentDamagedError,
)
from pellicle.io.hashing import file_sha256, tree_sha256
from pellicle.io.writing import cannot_write, whole_file, write_whole
from pellicle.model.artefact import ArtefactKind
from pellicle.model.record import RunManifest, Source
from pellicle.treatment.description import FILE_NAME, write_description

MANIFEST = "manifest.json"
VALUE = "value.json"
RASTER = "raster.zarr"
_CURRENT = "current.json"


class Treatment:
    """One treatment on disk. Opening it reads nothing but its presence."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open(cls, path: Path) -> "Treatment":
        """Open an existing treatment.

        Raises
        ------
        NotATreatmentError
            If the folder is not one.
        """
        if not (path / FILE_NAME).is_file():
            raise NotATreatmentError(str(path))
        return cls(path)

    @classmethod
    def create(cls, path: Path) -> "Treatment":
        """Open the treatment, or make a new folder; one that holds other files stays.

        Raises
        ------
        NotATreatmentError
            If the folder holds something that is not a treatment.
        UnwritableError, DiskFullError
            If it cannot be made.
        """
        treatment = cls(path)
        if (path / FILE_NAME).is_file():
            return treatment
        try:
            path.mkdir(parents=True, exist_ok=True)
            strange = {entry.name for entry in path.iterdir()} - {"cache", "sources"}
            if {name for name in strange if not name.startswith(".")}:
                raise NotATreatmentError(str(path))
            for name in ("sources", "runs", "exports", "report", "cache", "log"):
                (path / name).mkdir(exist_ok=True)
        except OSError as error:
            raise cannot_write(path, error) from error
        return treatment

    # --- places -----------------------------------------------------------------

    @property
    def sources(self) -> Path:
        """Files as received."""
        return self.path / "sources"

    @property
    def exports(self) -> Path:
        """Files for other programs."""
        return self.path / "exports"

    @property
    def cache(self) -> Path:
        """Safe to delete."""
        return self.path / "cache"

    def run_folder(self, kind: ArtefactKind, run_id: str) -> Path:
        """Where a finished run lies."""
        return self.path / "runs" / kind / run_id

    def partial_folder(self, kind: ArtefactKind, run_id: str) -> Path:
        """Where a run is made; the same name each time, so that work goes on."""
        return self.path / "runs" / kind / f".{run_id}.partial"

    # --- sources ----------------------------------------------------------------

    def source(self, role: str) -> Source | None:
        """What was received for a role, or None.

        Raises
        ------
        TreatmentDamagedError
            If its description was changed by hand so that it cannot be read.
        """
        path = self.sources / f"{role}.json"
        if not path.exists():
            return None
        try:
            return Source.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise TreatmentDamagedError(str(path), "not a source") from error

    def source_path(self, source: Source) -> Path:
        """Where the received file lies."""
        return self.sources / source.file

    def receive(self, role: str, path: Path, *, replace: bool = True) -> Source:
        """Keep a copy of a file under `sources/`, read-only.

        A file that is known already (same size and time, or same content) is not
        copied again.

        Raises
        ------
        SourceConflictError
            If `replace` is false and another file was received for the role before.
        """
        known = self.source(role)
        stat = path.stat()
        dated = datetime.fromtimestamp(stat.st_mtime, UTC).replace(microsecond=0)
        if known and known.size_bytes == stat.st_size and known.dated == dated:
            return known
        sha256 = file_sha256(path)
        if known and known.sha256 == sha256:
            return known
        if known and not replace:
            raise SourceConflictError(str(self.path), known.file, path.name)
        source = Source(
            role=role,
            file=f"{role}-{sha256[:12]}{path.suffix.lower()}",
            sha256=sha256,
            size_bytes=stat.st_size,
            dated=dated,
        )
        kept = self.source_path(source)
        if not kept.exists():
            with whole_file(kept) as beside:
                shutil.copyfile(path, beside)
            kept.chmod(0o444)
        write_whole(
            self.sources / f"{role}.json", _json(source.model_dump(mode="json"))
        )
        return source

    # --- runs -------------------------------------------------------------------

    def current(self) -> dict[str, str]:
        """Run in use for each kind.

        Raises
        ------
        TreatmentDamagedError
            If `current.json` was changed by hand so that it cannot be read.
        """
        path = self.path / _CURRENT
        if not path.exists():
            return {}
        try:
            found = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise TreatmentDamagedError(str(path), "not JSON") from error
        if not isinstance(found, dict) or not all(
            isinstance(value, str) for value in found.values()
        ):
            raise TreatmentDamagedError(str(path), "not kinds and run ids")
        return found

    def use(self, kind: ArtefactKind, run_id: str) -> None:
        """Point to a finished run."""
        current = self.current()
        if current.get(kind) != run_id:
            write_whole(self.path / _CURRENT, _json({**current, kind: run_id}))

    def has_run(self, kind: ArtefactKind, run_id: str) -> bool:
        """Whether a run is complete."""
        return (self.run_folder(kind, run_id) / MANIFEST).is_file()

    def finish_run(self, manifest: RunManifest) -> None:
        """Seal the partial run and rename it into place."""
        partial = self.partial_folder(manifest.kind, manifest.run_id)
        sealed = manifest.model_copy(update={"content_sha256": content_hash(partial)})
        write_whole(partial / MANIFEST, _json(sealed.model_dump(mode="json")))
        final = self.run_folder(manifest.kind, manifest.run_id)
        try:
            shutil.rmtree(final, ignore_errors=True)
            partial.rename(final)
        except OSError as error:
            raise cannot_write(final, error) from error

    def manifest(self, kind: ArtefactKind, run_id: str) -> RunManifest:
        """How a run was made.

        Raises
        ------
        TreatmentDamagedError
            If the run or its manifest is not readable.
        """
        path = self.run_folder(kind, run_id) / MANIFEST
        try:
            return RunManifest.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise TreatmentDamagedError(str(path), "not a manifest") from error

    def value(self, kind: ArtefactKind, run_id: str) -> Any:
        """What a run says beside its pixels, as JSON."""
        path = self.run_folder(kind, run_id) / VALUE
        try:
            return json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise TreatmentDamagedError(str(path), "not JSON") from error

    def describe(self, **changes: Any) -> None:
        """Change entries of `treatment.toml`; see `write_description`."""
        write_description(self.path, changes)


def content_hash(run: Path) -> str:
    """Hash over a run's files; its manifest and its ledger of work left out."""
    return tree_sha256(run, leave_out=frozenset({MANIFEST}))


def write_value(folder: Path, value: Any) -> None:
    """Write what a run says beside its pixels."""
    write_whole(folder / VALUE, _json(value))


def _json(value: Any) -> bytes:
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode()
