# SPDX-License-Identifier: Apache-2.0
"""Exports for people: evidence, sheets, the film by itself, white plate, distances.

Job: which pictures a record writes, and writing each; none is larger than a few
megapixels but the shifted proof, which is a TIFF like the scan.
Not here: what they show (`look_sheets.py`, `pictures.py`, `seen_from.py`).
"""

from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pellicle.engine.readers import PlaneReader
from pellicle.io.hashing import hash_of
from pellicle.io.png_file import png_bytes
from pellicle.io.scan_tiff import write_scan_tiff
from pellicle.io.writing import write_whole
from pellicle.model.arrays import Array
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.raster.colour_legend import with_legend
from pellicle.raster.evidence_scale import with_evidence_scale
from pellicle.stages.condition.joint import BELIEVED
from pellicle.stages.condition.network import SEEN_CLASSES
from pellicle.treatment.folder import Treatment
from pellicle.workflow.exports import ExportPart, ExportTask
from pellicle.workflow.figures import Chain
from pellicle.workflow.found import EvidenceInUse
from pellicle.workflow.look_sheets import (
    distances_sheet,
    place_for_distances,
    side_by_side_sheet,
)
from pellicle.workflow.pictures import NO_FILM, WITHOUT_WHITE, Painter, Part
from pellicle.workflow.print_files import StripsOf
from pellicle.workflow.seen_from import SeenFrom
from pellicle.workflow.settings import ProofSettings, configured
from pellicle.workflow.shifted_proof import ShiftedProof
from pellicle.workflow.software import EXPORT_VERSION

EVIDENCE = "condition-evidence.png"
SHEET = "proof-sheet.png"
DISTANCES = "proof-distances.png"
TRANSPARENT = "mask-transparent.png"
WHITE_PLATE = "mask-white-plate.png"
_SIDE_PX = 2000
_FROM, _SHIFTED = "proof-from-", "proof-shifted-"

Writer = Callable[[Path], None]


def part_of_picture(name: str) -> ExportPart | None:
    """Part that a picture belongs to, by its file name; None for other files."""
    if name == EVIDENCE:
        return ExportPart.CONDITION
    if name in {TRANSPARENT, WHITE_PLATE}:
        return ExportPart.MASK
    if name in {SHEET, DISTANCES} or name.startswith((_FROM, _SHIFTED)):
        return ExportPart.PROOF
    return None


def proof_settings(treatment: Treatment) -> ProofSettings:
    """Which proofs were asked for beside the exact one."""
    return configured(ProofSettings, treatment.description().step("proof"))


def picture_tasks(treatment: Treatment, chain: Chain, folder: Path) -> list[ExportTask]:
    """Every picture of a treatment, slowest first."""
    pixel_um = chain.scan.raster.pixel_size.um
    places = [[one.top, one.left] for one in _places(chain)]
    basis: list[Any] = [EXPORT_VERSION, version("pellicle"), pixel_um]
    basis += [chain.scan.run_id, chain.mask.run_id, chain.proof.run_id]
    basis += [hash_of(chain.reconstruction.inputs), places]
    basis += [len(chain.mask.printed(chain.regions))]
    basis += [None if chain.scan.made is None else chain.scan.made.isoformat()]
    return [
        ExportTask(name, part, write, folder, hash_of([name, *basis]))
        for name, write in _writers(treatment, chain)
        if (part := part_of_picture(name)) is not None
    ]


def _places(chain: Chain) -> list[Window]:
    place = place_for_distances(chain)
    return [] if place is None else [place]


def _writers(treatment: Treatment, chain: Chain) -> list[tuple[str, Writer]]:
    asked = proof_settings(treatment)
    found: list[tuple[str, Writer]] = []
    proofs: list[tuple[str, PlaneReader]] = [("", chain.proof.samples)]
    for right_um, down_um in asked.shifts_um:
        proof = ShiftedProof.of(chain, right_um, down_um)
        moved = f"{right_um:+g}{down_um:+g}-um"
        proofs.append((f"-shifted-{moved}", proof))
        write_proof = partial(_write_shifted, chain=chain, proof=proof)
        found.append((f"{_SHIFTED}{moved}.tif", write_proof))
    for distance_mm in asked.distances_mm:
        for moved, reader in proofs:
            name = f"{_FROM}{distance_mm:g}-mm{moved}.png"
            raster, encoding = chain.scan.raster, chain.scan.encoding
            seen = SeenFrom(reader, encoding, raster, distance_mm)
            found.append((name, partial(_write_seen, seen=seen)))
    found.append((SHEET, partial(_write_sheet, chain=chain)))
    for place in _places(chain):
        write_place = partial(_write_distances, chain=chain, window=place)
        found.append((DISTANCES, write_place))
    found.append((TRANSPARENT, partial(_write_transparent, chain=chain)))
    found.append((WHITE_PLATE, partial(_write_white, chain=chain)))
    if chain.evidence is not None:
        write_evidence = partial(_write_evidence, chain=chain, seen=chain.evidence)
        found.append((EVIDENCE, write_evidence))
    return found


def _write_shifted(path: Path, chain: Chain, proof: ShiftedProof) -> None:
    raster = chain.scan.raster
    strips = StripsOf(proof, raster)
    write_scan_tiff(path, raster, chain.scan.spec, strips, chain.scan.made)


def _write_seen(path: Path, seen: SeenFrom) -> None:
    picture = seen.whole(_SIDE_PX)
    pixel_size = PixelSize(seen.raster.pixel_size.um * picture.factor)
    write_whole(path, png_bytes(picture.rgb8, pixel_size=pixel_size))


def _write_sheet(path: Path, chain: Chain) -> None:
    write_whole(path, png_bytes(side_by_side_sheet(chain)))


def _write_distances(path: Path, chain: Chain, window: Window) -> None:
    write_whole(path, png_bytes(distances_sheet(chain, window)))


def _write_transparent(path: Path, chain: Chain) -> None:
    part = Part.whole(chain.scan.raster, _SIDE_PX)
    pixel_size = PixelSize(chain.scan.raster.pixel_size.um * part.factor)
    picture = Painter(chain).transparent(part)
    write_whole(path, png_bytes(picture, pixel_size=pixel_size))


def _write_evidence(path: Path, chain: Chain, seen: EvidenceInUse) -> None:
    part = Part.whole(chain.scan.raster, _SIDE_PX)
    side = part.factor
    scale = "at 100 %" if side == 1 else f"the greatest of each {side} × {side} pixels"
    notes = (
        f"Probability of damage, 0 to 1, as the networks see it; {scale}",
        (
            "Black mark: a region is mapped where one place of it is as probable "
            f"(sensitivity {seen.stage.sensitivity:g})"
        ),
    )
    plain = dict(zip(SEEN_CLASSES, seen.stage.plainest, strict=True))
    picture = Painter(chain).evidence(part)
    whole = with_evidence_scale(picture, plain, BELIEVED, notes)
    write_whole(path, png_bytes(whole))


def _write_white(path: Path, chain: Chain) -> None:
    write_whole(path, png_bytes(white_plate(chain)))


def white_plate(chain: Chain) -> Array:
    """The white plate with its legend."""
    part = Part.whole(chain.scan.raster, _SIDE_PX)
    entries = [
        ((255, 255, 255), "full white under the colour"),
        (WITHOUT_WHITE, "colour without white: choked rims, glazes"),
        (NO_FILM, "nothing printed"),
    ]
    note = "White plate: light is white ink, as it lies on the painting"
    return with_legend(Painter(chain).white(part), entries, note)
