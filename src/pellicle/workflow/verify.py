# SPDX-License-Identifier: Apache-2.0
"""Verify: hash every source, run and export again, and compare with the record."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pellicle.errors import PellicleError, VerifyFailedError
from pellicle.io.hashing import file_sha256
from pellicle.model.artefact import ArtefactKind
from pellicle.treatment.folder import Treatment, content_hash
from pellicle.workflow.made import exports_made


@dataclass(frozen=True, slots=True)
class Checked:
    """One file or run that was hashed again.

    Attributes
    ----------
    name
        Path in the treatment.
    problem
        What is wrong; empty if nothing is.
    """

    name: str
    problem: str


def verify(path: Path) -> tuple[Checked, ...]:
    """Hash everything again.

    Raises
    ------
    VerifyFailedError
        If anything differs from what was recorded, naming it all.
    """
    treatment = Treatment.open(path)
    checked = (*_sources(treatment), *_runs(treatment), *_exports(treatment))
    wrong = tuple(one for one in checked if one.problem)
    if wrong:
        raise VerifyFailedError(
            len(checked), tuple(f"{one.name}: {one.problem}" for one in wrong)
        )
    return checked


def _sources(treatment: Treatment) -> Iterator[Checked]:
    for file in treatment.files_received():
        name = f"sources/{file}"
        try:
            source = treatment.received(file)
        except PellicleError:
            yield Checked(f"{name}.json", "it does not describe a source")
            continue
        yield Checked(name, _file_problem(treatment.source_path(source), source.sha256))


def _runs(treatment: Treatment) -> Iterator[Checked]:
    # Earlier runs too: they are used again when a setting is changed back.
    every = {*treatment.current().items(), *treatment.runs_made()}
    for kind, run_id in sorted(every):
        name = f"runs/{kind}/{run_id}"
        try:
            manifest = treatment.manifest(ArtefactKind(kind), run_id)
        except (PellicleError, ValueError):
            yield Checked(name, "its manifest is missing or cannot be read")
            continue
        try:
            found = content_hash(treatment.run_folder(manifest.kind, run_id))
        except OSError as error:
            yield Checked(name, _cannot_read(error))
            continue
        same = found == manifest.content_sha256
        yield Checked(name, "" if same else "its content differs from its manifest")


def _exports(treatment: Treatment) -> Iterator[Checked]:
    for name, sha256 in sorted(exports_made(treatment).items()):
        yield Checked(name, _file_problem(treatment.path / name, sha256))


def _file_problem(path: Path, sha256: str) -> str:
    if not path.is_file():
        return "missing"
    try:
        found = file_sha256(path)
    except OSError as error:
        return _cannot_read(error)
    return "" if found == sha256 else "its content has changed"


def _cannot_read(error: OSError) -> str:
    return f"it cannot be read: {(error.strerror or type(error).__name__).lower()}"
