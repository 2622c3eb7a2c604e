# SPDX-License-Identifier: Apache-2.0
import struct
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pellicle
from pellicle.colour.convert import (
    D50_XYZ,
    lab_d50_from_rec2020,
    rec2020_from_xyz_d50,
    xyz_d50_from_lab_d50,
    xyz_d50_from_rec2020,
)
from pellicle.errors import BrokenProfileError, WrongProfileError
from pellicle.io import icc as icc_module
from pellicle.io.icc import (
    ProfileInfo,
    describe,
    output_profile,
    scan_encoding,
    srgb_profile,
)
from pellicle.io.icc_tags import parse_profile, tone_curve, xyz_tag

OFFSET = (
    Path(pellicle.__file__).parent / "print_setups" / "ISOcoated_v2_300_bas.icc"
).read_bytes()
SRGB = scan_encoding(None, 3)
ADOBE_RGB = imagecodecs.cms_profile("adobergb")


def profile_of(
    tags: dict[bytes, bytes],
    *,
    device_class: bytes = b"scnr",
    space: bytes = b"RGB ",
    connection: bytes = b"Lab ",
) -> bytes:
    """A version 2 profile of these tags."""
    start = 132 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(tag))
        body += tag + b"\0" * (-len(tag) % 4)
    header = bytearray(128)
    struct.pack_into(">I4xI", header, 0, start + len(body), 0x02400000)
    header[12:24] = device_class + space + connection
    header[36:40] = b"acsp"
    struct.pack_into(">3i", header, 68, 63_190, 65_536, 54_061)
    return bytes(header) + table + body


def table_tag(lab_d50: np.ndarray) -> bytes:
    """A mft2 tag of an (n, n, n, 3) lattice of L*a*b*, with straight curves."""
    scaled = np.stack(
        [lab_d50[..., 0] * 652.8, *((lab_d50[..., n] + 128) * 256 for n in (1, 2))], -1
    )
    straight = struct.pack(">2H", 0, 65_535) * 3
    return b"".join(
        (
            b"mft2\0\0\0\0",
            bytes([3, 3, lab_d50.shape[0], 0]),
            struct.pack(">9i", *(65_536 * np.eye(3, dtype=int)).ravel()),
            struct.pack(">2H", 2, 2),
            straight,
            np.rint(scaled).clip(0, 65_535).astype(">u2").tobytes(),
            straight,
        )
    )


def scanner_profile(nodes: int = 17, white_xyz: np.ndarray = D50_XYZ) -> bytes:
    """A scanner profile with a table: sRGB's colours, seen through a yellow tint."""
    axis = np.rint(np.linspace(0, 65_535, nodes)).astype(np.uint16)
    samples = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)
    rgb_linear = SRGB.linear(samples.reshape(-1, 1, 3)) * [1.0, 0.97, 0.8]
    lab_d50 = lab_d50_from_rec2020(rgb_linear).reshape(*samples.shape)
    return profile_of({b"A2B0": table_tag(lab_d50), b"wtpt": xyz_bytes(white_xyz)})


def xyz_bytes(xyz: np.ndarray) -> bytes:
    return b"XYZ \0\0\0\0" + np.rint(xyz * 65_536).astype(">i4").tobytes()


def curve_of(*points: int) -> bytes:
    count = len(points)
    return b"curv\0\0\0\0" + struct.pack(f">I{count}H", count, *points)


def formula(kind: int, *numbers: float) -> bytes:
    fixed = [round(number * 65_536) for number in numbers]
    return b"para\0\0\0\0" + struct.pack(f">HH{len(fixed)}i", kind, 0, *fixed)


GREY = profile_of(
    {b"kTRC": curve_of(563)}, device_class=b"mntr", space=b"GRAY", connection=b"XYZ "
)


def without(icc: bytes, tag: bytes) -> bytes:
    """The profile with one tag renamed to something nobody looks for."""
    at = icc.index(tag, 128)
    return icc[:at] + b"none" + icc[at + 4 :]


def scrambled(icc: bytes, *tags: bytes) -> bytes:
    """The profile with the tables of some tags turned to noise."""
    changed = bytearray(icc)
    rng = np.random.default_rng(0)
    for tag in tags:
        at = icc.index(tag, 128)
        start, length = struct.unpack_from(">II", icc, at + 4)
        noise = rng.integers(0, 256, length - 3_200, np.uint8).tobytes()
        changed[start + 3_200 : start + length] = noise
    return bytes(changed)


def test_no_profile_means_srgb() -> None:
    assert SRGB.sha256 == "srgb"
    assert SRGB.bands == 3
    grey = scan_encoding(None, 1)
    assert (grey.sha256, grey.bands) == ("srgb-grey", 1)
    samples = np.arange(256, dtype=np.uint8).reshape(1, 256, 1)
    np.testing.assert_allclose(
        grey.linear(samples), SRGB.linear(samples.repeat(3, 2)), atol=1e-6
    )


def test_our_srgb_profile_means_srgb_and_is_the_same_every_time() -> None:
    icc = srgb_profile()
    assert icc == srgb_profile()
    assert len(icc) < 600
    assert describe(icc) == ProfileInfo("sRGB", "RGB", "display")
    samples = np.random.default_rng(0).integers(0, 65_536, (50, 60, 3), np.uint16)
    ours, standard = scan_encoding(icc, 3), SRGB
    np.testing.assert_allclose(
        ours.linear(samples), standard.linear(samples), atol=3e-5
    )


@pytest.mark.parametrize("icc", [srgb_profile(), ADOBE_RGB, scanner_profile()])
def test_scans_mean_what_little_cms_says_they_mean(icc: bytes) -> None:
    samples = np.random.default_rng(3).integers(0, 256, (20, 50, 3), np.uint8)
    expected_lab = imagecodecs.cms_transform(
        samples / 255,
        icc,
        imagecodecs.cms_profile("lab4"),
        colorspace="rgb",
        outcolorspace="lab",
        outdtype="f8",
        intent=1,
    )
    found_lab = scan_encoding(icc, 3).lab_d50(samples)
    # Between nodes a table is read along tetrahedra there, along cubes here.
    away = np.linalg.norm(found_lab - expected_lab, axis=2)
    assert away.mean() < 0.15
    assert away.max() < (0.02 if icc != scanner_profile() else 3.0)


def test_a_scanner_table_brings_every_8_bit_sample_back() -> None:
    encoding = scan_encoding(scanner_profile(), 3)
    assert encoding.lattice.size
    samples = np.random.default_rng(4).integers(0, 256, (40, 100, 3), np.uint8)
    found = encoding.encode(encoding.linear(samples), np.uint8)
    np.testing.assert_array_equal(found, samples)


def test_a_grey_profile_gives_its_curve() -> None:
    encoding = scan_encoding(GREY, 1)
    samples = np.arange(256, dtype=np.uint8).reshape(1, 256, 1)
    assert encoding.linear(samples)[0, 255, 0] == 1
    np.testing.assert_array_equal(
        encoding.encode(encoding.linear(samples), np.uint8), samples
    )


def test_the_hash_tells_profiles_and_bands_apart() -> None:
    hashes = {
        scan_encoding(ADOBE_RGB, 3).sha256,
        scan_encoding(srgb_profile(), 3).sha256,
        scan_encoding(GREY, 1).sha256,
        output_profile(OFFSET).sha256,
    }
    assert {len(text) for text in hashes} == {64}
    assert len(hashes) == 4


def test_relative_colorimetric_tables_are_the_ones_used() -> None:
    """Noise in every other table changes nothing."""
    noisy = scrambled(OFFSET, b"A2B0", b"A2B2", b"B2A0", b"B2A2", b"gamt")
    assert noisy != OFFSET
    plain, changed = output_profile(OFFSET), output_profile(noisy)
    np.testing.assert_array_equal(plain.ink_to_lab, changed.ink_to_lab)
    np.testing.assert_array_equal(plain.lab_to_ink, changed.lab_to_ink)
    relevant = output_profile(scrambled(OFFSET, b"A2B1"))
    assert not np.array_equal(relevant.ink_to_lab, plain.ink_to_lab)


def test_full_tones_are_those_written_in_the_profile() -> None:
    """Read the A2B1 table here, byte by byte, without Little CMS."""
    tag = parse_profile(OFFSET).tag("A2B1")
    inks, bands, nodes = tag[8], tag[9], tag[10]
    entries, out_entries = struct.unpack_from(">2H", tag, 48)
    assert (inks, bands) == (4, 3)
    words = np.frombuffer(tag, ">u2", offset=52).astype(float)
    words, after = words[inks * entries :], nodes**4 * 3
    table = words[:after].reshape(*(nodes,) * 4, 3)
    ends = table[:: nodes - 1, :: nodes - 1, :: nodes - 1, :: nodes - 1].reshape(-1, 3)
    curves = words[after:][: 3 * out_entries].reshape(3, out_entries)
    at = np.linspace(0, 65_535, out_entries)
    coded = np.stack([np.interp(ends[:, n], at, curves[n]) for n in range(3)], -1)
    lab = np.stack(
        [coded[:, 0] / 652.8, coded[:, 1] / 256 - 128, coded[:, 2] / 256 - 128], -1
    )
    white = xyz_tag(parse_profile(OFFSET).tag("wtpt"))
    absolute = rec2020_from_xyz_d50(xyz_d50_from_lab_d50(lab) * white / D50_XYZ)
    cmyk = np.stack(np.meshgrid(*[[0, 1]] * 4, indexing="ij"), -1).reshape(-1, 4)
    found = output_profile(OFFSET).reflectance(cmyk)
    np.testing.assert_allclose(found, absolute / absolute[0], atol=2e-5)


def test_profiles_are_described() -> None:
    assert describe(OFFSET) == ProfileInfo(
        "ISO Coated v2 300% (basICColor)", "CMYK", "output device"
    )
    assert describe(profile_of({b"desc": b"text\0\0\0\0"})).description == ""
    assert describe(profile_of({b"a   ": bytes(8)}, device_class=b"zzzz")) == (
        ProfileInfo("", "RGB", "zzzz")
    )


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (lambda: scan_encoding(OFFSET, 3), "an RGB scan needs an RGB profile"),
        (lambda: scan_encoding(ADOBE_RGB, 1), "a grey scan needs a grey profile"),
        (lambda: scan_encoding(GREY, 3), "GRAY, display; an RGB scan"),
        (lambda: output_profile(ADOBE_RGB), "needs a CMYK output profile"),
        (lambda: scan_encoding(of_class(b"link"), 3), "device link"),
        (lambda: scan_encoding(of_class(b"nmcl"), 3), "named colours"),
        (lambda: output_profile(of_class(b"link", b"CMYK")), "device link"),
    ],
)
def test_a_profile_of_the_wrong_kind_is_refused(
    use: Callable[[], object], words: str
) -> None:
    with pytest.raises(WrongProfileError, match=words):
        use()


def of_class(device_class: bytes, space: bytes = b"RGB ") -> bytes:
    return profile_of({b"A2B0": bytes(8)}, device_class=device_class, space=space)


def with_number(icc: bytes, at: int, number: int) -> bytes:
    return icc[:at] + struct.pack(">I", number) + icc[at + 4 :]


def rgb_profile(**changed: bytes) -> bytes:
    colorants = np.diag(D50_XYZ)
    tags = {f"{band}XYZ": xyz_bytes(colorants[n]) for n, band in enumerate("rgb")}
    tags |= {f"{band}TRC": curve_of(563) for band in "rgb"}
    tags |= changed
    encoded = {name.encode(): tag for name, tag in tags.items()}
    return profile_of(encoded, connection=b"XYZ ")


@pytest.mark.parametrize(
    ("icc", "words"),
    [
        (b"", "does not begin as"),
        (b"\0" * 4_000, "does not begin as"),
        (srgb_profile()[:400], "cut off: 400 of"),
        (
            srgb_profile()[:128] + struct.pack(">I", 10**9) + srgb_profile()[132:],
            "tags",
        ),
        (srgb_profile()[:128] + struct.pack(">I", 90) + srgb_profile()[132:], "list"),
        (
            srgb_profile()[:136] + struct.pack(">I", 2**31) + srgb_profile()[140:],
            "outside the file",
        ),
        (rgb_profile(rTRC=b"sig \0\0\0\0abcd"), "unknown type"),
        (rgb_profile(rTRC=b"curv\0\0\0\0"), "cut off"),
        (rgb_profile(rTRC=b"curv\0\0\0\0\0\0\xff\xff"), "cut off"),
        (rgb_profile(rTRC=curve_of(5, 5, 5)), "does not rise"),
        (rgb_profile(rTRC=curve_of(9, 5, 0)), "does not rise"),
        (rgb_profile(rTRC=formula(7, 1.0)), "unknown formula"),
        (rgb_profile(rTRC=b"para\0\0\0\0"), "unknown formula"),
        (rgb_profile(rTRC=formula(3, 1.0)), "cut off"),
        (rgb_profile(rTRC=formula(0, -2.0)), "not made of numbers"),
        (rgb_profile(gXYZ=xyz_bytes(np.zeros(3))), "do not span"),
        (rgb_profile(gXYZ=b"curv" + bytes(20)), "not given as XYZ"),
        (without(ADOBE_RGB, b"gTRC"), "no tag 'gTRC'"),
        (profile_of({b"rXYZ": xyz_bytes(D50_XYZ)}), "neither colour tables nor"),
        (profile_of({b"A2B0": bytes(60)}), "colour tables cannot be read"),
        (profile_of({b"A2B0": bytes(60)}, connection=b"Yxy "), "neither XYZ nor Lab"),
        (
            profile_of({b"A2B0": table_tag(np.full((2, 2, 2, 3), 50.0))}),
            "from dark to light",
        ),
    ],
)
def test_a_broken_scan_profile_is_refused(icc: bytes, words: str) -> None:
    with pytest.raises(BrokenProfileError, match=words):
        scan_encoding(icc, 3)


@pytest.mark.parametrize(
    ("icc", "words"),
    [
        (without(OFFSET, b"A2B1"), "no tag 'A2B1'"),
        (without(OFFSET, b"B2A1"), "no tag 'B2A1'"),
        (without(OFFSET, b"wtpt"), "no tag 'wtpt'"),
        (OFFSET.replace(OFFSET[436:448], bytes(12)), "no white medium"),
        (OFFSET[:200_000], "cut off"),
    ],
)
def test_a_broken_printer_profile_is_refused(icc: bytes, words: str) -> None:
    with pytest.raises(BrokenProfileError, match=words):
        output_profile(icc)


def test_curves_of_every_kind_are_what_the_standard_says() -> None:
    x = np.arange(65_536) / 65_535
    power = (0.9 * x + 0.1) ** 2.0
    for tag, expected in [
        (curve_of(), x),
        (curve_of(563), x ** (563 / 256)),
        (curve_of(0, 16_384, 65_535), np.interp(x, [0, 0.5, 1], [0, 0.250004, 1])),
        (formula(0, 2.2), x**2.2),
        (formula(1, 2.0, 0.9, 0.1), power),
        (formula(1, 2.0, 1.25, -0.25), np.maximum(1.25 * x - 0.25, 0) ** 2),
        (formula(2, 2.0, 0.8, 0.1, 0.05), (0.8 * x + 0.1) ** 2 + 0.05),
        (formula(3, 2.0, 0.9, 0.1, 0.5, 0.02), np.where(x < 0.02, 0.5 * x, power)),
        (
            formula(4, 2.0, 0.9, 0.05, 0.5, 0.1, 0.01, 0.002),
            np.where(x < 0.1, 0.5 * x + 0.002, (0.9 * x + 0.05) ** 2 + 0.01),
        ),
    ]:
        rising = np.maximum.accumulate(expected)
        np.testing.assert_allclose(tone_curve(tag), rising, atol=3e-5)


def test_a_grey_profile_with_a_table_gives_its_luminance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def from_dark_to_light(_icc: bytes, _space: str, samples: np.ndarray) -> np.ndarray:
        return np.column_stack([100 * samples[:, 0], *np.zeros((2, len(samples)))])

    grey = profile_of({b"A2B0": bytes(60)}, space=b"GRAY")
    with pytest.raises(BrokenProfileError, match="tables cannot be read"):
        scan_encoding(grey, 1)
    monkeypatch.setattr(icc_module, "_to_lab", from_dark_to_light)
    light = scan_encoding(grey, 1).curves[0]
    assert light[-1] == pytest.approx(1)
    assert light[32_768] == pytest.approx(0.184, abs=1e-3)


@pytest.mark.parametrize(
    ("lightness", "words"), [(40.0, "does not rise"), (np.nan, "does not rise")]
)
def test_a_grey_table_that_does_not_rise_is_refused(
    monkeypatch: pytest.MonkeyPatch, lightness: float, words: str
) -> None:
    def flat(_icc: bytes, _space: str, samples: np.ndarray) -> np.ndarray:
        return np.full((len(samples), 3), lightness)

    monkeypatch.setattr(icc_module, "_to_lab", flat)
    with pytest.raises(BrokenProfileError, match=words):
        scan_encoding(profile_of({b"A2B0": bytes(60)}, space=b"GRAY"), 1)


def test_tables_that_give_no_numbers_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing(samples: np.ndarray, *_: object, **__: object) -> np.ndarray:
        return np.full_like(samples, np.nan)

    monkeypatch.setattr(imagecodecs, "cms_transform", nothing)
    with pytest.raises(BrokenProfileError, match="not made of numbers"):
        scan_encoding(scanner_profile(5), 3)


def test_bands_may_have_curves_of_their_own() -> None:
    encoding = scan_encoding(rgb_profile(rTRC=curve_of(400), bTRC=curve_of()), 3)
    assert encoding.curves.shape == (3, 65_536)
    samples = np.random.default_rng(5).integers(0, 256, (30, 40, 3), np.uint8)
    found = encoding.encode(encoding.linear(samples), np.uint8)
    np.testing.assert_array_equal(found, samples)


def usable_or_refused(use: Callable[[], object]) -> None:
    try:
        use()
    except (BrokenProfileError, WrongProfileError):
        return


CHANGES = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 255)), max_size=12)


def mutated(icc: bytes, changes: list[tuple[int, int]], kept: int) -> bytes:
    changed = bytearray(icc)
    for at, value in changes:
        changed[at % len(changed)] = value
    return bytes(changed[:kept])


@settings(max_examples=150, deadline=None)
@given(CHANGES, st.integers(0, 4_000), st.sampled_from([srgb_profile(), ADOBE_RGB]))
def test_any_bytes_in_a_scan_are_usable_or_refused(
    changes: list[tuple[int, int]], kept: int, icc: bytes
) -> None:
    usable_or_refused(lambda: scan_encoding(mutated(icc, changes, kept), 3))
    usable_or_refused(lambda: describe(mutated(icc, changes, kept)))


@settings(max_examples=12, deadline=None)
@given(CHANGES, st.integers(900, 40_000))
def test_any_bytes_in_a_scanner_table_are_usable_or_refused(
    changes: list[tuple[int, int]], kept: int
) -> None:
    damaged = mutated(scanner_profile(9), changes, kept)
    usable_or_refused(lambda: scan_encoding(damaged, 3))


@settings(max_examples=8, deadline=None)
@given(CHANGES, st.sampled_from([len(OFFSET), 700_000]))
def test_any_bytes_in_a_printer_profile_are_usable_or_refused(
    changes: list[tuple[int, int]], kept: int
) -> None:
    usable_or_refused(lambda: output_profile(mutated(OFFSET, changes, kept)))


SCANNED_WHITE = np.array([0.80, 0.83, 0.67])


def scanner_of(white_xyz: np.ndarray, device_class: bytes = b"scnr") -> bytes:
    """A matrix profile that states the white of the target it was made with."""
    colorants = np.diag(D50_XYZ)
    tags = {
        f"{band}XYZ".encode(): xyz_bytes(colorants[n]) for n, band in enumerate("rgb")
    }
    tags |= {f"{band}TRC".encode(): curve_of(256) for band in "rgb"}
    tags[b"wtpt"] = xyz_bytes(white_xyz)
    return profile_of(tags, device_class=device_class, connection=b"XYZ ")


def full_xyz(icc: bytes) -> np.ndarray:
    """Absolute XYZ of a scan's highest samples."""
    encoding = scan_encoding(icc, 3)
    white = encoding.linear(np.full((1, 3), 65_535, np.uint16))
    return xyz_d50_from_rec2020(white)[0]


def test_the_white_a_scanners_profile_was_made_with_is_not_taken_for_perfect() -> None:
    icc = scanner_of(SCANNED_WHITE)
    np.testing.assert_allclose(full_xyz(icc), SCANNED_WHITE, atol=1e-4)
    encoding = scan_encoding(icc, 3)
    codes = np.random.default_rng(0).integers(0, 65_536, (500, 3), np.uint16)
    back = encoding.encode(encoding.linear(codes), np.dtype(np.uint16))
    assert np.abs(back.astype(int) - codes).max() <= 2
    assert encoding.sha256 != scan_encoding(scanner_of(D50_XYZ), 3).sha256


@pytest.mark.parametrize(
    ("icc", "white"),
    [
        (scanner_of(D50_XYZ), "perfect"),
        (scanner_of(np.array([0.95, 1.0, 1.089])), "that of a light, a D65"),
        (scanner_of(np.array([0.05, 0.05, 0.04])), "too dark for a medium"),
        (scanner_of(SCANNED_WHITE, b"mntr"), "a display's"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_whites_are_passed_over(icc: bytes, white: str) -> None:
    assert white
    np.testing.assert_allclose(full_xyz(icc), D50_XYZ, atol=1e-4)


def test_tables_of_scanners_are_absolute_too() -> None:
    bare = scan_encoding(scanner_profile(), 3)
    stated = scan_encoding(scanner_profile(white_xyz=SCANNED_WHITE), 3)
    codes = np.random.default_rng(1).integers(0, 65_536, (300, 3), np.uint16)
    relative = xyz_d50_from_rec2020(bare.linear(codes))
    absolute = xyz_d50_from_rec2020(stated.linear(codes))
    share = SCANNED_WHITE / D50_XYZ
    np.testing.assert_allclose(absolute, relative * share, atol=2e-3)
