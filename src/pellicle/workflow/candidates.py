# SPDX-License-Identifier: Apache-2.0
"""Candidates: several infills of one region, as pictures to choose from.

Job: make them, write them down, and find the one that a person names.
Not here: the pixels of one (`candidate_infill.py`), the sheet (`candidate_sheet.py`).

They lie in `exports/candidates/ID`: a picture each, a sheet of all, and
`candidates.json`. A decision keeps what it needs of the one chosen, so the folder may
be deleted.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

from pydantic import ValidationError

from pellicle.engine.ledger import Ledger
from pellicle.engine.places import PlaceRun
from pellicle.engine.progress import Advance, ProgressReport
from pellicle.engine.readers import Overlaid, PlaneReader, Stored
from pellicle.errors import (
    BadSettingError,
    NoSuchCandidateError,
    NotYetMadeError,
    TreatmentDamagedError,
    UnknownRegionError,
)
from pellicle.io.store import RasterStore
from pellicle.io.writing import cannot_write, write_whole
from pellicle.model.artefact import ArtefactKind
from pellicle.model.candidate import Candidate, CandidateMethod
from pellicle.model.condition import Region
from pellicle.model.reconstruction import EvidenceGrade
from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing
from pellicle.workflow.candidate_infill import CandidateInfill
from pellicle.workflow.candidate_sheet import draw_sheet, picture_of
from pellicle.workflow.infill_networks import infill_stage
from pellicle.workflow.infilled import EVIDENCE, planes_of, region_grades
from pellicle.workflow.references import ReferenceInUse
from pellicle.workflow.restore import Reconstructed, make_reconstruction
from pellicle.workflow.scan import SAMPLES
from pellicle.workflow.settings import ReconstructSettings, configured
from pellicle.workflow.work import Work

FOLDER = "candidates"
SHEET = "sheet.png"
LIST = "candidates.json"
SEEDS = 3
"""Candidates copied from the same picture, each with a seed of its own."""


@dataclass(frozen=True, slots=True)
class CandidatesMade:
    """Candidates of one region, and where they are."""

    folder: Path
    candidates: tuple[Candidate, ...]

    @property
    def sheet(self) -> Path:
        """All of them beside the scan."""
        return self.folder / SHEET


def candidate_picture(number: int) -> str:
    """File name of a candidate's picture."""
    return f"candidate-{number}.png"


def make_candidates(path: Path, region_id: str, workers: int) -> CandidatesMade:
    """Infill a region in several ways, beside the reconstruction as it is.

    Diffusion; patches by `SEEDS` seeds; each reference image that shows the region.
    What comes out like an earlier one is left out. The reconstruction is brought up to
    date first.

    Raises
    ------
    UnknownRegionError
        If no region has the id.
    BadSettingError
        If the reconstruction was painted elsewhere, or there is nothing to infill from.
    NotYetMadeError
        If there is no condition map.
    """
    treatment = Treatment.open(path)
    if ArtefactKind.REGIONS not in treatment.current():
        raise NotYetMadeError("condition map")
    if treatment.source("reconstruction") is not None:
        needed = "a treatment whose reconstruction was not painted elsewhere is needed"
        raise BadSettingError("--candidates", region_id, needed)
    with writing(treatment):
        work = Work(treatment, workers, ProgressReport())
        with work.pool():
            done = make_reconstruction(work)
            every = done.regions.condition.regions
            named = [region for region in every if region.id == region_id]
            if not named:
                raise UnknownRegionError(region_id, len(every))
            return _Maker(work, done, named[0]).make()


class _Maker:
    """Makes the candidates of one region."""

    def __init__(self, work: Work, done: Reconstructed, region: Region) -> None:
        self._work = work
        self._done = done
        self._region = region
        settings = work.treatment.description().step("reconstruct")
        asked = configured(ReconstructSettings, settings)
        self._stage = infill_stage(asked, done.scan.encoding)
        self._folder = work.treatment.exports / FOLDER / region.id

    def make(self) -> CandidatesMade:
        """Make and write them."""
        made: list[Candidate] = []
        pictures: list[PlaneReader] = []
        proposed = tuple(self._proposed())
        mpx = len(proposed) * self._region.pixels / 1e6
        step = self._work.progress.step("candidates", mpx)
        with self._scratch() as scratch, step as advance:
            for number, one in enumerate(proposed, start=1):
                path = scratch / f"{number}.zarr"
                candidate = self._infilled(path, one, advance)
                known = {other.pixels_sha256 for other in made}
                if candidate is None or candidate.pixels_sha256 in known:
                    continue
                made.append(candidate.model_copy(update={"number": len(made) + 1}))
                pictures.append(self._over_scan(path))
            if not made:
                needed = "a region with intact paint near enough is needed"
                raise BadSettingError("--candidates", self._region.id, needed)
            self._write(made, pictures)
        return CandidatesMade(self._folder, tuple(made))

    def _proposed(self) -> Iterator[Candidate]:
        """What is tried, without numbers yet."""

        def of(method: CandidateMethod, seed: int, reference: str = "") -> Candidate:
            return Candidate(
                number=1,
                method=method,
                seed=seed,
                reference=reference,
                pixels_sha256="",
            )

        seed = self._stage.seed
        yield of(CandidateMethod.DIFFUSION, seed)
        for more in range(SEEDS):
            yield of(CandidateMethod.PATCHES, (seed + more) % 2**31)
        if self._stage.painter is not None:
            yield of(CandidateMethod.NETWORK, seed)
        for reference in self._references:
            yield of(CandidateMethod.REFERENCE, seed, reference.source.sha256)

    @property
    def _references(self) -> Sequence[ReferenceInUse]:
        return self._done.made.references.usable

    def _infilled(
        self, path: Path, candidate: Candidate, advance: Advance
    ) -> Candidate | None:
        """Infill into a store of its own; None if its method had nothing to give."""
        done, region = self._done, self._region
        infill = CandidateInfill(self._stage, done.scan, done.regions, self._references)
        planes = planes_of(done.scan, self._references)
        store = RasterStore.create(path, done.scan.raster.shape, planes)
        ledger = Ledger(path.with_suffix(".ledger"))
        with self._work.pool() as pool:
            run = PlaceRun(pool, advance, ledger)
            found = infill.run(run, store, region, candidate)
        grades = region_grades(store, done.regions.numbers, region)
        wanted = candidate.method is CandidateMethod.REFERENCE
        if not grades or (wanted and EvidenceGrade.REFERENCE not in grades):
            return None
        return candidate.model_copy(update={"pixels_sha256": found})

    def _over_scan(self, path: Path) -> PlaneReader:
        """The reconstruction as it is, with the candidate in the region."""
        done = self._done
        here = done.regions.where({self._region.number: 1})
        bare = Overlaid(done.made.samples, done.scan.samples, here)
        name = str(path)
        return Overlaid(bare, Stored(name, SAMPLES), Stored(name, EVIDENCE))

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        scratch = self._work.treatment.cache / f"candidates-{self._region.id}"
        rmtree(scratch, ignore_errors=True)
        try:
            scratch.mkdir(parents=True)
        except OSError as error:
            raise cannot_write(scratch, error) from error
        try:
            yield scratch
        finally:
            rmtree(scratch, ignore_errors=True)

    def _write(self, made: list[Candidate], pictures: list[PlaneReader]) -> None:
        rmtree(self._folder, ignore_errors=True)
        try:
            self._folder.mkdir(parents=True)
        except OSError as error:
            raise cannot_write(self._folder, error) from error
        scan, region = self._done.scan, self._region
        for one, picture in zip(made, pictures, strict=True):
            png = picture_of(scan, picture, region)
            write_whole(self._folder / candidate_picture(one.number), png)
        sheet = draw_sheet(scan, self._done.regions, region, made, pictures)
        write_whole(self._folder / SHEET, sheet)
        text = json.dumps(self._as_json(made), indent=1, ensure_ascii=False)
        write_whole(self._folder / LIST, f"{text}\n".encode())

    def _as_json(self, made: list[Candidate]) -> dict[str, Any]:
        names = {
            one.source.sha256: one.source.received_as or one.source.file
            for one in self._references
        }
        window = self._region.window
        return {
            "region": self._region.id,
            "class": self._region.damage_class.label,
            "window_px": [window.left, window.top, window.right, window.bottom],
            "candidates": [
                {
                    **one.model_dump(mode="json"),
                    "reference_file": names.get(one.reference),
                    "picture": candidate_picture(one.number),
                }
                for one in made
            ],
        }


def read_candidate(path: Path, region_id: str, number: int) -> Candidate:
    """Find a candidate by its number.

    Raises
    ------
    NoSuchCandidateError
        If none were made for the region, or not so many.
    TreatmentDamagedError
        If the list of them cannot be read.
    """
    treatment = Treatment.open(path)
    listed = treatment.exports / FOLDER / region_id / LIST
    if "/" in region_id or "\\" in region_id or not listed.is_file():
        raise NoSuchCandidateError(region_id, number, 0)
    fields = Candidate.model_fields
    try:
        rows = json.loads(listed.read_bytes())["candidates"]
        made = [
            Candidate.model_validate({n: v for n, v in row.items() if n in fields})
            for row in rows
        ]
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        found = "it holds no list of candidates"
        raise TreatmentDamagedError(str(listed), found) from error
    for one in made:
        if one.number == number:
            return one
    raise NoSuchCandidateError(region_id, number, len(made))
