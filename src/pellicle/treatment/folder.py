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
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pellicle.errors import (
    NotATreatmentError,
    TreatmentDamagedError,
)
from pellicle.io.hashing import hash_of, tree_sha256
from pellicle.io.writing import cannot_write, partial_name, write_whole
from pellicle.model.artefact import ArtefactKind
from pellicle.model.record import RunManifest, Source
from pellicle.treatment.description import (
    FILE_NAME,
    Description,
    read_description,
    write_description,
)
from pellicle.treatment.received import keep_copy, received_sha256

MANIFEST = "manifest.json"
VALUE = "value.json"
RASTER = "raster.zarr"
LEDGER = "ledger.txt"
"""What of an unfinished run is done; no part of a finished one."""
INPUTS = "inputs"
"""Table of `treatment.toml` that says which source is used in which role."""
_CURRENT = "current.json"
_FOLDERS = ("sources", "runs", "exports", "report", "cache", "log")
_HASHES = "hashes.json"
_MAY_BE_THERE = frozenset({*_FOLDERS, ".lock", partial_name(FILE_NAME), ".DS_Store"})
"""What a folder may hold that becomes a treatment: what a crash at its beginning left,
and what a desktop writes into every folder."""


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
            if {entry.name for entry in path.iterdir()} - _MAY_BE_THERE:
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
        return None if file is None else self.received(str(file))

    def sources_received(self) -> tuple[Source, ...]:
        """Every file received, in use or not, by name."""
        return tuple(self.received(file) for file in self.files_received())

    def files_received(self) -> tuple[str, ...]:
        """Names under `sources` of every file received, in use or not."""
        files = self.sources.rglob("*.json")
        names = sorted(file.relative_to(self.sources).as_posix() for file in files)
        # A file received may itself be JSON; then its own description is beside it.
        about = [name for name in names if f"{name}.json" not in names]
        return tuple(name.removesuffix(".json") for name in about)

    def received(self, file: str) -> Source:
        """What is known of a file received.

        Raises
        ------
        TreatmentDamagedError
            If its description was changed by hand so that it cannot be read.
        """
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

        A file that was received already and did not change is not read again, and
        none is kept twice. The caller writes `settings.inputs.<role>` to put the file
        to use.

        Parameters
        ----------
        beside
            Name of a file in the same folder that belongs to it; if it is there, it is
            kept beside the copy, under its own name.

        Raises
        ------
        UnreadableFileError
            If it cannot be read.
        UnwritableError, DiskFullError
            If it cannot be kept.
        """
        source = self._described(role, path)
        file = f"{role}-{source.sha256[:12]}"
        if beside is None:
            known = self.source(role) if self.begun else None
            if known and known.sha256 == source.sha256:
                file = known.file
            else:
                file += path.suffix.lower()
            return self._keep(source.model_copy(update={"file": file}), path)
        part = path.parent / beside
        if part.is_file():
            belonging = self._described(f"{role}-part", part)
            both = hash_of([source.sha256, belonging.sha256])
            file = f"{role}-{both[:12]}"
            update = {"file": f"{file}/{part.name}"}
            self._keep(belonging.model_copy(update=update), part)
        file += f"/{role}{path.suffix.lower()}"
        return self._keep(source.model_copy(update={"file": file}), path)

    def sha256_of(self, path: Path) -> str:
        """Hash of a file that may be received; see `receive`.

        Raises
        ------
        UnreadableFileError
            If it cannot be read.
        """
        return received_sha256(path, self.cache / _HASHES)

    def discard(self, source: Source) -> None:
        """Remove a file received that was never used, and its description."""
        kept = self.source_path(source)
        try:
            for path in (self.sources / f"{source.file}.json", kept):
                if path.exists():
                    path.chmod(0o600)  # Windows removes no read-only file
                    path.unlink()
        except OSError as error:
            raise cannot_write(kept, error) from error

    def _described(self, role: str, path: Path) -> Source:
        sha256 = self.sha256_of(path)
        stat = path.stat()
        return Source(
            role=role,
            file="",
            sha256=sha256,
            size_bytes=stat.st_size,
            dated=datetime.fromtimestamp(stat.st_mtime, UTC).replace(microsecond=0),
            received_as=path.name,
        )

    def _keep(self, source: Source, path: Path) -> Source:
        keep_copy(path, self.source_path(source), source.sha256)
        about = self.sources / f"{source.file}.json"
        if about.exists():
            return self.received(source.file)
        write_whole(about, _json(source.model_dump(mode="json")))
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
            problem = "not JSON (if it is deleted, finished runs are found again)"
            raise TreatmentDamagedError(str(path), problem) from error
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

    def drop(self, kind: ArtefactKind) -> None:
        """Point to no run of a kind any more; the runs stay."""
        current = self.current()
        if kind in current:
            left = {name: run_id for name, run_id in current.items() if name != kind}
            write_whole(self.path / _CURRENT, _json(left))

    def has_run(self, kind: ArtefactKind, run_id: str) -> bool:
        """Whether a run is complete."""
        return (self.run_folder(kind, run_id) / MANIFEST).is_file()

    def runs_made(self) -> frozenset[tuple[str, str]]:
        """Kind and id of every finished run, in use or not."""
        found = (self.path / "runs").glob(f"*/*/{MANIFEST}")
        runs = (manifest.parent for manifest in found)
        return frozenset(
            (run.parent.name, run.name) for run in runs if run.name[0] != "."
        )

    def finish_run(self, manifest: RunManifest) -> None:
        """Seal the partial run and rename it into place."""
        partial = self.partial_folder(manifest.kind, manifest.run_id)
        for left in partial.rglob("*.partial"):  # by a crash in the middle of a file
            left.unlink(missing_ok=True)
        sealed = manifest.model_copy(update={"content_sha256": content_hash(partial)})
        write_whole(partial / MANIFEST, _json(sealed.model_dump(mode="json")))
        final = self.run_folder(manifest.kind, manifest.run_id)
        try:
            shutil.rmtree(final, ignore_errors=True)
            partial.rename(final)
        except OSError as error:
            raise cannot_write(final, error) from error
        # Not before: a crash between the two would lose what was done.
        with suppress(OSError):
            (final / LEDGER).unlink(missing_ok=True)

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

    def value(self, kind: ArtefactKind, run_id: str) -> dict[str, Any]:
        """What a run says beside its pixels, as a JSON object.

        Raises
        ------
        TreatmentDamagedError
            If it cannot be read; also later, when an entry is asked for that is not
            there.
        """
        path = self.run_folder(kind, run_id) / VALUE
        try:
            found = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise TreatmentDamagedError(str(path), "not JSON") from error
        if not isinstance(found, dict):
            raise TreatmentDamagedError(str(path), "not a JSON object")
        return _Value(path, found)


def content_hash(run: Path) -> str:
    """Hash over a run's files, its manifest left out."""
    return tree_sha256(run, leave_out=frozenset({MANIFEST, LEDGER}))


class _Value(dict[str, Any]):
    """What a run says; an entry that is missing was taken out by hand."""

    def __init__(self, path: Path, entries: Mapping[str, Any]) -> None:
        super().__init__(entries)
        self._path = path

    def __missing__(self, name: str) -> Any:
        raise TreatmentDamagedError(str(self._path), f"it has no entry {name!r}")


def write_value(folder: Path, value: Any) -> None:
    """Write what a run says beside its pixels."""
    write_whole(folder / VALUE, _json(value))


def _json(value: Any) -> bytes:
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode()
