# SPDX-License-Identifier: Apache-2.0
"""Separation of a fitted printer: colour → inks, with black in the shadows.

Job: tables of inks over L*a*b*, as an output profile carries them, from a function
that tells what inks look like.
Not here: the profile's bytes (`io/icc_writer.py`), asking a profile
(`output_profile.py`).

A family of inks is laid out in which black takes over from grey mixtures as they grow
dark. Of it, the members nearest a colour are where the search begins that
`OutputProfile` uses too: C, M and Y move until the colour is met, and black only
where they alone cannot.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from pellicle.colour.separation_search import search_inks
from pellicle.model.arrays import Array

INK_NODES = 17
COLOUR_NODES = 33
LAB_LOW, LAB_HIGH = (0.0, -128.0, -128.0), (100.0, 128.0, 128.0)
"""The box that profiles of this kind span, with a node at neutral."""

_FAMILY_NODES = 21
_BLACK_FROM = 0.25
_MOST_BLACK = 0.95
_BLACK_POWER = 1.4
_REMOVED = 0.6
_NEIGHBOURS = 8
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class SeparationTables:
    """What an output profile's tables hold.

    Attributes
    ----------
    ink_to_lab
        (n, n, n, n, 3) float32 over C, M, Y, K from 0 to 1.
    lab_to_ink
        (m, m, m, 4) float32 over L*, a*, b* from `LAB_LOW` to `LAB_HIGH`.
    error_de00
        (m, m, m) float32, how far the inks miss the node's colour.
    """

    ink_to_lab: Array
    lab_to_ink: Array
    error_de00: Array


def separation_tables(
    to_lab: Callable[[Array], Array], ink_limit: float
) -> SeparationTables:
    """Tables of a printer.

    Parameters
    ----------
    to_lab
        (N, 4) plate values → (N, 3) L*a*b* relative to the unprinted medium, D50.
    ink_limit
        Most C+M+Y+K, 0 to 4.
    """
    axis = np.linspace(0.0, 1.0, INK_NODES)
    grid = np.meshgrid(axis, axis, axis, axis, indexing="ij")
    inks = np.stack(grid, axis=-1).reshape(-1, 4)
    forward = to_lab(inks).reshape(*(INK_NODES,) * 4, 3).astype(np.float32)
    ticks = [
        np.linspace(low, high, COLOUR_NODES)
        for low, high in zip(LAB_LOW, LAB_HIGH, strict=True)
    ]
    colours = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1).reshape(-1, 3)
    begun = _beginnings(colours, to_lab, ink_limit)
    shape = (COLOUR_NODES,) * 3
    found = np.empty((len(colours), 4), np.float32)
    error_de00 = np.empty(len(colours), np.float32)
    search_inks(
        colours.astype(np.float32),
        np.ascontiguousarray(forward.transpose(3, 0, 1, 2, 4)),
        begun.reshape(*shape, 4).astype(np.float32),
        np.array([LAB_LOW, LAB_HIGH]),
        ink_limit - _ROUNDING,
        found,
        error_de00,
    )
    return SeparationTables(
        forward, found.reshape(*shape, 4), error_de00.reshape(shape)
    )


def with_black(cmy: Array, ink_limit: float) -> Array:
    """(N, 4) inks of the family from (N, 3) mixtures, 0 to 1, within the limit."""
    grey = cmy.min(axis=1)
    depth = np.clip((grey - _BLACK_FROM) / (1.0 - _BLACK_FROM), 0.0, 1.0)
    black = np.minimum(_MOST_BLACK * depth**_BLACK_POWER, ink_limit)
    left = cmy * (1.0 - _REMOVED * black)[:, None]
    room = (ink_limit - black) / np.maximum(left.sum(axis=1), 1e-9)
    left *= np.minimum(room, 1.0)[:, None]
    return np.concatenate([left, black[:, None]], axis=1)


def _beginnings(
    colours: Array, to_lab: Callable[[Array], Array], ink_limit: float
) -> Array:
    axis = np.linspace(0.0, 1.0, _FAMILY_NODES)
    grid = np.meshgrid(axis, axis, axis, indexing="ij")
    family = with_black(np.stack(grid, axis=-1).reshape(-1, 3), ink_limit)
    tree = cKDTree(to_lab(family))
    away, nearest = tree.query(colours, k=_NEIGHBOURS)
    closeness = 1.0 / (away**2 + 1.0)
    shares = closeness / closeness.sum(axis=1, keepdims=True)
    begun: Array = (family[nearest] * shares[..., None]).sum(axis=1)
    return begun
