# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import colour
import numpy as np
import pytest

from pellicle import errors
from pellicle.colour.convert import D50_XYZ, lab_d50_from_xyz_d50
from pellicle.colour.spectrum import xyz_d50_from_spectrum
from pellicle.io.cgats import read_cgats, write_cgats
from pellicle.io.measurements_file import read_measurements

FOGRA = Path(__file__).parents[1] / "data" / "FOGRA39L.ti3"
GOOD = """CTI3
# a comment
KEYWORD "BACKING"
BACKING "Black"
NUMBER_OF_FIELDS 8
BEGIN_DATA_FORMAT
SAMPLE_ID CMYK_C CMYK_M CMYK_Y CMYK_K
XYZ_X XYZ_Y XYZ_Z
END_DATA_FORMAT
NUMBER_OF_SETS 2
BEGIN_DATA
1 0 0 0 0 80.0 83.0 68.0
"patch 2" 100 0 0 0 14.5 22.0 52.0
END_DATA
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "a.ti3"
    path.write_text(text, encoding="utf-8")
    return path


def test_real_file_is_read_though_it_miscounts_its_fields() -> None:
    found = read_measurements(FOGRA)
    assert len(found.names) == 1617
    assert found.inks is not None
    assert found.white is None
    np.testing.assert_allclose(found.xyz_d50[0], [0.8448, 0.8762, 0.7457])
    np.testing.assert_allclose(found.inks[1], [0, 0.1, 0, 0])
    lab_d50 = lab_d50_from_xyz_d50(found.xyz_d50[:1])[0]
    np.testing.assert_allclose(lab_d50, [95, 0, -2], atol=0.05)


def test_names_keywords_and_lists_over_several_lines(tmp_path: Path) -> None:
    found = read_measurements(written(tmp_path, GOOD))
    assert found.names == ("1", "patch 2")
    assert found.backing == "black"
    np.testing.assert_allclose(found.xyz_d50[1], [0.145, 0.22, 0.52])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("80.0 83.0", "80,0 83,0"),
        ("NUMBER_OF_SETS 2", "NUMBER_OF_SETS 900"),
        ("CTI3\n", "\ufeffCTI3\r\n"),
        ("0 0 0 0 80.0", "0 0 0 0\n80.0"),
        ("BEGIN_DATA\n1", "begin_data\n1"),
        ("XYZ_X", "xyz_x"),
        ("END_DATA\n", "END_DATA\nCTI3\nBEGIN_DATA_FORMAT\nX\nEND_DATA_FORMAT\n"),
    ],
)
def test_what_real_files_do_is_put_up_with(tmp_path: Path, old: str, new: str) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new)
    if "\n80.0" in new:
        text = text.replace('"patch 2" 100 0 0 0 14.5', '"patch 2" 100 0 0 0\n14.5')
    found = read_measurements(written(tmp_path, text))
    np.testing.assert_allclose(found.xyz_d50[0], [0.80, 0.83, 0.68])


@pytest.mark.parametrize(
    ("old", "new", "error", "said"),
    [
        (GOOD, "hello", errors.BadMeasurementsError, "holds no table"),
        (GOOD, "a\0b", errors.BadMeasurementsError, "not a text table"),
        ("END_DATA\n", "", errors.BadMeasurementsError, "without END_DATA"),
        ("83.0", "grey", errors.BadMeasurementsError, "row 1 has 'grey' as XYZ_Y"),
        ("83.0", "nan", errors.BadMeasurementsError, "row 1 has no XYZ_Y"),
        ("83.0", "83.0 1", errors.BadMeasurementsError, "row 1 of its data has 9"),
        ('"patch 2"', "1", errors.BadMeasurementsError, "patch 1 stands in it twice"),
        ("83.0", "8300", errors.BadMeasurementsError, "no colour that a surface"),
        ("XYZ_Z", "DENSITY", errors.MissingFieldsError, "fields SAMPLE_ID"),
        ("SAMPLE_ID", "NUMBER", errors.MissingFieldsError, "names the patches"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path,
    old: str,
    new: str,
    error: type[errors.PellicleError],
    said: str,
) -> None:
    with pytest.raises(error, match=said):
        read_measurements(written(tmp_path, GOOD.replace(old, new)))


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(errors.NoSuchFileError):
        read_measurements(Path("nowhere.ti3"))


def test_a_table_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "b.ti2"
    rows = [("A1", 1.5, 0.25), ("A 2", 0.0, 100.0)]
    write_cgats(path, "CTI2", {"NOTE": 'said "so"'}, ("SAMPLE_LOC", "X", "Y"), rows)
    (table,) = read_cgats(path)
    assert table.keywords["NOTE"] == 'said "so"'
    assert table.rows == (("A1", "1.5", "0.25"), ("A 2", "0", "100"))


def test_lab_and_fractions_are_read(tmp_path: Path) -> None:
    lab = GOOD.replace("XYZ_X XYZ_Y XYZ_Z", "LAB_L LAB_A LAB_B")
    lab = lab.replace("80.0 83.0 68.0", "95 0 -2").replace(
        "14.5 22.0 52.0", "55 -37 -50"
    )
    found = lab_d50_from_xyz_d50(read_measurements(written(tmp_path, lab)).xyz_d50)
    np.testing.assert_allclose(found, [[95, 0, -2], [55, -37, -50]], atol=1e-9)
    small = GOOD.replace("80.0 83.0 68.0", "0.8 0.83 0.68")
    small = small.replace("14.5 22.0 52.0", "0.145 0.22 0.52")
    found = read_measurements(written(tmp_path, small)).xyz_d50
    np.testing.assert_allclose(found[1], [0.145, 0.22, 0.52])


def test_spectra_give_the_colours_of_the_reference() -> None:
    """Against colour-science at 1 nm, for smooth spectra."""
    nm = np.arange(380, 731, 10)
    spectra = np.stack(
        [
            np.full(len(nm), 1.0),
            0.1 + 0.7 / (1 + np.exp(-(nm - 560) / 25)),
            0.05 + 0.5 * np.exp(-0.5 * ((nm - 460) / 40) ** 2),
        ]
    )
    ours = xyz_d50_from_spectrum(nm, spectra)
    np.testing.assert_allclose(ours[0], D50_XYZ, atol=1e-12)
    fine = colour.SpectralShape(380, 780, 1)
    observer = colour.MSDS_CMFS["CIE 1931 2 Degree Standard Observer"].copy()
    light = colour.SDS_ILLUMINANTS["D50"].copy().align(fine).values
    weights = observer.align(fine).values * light[:, None]
    weights *= D50_XYZ / weights.sum(axis=0)
    for spectrum, xyz in zip(spectra[1:], ours[1:], strict=True):
        between = np.interp(fine.range(), nm, spectrum)
        np.testing.assert_allclose(xyz, between @ weights, rtol=0.004)
