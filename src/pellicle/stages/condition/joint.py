# SPDX-License-Identifier: Apache-2.0
"""Networks and filters speak together.

Job: add to the evidence of the networks what the filters found.
Not here: either of them (`network.py`, `classical`).

The networks have learnt from synthetic damage; the filters look for one thing, a lower
layer that shows in many places, or a long dark line, and find it on real paintings
that look like nothing in training. What one is sure of need not be seen by the other.
"""

import numpy as np

from pellicle.model.arrays import Array, Labels
from pellicle.model.condition import DamageClass

BELIEVED = (DamageClass.LOSS, DamageClass.CRAQUELURE)
"""Classes in which the filters are believed; wear and splits they mistake too often."""

SURE_FROM = 77
"""Filters' confidence, of 255, from which they are believed: three in ten, below which
most of what they find on sound paint lies."""

_LEAST = 224
"""Evidence of what the filters are just sure enough of: plain damage to the map."""


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
        (H, W, 4) uint8, the greater of the two for each class.
    """
    joint, said = evidence.copy(), filters_evidence(found)
    for damage_class in BELIEVED:
        there = found[..., 0] == damage_class
        if there.any():
            plane = joint[..., damage_class - 1]
            plane[there] = np.maximum(plane[there], said[there])
    return joint
