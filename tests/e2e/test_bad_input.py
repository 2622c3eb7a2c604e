# SPDX-License-Identifier: Apache-2.0
"""Bad input: one clear error with the right exit code, nothing lost, no traceback."""

import os
import re
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from command_line import LABELS, SCAN, pellicle

from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing

CONTRACTED = re.compile(r"error: [^;]+; [^;]+; [^;]+ \[[a-z-]+\]")


def noise(*shape: int, dtype: type = np.uint16) -> np.ndarray:
    rng = np.random.default_rng(5)
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype)


def truncated(path: Path) -> None:
    content = SCAN.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def not_a_picture(path: Path) -> None:
    path.write_bytes(b"This is a letter to the conservator." * 40)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def one_pixel(path: Path) -> None:
    tifffile.imwrite(path, noise(1, 1, 3), photometric="rgb")


def zero_sized(path: Path) -> None:
    header = struct.pack("<2sHI", b"II", 42, 8)
    entries = [(256, 3, 1, 0), (257, 3, 1, 0), (258, 3, 1, 8), (262, 3, 1, 1)]
    body = struct.pack("<H", len(entries))
    for tag, kind, count, value in entries:
        body += struct.pack("<HHII", tag, kind, count, value)
    path.write_bytes(header + body + struct.pack("<I", 0))


def huge_header(path: Path) -> None:
    header = struct.pack("<2sHI", b"II", 42, 8)
    entries = [
        (256, 4, 1, 100_000),
        (257, 4, 1, 100_000),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (277, 3, 1, 1),
        (278, 4, 1, 100_000),
        (279, 4, 1, 4_000_000_000),
    ]
    body = struct.pack("<H", len(entries))
    for tag, kind, count, value in entries:
        body += struct.pack("<HHII", tag, kind, count, value)
    path.write_bytes(header + body + struct.pack("<I", 0))


def cmyk(path: Path) -> None:
    tifffile.imwrite(path, noise(64, 64, 4, dtype=np.uint8), photometric="separated")


def lab(path: Path) -> None:
    tifffile.imwrite(path, noise(64, 64, 3, dtype=np.uint8), photometric="cielab")


def float_with_nan(path: Path) -> None:
    samples = np.full((64, 64, 3), np.nan, np.float32)
    tifffile.imwrite(path, samples, photometric="rgb")


def printers_profile(path: Path) -> None:
    folder = Path(__file__).parents[2] / "src/pellicle/print_setups"
    profile = (folder / "ISOcoated_v2_300_bas.icc").read_bytes()
    tifffile.imwrite(path, noise(64, 64, 3), photometric="rgb", iccprofile=profile)


@pytest.mark.parametrize(
    "make",
    [
        truncated,
        not_a_picture,
        empty,
        one_pixel,
        zero_sized,
        huge_header,
        cmyk,
        lab,
        float_with_nan,
        printers_profile,
    ],
)
def test_a_scan_that_cannot_be_used_is_one_clear_error(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    scan = tmp_path / "scan.tif"
    make(scan)
    before = scan.read_bytes()
    work = tmp_path / "work.pellicle"
    failed = pellicle("restore", scan, "-o", work, "--ppi", 300, "--workers", 1)
    assert failed.returncode == 65, failed.stderr
    message = failed.stderr.strip().splitlines()[-1]
    assert CONTRACTED.fullmatch(message), message
    assert "Traceback" not in failed.stderr
    assert failed.stdout == ""
    assert scan.read_bytes() == before
    assert not work.exists()


def test_a_scan_without_scale_is_refused(tmp_path: Path) -> None:
    scan = tmp_path / "scan.tif"
    tifffile.imwrite(scan, noise(64, 64, 3), photometric="rgb", resolution=(72, 72))
    failed = pellicle("restore", scan, "-o", tmp_path / "work.pellicle")
    assert failed.returncode == 69
    assert "[scale-unknown]" in failed.stderr


@pytest.mark.parametrize("value", ["0", "-3", "nan", "inf"])
def test_a_scale_that_cannot_be_is_refused(value: str, tmp_path: Path) -> None:
    failed = pellicle("restore", SCAN, "-o", tmp_path / "w.pellicle", "--ppi", value)
    assert failed.returncode == 2
    assert failed.stderr.startswith("error: ")


def test_a_damage_mask_of_another_size_is_refused(tmp_path: Path) -> None:
    mask = tmp_path / "mask.png"
    mask.write_bytes(imagecodecs.png_encode(np.zeros((10, 12), np.uint8)))
    work = tmp_path / "work.pellicle"
    failed = pellicle("restore", SCAN, "-o", work, "--damage", mask)
    assert failed.returncode == 65, failed.stderr
    assert "320" in failed.stderr
    assert "12" in failed.stderr
    assert failed.stdout == ""


def test_a_file_that_is_not_there_leaves_no_folder_behind(tmp_path: Path) -> None:
    work = tmp_path / "work.pellicle"
    failed = pellicle("restore", SCAN, "-o", work, "--damage", tmp_path / "none.png")
    assert failed.returncode == 69, failed.stderr
    assert CONTRACTED.fullmatch(failed.stderr.strip()), failed.stderr
    assert not work.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("restore", SCAN, "-o", "w.pellicle", "--ppi", "many"),
        ("restore", SCAN, "-o", "w.pellicle", "--nothing-of-the-kind"),
        ("restore", SCAN),
        ("restorre", SCAN),
        ("status", "nowhere.pellicle"),
        ("decide", "nowhere.pellicle", "--region", "1"),
    ],
)
def test_a_mistyped_command_is_one_clear_error(
    arguments: tuple[object, ...],
) -> None:
    failed = pellicle(*arguments)
    assert failed.returncode in {2, 69}, failed.stderr
    assert CONTRACTED.fullmatch(failed.stderr.strip()), failed.stderr


def test_a_mask_that_covers_everything_is_refused(tmp_path: Path) -> None:
    mask = tmp_path / "mask.png"
    shape = tifffile.imread(SCAN).shape[:2]
    mask.write_bytes(imagecodecs.png_encode(np.full(shape, 255, np.uint8)))
    failed = pellicle(
        "restore", SCAN, "-o", tmp_path / "work.pellicle", "--damage", mask
    )
    assert failed.returncode == 65, failed.stderr
    assert "[nothing-intact]" in failed.stderr


def test_a_scan_without_features_has_no_damage(tmp_path: Path) -> None:
    scan, work = tmp_path / "flat.tif", tmp_path / "flat.pellicle"
    brown = np.empty((300, 320, 3), np.uint16)
    brown[:] = 40_000, 26_000, 18_000  # which the networks alone take for one loss
    tifffile.imwrite(scan, brown, photometric="rgb")
    done = pellicle("restore", str(scan), "--ppi", "300", "-o", str(work))
    assert done.returncode == 0, done.stderr
    labels = cv2.imread(str(work / "exports" / "condition.png"), cv2.IMREAD_UNCHANGED)
    assert labels.shape[:2] == brown.shape[:2]
    assert len(np.unique(labels.reshape(-1, labels.shape[-1]), axis=0)) == 1


def test_output_below_a_file_is_refused(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("mine")
    failed = pellicle("restore", SCAN, "-o", blocker / "work.pellicle")
    assert failed.returncode == 73, failed.stderr
    assert blocker.read_text() == "mine"


def test_a_folder_that_holds_other_files_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    failed = pellicle("restore", SCAN, "-o", folder)
    assert failed.returncode == 69, failed.stderr
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_a_full_disk_is_one_clear_error_and_the_next_run_finishes(
    own_treatment: Path, tmp_path: Path
) -> None:
    # The system tells of a full disk when a file is brought there for good.
    code = (
        "import os\n"
        "from pellicle.cli.main import main\n"
        "brought = os.fsync\n"
        "def full(file):\n"
        "    if os.fstat(file).st_size > 60_000:\n"
        "        raise OSError(28, 'No space left on device')\n"
        "    brought(file)\n"
        "os.fsync = full\n"
        "main()\n"
    )
    target = tmp_path / "exports"
    arguments = ["export", str(own_treatment), "--to", str(target), "--workers", "1"]
    failed = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert failed.returncode == 73, failed.stderr
    assert "[disk-full]" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert not list(target.glob(".*.partial"))
    assert pellicle(*arguments).returncode == 0


def test_another_scan_does_not_get_into_a_treatment(
    own_treatment: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.tif"
    tifffile.imwrite(other, noise(64, 64, 3), photometric="rgb")
    failed = pellicle("restore", other, "-o", own_treatment, "--ppi", 300)
    assert failed.returncode == 2
    assert "[other-scan]" in failed.stderr


def test_a_second_writer_is_told_to_wait(own_treatment: Path) -> None:
    with writing(Treatment.open(own_treatment)):
        failed = pellicle("restore", SCAN, "-o", own_treatment, "--policy", "strict")
    assert failed.returncode == 75
    assert "[treatment-busy]" in failed.stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("treatment.toml", "title = "),
        ("treatment.toml", 'shoe_size = "42"\n'),
        ("current.json", "{"),
        ("decisions.jsonl", "I approve of everything\n"),
    ],
)
def test_a_file_changed_by_hand_is_named(
    own_treatment: Path, name: str, content: str
) -> None:
    (own_treatment / name).write_text(content)
    failed = pellicle("restore", SCAN, "-o", own_treatment)
    assert failed.returncode == 65, failed.stderr
    assert name in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_run_that_was_deleted_is_made_again(own_treatment: Path) -> None:
    before = (own_treatment / "exports/mask.tif").read_bytes()
    (own_treatment / "exports/mask.tif").unlink()
    mask_runs = own_treatment / "runs/mask"
    for run in list(mask_runs.iterdir()):
        run.rename(own_treatment.parent / run.name)
    done = pellicle("restore", SCAN, "-o", own_treatment)
    assert done.returncode == 0, done.stderr
    assert (own_treatment / "exports/mask.tif").read_bytes() == before


@pytest.mark.parametrize("after_s", [2.0, 3.5, 5.0])
def test_a_killed_job_is_finished_by_the_same_command(
    after_s: float, tmp_path: Path
) -> None:
    work = tmp_path / "work.pellicle"
    arguments = ["restore", str(SCAN), "-o", str(work), "--ppi", "300"]
    arguments += ["--damage", str(LABELS), "--workers", "1"]
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from pellicle.cli.main import main; main()",
            *arguments,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(after_s)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = pellicle(*arguments)
    assert done.returncode == 0, done.stderr
    assert (work / "report/index.html").is_file()
    assert pellicle("verify", work).returncode == 0


def test_interrupting_is_said_and_loses_nothing(tmp_path: Path) -> None:
    work = tmp_path / "work.pellicle"
    arguments = ["restore", str(SCAN), "-o", str(work), "--ppi", "300"]
    arguments += ["--workers", "2"]
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from pellicle.cli.main import main; main()",
            *arguments,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (work / "runs/condition").exists() and process.poll() is None:
        time.sleep(0.05)
    time.sleep(1.0)  # its workers are being started
    process.send_signal(signal.SIGINT)
    with process:  # else a test that fails here leaves its pipe to the next one
        _, stderr = process.communicate(timeout=120)
    assert process.returncode == 130, stderr
    assert stderr.splitlines()[-1].endswith("[interrupted]"), stderr
    assert "Traceback" not in stderr
    assert (work / "sources").is_dir()
    done = pellicle(*arguments, "--damage", LABELS)
    assert done.returncode == 0, done.stderr
