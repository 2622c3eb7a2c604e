# SPDX-License-Identifier: Apache-2.0
"""What a print sheet's tab says, in letters and in its codes.

Not here: where it stands (`sheet_layout`).
"""

from collections.abc import Iterator

from pellicle.io.print_sheet import PrintSheet

NORMAL_MM, LARGE_MM = 2.0, 3.0
"""Heights of capitals."""

_ID_DIGITS = 16


def identity_text(sheet: PrintSheet) -> str:
    """What the codes of a sheet say: 16 digits of the mask's id, and which sheet."""
    said = f"pellicle:{sheet.id[:_ID_DIGITS]}"
    return f"{said}:{sheet.part.number}" if sheet.part else said


def tab_lines(sheet: PrintSheet) -> Iterator[tuple[str, float]]:
    """Lines of the tab, and how high their capitals are, in millimetres."""
    if sheet.drafts:
        regions = "region" if sheet.drafts == 1 else "regions"
        yield f"DRAFT: {sheet.drafts} {regions} not approved", LARGE_MM
    yield sheet.title, LARGE_MM
    width_mm, height_mm = sheet.raster.size_mm
    how = "do not scale or rotate"
    if sheet.turned:
        how = "turned by a quarter on the media, do not scale"
    if sheet.part:
        yield f"Sheet {sheet.part.number} of {sheet.part.count}", LARGE_MM
    dated = f" · scan of {sheet.made:%Y-%m-%d}" if sheet.made else ""
    yield (
        (
            f"Mask {sheet.id[:_ID_DIGITS]}{dated} · "
            f"{width_mm:.1f} × {height_mm:.1f} mm · "
            f"{sheet.raster.pixel_size.ppi:.1f} ppi · "
            f"print at 100 %, {how}"
        ),
        NORMAL_MM,
    )
    yield (
        (
            f"Plates: Cyan, Magenta, Yellow, Black, {sheet.spot_name} (white ink). "
            f"No colour conversion. Made for {sheet.profile_name}"
        ),
        NORMAL_MM,
    )
    if sheet.mirrored:
        yield "Mirrored: this text reads right from the side looked at", NORMAL_MM
    else:
        yield "Not mirrored: this text reads right from the printed side", NORMAL_MM
    yield "Target values of the control strip: see the job ticket", NORMAL_MM
    if sheet.part:
        yield "Cut along the seams only; film beyond them is no part of it", NORMAL_MM
    if sheet.size_correction != (1, 1):
        yield size_correction_told(sheet), NORMAL_MM
    for note in sheet.notes:
        yield note, NORMAL_MM
    for line in sheet.assumed:
        yield f"Assumed: {line}", NORMAL_MM


def size_correction_told(sheet: PrintSheet) -> str:
    """What was done to the page for a printer that prints lengths wrong."""
    across, down = (f"{100 * factor:.3f} %" for factor in sheet.size_correction)
    return (
        f"Size corrected for the printer: page made {across} across and {down} down; "
        "no further correction"
    )
