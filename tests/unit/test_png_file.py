# SPDX-License-Identifier: Apache-2.0
import resource
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from pellicle.errors import UnwritableError
from pellicle.io.png_file import (
    CONDITION_PALETTE,
    EVIDENCE_PALETTE,
    png_bytes,
    write_png,
)
from pellicle.io.strips import Strips, even_strips, strip_windows
from pellicle.model.arrays import Array
from pellicle.model.condition import DamageClass
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.reconstruction import EvidenceGrade
from pellicle.model.units import PixelSize


def raster_of(pixels: Array, ppi: float = 300.0) -> RasterSpec:
    return RasterSpec(*pixels.shape[:2], PixelSize.from_ppi(ppi))


def strips_of(pixels: Array, rows_px: int) -> Strips:
    windows = strip_windows(raster_of(pixels), rows_px)
    return [(window, pixels[window.slices]) for window in windows]


def noise(shape: tuple[int, ...], dtype: str, seed: int = 0) -> Array:
    most = np.iinfo(dtype).max
    return np.random.default_rng(seed).integers(0, most, shape, dtype, endpoint=True)


def smooth(shape: tuple[int, ...], dtype: str) -> Array:
    rows, columns = np.indices(shape[:2])
    wave = np.sin(rows / 31) + np.cos(columns / 17) + 2
    ramp = (wave / 4 * np.iinfo(dtype).max).astype(dtype)
    return np.repeat(ramp[..., None], shape[2], axis=2) if shape[2:] else ramp


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("tail", [(), (1,), (2,), (3,), (4,)])
@pytest.mark.parametrize("make", [noise, smooth, np.zeros])
def test_two_readers_get_every_sample_back(dtype, tail, make) -> None:
    pixels = make((131, 77, *tail), dtype)
    content = png_bytes(pixels)
    read = imagecodecs.png_decode(content)
    assert read.dtype == dtype
    np.testing.assert_array_equal(read.reshape(pixels.shape), pixels)
    vips = pyvips.Image.new_from_buffer(content, "")
    np.testing.assert_array_equal(vips.numpy().reshape(pixels.shape), pixels)


@limits(max_examples=25, deadline=None)
@given(
    pixels=npst.arrays(np.uint16, st.tuples(st.integers(1, 9), st.integers(1, 9))),
    rows_px=st.integers(1, 9),
)
def test_small_pictures_of_any_size_come_back(pixels, rows_px) -> None:
    np.testing.assert_array_equal(imagecodecs.png_decode(png_bytes(pixels)), pixels)
    joined = np.concatenate(
        list(even_strips(strips_of(pixels, rows_px), raster_of(pixels), 4))
    )
    np.testing.assert_array_equal(joined, pixels)


def test_the_bytes_do_not_depend_on_how_the_pixels_arrive(tmp_path: Path) -> None:
    pixels = smooth((517, 90), "uint16")
    written = set()
    for rows_px in (1, 7, 64, 256, 1000):
        path = tmp_path / f"{rows_px}.png"
        write_png(path, raster_of(pixels), strips_of(pixels, rows_px))
        written.add(path.read_bytes())
    assert len(written) == 1


def test_labels_carry_the_palette_and_the_scale(tmp_path: Path) -> None:
    labels = noise((200, 150), "uint8") % 9
    path = tmp_path / "condition.png"
    raster = raster_of(labels, ppi=437.3)
    write_png(path, raster, strips_of(labels, 100), CONDITION_PALETTE)
    shown = pyvips.Image.new_from_file(str(path))
    np.testing.assert_array_equal(shown.numpy(), CONDITION_PALETTE[labels])
    assert shown.xres * 25.4 == pytest.approx(437.3, abs=0.02)
    assert path.read_bytes()[24:26] == bytes([8, 3])  # 8 bit, palette


def test_a_label_without_a_colour_is_refused() -> None:
    labels = np.full((2, 2), 9, np.uint8)
    with pytest.raises(ValueError, match="no colour"):
        png_bytes(labels, CONDITION_PALETTE)


def test_palettes_have_a_colour_for_every_class_and_grade() -> None:
    assert len(CONDITION_PALETTE) == len(DamageClass)
    assert len(EVIDENCE_PALETTE) == len(EvidenceGrade)
    assert len(np.unique(CONDITION_PALETTE, axis=0)) == len(CONDITION_PALETTE)
    luma = EVIDENCE_PALETTE @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luma[: EvidenceGrade.GENERATED + 1]) < 0).all()


def test_prediction_makes_photographs_smaller() -> None:
    picture = smooth((256, 256, 3), "uint8")
    assert len(png_bytes(picture)) < picture.nbytes / 4


def test_strips_that_leave_a_gap_are_refused() -> None:
    pixels = np.zeros((10, 4), np.uint8)
    raster = raster_of(pixels)
    gap = [(Window(0, 0, 4, 4), pixels[:4]), (Window(5, 0, 10, 4), pixels[5:])]
    for wrong in (gap, gap[:1], [(Window(0, 0, 10, 3), pixels[:, :3])]):
        with pytest.raises(ValueError, match="row"):
            list(even_strips(wrong, raster, 4))


def test_mirrored_strips_exchange_left_and_right() -> None:
    pixels = noise((20, 6), "uint8")
    rows = even_strips(strips_of(pixels, 3), raster_of(pixels), 8, mirrored=True)
    np.testing.assert_array_equal(np.concatenate(list(rows)), pixels[:, ::-1])


def test_a_disk_that_takes_no_larger_file_is_named_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    pixels = noise((600, 600), "uint16")
    path = tmp_path / "full.png"
    path.write_bytes(b"before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(UnwritableError, match=r"full\.png"):
            write_png(path, raster_of(pixels), strips_of(pixels, 64))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"before"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "a.png"
    taken.mkdir()
    pixels = np.zeros((2, 2), np.uint8)
    with pytest.raises(UnwritableError, match=r"a\.png"):
        write_png(taken, raster_of(pixels), strips_of(pixels, 2))
    assert list(tmp_path.iterdir()) == [taken]


def test_pixels_that_fail_on_the_way_leave_no_file(tmp_path: Path) -> None:
    pixels = noise((100, 10), "uint8")

    def failing() -> Iterator[tuple[Window, Array]]:
        yield Window(0, 0, 70, 10), pixels[:70]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_png(tmp_path / "a.png", raster_of(pixels), failing())
    assert not list(tmp_path.iterdir())
