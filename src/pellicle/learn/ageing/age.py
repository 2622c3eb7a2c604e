# SPDX-License-Identifier: Apache-2.0
"""A sound painting made old: every kind of damage, together, with the truth.

Job: lay the layers of each kind over the paint in the order in which they come about,
and tell which pixel is damaged how.
Not here: how a kind of damage looks (its own module), which kinds and how plain
(`recipe.py`), files (`workflow/age.py`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import cv2
import numpy as np

from pellicle.learn.ageing.abrasion import draw_abrasion, drawn_abrasion_plan
from pellicle.learn.ageing.crack_growth import drawn_plan, grow_network
from pellicle.learn.ageing.cracks import draw_cracks, drawn_look
from pellicle.learn.ageing.deposits import draw_deposits, drawn_deposit_plan
from pellicle.learn.ageing.distractors import draw_distractors, drawn_distractor_plan
from pellicle.learn.ageing.losses import draw_losses, drawn_loss_plan
from pellicle.learn.ageing.network import CrackNetwork
from pellicle.learn.ageing.recipe import Kind, Part, Recipe
from pellicle.learn.ageing.scene import Drawn, Layer, Scene, Shade
from pellicle.learn.ageing.scratches import draw_scratches, drawn_scratch_plan
from pellicle.learn.ageing.split_plan import drawn_split_plan
from pellicle.learn.ageing.splits import draw_splits
from pellicle.learn.ageing.varnish import draw_varnish, drawn_varnish_plan
from pellicle.model.arrays import Colour, Labels, Mask, Plane
from pellicle.model.condition import DamageClass
from pellicle.model.units import PixelSize

AGEING_VERSION = 3
"""Raised when the same picture, recipe and numbers may give other damage."""

LEAST_SHARE = {
    DamageClass.LOSS: 0.5,
    DamageClass.ABRASION: 0.3,
    DamageClass.CRAQUELURE: 0.35,
    DamageClass.SPLIT: 0.4,
    DamageClass.DISCOLOURED: 0.5,
    DamageClass.DEPOSIT: 0.3,
}
"""Part of a pixel that must be reached for it to count as damaged so: lines run between
pixels, and wear is patchy."""

LEAST_CHANGE_L = 1.0
"""Damage that changes L* by less is not there to be seen, and not in the truth."""

WORN_CLOSED_UM = 500.0
"""Gaps in worn paint up to this wide belong to the patch, as in a condition map."""

_PLAIN_GAIN = 0.03
_BANDS = 3
_L_PER_ROOT = 116.0
_STRIP_PX = 512
_RANK = {
    DamageClass.LOSS: 3.0,
    DamageClass.SPLIT: 4.0,
    DamageClass.CRAQUELURE: 2.0,
    DamageClass.ABRASION: 1.5,
    DamageClass.DEPOSIT: 1.0,
    DamageClass.DISCOLOURED: 0.5,
}
_LINES = DamageClass.CRAQUELURE, DamageClass.SPLIT
_Rng: TypeAlias = np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class Aged:
    """A painting that has aged.

    Attributes
    ----------
    rgb_linear
        (H, W, 3) float32; equal to the original where nothing was changed.
    labels
        (H, W) uint8 `DamageClass`.
    changed
        (H, W) bool, every pixel that differs from the original on purpose.
    contrasts_l
        |ΔL*| that each part of the recipe was drawn with, by its name.
    """

    rgb_linear: Colour
    labels: Labels
    changed: Mask
    contrasts_l: Mapping[str, float] = field(default_factory=dict)


def _unheard(_part: Part) -> None:
    pass


def age(
    rgb_linear: Colour,
    pixel_size: PixelSize,
    recipe: Recipe,
    rng: np.random.Generator,
    finished: Callable[[Part], None] = _unheard,
) -> Aged:
    """Age a painting.

    Parameters
    ----------
    rgb_linear
        (H, W, 3) float32 in [0, 1], linear light, sRGB primaries.
    pixel_size
        All damage is scaled by it.
    recipe
        Kinds of damage and how plain each is.
    rng
        The same one gives the same damage.
    finished
        Told of each part of the recipe when it has been drawn.

    Notes
    -----
    About 2 megapixels a second on one core with all kinds, and 0.1 GB a megapixel.
    """
    scene = Scene.of(rgb_linear, pixel_size)
    canvas = _Canvas(scene)
    contrasts_l: dict[str, float] = {}
    network: CrackNetwork | None = None
    seeds = {kind: int(rng.integers(2**63)) for kind in Kind}
    for part in recipe.parts:  # in the order in which they come about
        # Each has its own numbers: adding one to a recipe leaves the others.
        seed = seeds[part.kind]
        own = np.random.default_rng([seed, part.number] if part.number else seed)
        contrast_l = contrasts_l[str(part)] = recipe.contrast_l(part.kind, own)
        if part.kind is Kind.CRAQUELURE:
            crack_plan = drawn_plan(own, part.variety)
            grown = grow_network(own, scene.shape, pixel_size, crack_plan)
            look = drawn_look(own, contrast_l)
            canvas.lay(draw_cracks(scene, grown, look, own))
            network = grown if network is None else network.joined(grown)
        elif part.kind is Kind.LOSS:
            loss_plan = drawn_loss_plan(own, only=part.variety)
            loss_plan = replace(loss_plan, contrast_l=contrast_l)
            canvas.lay(draw_losses(scene, loss_plan, network, own))
        else:
            canvas.lay(_DRAWN[part.kind](scene, contrast_l, own, part.variety))
        finished(part)
    return canvas.aged(contrasts_l)


_Draw: TypeAlias = Callable[[Scene, float, _Rng, str | None], list[Drawn]]
"""Draws a kind of a contrast, or one variety of it alone."""


def _distractors(
    scene: Scene, contrast_l: float, rng: _Rng, only: str | None
) -> list[Drawn]:
    return draw_distractors(scene, drawn_distractor_plan(rng, contrast_l, only), rng)


def _abrasion(
    scene: Scene, contrast_l: float, rng: _Rng, only: str | None
) -> list[Drawn]:
    plan = replace(drawn_abrasion_plan(rng, only=only), contrast_l=contrast_l)
    return draw_abrasion(scene, plan, rng)


def _scratches(
    scene: Scene, contrast_l: float, rng: _Rng, only: str | None
) -> list[Drawn]:
    plan = replace(drawn_scratch_plan(rng, only=only), contrast_l=contrast_l)
    return draw_scratches(scene, plan, rng)


def _splits(
    scene: Scene, contrast_l: float, rng: _Rng, only: str | None
) -> list[Drawn]:
    return draw_splits(scene, drawn_split_plan(rng, contrast_l, only), rng)


def _deposits(
    scene: Scene, contrast_l: float, rng: _Rng, only: str | None
) -> list[Drawn]:
    return draw_deposits(scene, drawn_deposit_plan(rng, contrast_l, only), rng)


def _varnish(
    scene: Scene, contrast_l: float, rng: _Rng, only: str | None
) -> list[Drawn]:
    return draw_varnish(scene, drawn_varnish_plan(rng, contrast_l, only), rng)


_DRAWN: Mapping[Kind, _Draw] = {
    Kind.DISTRACTORS: _distractors,
    Kind.ABRASION: _abrasion,
    Kind.SCRATCHES: _scratches,
    Kind.SPLIT: _splits,
    Kind.DEPOSITS: _deposits,
    Kind.VARNISH: _varnish,
}


class _Canvas:
    """The paint and what has been laid over it so far."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._rgb = scene.rgb_linear.copy()
        self._changed = np.zeros(scene.shape, np.bool_)
        self._shares: dict[DamageClass, Plane] = {}

    def lay(self, drawn: Iterable[Drawn]) -> None:
        """Lay layers and shades, from the lowest to the uppermost."""
        for one in drawn:
            if one.window.empty:
                continue
            if isinstance(one, Layer):
                self._cover(one)
            else:
                self._shade(one)

    def _cover(self, layer: Layer) -> None:
        at = layer.window.slices
        cover = layer.cover[..., None]
        self._rgb[at] += (layer.tone - self._rgb[at]) * cover
        self._changed[at] |= layer.cover > 0
        for share in self._shares.values():
            share[at] *= 1 - layer.cover
        if layer.label is not DamageClass.UNMAPPED:
            extent = layer.cover if layer.extent is None else layer.extent
            self._share(layer.label)[at] += extent

    def _shade(self, shade: Shade) -> None:
        at = shade.window.slices
        gain = shade.gain if shade.gain.ndim == _BANDS else shade.gain[..., None]
        self._rgb[at] *= gain
        apart = np.abs(gain - 1).max(axis=2)
        self._changed[at] |= apart > 0
        if shade.label is not DamageClass.UNMAPPED:
            share = self._share(shade.label)
            share[at] = np.maximum(share[at], apart > _PLAIN_GAIN)

    def _share(self, label: DamageClass) -> Plane:
        if label not in self._shares:
            self._shares[label] = np.zeros(self._scene.shape, np.float32)
        return self._shares[label]

    def aged(self, contrasts_l: Mapping[str, float]) -> Aged:
        rgb = np.clip(self._rgb, 0, 1, out=self._rgb)
        rgb[~self._changed] = self._scene.rgb_linear[~self._changed]
        return Aged(rgb, self._labels(rgb), self._changed, contrasts_l)

    def _labels(self, rgb: Colour) -> Labels:
        labels = np.zeros(self._scene.shape, np.uint8)
        if not self._shares:
            return labels
        most = np.zeros(self._scene.shape, np.float32)
        for label, share in self._shares.items():
            # A split or a loss counts over what lies about it.
            taken = (share >= LEAST_SHARE[label]) & (share * _RANK[label] > most)
            labels[taken] = label
            most[taken] = share[taken] * _RANK[label]
        seen = self._seen(rgb)
        # A line that runs between two pixels is seen if one beside it is.
        line = np.isin(labels, _LINES)
        beside = cv2.dilate((seen & line).view(np.uint8), np.ones((3, 3), np.uint8))
        seen |= line & (beside > 0)
        labels[~seen] = DamageClass.UNMAPPED
        worn = labels == DamageClass.ABRASION
        if worn.any():
            closed = _closed(worn, self._scene.pixel_size)
            labels[closed & (labels == DamageClass.UNMAPPED)] = DamageClass.ABRASION
        return labels

    def _seen(self, rgb: Colour) -> Mask:
        """Where damage changes what is seen, in L* or as much in colour."""
        seen = np.empty(self._scene.shape, np.bool_)
        for top in range(0, len(seen), _STRIP_PX):
            at = slice(top, top + _STRIP_PX)
            before = np.cbrt(np.maximum(self._scene.rgb_linear[at], 0))
            apart = np.abs(np.cbrt(rgb[at]) - before).max(axis=2)
            seen[at] = apart * _L_PER_ROOT >= LEAST_CHANGE_L
        return seen


def _closed(mask: Mask, pixel_size: PixelSize) -> Mask:
    side = max(3, 2 * round(pixel_size.px(WORN_CLOSED_UM) / 2) + 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, disc)
    return np.asarray(closed > 0)
