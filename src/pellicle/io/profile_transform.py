# SPDX-License-Identifier: Apache-2.0
"""Colours from one scan's ICC profile to another's, by Little CMS.

Job: bring a picture that was painted elsewhere into a scan's encoding.
Not here: what the scan's encoding means for the computation (`icc`).
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from pellicle.colour.srgb import srgb_curve, srgb_light
from pellicle.errors import (
    BrokenProfileError,
    ProfileConversionError,
    WrongProfileError,
)
from pellicle.io.icc import scan_encoding
from pellicle.io.vips import pyvips
from pellicle.io.writing import cannot_write
from pellicle.model.arrays import Array
from pellicle.model.scan import ScanSpec

_INTENT = "relative"
_LUMINANCE = (0.2126, 0.7152, 0.0722)
"""Of linear sRGB (IEC 61966-2-1)."""


class ProfileTransform:
    """Converts samples at 16 bits, relative colorimetric; no profile means sRGB.

    Parameters
    ----------
    path
        The picture, named in errors.
    profile, bands
        Its profile, and 1 (grey) or 3 (RGB).
    like
        Scan whose profile and number of bands the results have.

    Raises
    ------
    ProfileConversionError
        If one of the profiles is broken or made for another kind of picture.
    """

    def __init__(
        self, path: Path, profile: bytes | None, bands: int, like: ScanSpec
    ) -> None:
        self._require_usable(path, profile, bands)
        self._require_usable(path, like.icc_profile, like.bands)
        self._path = path
        self._from = profile
        self._to = like.icc_profile
        self._bands = like.bands

    @staticmethod
    def _require_usable(path: Path, profile: bytes | None, bands: int) -> None:
        # libvips silently takes sRGB for a profile that it cannot read
        try:
            scan_encoding(profile, bands)
        except (BrokenProfileError, WrongProfileError) as error:
            raise ProfileConversionError(
                str(path), error.problem.partition("; ")[0]
            ) from error

    def convert(self, samples: Array) -> Array:
        """(H, W, 1 or 3) uint8 or uint16 in; (H, W, bands) uint16 out."""
        wide = samples.astype(np.uint16)
        if samples.dtype == np.uint8:
            wide *= np.uint16(257)
        if self._from is None and wide.shape[2] == 1:
            wide = np.repeat(wide, 3, axis=2)
        if self._from != self._to:
            wide = self._through_lcms(wide)
        if self._to is None and self._bands == 1 and wide.shape[2] > 1:
            wide = _grey(wide)
        return wide

    def _through_lcms(self, wide: Array) -> Array:
        try:
            with tempfile.TemporaryDirectory(prefix="pellicle-") as folder:
                # as files: libvips takes sRGB for an embedded profile it cannot read
                converted = _image(wide).icc_transform(
                    _profile_name(Path(folder) / "to.icc", self._to),
                    input_profile=_profile_name(Path(folder) / "from.icc", self._from),
                    embedded=False,
                    intent=_INTENT,
                    depth=16,
                )
                memory = converted.write_to_memory()
        except pyvips.Error as error:
            raise ProfileConversionError(
                str(self._path), "Little CMS refuses one of the profiles"
            ) from error
        except OSError as error:
            raise cannot_write(Path(tempfile.gettempdir()), error) from error
        height, width = wide.shape[:2]
        return np.frombuffer(memory, np.uint16).reshape(height, width, -1)


def _profile_name(path: Path, profile: bytes | None) -> str:
    if profile is None:
        return "srgb"
    path.write_bytes(profile)
    return str(path)


def _image(wide: Array) -> Any:
    height, width, bands = wide.shape
    image = pyvips.Image.new_from_memory(
        np.ascontiguousarray(wide).data, width, height, bands, "ushort"
    )
    return image.copy(interpretation="multiband")


def _grey(srgb: Array) -> Array:
    encoded = np.arange(65536) / 65535
    linear = srgb_light(encoded)
    luminance = sum(
        weight * linear[srgb[:, :, band]] for band, weight in enumerate(_LUMINANCE)
    )
    grey = srgb_curve(np.asarray(luminance))
    return np.round(np.clip(grey, 0, 1) * 65535).astype(np.uint16)[:, :, None]
