# SPDX-License-Identifier: Apache-2.0
import dataclasses
import subprocess
from pathlib import Path

import imagecodecs
import numpy as np
import pytest

from pellicle.io.helvetica import Face, text_lines, text_runs, text_width_mm
from pellicle.io.print_setup_file import load_print_setup
from pellicle.io.print_sheet import PrintSheet
from pellicle.io.reading_page import Jpeg, ReadingPage
from pellicle.io.ticket_content import CONTENTS, TicketContent, ticket_facts
from pellicle.io.ticket_pdf import write_ticket_pdf
from pellicle.model.preflight import FileMeasured, PlateMeasured, Preflight
from pellicle.model.print_setup import PrintedSide, PrintSetup
from pellicle.model.raster import RasterSpec
from pellicle.model.units import PixelSize
from pellicle.workflow.mask import SetupInUse
from pellicle.workflow.print_sheet import control_targets

SETUP, ICC = load_print_setup("film-inkjet-default")
PLATES = ("Cyan", "Magenta", "Yellow", "Black", "White")


def measured(name: str) -> FileMeasured:
    return FileMeasured(
        name=name,
        sha256=name.encode().hex().ljust(64, "0")[:64],
        size_bytes=9,
        read_with="pikepdf",
        width_px=1000,
        height_px=2000,
        bits=8,
        width_mm=100.0,
        height_mm=200.0,
        page_width_mm=148.0,
        page_height_mm=300.0,
        ppi_x=254.0,
        ppi_y=254.0,
        plates=tuple(
            PlateMeasured(name=plate, coverage_percent=1.5, largest_percent=100)
            for plate in PLATES
        ),
        largest_total_percent=219.6,
        inked_mm2=300.0,
    )


def content_of(setup: PrintSetup = SETUP, **changes: object) -> TicketContent:
    grey = np.full((60, 40, 3), 190, np.uint8)
    sheet = PrintSheet(
        title="Портрет – Żółć",
        id="0123456789abcdef",
        raster=RasterSpec(2000, 1000, PixelSize.from_ppi(254)),
        mirrored=setup.film.mirrored,
        spot_name="White",
        ink_limit_percent=220,
        icc_profile=ICC,
        profile_name="Coated",
        made=None,
        cut_line=setup.film.cut_line,
    )
    return TicketContent(
        sheet=dataclasses.replace(sheet, **changes),
        setup=setup,
        preflight=Preflight(
            mask="0123456789abcdef", files=tuple(measured(name) for name in CONTENTS)
        ),
        targets=control_targets(SetupInUse(SETUP, ICC)),
        thumbnail=Jpeg(bytes(imagecodecs.jpeg8_encode(grey)), 40, 60),
        about="",
    )


def words(path: Path) -> str:
    done = subprocess.run(
        ["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True
    )
    return " ".join(done.stdout.split())


def test_a_film_printed_from_behind_turns_order_and_image_round() -> None:
    film = SETUP.film.model_copy(
        update={
            "printed_side": PrintedSide.UNDERSIDE,
            "mirrored": True,
            "cut_line": "CutContour",
        }
    )
    facts = dict(ticket_facts(content_of(SETUP.model_copy(update={"film": film}))))
    assert facts["Deposition order"].startswith("First cyan, magenta, yellow, black")
    assert facts["Deposition order"].endswith("then white (2 passes)")
    assert "mirrored already: do not mirror again" in facts["Mirroring"]
    assert "Underside" in facts["Printed side"]
    assert "CutContour" in facts["Cut line"]
    assert "Cut line" not in dict(ticket_facts(content_of()))


def test_much_that_is_assumed_stays_above_the_lines_to_be_filled_in(tmp_path) -> None:
    much = tuple(f"{number}: " + "not measured at all " * 12 for number in range(14))
    path = tmp_path / "ticket.pdf"
    write_ticket_pdf(path, content_of(assumed=much, notes=("scale unconfirmed",)))
    text = words(path)
    assert "Scale unconfirmed." in text
    assert all(f"{number}: not measured" in text for number in range(14))
    assert text.index("13: not") < text.index("Printer and RIP")


def test_equal_tickets_have_equal_bytes(tmp_path) -> None:
    written = []
    for number, drafts in enumerate((0, 0, 2)):
        path = tmp_path / f"{number}.pdf"
        write_ticket_pdf(path, content_of(drafts=drafts))
        written.append(path.read_bytes())
    assert written[0] == written[1] != written[2]


def test_targets_are_paper_and_film_where_nothing_is_printed() -> None:
    targets = control_targets(SetupInUse(SETUP, ICC))
    assert len(targets) == 18
    bare = {t.on_white: t.lab_d50 for t in targets if t.label == "none"}
    # The film is clear: what it lies on shows, here the profile's own paper.
    assert bare[False] == pytest.approx((95, 0, -2), abs=0.6)
    assert bare[True][0] == pytest.approx(bare[False][0], abs=1.0)
    blacks = [t.lab_d50[0] for t in targets if t.label == "K"]
    assert max(blacks) < 20


def test_letters_have_the_fonts_own_widths() -> None:
    # 12 pt Helvetica: "Hello" is 722 + 556 + 222 + 222 + 556 thousandths.
    assert text_width_mm("Hello", 12) == pytest.approx(2.278 * 12 * 25.4 / 72)
    assert text_width_mm("é", 10) == text_width_mm("e", 10)
    assert text_width_mm("W", 10, Face.BOLD) == text_width_mm("W", 10)
    assert list(text_runs("ΔE ≤ ж", Face.REGULAR)) == [
        (Face.SYMBOL, b"D"),
        (Face.REGULAR, b"E "),
        (Face.SYMBOL, b"\xa3"),
        (Face.REGULAR, b" ?"),
    ]
    assert list(text_runs("Ł–é", Face.BOLD)) == [(Face.BOLD, b"?\x96\xe9")]
    lines = text_lines("one two three", text_width_mm("one two", 9), 9)
    assert lines == ("one two", "three")


def test_a_page_gives_back_its_words_and_lines(tmp_path) -> None:
    page = ReadingPage(60, 40)
    page.text("10 µm ± 2 · Größe", (5, 10), 9)
    page.lines([[(5, 20), (55, 20), (55, 30)]], 0.5, closed=True)
    path = tmp_path / "page.pdf"
    page.write(path, "A page", "id", None)
    assert words(path) == "10 µm ± 2 · Größe"
    told = subprocess.run(["pdfinfo", path], check=True, capture_output=True, text=True)
    assert "170.079 x 113.386 pts" in told.stdout
