# SPDX-License-Identifier: Apache-2.0
"""Print setups on the command line: exit codes, and that nothing half made is left."""

import re
from pathlib import Path

import pytest
from command_line import pellicle

from pellicle.io.icc import srgb_profile
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, SUFFIX

CONTRACTED = re.compile(r"error: [^;]+; [^;]+; [^;]+ \[[a-z-]+\]")
FOGRA = Path(__file__).parents[1] / "data" / "FOGRA39L.ti3"


def own(folder: Path, old: str, new: str) -> Path:
    import pellicle as package  # noqa: PLC0415 -- the package, not the command

    built_in = Path(package.__file__).parent / "print_setups"
    text = (built_in / f"{DEFAULT_PRINT_SETUP}{SUFFIX}").read_text(encoding="utf-8")
    assert old in text
    path = folder / "own.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_real_measurements_become_a_setup_of_two_files(tmp_path: Path) -> None:
    output = tmp_path / "offset.toml"
    done = pellicle("print-setup", "fit", FOGRA, "-o", output)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"offset.toml", "offset.icc"}
    assert "measured (colour): Fitted to 1617 readings" in done.stdout
    assert "assumed (white): " in done.stdout


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("fit", "nowhere.ti3", "-o", "a.toml"), 69, "no-such-file"),
        (("fit", FOGRA, "-o", "a.icc"), 2, "bad-setting"),
        (("fit", FOGRA, "-o", "a.toml", "--vernier-um", "5"), 2, "bad-setting"),
        (("fit", FOGRA, "-o", "a.toml", "--distances-mm", "1,1"), 2, "bad-setting"),
        (("fit", FOGRA, "-o", "a.toml", "--chart", FOGRA), 65, "missing-fields"),
        (("fit", Path(__file__), "-o", "a.toml"), 65, "bad-measurements"),
        (("chart", "-o", "c", "--print-setup", "film"), 2, "unknown-print-setup"),
        (("levels", "--print-setup", "film"), 2, "unknown-print-setup"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str | Path, ...],
    status: int,
    code: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    failed = pellicle("print-setup", *words)
    assert failed.returncode == status, failed.stderr
    assert f"[{code}]" in failed.stderr
    assert CONTRACTED.search(failed.stderr)
    assert "Traceback" not in failed.stderr
    assert not list(tmp_path.iterdir())


def test_a_setup_without_a_printers_profile_is_refused(tmp_path: Path) -> None:
    setup = own(tmp_path, "ISOcoated_v2_300_bas.icc", "screen.icc")
    (tmp_path / "screen.icc").write_bytes(srgb_profile())
    failed = pellicle("print-setup", "chart", "-o", tmp_path, "--print-setup", setup)
    assert failed.returncode == 65
    assert "[wrong-profile]" in failed.stderr
    (tmp_path / "screen.icc").write_bytes(b"no profile at all")
    failed = pellicle("print-setup", "chart", "-o", tmp_path, "--print-setup", setup)
    assert failed.returncode == 65
    assert "[broken-profile]" in failed.stderr


def test_an_ink_limit_under_one_ink_is_refused(tmp_path: Path) -> None:
    setup = own(tmp_path, "ink_limit_percent = 220", "ink_limit_percent = 2.2")
    failed = pellicle("print-setup", "levels", "--print-setup", setup)
    assert failed.returncode == 65
    assert "allows 2.2 % ink" in failed.stderr
