# SPDX-License-Identifier: Apache-2.0
"""A finished treatment says of every copied pixel where its paint is from."""

import json
from pathlib import Path

import imagecodecs
import numpy as np
from command_line import LABELS

from pellicle.io.store import RasterStore
from pellicle.model.raster import Window
from pellicle.model.reconstruction import EvidenceGrade


def test_copied_pixels_and_no_others_point_at_intact_paint(own_treatment: Path) -> None:
    run = json.loads((own_treatment / "current.json").read_bytes())["reconstruction"]
    store = RasterStore.open(
        own_treatment / "runs/reconstruction" / run / "raster.zarr"
    )
    labels = imagecodecs.png_decode(LABELS.read_bytes())
    height, width = labels.shape
    window = Window(0, 0, height, width)
    offsets = store.read("offsets", window)
    copied = store.read("evidence", window) == EvidenceGrade.COPIED
    assert copied.any()
    assert np.array_equal(offsets.any(axis=2), copied)
    rows, columns = np.nonzero(copied) + offsets[copied].T
    assert rows.min() >= 0
    assert columns.min() >= 0
    assert rows.max() < height
    assert columns.max() < width
    assert (labels[rows, columns] == 0).all()
