# SPDX-License-Identifier: Apache-2.0
"""Names for arrays: rank and dtype in the type.

Arrays are (row, column); geometry is (x, y); pixel (r, c) covers [r, r+1) x [c, c+1).
"""

from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
"""Any array; used only where the kind of artefact decides rank and dtype."""

Plane: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float32]]
"""(H, W) float32, one value per pixel."""

Labels: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
"""(H, W) uint8, one `DamageClass` (or other small code) per pixel."""

Numbers: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.uint32]]
"""(H, W) uint32, number of the region a pixel belongs to; 0 is none."""

Offsets: TypeAlias = np.ndarray[tuple[int, int, int], np.dtype[np.int16]]
"""(H, W, 2) int16, rows and columns from a pixel to another; 0 where there is none."""

Mask: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.bool_]]
"""(H, W) bool, a set of pixels."""

Colour: TypeAlias = np.ndarray[tuple[int, int, int], np.dtype[np.float32]]
"""(H, W, 3) float32, linear light unless the name says otherwise."""

Samples: TypeAlias = (
    np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]
    | np.ndarray[tuple[int, int, int], np.dtype[np.uint16]]
)
"""(H, W, 1 or 3) uint8 or uint16, full scale, in the scan's own encoding. No alpha."""

Separations: TypeAlias = np.ndarray[tuple[int, int, int], np.dtype[np.uint16]]
"""(H, W, 5) uint16: cyan, magenta, yellow, black, white; 65535 is full ink."""
