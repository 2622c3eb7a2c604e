# SPDX-License-Identifier: Apache-2.0
"""Ink for colours out of reach that keeps their hue.

Job: of the colours that an ink makes over a base, the nearest of equal hue.
Not here: the nearest of any hue (`ink.py`), where it is asked for (`separation.py`).
Terms: *metric hue difference* ΔH*ab = 2 √(C*₁ C*₂) sin(Δh / 2), CIE 015: what a
difference of hue angle amounts to at that chroma, so that greys have no hue to miss.

Lightness and chroma are tried in the plane of the hue, first far apart, then ever
closer around the best so far. Every try is asked of the inks and judged by what they
really make.
"""

from collections.abc import Iterator

import numpy as np

from pellicle.colour.convert import lab_d50_from_rec2020, rec2020_from_lab_d50
from pellicle.colour.difference import ciede2000
from pellicle.colour.film import FilmModel
from pellicle.colour.optics import Bands
from pellicle.model.arrays import Array
from pellicle.stages.mask.ink import coverage, solve_ink

SAME_HUE = 1.0
"""Metric hue difference ΔH*ab up to which a hue counts as kept."""

_CHROMA_SHARES = (1.0, 0.85, 0.7, 0.5, 0.25, 0.0)
_LIGHTNESS_STEPS_L = (0.0, -6.0, 6.0, -16.0, 16.0)
_ROUNDS = 5
_FIRST_SHARE, _FIRST_STEP_L = 0.07, 3.0
_BEYOND_WHITE_L = 100.0


def hue_difference(lab_a: Array, lab_b: Array) -> Array:
    """Metric hue difference ΔH*ab of (N, 3) L*a*b*, at least 0."""
    chromas = np.hypot(lab_a[:, 1], lab_a[:, 2]) * np.hypot(lab_b[:, 1], lab_b[:, 2])
    along = lab_a[:, 1] * lab_b[:, 1] + lab_a[:, 2] * lab_b[:, 2]
    squared: Array = np.maximum(2.0 * (chromas - along), 0.0)
    return np.sqrt(squared)


def ink_of_same_hue(
    model: FilmModel,
    target_linear: Bands,
    base: Bands,
    white: Array,
    nearest_cmyk: Array,
) -> Array:
    """Ink whose colour differs least from the target among those of its hue.

    Where the nearest ink keeps the hue, it is the answer.

    Parameters
    ----------
    model
        Film, white and inks.
    target_linear, base
        (N, 3) float32, as for `solve_ink`.
    white
        (N,) float32 plate values of white that the base was made with.
    nearest_cmyk
        (N, 4) uint16 that `solve_ink` found, kept where no ink keeps the hue.

    Returns
    -------
    cmyk
        (N, 4) uint16.

    Notes
    -----
    About 50 tries where the nearest will not do: some 1 ms a pixel on one core.
    """
    cmyk = nearest_cmyk.copy()
    best = _Best(model, target_linear, base, white, nearest_cmyk)
    turned = ~best.compare(nearest_cmyk)
    if not turned.any():
        return cmyk
    best = _Best(
        model,
        target_linear[turned],
        base[turned],
        white[turned],
        nearest_cmyk[turned],
    )
    for share in _CHROMA_SHARES:
        for step_l in _LIGHTNESS_STEPS_L:
            best.ask(np.float32(share), np.float32(step_l))
    for more, up in _closer():
        best.ask(best.share + more, best.step_l + up)
    cmyk[turned] = best.cmyk
    return cmyk


def _closer() -> Iterator[tuple[np.float32, np.float32]]:
    """Steps around the best so far, each round half as long as the one before."""
    for n in range(_ROUNDS):
        shrunk = 1.0 / (1 << n)
        for across, up in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            yield (
                np.float32(across * _FIRST_SHARE * shrunk),
                np.float32(up * _FIRST_STEP_L * shrunk),
            )


class _Best:
    """Best ink of each pixel so far, and the place in the hue's plane it came from."""

    def __init__(
        self,
        model: FilmModel,
        target_linear: Bands,
        base: Bands,
        white: Array,
        cmyk: Array,
    ) -> None:
        self.cmyk = cmyk.copy()
        self.share = np.ones(len(cmyk), np.float32)
        self.step_l = np.zeros(len(cmyk), np.float32)
        self._model, self._base, self._white = model, base, white
        self._lab = lab_d50_from_rec2020(target_linear)
        self._de00 = np.full(len(cmyk), np.inf, np.float32)

    def ask(self, share: Array | np.float32, step_l: Array | np.float32) -> None:
        """Try colours of that share of the chroma, so much lighter."""
        share_of = np.broadcast_to(np.clip(share, 0, 1), self.share.shape)
        lab = self._lab.copy()
        lab[:, 0] = np.clip(lab[:, 0] + step_l, 0, _BEYOND_WHITE_L)
        lab[:, 1:] *= share_of[:, None]
        wanted = rec2020_from_lab_d50(lab).astype(np.float32)
        cmyk = solve_ink(self._model, wanted, self._base, self._white).cmyk
        better = self.compare(cmyk)
        self.share[better] = share_of[better]
        self.step_l[better] = (lab[:, 0] - self._lab[:, 0])[better]

    def compare(self, cmyk: Array) -> Array:
        """Keep what is nearer and of the hue; (N,) bool where."""
        seen = self._model.seen(self._base, coverage(cmyk), self._white)
        seen_lab = lab_d50_from_rec2020(seen)
        de00 = ciede2000(self._lab, seen_lab)
        kept = hue_difference(self._lab, seen_lab) <= SAME_HUE
        better: Array = kept & (de00 < self._de00)
        self._de00[better] = de00[better]
        self.cmyk[better] = cmyk[better]
        return better
