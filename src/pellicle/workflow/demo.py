# SPDX-License-Identifier: Apache-2.0
"""Demo: the whole job on the bundled painting, and how close it came to the truth."""

from pathlib import Path

import numpy as np
from scipy import ndimage

from pellicle.colour.difference import ciede2000
from pellicle.io.report_content import Cell, ReportTable
from pellicle.io.sample_painting import read_truth, sample_painting
from pellicle.model.arrays import Array, Labels
from pellicle.model.condition import DamageClass
from pellicle.treatment.folder import Treatment
from pellicle.workflow.begin import Request, begun
from pellicle.workflow.figures import Chain
from pellicle.workflow.job import JobDone, finish

_CLASSES = (
    DamageClass.LOSS,
    DamageClass.ABRASION,
    DamageClass.CRAQUELURE,
    DamageClass.SPLIT,
)
_NEAR_PX = 2


def run_demo(path: Path, workers: int, *, quiet: bool) -> JobDone:
    """Do the whole job on the bundled painting.

    Raises
    ------
    PellicleError
        If the folder cannot be used.
    """
    painting = sample_painting()
    facts = painting.facts
    request = Request(scan=painting.scan, width_mm=facts.width_mm)
    with begun(path, request) as treatment:
        _describe(treatment, facts.title, facts.artist, facts.museum)
        return finish(treatment, workers, quiet=quiet, truth=compare_with_truth)


def _describe(treatment: Treatment, title: str, artist: str, owner: str) -> None:
    known = treatment.description()
    if (known.title, known.artist, known.owner) != (title, artist, owner):
        treatment.describe({"title": title, "artist": artist, "owner": owner})


def compare_with_truth(chain: Chain) -> ReportTable:
    """How close the condition map and the proposed picture came to the truth.

    Notes
    -----
    The bundled painting is small; its planes are read whole.
    """
    truth, hidden = read_truth(sample_painting())
    whole = chain.scan.raster.window
    found: Labels = chain.regions.labels.read(whole)
    rows: list[tuple[Cell, ...]] = [
        (
            damage_class.label,
            _percent(_recall(found, truth, damage_class)),
            _percent(_precision(found, truth, damage_class)),
        )
        for damage_class in _CLASSES
    ]
    sound = truth == DamageClass.UNMAPPED
    right = _percent(_any(truth, found))
    rows.append(("any damage", _percent(_any(found, truth)), right))
    inked = chain.mask.planes.read(whole).any(axis=2)
    covered = np.count_nonzero(inked & (truth == DamageClass.LOSS))
    losses = int(np.count_nonzero(truth == DamageClass.LOSS))
    rows.append(("true loss covered by the film", _percent(covered / losses), ""))
    on_sound = np.count_nonzero(inked & sound) / np.count_nonzero(sound)
    rows.append(("sound paint covered by the film", _percent(on_sound), ""))
    for name, samples in (
        ("scan", chain.scan.samples),
        ("reconstruction", chain.reconstruction.samples),
        ("film on", chain.proof.samples),
    ):
        de00 = _de00(chain, samples.read(whole), hidden, ~sound)
        rows.append((f"ΔE00 in the true damage, {name}", f"{de00:.2f}", ""))
    return ReportTable(
        title="How close it came",
        note=(
            "The damage of this painting is synthetic, so the truth is known. Found: "
            f"share of the true pixels with a mapped pixel within {_NEAR_PX} px, of "
            "any class for the last line, else of the same class. Right: share of the "
            "mapped pixels with a true one that near."
        ),
        columns=("", "found", "right"),
        rows=tuple(rows),
    )


def _recall(found: Labels, truth: Labels, damage_class: DamageClass) -> float:
    return _share_near(truth == damage_class, found == damage_class)


def _precision(found: Labels, truth: Labels, damage_class: DamageClass) -> float:
    return _share_near(found == damage_class, truth == damage_class)


def _any(found: Labels, truth: Labels) -> float:
    return _share_near(truth != 0, found != 0)


def _share_near(pixels: Array, others: Array) -> float:
    """Share of `pixels` that have one of `others` within `_NEAR_PX`."""
    count = np.count_nonzero(pixels)
    if not count:
        return 0.0
    side = 2 * _NEAR_PX + 1
    near = ndimage.binary_dilation(others, np.ones((side, side), np.bool_))
    return float(np.count_nonzero(pixels & near) / count)


def _de00(chain: Chain, samples: Array, hidden: Array, where: Array) -> float:
    encoding = chain.scan.encoding
    lab = encoding.lab_d50(samples[where])
    return float(ciede2000(lab, encoding.lab_d50(hidden[where])).mean())


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
