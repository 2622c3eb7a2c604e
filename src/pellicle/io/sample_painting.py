# SPDX-License-Identifier: Apache-2.0
"""The painting that comes with Pellicle: a damaged scan and the truth about it.

Job: where its files are, what they show, and the picture as it was before the damage.
Not here: making them (`benchmarks/make_sample.py`), running the demo (`workflow`).
Terms: the *truth* is where the synthetic damage is and what it hides; it is kept only
inside the damage, because outside the scan is the original times 257.
"""

from importlib.resources import files
from pathlib import Path
from typing import TypeAlias

import imagecodecs
import numpy as np
import tifffile
from pydantic import BaseModel, ConfigDict

from pellicle.model.arrays import Labels

ScanSamples: TypeAlias = np.ndarray[tuple[int, int, int], np.dtype[np.uint16]]
"""(H, W, 3) uint16, full scale, sRGB."""

_FULL_SCALE = np.uint16(257)  # 8 to 16 bit: 255 becomes 65535


class SyntheticDamage(BaseModel):
    """What was done to the picture in one class.

    Attributes
    ----------
    what
        In words.
    regions
        Number of 8-connected regions.
    area_fraction
        Share of the picture, 0 to 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    regions: int
    area_fraction: float


class PaintingFacts(BaseModel):
    """Content of `painting.json`: the work, its (made-up) scale, its damage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    artist: str
    date: str
    medium: str
    museum: str
    credit: str
    licence: str
    width_px: int
    height_px: int
    ppi: float
    width_mm: float
    height_mm: float
    note: str
    seed: int
    damage: dict[str, SyntheticDamage]
    original_sha256: str
    undamaged_samples_sha256: str


class SamplePainting(BaseModel):
    """Files of the bundled painting, and what is known of it.

    Attributes
    ----------
    scan
        TIFF, 16-bit RGB with an sRGB profile and its resolution.
    truth_labels
        PNG, one `DamageClass` a pixel.
    truth_samples
        TIFF, 8-bit RGB: the original inside the damage, 0 elsewhere.
    facts
        Title, artist, size in millimetres, credit line, damage.
    """

    model_config = ConfigDict(frozen=True)

    scan: Path
    truth_labels: Path
    truth_samples: Path
    facts: PaintingFacts


def sample_painting() -> SamplePainting:
    """The bundled painting. Reads its description, not its pixels."""
    folder = Path(str(files("pellicle"))) / "samples"
    text = (folder / "painting.json").read_text(encoding="utf-8")
    return SamplePainting(
        scan=folder / "scan.tif",
        truth_labels=folder / "truth-labels.png",
        truth_samples=folder / "truth-samples.tif",
        facts=PaintingFacts.model_validate_json(text),
    )


def read_truth(painting: SamplePainting) -> tuple[Labels, ScanSamples]:
    """Where the damage is, and what it hides.

    Returns
    -------
    labels
        (H, W) uint8, one `DamageClass` a pixel; 0 is sound.
    hidden
        (H, W, 3) uint16 in the scan's encoding: the original inside the damage,
        0 elsewhere.
    """
    labels: Labels = imagecodecs.png_decode(painting.truth_labels.read_bytes())
    hidden = tifffile.imread(painting.truth_samples).astype(np.uint16) * _FULL_SCALE
    return labels, hidden


def read_undamaged(painting: SamplePainting) -> ScanSamples:
    """The whole picture before the damage, in the scan's encoding, (H, W, 3) uint16."""
    labels, hidden = read_truth(painting)
    undamaged: ScanSamples = tifffile.imread(painting.scan)
    undamaged[labels > 0] = hidden[labels > 0]
    return undamaged
