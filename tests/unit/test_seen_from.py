# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

import numpy as np
import pytest
import scipy.ndimage

from pellicle.colour.scielab import ScielabFilter, half_kernel, pixels_per_degree
from pellicle.io.icc import scan_encoding
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.units import PixelSize
from pellicle.workflow import seen_from
from pellicle.workflow.seen_from import SeenFrom

SRGB = scan_encoding(None, 3)


@dataclass(frozen=True)
class Held:
    """A plane in memory."""

    pixels: np.ndarray

    def read(self, window: Window) -> np.ndarray:
        return self.pixels[window.slices]


def seen(pixels: np.ndarray, ppi: float, distance_mm: float) -> SeenFrom:
    raster = RasterSpec(*pixels.shape[:2], PixelSize.from_ppi(ppi))
    return SeenFrom(Held(pixels), SRGB, raster, distance_mm)


def noise(height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(7)
    coarse = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), np.uint8)
    return np.kron(coarse, np.ones((8, 8, 1), np.uint8))[:height, :width]


def test_an_even_colour_stays_what_it_is() -> None:
    pixels = np.empty((150, 170, 3), np.uint8)
    pixels[:] = 190, 120, 60
    for distance_mm in (500, 3000):
        picture = seen(pixels, 300, distance_mm)
        whole = picture.at_full_size(picture.raster.window)
        assert np.abs(whole.astype(int) - pixels).max() <= 1
        assert np.abs(picture.whole(64).rgb8.astype(int) - pixels[0, 0]).max() <= 1


def test_it_is_the_finest_blur_of_s_cielab_and_nothing_else() -> None:
    pixels = noise(180, 200)
    picture = seen(pixels, 200, 600)
    eye = ScielabFilter(pixels_per_degree(600, 25.4 / 200))
    assert eye.reduction == 1
    taps = half_kernel(0.0283, eye.pixels_per_degree)
    kernel = np.concatenate([taps[:0:-1], taps])
    light = SRGB.linear(pixels)
    blurred = scipy.ndimage.convolve1d(light, kernel, 0, mode="reflect")
    blurred = scipy.ndimage.convolve1d(blurred, kernel, 1, mode="reflect")
    shown = picture.at_full_size(picture.raster.window).astype(int)
    assert np.abs(shown - SRGB.encode(blurred, np.uint8)).max() <= 1


def test_dark_paint_beside_a_light_loss_stays_what_it_is() -> None:
    pixels = np.full((300, 300, 3), (46, 46, 40), np.uint8)
    pixels[100:200, 100:200] = 225, 210, 180
    for distance_mm in (500, 1700):
        shown = seen(pixels, 300, distance_mm).at_full_size(Window(60, 150, 100, 151))
        assert np.abs(shown[0, 0].astype(int) - (46, 46, 40)).max() <= 1
        red, blue = shown[..., 0].astype(int), shown[..., 2].astype(int)
        assert (red - blue).max() <= 45  # what it is in the loss itself


@pytest.mark.parametrize("distance_mm", [500, 1700, 4000])
def test_a_window_is_what_the_whole_shows_there(distance_mm: float) -> None:
    picture = seen(noise(400, 360), 300, distance_mm)
    window = Window(101, 37, 271, 190)
    whole = picture.at_full_size(picture.raster.window)
    assert (picture.at_full_size(window) == whole[window.slices]).all()


@pytest.mark.parametrize("distance_mm", [500, 2500])
def test_the_reduced_whole_is_the_same_at_every_tile_size(
    distance_mm: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = seen(noise(310, 450), 300, distance_mm)
    large = picture.whole(60)
    assert max(large.rgb8.shape) <= 60
    assert large.rgb8.shape[1] == -(-450 // large.factor)
    monkeypatch.setattr(seen_from, "_TILE_PX", 70)
    monkeypatch.setattr(seen_from, "_ROWS_PX", 33)
    assert (picture.whole(60).rgb8 == large.rgb8).all()


def test_what_is_fine_goes_with_the_distance() -> None:
    pixels = np.full((400, 400, 3), 90, np.uint8)
    pixels[:, ::8] = pixels[:, 1::8] = 200  # lines of 0.17 mm, 0.68 mm apart
    middle = Window(190, 190, 210, 210)
    contrast = [
        np.ptp(seen(pixels, 300, mm).at_full_size(middle)[:, :, 1].astype(int))
        for mm in (300, 500, 1000, 3000)
    ]
    assert contrast == sorted(contrast, reverse=True)
    assert contrast[0] > 40
    assert contrast[-1] <= 2
