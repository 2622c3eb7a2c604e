# SPDX-License-Identifier: Apache-2.0
"""What a job ticket says: everything a print room must know to print one mask.

Job: the values of the ticket, and the sentences made from a print setup.
Not here: how they stand on the page (`ticket_pdf`).
"""

from dataclasses import dataclass

from pellicle.io.print_sheet import PrintSheet
from pellicle.io.reading_page import Jpeg
from pellicle.model.control import ControlTarget
from pellicle.model.preflight import Preflight
from pellicle.model.print_setup import PrintedSide, PrintSetup


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
    """

    sheet: PrintSheet
    setup: PrintSetup
    preflight: Preflight
    targets: tuple[ControlTarget, ...]
    thumbnail: Jpeg
    about: str


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
    page = content.preflight.file("mask.pdf")
    exact = content.preflight.file("mask.tif")
    limit = f"{sheet.ink_limit_percent:g} %"
    resolution = (
        f"{page.ppi_x:.2f} × {page.ppi_y:.2f} ppi, "
        f"{page.width_px} × {page.height_px} px"
    )
    no_conversion = (
        "Colour management off. No conversion, no linearisation on top, no ink limit "
        f"below {limit}, no trapping, no black overprint of its own. Plates made for "
        f"{sheet.profile_name}"
    )
    mirrored = "The files are mirrored already: do not mirror again"
    straight = "The files are not mirrored: do not mirror"
    facts = [
        ("Painting", f"{page.width_mm:.2f} × {page.height_mm:.2f} mm"),
        ("Page", f"{page.page_width_mm:.2f} × {page.page_height_mm:.2f} mm"),
        ("Print at", "100 %. Do not scale, fit to page, rotate or nest turned"),
        ("Resolution", resolution),
        ("Printed side", _side(setup)),
        ("Mirroring", mirrored if sheet.mirrored else straight),
        ("Deposition order", _order(setup)),
        ("White", _white(setup)),
        (
            "Plates, mean coverage",
            ", ".join(
                f"{plate.name} {plate.coverage_percent:.3f} %" for plate in exact.plates
            ),
        ),
        ("Most C+M+Y+K", f"{page.largest_total_percent:.1f} % (limit {limit})"),
        ("Inked area", f"{exact.inked_mm2:.1f} mm²"),
        ("RIP, colour", no_conversion),
        ("RIP, white", f"Take the spot colour “{sheet.spot_name}” to the white ink"),
    ]
    if sheet.cut_line:
        facts.append(("Cut line", f"Spot colour “{sheet.cut_line}”: cut, never print"))
    return tuple(facts)


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
