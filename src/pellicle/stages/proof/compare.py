# SPDX-License-Identifier: Apache-2.0
"""Colour difference between two pictures of one painting.

Job: ΔE00 where it is asked for; what the bare film does to untouched paint.
Not here: what an eye sees of it at a distance (`colour/scielab.py`).
"""

import numpy as np

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.encoding import ScanEncoding
from pellicle.colour.film import bare_film_over
from pellicle.model.arrays import Array, Mask, Plane, Samples
from pellicle.model.print_setup import Film

BLOCK_PIXELS = 1 << 16
"""Pixels compared at a time: bounds memory, does not change a value."""

MOST_CENTI_DE00 = 65_535


def difference_centi_de00(
    samples_a: Samples, samples_b: Samples, scan: ScanEncoding, where: Mask
) -> Array:
    """Hundredths of ΔE00 between two sets of samples of one encoding.

    Parameters
    ----------
    samples_a, samples_b
        (H, W, bands) uint8 or uint16, of the same type.
    scan
        Their encoding.
    where
        (H, W) bool: pixels to compare.

    Returns
    -------
    difference_centi_de00
        (H, W) uint16, ΔE00 × 100 rounded, at most 65535; 0 where not asked for.

    Notes
    -----
    Both sides are quantised: at 8 bits dark colours differ by up to some tenths of ΔE00
    for that alone.
    """
    result = np.zeros(where.shape, np.uint16)
    rows, columns = np.nonzero(where)
    for start in range(0, len(rows), BLOCK_PIXELS):
        at = rows[start : start + BLOCK_PIXELS], columns[start : start + BLOCK_PIXELS]
        de00 = ciede2000(scan.lab_d50(samples_a[at]), scan.lab_d50(samples_b[at]))
        result[at] = np.minimum(np.rint(de00 * 100), MOST_CENTI_DE00)
    return result


def untouched_de00(samples: Samples, scan: ScanEncoding, film: Film) -> Plane:
    """ΔE00 that bare film is predicted to make over untouched paint.

    Parameters
    ----------
    samples
        (H, W, bands) scan samples.
    scan
        Their encoding.
    film
        Its `transmittance` is all that counts; a change of gloss is not predicted.

    Returns
    -------
    difference_de00
        (H, W) float32; 0 everywhere for a film assumed clear.
    """
    if film.clear:
        return np.zeros(samples.shape[:2], np.float32)
    paint = scan.linear(samples)
    under_film = bare_film_over(paint, film)
    return np.asarray(
        ciede2000(lab_d50_from_rec2020(paint), lab_d50_from_rec2020(under_film))
    )
