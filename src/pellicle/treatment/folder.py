# SPDX-License-Identifier: Apache-2.0
"""The treatment folder: sources, runs, and which run is in use.

Job: where everything lies, and the only two changes that are ever made: a finished run
is renamed into place, and `current.json` points to it.
Not here: what a run computes (`workflow`), locks (`lock.py`), decisions
(`decisions.py`), `treatment.toml` (`description.py`).
"""

import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pellicle.errors import (
    NotATreatmentError,
    TreatmentDamagedError,
)
from pellicle.io.hashing import file_sha256, tree_sha256
from pellicle.io.writing import cannot_write, whole_file, write_whole
from pellicle.model.artefact import ArtefactKind
from pellicle.model.record import RunManifest, Source
from pellicle.treatment.description import (
    FILE_NAME,
    Description,
    read_description,
    write_description,
)

MANIFEST = "manifest.json"
VALUE = "value.json"
RASTER = "raster.zarr"
INPUTS = "inputs"
"""Table of `treatment.toml` that says which source is used in which role."""
_CURRENT = "current.json"
_FOLDERS = ("sources", "runs", "exports", "report", "cache", "log")


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
            if {entry.name for entry in path.iterdir()} - {*_FOLDERS, ".lock"}:
                raise NotATreatmentError(str(path))
            for name in _FOLDERS:
                (path / name).mkdir(exist_ok=True)
        except OSError as error:
            raise cannot_write(path, error) from error
        return treatment

    @property
    def begun(self) -> bool:
        """Whether the scan was taken in: only then there is a `treatment.toml`."""
        return (self.path / FILE_NAME).is_file()

    def description(self) -> Description:
        """Content of `treatment.toml`, read anew each time: people edit it."""
        return read_description(self.path)

    def describe(self, changes: Mapping[str, Any]) -> None:
        """Change entries of `treatment.toml`; see `write_description`."""
        write_description(self.path, changes)

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
        """What is used in a role (`scan`, `damage`, …), or None.

        Raises
        ------
        TreatmentDamagedError
            If its description was changed by hand so that it cannot be read.
        """
        file = self.description().step(INPUTS).get(role)
        return None if file is None else self._source_of(str(file))

    def sources_received(self) -> tuple[Source, ...]:
        """Every file received, in use or not, by name."""
        files = sorted(self.sources.rglob("*.json"))
        names = [file.relative_to(self.sources).as_posix() for file in files]
        return tuple(self._source_of(name.removesuffix(".json")) for name in names)

    def _source_of(self, file: str) -> Source:
        path = self.sources / f"{file}.json"
        try:
            return Source.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise TreatmentDamagedError(str(path), "not a source") from error

    def source_path(self, source: Source) -> Path:
        """Where the received file lies."""
        return self.sources / source.file

    def receive(self, role: str, path: Path, beside: str | None = None) -> Source:
        """Keep a copy of a file under `sources/`, read-only.

        A file that is in use already (same size and time) is not read again. The
        caller writes `settings.inputs.<role>` to put the file to use.

        Parameters
        ----------
        beside
            Name of a file in the same folder that belongs to it; it is kept beside the
            copy, under its own name.

        Raises
        ------
        UnwritableError, DiskFullError
            If it cannot be kept.
        """
        known = self.source(role) if self.begun else None
        stat = path.stat()
        dated = datetime.fromtimestamp(stat.st_mtime, UTC).replace(microsecond=0)
        if known and known.size_bytes == stat.st_size and known.dated == dated:
            return known
        sha256 = file_sha256(path)
        if known and known.sha256 == sha256:
            return known
        short = f"{role}-{sha256[:12]}"
        suffix = path.suffix.lower()
        file = f"{short}{suffix}" if beside is None else f"{short}/{role}{suffix}"
        source = Source(
            role=role,
            file=file,
            sha256=sha256,
            size_bytes=stat.st_size,
            dated=dated,
        )
        self._keep(source, path)
        if beside is not None and (path.parent / beside).is_file():
            self._keep_beside(source, path.parent / beside)
        return source

    def _keep(self, source: Source, path: Path) -> None:
        kept = self.source_path(source)
        about = kept.with_name(f"{kept.name}.json")
        if kept.exists() and about.exists():
            return
        with whole_file(kept) as copy:
            shutil.copyfile(path, copy)
        kept.chmod(0o444)
        write_whole(about, _json(source.model_dump(mode="json")))

    def _keep_beside(self, source: Source, path: Path) -> None:
        folder = Path(source.file).parent
        stat = path.stat()
        belonging = Source(
            role=f"{source.role}-part",
            file=(folder / path.name).as_posix(),
            sha256=file_sha256(path),
            size_bytes=stat.st_size,
            dated=datetime.fromtimestamp(stat.st_mtime, UTC).replace(microsecond=0),
        )
        self._keep(belonging, path)

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


def content_hash(run: Path) -> str:
    """Hash over a run's files; its manifest and its ledger of work left out."""
    return tree_sha256(run, leave_out=frozenset({MANIFEST}))


def write_value(folder: Path, value: Any) -> None:
    """Write what a run says beside its pixels."""
    write_whole(folder / VALUE, _json(value))


def _json(value: Any) -> bytes:
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode()
