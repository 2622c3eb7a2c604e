# SPDX-License-Identifier: Apache-2.0
"""Standard benchmark jobs: a large scan, its given damage and what it hides.

Job: make the files of a job from one photograph of a painting, and check them against
the job's definition.
Not here: the shapes of the damage (`bench_damage`), running and timing the job.
Terms: *job A* is 6,000 x 6,150 pixels at 600 ppi (254 x 260 mm), 16 bit, with 5,600
regions of log-normal area that take 8 % of it. *Job B* is 14,170 x 10,630 pixels
(600 x 450 mm), with as many regions that take 66,205 mm², the size of the reference
work's mask (Kachkine 2025, doi 10.1038/s41586-025-09045-4).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias

import cv2
import imagecodecs
import numpy as np
from scipy import ndimage

from pellicle.errors import BadInputError, JobOffSpecError, WorksMissingError
from pellicle.io.icc import srgb_profile
from pellicle.io.png_file import write_png
from pellicle.io.scan_file import ScanFile, probe_scan, read_strips, with_depth
from pellicle.io.scan_tiff import write_scan_tiff
from pellicle.io.strips import strip_windows
from pellicle.model.arrays import Array, Labels
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.scan import ScaleSource, ScanSpec
from pellicle.model.units import PixelSize
from pellicle.workflow.bench_damage import draw_regions

STANDARD_SEED: Final = 5612
COUNT_TOLERANCE: Final = 0.05
AREA_TOLERANCE: Final = 0.01

_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff"})
_MARGIN_PX = 80  # photographs of paintings show the frame's edge
_GROUND_SRGB = np.array([0.82, 0.77, 0.67])
_TEXTURE_PX = 1024
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 -- the same bytes on every day
_FULL_SCALE = 65535

Texture: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class JobSpec:
    """Definition of a job.

    Attributes
    ----------
    width_px, height_px, ppi
        Size and scale of the scan.
    regions
        8-connected regions of damage; 5 % more or fewer will do.
    damaged_fraction
        Share of the scan that is damaged; 0.01 more or less will do.
    smallest_px
        Pixels of the smallest region.
    parts
        The photograph has at least this part, one in so many, of the scan's width and
        height; it is mirrored to fill the rest.
    """

    width_px: int
    height_px: int
    ppi: float
    regions: int
    damaged_fraction: float
    smallest_px: int = 12
    parts: int = 2

    @property
    def raster(self) -> RasterSpec:
        """Size of the scan, in pixels and on the painting."""
        pixel_size = PixelSize.from_ppi(self.ppi)
        return RasterSpec(self.height_px, self.width_px, pixel_size)


JOB_A: Final = JobSpec(6000, 6150, 600.0, 5600, 0.08)
JOB_B: Final = JobSpec(14_170, 10_630, 600.0, 5600, 0.2453, parts=3)


@dataclass(frozen=True, slots=True)
class JobFiles:
    """Files of a job.

    Attributes
    ----------
    spec
        What was asked for.
    scan
        TIFF, 16-bit RGB, sRGB profile, with its resolution.
    damage
        PNG of labels, for `--damage`.
    truth
        TIFF like the scan: the undamaged samples inside the damage, 0 elsewhere.
    picture
        Name of the photograph it was made from.
    """

    spec: JobSpec
    scan: Path
    damage: Path
    truth: Path
    picture: str


@dataclass(frozen=True, slots=True)
class JobFigures:
    """What a job holds, counted.

    Attributes
    ----------
    regions
        8-connected regions of one class.
    damaged_fraction
        Share of the scan.
    smallest_px, largest_px
        Pixels of the smallest and the largest region.
    """

    regions: int
    damaged_fraction: float
    smallest_px: int
    largest_px: int


def make_job(
    works: Path, destination: Path, seed: int = STANDARD_SEED, spec: JobSpec = JOB_A
) -> JobFiles:
    """Make a standard job, or one like it.

    The largest photograph in `works` is taken at its own size, mirrored at its edges
    where it is too small; nothing is enlarged.

    Parameters
    ----------
    works
        Folder of photographs of paintings, or a folder with such a folder `met`.
    destination
        Folder for `scan.tif`, `damage.png` and `truth.tif`; they are replaced.
    seed
        Same seed, photograph and spec: same files.
    spec
        Job to make.

    Raises
    ------
    WorksMissingError
        If no photograph in `works` is large enough, see `JobSpec.parts`.
    DiskFullError, UnwritableError
        If the files cannot be written.

    Notes
    -----
    Memory for job A is about 0.6 GB, for job B 1 GB: the photograph at 8 bit, labels,
    strips.
    """
    picture = _largest_picture(works, spec)
    painting = _Painting(_samples(picture), seed)
    raster = spec.raster
    rng = np.random.default_rng([seed, 0])
    area_px = round(spec.damaged_fraction * raster.pixel_count)
    labels = draw_regions(raster.shape, spec.regions, area_px, spec.smallest_px, rng)
    files = JobFiles(
        spec,
        destination / "scan.tif",
        destination / "damage.png",
        destination / "truth.tif",
        picture.path.name,
    )
    described = ScanSpec(raster, 3, 16, srgb_profile(), ScaleSource.FILE)
    write_scan_tiff(
        files.scan, raster, described, painting.damaged(labels, raster), _MADE
    )
    write_scan_tiff(
        files.truth, raster, described, painting.hidden(labels, raster), _MADE
    )
    write_png(files.damage, raster, [(raster.window, labels)])
    return files


def check_job(files: JobFiles) -> JobFigures:
    """Count a job's regions and hold them to its definition.

    Raises
    ------
    JobOffSpecError
        If the regions are too many, too few or too small, or the area is off.
    """
    spec = files.spec
    labels: Labels = imagecodecs.png_decode(files.damage.read_bytes())
    areas = region_areas_of(labels)
    fraction = int(np.count_nonzero(labels)) / labels.size
    if abs(len(areas) - spec.regions) > COUNT_TOLERANCE * spec.regions:
        raise JobOffSpecError("regions", len(areas), spec.regions)
    if abs(fraction - spec.damaged_fraction) > AREA_TOLERANCE:
        raise JobOffSpecError("damaged fraction", fraction, spec.damaged_fraction)
    if min(areas, default=0) < spec.smallest_px:
        raise JobOffSpecError("smallest region in px", min(areas), spec.smallest_px)
    return JobFigures(len(areas), fraction, min(areas), max(areas))


def region_areas_of(labels: Labels) -> list[int]:
    """Pixels of each 8-connected region of one class, class by class."""
    areas: list[int] = []
    for kind in np.unique(labels[labels > 0]):
        here = (labels == kind).view(np.uint8)
        stats = cv2.connectedComponentsWithStats(here, connectivity=8)[2]
        areas.extend(stats[1:, cv2.CC_STAT_AREA].tolist())
    return areas


class _Painting:
    """The job's picture, made strip by strip; any strip can be made again."""

    def __init__(self, samples: Array, seed: int) -> None:
        self.samples = samples
        self.seed = seed
        rng = np.random.default_rng([seed, 1])
        white = rng.standard_normal((_TEXTURE_PX, _TEXTURE_PX))
        # Both repeat without a seam, so that strips of any height fit together.
        mottle = ndimage.gaussian_filter(white, 14, mode="wrap")
        grain = ndimage.gaussian_filter(white[::-1], 0.8, mode="wrap")
        self.texture: Texture = (
            1 + 0.035 * mottle / mottle.std() + 0.02 * grain / grain.std()
        )

    def undamaged(self, window: Window) -> Array:
        """(rows, W, 3) uint16 with the last eight bits filled as a camera would."""
        rows = _mirrored(window.top, window.bottom, self.samples.shape[0])
        columns = _mirrored(window.left, window.right, self.samples.shape[1])
        coarse = self.samples[rows][:, columns].astype(np.int32) * 257
        rng = np.random.default_rng([self.seed, 2, window.top])
        noise = rng.integers(-128, 129, coarse.shape, np.int16)
        samples: Array = np.clip(coarse + noise, 0, _FULL_SCALE).astype(np.uint16)
        return samples

    def ground(self, window: Window) -> Array:
        """(rows, W, 3) uint16: a light ground of uneven tone."""
        rows = np.arange(window.top, window.bottom) % _TEXTURE_PX
        columns = np.arange(window.left, window.right) % _TEXTURE_PX
        tone = self.texture[rows][:, columns, None] * _GROUND_SRGB
        levels = np.clip(np.round(tone * _FULL_SCALE), 0, _FULL_SCALE)
        samples: Array = levels.astype(np.uint16)
        return samples

    def damaged(
        self, labels: Labels, raster: RasterSpec
    ) -> Iterator[tuple[Window, Array]]:
        """The scan: ground where there are labels."""
        for window in strip_windows(raster):
            lost = labels[window.slices][..., None] > 0
            yield (
                window,
                np.where(lost, self.ground(window), self.undamaged(window)),
            )

    def hidden(
        self, labels: Labels, raster: RasterSpec
    ) -> Iterator[tuple[Window, Array]]:
        """The truth: what lies under the labels, 0 elsewhere."""
        for window in strip_windows(raster):
            lost = labels[window.slices][..., None] > 0
            yield window, np.where(lost, self.undamaged(window), np.uint16(0))


def _mirrored(start: int, stop: int, length: int) -> Array:
    """Indices `start` to `stop` of a line reflected again and again at its ends."""
    index = np.arange(start, stop) % (2 * length)
    return np.where(index < length, index, 2 * length - 1 - index)


def _largest_picture(works: Path, spec: JobSpec) -> ScanFile:
    """The photograph with most pixels; of equal ones the first by name."""
    folder = works / "met" if (works / "met").is_dir() else works
    names = sorted(folder.iterdir()) if folder.is_dir() else []
    pictures = [path for path in names if path.suffix.lower() in _PICTURES]
    margin_px = 2 * _MARGIN_PX
    fitting: list[ScanFile] = []
    for path in pictures:
        try:
            picture = probe_scan(path)
        except BadInputError:
            continue  # another picture will do
        wide = spec.parts * (picture.width_px - margin_px) >= spec.width_px
        high = spec.parts * (picture.height_px - margin_px) >= spec.height_px
        if wide and high and picture.bands == 3:  # noqa: PLR2004 -- RGB
            fitting.append(picture)
    if not fitting:
        sides = spec.width_px, spec.height_px
        least = [side // spec.parts + margin_px for side in sides]
        raise WorksMissingError(str(works), len(pictures), *least)
    return max(fitting, key=_pixels)


def _pixels(picture: ScanFile) -> int:
    return picture.width_px * picture.height_px


def _samples(picture: ScanFile) -> Array:
    """(H, W, 3) uint8 without the margin. The file's profile is not looked at."""
    whole = np.empty((picture.height_px, picture.width_px, 3), np.uint8)
    for window, strip in read_strips(picture):
        whole[window.slices] = with_depth(strip, 8)
    inner = slice(_MARGIN_PX, -_MARGIN_PX)
    return whole[inner, inner]
