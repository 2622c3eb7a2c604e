# SPDX-License-Identifier: Apache-2.0
"""Pictures of the manual, made from a finished demo.

Usage: python benchmarks/make_pictures.py demo.pellicle
The browser's picture of the report needs Debian's chromium.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import tifffile

from pellicle.engine.progress import ProgressReport
from pellicle.io.sample_painting import read_undamaged, sample_painting
from pellicle.model.arrays import Array
from pellicle.raster.overlay import side_by_side
from pellicle.treatment.folder import Treatment
from pellicle.workflow.candidates import make_candidates
from pellicle.workflow.figures import Chain
from pellicle.workflow.pictures import Painter, Part
from pellicle.workflow.restore import whole_chain
from pellicle.workflow.work import Work

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SIDE_PX = 800
FACE = np.s_[250:650, 540:940]
PLATE_PX = np.s_[180:620, 300:740]


def jpeg(name: str, rgb8: Array) -> None:
    """Write a JPEG."""
    content = imagecodecs.jpeg8_encode(np.ascontiguousarray(rgb8), level=85)
    (PICTURES / name).write_bytes(bytes(content))


def png(name: str, rgb8: Array) -> None:
    """Write a PNG."""
    content = imagecodecs.png_encode(np.ascontiguousarray(rgb8), level=9)
    (PICTURES / name).write_bytes(bytes(content))


def photograph_report(treatment: Path) -> None:
    """Let a real browser show the report."""
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "report.png"
        subprocess.run(  # noqa: S603 -- our own arguments
            [
                "/usr/bin/chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                f"--user-data-dir={folder}/profile",
                "--window-size=1280,1100",
                f"--screenshot={shot}",
                (treatment / "report" / "index.html").resolve().as_uri(),
            ],
            check=True,
            capture_output=True,
        )
        jpeg("report.jpg", imagecodecs.png_decode(shot.read_bytes())[:, :, :3])


def draw_candidates(path: Path, chain: Chain) -> None:
    """Let the largest region that contours run into be infilled in several ways."""
    plans = chain.reconstruction.plans
    crossed = [
        region
        for region in chain.regions.condition.regions
        if region.number in plans
        and (paint := plans[region.number].facts.surroundings) is not None
        and paint.contours
    ]
    region = max(crossed, key=lambda one: one.pixels)
    sheet = make_candidates(path, region.id, 1).sheet
    (PICTURES / "candidates.png").write_bytes(sheet.read_bytes())


def main() -> None:
    """Make every picture."""
    path = Path(sys.argv[1])
    chain = whole_chain(Work(Treatment.open(path), 1, ProgressReport(quiet=True)))
    draw_candidates(path, chain)
    painter = Painter(chain)
    small = Part.whole(chain.scan.raster, SIDE_PX)
    jpeg("before.jpg", painter.scan(small))
    jpeg("condition.jpg", painter.condition(small))
    png("mask.png", painter.mask(small))
    jpeg("after.jpg", painter.proof(small))
    whole = Part(chain.scan.raster.window)
    original = (read_undamaged(sample_painting()) >> 8).astype(np.uint8)
    shown = [painter.scan(whole), painter.reconstruction(whole), original]
    png("reconstruction.png", side_by_side([one[FACE] for one in shown]))
    inks = tifffile.imread(path / "exports" / "mask.tif")[PLATE_PX]
    greys = (255 - (inks >> 8)).astype(np.uint8)
    plates = [np.repeat(greys[:, :, n : n + 1], 3, axis=2) for n in range(5)]
    png("plates.png", side_by_side(plates, gap_px=8))
    for name in (
        "condition-evidence",
        "mask-choice",
        "mask-gamut",
        "proof-distances",
    ):
        export = imagecodecs.png_decode((path / "exports" / f"{name}.png").read_bytes())
        jpeg(f"{name.split('-')[1]}.jpg", reduced(export[:, :, :3]))
    photograph_report(path)


def reduced(rgb8: Array) -> Array:
    """At most `SIDE_PX` wide."""
    height, width = rgb8.shape[:2]
    size = SIDE_PX, round(height * SIDE_PX / width)
    shown: Array = cv2.resize(rgb8, size, interpolation=cv2.INTER_AREA)
    return shown if width > SIDE_PX else rgb8


if __name__ == "__main__":
    main()
