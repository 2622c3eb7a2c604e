# SPDX-License-Identifier: Apache-2.0
import pickle

import imagecodecs
import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.encoding import CODES, NO_LATTICE, ScanEncoding
from pellicle.io.icc import scan_encoding, srgb_profile

SRGB = scan_encoding(None, 3)
GREY = scan_encoding(None, 1)
ADOBE_RGB = scan_encoding(imagecodecs.cms_profile("adobergb"), 3)


def with_gamma(gamma: float, matrix: np.ndarray) -> ScanEncoding:
    curve = (np.arange(CODES) / (CODES - 1)) ** gamma
    return ScanEncoding(
        "g", 3, "gamma", curve[None].astype(np.float32), matrix, NO_LATTICE
    )


# Linear ProPhoto RGB → linear Rec.2020 on D50: wider than Rec.2020, so some bands of
# its colours are negative there.
PROPHOTO = with_gamma(
    1.8,
    np.array([[1.2006, -0.0574, -0.1431], [-0.0699, 1.0806, -0.0106], [0.0, 0.0, 1.0]]),
)
MATRIX_ENCODINGS = [SRGB, ADOBE_RGB, PROPHOTO, scan_encoding(srgb_profile(), 3)]


def table_of(encoding: ScanEncoding, nodes: int = 33) -> ScanEncoding:
    """The same colours as a lattice."""
    axis = np.rint(np.linspace(0, CODES - 1, nodes)).astype(np.uint16)
    samples = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)
    lab_d50 = encoding.lab_d50(samples.reshape(-1, 1, 3)).reshape(*samples.shape)
    return ScanEncoding("t", 3, "table", encoding.curves, np.eye(3), lab_d50)


@pytest.mark.parametrize("encoding", MATRIX_ENCODINGS, ids=repr)
def test_every_8_bit_value_survives_the_round_trip(encoding: ScanEncoding) -> None:
    ramp = np.arange(256, dtype=np.uint8)
    some = ramp[::15]
    samples = np.stack(np.meshgrid(ramp, some, some), -1).reshape(1, -1, 3)
    for order in ([0, 1, 2], [1, 0, 2], [2, 1, 0]):
        turned = np.ascontiguousarray(samples[:, :, order])
        found = encoding.encode(encoding.linear(turned), np.uint8)
        np.testing.assert_array_equal(found, turned)


@pytest.mark.parametrize("encoding", MATRIX_ENCODINGS, ids=repr)
def test_every_16_bit_grey_survives_the_round_trip(encoding: ScanEncoding) -> None:
    samples = np.repeat(np.arange(CODES, dtype=np.uint16)[None, :, None], 3, axis=2)
    found = encoding.encode(encoding.linear(samples), np.uint16)
    # Matrices that do not map grey to grey exactly cost the darkest codes one step.
    assert abs(found.astype(int) - samples).max() <= 1


def test_16_bit_srgb_colours_survive_the_round_trip() -> None:
    samples = np.random.default_rng(0).integers(0, CODES, (200, 500, 3), np.uint16)
    found = SRGB.encode(SRGB.linear(samples), np.uint16)
    assert abs(found.astype(int) - samples).max() <= 1


def test_16_bit_steep_curves_come_back_to_float32_light() -> None:
    """A gamma has no slope at black; beside a bright band float32 light is 1e-7."""
    samples = np.random.default_rng(0).integers(0, CODES, (200, 500, 3), np.uint16)
    for encoding in (ADOBE_RGB, PROPHOTO):
        found = encoding.encode(encoding.linear(samples), np.uint16)
        visible = samples > 700
        assert abs(found.astype(int) - samples)[visible].max() <= 1
        light = encoding.curves[0][found] - encoding.curves[0][samples]
        assert abs(light).max() < 1e-6


def test_grey_scans_are_neutral_and_come_back() -> None:
    samples = np.arange(CODES, dtype=np.uint16).reshape(256, 256, 1)
    rgb_linear = GREY.linear(samples)
    assert rgb_linear.shape == (256, 256, 3)
    assert np.ptp(rgb_linear, axis=2).max() == 0
    np.testing.assert_array_equal(GREY.encode(rgb_linear, np.uint16), samples)
    dark = np.arange(256, dtype=np.uint8).reshape(1, 256, 1)
    np.testing.assert_array_equal(GREY.encode(GREY.linear(dark), np.uint8), dark)


def test_colour_becomes_the_grey_of_its_luminance() -> None:
    green = np.array([[[0.1, 0.6, 0.1]]], np.float32)
    grey = GREY.linear(GREY.encode(green, np.uint16))
    assert lab_d50_from_rec2020(grey)[0, 0, 0] == pytest.approx(
        lab_d50_from_rec2020(green)[0, 0, 0], abs=2e-3
    )


def test_srgb_white_is_white_and_mid_grey_known() -> None:
    samples = np.array([[[255] * 3, [0] * 3, [188] * 3]], np.uint8)
    rgb_linear = SRGB.linear(samples)
    np.testing.assert_allclose(rgb_linear[0, 0], 1, atol=1e-6)
    assert not rgb_linear[0, 1].any()
    np.testing.assert_allclose(rgb_linear[0, 2], 0.502886, atol=1e-5)
    assert SRGB.lab_d50(samples)[0, 0, 0] == pytest.approx(100, abs=1e-4)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    "encoding", [SRGB, ADOBE_RGB, PROPHOTO, table_of(SRGB)], ids=repr
)
def test_light_out_of_range_and_no_number_at_all_are_clipped(
    encoding: ScanEncoding, dtype: type
) -> None:
    rgb_linear = np.array(
        [[[2, 2, 2], [-1, -1, -1], [np.nan] * 3, [np.inf] * 3]], np.float32
    )
    found = encoding.encode(rgb_linear, dtype)
    full = np.iinfo(dtype).max
    assert (found[0, 0] == full).all()
    assert (found[0, 1] == 0).all()
    assert found.dtype == dtype


def test_lists_of_pixels_are_taken_too() -> None:
    samples = np.random.default_rng(0).integers(0, 256, (9, 1, 3), np.uint8)
    assert SRGB.linear(samples).shape == (9, 1, 3)
    strided = np.repeat(samples, 2, axis=0)[::2]
    np.testing.assert_array_equal(SRGB.linear(strided), SRGB.linear(samples))


def test_a_table_shows_the_colours_it_was_made_of() -> None:
    table = table_of(SRGB)
    samples = np.random.default_rng(1).integers(0, 256, (40, 50, 3), np.uint8)
    away = table.lab_d50(samples) - SRGB.lab_d50(samples)
    assert np.linalg.norm(away, axis=2).mean() < 0.2


def test_a_table_gives_every_8_bit_value_back() -> None:
    table = table_of(ADOBE_RGB)
    ramp = np.arange(256, dtype=np.uint8)
    greys = np.repeat(ramp[None, :, None], 3, axis=2)
    some = np.random.default_rng(1).integers(0, 256, (60, 256, 3), np.uint8)
    samples = np.concatenate([greys, some])
    found = table.encode(table.linear(samples), np.uint8)
    np.testing.assert_array_equal(found, samples)


def test_encodings_are_equal_by_hash_and_travel_to_workers() -> None:
    copy = pickle.loads(pickle.dumps(SRGB))  # noqa: S301 -- our own bytes
    assert copy == SRGB
    assert hash(copy) == hash(SRGB)
    assert SRGB not in (GREY, ADOBE_RGB)
    samples = np.full((1, 1, 3), 90, np.uint8)
    np.testing.assert_array_equal(copy.linear(samples), SRGB.linear(samples))


def test_an_encoding_as_a_setting_is_written_as_its_hash() -> None:
    class Step(BaseModel):
        model_config = ConfigDict(frozen=True, extra="forbid")
        scan: ScanEncoding

    step = Step(scan=SRGB)
    assert step.scan is SRGB
    assert step.model_dump(mode="json") == {"scan": "srgb"}
    assert step.model_dump() == {"scan": "srgb"}
    assert step == Step(scan=scan_encoding(None, 3))
    with pytest.raises(ValueError, match="ScanEncoding"):
        Step(scan="srgb")
    assert Step.model_json_schema(mode="serialization")["properties"]["scan"] == {
        "title": "Scan",
        "type": "string",
    }
