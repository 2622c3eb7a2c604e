# SPDX-License-Identifier: Apache-2.0
"""Pictures about pictures: overlays, ramps and checkerboards for people to look at.

Job: turn labels, coverage and colour differences into 8-bit RGB that can be shown.
Not here: reading the rasters, reducing them to an overview (`raster/pyramid.py`),
encoding as JPEG or PNG (`io`).

Everything works on display-encoded (sRGB) bytes: these pictures explain, they are never
measured or printed on film.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from scipy import ndimage

from pellicle.model.arrays import Array, Labels, Mask, Plane
from pellicle.model.palette import CLASS_COLOURS, Rgb

Rgb8: TypeAlias = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]
"""(H, W, 3) uint8, sRGB as displayed."""

DIFFERENCE_RAMP: tuple[Rgb, ...] = (
    (12, 23, 47),
    (26, 36, 82),
    (61, 45, 111),
    (98, 47, 124),
    (135, 43, 126),
    (169, 40, 121),
    (197, 45, 112),
    (218, 58, 101),
    (232, 77, 91),
    (242, 98, 83),
    (250, 120, 77),
    (255, 141, 74),
    (255, 164, 75),
    (255, 188, 87),
    (255, 213, 112),
    (255, 234, 159),
    (255, 247, 204),
)
"""Anchors of the heat map, from no difference to the greatest, evenly spaced.

A path through CIELAB from night blue over crimson to pale yellow, lightness rising all
the way (so it survives a grey print), cut into steps of equal CIEDE2000: equal steps in
the value look equally large.
"""

NOT_MEASURED: Rgb = (128, 128, 128)
"""Neutral grey where a heat map has no value."""


def condition_overlay(
    rgb8: Rgb8,
    labels: Labels,
    palette_rgb8: Sequence[Rgb] = CLASS_COLOURS,
    *,
    fill_percent: int = 40,
    contour_px: int = 1,
) -> Rgb8:
    """Draw damage over the picture: a translucent fill inside a crisp contour.

    The contour is the outermost `contour_px` pixels of each region, so nothing outside
    a region is touched, and what is narrower than two contours (cracks, pinholes) is
    drawn in full colour and stays visible.

    Parameters
    ----------
    rgb8
        (H, W, 3) uint8, sRGB.
    labels
        (H, W) uint8 `DamageClass`; 0 is left as it is.
    palette_rgb8
        Colour of each label, by value; at least one more than the highest label.
    fill_percent
        Opacity of the fill, 0 to 100.
    contour_px
        Width of the contour in pixels of this picture; 0 draws none.

    Returns
    -------
    picture
        (H, W, 3) uint8, a new array.
    """
    colours = np.asarray(palette_rgb8, np.uint8)[labels]
    fill = _mixed(rgb8, colours, fill_percent)
    contour = _contour(labels, contour_px)[..., None]
    drawn = np.where(contour, colours, fill)
    return np.where((labels > 0)[..., None], drawn, rgb8)


def mask_on_checkerboard(
    rgb8: Rgb8,
    coverage: Plane,
    *,
    square_px: int = 8,
    shades: tuple[int, int] = (204, 236),
) -> Rgb8:
    """Show the film by itself, over the checkerboard that stands for transparency.

    Parameters
    ----------
    rgb8
        (H, W, 3) uint8, sRGB: what the ink looks like at full coverage.
    coverage
        (H, W) float32 in [0, 1]: 0 shows the board, 1 the ink.
    square_px
        Side of a square in pixels of this picture; counted from its first pixel.
    shades
        Grey of the two kinds of square, 0 to 255.

    Returns
    -------
    picture
        (H, W, 3) uint8.
    """
    height, width = coverage.shape
    rows = np.arange(height)[:, None] // square_px
    columns = np.arange(width)[None, :] // square_px
    board = np.where((rows + columns) % 2 == 0, shades[1], shades[0])[..., None]
    share = np.clip(coverage, 0, 1)[..., None]
    mixed = board + (rgb8.astype(np.float32) - board) * share
    picture: Rgb8 = np.rint(mixed).astype(np.uint8)
    return picture


def difference_heatmap(
    de00: Plane, max_de00: float, *, beneath_rgb8: Rgb8 | None = None
) -> Rgb8:
    """Colour difference as a heat map.

    Parameters
    ----------
    de00
        (H, W) float32 CIEDE2000, 0 or more; NaN where there is none to show.
    max_de00
        Difference drawn in the ramp's last colour; larger ones are too.
    beneath_rgb8
        (H, W, 3) uint8, sRGB: drawn faintly in grey where the difference is NaN, so
        that one sees where one is; None leaves those pixels plain.

    Returns
    -------
    picture
        (H, W, 3) uint8 sRGB, in the colours of `DIFFERENCE_RAMP`; neutral, around
        `NOT_MEASURED`, where the difference is NaN.
    """
    position = np.nan_to_num(de00 / np.float32(max_de00)).clip(0, 1)
    anchors = np.asarray(DIFFERENCE_RAMP, np.float32)
    table = ramp_table(anchors)
    picture: Rgb8 = table[np.rint(position * (len(table) - 1)).astype(np.intp)]
    missing = np.isnan(de00)
    picture[missing] = NOT_MEASURED
    if beneath_rgb8 is not None:
        picture[missing] = faint_grey(beneath_rgb8[missing])[:, None]
    return picture


def evidence_overlay(rgb8: Rgb8, evidence: Array, found_otherwise: Labels) -> Rgb8:
    """How probable damage is, in the likeliest class's colour, over a grey picture.

    Parameters
    ----------
    rgb8
        (H, W, 3) uint8, sRGB: drawn faintly in grey.
    evidence
        (H, W, bands) uint8 probability of `DamageClass` 1, 2, …; 255, which is 1, is
        drawn in full colour, 0 not at all.
    found_otherwise
        (H, W) uint8 `DamageClass` found without a probability, drawn in a light tint; 0
        elsewhere.

    Returns
    -------
    picture
        (H, W, 3) uint8 sRGB.
    """
    palette = np.asarray(CLASS_COLOURS, np.uint8)
    grey = faint_grey(rgb8)[..., None].astype(np.uint16)
    colours = palette[evidence.argmax(axis=-1) + 1].astype(np.uint16)
    likely = evidence.max(axis=-1).astype(np.uint16)[..., None]
    mixed = (grey * (255 - likely) + colours * likely + 127) // 255
    picture: Rgb8 = mixed.astype(np.uint8)
    tints = np.array([light_tint(one) for one in CLASS_COLOURS], np.uint8)
    where = found_otherwise != 0
    picture[where] = tints[found_otherwise[where]]
    return picture


def light_tint(colour: Rgb) -> Rgb:
    """A colour half way to white."""
    red, green, blue = colour
    return (red + 255) // 2, (green + 255) // 2, (blue + 255) // 2


def faint_grey(rgb8: Array) -> Array:
    """(…, 3) to (…) uint8: a quarter of the contrast, so that colours stand out."""
    grey: Array = rgb8.astype(np.uint16).sum(axis=-1) // 3
    return (96 + grey // 4).astype(np.uint8)


def ramp_table(anchors: Array) -> Array:
    """256 colours, uint8, through evenly spaced (N, 3) `anchors`."""
    places = np.linspace(0, len(anchors) - 1, 256)
    bands = [np.interp(places, np.arange(len(anchors)), band) for band in anchors.T]
    table: Array = np.rint(np.stack(bands, axis=-1)).astype(np.uint8)
    return table


def side_by_side(
    pictures: Sequence[Rgb8], *, gap_px: int = 16, surround: Rgb = (128, 128, 128)
) -> Rgb8:
    """Lay pictures in a row on a plain surround, centred in height.

    Parameters
    ----------
    pictures
        One or more (H, W, 3) uint8, not necessarily of one size.
    gap_px
        Space between two pictures; none is left around them.
    surround
        Colour of gap and filling; mid grey, so that it does not tint the judgement.

    Returns
    -------
    row
        (greatest H, sum of W and gaps, 3) uint8.
    """
    height = max(picture.shape[0] for picture in pictures)
    width = sum(picture.shape[1] for picture in pictures)
    width += gap_px * (len(pictures) - 1)
    row: Rgb8 = np.empty((height, width, 3), np.uint8)
    row[:] = surround
    left = 0
    for picture in pictures:
        tall, wide = picture.shape[:2]
        top = (height - tall) // 2
        row[top : top + tall, left : left + wide] = picture
        left += wide + gap_px
    return row


def _contour(labels: Labels, width_px: int) -> Mask:
    """Pixels within `width_px` (diagonals excluded) of another label.

    The border of the picture is not another label: a region that runs on outside a
    crop is not closed there.
    """
    inner = labels
    outline = np.zeros(labels.shape, np.bool_)
    cross = ndimage.generate_binary_structure(2, 1)
    for _ in range(width_px):
        low = ndimage.minimum_filter(inner, footprint=cross, mode="nearest")
        high = ndimage.maximum_filter(inner, footprint=cross, mode="nearest")
        outline |= low != high
        inner = np.where(outline, np.uint8(0), labels)
    return outline


def _mixed(under: Rgb8, over: Array, percent: int) -> Array:
    """Weighted mean in integers, rounded, so that it is the same everywhere."""
    under16, over16 = under.astype(np.uint16), over.astype(np.uint16)
    mixed: Array = (under16 * (100 - percent) + over16 * percent + 50) // 100
    return mixed.astype(np.uint8)
