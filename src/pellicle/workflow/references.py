# SPDX-License-Identifier: Apache-2.0
"""Reference images of a treatment: decoded, laid on the scan, measured.

Job: the run `references`: for each image how it lies and how well it fits, or why it is
not used.
Not here: the computation (`stages/reconstruct/reference`), taking files in (`begin`).
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pellicle.engine.readers import Stored
from pellicle.engine.references import LaidReference
from pellicle.errors import ReferenceMismatchError
from pellicle.io.hashing import hash_of
from pellicle.io.points_file import read_points
from pellicle.io.scan_file import ScanFile, probe_scan, read_strips_encoded_like
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.io.writing import cannot_write
from pellicle.model.artefact import ArtefactKind
from pellicle.model.record import Source
from pellicle.treatment.folder import INPUTS, Treatment, write_value
from pellicle.treatment.received import named_as_received
from pellicle.workflow.reference_laying import Laying, picture_of
from pellicle.workflow.regions import RegionsInUse, known_paint
from pellicle.workflow.scan import SAMPLES, ScanInUse
from pellicle.workflow.software import DECODER_VERSION, STEP_VERSIONS
from pellicle.workflow.work import Making, RunPlan, Work

ROLE = "reference-"
POINTS = "-points"
STEP = "references"
_DEPTH = 16


@dataclass(frozen=True, slots=True)
class ReferenceInUse:
    """One reference image, used or not.

    Attributes
    ----------
    number
        From 1, in the order given.
    picture
        It lying on the scan; None when it is not used.
    facts
        What the record says of it.
    """

    number: int
    source: Source
    picture: LaidReference | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReferencesInUse:
    """All reference images of a treatment.

    Attributes
    ----------
    coarser_up_to_um
        Blur against the scan up to which they are used.
    """

    every: tuple[ReferenceInUse, ...] = ()
    run_id: str = ""
    coarser_up_to_um: float = 0.0

    @property
    def usable(self) -> tuple[ReferenceInUse, ...]:
        """Those that match and are fine enough."""
        return tuple(one for one in self.every if not self.why_not(one))

    def why_not(self, one: ReferenceInUse) -> str:
        """Why a reference is not used; empty if it is."""
        found, needed = self._found_and_needed(one)
        return f"{found} found; {needed} was needed" if found else ""

    def problem(self, one: ReferenceInUse) -> ReferenceMismatchError | None:
        """The same as an error; None if it is used."""
        found, needed = self._found_and_needed(one)
        name = one.source.received_as or one.source.file
        return ReferenceMismatchError(name, found, needed) if found else None

    def _found_and_needed(self, one: ReferenceInUse) -> tuple[str, str]:
        if one.picture is None:
            return str(one.facts["found"]), str(one.facts["needed"])
        coarser_um, most_um = one.facts["coarser_by_um"], self.coarser_up_to_um
        if coarser_um > most_um:
            found = f"a picture coarser than the scan by {coarser_um:.0f} µm"
            return found, f"at most {most_um:.0f} µm"
        return "", ""


def reference_sources(
    treatment: Treatment,
) -> tuple[tuple[Source, Source | None], ...]:
    """Reference images given, in their order, each with its point pairs if any."""
    roles = treatment.description().step(INPUTS)
    numbers = sorted(
        int(role.removeprefix(ROLE))
        for role in roles
        if role.startswith(ROLE) and role.removeprefix(ROLE).isdigit()
    )
    found = []
    for number in numbers:
        source = treatment.source(f"{ROLE}{number}")
        if source is not None:
            found.append((source, treatment.source(f"{ROLE}{number}{POINTS}")))
    return tuple(found)


def use_references(
    work: Work, scan: ScanInUse, regions: RegionsInUse, coarser_up_to_um: float
) -> ReferencesInUse:
    """Lay every reference image on the scan; say which are not used, and why."""
    treatment = work.treatment
    given = reference_sources(treatment)
    if not given or treatment.source("reconstruction") is not None:
        treatment.drop(ArtefactKind.REFERENCES)
        return ReferencesInUse()
    files = {}
    for number, (source, points) in enumerate(given, start=1):
        files[f"reference-{number}"] = source.sha256
        if points is not None:
            files[f"reference-{number}-points"] = points.sha256
    plan = RunPlan(
        ArtefactKind.REFERENCES,
        STEP,
        STEP_VERSIONS[STEP],
        {"pixel_um": scan.raster.pixel_size.um},
        {"scan": scan.run_id, "regions": regions.run_id, **files},
    )
    pictures = [_decoded(work, scan, source) for source, _ in given]

    def make(making: Making) -> None:
        rows = []
        for number, (source, points) in enumerate(given, start=1):
            file, decoded = pictures[number - 1]
            pairs = () if points is None else read_points(treatment.source_path(points))
            job = Laying(making, scan, known_paint(scan, regions), file, decoded)
            found = job.lay(number, pairs)
            rows.append({"sha256": source.sha256, "file": source.file, **found})
            making.advance(file.width_px * file.height_px / 1e6)
        write_value(making.folder, {"references": rows})

    mpx = sum(file.width_px * file.height_px for file, _ in pictures) / 1e6
    run_id = work.run(plan, mpx, make)
    folder = treatment.run_folder(ArtefactKind.REFERENCES, run_id)
    rows = treatment.value(ArtefactKind.REFERENCES, run_id)["references"]
    every = tuple(
        ReferenceInUse(
            number,
            source,
            picture_of(folder, number, row, *pictures[number - 1]),
            row,
        )
        for number, (row, (source, _)) in enumerate(
            zip(rows, given, strict=True), start=1
        )
    )
    found = ReferencesInUse(every, run_id, coarser_up_to_um)
    for one in every:
        problem = found.problem(one)
        if problem is not None:
            work.progress.warn(str(problem))
    return found


def _decoded(work: Work, scan: ScanInUse, source: Source) -> tuple[ScanFile, Stored]:
    """Samples of a reference in the scan's encoding, in the treatment's cache."""
    treatment = work.treatment
    path = treatment.source_path(source)
    with named_as_received(path, source.received_as):
        file = probe_scan(path)
        like = hash_of([source.sha256, scan.encoding.sha256, DECODER_VERSION])
        final = treatment.cache / f"reference-{like[:16]}.zarr"
        if final.exists():
            return file, Stored(str(final), SAMPLES)
        partial = final.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        spec = PlaneSpec(f"uint{_DEPTH}", scan.spec.bands)
        mpx = file.width_px * file.height_px / 1e6
        with work.progress.step("decode", mpx) as advance:
            store = RasterStore.create(partial, file.shape, {SAMPLES: spec})
            strips = read_strips_encoded_like(
                file, scan.spec, scratch=treatment.cache, bit_depth=_DEPTH
            )
            for window, samples in strips:
                store.write(SAMPLES, window, samples)
                advance(samples.shape[0] * samples.shape[1] / 1e6)
    try:
        partial.rename(final)
    except OSError as error:
        raise cannot_write(final, error) from error
    return file, Stored(str(final), SAMPLES)
