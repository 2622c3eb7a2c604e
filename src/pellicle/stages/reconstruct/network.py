# SPDX-License-Identifier: Apache-2.0
"""Networks of others: an ONNX file that takes a picture and a mask, and paints.

Job: what such a file must be; one wide place through it, joined to the paint around.
Not here: the network that comes with Pellicle (`refine.py`), which places are painted
(`infill.py`).
Terms: the *common signature* is (1, 3, H, W) sRGB in [0, 1] and (1, 1, H, W), 1 where
to paint, to (1, 3, H, W), all float32; sizes fixed or free. LaMa and its kin are
exported so, some of them with answers from 0 to 255.
"""

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from scipy import ndimage

from pellicle.colour.encoding import ScanEncoding
from pellicle.colour.srgb import rec2020_from_srgb, srgb_from_rec2020
from pellicle.errors import NetworkMissingError, NetworkSignatureError
from pellicle.model.arrays import Array, Colour, Mask, Samples
from pellicle.model.network_file import NetworkFile, PaintingNetwork
from pellicle.stages.reconstruct.blending import membrane
from pellicle.stages.reconstruct.diffusion import EIGHT, as_fractions, as_samples
from pellicle.stages.sessions import session_from, session_of

FREE_MULTIPLE = 64
"""Sides of the input of a network with free sizes are a multiple of it."""
MOST_SIDE_PX = 1024
"""Longer windows are given to such a network at a smaller size."""
LEAST_CONTEXT_PX, MOST_CONTEXT_PX = 64, 512
RIM_PX = 3
"""So much of the intact paint around a place is painted with it, to be compared."""

_RANK = 4
_BANDS = 3
_FLOAT = "tensor(float)"
_PROBE_PX = 256
_GREY = 0.5
_TOP_OF_BYTES = 255.0
_ABOVE_ONE = 2.0
_WHOLLY = 0.999


def painting_network(network: NetworkFile, path: str) -> PaintingNetwork:
    """How a network is called; it is run once on plain grey to see what it answers.

    Parameters
    ----------
    network
        Content of the file.
    path
        Where workers find it.

    Raises
    ------
    NetworkSignatureError
        If it is no network, or one with another signature.
    """
    try:
        session = session_of(network)
    except Exception as error:
        # What onnxruntime raises has no common base of its own.
        raise NetworkSignatureError(path, "it is no ONNX network") from error
    inputs, outputs = session.get_inputs(), session.get_outputs()
    by_bands = {_bands(one): one for one in inputs}
    pair = len(inputs) == 2 and set(by_bands) == {_BANDS, 1}  # noqa: PLR2004 -- a pair
    if not pair or len(outputs[0].shape) != _RANK:
        found = ", ".join(f"{one.name} {_shape(one)}" for one in [*inputs, *outputs])
        raise NetworkSignatureError(path, f"it has {found}")
    picture, mask = by_bands[_BANDS], by_bands[1]
    height, width = picture.shape[2:]
    fixed = isinstance(height, int) and isinstance(width, int)
    side_px = (height, width) if fixed else None
    called = PaintingNetwork(
        network.sha256, path, picture.name, mask.name, side_px, top=1.0
    )
    grey = np.full((*(side_px or (_PROBE_PX, _PROBE_PX)), _BANDS), _GREY, np.float32)
    hole = np.zeros(grey.shape[:2], np.bool_)
    hole[grey.shape[0] // 2, grey.shape[1] // 2] = True
    answer = _answer(session, called, grey, hole)
    bytes_given = float(np.median(answer)) > _ABOVE_ONE
    return replace(called, top=_TOP_OF_BYTES if bytes_given else 1.0)


@lru_cache(maxsize=2)
def _session_at(network: PaintingNetwork) -> Any:
    try:
        return session_from(network.path)
    except Exception as error:
        raise NetworkMissingError(network.path) from error


def _shape(one: Any) -> str:
    return "×".join(str(side) for side in one.shape)


def _bands(one: Any) -> int | None:
    """Bands of an input of four axes of float32; None if it is something else."""
    if one.type != _FLOAT or len(one.shape) != _RANK:
        return None
    if isinstance(one.shape[0], int) and one.shape[0] != 1:
        return None
    bands = one.shape[1]
    if isinstance(bands, int):
        return bands
    return 1 if "mask" in one.name.lower() else _BANDS


def _answer(
    session: Any, called: PaintingNetwork, picture: Colour, mask: Mask
) -> Colour:
    """(H, W, 3) float32 as the network gives it.

    Raises
    ------
    NetworkSignatureError
        If it does not run, or gives another shape or what is no number.
    """
    inputs = {
        called.picture: np.ascontiguousarray(picture.transpose(2, 0, 1)[None]),
        called.mask: mask[None, None].astype(np.float32),
    }
    try:
        answer = np.asarray(session.run(None, inputs)[0])
    except Exception as error:
        reason = "it does not run on a picture and a mask"
        raise NetworkSignatureError(called.path, reason) from error
    if answer.shape != (1, _BANDS, *mask.shape):
        shape = "×".join(map(str, answer.shape))
        raise NetworkSignatureError(called.path, f"its answer is {shape}")
    if not np.isfinite(answer).all():
        reason = "its answer holds what is no number"
        raise NetworkSignatureError(called.path, reason)
    painted: Colour = answer[0].transpose(1, 2, 0).astype(np.float32)
    return painted


def painted_context_px(network: PaintingNetwork, side_px: int) -> int:
    """Pixels of context that a place of that side is painted with.

    As much on each side as the place is long, so that the network sees three times
    what it paints; as much as it takes, where its size is fixed.
    """
    least = max(min(side_px, MOST_CONTEXT_PX), LEAST_CONTEXT_PX)
    if network.side_px is None:
        return least
    return max(least, -(-(max(network.side_px) - side_px) // 2))


def paint(
    network: PaintingNetwork,
    scan: ScanEncoding | None,
    samples: Samples,
    target: Mask,
    known: Mask,
) -> tuple[Samples, Mask]:
    """Paint the target pixels of a window, joined to the paint around them.

    Parameters
    ----------
    network
        Of the common signature.
    scan
        What the samples mean; None is sRGB, or its curve for grey.
    samples
        (H, W, 1 or 3) uint8 or uint16; read at `known` only.
    target
        (H, W) bool: pixels to paint.
    known
        (H, W) bool, disjoint from `target`: intact paint. What is neither is painted
        too, for the network must not see damage, and left out again.

    Returns
    -------
    made
        Like `samples`, equal to them outside `filled`.
    filled
        (H, W) bool: the target, or nothing where no pixel is known.

    Raises
    ------
    NetworkMissingError
        If its file is no longer there.
    NetworkSignatureError
        If it does not answer as it did when it was looked at.

    Notes
    -----
    A window larger than the network takes is shown smaller, so what is painted is then
    coarser than the scan; a smaller one is continued by its mirror image. The answer is
    joined in the scan's own encoding, so that no conversion shows at the edge
    (`blending.py`).

    References
    ----------
    Suvorov et al., *Resolution-robust large mask inpainting*, 2022,
    doi 10.1109/WACV51458.2022.00323.
    """
    if not known.any() or not target.any():
        return samples, np.zeros_like(target)
    # A rim of intact paint is painted too: there it is seen how far the answer is off,
    # even where a network hands back what it was shown.
    hidden = ndimage.binary_dilation(~known, EIGHT, _rim_px(network, known.shape))
    srgb = _srgb(samples, scan)
    srgb[hidden] = 0
    answer = _shown_and_answered(network, srgb, hidden)
    own = _own(np.clip(answer, 0, 1), scan, samples.shape[2])
    edge = ndimage.binary_dilation(target, EIGHT) & known
    apart = as_fractions(samples, np.float32) - own
    apart[~edge] = 0
    joined = own + membrane(apart, edge, target)
    made = samples.copy()
    made[target] = as_samples(joined[target], samples.dtype)
    return made, target


def _rim_px(network: PaintingNetwork, shape: tuple[int, int]) -> int:
    """Depth of the rim, in pixels of the window; two at the size that is shown."""
    return max(RIM_PX, math.ceil(2 / _shown_part(network, shape)))


def _shown_part(network: PaintingNetwork, shape: tuple[int, int]) -> float:
    """Size at which a window is shown; at most 1."""
    most = network.side_px or (MOST_SIDE_PX, MOST_SIDE_PX)
    return min(1.0, most[0] / shape[0], most[1] / shape[1])


def _srgb(samples: Samples, scan: ScanEncoding | None) -> Colour:
    """(H, W, 3) float32 encoded sRGB in [0, 1]."""
    if scan is not None:
        return srgb_from_rec2020(scan.linear(samples))
    fractions = as_fractions(samples, np.float32)
    return np.repeat(fractions, _BANDS // fractions.shape[2], axis=2)


def _own(srgb: Colour, scan: ScanEncoding | None, bands: int) -> Array:
    """(H, W, bands) float32 fractions in the scan's encoding."""
    if scan is not None:
        linear = rec2020_from_srgb(srgb)
        return as_fractions(scan.encode(linear, np.uint16), np.float32)
    return srgb if bands == _BANDS else srgb.mean(axis=2, keepdims=True)


def _shown_and_answered(
    network: PaintingNetwork, picture: Colour, hidden: Mask
) -> Colour:
    """Answer for a window of any size, of the window's size, in [0, 1] about."""
    height, width = hidden.shape
    part = _shown_part(network, hidden.shape)
    if part < 1:
        size = max(1, round(width * part)), max(1, round(height * part))
        weight = cv2.resize(
            (~hidden).astype(np.float32), size, interpolation=cv2.INTER_AREA
        )
        sums = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        hidden = weight < _WHOLLY
        picture = np.asarray(
            sums / np.maximum(weight, np.float32(1e-6))[..., None], np.float32
        )
        picture[weight <= 0] = 0
    rows, columns = hidden.shape
    multiple = FREE_MULTIPLE
    wanted = network.side_px or (
        -(-rows // multiple) * multiple,
        -(-columns // multiple) * multiple,
    )
    pads = [
        ((side - own) // 2, side - own - (side - own) // 2)
        for side, own in zip(wanted, hidden.shape, strict=True)
    ]
    mirrored = np.pad(picture, (*pads, (0, 0)), mode="symmetric")
    covered = np.pad(hidden, pads, mode="symmetric")
    answer = _answer(_session_at(network), network, mirrored, covered)
    top, left = pads[0][0], pads[1][0]
    cut = answer[top : top + rows, left : left + columns] / np.float32(network.top)
    if part < 1:
        larger = cv2.resize(cut, (width, height), interpolation=cv2.INTER_CUBIC)
        cut = np.asarray(larger, np.float32)
    return np.ascontiguousarray(cut)
