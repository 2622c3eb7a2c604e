# SPDX-License-Identifier: Apache-2.0
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
