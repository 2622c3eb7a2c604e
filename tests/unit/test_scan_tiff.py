# SPDX-License-Identifier: Apache-2.0
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import pyvips
import tifffile

from pellicle.io.scan_tiff import write_scan_tiff
from pellicle.io.strips import Strips, strip_windows
from pellicle.io.tiff_file import short_tag, write_tiff
from pellicle.model.arrays import Array
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.scan import ScaleSource, ScanSpec
from pellicle.model.units import PixelSize

MADE = datetime(2025, 6, 1, 12, 30, 5, tzinfo=UTC)
PROFILE = bytes(range(256)) * 4  # writers embed it unread


def spec_for(pixels: Array, ppi: float, icc_profile: bytes | None) -> ScanSpec:
    raster = RasterSpec(*pixels.shape[:2], PixelSize.from_ppi(ppi))
    bits = pixels.dtype.itemsize * 8
    return ScanSpec(raster, pixels.shape[2], bits, icc_profile, ScaleSource.GIVEN)


def strips_of(pixels: Array, raster: RasterSpec, rows_px: int) -> Strips:
    for window in strip_windows(raster, rows_px):
        yield window, pixels[window.slices]


def noise(shape: tuple[int, ...], dtype: str) -> Array:
    most = np.iinfo(dtype).max
    return np.random.default_rng(1).integers(0, most, shape, dtype, endpoint=True)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("size", [(1, 1), (3, 700), (700, 3), (611, 397)])
def test_three_readers_get_every_sample_back(tmp_path, dtype, bands, size) -> None:
    pixels = noise((*size, bands), dtype)
    spec = spec_for(pixels, 600, None)
    path = tmp_path / "a.tif"
    write_scan_tiff(path, spec.raster, spec, strips_of(pixels, spec.raster, 64), MADE)
    readers = (
        tifffile.imread(path),
        imagecodecs.tiff_decode(path.read_bytes()),
        pyvips.Image.new_from_file(str(path)).numpy(),
    )
    for read in readers:
        assert read.dtype == dtype
        np.testing.assert_array_equal(read.reshape(pixels.shape), pixels)


@pytest.mark.parametrize("ppi", [300.0, 600.0, 437.3, 1199.9])
def test_tags_say_what_the_scan_said(tmp_path: Path, ppi: float) -> None:
    pixels = noise((40, 50, 3), "uint16")
    spec = spec_for(pixels, ppi, PROFILE)
    path = tmp_path / "a.tif"
    write_scan_tiff(path, spec.raster, spec, strips_of(pixels, spec.raster, 64), MADE)
    with tifffile.TiffFile(path) as file:
        assert not file.is_bigtiff
        page = file.pages.first
        assert page.photometric == tifffile.PHOTOMETRIC.RGB
        assert page.compression == tifffile.COMPRESSION.ADOBE_DEFLATE
        assert page.predictor == tifffile.PREDICTOR.HORIZONTAL
        assert page.tags["Orientation"].value == 1
        assert page.tags["ResolutionUnit"].value == tifffile.RESUNIT.INCH
        assert page.get_resolution("INCH") == pytest.approx((ppi, ppi), rel=1e-7)
        assert page.tags["DateTime"].value == "2025:06:01 12:30:05"
        assert page.tags["InterColorProfile"].value == PROFILE
    vips = pyvips.Image.new_from_file(str(path))
    assert vips.get("icc-profile-data") == PROFILE
    assert vips.xres * 25.4 == pytest.approx(ppi, rel=1e-6)


def test_the_bytes_do_not_depend_on_how_the_pixels_arrive(tmp_path: Path) -> None:
    pixels = noise((1300, 500, 3), "uint16")
    spec = spec_for(pixels, 600, PROFILE)
    written = set()
    for rows_px in (1, 17, 256, 1300):
        path = tmp_path / f"{rows_px}.tif"
        strips = strips_of(pixels, spec.raster, rows_px)
        write_scan_tiff(path, spec.raster, spec, strips, MADE)
        written.add(path.read_bytes())
    assert len(written) == 1
    np.testing.assert_array_equal(tifffile.imread(path), pixels)


def test_a_file_past_the_limit_of_classic_tiff_is_bigtiff(tmp_path: Path) -> None:
    pixels = noise((900, 700, 3), "uint16")
    spec = spec_for(pixels, 437.3, PROFILE)
    path = tmp_path / "big.tif"
    strips = strips_of(pixels, spec.raster, 200)
    tags = [short_tag(262, 2)]
    write_tiff(path, spec.raster, strips, tags, MADE, classic_limit_bytes=1_000_000)
    with tifffile.TiffFile(path) as file:
        assert file.is_bigtiff
        assert file.pages.first.get_resolution("INCH")[0] == pytest.approx(437.3)
    np.testing.assert_array_equal(tifffile.imread(path), pixels)
    vips = pyvips.Image.new_from_file(str(path))
    np.testing.assert_array_equal(vips.numpy(), pixels)
    read = imagecodecs.tiff_decode(path.read_bytes())
    np.testing.assert_array_equal(read, pixels)


def test_memory_does_not_grow_with_the_height(tmp_path: Path) -> None:
    def peak_bytes(height_px: int) -> int:
        raster = RasterSpec(height_px, 1000, PixelSize.from_ppi(600))
        spec = ScanSpec(raster, 3, 16, None, ScaleSource.GIVEN)

        def strips() -> Iterator[tuple[Window, Array]]:
            for window in strip_windows(raster):
                yield window, noise((*window.shape, 3), "uint16")

        tracemalloc.start()
        write_scan_tiff(tmp_path / "a.tif", raster, spec, strips(), MADE)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak_bytes(3072) < 1.2 * peak_bytes(1024)
