# SPDX-License-Identifier: Apache-2.0
"""A work larger than its media, printed by a printer that prints lengths wrong."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import tifffile
from command_line import LABELS, SCAN, pellicle

import pellicle as package
from pellicle.engine.progress import ProgressReport
from pellicle.errors import BadSettingError
from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing
from pellicle.workflow import imposition
from pellicle.workflow.begin import Request
from pellicle.workflow.exports import ExportPart
from pellicle.workflow.job import JobDone, run_job
from pellicle.workflow.making import export_parts
from pellicle.workflow.restore import whole_chain
from pellicle.workflow.trial import make_trial
from pellicle.workflow.work import Work

SETUPS = Path(package.__file__).parent / "print_setups"
PPI = 40  # 203 mm
MM_PER_POINT = 25.4 / 72
PRINTABLE_MM = (204, 291)


def setup_text(media: str, geometry: str = "") -> str:
    text = (SETUPS / "film-inkjet-default.toml").read_text(encoding="utf-8")
    text = text.replace("width_mm = 1118\n", media)
    text = text.replace("# cut_line", "cut_line")
    return text.replace("\n[geometry]\n", f"\n[geometry]\n{geometry}")


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> JobDone:
    """The small scan as a work of 203 mm, on sheets of A4."""
    folder = tmp_path_factory.mktemp("sheets")
    setup = folder / "a4.toml"
    setup.write_text(
        setup_text(
            "width_mm = 210\nlength_mm = 297\n", "scale_x = 1.003\nscale_y = 0.999\n"
        ),
        encoding="utf-8",
    )
    request = Request(SCAN, ppi=PPI, damage=str(LABELS), print_setup=str(setup))
    return run_job(folder / "work.pellicle", request, 1, quiet=True)


@pytest.fixture(scope="module")
def exports(job: JobDone) -> Path:
    return job.treatment / "exports"


@pytest.fixture(scope="module")
def pages(exports: Path) -> list[dict[str, float]]:
    content = json.loads((exports / "mask-preflight.json").read_bytes())
    return [file for file in content["files"] if file["name"] == "mask.pdf"]


def test_every_page_fits_the_media(
    exports: Path, pages: list[dict[str, float]]
) -> None:
    assert len(pages) > 3
    for page in pages:
        assert page["page_width_mm"] <= PRINTABLE_MM[0]
        assert page["page_height_mm"] <= PRINTABLE_MM[1]
    with pikepdf.open(exports / "mask.pdf") as pdf:
        assert len(pdf.pages) == len(pages)


def test_every_printed_pixel_is_on_exactly_one_sheet(
    exports: Path, pages: list[dict[str, float]]
) -> None:
    colour = tifffile.imread(exports / "mask-colour.tif")
    white = tifffile.imread(exports / "mask-white.tif")
    whole = np.dstack([colour, white])
    ticket = subprocess.run(
        ["pdftotext", "-layout", str(exports / "mask-ticket.pdf"), "-"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    corners = re.findall(r"([\d.]+) mm from the left, ([\d.]+) mm from the top", ticket)
    assert len(corners) == len(pages)
    found = np.zeros(whole.shape, np.int64)
    for number, corner in enumerate(corners, start=1):
        sheet = tifffile.imread(exports / f"mask-{number}.tif")
        left, top = (round(float(mm) / 25.4 * PPI) for mm in corner)
        height, width = sheet.shape[:2]
        found[top : top + height, left : left + width] += sheet
    np.testing.assert_array_equal(found, whole)
    assert not (exports / "mask.tif").exists()


def test_tickets_and_regions_tell_of_the_sheets(
    exports: Path, pages: list[dict[str, float]]
) -> None:
    features = json.loads((exports / "regions.geojson").read_bytes())["features"]
    regions = [feature["properties"] for feature in features]
    on = [region["sheets"] for region in regions if region["printed"]]
    assert {number for sheets in on for number in sheets} <= set(
        range(1, len(pages) + 1)
    )
    assert not [r for r in regions if not r["printed"] and "sheets" in r]
    command = ["pdftotext", "-raw", str(exports / "mask-ticket.pdf"), "-"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    said = " ".join(done.stdout.split())
    cut = sum(len(sheets) > 1 for sheets in on)
    assert f"{len(pages)}, a page each in the PDFs" in said
    assert re.search(rf"{cut} regions? (is|are) cut by seams", said)
    assert "99.701 % across, 100.100 % down: done in the files" in said
    content = json.loads((exports / "mask-preflight.json").read_bytes())
    for file in content["files"]:
        assert file["sheet"] is None or file["sha256"] in said
    command = ["pdftotext", "-raw", str(exports / "mask-inspection.pdf"), "-"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    for number in range(1, len(pages) + 1):
        assert f"Sheet {number}" in done.stdout
    assert "Size corrected for the printer" in " ".join(done.stdout.split())


def test_other_programs_find_every_page_right(job: JobDone, tmp_path: Path) -> None:
    stale = tmp_path / "out"
    stale.mkdir()
    for name in ("mask.tif", "mask-9.tif", "mask-spot-9.tif"):
        (stale / name).write_bytes(b"of an earlier export")
    done = export_parts(job.treatment, stale, [ExportPart.MASK], 1)
    assert done.looked == ("Ghostscript", "Poppler")
    names = {path.name for path in stale.iterdir()}
    assert not names & {"mask.tif", "mask-9.tif", "mask-spot-9.tif"}
    ours = job.treatment / "exports"
    for name in ("mask.pdf", "mask-2.tif", "mask-ticket.pdf"):
        assert (stale / name).read_bytes() == (ours / name).read_bytes()


def test_a_trial_piece_too_large_for_the_media_is_refused(job: JobDone) -> None:
    with pytest.raises(BadSettingError, match="larger than the print setup's media"):
        make_trial(job.treatment, "50,50,90,60", 1)


def test_a_trial_piece_is_corrected_like_the_mask(job: JobDone, exports: Path) -> None:
    rows, columns = np.nonzero(tifffile.imread(exports / "mask-white.tif"))
    middle = len(rows) // 2
    x_mm, y_mm = (
        min(max(at[middle] / PPI * 25.4 - 5, 0), 190) for at in (columns, rows)
    )
    piece = make_trial(job.treatment, f"{x_mm:.1f},{y_mm:.1f},12,10", 1)
    path = exports / piece.name
    with pikepdf.open(path) as pdf:
        left, bottom, right, top = (float(edge) for edge in pdf.pages[0].TrimBox)
        image = pdf.pages[0].Resources.XObject.Mask
        size_px = int(image.Width), int(image.Height)
    path.unlink()  # others count the exports
    found = np.array([right - left, top - bottom]) * MM_PER_POINT
    printed = found * (1.003, 0.999)
    assert printed == pytest.approx(np.array(size_px) / PPI * 25.4, abs=0.01)


def test_seams_are_equal_at_every_tile_size(
    job: JobDone, monkeypatch: pytest.MonkeyPatch
) -> None:
    treatment = Treatment.open(job.treatment)
    work = Work(treatment, 1, ProgressReport(quiet=True))
    with writing(treatment), work.pool():
        chain = whole_chain(work)
    found = []
    for strip_px, tile_px in ((512, 512), (37, 64)):
        monkeypatch.setattr(imposition, "_STRIP_PX", strip_px)
        monkeypatch.setattr(imposition, "_TILE_PX", tile_px)
        laid = imposition.lay_on_media(treatment, chain)
        regions = imposition.sheets_of_regions(chain, laid.imposition)
        found.append((laid, regions))
    assert found[0] == found[1]
    assert found[0][0].several


def test_media_without_room_for_the_tab_are_refused_at_once(tmp_path: Path) -> None:
    setup = tmp_path / "tiny.toml"
    setup.write_text(setup_text("width_mm = 100\nlength_mm = 150\n"), encoding="utf-8")
    target = tmp_path / "work.pellicle"
    refused = pellicle("restore", SCAN, "-o", target, "--print-setup", setup)
    assert refused.returncode == 65
    assert "can be printed on 94.0 mm × 144.0 mm" in refused.stderr
    assert "[media-too-small]" in refused.stderr
