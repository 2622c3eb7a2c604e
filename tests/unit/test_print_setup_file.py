# SPDX-License-Identifier: Apache-2.0
import math
import os
from pathlib import Path

import pytest

import pellicle
from pellicle import errors
from pellicle.io.icc import srgb_profile
from pellicle.io.print_setup_file import (
    DEFAULT_PRINT_SETUP,
    built_in_print_setups,
    load_print_setup,
    write_print_setup,
)

BUILT_IN = Path(pellicle.__file__).parent / "print_setups"
DEFAULT_TOML = (BUILT_IN / f"{DEFAULT_PRINT_SETUP}.toml").read_text(encoding="utf-8")


@pytest.fixture
def own_setup(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(DEFAULT_TOML, encoding="utf-8")
    return path


def changed(path: Path, old: str, new: str) -> Path:
    assert old in DEFAULT_TOML
    path.write_text(DEFAULT_TOML.replace(old, new), encoding="utf-8")
    return path


def test_default_setup_is_built_in_and_says_what_it_assumes() -> None:
    setup, icc_profile = load_print_setup(DEFAULT_PRINT_SETUP)
    assert setup.white.levels == (0, 1)
    assert setup.inks.ink_limit_percent == 220
    assert setup.geometry.choke_um == 100
    assert set(setup.unmeasured) == {
        "colour",
        "white",
        "film",
        "size",
        "displacement",
        "media",
    }
    assert all(sentence.endswith(".") for sentence in setup.unmeasured.values())
    assert icc_profile[36:40] == b"acsp"


def test_every_built_in_setup_can_be_loaded_by_its_name() -> None:
    setups = built_in_print_setups()
    assert DEFAULT_PRINT_SETUP in {setup.name for setup in setups}
    for setup in setups:
        assert load_print_setup(setup.name)[0] == setup


def test_copied_setup_finds_the_built_in_profile(own_setup: Path) -> None:
    assert load_print_setup(str(own_setup)) == load_print_setup(DEFAULT_PRINT_SETUP)


def test_profile_beside_the_setup_comes_first(own_setup: Path) -> None:
    _, original = load_print_setup(DEFAULT_PRINT_SETUP)
    beside = own_setup.parent / "ISOcoated_v2_300_bas.icc"
    beside.write_bytes(original + b"\0")
    assert load_print_setup(str(own_setup))[1] == original + b"\0"


def test_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(errors.UnknownPrintSetupError, match=DEFAULT_PRINT_SETUP):
        load_print_setup("film")


@pytest.mark.parametrize("name", ["absent.toml", "absent/setup", "."])
def test_missing_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(errors.NoSuchFileError, match="needed"):
        load_print_setup(f"{tmp_path}/{name}")


@pytest.mark.skipif(os.name != "posix", reason="permissions of another kind")
def test_unreadable_file_is_named(
    own_setup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(errors.UnreadableFileError, match=r"own\.toml"):
        load_print_setup(str(own_setup))


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("levels = [0, 1]", "levels = [0, 0.5]", "white.*rise from 0 to 1"),
        ("levels = [0, 1]", "levels = []", "white.*rise from 0 to 1"),
        ("choke_um = 100", "choke_um = -1", r"geometry\.choke_um.*-1"),
        ("choke_um = 100", "choke_px = 2", r"geometry\.choke_(um|px)"),
        ("passes = 2", "passes = 0", r"white\.passes"),
        ('mixing = "halftone"', 'mixing = "dots"', r"white\.mixing.*dots"),
        ("scattering = 1.5", "scattering = nan", r"white\.scattering"),
        ("transmittance = 1.0", "transmittance = 1.2", r"film\.transmittance"),
        ("width_mm = 1118", "width_mm = 0", r"media\.width_mm"),
        ("margin_left_mm = 3", "margin_left_mm = -1", r"media\.margin_left_mm"),
        ("\n[unmeasured]", "\n[unmeasured]\npaper = 'x.'", "paper"),
        ('profile = "ISO', 'profile = "../ISO', r"inks\.profile"),
        ("[white]", "[white", "not TOML"),
    ],
)
def test_value_that_cannot_be_used_is_named(
    own_setup: Path, old: str, new: str, named: str
) -> None:
    with pytest.raises(errors.PrintSetupFileError, match=named):
        load_print_setup(str(changed(own_setup, old, new)))


def test_text_of_another_encoding_is_refused(own_setup: Path) -> None:
    own_setup.write_bytes(DEFAULT_TOML.encode("utf-16"))
    with pytest.raises(errors.PrintSetupFileError, match="not TOML"):
        load_print_setup(str(own_setup))


def test_missing_profile_is_named(own_setup: Path) -> None:
    path = changed(own_setup, "ISOcoated_v2_300_bas.icc", "mine.icc")
    with pytest.raises(errors.InkProfileMissingError, match=r"mine\.icc"):
        load_print_setup(str(path))


def test_profile_of_a_display_cannot_print(own_setup: Path) -> None:
    path = changed(own_setup, "ISOcoated_v2_300_bas.icc", "mine.icc")
    (own_setup.parent / "mine.icc").write_bytes(srgb_profile())
    with pytest.raises(errors.WrongProfileError, match="CMYK"):
        load_print_setup(str(path))


def test_damaged_profile_is_refused(own_setup: Path) -> None:
    path = changed(own_setup, "ISOcoated_v2_300_bas.icc", "mine.icc")
    (own_setup.parent / "mine.icc").write_bytes(b"not a profile")
    with pytest.raises(errors.BrokenProfileError):
        load_print_setup(str(path))


@pytest.mark.parametrize("percent", [2.2, 60])
def test_an_ink_limit_that_makes_colours_impossible_is_refused(
    own_setup: Path, percent: float
) -> None:
    changed(own_setup, "ink_limit_percent = 220", f"ink_limit_percent = {percent}")
    with pytest.raises(errors.ImpossibleInkLimitError, match=f"allows {percent:g} %"):
        load_print_setup(str(own_setup))


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ("2", (0, 1)),
        ("3", (0, 0.5, 1)),
        ("5", (0, 0.25, 0.5, 0.75, 1)),
        ('"continuous"', tuple(step / 16 for step in range(17))),
        ("[0]", (0,)),
    ],
)
def test_levels_may_be_a_number_of_even_steps(
    own_setup: Path, levels: str, expected: tuple[float, ...]
) -> None:
    changed(own_setup, "levels = [0, 1]", f"levels = {levels}")
    white = load_print_setup(str(own_setup))[0].white
    assert white.levels == expected
    assert white.continuous == (len(expected) == 17)
    assert white.none == (expected == (0,))


@pytest.mark.parametrize(
    "line",
    [
        "levels = 1",
        "tone_curve = [[0, 0], [0.5, 0.7], [0.4, 0.8], [1, 1]]",
        "tone_curve = [[0, 0.1], [1, 1]]",
        "tone_curve = [[0, 0], [0.9, 1]]",
        "scattering = [1, 2]",
        "absorption = [0.1, 0.1, 2]",
    ],
)
def test_what_a_white_cannot_be_is_refused(own_setup: Path, line: str) -> None:
    name = line.split(" ", maxsplit=1)[0]
    start = next(
        row for row in DEFAULT_TOML.splitlines() if row.startswith(("mixing", name))
    )
    old = next((r for r in DEFAULT_TOML.splitlines() if r.startswith(name)), start)
    new = line if old.startswith(name) else f"{line}\n{old}"
    with pytest.raises(errors.PrintSetupFileError, match="white"):
        load_print_setup(str(changed(own_setup, f"\n{old}\n", f"\n{new}\n")))


def test_a_part_is_not_measured_and_unmeasured(own_setup: Path) -> None:
    text = DEFAULT_TOML + '\n[measured]\nwhite = "Yes."\n'
    own_setup.write_text(text, encoding="utf-8")
    with pytest.raises(errors.PrintSetupFileError, match="measured and unmeasured"):
        load_print_setup(str(own_setup))


def test_every_part_of_the_built_in_setups_is_measured_or_assumed() -> None:
    for setup in built_in_print_setups():
        said = setup.measured | setup.unmeasured
        assert {"colour", "white", "film", "size", "displacement", "media"} <= set(said)
        assert all(sentence.endswith(".") for sentence in said.values())
    assert len(built_in_print_setups()) >= 4


def test_a_setup_that_is_written_is_read_again(tmp_path: Path) -> None:
    setup, profile = load_print_setup("two-films-laminated")
    path = tmp_path / "mine.toml"
    own = setup.inks.model_copy(update={"profile": "mine.icc"})
    setup = setup.model_copy(update={"inks": own, "title": 'Größe "groß" \\ 7'})
    write_print_setup(path, setup, tmp_path / "mine.icc", profile)
    assert load_print_setup(str(path)) == (setup, profile)


def test_a_setup_without_media_is_not_limited(own_setup: Path) -> None:
    start = DEFAULT_TOML.index("\n[media]\n")
    end = DEFAULT_TOML.index("\n[unmeasured]\n")
    text = DEFAULT_TOML[:start] + DEFAULT_TOML[end:]
    kept = [line for line in text.splitlines() if not line.startswith("media = ")]
    own_setup.write_text("\n".join(kept), encoding="utf-8")
    setup = load_print_setup(str(own_setup))[0]
    assert setup.media is None
    assert "media" not in setup.unmeasured


def test_media_are_printable_within_their_margins() -> None:
    roll = load_print_setup(DEFAULT_PRINT_SETUP)[0].media
    assert roll is not None
    assert roll.printable_mm == (1112, math.inf)
    sheet = load_print_setup("film-uv-flatbed")[0].media
    assert sheet is not None
    assert sheet.printable_mm == (2480, 1230)


@pytest.mark.parametrize(
    ("width_mm", "length"), [(110, ""), (1118, "length_mm = 100\n"), (5, "")]
)
def test_media_smaller_than_a_mark_are_refused(
    own_setup: Path, width_mm: float, length: str
) -> None:
    changed(own_setup, "width_mm = 1118\n", f"width_mm = {width_mm}\n{length}")
    with pytest.raises(errors.MediaTooSmallError, match=r"148\.0 × .* were needed"):
        load_print_setup(str(own_setup))


@pytest.mark.parametrize("scales", [(1.03, 1.03), (1.004, 0.998), (0.97, 1)])
def test_scales_that_no_printer_has_are_refused(
    own_setup: Path, scales: tuple[float, float]
) -> None:
    lines = f"scale_x = {scales[0]}\nscale_y = {scales[1]}\nchoke_um = 100"
    changed(own_setup, "choke_um = 100", lines)
    with pytest.raises(errors.ScaleDiffersError, match=r"own\.toml") as raised:
        load_print_setup(str(own_setup))
    assert f"{100 * scales[0]:.2f} % of its size across" in str(raised.value)
