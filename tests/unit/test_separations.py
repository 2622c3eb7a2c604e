# SPDX-License-Identifier: Apache-2.0
import struct
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import pyvips
import tifffile

import pellicle
from pellicle.io.separations import (
    eight_bit,
    eight_bit_plates,
    spot_channel_resources,
    write_mask_colour,
    write_mask_inks,
    write_mask_spot,
    write_mask_white,
)
from pellicle.io.strips import Strips, strip_windows
from pellicle.model.arrays import Separations
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize

MADE = datetime(2025, 6, 1, tzinfo=UTC)
SETUPS = Path(pellicle.__file__).parent / "print_setups"
ICC = (SETUPS / "ISOcoated_v2_300_bas.icc").read_bytes()
RASTER = RasterSpec(413, 271, PixelSize.from_ppi(437.3))


@pytest.fixture(scope="module")
def planes() -> Separations:
    """A mask with ink on two places and nothing elsewhere."""
    made = np.zeros((*RASTER.shape, 5), np.uint16)
    random = np.random.default_rng(3)
    made[30:120, 40:200] = random.integers(0, 65536, (90, 160, 5), np.uint16)
    made[300:413, 250:271] = 65535
    return made


def strips_of(planes: Separations, rows_px: int = 100) -> Strips:
    for window in strip_windows(RASTER, rows_px):
        yield window, planes[window.slices]


def read_by_both(path: Path) -> Separations:
    by_tifffile = tifffile.imread(path)
    by_vips = pyvips.Image.new_from_file(str(path)).numpy()
    assert by_tifffile.dtype == by_vips.dtype == np.uint16
    np.testing.assert_array_equal(by_vips.reshape(by_tifffile.shape), by_tifffile)
    return by_tifffile


def tags_of(path: Path) -> dict[str, object]:
    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        assert page.get_resolution("INCH") == pytest.approx((437.3, 437.3))
        return {tag.name: tag.value for tag in page.tags}


def test_colour_layer_is_cmyk_with_its_profile(tmp_path, planes) -> None:
    path = tmp_path / "mask-colour.tif"
    write_mask_colour(path, RASTER, ICC, strips_of(planes), made=MADE)
    np.testing.assert_array_equal(read_by_both(path), planes[..., :4])
    tags = tags_of(path)
    assert tags["PhotometricInterpretation"] == tifffile.PHOTOMETRIC.SEPARATED
    assert (tags["InkSet"], tags["InterColorProfile"]) == (1, ICC)
    assert "ExtraSamples" not in tags


def test_white_layer_is_grey_with_full_white_at_the_top(tmp_path, planes) -> None:
    path = tmp_path / "mask-white.tif"
    write_mask_white(path, RASTER, strips_of(planes), made=MADE)
    np.testing.assert_array_equal(read_by_both(path), planes[..., 4])
    photometric = tags_of(path)["PhotometricInterpretation"]
    assert photometric == tifffile.PHOTOMETRIC.MINISBLACK


@pytest.mark.parametrize("mirrored", [False, True])
def test_five_inks_are_named_and_mirrored_when_asked(
    tmp_path, planes, mirrored
) -> None:
    path = tmp_path / "mask.tif"
    strips = strips_of(planes)
    write_mask_inks(path, RASTER, "White", strips, made=MADE, mirrored=mirrored)
    expected = planes[:, ::-1] if mirrored else planes
    np.testing.assert_array_equal(read_by_both(path), expected)
    tags = tags_of(path)
    assert (tags["InkSet"], tags["NumberOfInks"]) == (2, 5)
    assert tags["InkNames"] == "Cyan\0Magenta\0Yellow\0Black\0White"
    assert b"Cyan\0Magenta\0Yellow\0Black\0White\0" in path.read_bytes()
    assert not {"ExtraSamples", "InterColorProfile"} & tags.keys()


@pytest.mark.parametrize("mirrored", [False, True])
def test_spot_channel_is_stored_as_photoshop_stores_it(
    tmp_path, planes, mirrored
) -> None:
    path = tmp_path / "mask-spot.tif"
    strips = strips_of(planes)
    write_mask_spot(path, RASTER, "White", ICC, strips, made=MADE, mirrored=mirrored)
    read = read_by_both(path)
    expected = planes[:, ::-1] if mirrored else planes
    np.testing.assert_array_equal(read[..., :4], expected[..., :4])
    np.testing.assert_array_equal(read[..., 4], 65535 - expected[..., 4])
    tags = tags_of(path)
    assert (tags["InkSet"], tags["InterColorProfile"]) == (1, ICC)
    assert tags["ExtraSamples"] == (0,)
    assert tags["ImageResources"]


def test_photoshop_resources_name_one_spot_channel() -> None:
    found = {}
    rest = spot_channel_resources("Spot 1")
    while rest:
        signature, number, no_name, length = struct.unpack(">4sHHI", rest[:12])
        assert (signature, no_name) == (b"8BIM", 0)
        found[number] = rest[12 : 12 + length]
        rest = rest[12 + length + length % 2 :]
    assert found[1006] == b"\x06Spot 1"
    assert found[1045] == struct.pack(">I", 7) + "Spot 1\0".encode("utf-16-be")
    space, *_, solidity, kind, padding = struct.unpack(">H4HHBB", found[1007])
    assert (space, solidity, kind, padding) == (2, 0, 2, 0)
    version, *_, kind = struct.unpack(">IH4HHB", found[1077])
    assert (version, kind) == (1, 2)
    assert found[1067][4:8] == found[1053]


def test_the_same_planes_give_the_same_bytes_however_they_arrive(
    tmp_path, planes
) -> None:
    written = set()
    for rows_px in (1, 64, 500):
        path = tmp_path / f"{rows_px}.tif"
        strips = strips_of(planes, rows_px)
        write_mask_inks(path, RASTER, "White", strips, made=MADE, mirrored=True)
        written.add(path.read_bytes())
    assert len(written) == 1


def test_print_files_without_a_tab_say_what_was_assumed(tmp_path, planes) -> None:
    assumed = ("Choked by 100 µm.", "The film is clear \u2013 nearly.")
    said = "Assumed: Choked by 100 um.\nAssumed: The film is clear ? nearly."
    inks, spot = tmp_path / "mask.tif", tmp_path / "mask-spot.tif"
    kept = {"made": MADE, "mirrored": False, "assumed": assumed}
    write_mask_inks(inks, RASTER, "White", strips_of(planes), **kept)
    write_mask_spot(spot, RASTER, "White", ICC, strips_of(planes), **kept)
    for path in (inks, spot):
        np.testing.assert_array_equal(read_by_both(path)[..., :4], planes[..., :4])
        assert tags_of(path)["ImageDescription"] == said
    write_mask_inks(inks, RASTER, "White", strips_of(planes), made=MADE, mirrored=False)
    assert "ImageDescription" not in tags_of(inks)


def test_sixteen_bits_round_to_the_nearest_eight() -> None:
    every = np.arange(65536, dtype=np.uint16)
    exact = every / 65535 * 255
    assert np.abs(eight_bit(every) - exact).max() <= 0.5
    np.testing.assert_array_equal(eight_bit(np.arange(256) * 257), np.arange(256))


@pytest.mark.parametrize("limit_percent", [220, 219.7, 100, 33.3])
def test_eight_bits_keep_to_the_ink_limit(limit_percent: float) -> None:
    generator = np.random.default_rng(5)
    share = generator.dirichlet(np.ones(4), (200, 300)) * limit_percent / 100
    share *= generator.uniform(0.99, 1, (200, 300, 1))
    planes = np.zeros((200, 300, 5), np.uint16)
    planes[..., :4] = np.minimum(share, 1) * 65_535
    planes[..., 4] = generator.integers(0, 65_536, (200, 300))
    nearest = eight_bit(planes)
    plates = eight_bit_plates(planes, limit_percent)
    most = limit_percent * 255 / 100
    assert nearest[..., :4].sum(axis=-1, dtype=int).max() > most
    assert plates[..., :4].sum(axis=-1, dtype=int).max() <= most
    assert np.abs(plates - planes / 257).max() < 1
    within = nearest[..., :4].sum(axis=-1, dtype=int) <= most
    np.testing.assert_array_equal(plates[within], nearest[within])
    np.testing.assert_array_equal(plates[..., 4], nearest[..., 4])


def test_eight_bits_at_the_limit_are_not_rounded_down() -> None:
    planes = np.array([[[65_535, 65_535, 13_107, 0, 65_535]]], np.uint16)
    np.testing.assert_array_equal(
        eight_bit_plates(planes, 220), [[[255, 255, 51, 0, 255]]]
    )
