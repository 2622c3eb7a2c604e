# SPDX-License-Identifier: Apache-2.0
"""A printed sheet looked at again: is it the right size, side and colour?

Job: from plates as another program renders them, or from a scan of the print, what is
wrong with the sheet, in words and figures.
Not here: finding marks (`stages/register/marks.py`), rendering (`io/ghostscript.py`).
Terms: *tone* is how much more or less of an ink there is than was asked for, as a share
of it; 0 is right.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.difference import ciede2000
from pellicle.colour.film import FilmModel
from pellicle.io.data_matrix import read_data_matrix
from pellicle.io.print_sheet import PrintSheet
from pellicle.io.sheet_layout import pass_through_corner, scale_bars
from pellicle.io.sheet_marks import (
    PASS_THROUGH,
    pass_through_patches,
    register_centres,
)
from pellicle.io.sheet_text import identity_text
from pellicle.model.arrays import Array, Plane
from pellicle.stages.register.marks import (
    ExpectedMarks,
    Points,
    SheetFound,
    find_sheet,
    line_at,
    mean_of_boxes,
    transformed,
)

SCALE_OFF = 0.001
"""Sizes that differ by more than this share of them are told."""
TONE_OFF = 0.025
"""Inks that differ by more than this share of them are told."""
STRANGE_DE00 = 3.0
"""Patches farther than this from every tone of their inks were converted."""

_FULL = 255
_PLATE_OFF = 1.5  # of 255: rounding, and a pixel's share of an edge
_PATCH_EDGE_MM = 1.0
_DOT_MM = 0.08  # marks are set on a printer's dots
_LIGHTEST = 0.98
_SINGLE_INKS = 5
_TONES = np.linspace(0.0, 1.6, 641)
_TICK_MM = (1.6, 2.7)


@dataclass(frozen=True, slots=True)
class BarMeasured:
    """A scale bar: along which axis, what it says, and what it measures."""

    axis: str
    length_mm: float
    measured_mm: float


@dataclass(frozen=True, slots=True)
class SheetCheck:
    """What a picture of a sheet says.

    Attributes
    ----------
    codes
        Texts of the data matrices that could be read.
    found
        How the sheet lies in the picture.
    bars
        The scale bars whose ends were seen.
    tones
        Of the single inks, by name: share too much; empty when only plates were seen.
    faults
        What is wrong, a sentence each.
    """

    codes: tuple[str, ...]
    found: SheetFound | None
    bars: tuple[BarMeasured, ...]
    tones: dict[str, float]
    faults: tuple[str, ...]


def check_plates(plates: Array, px_per_mm: float, sheet: PrintSheet) -> SheetCheck:
    """Check plates that another program rendered of a sheet.

    Parameters
    ----------
    plates
        (H, W, 5) uint8, 255 is full ink; the page as it is looked at, so that a
        mirrored page is to be mirrored back. They have the size that the file asks
        for, the sheet's correction included; a print of it has its true size.
    px_per_mm
        Of the rendering, at least 6.
    """
    darkness: Plane = plates[..., 3].astype(np.float32) / np.float32(_FULL)
    found, bars, faults = _geometry(darkness, px_per_mm, sheet, sheet.size_correction)
    if found is not None:
        seen = mean_of_boxes(plates, found.picture_from_sheet, _boxes(sheet))
        faults += _changed_plates(seen)
    codes = _codes(255 - plates[..., 3], sheet, faults)
    return SheetCheck(codes, found, bars, {}, tuple(faults))


def check_picture(
    rgb_linear: Array, px_per_mm: float, sheet: PrintSheet, model: FilmModel
) -> SheetCheck:
    """Check a scan of a printed sheet that lies on white.

    Parameters
    ----------
    rgb_linear
        (H, W, 3) float32 linear Rec.2020 on D50, from the scan's profile.
    px_per_mm
        Of the scan, right within 3 %, at least 6.
    model
        Film, white and inks: what the strip should look like.
    """
    lightness = rgb_linear.mean(axis=2, dtype=np.float32)
    paper = float(np.quantile(lightness[::4, ::4], _LIGHTEST))
    darkness = np.clip(1 - lightness / max(paper, 1e-6), 0, 1).astype(np.float32)
    found, bars, faults = _geometry(darkness, px_per_mm, sheet)
    tones: dict[str, float] = {}
    if found is not None:
        seen = mean_of_boxes(rgb_linear, found.picture_from_sheet, _boxes(sheet))
        tones, strange = _tones(seen.astype(np.float32), model)
        faults += strange
    grey = np.rint(255 * np.sqrt(1 - darkness)).astype(np.uint8)
    codes = _codes(grey, sheet, faults)
    return SheetCheck(codes, found, bars, tones, tuple(faults))


def expected_marks(sheet: PrintSheet) -> ExpectedMarks:
    """Where the marks of a sheet should be."""
    lines = []
    for bar in scale_bars(sheet):
        steps = np.arange(0.5, bar.length_mm, 1.0)[:, None]
        along = np.subtract(bar.end_mm, bar.start_mm) / bar.length_mm
        lines.append(np.asarray(bar.start_mm) + steps * along)
    return ExpectedMarks(
        np.array(register_centres(*sheet.raster.size_mm)), np.concatenate(lines)
    )


def _geometry(
    darkness: Plane,
    px_per_mm: float,
    sheet: PrintSheet,
    meant: tuple[float, float] = (1.0, 1.0),
) -> tuple[SheetFound | None, tuple[BarMeasured, ...], list[str]]:
    found = find_sheet(darkness, px_per_mm, expected_marks(sheet))
    if found is None:
        return None, (), ["fewer than four register marks can be seen"]
    faults = []
    if found.mirrored:
        faults.append("the sheet is mirrored: printed or laid on the wrong side")
    bars = tuple(_bars(darkness, found, sheet))
    spans_mm = np.ptp(found.marks_mm, axis=0)
    for index, axis in enumerate(("across", "down")):
        scales = [((found.x_scale, found.y_scale)[index], float(spans_mm[index]))]
        scales += [
            (bar.measured_mm / bar.length_mm, bar.length_mm)
            for bar in bars
            if bar.axis == axis
        ]
        scale, span_mm = max(scales, key=lambda one: one[1])
        scale /= meant[index]
        if abs(scale - 1) > max(SCALE_OFF, _DOT_MM / span_mm):
            faults.append(f"the sheet is {100 * (scale - 1):+.2f} % off size {axis}")
    return found, bars, faults


def _bars(
    darkness: Plane, found: SheetFound, sheet: PrintSheet
) -> Iterator[BarMeasured]:
    matrix = found.picture_from_sheet
    for axis, bar in zip(("across", "down"), scale_bars(sheet), strict=True):
        ends: list[Points] = []
        for place in (bar.start_mm, bar.end_mm):
            tick = np.array(
                [np.add(place, np.multiply(bar.tick, at)) for at in _TICK_MM]
            )
            offset = line_at(darkness, matrix, tick)
            if offset is not None:
                across = np.array([-bar.tick[1], bar.tick[0]])
                ends.append(np.asarray(place) + offset * across)
        if len(ends) == len(_TICK_MM):
            start, end = transformed(matrix, np.array(ends))
            measured_mm = float(np.hypot(*(end - start)) / found.px_per_mm)
            yield BarMeasured(axis, bar.length_mm, measured_mm)


def _boxes(sheet: PrintSheet) -> Points:
    edge = _PATCH_EDGE_MM
    return np.array(
        [
            (
                patch.left_mm + edge,
                patch.top_mm + edge,
                patch.left_mm + patch.width_mm - edge,
                patch.top_mm + patch.height_mm - edge,
            )
            for patch in pass_through_patches(pass_through_corner(sheet))
        ]
    )


def _name(labels: tuple[str, ...]) -> str:
    return " ".join(labels)


def _changed_plates(seen: Array) -> list[str]:
    faults = []
    for (labels, inks), levels in zip(PASS_THROUGH, seen, strict=True):
        if np.abs(levels - np.array(inks)).max() > _PLATE_OFF:
            read = ", ".join(f"{100 * level / _FULL:.1f}" for level in levels)
            faults.append(f"patch {_name(labels)} reads C, M, Y, K, W {read} %")
    return faults


def _tones(seen: Array, model: FilmModel) -> tuple[dict[str, float], list[str]]:
    """Tone of each patch: the share of its inks that looks most like it."""
    tones: dict[str, float] = {}
    faults = []
    paper = np.tile(
        np.array(model.profile.media_white_rgb_linear, np.float32), (len(_TONES), 1)
    )
    for (labels, levels), colour in zip(PASS_THROUGH, seen, strict=True):
        share = np.clip(np.outer(_TONES, levels) / _FULL, 0, 1).astype(np.float32)
        base = model.base(paper, share[:, 4])
        lab = lab_d50_from_rec2020(model.seen(base, share[:, :4], share[:, 4]))
        wanted = np.broadcast_to(lab_d50_from_rec2020(colour[None]), lab.shape)
        off = ciede2000(np.ascontiguousarray(wanted), lab)
        best = int(off.argmin())
        if levels[_SINGLE_INKS - 1]:
            continue  # on white, white ink hardly shows
        name = _name(labels)
        tones[name] = round(float(_TONES[best] - 1), 4)
        if off[best] > STRANGE_DE00:
            faults.append(
                f"patch {name} is ΔE00 {off[best]:.1f} from every tone of its inks: "
                "converted again"
            )
        elif abs(tones[name]) > TONE_OFF:
            faults.append(f"patch {name} has {100 * tones[name]:+.1f} % of its ink")
    return tones, faults


def _codes(grey: Array, sheet: PrintSheet, faults: list[str]) -> tuple[str, ...]:
    codes = tuple(sorted({code.text for code in read_data_matrix(grey)}))
    own = identity_text(sheet)
    mask = own.split(":")[1]
    for code in codes:
        if not code.startswith("pellicle:") or code == own:
            continue
        _, other, *number = code.split(":")
        if other == mask and number:
            faults.append(f"it is sheet {number[0]} of this mask")
        else:
            faults.append(f"it is the sheet of another mask, {other}")
    return codes
