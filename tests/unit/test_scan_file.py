# SPDX-License-Identifier: Apache-2.0
import itertools
import pickle
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile

from pellicle.errors import (
    BadInputError,
    CorruptScanError,
    NoSuchFileError,
    ProfileConversionError,
    ReconstructionSizeError,
    ScanColourError,
    ScanCompressionError,
    ScanDepthError,
    ScanTooSmallError,
    SeveralPagesError,
    TruncatedScanError,
    UnknownFormatError,
)
from pellicle.io import tiff_segments
from pellicle.io.scan_file import (
    ScanFile,
    probe_scan,
    read_strips,
    read_strips_like,
    with_depth,
)
from pellicle.io.vips import pyvips
from pellicle.model.raster import RasterSpec, Window
from pellicle.model.scan import ScaleSource, ScanSpec
from pellicle.model.units import PixelSize

HEIGHT, WIDTH = 150, 110
COMPRESSIONS = [None, "lzw", "deflate", "packbits"]


def picture(bands: int = 3, dtype: str = "uint16") -> np.ndarray:
    full = np.iinfo(dtype).max
    y, x, b = np.mgrid[0:HEIGHT, 0:WIDTH, 0:bands]
    smooth = (x * 0.4 + y * 0.5 + b * 30) / 200 * full
    noise = np.random.default_rng(0).integers(0, full // 8, smooth.shape)
    return np.clip(smooth + noise, 0, full).astype(dtype)


def write_tiff(path: Path, samples: np.ndarray, **options: object) -> Path:
    photometric = "minisblack" if samples.shape[2] < 3 else "rgb"
    if samples.shape[2] in {2, 4}:
        options.setdefault("extrasamples", ["unassalpha"])
    squeezed = samples[:, :, 0] if samples.shape[2] == 1 else samples
    options.setdefault("photometric", photometric)
    options.setdefault("planarconfig", "contig")
    if squeezed.ndim == 2:
        options.pop("planarconfig")
    tifffile.imwrite(path, squeezed, metadata=None, **options)
    return path


def write_vips(path: Path, samples: np.ndarray, **options: object) -> Path:
    image = pyvips.Image.new_from_array(samples)
    depth = "16" if samples.dtype == np.uint16 else ""
    kind = ("grey" if depth else "b-w") if samples.shape[2] < 3 else "rgb"
    kind = {"rgb": "srgb"}.get(kind, kind) if not depth else kind + depth
    image.copy(interpretation=kind).write_to_file(str(path), **options)
    return path


def read(path: Path, strip_px: int = 64, **options: object) -> np.ndarray:
    strips = list(read_strips(probe_scan(path), strip_px, **options))
    assert all(s.shape[:2] == w.shape for w, s in strips)
    assert all(s.flags.c_contiguous and s.flags.writeable for _, s in strips)
    edges = [(w.top, w.bottom) for w, _ in strips]
    assert edges[0][0] == 0
    assert all(a[1] == b[0] for a, b in itertools.pairwise(edges))
    return np.concatenate([s for _, s in strips])


# what is read


@pytest.mark.parametrize("layout", ["strips", "tiles", "one strip", "planes"])
@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_tiff_is_read_bit_for_bit(
    tmp_path: Path, dtype: str, compression: str | None, layout: str
) -> None:
    samples = picture(3, dtype)
    options: dict[str, object] = {
        "strips": {"rowsperstrip": 16},
        "tiles": {"tile": (32, 48), "bigtiff": True},
        "one strip": {"rowsperstrip": HEIGHT},
        "planes": {"planarconfig": "separate", "rowsperstrip": 16},
    }[layout]
    if compression in {"lzw", "deflate"}:
        options["predictor"] = True
    stored = samples.transpose(2, 0, 1) if layout == "planes" else samples
    path = tmp_path / "scan.tif"
    tifffile.imwrite(
        path, stored, photometric="rgb", compression=compression, **options
    )
    scan = probe_scan(path)
    assert (scan.shape, scan.bands) == ((HEIGHT, WIDTH), 3)
    result = read(path)
    assert result.dtype == dtype == scan.dtype
    np.testing.assert_array_equal(result, samples)


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("suffix", ["tif", "png"])
def test_alpha_is_dropped_and_grey_stays_grey(
    tmp_path: Path, suffix: str, dtype: str, bands: int
) -> None:
    samples = picture(bands, dtype)
    write = write_tiff if suffix == "tif" else write_vips
    path = write(tmp_path / f"scan.{suffix}", samples)
    scan = probe_scan(path)
    colours = 3 if bands > 2 else 1
    assert (scan.bands, scan.has_alpha) == (colours, bands in {2, 4})
    np.testing.assert_array_equal(read(path), samples[:, :, :colours])


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_jpeg_colours_are_those_that_were_saved_within_its_losses(
    tmp_path: Path, suffix: str
) -> None:
    smooth = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    smooth[..., 0] = np.arange(WIDTH) * 2
    smooth[..., 2] = 200
    path = tmp_path / f"scan.{suffix}"
    options = {"compression": "jpeg", "tile": True} if suffix == "tif" else {}
    write_vips(path, smooth, Q=95, **options)
    assert np.abs(read(path).astype(int) - smooth).mean() < 2


def test_palette_png_becomes_rgb(tmp_path: Path) -> None:
    samples = (picture(3, "uint8") // 128) * 255
    path = write_vips(tmp_path / "scan.png", samples, palette=True, Q=100, dither=0)
    assert path.read_bytes()[25] == 3
    scan = probe_scan(path)
    assert (scan.bands, scan.bit_depth) == (3, 8)
    np.testing.assert_array_equal(read(path), samples)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_interlaced_png_is_read(tmp_path: Path, dtype: str) -> None:
    samples = picture(3, dtype)
    path = write_vips(tmp_path / "scan.png", samples, interlace=True)
    np.testing.assert_array_equal(read(path), samples)


def test_white_is_zero_is_turned_round(tmp_path: Path) -> None:
    samples = picture(1)
    path = write_tiff(tmp_path / "scan.tif", samples, photometric="miniswhite")
    np.testing.assert_array_equal(read(path), 65535 - samples)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["tif", "jpg", "png"])
def test_orientation_is_honoured(tmp_path: Path, suffix: str, orientation: int) -> None:
    samples = np.repeat(np.repeat(picture(3, "uint8")[::16, ::16], 16, 0), 16, 1)
    path = tmp_path / f"scan.{suffix}"
    if suffix == "tif":
        extra = [(274, "H", 1, orientation, True)]
        write_tiff(path, samples, extratags=extra, rowsperstrip=16)
    else:
        image = pyvips.Image.new_from_array(samples).copy(interpretation="srgb")
        image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
        image.write_to_file(str(path), **({"Q": 100} if suffix == "jpg" else {}))
    expected = pyvips.Image.new_from_file(str(path)).autorot().numpy()
    scan = probe_scan(path)
    assert scan.orientation == orientation
    assert scan.shape == expected.shape[:2]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    np.testing.assert_array_equal(read(path, 50, scratch=scratch), expected)
    assert not list(scratch.iterdir())


def test_scan_file_can_be_sent_to_a_worker(tmp_path: Path) -> None:
    scan = probe_scan(write_tiff(tmp_path / "scan.tif", picture()))
    assert pickle.loads(pickle.dumps(scan)) == scan  # noqa: S301 -- our own bytes


@pytest.mark.parametrize("suffix", ["tif", "png", "jpg"])
def test_profile_is_handed_on_byte_for_byte(tmp_path: Path, suffix: str) -> None:
    image = pyvips.Image.new_from_array(picture(3, "uint8"))
    image = image.copy(interpretation="srgb").icc_export(output_profile="p3")
    path = tmp_path / f"scan.{suffix}"
    image.write_to_file(str(path))
    assert probe_scan(path).icc_profile == image.get("icc-profile-data")
    assert probe_scan(write_tiff(tmp_path / "n.tif", picture())).icc_profile is None


@pytest.mark.parametrize(
    ("rates", "unit", "ppi"),
    [
        ((600, 600), "inch", 600),
        ((118.11, 118.11), "centimeter", 300),
        ((236.22, 236.22), "centimeter", 600),
        ((72, 72), "inch", None),
        ((28.35, 28.35), "centimeter", None),
        ((96, 96), "inch", None),
        ((1, 1), "inch", None),
        ((600, 600), "none", None),
        ((300, 301), "inch", 300),
        ((300, 600), "inch", None),
        ((2, 2), "inch", None),
    ],
)
def test_resolution_is_stated_in_pixels_per_inch(
    tmp_path: Path, rates: tuple[float, float], unit: str, ppi: float | None
) -> None:
    path = write_tiff(
        tmp_path / "scan.tif", picture(), resolution=rates, resolutionunit=unit
    )
    scan = probe_scan(path)
    assert scan.stated_ppi == ppi
    assert bool(scan.notes) == (rates in {(300, 600), (2, 2)})


@pytest.mark.parametrize(("ppi", "stated"), [(300, 300), (72, None), (1200, 1200)])
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_resolution_of_png_and_jpeg(
    tmp_path: Path, suffix: str, ppi: int, stated: float | None
) -> None:
    image = pyvips.Image.new_from_array(picture(3, "uint8"))
    image = image.copy(interpretation="srgb", xres=ppi / 25.4, yres=ppi / 25.4)
    path = tmp_path / f"scan.{suffix}"
    image.write_to_file(str(path))
    assert probe_scan(path).stated_ppi == stated


# what is refused


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFileError, match="does not exist"):
        probe_scan(tmp_path / "scan.tif")
    with pytest.raises(NoSuchFileError, match="folder"):
        probe_scan(tmp_path)


def test_format_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    named_tiff = tmp_path / "scan.tif"
    write_vips(tmp_path / "scan.png", picture()).rename(named_tiff)
    assert probe_scan(named_tiff).format == "png"
    named_tiff.write_bytes(b"8BPS" + bytes(100))
    with pytest.raises(UnknownFormatError, match="Photoshop"):
        probe_scan(named_tiff)
    named_tiff.write_bytes(b"hello there")
    with pytest.raises(UnknownFormatError):
        probe_scan(named_tiff)


@pytest.mark.parametrize(
    "head", [b"", b"II*\0", b"II+\0", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"MM"]
)
def test_stumps_are_refused(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "scan.tif"
    path.write_bytes(head)
    with pytest.raises(BadInputError):
        probe_scan(path)


def png_of(width: int, height: int, pixels: bytes) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + zlib.crc32(body).to_bytes(4)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(pixels))
        + chunk(b"IEND", b"")
    )


def jpeg_of(path: Path, width: int, height: int) -> bytes:
    content = bytearray(write_vips(path, picture(3, "uint8")).read_bytes())
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def tiff_of(width: int, height: int, compression: int) -> bytes:
    tags = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 16),
        (259, 3, 1, compression),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, 20),
    ]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(24)


@pytest.mark.parametrize("kind", ["tiff", "tiff deflate", "png", "jpeg"])
def test_header_without_pixels_behind_it_is_one_quick_error(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "scan.tif"
    path.write_bytes(
        {
            "tiff": lambda: tiff_of(100_000, 100_000, 1),
            "tiff deflate": lambda: tiff_of(100_000, 100_000, 8),
            "png": lambda: png_of(100_000, 100_000, bytes(1000)),
            "jpeg": lambda: jpeg_of(tmp_path / "small.jpg", 65_000, 65_000),
        }[kind]()
    )
    with pytest.raises(TruncatedScanError):
        probe_scan(path)


@pytest.mark.parametrize("shape", [(1, 1), (15, 200), (200, 15)])
@pytest.mark.parametrize("suffix", ["tif", "png", "jpg"])
def test_pictures_smaller_than_16_px_are_no_scans(
    tmp_path: Path, suffix: str, shape: tuple[int, int]
) -> None:
    write = write_tiff if suffix == "tif" else write_vips
    path = write(tmp_path / f"scan.{suffix}", np.zeros((*shape, 3), np.uint8))
    with pytest.raises(ScanTooSmallError, match=f"{shape[1]} × {shape[0]} px"):
        probe_scan(path)


def test_sizes_of_zero_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    for content in (
        tiff_of(0, 10, 1),
        png_of(0, 10, b""),
        jpeg_of(tmp_path / "s.jpg", 0, 9),
    ):
        path.write_bytes(content)
        with pytest.raises(CorruptScanError):
            probe_scan(path)


def test_floating_point_is_refused_even_with_nan(tmp_path: Path) -> None:
    samples = np.full((HEIGHT, WIDTH, 3), np.nan, np.float32)
    path = write_tiff(tmp_path / "scan.tif", samples)
    with pytest.raises(ScanDepthError, match=r"floating point.*8 or 16 bits"):
        probe_scan(path)


@pytest.mark.parametrize("dtype", ["uint32", "int16", "complex64", "float64"])
def test_other_sample_types_are_refused(tmp_path: Path, dtype: str) -> None:
    path = write_tiff(tmp_path / "scan.tif", np.zeros((32, 32, 1), dtype))
    with pytest.raises(ScanDepthError):
        probe_scan(path)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_are_refused(tmp_path: Path, bits: int) -> None:
    path = write_vips(
        tmp_path / "scan.png", np.zeros((32, 32, 1), np.uint8), bitdepth=bits
    )
    with pytest.raises(ScanDepthError, match=f"{bits}-bit"):
        probe_scan(path)


def test_twelve_bits_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    content = bytearray(write_tiff(path, picture(1)).read_bytes())
    with tifffile.TiffFile(path) as tiff:
        at = tiff.pages[0].tags["BitsPerSample"].valueoffset
    content[at] = 12
    path.write_bytes(content)
    with pytest.raises(ScanDepthError, match="12-bit"):
        probe_scan(path)


def test_cmyk_lab_and_multispectral_pictures_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    write_tiff(path, picture(4), photometric="separated", extrasamples=[])
    with pytest.raises(ScanColourError, match="CMYK"):
        probe_scan(path)
    write_tiff(path, picture(3), photometric="cielab")
    with pytest.raises(ScanColourError, match="Lab"):
        probe_scan(path)
    write_tiff(path, picture(7), extrasamples=["unspecified"] * 4)
    with pytest.raises(ScanColourError, match="multispectral"):
        probe_scan(path)
    jpeg = pyvips.Image.new_from_array(picture(4, "uint8"))
    jpeg.copy(interpretation="cmyk").jpegsave(str(path))
    with pytest.raises(ScanColourError, match="CMYK"):
        probe_scan(path)


def test_unknown_compression_is_named(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "scan.tif", picture(), compression="zstd")
    with pytest.raises(ScanCompressionError, match="ZSTD"):
        probe_scan(path)


def test_thumbnails_behind_the_picture_are_no_trouble(tmp_path: Path) -> None:
    path, samples = tmp_path / "scan.tif", picture()
    with tifffile.TiffWriter(path) as tiff:
        tiff.write(samples, photometric="rgb", metadata=None)
        tiff.write(samples[:70, :50], photometric="rgb", subfiletype=1, metadata=None)
        tiff.write(samples[::4, ::4], photometric="rgb", metadata=None)
    np.testing.assert_array_equal(read(path), samples)


def test_several_full_pages_are_refused(tmp_path: Path) -> None:
    path, samples = tmp_path / "scan.tif", picture()
    with tifffile.TiffWriter(path) as tiff:
        for _ in range(3):
            tiff.write(samples, photometric="rgb", metadata=None)
    with pytest.raises(SeveralPagesError, match="3 full"):
        probe_scan(path)


def test_leading_thumbnail_is_refused(tmp_path: Path) -> None:
    path, samples = tmp_path / "scan.tif", picture()
    with tifffile.TiffWriter(path) as tiff:
        tiff.write(samples[::2], photometric="rgb", subfiletype=1, metadata=None)
        tiff.write(samples, photometric="rgb", metadata=None)
    with pytest.raises(SeveralPagesError, match="thumbnail"):
        probe_scan(path)


# broken files


def broken_sources(folder: Path) -> dict[str, Path]:
    eight, sixteen = picture(3, "uint8"), picture()
    made = {
        f"tiff-{compression}-{layout}": write_tiff(
            folder / f"{compression}-{layout}.tif",
            sixteen,
            compression=compression,
            **({"tile": (32, 48)} if layout == "tiles" else {"rowsperstrip": 20}),
        )
        for compression in COMPRESSIONS
        for layout in ("strips", "tiles")
    }
    for layout, options in (("strips", {}), ("tiles", {"tile": True})):
        path = folder / f"jpeg-{layout}.tif"
        made[f"tiff-jpeg-{layout}"] = write_vips(
            path, eight, compression="jpeg", **options
        )
    made["png8"] = write_vips(folder / "8.png", eight)
    made["png16"] = write_vips(folder / "16.png", sixteen)
    made["png-interlaced"] = write_vips(folder / "i.png", sixteen, interlace=True)
    made["jpeg"] = write_vips(folder / "b.jpg", eight)
    made["jpeg-progressive"] = write_vips(folder / "p.jpg", eight, interlace=True)
    return made


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return broken_sources(tmp_path_factory.mktemp("sources"))


SOURCES = [
    *(f"tiff-{c}-{k}" for c in [*COMPRESSIONS, "jpeg"] for k in ("strips", "tiles")),
    *("png8", "png16", "png-interlaced", "jpeg", "jpeg-progressive"),
]


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("name", SOURCES)
def test_truncated_file_is_an_error_wherever_it_ends(
    tmp_path: Path, sources: dict[str, Path], name: str, kept: float
) -> None:
    content = sources[name].read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(BadInputError) as caught:
        read(path)
    assert caught.value.exit_status == 65


@pytest.mark.parametrize("bigtiff", [False, True])
def test_tiff_that_ends_before_its_directory_is_called_truncated(
    tmp_path: Path, bigtiff: bool
) -> None:
    path = tmp_path / "scan.tif"
    head = struct.pack("<2sH", b"II", 43 if bigtiff else 42)
    head += struct.pack("<HHQ", 8, 0, 9000) if bigtiff else struct.pack("<I", 9000)
    path.write_bytes(head + bytes(500))
    with pytest.raises(TruncatedScanError, match="directory"):
        probe_scan(path)


@pytest.mark.parametrize("name", [n for n in SOURCES if n.startswith("tiff-")])
def test_pixels_of_a_tiff_beyond_its_end_are_called_truncated(
    tmp_path: Path, sources: dict[str, Path], name: str
) -> None:
    content = sources[name].read_bytes()
    with tifffile.TiffFile(sources[name]) as tiff:
        offsets = list(tiff.pages[0].dataoffsets)
        ifd_is_first = tiff.pages[0].offset < offsets[0]
    path = tmp_path / "cut"
    path.write_bytes(content[: offsets[-1] + 3])
    expected = TruncatedScanError if ifd_is_first else BadInputError
    with pytest.raises(expected):
        read(path)


@pytest.mark.parametrize(
    "name",
    [n for n in SOURCES if n.startswith(("tiff-deflate", "png"))],
)
@pytest.mark.parametrize("where", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("whole_bytes", [0, 1 << 24], ids=["in pieces", "whole"])
def test_one_flipped_bit_in_checked_data_is_corruption(  # noqa: PLR0913, PLR0917
    tmp_path: Path,
    sources: dict[str, Path],
    name: str,
    where: float,
    whole_bytes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tiff_segments, "_WHOLE_BYTES", whole_bytes)
    read(sources[name])
    content = bytearray(sources[name].read_bytes())
    content[int(len(content) * where)] ^= 0x10
    path = tmp_path / "flipped"
    path.write_bytes(content)
    with pytest.raises(CorruptScanError):
        read(path)


@pytest.mark.parametrize(
    "name", [n for n in SOURCES if "None" not in n and "packbits" not in n]
)
def test_block_of_zeros_in_the_middle_is_an_error(
    tmp_path: Path, sources: dict[str, Path], name: str
) -> None:
    content = bytearray(sources[name].read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(len(content[middle : middle + 4000]))
    path = tmp_path / "zeros"
    path.write_bytes(content)
    with pytest.raises(BadInputError):
        read(path)


def test_sound_strips_come_before_the_broken_one(
    tmp_path: Path, sources: dict[str, Path]
) -> None:
    content = bytearray(sources["tiff-deflate-strips"].read_bytes())
    with tifffile.TiffFile(sources["tiff-deflate-strips"]) as tiff:
        content[tiff.pages[0].dataoffsets[6] + 50] ^= 0xFF  # rows 120 to 139
    path = tmp_path / "flipped.tif"
    path.write_bytes(content)
    strips = read_strips(probe_scan(path), 50)
    assert next(strips)[0] == Window(0, 0, 50, WIDTH)
    assert next(strips)[0] == Window(50, 0, 100, WIDTH)
    with pytest.raises(CorruptScanError, match="strip 7"):
        next(strips)


def test_changed_file_is_not_read_from_memory(tmp_path: Path) -> None:
    path, samples = tmp_path / "scan.tif", picture()
    write_tiff(path, samples)
    read(path)
    write_tiff(path, samples[::-1])
    np.testing.assert_array_equal(read(path), samples[::-1])


def test_two_readers_of_one_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    path, samples = tmp_path / "scan.tif", picture()
    scan = probe_scan(write_tiff(path, samples, compression="lzw"))
    pairs = zip(read_strips(scan, 40), read_strips(scan, 40), strict=True)
    for (window, first), (_, second) in pairs:
        np.testing.assert_array_equal(first, samples[window.slices])
        np.testing.assert_array_equal(second, first)


# a restoration painted elsewhere


def like(scan: ScanFile) -> ScanSpec:
    raster = RasterSpec(scan.height_px, scan.width_px, PixelSize.from_ppi(300))
    return ScanSpec(
        raster, scan.bands, scan.bit_depth, scan.icc_profile, ScaleSource.GIVEN
    )


def read_like(path: Path, spec: ScanSpec) -> np.ndarray:
    strips = read_strips_like(probe_scan(path), spec, 64)
    return np.concatenate([s for _, s in strips])


def test_depth_of_a_restoration_is_brought_to_the_scan(tmp_path: Path) -> None:
    eight = write_tiff(tmp_path / "8.tif", picture(3, "uint8"))
    sixteen = write_tiff(tmp_path / "16.tif", picture())
    np.testing.assert_array_equal(
        read_like(eight, like(probe_scan(sixteen))),
        picture(3, "uint8") * np.uint16(257),
    )
    np.testing.assert_array_equal(
        read_like(sixteen, like(probe_scan(eight))),
        np.round(picture() / 257).astype(np.uint8),
    )
    every = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    np.testing.assert_array_equal(with_depth(with_depth(every, 16), 8), every)


def test_restoration_of_another_size_is_refused_with_both_sizes(
    tmp_path: Path,
) -> None:
    scan = probe_scan(write_tiff(tmp_path / "scan.tif", picture()))
    path = write_tiff(tmp_path / "painted.tif", picture()[:-10])
    with pytest.raises(ReconstructionSizeError, match=r"110 × 140 px.*110 × 150 px"):
        read_like(path, like(scan))


def test_restoration_in_another_profile_is_converted(tmp_path: Path) -> None:
    srgb = pyvips.Image.new_from_array(picture(3, "uint8") // 2 + np.uint8(60))
    srgb = srgb.copy(interpretation="srgb")
    plain = tmp_path / "plain.png"
    srgb.write_to_file(str(plain))
    wide = tmp_path / "wide.tif"
    srgb.icc_transform("p3", input_profile="srgb", depth=16).write_to_file(str(wide))
    back = read_like(wide, like(probe_scan(plain)))
    assert back.dtype == np.uint8
    assert np.abs(back.astype(int) - srgb.numpy()).max() <= 1
    forth = read_like(plain, like(probe_scan(wide)))
    assert forth.dtype == np.uint16
    stored = pyvips.Image.new_from_file(str(wide)).numpy().astype(int)
    assert np.abs(forth - stored).max() < 300
    assert np.abs(with_depth(read(plain), 16).astype(int) - stored).max() > 1500


def test_grey_restoration_of_a_colour_scan_and_the_reverse(tmp_path: Path) -> None:
    grey = write_tiff(tmp_path / "grey.tif", picture(1))
    neutral = np.repeat(picture(1), 3, axis=2)
    rgb = write_tiff(tmp_path / "rgb.tif", neutral)
    np.testing.assert_array_equal(read_like(grey, like(probe_scan(rgb))), neutral)
    back = read_like(rgb, like(probe_scan(grey)))
    assert back.shape == (HEIGHT, WIDTH, 1)
    assert np.abs(back.astype(int) - picture(1)).max() <= 1


def test_broken_profile_of_a_restoration_is_one_error(tmp_path: Path) -> None:
    plain = probe_scan(write_tiff(tmp_path / "plain.tif", picture()))
    broken = write_tiff(tmp_path / "broken.tif", picture(), iccprofile=b"no profile")
    with pytest.raises(ProfileConversionError):
        read_like(broken, like(plain))


# cost


MEASURE = """
import sys, resource, pathlib
from pellicle.io.scan_file import probe_scan, read_strips
scan = probe_scan(pathlib.Path(sys.argv[1]))
pixels = sum(samples.shape[0] for _, samples in read_strips(scan, 128))
assert "PIL" not in sys.modules
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_kb(path: Path) -> int:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert not done.stderr
    return int(done.stdout)


def test_memory_does_not_grow_with_the_scan_and_pillow_is_not_loaded(
    tmp_path: Path,
) -> None:
    row = np.random.default_rng(0).integers(0, 65535, (1, 1000, 3), dtype=np.uint16)
    peaks = []
    for height in (1000, 8000):
        samples = np.broadcast_to(row, (height, 1000, 3))
        path = write_tiff(
            tmp_path / f"{height}.tif", samples, compression="deflate", tile=(128, 128)
        )
        peaks.append(peak_kb(path))
    uncompressed_kb = 7000 * 1000 * 6 / 1024
    assert peaks[1] - peaks[0] < uncompressed_kb / 4


def test_nothing_is_printed_about_a_broken_file(
    tmp_path: Path, sources: dict[str, Path]
) -> None:
    content = sources["jpeg-progressive"].read_bytes()
    path = tmp_path / "cut.jpg"
    path.write_bytes(content[: len(content) // 2])
    code = (
        "import sys, pathlib; from pellicle.io.scan_file import *\n"
        "from pellicle.errors import BadInputError\n"
        "kept = read_strips(probe_scan(pathlib.Path(sys.argv[1])))\n"
        "try: next(kept)\n"
        "except BadInputError: print('caught')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("caught\n", "")
