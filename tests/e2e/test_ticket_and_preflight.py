# SPDX-License-Identifier: Apache-2.0
"""The job ticket against what other programs find in the files it goes with."""

import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
import tifffile
from command_line import pellicle

from pellicle.io.data_matrix import read_data_matrix
from pellicle.workflow.job import JobDone

PLATES = ("Cyan", "Magenta", "Yellow", "Black", "White")
MM_PER_POINT = 25.4 / 72
PRINTED = ("mask.pdf", "mask-colour.pdf", "mask-white.pdf", "mask.tif", "mask-spot.tif")


@pytest.fixture(scope="module")
def exports(small_job: JobDone) -> Path:
    return small_job.treatment / "exports"


@pytest.fixture(scope="module")
def preflight(exports: Path) -> dict[str, dict[str, Any]]:
    content = json.loads((exports / "mask-preflight.json").read_bytes())
    return {file["name"]: file for file in content["files"]}


@pytest.fixture(scope="module")
def ticket(exports: Path) -> str:
    """The ticket's text as Poppler reads it."""
    command = ["pdftotext", "-layout", str(exports / "mask-ticket.pdf"), "-"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout


def coverage(plate: np.ndarray) -> float:
    return float(plate.mean(dtype=np.float64) / np.iinfo(plate.dtype).max * 100)


def test_the_preflight_finds_what_ghostscript_finds(
    exports: Path, preflight: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    command = ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-dUseTrimBox", "-sDEVICE=tiffsep"]
    options = ["-r300", f"-sOutputFile={tmp_path}/page.tif", str(exports / "mask.pdf")]
    subprocess.run([*command, *options], check=True, timeout=120)
    found = {p: 255 - tifffile.imread(tmp_path / f"page({p}).tif") for p in PLATES}
    page = preflight["mask.pdf"]
    assert [plate["name"] for plate in page["plates"]] == list(PLATES)
    for plate in page["plates"]:
        seen = found[plate["name"]]
        assert seen.shape == (page["height_px"], page["width_px"])
        assert plate["coverage_percent"] == pytest.approx(coverage(seen), abs=1e-4)
        assert plate["largest_percent"] == pytest.approx(seen.max() / 2.55, abs=1e-4)
    total = np.sum([found[name].astype(int) for name in PLATES[:4]], axis=0).max()
    assert page["largest_total_percent"] == pytest.approx(total / 2.55, abs=1e-4)
    assert page["largest_total_percent"] <= 220
    inked = np.any(list(found.values()), axis=0).mean()
    area_mm2 = page["width_mm"] * page["height_mm"]
    assert page["inked_mm2"] == pytest.approx(inked * area_mm2, abs=1e-3)


def test_the_preflight_finds_the_boxes_that_poppler_finds(
    exports: Path, preflight: dict[str, dict[str, Any]]
) -> None:
    for name in PRINTED[:3]:
        command = ["pdfinfo", "-box", str(exports / name)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        for box, sides in (
            ("MediaBox", ("page_width_mm", "page_height_mm")),
            ("TrimBox", ("width_mm", "height_mm")),
        ):
            told = re.search(rf"^{box}: *(.*)$", done.stdout, re.MULTILINE)
            assert told
            left, bottom, right, top = (
                float(x) * MM_PER_POINT for x in told[1].split()
            )
            size = [preflight[name][side] for side in sides]
            assert size == pytest.approx([right - left, top - bottom], abs=0.05)
        assert preflight[name]["placed_off_mm"] <= 0.002


def test_the_plates_of_every_file_agree(
    exports: Path, preflight: dict[str, dict[str, Any]]
) -> None:
    exact = {plate["name"]: plate for plate in preflight["mask.tif"]["plates"]}
    for name, file in preflight.items():
        content = (exports / name).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["size_bytes"] == len(content)
        for plate in file["plates"]:
            within = 1e-9 if file["bits"] == 16 else 100 / 255
            seen = exact[plate["name"]]["coverage_percent"]
            assert plate["coverage_percent"] == pytest.approx(seen, abs=within)
    colour = tifffile.imread(exports / "mask-colour.tif")
    for index, name in enumerate(PLATES[:4]):
        seen = coverage(colour[..., index])
        assert exact[name]["coverage_percent"] == pytest.approx(seen, abs=1e-4)


def test_every_value_on_the_ticket_is_the_preflights(
    ticket: str, preflight: dict[str, dict[str, Any]], exports: Path
) -> None:
    page, exact = preflight["mask.pdf"], preflight["mask.tif"]
    assert f"{page['width_mm']:.2f} × {page['height_mm']:.2f} mm" in ticket
    assert f"{page['page_width_mm']:.2f} × {page['page_height_mm']:.2f} mm" in ticket
    assert f"{page['ppi_x']:.2f} × {page['ppi_y']:.2f} ppi" in ticket
    assert f"{page['width_px']} × {page['height_px']} px" in ticket
    assert f"{page['largest_total_percent']:.1f} % (limit 220 %)" in ticket
    assert f"{exact['inked_mm2']:.1f} mm²" in ticket
    shown = dict(re.findall(r"(\w+)\s+(\d+\.\d{3}) %", ticket))
    assert shown == {
        plate["name"]: f"{plate['coverage_percent']:.3f}" for plate in exact["plates"]
    }
    hashes = re.findall(r"\b[0-9a-f]{64}\b", ticket)
    assert hashes == [preflight[name]["sha256"] for name in PRINTED]
    figures = json.loads((exports / "figures.json").read_bytes())
    assert exact["inked_mm2"] == pytest.approx(figures["mask_area_mm2"], abs=1e-3)


def test_the_ticket_says_how_to_print(ticket: str, exports: Path) -> None:
    figures = json.loads((exports / "figures.json").read_bytes())
    drafts = figures["regions_printed"]
    assert drafts > 1
    for words in (
        "100 %. Do not scale",
        "not mirrored: do not mirror",
        "First white (2 passes), then cyan",
        "Top of the film",
        "No conversion, no linearisation on top",
        f"DRAFT: {drafts} regions not approved",
        "ISO 12647-7:2016",
        "Film batch",
        "Conservator",
    ):
        assert words in " ".join(ticket.split()), words
    assert len(re.findall(r"^–|^ *– ", ticket, re.MULTILINE)) >= 4  # what is assumed
    strip = re.search(
        r"^ *C +(–?\d+\.\d) +(–?\d+\.\d) +(–?\d+\.\d)", ticket, re.MULTILINE
    )
    assert strip
    lightness, a, b = (float(value.replace("–", "-")) for value in strip.groups())
    # A cyan of offset printing (the placeholder profile): ISO 12647-2 has 55, -36, -51.
    assert (lightness, a, b) == pytest.approx((55, -36, -51), abs=3)


def test_the_ticket_is_one_page_that_names_its_mask(
    exports: Path, tmp_path: Path
) -> None:
    with pikepdf.open(exports / "mask-ticket.pdf") as pdf:
        assert not pdf.check_pdf_syntax()
        assert len(pdf.pages) == 1
        with pdf.open_metadata(update_docinfo=False) as xmp:
            mask = xmp["dc:identifier"]
        assert str(pdf.docinfo.CreationDate).startswith("D:")
    command = ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=tiffgray", "-r150"]
    page = tmp_path / "ticket.tif"
    options = [f"-sOutputFile={page}", str(exports / "mask-ticket.pdf")]
    subprocess.run([*command, *options], check=True, timeout=60)
    (code,) = read_data_matrix(tifffile.imread(page))
    assert code.text == f"pellicle:{mask}"


def test_a_print_file_that_was_changed_is_not_passed_on(
    own_treatment: Path, tmp_path: Path
) -> None:
    from pellicle.io.preflight_pdf import measure_pdf  # noqa: PLC0415
    from pellicle.workflow.preflight import PrintFileError  # noqa: PLC0415

    path = own_treatment / "exports/mask.pdf"
    cut = tmp_path / "mask.pdf"
    cut.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(PrintFileError, match=r"mask\.pdf"):
        measure_pdf(cut)
    done = pellicle("export", own_treatment, "--only", "mask", "--to", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "mask.pdf was found right by Ghostscript and Poppler" in done.stderr
    named = {Path(line).name for line in done.stdout.splitlines()}
    assert {"mask-ticket.pdf", "mask-preflight.json"} <= named
    for name in ("mask-ticket.pdf", "mask-preflight.json", "mask-inspection.pdf"):
        ours = (own_treatment / "exports" / name).read_bytes()
        assert (tmp_path / "out" / name).read_bytes() == ours


def test_the_inspection_plate_numbers_what_is_printed(
    exports: Path, preflight: dict[str, dict[str, Any]]
) -> None:
    path = exports / "mask-inspection.pdf"
    command = ["pdftotext", "-raw", str(path), "-"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    numbers, said = done.stdout.split("Untitled")
    features = json.loads((exports / "regions.geojson").read_bytes())["features"]
    regions = [feature["properties"] for feature in features]
    printed = {region["number"] for region in regions if region["printed"]}
    assert {int(word) for word in numbers.split()} == printed
    assert [region["number"] for region in regions] == list(range(1, len(regions) + 1))
    words = " ".join(said.split())
    assert f"{len(printed)} regions on the film" in words
    assert f"{len(regions) - len(printed)} regions left" in words
    with pikepdf.open(path) as pdf:
        assert not pdf.check_pdf_syntax()
        page = pdf.pages[0]
        (placed,) = (
            step.operands
            for step in pikepdf.parse_content_stream(page, "cm")
            if len(step.operands) == 6
        )
    size_mm = [float(placed[0]) * MM_PER_POINT, float(placed[3]) * MM_PER_POINT]
    painting = preflight["mask.pdf"]
    assert size_mm == pytest.approx(
        [painting["width_mm"], painting["height_mm"]], abs=0.01
    )
