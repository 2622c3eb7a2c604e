# SPDX-License-Identifier: Apache-2.0
"""What a job ticket says: everything a print room must know to print one mask.

Job: the values of the ticket, and the sentences made from a print setup.
Not here: how they stand on the page (`ticket_pdf`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pellicle.io.print_sheet import PrintSheet
from pellicle.io.reading_page import Jpeg
from pellicle.model.control import ControlTarget
from pellicle.model.preflight import FileMeasured, PlateMeasured, Preflight
from pellicle.model.print_setup import Media, PrintedSide, PrintSetup


@dataclass(frozen=True, slots=True)
class TicketContent:
    """One mask's job.

    Attributes
    ----------
    sheet
        What is printed and said about it.
    setup
        Inks, white and film it was made for.
    preflight
        What readers that are not ours found in the files: every number on the ticket
        that a file holds comes from here.
    targets
        Of the control strip, as it stands on the sheet.
    thumbnail
        The mask as it is looked at.
    about
        Artist, inventory number, owner: what is known, in one line.
    sheets
        Those that the mask is printed on, if they are several.
    regions_cut
        How many regions a seam cuts.
    """

    sheet: PrintSheet
    setup: PrintSetup
    preflight: Preflight
    targets: tuple[ControlTarget, ...]
    thumbnail: Jpeg
    about: str
    sheets: tuple[PrintSheet, ...] = ()
    regions_cut: int = 0

    @property
    def numbers(self) -> tuple[int | None, ...]:
        """Of the sheets; None where there is only one."""
        several = tuple(sheet.part.number for sheet in self.sheets if sheet.part)
        return several or (None,)

    def of_sheets(self, kind: str) -> tuple[FileMeasured, ...]:
        """Files, or pages of a file, of every sheet."""
        return tuple(self.preflight.of_sheet(kind, one) for one in self.numbers)


CONTENTS = {
    "mask.pdf": "page at true size, all plates in one job",
    "mask-colour.pdf": "the same page, colour plates alone",
    "mask-white.pdf": "the same page, white plate alone",
    "mask.tif": "all plates as named inks, 16 bit",
    "mask-spot.tif": "CMYK and a spot channel as Photoshop keeps it, 16 bit",
}
"""Files that are handed to the printer, and what they are."""


def ticket_facts(content: TicketContent) -> tuple[tuple[str, str], ...]:
    """Labels and values, in the order in which a printer needs them."""
    sheet, setup = content.sheet, content.setup
    pages, exact = content.of_sheets("mask.pdf"), content.of_sheets("mask.tif")
    limit = f"{sheet.ink_limit_percent:g} %"
    resolution = f"{pages[0].ppi_x:.2f} × {pages[0].ppi_y:.2f} ppi"
    if not content.sheets:
        resolution += f", {pages[0].width_px} × {pages[0].height_px} px"
    no_conversion = (
        "Colour management off. No conversion, no linearisation on top, no ink limit "
        f"below {limit}, no trapping, no black overprint of its own. Plates made for "
        f"{sheet.profile_name}"
    )
    mirrored = "The files are mirrored already: do not mirror again"
    straight = "The files are not mirrored: do not mirror"
    most = max(page.largest_total_percent or 0.0 for page in pages)
    facts = [
        *_sizes(content),
        *([("Media", _media(setup.media, sheet))] if setup.media else []),
        ("Print at", f"100 %. {_laid(sheet)}"),
        ("Resolution", resolution),
        ("Printed side", _side(setup)),
        ("Mirroring", mirrored if sheet.mirrored else straight),
        ("Deposition order", _order(setup)),
        ("White", _white(setup)),
        ("Plates, mean coverage", _coverage(content)),
        ("Most C+M+Y+K", f"{most:.1f} % (limit {limit})"),
        ("Inked area", f"{sum(file.inked_mm2 for file in exact):.1f} mm²"),
        ("RIP, colour", no_conversion),
        ("RIP, white", f"Take the spot colour “{sheet.spot_name}” to the white ink"),
    ]
    if sheet.cut_line:
        facts.append(("Cut line", f"Spot colour “{sheet.cut_line}”: cut, never print"))
    return tuple(facts)


def _sizes(content: TicketContent) -> Iterator[tuple[str, str]]:
    """Of the painting and of the pages, as other readers find them."""
    first = content.of_sheets("mask.pdf")[0]
    corrected = content.sheet.size_correction != (1, 1)
    if corrected or content.sheets:
        whole = content.preflight.file("mask-colour.tif")
        yield "Painting", f"{whole.width_mm:.2f} × {whole.height_mm:.2f} mm"
    if corrected:
        across, down = (f"{100 * by:.3f} %" for by in content.sheet.size_correction)
        yield (
            "Size correction",
            (
                f"{across} across, {down} down: done in the files, so that prints come "
                "out true; add none"
            ),
        )
    if content.sheets:
        cut = content.regions_cut
        regions = "region is" if cut == 1 else "regions are"
        yield (
            "Sheets",
            (
                f"{len(content.sheets)}, a page each in the PDFs, a file each as TIFF: "
                f"see the next page. {cut} {regions} cut by seams"
            ),
        )
        return
    label = "Painting in the files" if corrected else "Painting"
    yield label, f"{first.width_mm:.2f} × {first.height_mm:.2f} mm"
    yield "Page", f"{first.page_width_mm:.2f} × {first.page_height_mm:.2f} mm"


def _laid(sheet: PrintSheet) -> str:
    if sheet.turned:
        return "Lay pages on the media turned by a quarter. Do not scale or fit to page"
    return "Do not scale, fit to page, rotate or nest turned"


def _media(media: Media, sheet: PrintSheet) -> str:
    margins = (
        media.margin_left_mm,
        media.margin_top_mm,
        media.margin_right_mm,
        media.margin_bottom_mm,
    )
    rim = ", ".join(f"{margin:g}" for margin in margins)
    if media.length_mm is None:
        found = f"Roll, {media.width_mm:g} mm wide"
    else:
        found = f"{media.width_mm:g} × {media.length_mm:g} mm"
    turned = "; pages turned by a quarter" if sheet.turned else ""
    return f"{found}; not printable left, top, right, bottom: {rim} mm{turned}"


def _coverage(content: TicketContent) -> str:
    """Of the whole painting."""
    plates: tuple[PlateMeasured, ...]
    if content.sheets:
        layers = ("mask-colour.tif", "mask-white.tif")
        plates = tuple(p for one in layers for p in content.preflight.file(one).plates)
    else:
        plates = content.preflight.file("mask.tif").plates
    return ", ".join(f"{one.name} {one.coverage_percent:.3f} %" for one in plates)


def _side(setup: PrintSetup) -> str:
    if setup.film.printed_side is PrintedSide.TOP:
        return "Top of the film, towards the viewer"
    return "Underside of the film, towards the painting"


def _order(setup: PrintSetup) -> str:
    """What is laid first: on the film's top the white lies under the colour."""
    passes = setup.white.passes
    white = f"white ({passes} {'pass' if passes == 1 else 'passes'})"
    colour = "cyan, magenta, yellow, black"
    if setup.film.printed_side is PrintedSide.TOP:
        return f"First {white}, then {colour}"
    return f"First {colour}, then {white}"


def _white(setup: PrintSetup) -> str:
    levels = ", ".join(f"{100 * level:g}" for level in setup.white.levels)
    passes = setup.white.passes
    laid = "one pass" if passes == 1 else f"{passes} passes over each other"
    return f"Levels {levels} %; 100 % is {laid}"
