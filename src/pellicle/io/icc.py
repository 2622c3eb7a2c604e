# SPDX-License-Identifier: Apache-2.0
"""ICC profiles: from a file's profile to Pellicle's own colour values.

Job: check a profile, and turn a scan's into a `ScanEncoding`, a printer's into an
`OutputProfile`.
Not here: the tags' bytes (`icc_tags.py`), the colour mathematics (`colour`).

Matrix and grey profiles are evaluated here, exactly. Tables of measured colours are
sampled through Little CMS in floating point (which is not resampled on the way), always
relative colorimetric without black-point compensation: A2B1 and B2A1.
"""

import hashlib
import struct
from dataclasses import dataclass

import imagecodecs
import numpy as np

from pellicle.colour.convert import (
    D50_XYZ,
    D65_XY,
    REC2020_FROM_XYZ_D50,
    Floats,
    bradford_adaptation,
    lab_d50_from_xyz_d50,
    matrix_from_primaries,
    rec2020_from_xyz_d50,
    xyz_d50_from_lab_d50,
)
from pellicle.colour.encoding import CODES, NO_LATTICE, ScanEncoding
from pellicle.colour.output_profile import OutputProfile
from pellicle.colour.srgb import LINEAR_UNTIL, SRGB_PRIMARIES_XY, srgb_light
from pellicle.errors import BrokenProfileError, WrongProfileError
from pellicle.io.icc_bytes import SCREEN, fixed, profile_bytes
from pellicle.io.icc_tags import (
    Profile,
    parse_profile,
    profile_description,
    tone_curve,
    xyz_tag,
)
from pellicle.model.arrays import Array

LATTICE_NODES = 49
SRGB_PARAMETERS = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, LINEAR_UNTIL)
SCAN_SPACES = {1: "GRAY", 3: "RGB"}
SCAN_CLASSES = ("scnr", "mntr", "prtr", "spac")
CLASS_NAMES = {
    "scnr": "input device",
    "mntr": "display",
    "prtr": "output device",
    "spac": "colour space",
    "link": "device link",
    "abst": "abstract",
    "nmcl": "named colours",
}
LEAST_DETERMINANT = 1e-6
MEDIUM_CLASSES = ("scnr", "prtr")
MEDIUM_OF_D50 = (0.3, 1.02)
MOST_TINT = 0.15
LEAST_GAIN = 1e-3
"""What a medium's stated white may be of D50, how tinted, and when it is D50."""
MEDIUM_RGB_LINEAR = (0.05, 2.0)
"""Bounds of what an unprinted medium can look like; fluorescent papers exceed 1."""


@dataclass(frozen=True, slots=True)
class ProfileInfo:
    """What a profile says it is.

    Attributes
    ----------
    description
        Its name, "" if it gives none.
    colour_space
        "RGB", "GRAY", "CMYK", "Lab", …
    device_class
        "display", "output device", …, or the four letters in the file.
    """

    description: str
    colour_space: str
    device_class: str


def describe(icc: bytes) -> ProfileInfo:
    """Name, colour space and class of a profile.

    Raises
    ------
    BrokenProfileError
        If the bytes are not an ICC profile.
    """
    return _info(parse_profile(icc))


def scan_encoding(icc_profile: bytes | None, bands: int) -> ScanEncoding:
    """Encoding of a scan's samples.

    Parameters
    ----------
    icc_profile
        The profile embedded in the scan; None means sRGB, or its curve for grey.
    bands
        1 (grey) or 3 (RGB).

    Raises
    ------
    BrokenProfileError
        If the profile cannot be read.
    WrongProfileError
        If it does not describe samples of that many bands.
    """
    if icc_profile is None:
        return _srgb_encoding(bands)
    profile = parse_profile(icc_profile)
    needed = SCAN_SPACES[bands]
    if profile.colour_space != needed or profile.device_class not in SCAN_CLASSES:
        found = _info(profile)
        raise WrongProfileError(
            found.description,
            f"{found.colour_space}, {found.device_class}",
            "a grey scan needs a grey profile"
            if bands == 1
            else "an RGB scan needs an RGB profile",
        )
    if profile.connection_space not in {"XYZ ", "Lab "}:
        raise BrokenProfileError("it connects to neither XYZ nor Lab")
    gain = _media_gain(profile)
    named = icc_profile + bytes([bands]) + (b"" if gain is None else b"absolute")
    identity = hashlib.sha256(named).hexdigest()
    gain = np.ones(3) if gain is None else gain
    if bands == 1:
        curves = _grey_curve(profile)[None] * gain[1]
        matrix, lattice = np.eye(3), NO_LATTICE
    elif "A2B1" in profile.tags or "A2B0" in profile.tags:
        curves, matrix = np.zeros((1, CODES)), np.eye(3)
        lattice = _absolute(_rgb_lattice(icc_profile), gain)
    else:
        curves, colorants = _curves_and_colorants(profile)
        matrix, lattice = REC2020_FROM_XYZ_D50 @ (gain[:, None] * colorants), NO_LATTICE
    return ScanEncoding(
        sha256=identity,
        bands=bands,
        description=profile_description(profile),
        curves=curves.astype(np.float32),
        matrix=matrix,
        lattice=lattice,
    )


def output_profile(icc: bytes) -> OutputProfile:
    """Inks of a CMYK printer.

    Raises
    ------
    BrokenProfileError
        If the profile cannot be read, or lacks its colorimetric tables.
    WrongProfileError
        If it is not a CMYK output profile.
    """
    profile = parse_profile(icc)
    if profile.colour_space != "CMYK" or profile.device_class != "prtr":
        found = _info(profile)
        raise WrongProfileError(
            found.description,
            f"{found.colour_space}, {found.device_class}",
            "printing needs a CMYK output profile",
        )
    profile.tag("A2B1")
    profile.tag("B2A1")
    media_white_xyz = xyz_tag(profile.tag("wtpt"))
    bare_xyz = xyz_d50_from_lab_d50(_to_lab(icc, "cmyk", np.zeros((1, 4))))
    bare_rgb_linear = rec2020_from_xyz_d50(bare_xyz * media_white_xyz / D50_XYZ)
    darkest, lightest = MEDIUM_RGB_LINEAR
    if not ((bare_rgb_linear > darkest) & (bare_rgb_linear < lightest)).all():
        raise BrokenProfileError("without ink it shows no white medium")
    return OutputProfile.sampled(
        sha256=hashlib.sha256(icc).hexdigest(),
        description=profile_description(profile),
        media_white_xyz=media_white_xyz,
        to_lab=lambda inks: _to_lab(icc, "cmyk", inks * 100.0),
        to_ink=lambda lab_d50: _to_cmyk(icc, lab_d50),
    )


def srgb_profile() -> bytes:
    """Pellicle's own sRGB profile (version 4), the same bytes every time.

    Primaries and curve of IEC 61966-2-1, white Bradford-adapted to D50.
    """
    white = np.array([D65_XY[0], D65_XY[1], 1 - D65_XY.sum()]) / D65_XY[1]
    colorants = matrix_from_primaries(SRGB_PRIMARIES_XY, D65_XY)
    curve = b"para\0\0\0\0\0\3\0\0" + fixed(np.array(SRGB_PARAMETERS))
    adaptation = bradford_adaptation(white, D50_XYZ)
    tags = {
        b"desc": _unicode_text("sRGB"),
        b"cprt": _unicode_text("No copyright, use freely"),
        b"wtpt": b"XYZ \0\0\0\0" + fixed(D50_XYZ),
        b"chad": b"sf32\0\0\0\0" + fixed(adaptation.ravel()),
        b"rXYZ": b"XYZ \0\0\0\0" + fixed(colorants[:, 0]),
        b"gXYZ": b"XYZ \0\0\0\0" + fixed(colorants[:, 1]),
        b"bXYZ": b"XYZ \0\0\0\0" + fixed(colorants[:, 2]),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    return profile_bytes(SCREEN, tags)


def _info(profile: Profile) -> ProfileInfo:
    device_class = CLASS_NAMES.get(profile.device_class, profile.device_class)
    return ProfileInfo(profile_description(profile), profile.colour_space, device_class)


def _srgb_encoding(bands: int) -> ScanEncoding:
    samples = np.arange(CODES) / (CODES - 1.0)
    curve = srgb_light(samples)
    grey = bands == 1
    colorants = matrix_from_primaries(SRGB_PRIMARIES_XY, D65_XY)
    return ScanEncoding(
        sha256="srgb-grey" if grey else "srgb",
        bands=bands,
        description="sRGB curve, grey" if grey else "sRGB",
        curves=curve[None].astype(np.float32),
        matrix=np.eye(3) if grey else REC2020_FROM_XYZ_D50 @ colorants,
        lattice=NO_LATTICE,
    )


def _grey_curve(profile: Profile) -> Array:
    if "kTRC" in profile.tags:
        return tone_curve(profile.tag("kTRC"))
    samples = np.arange(CODES) / (CODES - 1.0)
    lab_d50 = _to_lab(profile.icc, "gray", samples[:, None])
    luminance = np.clip(xyz_d50_from_lab_d50(lab_d50)[:, 1], 0.0, 1.0)
    rising = np.maximum.accumulate(luminance)
    if not rising[-1] > rising[0]:
        raise BrokenProfileError("its table of greys does not rise")
    return rising


def _media_gain(profile: Profile) -> Array | None:
    """(3,) absolute over relative XYZ of what was scanned or printed; None if equal.

    Relative colorimetric counts the medium's white as perfect. That is right for a
    display; a scanner's or printer's profile states the medium that it was made with,
    and a painting is no lighter for it. A stated white that cannot be a medium's (one
    of a light, as careless profiles have) is passed over.
    """
    if profile.device_class not in MEDIUM_CLASSES or "wtpt" not in profile.tags:
        return None
    white = xyz_tag(profile.tag("wtpt"))
    darkest, lightest = MEDIUM_OF_D50
    share: Array = white / D50_XYZ
    possible = ((share > darkest) & (share < lightest)).all()
    even = share.max() - share.min() < MOST_TINT
    if not (possible and even) or np.abs(share - 1).max() < LEAST_GAIN:
        return None
    return share


def _absolute(lattice: Array, gain: Array) -> Array:
    """A lattice of relative L*a*b* as absolute ones."""
    if (gain == 1).all():
        return lattice
    xyz_d50 = xyz_d50_from_lab_d50(lattice.astype(np.float64)) * gain
    return lab_d50_from_xyz_d50(xyz_d50).astype(np.float32)


def _curves_and_colorants(profile: Profile) -> tuple[Array, Array]:
    if profile.connection_space != "XYZ ":
        raise BrokenProfileError("it has neither colour tables nor primaries in XYZ")
    curves = np.stack([tone_curve(profile.tag(f"{band}TRC")) for band in "rgb"])
    if (curves == curves[0]).all():
        curves = curves[:1]
    colorants = np.stack([xyz_tag(profile.tag(f"{band}XYZ")) for band in "rgb"], axis=1)
    if abs(np.linalg.det(colorants)) < LEAST_DETERMINANT:
        raise BrokenProfileError("its primaries do not span a colour space")
    return curves, colorants


def _rgb_lattice(icc: bytes) -> Array:
    axis = np.linspace(0.0, 1.0, LATTICE_NODES)
    nodes = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    lab_d50 = _to_lab(icc, "rgb", nodes.reshape(-1, 3))
    if np.ptp(lab_d50[:, 0]) < 1.0:
        raise BrokenProfileError("its colour tables do not go from dark to light")
    return lab_d50.reshape(nodes.shape).astype(np.float32)


def _to_lab(icc: bytes, space: str, samples: Floats) -> Floats:
    return _through_lcms(samples, icc, imagecodecs.cms_profile("lab4"), space, "lab")


def _to_cmyk(icc: bytes, lab_d50: Floats) -> Floats:
    lab_profile = imagecodecs.cms_profile("lab4")
    return _through_lcms(lab_d50, lab_profile, icc, "lab", "cmyk") / 100.0


def _through_lcms(
    colours: Floats, source: bytes, target: bytes, space: str, into_space: str
) -> Floats:
    """Transform (N, bands) float64 in Little CMS's own ranges (CMYK 0 to 100)."""
    try:
        made: Floats = imagecodecs.cms_transform(
            np.ascontiguousarray(colours[None], np.float64),
            source,
            target,
            colorspace=space,
            outcolorspace=into_space,
            outdtype="f8",
            intent=int(imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC),
            flags=int(imagecodecs.CMS.FLAGS.NOCACHE),
        )
    except (imagecodecs.CmsError, ValueError) as error:
        raise BrokenProfileError("its colour tables cannot be read") from error
    made = made.reshape(len(colours), -1)
    if not np.isfinite(made).all():
        raise BrokenProfileError("its colour tables are not made of numbers")
    return made


def _unicode_text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    record = struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28)
    return b"mluc\0\0\0\0" + record + encoded
