# SPDX-License-Identifier: Apache-2.0
"""Reduce hand-drawn outlines of film damage to the table that the package ships.

Run: `python benchmarks/film_shapes.py FOLDER`, FOLDER with `*.json.gz` and
`LICENSE-MIT.txt` of "Simulating analogue film damage" (Ivanova and others).
"""

import gzip
import json
import sys
from pathlib import Path

import numpy as np

OUT = Path(__file__).parents[1] / "src/pellicle/learn/ageing/film_shapes"
KEPT = {"Scratch": 66, "Long hair": 399, "Short hair": 700, "Dirt": 450, "Dust": 150}


def outlines(folder: Path) -> dict[str, list[np.ndarray]]:
    """(n, 2) int64 (x, y) outlines of each kind, in film scan pixels."""
    found: dict[str, list[np.ndarray]] = {kind: [] for kind in KEPT}
    for path in sorted(folder.glob("*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for shape in json.load(file).values():
                points = [(p["x"], p["y"]) for p in shape["points"]]
                found[shape["label"]["name"]].append(np.array(points))
    return found


def main() -> None:
    """Write `film_shapes.npz` and `film_shapes.md`."""
    folder = Path(sys.argv[1])
    rng = np.random.default_rng(0)
    points, kinds, counts = [], [], []
    for number, (kind, shapes) in enumerate(outlines(folder).items()):
        chosen = rng.permutation(len(shapes))[: KEPT[kind]]
        for index in np.sort(chosen):
            shape = shapes[index]
            points.append((shape - shape.min(axis=0)).astype(np.int16))
            kinds.append(number)
            counts.append(len(shape))
    np.savez_compressed(
        OUT.with_suffix(".npz"),
        points_px=np.concatenate(points),
        counts=np.array(counts, np.uint16),
        kinds=np.array(kinds, np.uint8),
    )
    licence = (folder / "LICENSE-MIT.txt").read_text(encoding="utf-8")
    OUT.with_suffix(".md").write_text(
        "# Outlines of film damage\n\n"
        "`film_shapes.npz` holds outlines of scratches, hairs, dirt and dust that "
        "were drawn by\nhand on scans of 35 mm film, reduced from the annotations of "
        "*Simulating analogue film\ndamage to analyse and improve artefact "
        "restoration on high-resolution scans*\n(D. Ivanova, J. Williamson, P. "
        "Henderson, 2023) by `benchmarks/film_shapes.py`.\n\n"
        "Arrays: `points_px` (N, 2) int16 x, y of all outlines, each from its own "
        "corner;\n`counts` points in each outline; `kinds` "
        + ", ".join(f"{i} {kind.lower()}" for i, kind in enumerate(KEPT))
        + f".\n\n## Licence of the outlines\n\n{licence}",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
