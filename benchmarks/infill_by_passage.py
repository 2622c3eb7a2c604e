# SPDX-License-Identifier: Apache-2.0
"""Whether wide losses in smooth paint are better diffused than patched.

Usage: python benchmarks/infill_by_passage.py FOLDER
Prints a table: losses wider than diffusion is used for, on paintings of the folder, by
the kind of paint around them, each filled by patches, by diffusion, and by diffusion
with grain drawn to be like the paint's. The plan (`reconstruct/plan.py`) rests on it.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from scipy import ndimage

from pellicle.learn.infill_damage import InfillClass
from pellicle.learn.infill_frozen import INFILL_PPI, InfillCrop, InfillSet
from pellicle.learn.infill_scores import InfillJudge
from pellicle.model.arrays import Array, Mask
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.raster.choke import widest_px
from pellicle.stages.contract import RegionWindow
from pellicle.stages.reconstruct.infill import (
    ASK_DIFFUSION,
    EIGHT,
    PaintingInfill,
)
from pellicle.stages.reconstruct.surroundings import measure_surroundings

STAGE = PaintingInfill()
PIXEL_SIZE = PixelSize.from_ppi(INFILL_PPI)
WAYS = ("patches", "diffusion", "with grain")
BANDS = ((0.0, 1.0), (1.0, 2.5))
"""Sigmas between which grain is drawn, in pixels."""
RING_PX = 40


def filled(crop: InfillCrop, place: Mask, code: int) -> Array:
    """The crop with one place infilled."""
    rows, columns = (np.flatnonzero(place.any(axis=axis)) for axis in (1, 0))
    box = Window(rows[0], columns[0], rows[-1] + 1, columns[-1] + 1)
    whole = RasterSpec(*place.shape, PIXEL_SIZE).window
    window = box.expanded(STAGE.context_px(box, PIXEL_SIZE), whole)
    made = STAGE.run_region(
        RegionWindow(
            window=window,
            samples=crop.damaged[window.slices],
            target=place[window.slices],
            known=~crop.mask[window.slices],
            pixel_size=PIXEL_SIZE,
            method=np.full(window.shape, code, np.uint8),
        )
    )
    result = crop.damaged.copy()
    result[window.slices][made.filled] = made.samples[made.filled]
    return result


def grained(smooth: Array, place: Mask, known: Mask) -> Array:
    """A diffused place with noise that has the covariance of the paint's grain."""
    rng = np.random.default_rng(1)
    near = known & (ndimage.distance_transform_edt(~place) <= RING_PX)
    values, weights = smooth.astype(np.float64), known.astype(np.float64)
    total = np.zeros_like(values)
    for fine, coarse in BANDS:
        band = _blurred(values, weights, fine) - _blurred(values, weights, coarse)
        found = band[near]
        strong = np.abs(found).mean(axis=1)
        found = found[strong <= np.percentile(strong, 85)]  # no contours
        noise = rng.normal(size=values.shape)
        even = np.ones_like(weights)
        noise = _blurred(noise, even, fine) - _blurred(noise, even, coarse)
        root = np.linalg.cholesky(np.cov(found.T) + 1e-6 * np.eye(3))
        total += noise / noise.std() @ root.T
    result = values
    result[place] += total[place]
    return np.clip(np.rint(result), 0, 65_535).astype(np.uint16)


def _blurred(values: Array, weights: Array, sigma: float) -> Array:
    if not sigma:
        return values
    sums = cv2.GaussianBlur(values * weights[..., None], (0, 0), sigma)
    share = cv2.GaussianBlur(weights, (0, 0), sigma)
    return np.asarray(sums / np.maximum(share, 1e-6)[..., None])


def measured(crop: InfillCrop) -> Iterator[tuple[str, Array, Array]]:
    """Passage, seen ΔE00 and share of the truth's fine detail, by way, of each loss."""
    judge = InfillJudge(crop)
    lightness = judge._encoding.lab_d50(crop.truth)[..., 0].astype(np.float32)  # noqa: SLF001
    numbers, count = ndimage.label(crop.mask, EIGHT)
    for number in range(1, count + 1):
        place = numbers == number
        if widest_px(place) <= STAGE.diffusion_px(PIXEL_SIZE):
            continue
        paint = measure_surroundings(lightness, place, ~crop.mask, PIXEL_SIZE.mm)
        if paint is None:
            continue
        smooth = filled(crop, place, ASK_DIFFUSION)
        ways = [filled(crop, place, 0), smooth, grained(smooth, place, ~crop.mask)]
        inner = ndimage.binary_erosion(place, EIGHT, 2)
        own = _fine(lightness)[inner].std()
        seen, fine = [], []
        for made in ways:
            seen.append(judge.seen_de00(made)[place].mean())
            made_l = judge._encoding.lab_d50(made)[..., 0].astype(np.float32)  # noqa: SLF001
            fine.append(_fine(made_l)[inner].std() / max(own, 1e-3))
        yield str(paint.passage), np.array(seen), np.array(fine)


def _fine(lightness: Array) -> Array:
    return np.asarray(lightness - cv2.GaussianBlur(lightness, (0, 0), 1.5))


def main() -> None:
    """Print the table."""
    rows: defaultdict[str, list[tuple[Array, Array]]] = defaultdict(list)
    works = InfillSet.of(Path(sys.argv[1]))
    for path in works.paths:
        for kind in (InfillClass.MEDIUM, InfillClass.LARGE):
            for crop in works.crops(path, kind):
                for passage, seen, fine in measured(crop):
                    rows[passage].append((seen, fine))
    print("| paint | losses |", " | ".join(WAYS), "| detail, likewise |")
    for passage, found in sorted(rows.items()):
        seen = np.mean([one for one, _ in found], axis=0)
        fine = np.median([one for _, one in found], axis=0)
        figures = " | ".join(f"{value:.2f}" for value in seen)
        shares = ", ".join(f"{value:.2f}" for value in fine)
        print(f"| {passage} | {len(found)} | {figures} | {shares} |")


if __name__ == "__main__":
    main()
