# SPDX-License-Identifier: Apache-2.0
"""Networks and filters speak together.

Job: add to the evidence of the networks what the filters found.
Not here: either of them (`network.py`, `classical`).

The networks have learnt from synthetic damage; the filters look for one thing, a lower
layer that shows in many places, or a long dark line, and find it on real paintings
that look like nothing in training. What one is sure of need not be seen by the other;
but a region that filters found where the networks see next to nothing is a drawn line
or a thing of its own colour, and is left out. Of a line that filters found, the
networks tell whether it is craquelure or a split: they see what happens across it. A
split must be plain to them somewhere, for to filters the shadow of a fold is one too.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from pellicle.model.arrays import Array, Labels, Numbers
from pellicle.model.condition import DamageClass

BELIEVED = (DamageClass.LOSS, DamageClass.CRAQUELURE)
"""Classes in which the filters are believed; wear and splits they mistake too often."""

SURE_FROM = 77
"""Filters' confidence, of 255, from which they are believed: three in ten, below which
most of what they find on sound paint lies."""

LEAST_BACKED: Mapping[DamageClass, float] = MappingProxyType(
    {DamageClass.LOSS: 0.03, DamageClass.CRAQUELURE: 0.3}
)
"""Mean probability of damage, as the networks see it, of a region that filters are
believed in. Of lines below it one in twenty-five was a crack, on aged paintings held
out; of losses hardly any."""

LEAST_BACKED_TOGETHER = 0.25
"""The same over all losses that filters found in a painting. They look for one lower
layer that shows in many places: if it is one, the networks see damage in most of it,
and it is believed where they see little too. On twelve pictures with such places, nine
aged paintings held out and three manuscripts, what was none had 0.04 and 0.11, what was
one 0.41 to 0.81."""

_LEAST = 224
"""Evidence of what the filters are just sure enough of: plain damage to the map."""

_SPLIT_SAID = 180
"""Evidence of a line of the filters that is a split: enough where the networks see a
plain one beside it, and not by itself."""


_LOSS, _CRAQUELURE, _SPLIT = (
    kind - 1 for kind in (DamageClass.LOSS, DamageClass.CRAQUELURE, DamageClass.SPLIT)
)
"""Bands of the evidence."""


def believed(classes: Labels, confidence: Labels) -> Array:
    """What the filters found and are believed in.

    Returns
    -------
    found
        (H, W, 2) uint8: `DamageClass` and confidence; both 0 elsewhere.
    """
    found = np.dstack([classes, confidence])
    found[~np.isin(classes, BELIEVED) | (confidence < SURE_FROM)] = 0
    return found


def damage_evidence(evidence: Array) -> Array:
    """(…,) uint8 probability of any damage, of (…, 4) uint8 by class."""
    total = evidence.sum(axis=-1, dtype=np.uint16)
    return np.asarray(np.minimum(total, 255), np.uint8)


class Backing:
    """How much damage the networks see in each region that filters found.

    Sums are whole numbers: tiles may come in any order and size.

    Parameters
    ----------
    classes
        (n + 1,) uint8 `DamageClass` of each number that regions have, 0 first.
    """

    def __init__(self, classes: Labels) -> None:
        self._classes = classes
        self._seen = np.zeros(len(classes), np.int64)
        self._pixels = np.zeros(len(classes), np.int64)

    def add(self, numbers: Numbers, evidence: Array) -> None:
        """Count a tile: (h, w) numbers, (h, w, 4) uint8 of the networks."""
        there = self._classes[numbers] > 0
        if not there.any():
            return
        tile, seen = numbers[there], damage_evidence(evidence[there])
        first = int(tile.min())
        sums = np.bincount(tile - first, seen).astype(np.int64)
        here = slice(first, first + len(sums))
        self._seen[here] += sums
        self._pixels[here] += np.bincount(tile - first)

    def backed(self, groups: Array) -> Labels:
        """Classes once more, 0 for regions with too little behind them.

        Parameters
        ----------
        groups
            (n + 1,) which of the numbers are one region.
        """
        seen, pixels = (
            np.bincount(groups, weights)[groups]
            for weights in (self._seen, self._pixels)
        )
        backed: Labels = self._classes.copy()
        for damage_class, least in LEAST_BACKED.items():
            backed[(backed == damage_class) & (seen < least * 255 * pixels)] = 0
        loss = self._classes == DamageClass.LOSS
        all_of_it = LEAST_BACKED_TOGETHER * 255 * self._pixels[loss].sum()
        if self._seen[loss].sum() < all_of_it:
            backed[loss] = 0
        return backed


def filters_evidence(found: Array) -> Array:
    """Evidence of the filters by themselves, for whichever class they found.

    Parameters
    ----------
    found
        (H, W, 2) uint8, from `believed`.

    Returns
    -------
    evidence
        (H, W) uint8, 0 where they found nothing.
    """
    said = _LEAST + found[..., 1] // 8
    said[found[..., 0] == 0] = 0
    return np.asarray(said)


def joint_evidence(evidence: Array, found: Array) -> Array:
    """Evidence of both.

    Parameters
    ----------
    evidence
        (H, W, 4) uint8 probabilities of loss, abrasion, craquelure, split, times 255.
    found
        (H, W, 2) uint8 of the filters, from `believed`.

    Returns
    -------
    evidence
        (H, W, 4) uint8, the greater of the two for each class; a line of the filters
    counts as whichever of craquelure and split the networks see in it.
    """
    joint, said = evidence.copy(), filters_evidence(found)
    line = found[..., 0] == DamageClass.CRAQUELURE
    split = line & (evidence[..., _SPLIT] > evidence[..., _CRAQUELURE])
    said[split] = _SPLIT_SAID
    loss = found[..., 0] == DamageClass.LOSS
    for band, there in ((_LOSS, loss), (_CRAQUELURE, line & ~split), (_SPLIT, split)):
        if there.any():
            plane = joint[..., band]
            plane[there] = np.maximum(plane[there], said[there])
    return joint
