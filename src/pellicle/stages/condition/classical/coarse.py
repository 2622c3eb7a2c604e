# SPDX-License-Identifier: Apache-2.0
"""Coarse half of the condition stage: one look at the whole painting.

Job: from the overview, the grounds that show in losses, where they show, and splits.
Not here: single pixels (`fine.py`), what a region is (`classify.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np
from pydantic import Field
from typing_extensions import override

from pellicle.model.arrays import Array, Colour, Labels, Mask
from pellicle.model.artefact import ArtefactKind
from pellicle.stages.condition.classical import ground, split
from pellicle.stages.condition.classical.evidence import (
    OTHER_LAYER,
    CoarseEvidence,
    Overview,
)
from pellicle.stages.contract import WholeStage

_REACH_UM = 520.0
_LEAST_PLACE_MM2 = 0.25
_SHARP_EDGE = 0.85
_SHARP_ENOUGH = 0.75
_MOST_GROUNDS = 2
_MOST_OF_PAINTING = 0.12
_MOST_CHROMA = 45.0
_NEXT_TO_PX = 2
_HOLE_BREAK_DE = 15.0
_BACKDROP_DARK_L = 4.0
_BACKDROP_LIGHT_L = 97.0
_BACKDROP_MARGIN_UM = 2_500.0
_BACKDROP_PART = 0.02
_SPLIT_ZONE_UM = 550.0
_SMALLEST_PX = 24


class CoarseCondition(WholeStage):
    """Stage: overview in, `CoarseEvidence` out.

    `run` takes an `Overview` as `ArtefactKind.SCAN`.
    """

    name: ClassVar[str] = "condition-overview"
    version: ClassVar[int] = 1
    consumes: ClassVar[tuple[ArtefactKind, ...]] = (ArtefactKind.SCAN,)
    produces: ClassVar[ArtefactKind] = ArtefactKind.CONDITION

    split_least_part: float = Field(
        default=0.25,
        ge=0.05,
        le=1.0,
        description="Least extent of a split, as a part of the work's height or width.",
    )

    @override
    def run(self, inputs: Mapping[ArtefactKind, Any]) -> CoarseEvidence:
        overview: Overview = inputs[ArtefactKind.SCAN]
        lab = np.ascontiguousarray(overview.lab_d50, np.float32)
        shape = (lab.shape[0], lab.shape[1])
        inside = painting_of(overview)
        grounds = _grounds(lab, inside, overview) if min(shape) >= _SMALLEST_PX else []
        places = np.zeros(shape, np.uint8)
        for number, found in enumerate(grounds, start=1):
            places[(places == 0) & found.where] = number
            places[found.other_layers] = OTHER_LAYER
        return CoarseEvidence.of(
            overview.factor,
            np.array([g.colour_lab for g in grounds], np.float32).reshape(-1, 3),
            np.array([g.tolerance_de for g in grounds], np.float32),
            (
                places,
                self._split_zone(lab, inside, overview),
                255 * (~inside).view(np.uint8),
            ),
        )

    def _split_zone(self, lab: Colour, inside: Mask, overview: Overview) -> Labels:
        zone = np.zeros(inside.shape, np.uint8)
        if min(inside.shape) < _SMALLEST_PX:
            return zone
        paths = split.split_paths(lab, inside, self.split_least_part)
        for path in paths:
            if split.is_split(path, paths):
                zone[path.rows, path.columns] = 255
        reach = max(2, round(_SPLIT_ZONE_UM / overview.pixel_size.um))
        square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
        return np.asarray(cv2.dilate(zone, square), np.uint8)


@dataclass(frozen=True, slots=True)
class _Ground:
    colour_lab: Array
    tolerance_de: float
    where: Mask
    other_layers: Mask


def painting_of(overview: Overview) -> Mask:
    """Where the painting is: inside, and off the backdrop of the photograph.

    A black or white area that reaches the picture's border, with a margin for frame and
    turned edges, is backdrop: the losses along a stretcher's edge are the framer's.
    """
    lab = overview.lab_d50
    shape = (lab.shape[0], lab.shape[1])
    inside = np.ones(shape, np.bool_) if overview.inside is None else overview.inside
    lightness, neutral = (
        lab[..., 0],
        np.abs(lab[..., 1:]).max(axis=2) < _BACKDROP_DARK_L,
    )
    ends = (lightness < _BACKDROP_DARK_L) | (lightness > _BACKDROP_LIGHT_L)
    _, numbers = cv2.connectedComponents(
        (ends & neutral).astype(np.uint8), connectivity=4
    )
    border = np.concatenate([numbers[0], numbers[-1], numbers[:, 0], numbers[:, -1]])
    backdrop = np.isin(numbers, np.unique(border[border > 0]))
    if backdrop.mean() < _BACKDROP_PART:
        return inside
    margin = max(1, round(_BACKDROP_MARGIN_UM / overview.pixel_size.um))
    away = cv2.distanceTransform((~backdrop).astype(np.uint8), cv2.DIST_L2, 5) > margin
    return inside & away


def _grounds(lab: Colour, inside: Mask, overview: Overview) -> list[_Ground]:
    um = overview.pixel_size.um
    reach = max(2, round(_REACH_UM / um))
    least = max(9, round(_LEAST_PLACE_MM2 * 1e6 / um**2))
    found: list[tuple[float, _Ground]] = []
    for colour in ground.candidate_colours(lab, inside, reach + 1):
        if np.hypot(colour[1], colour[2]) > _MOST_CHROMA:
            continue
        places = ground.places_of(lab, inside, colour, reach)
        closed = ground.closed_places(places, least_px=least, sharp=_SHARP_EDGE)
        strength = ground.strength_of(places, closed)
        area = places.area_px[closed].sum()
        if area > _MOST_OF_PAINTING * lab.shape[0] * lab.shape[1]:
            continue
        if ground.is_ground(strength, float(places.colour_lab[0])):
            shown = ground.closed_places(places, least_px=least, sharp=_SHARP_ENOUGH)
            weight = float(area) * strength.exclusive
            found.append((weight, _shown(lab, places, shown)))
    found.sort(key=lambda item: -item[0])
    picked: list[_Ground] = []
    for _, one in found:
        apart = (
            np.linalg.norm(one.colour_lab - other.colour_lab) > 2 * ground.SLICE_DE
            for other in picked
        )
        if all(apart):
            picked.append(one)
    # Of lower layers there are one or two; what shows many is painted in patches.
    return picked if len(picked) <= _MOST_GROUNDS else []


def _shown(lab: Colour, places: ground.Places, shown: Mask) -> _Ground:
    """A ground and where it shows, the holes of other lower layers in it included."""
    where = shown[places.labels]
    colours = lab[where].astype(np.float64)
    spread = np.sqrt(((colours - places.colour_lab) ** 2).sum(axis=1).mean())
    other = _other_layers(lab, places, where)
    square = np.ones((2 * _NEXT_TO_PX + 1, 2 * _NEXT_TO_PX + 1), np.uint8)
    near = cv2.dilate((where | other).astype(np.uint8), square) > 0
    return _Ground(places.colour_lab, float(spread), near, other)


def _other_layers(lab: Colour, places: ground.Places, where: Mask) -> Mask:
    """Holes in the places whose colour is not that of the paint around the place.

    An island of paint in a loss looks like the paint around it, and is left alone;
    bare support or underpaint does not.
    """
    count, holes, boxes, _ = cv2.connectedComponentsWithStats(
        (~where).astype(np.uint8), connectivity=4
    )
    filled = np.zeros(where.shape, np.bool_)
    height, width = where.shape
    for hole in range(1, count):
        left, top, wide, tall, area = boxes[hole]
        at_border = (
            left == 0 or top == 0 or left + wide == width or top + tall == height
        )
        if at_border or area > where.size // 100:
            continue
        window = np.s_[top - 1 : top + tall + 1, left - 1 : left + wide + 1]
        inside = holes[window] == hole
        rim = cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        owners = places.labels[window][rim & ~inside]
        owners = owners[owners > 0]
        if not len(owners):
            continue
        around = places.around_lab[np.bincount(owners).argmax()]
        own = lab[window][inside].mean(axis=0, dtype=np.float64)
        if np.linalg.norm(own - around) >= _HOLE_BREAK_DE:
            filled[window] |= inside
    return filled
