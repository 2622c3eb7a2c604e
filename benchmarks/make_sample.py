# SPDX-License-Identifier: Apache-2.0
"""Make the bundled painting: a real detail with synthetic damage and its truth.

Run: `python benchmarks/make_sample.py PATH/TO/ORIGINAL.jpg`

Job: the files of `src/pellicle/samples` and the small crop of `tests/data`.
Not here: the damage (`sample_ageing.py`).

The original is the photograph of Ingres, *Princesse de Broglie*, that The Metropolitan
Museum of Art publishes under CC0. The same original and seed give the same files.
"""

import hashlib
import json
import sys
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray
from sample_ageing import HEIGHT_PX, SEED, WIDTH_PX, Sample, age

from pellicle.io.icc import srgb_profile

LEFT_PX, TOP_PX = 860, 500
PPI = 300.0
MM_PER_INCH = 25.4
SMALL = (slice(930, 1250), slice(330, 650))
"""Rows and columns of the crop for tests: shoulder, lace, silk; every class."""
BEGIN, END = "<!-- small-scan: begin -->", "<!-- small-scan: end -->"
CREDIT = "The Metropolitan Museum of Art, New York, Open Access (CC0)"
DAMAGE = {
    "loss": "losses down to a light ground, some to bare canvas or with underpaint "
    "left at the edge; flaking along cracks and along the split; deep scratches",
    "abrasion": "paint rubbed off along the weave in three patches; light scratches",
    "craquelure": "age cracks, 85 to 115 µm wide, filled with dirt or dust",
    "split": "one split of the support, 83 mm long, as a panel has it",
}
ORIGIN = """\
Detail of Jean-Auguste-Dominique Ingres, *Princesse de Broglie*, 1851-53, oil on canvas.
Photograph: The Metropolitan Museum of Art, New York, Open Access (CC0).
Licence of all files: CC0 1.0.

**The damage is synthetic**, made by `benchmarks/make_sample.py`; it says nothing about
the painting itself. So is the scale: the detail is taken as captured at 300 ppi.
"""


def write_tiff(path: Path, samples: NDArray[np.generic]) -> None:
    """RGB TIFF, deflated, at 300 ppi, in sRGB; the same bytes every time."""
    tifffile.imwrite(
        path,
        samples,
        photometric="rgb",
        compression="deflate",
        compressionargs={"level": 9},
        predictor=True,
        rowsperstrip=64,
        resolution=(PPI, PPI),
        resolutionunit="INCH",
        iccprofile=srgb_profile(),
        metadata=None,
        software="pellicle benchmarks/make_sample.py",
    )


def write_labels(path: Path, labels: NDArray[np.uint8]) -> None:
    """Labels as a grey 8-bit PNG."""
    path.write_bytes(imagecodecs.png_encode(labels, level=9))


def sha256(path: Path) -> str:
    """Hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def file_table(paths: list[Path]) -> str:
    """Markdown table of files, sizes and hashes."""
    rows = [f"| `{p.name}` | {p.stat().st_size:,} | `{sha256(p)}` |" for p in paths]
    return "\n".join(["| file | bytes | sha256 |", "| --- | ---: | --- |", *rows, ""])


def regions_of(labels: NDArray[np.uint8], key: int) -> int:
    """Number of 8-connected regions of one class."""
    mask = (labels == key).astype(np.uint8)
    return int(cv2.connectedComponents(mask, connectivity=8)[0] - 1)


def describe(sample: Sample, original: Path) -> dict[str, object]:
    """What goes into `painting.json`."""
    damage = {
        name: {
            "what": what,
            "regions": regions_of(sample.labels, key),
            "area_fraction": round(float((sample.labels == key).mean()), 5),
        }
        for key, (name, what) in enumerate(DAMAGE.items(), start=1)
    }
    return {
        "title": "Princesse de Broglie (detail)",
        "artist": "Jean-Auguste-Dominique Ingres",
        "date": "1851-53",
        "medium": "Oil on canvas",
        "museum": "The Metropolitan Museum of Art, New York",
        "credit": CREDIT,
        "licence": "CC0-1.0",
        "width_px": WIDTH_PX,
        "height_px": HEIGHT_PX,
        "ppi": PPI,
        "width_mm": round(WIDTH_PX / PPI * MM_PER_INCH, 3),
        "height_mm": round(HEIGHT_PX / PPI * MM_PER_INCH, 3),
        "note": "The damage is synthetic and says nothing about the painting itself. "
        "So is the scale: the detail is taken as captured at 300 ppi.",
        "seed": SEED,
        "damage": damage,
        "original_sha256": sha256(original),
        "undamaged_samples_sha256": hashlib.sha256(
            sample.undamaged.tobytes()
        ).hexdigest(),
    }


def write_sample(sample: Sample, original: Path, folder: Path) -> None:
    """Fill `src/pellicle/samples`."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = np.where(sample.labels[..., None] > 0, sample.undamaged, 0)
    write_tiff(folder / "scan.tif", sample.scan)
    write_labels(folder / "truth-labels.png", sample.labels)
    write_tiff(folder / "truth-samples.tif", truth.astype(np.uint8))
    about = json.dumps(describe(sample, original), ensure_ascii=False, indent=2)
    (folder / "painting.json").write_text(about + "\n", encoding="utf-8")
    names = ("painting.json", "scan.tif", "truth-labels.png", "truth-samples.tif")
    wide, high = (n / PPI * MM_PER_INCH for n in (WIDTH_PX, HEIGHT_PX))
    text = (
        f"# The bundled painting\n\n{ORIGIN}\n"
        f"{WIDTH_PX} x {HEIGHT_PX} pixels, {wide:.1f} x {high:.1f} mm.\n\n"
        "- `scan.tif`: the damaged scan, 16 bit, sRGB profile.\n"
        "- `truth-labels.png`: class of each damaged pixel (0 none, 1 loss, "
        "2 abrasion, 3 craquelure, 4 split).\n"
        "- `truth-samples.tif`: the undamaged samples, 8 bit, inside the damage; 0 "
        "elsewhere, where the scan equals the original times 257.\n"
        "- `painting.json`: the work, its size, what damage was added.\n\n"
        f"{file_table([folder / name for name in names])}"
    )
    (folder / "README.md").write_text(text, encoding="utf-8")


def write_small(sample: Sample, folder: Path) -> None:
    """Fill `tests/data`, and its own section of the README there."""
    folder.mkdir(parents=True, exist_ok=True)
    write_tiff(folder / "small-scan.tif", sample.scan[SMALL])
    write_labels(
        folder / "small-labels.png", np.ascontiguousarray(sample.labels[SMALL])
    )
    undamaged = np.ascontiguousarray(sample.undamaged[SMALL])
    (folder / "small-undamaged.png").write_bytes(
        imagecodecs.png_encode(undamaged, level=9)
    )
    names = ("small-scan.tif", "small-labels.png", "small-undamaged.png")
    section = (
        f"{BEGIN}\n## small-scan.tif, small-labels.png, small-undamaged.png\n\n{ORIGIN}"
        "\nA crop of the bundled painting, 320 x 320 pixels at 300 ppi (27.1 mm): scan "
        "(16 bit, sRGB\nprofile), truth labels, undamaged original (8 bit).\n\n"
        f"{file_table([folder / name for name in names])}{END}\n"
    )
    page = folder / "README.md"
    text = page.read_text(encoding="utf-8") if page.exists() else "# Test data\n"
    if BEGIN in text:
        before, rest = text.split(BEGIN)
        text = before + section + rest.split(END + "\n")[1]
    else:
        text = f"{text.rstrip()}\n\n{section}"
    page.write_text(text, encoding="utf-8")


def main(original: Path, root: Path) -> None:
    """Make every file from the museum's photograph."""
    bgr = cv2.imread(str(original), cv2.IMREAD_COLOR)
    if bgr is None:
        sys.exit(f"cannot read {original}")
    crop = bgr[TOP_PX : TOP_PX + HEIGHT_PX, LEFT_PX : LEFT_PX + WIDTH_PX, ::-1]
    sample = age(np.ascontiguousarray(crop), SEED)
    write_sample(sample, original, root / "src" / "pellicle" / "samples")
    write_small(sample, root / "tests" / "data")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).parents[1])
