# SPDX-License-Identifier: Apache-2.0
"""A finished treatment goes on: only what a change concerns is made again."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tifffile
from command_line import LABELS, SCAN, pellicle

from pellicle.treatment.folder import Treatment
from pellicle.workflow import made
from pellicle.workflow.begin import Request
from pellicle.workflow.job import JobDone, record_job, run_job
from pellicle.workflow.made import up_to_date
from pellicle.workflow.verify import verify

PIXEL_STEPS = {
    "decode",
    "scan",
    "condition",
    "regions",
    "reconstruction",
    "mask",
    "proof",
    "record",
}


def contents(treatment: Path) -> dict[str, bytes]:
    files = [*(treatment / "exports").iterdir(), treatment / "report/index.html"]
    return {
        path.name: path.read_bytes() for path in files if not path.name.startswith(".")
    }


def times(treatment: Path) -> dict[str, int]:
    return {
        path.name: path.stat().st_mtime_ns for path in (treatment / "exports").iterdir()
    }


def rewritten(treatment: Path, before: dict[str, int]) -> set[str]:
    after = times(treatment)
    return {name for name in after if after[name] != before.get(name)}


def describe(treatment: Path, old: str, new: str) -> None:
    toml = treatment / "treatment.toml"
    text = toml.read_text()
    assert old in text
    toml.write_text(text.replace(old, new))


def test_another_time_stamp_and_folder_give_the_same_bytes(
    small_job: JobDone, tmp_path: Path
) -> None:
    copy = tmp_path / "another folder" / "another name.tif"
    copy.parent.mkdir()
    copy.write_bytes(SCAN.read_bytes())
    os.utime(copy, (1_000_000_000, 1_000_000_000))
    request = Request(copy, ppi=300, damage=str(LABELS))
    again = run_job(tmp_path / "elsewhere.pellicle", request, 1, quiet=True)
    assert contents(again.treatment) == contents(small_job.treatment)


def test_confirming_the_scale_makes_no_pixels_again(own_treatment: Path) -> None:
    describe(own_treatment, "ppi = 300.0\n", "")
    unconfirmed = record_job(own_treatment, 1)
    assert not PIXEL_STEPS & set(unconfirmed.seconds)
    assert "scale" in unconfirmed.figures["assumed"]
    before = times(own_treatment)
    confirmed = run_job(own_treatment, Request(SCAN, ppi=300), 1, quiet=True)
    assert not PIXEL_STEPS & set(confirmed.seconds)
    assert "scale" not in confirmed.figures["assumed"]
    assert not {
        n for n in rewritten(own_treatment, before) if n.endswith((".tif", ".png"))
    }


def test_another_title_is_written_into_pdfs_and_report_only(
    own_treatment: Path,
) -> None:
    before = times(own_treatment)
    describe(own_treatment, 'title = ""', 'title = "Madonna"')
    done = record_job(own_treatment, 1)
    assert set(done.seconds) == {"export"}
    changed = rewritten(own_treatment, before)
    assert {"mask.pdf", "mask-colour.pdf", "mask-white.pdf"} <= changed
    assert not {name for name in changed if name.endswith((".tif", ".png"))}


def test_an_approval_sums_nothing_up_again(own_treatment: Path) -> None:
    path = own_treatment / "exports/regions.geojson"
    region = json.loads(path.read_bytes())["features"][0]["properties"]["id"]
    said = pellicle(
        "decide", own_treatment, "--region", region, "--approve", "--by", "Ada"
    )
    assert said.returncode == 0, said.stderr
    before = times(own_treatment)
    done = record_job(own_treatment, 1)
    assert set(done.seconds) == {"export"}
    assert done.figures["approvals"]["viewed"] == 1
    assert not {
        n for n in rewritten(own_treatment, before) if n.endswith((".tif", ".png"))
    }


def test_a_treatment_copied_without_its_times_is_up_to_date(
    small_job: JobDone, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.pellicle"
    shutil.copytree(small_job.treatment, copy, copy_function=shutil.copyfile)
    assert up_to_date(Treatment.open(copy))
    with pytest.MonkeyPatch.context() as newer:
        newer.setitem(made.STEP_VERSIONS, "mask", 99)
        assert not up_to_date(Treatment.open(copy))
    mask = copy / "exports/mask.tif"
    mask.write_bytes(mask.read_bytes()[:-1] + b"?")
    assert not up_to_date(Treatment.open(copy))


def test_what_verify_advises_mends_a_run(own_treatment: Path, tmp_path: Path) -> None:
    (run,) = (own_treatment / "runs/proof").iterdir()
    value = next(path for path in run.rglob("zarr.json"))
    value.write_bytes(value.read_bytes() + b" ")
    failed = pellicle("verify", own_treatment)
    assert failed.returncode == 65
    assert f"runs/proof/{run.name}" in failed.stderr
    shutil.move(run, tmp_path / "moved away")
    assert record_job(own_treatment, 1).seconds.keys() == {"proof", "export"}
    assert verify(own_treatment)


def test_verify_looks_at_runs_that_are_not_in_use(own_treatment: Path) -> None:
    (run,) = (own_treatment / "runs/mask").iterdir()
    earlier = run.with_name("0" * 16)
    shutil.copytree(run, earlier)
    assert verify(own_treatment)
    value = next(path for path in earlier.rglob("zarr.json"))
    value.write_bytes(value.read_bytes() + b" ")
    failed = pellicle("verify", own_treatment)
    assert failed.returncode == 65
    assert f"runs/mask/{earlier.name}" in failed.stderr
    assert run.name not in failed.stderr


def test_verify_goes_on_past_a_source_without_its_description(
    own_treatment: Path,
) -> None:
    about = next((own_treatment / "sources").glob("scan-*.json"))
    about.write_text("{}")
    (own_treatment / "exports/mask.tif").write_bytes(b"")
    failed = pellicle("verify", own_treatment)
    assert failed.returncode == 65
    assert f"sources/{about.name}: it does not describe a source" in failed.stderr
    assert "exports/mask.tif: its content has changed" in failed.stderr


def test_verify_names_what_it_may_not_read(own_treatment: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from pellicle.cli.main import main\n"
        "opened = Path.open\n"
        "def forbidden(path, *rest, **more):\n"
        "    if path.name == 'mask.tif':\n"
        "        raise PermissionError(13, 'Permission denied', str(path))\n"
        "    return opened(path, *rest, **more)\n"
        "Path.open = forbidden\n"
        "main()\n"
    )
    failed = subprocess.run(
        [sys.executable, "-c", code, "verify", str(own_treatment)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert failed.returncode == 65, failed.stderr
    assert "exports/mask.tif: it cannot be read: permission denied" in failed.stderr


def test_export_into_the_treatment_keeps_its_record(own_treatment: Path) -> None:
    describe(own_treatment, 'title = ""', 'title = "Madonna"')
    done = pellicle("export", own_treatment, "--only", "mask")
    assert done.returncode == 0, done.stderr
    named = {Path(line).name for line in done.stdout.splitlines()}
    assert {"mask.pdf", "mask.tif", "figures.json"} <= named
    assert "proof.tif" not in named
    assert up_to_date(Treatment.open(own_treatment))
    assert not (own_treatment / "exports/index.html").exists()
    assert verify(own_treatment)
    inside = pellicle("export", own_treatment, "--to", own_treatment / "log")
    assert inside.returncode == 2
    assert "[bad-setting]" in inside.stderr


def test_print_files_of_an_earlier_export_do_not_outlive_their_approval(
    own_treatment: Path, tmp_path: Path
) -> None:
    target = tmp_path / "for the printer"
    arguments = ["export", own_treatment, "--only", "mask", "--to", target]
    assert pellicle(*arguments).returncode == 0
    assert (target / "mask.pdf").exists()
    run_job(own_treatment, Request(SCAN, policy="strict"), 1, quiet=True)
    done = pellicle(*arguments)
    assert done.returncode == 0, done.stderr
    withheld = done.stdout.splitlines()[-1]
    assert withheld.startswith("Withheld")
    for name in ("mask.tif", "mask-spot.tif", "mask.pdf", "mask-white.pdf"):
        assert name in withheld
        assert not (target / name).exists()
    assert (target / "mask-colour.tif").exists()


def test_a_run_emptied_by_hand_is_named(own_treatment: Path) -> None:
    (run,) = (own_treatment / "runs/regions").iterdir()
    (run / "value.json").write_text("{}")
    describe(own_treatment, 'title = ""', 'title = "Madonna"')
    failed = pellicle("record", own_treatment)
    assert failed.returncode == 65, failed.stderr
    assert "value.json" in failed.stderr


def test_a_setting_written_by_hand_is_checked(own_treatment: Path) -> None:
    with (own_treatment / "treatment.toml").open("a") as toml:
        toml.write('\n[settings.reconstruct]\ninfill_craquelure = "no"\n')
    failed = pellicle("record", own_treatment)
    assert failed.returncode == 2, failed.stderr
    assert "infill_craquelure" in failed.stderr


def test_json_is_alone_on_stdout_and_progress_and_times_are_told(
    own_treatment: Path,
) -> None:
    log = own_treatment / "log/timings.jsonl"
    before = log.read_text().splitlines()
    done = pellicle(
        "restore", SCAN, "-o", own_treatment, "--policy", "strict", "--json"
    )
    told = json.loads(done.stdout)
    assert "mask: " in done.stderr
    timings = told["timings"]
    assert timings["total_seconds"] >= sum(timings["seconds"].values()) - 0.1
    *earlier, last = log.read_text().splitlines()
    assert earlier == before
    assert json.loads(last)["seconds"] == timings["seconds"]
    assert json.loads(last)["peak_memory_mb"] > 0


def test_a_reader_that_leaves_is_no_error(own_treatment: Path) -> None:
    command = [sys.executable, "-c", "from pellicle.cli.main import main; main()"]
    with subprocess.Popen(
        [*command, "status", str(own_treatment)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        stderr = process.stderr.read()
        process.wait(timeout=60)
    assert stderr == ""
    assert process.returncode == 0


def test_memory_without_bounds_is_refused(own_treatment: Path) -> None:
    failed = pellicle("record", own_treatment, "--memory-gb", "inf")
    assert failed.returncode == 2, failed.stderr
    assert "--memory-gb" in failed.stderr


def test_a_scan_that_breaks_off_is_named_as_it_was_handed_in(tmp_path: Path) -> None:
    work = tmp_path / "work.pellicle"
    work.mkdir()
    content = bytearray(SCAN.read_bytes())
    with tifffile.TiffFile(SCAN) as tiff:
        start = tiff.pages[0].dataoffsets[0]
    content[start + 20 : start + 60] = b"\xff" * 40
    broken = tmp_path / "Madonna, left.tif"
    broken.write_bytes(content)
    failed = pellicle("restore", broken, "-o", work, "--ppi", 300)
    assert failed.returncode == 65, failed.stderr
    assert "Madonna, left.tif" in failed.stderr
    assert "sources" not in failed.stderr
    done = run_job(work, Request(SCAN, damage=str(LABELS)), 1, quiet=True)
    assert done.report.is_file()
    kept = {path.name for path in (work / "sources").iterdir()}
    assert len([name for name in kept if name.startswith("scan-")]) == 2
