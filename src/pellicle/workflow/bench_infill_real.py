# SPDX-License-Identifier: Apache-2.0
"""Real paint losses: our infill beside the peers and beside what others published.

Job: run the methods on photographs with marked losses, and set published infills of
the same beside them.
Not here: crops whose truth is known (`bench_infill_crop`), sheets.

Photographs are `NAME_image.png` with `NAME_mask.png` (white is loss), as for the
condition benchmark. Published infills are files `peer_METHODinpaintedNUMBER….png`
beside them, NUMBER being the digits that end NAME.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pellicle.io.icc import scan_encoding
from pellicle.learn.infill_damage import InfillClass
from pellicle.learn.real_pairs import MarkKind, RealPair, read_pairs
from pellicle.learn.seam_step import seam_excess_without_truth
from pellicle.learn.texture_spectrum import grain_without_truth
from pellicle.model.arrays import Array, Samples
from pellicle.workflow.bench_infill_methods import (
    in_8_bits,
    infill_methods,
    run_infill,
)

WINDOW_PX = 16
_TO_16 = np.uint16(257)
_PUBLISHED = re.compile(r"peer_([A-Za-z]+?)inpainted(\d+)")
_NUMBER = re.compile(r"(\d+)$")


@dataclass(frozen=True, slots=True, eq=False)
class RealInfills:
    """One photograph and its infills.

    Attributes
    ----------
    name
        Of the photograph.
    figures
        By method: `seam_de00`, `grain_db`, `outside_px`, `cpu_seconds` (None for what
        was published).
    original
        (H, W, 3) uint8 with the losses.
    marked
        The same, losses in magenta.
    made
        By method, (H, W, 3) uint8.
    """

    name: str
    figures: dict[str, dict[str, Any]]
    original: Samples
    marked: Samples
    made: dict[str, Samples]


def real_pairs(folder: Path) -> list[RealPair]:
    """Photographs of a folder whose losses are marked."""
    return [pair for pair in read_pairs(folder) if pair.kind is MarkKind.LOSS]


def measure_real(
    folder: Path,
    pairs: Sequence[RealPair],
    only_ours: bool,
    done: Callable[[str], None],
) -> Iterator[RealInfills]:
    """Run every method on each photograph.

    Parameters
    ----------
    folder
        Where published infills are looked for.
    pairs
        See `real_pairs`.
    only_ours
        Leave out the peers; what was published stays.
    done
        Told the name of each photograph when it is measured.
    """
    for pair in pairs:
        yield _infilled(folder, pair, only_ours)
        done(f"real losses {pair.name}")


def _infilled(folder: Path, pair: RealPair, only_ours: bool) -> RealInfills:
    damaged = pair.samples.astype(np.uint16) * _TO_16
    made: dict[str, Samples] = {}
    seconds: dict[str, float | None] = {}
    for method in infill_methods(only_ours):
        # Real losses are of all sizes: what cannot do large ones cannot do these.
        if InfillClass.LARGE not in method.left_out:
            run = run_infill(method, damaged, pair.marks)
            made[method.name] = in_8_bits(run.samples)
            seconds[method.name] = run.cpu_seconds
    for name, samples in _published(folder, pair):
        made[name] = samples
        seconds[name] = None
    marked = pair.samples.copy()
    marked[pair.marks] = (255, 0, 255)
    figures = {
        name: {**_figures(pair, samples), "cpu_seconds": seconds[name]}
        for name, samples in made.items()
    }
    return RealInfills(pair.name, figures, pair.samples, marked, made)


def _published(folder: Path, pair: RealPair) -> Iterator[tuple[str, Samples]]:
    number = _NUMBER.search(pair.name)
    for path in sorted(folder.rglob("peer_*.png")):
        found = _PUBLISHED.match(path.name)
        if found and number and found[2] == number[1]:
            bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
            if bgr is not None and bgr.shape == pair.samples.shape:
                rgb: Array = np.ascontiguousarray(bgr[..., ::-1])
                yield f"published {found[1]}", rgb


def _figures(pair: RealPair, made: Samples) -> dict[str, Any]:
    lab = scan_encoding(None, made.shape[2]).lab_d50(made)
    changed = (made != pair.samples).any(axis=2) & ~pair.marks
    return {
        "seam_de00": seam_excess_without_truth(lab, pair.marks),
        "grain_db": grain_without_truth(
            np.ascontiguousarray(lab[..., 0]), pair.marks, WINDOW_PX
        ),
        "outside_px": int(np.count_nonzero(changed)),
    }
