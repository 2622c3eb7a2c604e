# SPDX-License-Identifier: Apache-2.0
"""The infills that are compared: ours and the peers, all called alike.

Job: run one on a picture and a mask, and measure its time and memory.
Not here: crops and scores (`learn`), the run (`bench_infill`).
Terms: *peers* are OpenCV's Telea and Navier–Stokes, scikit-image's biharmonic and
PyPatchMatch. Those that work at 8 bits get the picture at 8 bits; their answer is
spread to 16.
"""

import ctypes
import importlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from scipy import ndimage

from pellicle.errors import BenchExtraMissingError
from pellicle.learn.infill_damage import InfillClass
from pellicle.learn.infill_frozen import INFILL_PPI
from pellicle.model.arrays import Mask, Samples
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.stages.contract import RegionWindow
from pellicle.stages.reconstruct.infill import PaintingInfill
from pellicle.workflow.infill_networks import infill_networks
from pellicle.workflow.network_setting import BUILT_IN, NO_NETWORK

OURS = "Pellicle"
PLAIN = "Pellicle, no network"
"""Ours without the network that corrects diffusion: to see what that is good for."""
OWN = (OURS, PLAIN)
PATCH_MATCH = "PyPatchMatch"
PEER_SEED = 20_250_611
PATCH_RADIUS_PX = 3
"""Of PyPatchMatch: the radius its own examples use."""
TELEA_RADIUS_PX = 3

_TO_8 = 257
_FULL = 65_535.0
_EIGHT = np.ones((3, 3), np.bool_)
_KB_A_MB = 1_000.0
_WARM_UP_PX = 96
_Infill = Callable[[Samples, Mask], Samples]


@dataclass(frozen=True, slots=True)
class InfillMethod:
    """One way to infill.

    Attributes
    ----------
    name
        As in tables.
    infill
        (H, W, 3) uint16 sRGB and (H, W) bool to uint16.
    left_out
        Classes that it is not run on.
    why
        The reason for that; empty where there are none.
    """

    name: str
    infill: _Infill
    left_out: frozenset[InfillClass] = frozenset()
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Infilled:
    """What a method gave, and took.

    Attributes
    ----------
    samples
        (H, W, 3) uint16 sRGB.
    seconds, cpu_seconds
        Passed on the clock; taken from processors, by all threads together. On a
        machine that does other work only the second can be compared.
    peak_mb
        Most memory beyond what the process held before, or None where the system does
        not tell (all but Linux).
    """

    samples: Samples
    seconds: float
    cpu_seconds: float
    peak_mb: float | None


@lru_cache(maxsize=2)
def infill_methods(only_ours: bool = False) -> tuple[InfillMethod, ...]:
    """Ours, with and without network, then the peers.

    Compiled and loaded, so that what is timed afterwards is only the work.

    Raises
    ------
    BenchExtraMissingError
        If a peer of the extra `bench` is not installed.
    """
    methods = [
        InfillMethod(OURS, infill_as_restored),
        InfillMethod(PLAIN, partial(infill_as_restored, network=NO_NETWORK)),
    ]
    if not only_ours:
        methods += _peers()
    picture = np.random.default_rng(0).integers(
        0, 65_536, (_WARM_UP_PX, _WARM_UP_PX, 3), np.uint16
    )
    damage = np.zeros((_WARM_UP_PX, _WARM_UP_PX), np.bool_)
    damage[30:60, 30:60] = damage[70:73, 10:60] = True
    for method in methods:
        method.infill(picture, damage)
    return tuple(methods)


def run_infill(method: InfillMethod, damaged: Samples, mask: Mask) -> Infilled:
    """Run a method once."""
    known = _begin_peak()
    before_mb = _status_mb("VmRSS")
    begun, cpu = time.perf_counter(), time.process_time()
    made = method.infill(damaged, mask)
    cpu_seconds, seconds = time.process_time() - cpu, time.perf_counter() - begun
    peak_mb = max(0.0, _status_mb("VmHWM") - before_mb) if known else None
    return Infilled(made, seconds, cpu_seconds, peak_mb)


def infill_as_restored(
    picture: Samples, damage: Mask, network: str = BUILT_IN
) -> Samples:
    """Our infill, place by place, as `pellicle restore --network` does it."""
    networks = infill_networks(network)
    stage = PaintingInfill(refiner=networks.refiner, painter=networks.painter)
    pixel_size = PixelSize.from_ppi(INFILL_PPI)
    whole = RasterSpec(*damage.shape, pixel_size).window
    result = picture.copy()
    numbers, _ = ndimage.label(damage, _EIGHT)
    for number, box in enumerate(ndimage.find_objects(numbers), start=1):
        rows, columns = box
        place = Window(rows.start, columns.start, rows.stop, columns.stop)
        window = place.expanded(stage.context_px(place, pixel_size), whole)
        target = numbers[window.slices] == number
        made = stage.run_region(
            RegionWindow(
                window=window,
                samples=picture[window.slices],
                target=target,
                known=~damage[window.slices],
                pixel_size=pixel_size,
                method=np.zeros(target.shape, np.uint8),
            )
        )
        result[window.slices][made.filled] = made.samples[made.filled]
    return result


def in_8_bits(samples: Samples) -> Samples:
    """Nearest 8-bit samples of 16-bit ones."""
    rounded: Samples = ((samples.astype(np.uint32) + _TO_8 // 2) // _TO_8).astype(
        np.uint8
    )
    return rounded


def _at_8_bits(infill: _Infill) -> _Infill:
    """A method that takes and gives 8 bits, in one that takes and gives 16.

    What it leaves as it was stays as it was at 16 bits.
    """

    def widened(picture: Samples, damage: Mask) -> Samples:
        small = in_8_bits(picture)
        made = infill(small, damage)
        new = damage | (made != small).any(axis=2)
        result = picture.copy()
        result[new] = made[new].astype(np.uint16) * np.uint16(_TO_8)
        return result

    return widened


def _peers() -> list[InfillMethod]:
    biharmonic = _required("skimage.restoration").inpaint_biharmonic
    patch_match = _required("patchmatch")

    def by_opencv(flag: int) -> _Infill:
        def infill(picture: Samples, damage: Mask) -> Samples:
            plane = damage.astype(np.uint8)
            made = cv2.inpaint(picture, plane, TELEA_RADIUS_PX, flag)
            return np.asarray(made, np.uint8)

        return _at_8_bits(infill)

    def by_biharmonic(picture: Samples, damage: Mask) -> Samples:
        field = biharmonic(
            picture / _FULL, damage, split_into_regions=True, channel_axis=-1
        )
        made: Samples = np.rint(np.clip(field, 0, 1) * _FULL).astype(np.uint16)
        made[~damage] = picture[~damage]
        return made

    def by_patch_match(picture: Samples, damage: Mask) -> Samples:
        patch_match.set_random_seed(PEER_SEED)
        made: Samples = patch_match.inpaint(
            picture, damage.astype(np.uint8), patch_size=PATCH_RADIUS_PX
        )
        return made

    return [
        InfillMethod("OpenCV Telea", by_opencv(cv2.INPAINT_TELEA)),
        InfillMethod("OpenCV Navier–Stokes", by_opencv(cv2.INPAINT_NS)),
        InfillMethod(
            "scikit-image biharmonic",
            by_biharmonic,
            frozenset({InfillClass.LARGE}),
            "impractical: one linear system for each loss, minutes each",
        ),
        InfillMethod(PATCH_MATCH, _at_8_bits(by_patch_match)),
    ]


def _required(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise BenchExtraMissingError(error.name or name) from error


def _begin_peak() -> bool:
    """Let the system count the greatest memory from here; whether it can."""
    with suppress(AttributeError, OSError, TypeError):
        # What was freed is kept by the process and would hide what is taken next.
        ctypes.CDLL(None).malloc_trim(0)
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def _status_mb(name: str) -> float:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            key, _, value = line.partition(":")
            if key == name:
                return float(value.split()[0]) / _KB_A_MB
    return 0.0
