# SPDX-License-Identifier: Apache-2.0
"""Masks drawn elsewhere: damage, outline and protection, as pixels of the scan.

Job: read a picture or GeoJSON of the scan's size as labels or as an area.
Not here: what is done with them (`workflow`); `--outline auto` (`raster/outline.py`).

Pictures are read twice: a first pass finds out what their values mean.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np

from pellicle.errors import MaskSizeError, UnknownDamageClassError
from pellicle.io.geojson import Feature, read_features
from pellicle.io.picture_file import (
    read_picture_header,
    read_picture_strips,
    require_file,
)
from pellicle.io.picture_header import AlphaKind, PictureFormat, PictureHeader
from pellicle.io.scan_file import STRIP_PX
from pellicle.model.arrays import Array, Labels, Mask
from pellicle.model.condition import DamageClass
from pellicle.model.raster import RasterSpec, Window
from pellicle.raster.polygons import polygon_bounds, rasterise

POLYGON_SUFFIXES = (".geojson", ".json")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LAST_LABEL = max(DamageClass)


class Meaning(Enum):
    """What the values of a mask picture say."""

    LABELS = "labels"
    """Each value is a `DamageClass`."""
    LEVELS = "levels"
    """At least half of full scale is inside; colours count by their mean."""
    COLOURS = "colours"
    """At least half of full scale in any colour is inside: a mask drawn in one
    saturated colour, which no mean reaches."""
    ALPHA = "alpha"
    """At least half opaque is inside: dark strokes on a transparent layer."""


@dataclass(slots=True)
class _Seen:
    """What the first pass found."""

    all_labels: bool = True
    all_zero: bool = True
    level_reached: bool = False
    colour_reached: bool = False
    opaque: bool = False
    transparent: bool = False

    @property
    def meaning(self) -> Meaning:
        shape_in_alpha = self.opaque and self.transparent
        if self.all_labels and not (self.all_zero and shape_in_alpha):
            return Meaning.LABELS
        if self.level_reached:
            return Meaning.LEVELS
        if shape_in_alpha:
            return Meaning.ALPHA
        return Meaning.COLOURS if self.colour_reached else Meaning.LEVELS


def require_damage(path: Path, raster: RasterSpec) -> None:
    """Refuse a damage file that is of another size or has unknown classes.

    Pixels of pictures are not decoded; what may be wrong with them shows later.

    Raises
    ------
    MaskSizeError, UnknownDamageClassError, BadGeojsonError, PellicleError
        As for `read_damage_strips`.
    """
    if not _holds_polygons(path):
        _sized_header(path, raster)
        return
    for feature in read_features(path, raster):
        _damage_class(path, feature)


def require_area(path: Path, raster: RasterSpec) -> None:
    """Refuse an area file of another size; as `require_damage`, but for classes."""
    if _holds_polygons(path):
        read_features(path, raster)
    else:
        _sized_header(path, raster)


def _sized_header(path: Path, raster: RasterSpec) -> PictureHeader:
    header = read_picture_header(path)
    if header.upright_shape != raster.shape:
        found, needed = header.upright_shape, raster.shape
        raise MaskSizeError(str(path), found[::-1], needed[::-1])
    return header


def read_damage_strips(
    path: Path,
    raster: RasterSpec,
    strip_px: int = STRIP_PX,
    scratch: Path | None = None,
) -> Iterator[tuple[Window, Labels]]:
    """Read damage regions as labels, from top to bottom.

    Parameters
    ----------
    path
        A picture of the scan's size, or GeoJSON (`.geojson`, `.json`) in scan pixels.
    raster
        The scan's.
    strip_px, scratch
        As for `scan_file.read_strips`.

    Yields
    ------
    window, labels
        (H, W) uint8 `DamageClass`.

    Raises
    ------
    MaskSizeError
        If a picture has another size than the scan, once upright.
    UnknownDamageClassError, BadGeojsonError
        If GeoJSON names no known class, or is none.
    PellicleError
        What `read_picture_header` and `read_picture_strips` raise.

    Notes
    -----
    A picture whose values are all 0 to 8 holds labels. In a PNG with a colour palette
    the values are the indexes, unless all its colours are greys. Otherwise at least
    half of full scale is loss: the mean of RGB, times alpha. Where no pixel reaches
    half by that rule, a mask in one saturated colour, or dark strokes on a transparent
    layer, are taken for what they are. JPEG is never labels: its values are not exact.

    A GeoJSON feature has `class`: a name ("loss"), a number 0 to 8, or nothing, which
    is loss. Where features overlap, the later one holds.
    """
    if _holds_polygons(path):
        features = read_features(path, raster)
        classes = [_damage_class(path, feature) for feature in features]
        yield from _polygon_strips(features, classes, raster, strip_px)
        return
    picture = _MaskPicture(path, raster, strip_px, scratch)
    for window, samples in picture.strips():
        if picture.meaning is Meaning.LABELS:
            yield window, picture.labels(samples)
        else:
            loss = picture.inside(samples).astype(np.uint8)
            yield window, loss * np.uint8(DamageClass.LOSS)


def read_area_strips(
    path: Path,
    raster: RasterSpec,
    strip_px: int = STRIP_PX,
    scratch: Path | None = None,
) -> Iterator[tuple[Window, Mask]]:
    """Read an area (outline, protection) as a set of pixels, from top to bottom.

    Parameters
    ----------
    path, raster, strip_px, scratch
        As for `read_damage_strips`.

    Yields
    ------
    window, inside
        (H, W) bool. Pixels of at least half of full scale, or with any label, or whose
        centre lies in a polygon, whatever its class.

    Raises
    ------
    MaskSizeError, BadGeojsonError, PellicleError
        As for `read_damage_strips`.
    """
    if _holds_polygons(path):
        features = read_features(path, raster)
        ones = [1] * len(features)
        for window, labels in _polygon_strips(features, ones, raster, strip_px):
            yield window, labels > 0
        return
    picture = _MaskPicture(path, raster, strip_px, scratch)
    for window, samples in picture.strips():
        if picture.meaning is Meaning.LABELS:
            yield window, picture.labels(samples) > 0
        else:
            yield window, picture.inside(samples)


def _holds_polygons(path: Path) -> bool:
    """Whether a file is meant as GeoJSON, by its name or its first character."""
    if path.suffix.lower() in POLYGON_SUFFIXES:
        return True
    require_file(path)
    with path.open("rb") as file:
        return file.read(64).removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(b"{")


def _damage_class(path: Path, feature: Feature) -> int:
    stated = feature.properties.get("class")
    if stated is None:
        return DamageClass.LOSS
    names = {kind.label: kind for kind in DamageClass if kind}
    if isinstance(stated, str) and stated.strip().lower() in names:
        return names[stated.strip().lower()]
    whole = isinstance(stated, int | float) and not isinstance(stated, bool)
    if whole and stated in set(DamageClass):
        return int(stated)
    raise UnknownDamageClassError(str(path), repr(stated), ", ".join(names))


def _polygon_strips(
    features: list[Feature], values: list[int], raster: RasterSpec, strip_px: int
) -> Iterator[tuple[Window, Labels]]:
    bounds = [polygon_bounds(feature.polygons) for feature in features]
    for top in range(0, raster.height_px, strip_px):
        bottom = min(top + strip_px, raster.height_px)
        window = Window(top, 0, bottom, raster.width_px)
        labels = np.zeros(window.shape, np.uint8)
        for feature, value, box in zip(features, values, bounds, strict=True):
            part = box.within(window)
            if part.empty:
                continue
            inside = rasterise(feature.polygons, part)
            labels[part.relative_to(window).slices][inside] = value
        yield window, labels


class _MaskPicture:
    """A mask file, and what its values mean."""

    def __init__(
        self, path: Path, raster: RasterSpec, strip_px: int, scratch: Path | None
    ) -> None:
        self._header = _sized_header(path, raster)
        self._strip_px = strip_px
        self._scratch = scratch
        self._palette = _palette(self._header)
        self._channels = _Channels.of(self._header)
        self.meaning = self._find_meaning()

    def strips(self) -> Iterator[tuple[Window, Array]]:
        """Strips with all channels; of a palette, its indexes."""
        return read_picture_strips(self._header, self._strip_px, self._scratch)

    def labels(self, samples: Array) -> Labels:
        """Labels of a strip."""
        if self._palette is not None and self._palette_is_grey:
            samples = self._palette[samples[:, :, 0]]
        return np.ascontiguousarray(samples[:, :, 0]).astype(np.uint8)

    def inside(self, samples: Array) -> Mask:
        """Pixels of a strip that count, by the rule found."""
        rules: dict[Meaning, Callable[[Array], Mask]] = {
            Meaning.LEVELS: self._channels.by_level,
            Meaning.COLOURS: self._channels.by_colour,
            Meaning.ALPHA: self._channels.by_alpha,
        }
        if self._palette is not None:
            samples = self._palette[samples[:, :, 0]]
        return rules[self.meaning](samples)

    @property
    def _palette_is_grey(self) -> bool:
        palette = self._palette
        return palette is not None and bool((palette[:, :3] == palette[:, :1]).all())

    def _find_meaning(self) -> Meaning:
        seen = _Seen(all_labels=self._header.format is not PictureFormat.JPEG)
        for _, samples in self.strips():
            values = samples
            if self._palette is not None:
                resolved = self._palette[samples[:, :, 0]]
                values = resolved if self._palette_is_grey else samples
                self._channels.note(resolved, seen)
            else:
                self._channels.note(samples, seen)
            colours = values[:, :, : 3 if values.shape[2] >= 3 else 1]  # noqa: PLR2004
            equal = bool((colours == colours[:, :, :1]).all())
            seen.all_labels &= equal and int(colours.max()) <= _LAST_LABEL
            seen.all_zero &= not colours.any()
        return seen.meaning


@dataclass(frozen=True, slots=True)
class _Channels:
    """How the channels of a mask are weighed."""

    bands: int
    full: int
    alpha: AlphaKind

    @classmethod
    def of(cls, header: PictureHeader) -> "_Channels":
        if header.palette is not None:
            return cls(3, 255, AlphaKind.STRAIGHT)
        full = 65535 if header.bit_depth == 16 else 255  # noqa: PLR2004
        return cls(header.bands, full, header.alpha)

    def by_level(self, samples: Array) -> Mask:
        """Mean of the colours, times alpha, is at least half of full scale."""
        sums = samples[:, :, : self.bands].sum(axis=2, dtype=np.uint64)
        return self._half(sums, np.uint64(self.bands), samples)

    def by_colour(self, samples: Array) -> Mask:
        """The strongest colour, times alpha, is at least half of full scale."""
        strongest = samples[:, :, : self.bands].max(axis=2).astype(np.uint64)
        return self._half(strongest, np.uint64(1), samples)

    def by_alpha(self, samples: Array) -> Mask:
        """Alpha is at least half of full scale."""
        if self.alpha is AlphaKind.NONE:
            return np.ones(samples.shape[:2], np.bool_)
        opacity = samples[:, :, self.bands].astype(np.uint32)
        return opacity * np.uint32(2) >= np.uint32(self.full)

    def note(self, samples: Array, seen: _Seen) -> None:
        """Add what a strip shows to what was seen."""
        seen.level_reached = seen.level_reached or bool(self.by_level(samples).any())
        seen.colour_reached = seen.colour_reached or bool(self.by_colour(samples).any())
        opaque = self.by_alpha(samples)
        seen.opaque = seen.opaque or bool(opaque.any())
        seen.transparent = seen.transparent or not bool(opaque.all())

    def _half(self, values: Array, weight: np.uint64, samples: Array) -> Mask:
        needed = weight * np.uint64(self.full)
        if self.alpha is AlphaKind.STRAIGHT:
            values = values * samples[:, :, self.bands]
            needed = needed * np.uint64(self.full)
        return values * np.uint64(2) >= needed


def _palette(header: PictureHeader) -> Array | None:
    """(256, 4) uint8 RGBA of each index; indexes without a colour are black."""
    if header.palette is None:
        return None
    palette = np.zeros((256, 4), np.uint8)
    palette[:, 3] = 255
    stated = np.frombuffer(header.palette, np.uint8).reshape(-1, 4)
    palette[: len(stated)] = stated
    return palette
