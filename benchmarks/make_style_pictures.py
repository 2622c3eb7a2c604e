# SPDX-License-Identifier: Apache-2.0
"""Picture of the retouching styles for the manual, on the bundled painting.

The target is the undamaged painting itself: what is seen is the style alone. Above, at
100 %; below, the same at a quarter, as from about 2 m.

Usage: python benchmarks/make_style_pictures.py
"""

from pathlib import Path

import imagecodecs
import numpy as np

from pellicle.io.icc import scan_encoding
from pellicle.io.sample_painting import read_undamaged, sample_painting
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.raster import Window
from pellicle.model.style import RetouchingStyle
from pellicle.model.units import PixelSize
from pellicle.raster.overlay import side_by_side
from pellicle.stages.reconstruct.style import StyledInfill
from pellicle.stages.reconstruct.tones import CellSums, NeutralTones

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "styles.png"
PIXEL_SIZE = PixelSize.from_ppi(300)
PLACES = {
    "face": Window(330, 640, 530, 840),
    "dress": Window(1250, 380, 1450, 580),
}
SMALLER = 4


def lacuna(side_px: int) -> Array:
    """A ragged place in the middle of a square."""
    rows, columns = np.mgrid[:side_px, :side_px] - side_px / 2
    turn = np.arctan2(rows, columns)
    edge = 0.36 * side_px * (1 + 0.12 * np.sin(3 * turn + 1) + 0.07 * np.sin(7 * turn))
    inside: Array = np.hypot(rows, columns) < edge
    return inside


def rendered(samples: Array, window: Window, style: RetouchingStyle) -> Array:
    """(H, W, 3) uint8 of one style."""
    encoding = scan_encoding(None, 3)
    where = lacuna(samples.shape[0])
    cells = CellSums.empty(window, samples.shape[0])
    cells.add(encoding.linear(samples), where, window)
    stage = StyledInfill(scan=encoding, tones=NeutralTones({1: cells}))
    tiles = {
        ArtefactKind.RECONSTRUCTION: samples,
        ArtefactKind.INFILL: where.astype(np.uint8) * np.uint8(style.code),
        ArtefactKind.REGIONS: where.astype(np.uint32),
    }
    shown: Array = (stage.run_tile(tiles, PIXEL_SIZE, window) >> 8).astype(np.uint8)
    return shown


def smaller(rgb8: Array) -> Array:
    """Means over blocks."""
    height, width, _ = rgb8.shape
    blocks = rgb8.reshape(height // SMALLER, SMALLER, width // SMALLER, SMALLER, 3)
    return np.asarray(np.rint(blocks.mean(axis=(1, 3))).astype(np.uint8))


def main() -> None:
    """Make the picture."""
    painting = read_undamaged(sample_painting())
    rows = []
    for window in PLACES.values():
        samples = np.ascontiguousarray(painting[window.slices])
        shown = [rendered(samples, window, style) for style in RetouchingStyle]
        rows.append(side_by_side(shown, gap_px=8))
        far = side_by_side([smaller(one) for one in shown], gap_px=8)
        surround = np.full((far.shape[0] + 16, rows[0].shape[1], 3), 128, np.uint8)
        surround[8:-8, : far.shape[1]] = far
        rows.append(surround)
    content = imagecodecs.png_encode(np.concatenate(rows), level=9)
    PICTURE.write_bytes(bytes(content))


if __name__ == "__main__":
    main()
