# SPDX-License-Identifier: Apache-2.0
"""Damage of one class and size, for measuring infill: shapes and looks of `ageing`.

Job: masks of cracks, and of losses of a range of diameters, on a sound crop.
Not here: which crops and which seeds (`infill_frozen.py`).
Terms: the *diameter* of a loss is that of the disc of equal area. All sizes are those
of the mask, that is of what is infilled, which is a little wider than the damage: what
maps damage cannot follow its outline to the pixel, and pixels that damage covers in
part belong to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

import cv2
import numpy as np

from pellicle.learn.ageing.age import LEAST_SHARE
from pellicle.learn.ageing.crack_growth import drawn_plan, grow_network
from pellicle.learn.ageing.cracks import draw_cracks, drawn_look
from pellicle.learn.ageing.grounds import drawn_ground, ground_tone, stepped
from pellicle.learn.ageing.loss_forms import Form, Ragged, Spot, loss_field
from pellicle.learn.ageing.scene import Layer, Scene
from pellicle.model.arrays import Array, Colour, Mask
from pellicle.model.condition import DamageClass
from pellicle.model.raster import Window


class InfillClass(StrEnum):
    """Classes of damage that infill is measured on."""

    CRACKS = "cracks"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    PATTERNED = "patterned"

    @property
    def label(self) -> str:
        """Name with its sizes."""
        return _LABELS[self]


_LABELS: Mapping[InfillClass, str] = MappingProxyType(
    {
        InfillClass.CRACKS: "cracks 1–5 px",
        InfillClass.SMALL: "losses Ø 4–24 px",
        InfillClass.MEDIUM: "losses Ø 24–60 px",
        InfillClass.LARGE: "losses Ø 60–180 px",
        InfillClass.PATTERNED: "losses Ø 40–90 px in patterned areas",
    }
)

DIAMETERS_PX: Mapping[InfillClass, tuple[float, float]] = MappingProxyType(
    {
        InfillClass.SMALL: (4.0, 24.0),
        InfillClass.MEDIUM: (24.0, 60.0),
        InfillClass.LARGE: (60.0, 180.0),
        InfillClass.PATTERNED: (40.0, 90.0),
    }
)
"""Least and largest diameter of a loss."""

SHARES: Mapping[InfillClass, float] = MappingProxyType(
    {
        InfillClass.CRACKS: 0.04,
        InfillClass.SMALL: 0.04,
        InfillClass.MEDIUM: 0.05,
        InfillClass.LARGE: 0.08,
    }
)
"""Part of the sound paint of a crop that is damaged, about."""

CRACK_MASK_PX = 5.0
"""Masks of single cracks are at most so wide; where cracks meet they are wider."""

WIDER_PX = 1
"""So much wider than the damage is what is infilled, on either side."""

_CRACK_PX = (0.4, 2.6)
_NETWORKS = 12
_GAP_PX = 4
_TRIES = 400
_CONTRAST_L = 24.0
_FORMS: Mapping[Form, float] = MappingProxyType(
    {
        Form.BLOB: 4.0,
        Form.FLAKES: 3.0,
        Form.STAR: 1.5,
        Form.PATCHES: 2.0,
        Form.OVAL: 0.6,
        Form.BOX: 0.6,
        Form.POLYGON: 1.2,
    }
)
"""Forms and how common they are. Streaks, spindles and strokes are left out, for they
are narrow whatever their area; so are swarms of specks and bands along an edge."""

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_SQUARE = np.ones((2, 2), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class DrawnDamage:
    """Damage on a crop.

    Attributes
    ----------
    rgb_linear
        (H, W, 3) float32, the crop with damage; equal to it outside `mask`.
    mask
        (H, W) bool, what is to be infilled.
    """

    rgb_linear: Colour
    mask: Mask


def draw_infill_damage(
    kind: InfillClass,
    scene: Scene,
    sound: Mask,
    rng: np.random.Generator,
    at: tuple[int, int] | None = None,
) -> DrawnDamage:
    """Draw damage of one class.

    Parameters
    ----------
    kind
        Class.
    scene
        Sound paint.
    sound
        (H, W) bool, paint of which the truth is known; nothing is drawn elsewhere.
    rng
        Source of all chance.
    at
        (row, column) that one loss alone is drawn about; None spreads losses.

    Returns
    -------
    drawn
        Its mask may be empty where there is no room.
    """
    if kind is InfillClass.CRACKS:
        return _cracks(scene, sound, rng)
    return _losses(kind, scene, sound, rng, at)


def _cracks(scene: Scene, sound: Mask, rng: np.random.Generator) -> DrawnDamage:
    rgb = scene.rgb_linear.copy()
    mask = np.zeros(scene.shape, np.bool_)
    wanted = SHARES[InfillClass.CRACKS] * np.count_nonzero(sound)
    for _ in range(_NETWORKS):
        if np.count_nonzero(mask) >= wanted:
            break
        width_um = float(rng.uniform(*_CRACK_PX)) * scene.pixel_size.um
        plan = drawn_plan(rng)
        # Islands as wide as it takes for one network to be about what is wanted.
        island_um = max(plan.island_um, 2.5 * width_um / SHARES[InfillClass.CRACKS])
        plan = replace(plan, width_um=width_um, island_um=island_um)
        network = grow_network(rng, scene.shape, scene.pixel_size, plan)
        look = drawn_look(rng, _CONTRAST_L)
        side = _CROSS if rng.random() < 0.5 else _SQUARE  # noqa: PLR2004 -- a half
        for layer in draw_cracks(scene, network, look, rng):
            if isinstance(layer, Layer):
                share = LEAST_SHARE[DamageClass.CRAQUELURE]
                found = (layer.cover >= share).astype(np.uint8)
                wide = cv2.dilate(found, side) > 0
                at = layer.window.slices
                new = wide & sound[at] & ~mask[at]
                _lay(rgb, layer, new)
                mask[at] |= new
    return DrawnDamage(rgb, mask)


def _losses(
    kind: InfillClass,
    scene: Scene,
    sound: Mask,
    rng: np.random.Generator,
    at: tuple[int, int] | None,
) -> DrawnDamage:
    rgb = scene.rgb_linear.copy()
    mask = np.zeros(scene.shape, np.bool_)
    ground = drawn_ground(rng)
    free = sound.copy()
    wanted = SHARES.get(kind, 0.0) * np.count_nonzero(sound) if at is None else 1
    for _ in range(_TRIES):
        if np.count_nonzero(mask) >= wanted:
            break
        shape, corner = _loss(kind, scene, rng, at)
        if shape is None:
            continue
        height, width = shape.shape
        window = Window(corner[0], corner[1], corner[0] + height, corner[1] + width)
        if (
            window.within(scene.window) != window
            or not free[window.slices][shape].all()
        ):
            continue
        tone = ground_tone(scene, window, ground, rng, _CONTRAST_L)
        cover = np.asarray(shape, np.float32)
        _lay(rgb, Layer(window, cover, tone, DamageClass.LOSS), shape)
        mask[window.slices] |= shape
        side = np.ones((2 * _GAP_PX + 1, 2 * _GAP_PX + 1), np.uint8)
        near = window.expanded(_GAP_PX, scene.window)
        taken = mask[near.slices].astype(np.uint8)
        free[near.slices] &= cv2.dilate(taken, side) == 0
    return DrawnDamage(rgb, mask)


def _loss(
    kind: InfillClass,
    scene: Scene,
    rng: np.random.Generator,
    at: tuple[int, int] | None,
) -> tuple[Mask | None, tuple[int, int]]:
    """One loss in a box of its own, and the box's corner; None if it came out amiss."""
    low, high = DIAMETERS_PX[kind]
    diameter = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    weights = np.array(list(_FORMS.values()))
    form = tuple(_FORMS)[int(rng.choice(len(_FORMS), p=weights / weights.sum()))]
    stretch = float(np.exp(abs(rng.normal(0, 0.3))))
    spot = Spot(0.0, 0.0, diameter / 2, stretch, float(rng.uniform(0, 6.28)), form)
    around = int(np.ceil(spot.reach))
    box = Window(-around, -around, around + 1, around + 1)
    ragged = Ragged(float(rng.choice([0.0, 150.0, 400.0])), 0.15)
    field = loss_field(scene, ragged, spot, box, None, rng)
    wide = cv2.dilate((stepped(field, 1.0) > 0).astype(np.uint8), _CROSS)
    shape = _of_size(wide, low, high)
    height, width = scene.shape
    row, column = (int(n) for n in (rng.integers(height), rng.integers(width)))
    if shape is None:
        return None, (0, 0)
    rows, columns = (np.flatnonzero(shape.any(axis=axis)) for axis in (1, 0))
    tight = shape[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    row, column = at if at is not None else (row, column)
    return tight, (row - tight.shape[0] // 2, column - tight.shape[1] // 2)


def _of_size(wide: Array, low_px: float, high_px: float) -> Mask | None:
    """The parts that have the diameter of the class."""
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(wide, connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    diameters = np.sqrt(4 * areas / np.pi)
    fit = (diameters >= low_px) & (diameters <= high_px)
    fit[0] = False
    if count < 2 or not fit.any():  # noqa: PLR2004 -- nothing but the background
        return None
    shape: Mask = fit[numbers]
    return shape


def _lay(rgb: Colour, layer: Layer, where: Mask) -> None:
    at = layer.window.slices
    covered = rgb[at] + (layer.tone - rgb[at]) * layer.cover[..., None]
    rgb[at] = np.where(where[..., None], covered, rgb[at])
