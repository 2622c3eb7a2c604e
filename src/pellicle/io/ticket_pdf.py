# SPDX-License-Identifier: Apache-2.0
"""The job ticket: `mask-ticket.pdf`, a page of A4 that goes with the print files.

Job: set the ticket.
Not here: what it says (`ticket_content`), the pages about several sheets
(`ticket_sheets`), drawing (`reading_page`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pellicle.io.data_matrix import data_matrix
from pellicle.io.helvetica import Face, text_lines, text_width_mm
from pellicle.io.reading_page import WHITE, ReadingPage
from pellicle.io.sheet_text import identity_text
from pellicle.io.ticket_content import CONTENTS, TicketContent, ticket_facts
from pellicle.io.ticket_sheets import sheet_pages
from pellicle.model.control import (
    SOLIDS_DE00,
    STRIP_MEAN_DE00,
    STRIP_MOST_DE00,
    ControlTarget,
)

_A4_MM = (210.0, 297.0)
_EDGE_MM = 15.0
_RIGHT_MM = _A4_MM[0] - _EDGE_MM
_BODY_PT, _SMALL_PT, _HEAD_PT, _TITLE_PT = 8.0, 6.5, 7.0, 17.0
_LEAST_PT = 4.5
_LABEL_MM = 31.0
_THUMBNAIL_MM = (52.0, 62.0)
_FACTS_RIGHT_MM = _RIGHT_MM - _THUMBNAIL_MM[0] - 6.0
_HASH_LEFT_MM = _RIGHT_MM - 76.0
_MODULE_MM = 0.7
_HAIR_MM, _RULE_MM = 0.1, 0.35
_GREY = (0.42, 0.42, 0.42)
_PALE = (0.75, 0.75, 0.75)
_FILL_IN = (
    ("Printer and RIP", "Film, maker and type", "Film batch"),
    ("Colour inks, batch", "White ink, batch", "Print settings kept as"),
)
_SIGNATURES = ("Printed by, date", "Strips measured by, date", "Conservator, date")
_SIGNED_MM = 284.0


def write_ticket_pdf(path: Path, content: TicketContent) -> None:
    """Write the ticket.

    Raises
    ------
    DiskFullError, UnwritableError
        If the file cannot be written.
    """
    page = ReadingPage(*_A4_MM)
    ticket = _Ticket(page, content)
    y = ticket.head(_EDGE_MM)
    y = max(ticket.facts(y + 6.0), ticket.thumbnail(y + 6.0))
    y = ticket.files(y + 7.0)
    y = ticket.control(y + 7.0)
    ticket.assumed(y + 7.0, ticket.blanks())
    sheet = content.sheet
    following = sheet_pages(content) if content.sheets else []
    page.write(path, f"{sheet.title}: job ticket", sheet.id, sheet.made, following)


@dataclass(frozen=True, slots=True)
class _Ticket:
    """Parts of the ticket; each takes where it begins and gives where it ends."""

    page: ReadingPage
    content: TicketContent

    def head(self, top_mm: float) -> float:
        sheet = self.content.sheet
        dark = data_matrix(identity_text(sheet))
        side_mm = len(dark) * _MODULE_MM
        left_mm = _RIGHT_MM - side_mm
        cells = [
            (left_mm + x * _MODULE_MM, top_mm + y * _MODULE_MM, _MODULE_MM, _MODULE_MM)
            for y, row in enumerate(dark.tolist())
            for x, is_dark in enumerate(row)
            if is_dark
        ]
        self.page.boxes(cells)
        y = top_mm + 2.5
        self.page.text(
            "JOB TICKET FOR A FILM MASK", (_EDGE_MM, y), _HEAD_PT, colour=_GREY
        )
        room_mm = left_mm - _EDGE_MM - 6.0
        for line in text_lines(sheet.title, room_mm, _TITLE_PT, Face.BOLD)[:2]:
            y += 7.2
            self.page.text(line, (_EDGE_MM, y), _TITLE_PT, face=Face.BOLD)
        for line in (self.content.about, f"Mask {sheet.id}"):
            if line:
                y += 4.2
                self.page.text(line, (_EDGE_MM, y), _BODY_PT, colour=_GREY)
        if sheet.drafts:
            regions = "region" if sheet.drafts == 1 else "regions"
            y = self._draft(f"DRAFT: {sheet.drafts} {regions} not approved", y + 2.5)
        return max(y, top_mm + side_mm)

    def _draft(self, text: str, top_mm: float) -> float:
        width_mm = text_width_mm(text, 10.0, Face.BOLD) + 5.0
        self.page.boxes([(_EDGE_MM, top_mm, width_mm, 6.0)])
        corner = (_EDGE_MM + 2.5, top_mm + 4.25)
        self.page.text(text, corner, 10.0, face=Face.BOLD, colour=WHITE)
        return top_mm + 6.0

    def facts(self, top_mm: float) -> float:
        self._rule(top_mm, _FACTS_RIGHT_MM)
        y = top_mm
        for label, value in ticket_facts(self.content):
            y += 4.6
            self.page.text(label, (_EDGE_MM, y), _BODY_PT, colour=_GREY)
            left_mm = _EDGE_MM + _LABEL_MM
            lines = text_lines(value, _FACTS_RIGHT_MM - left_mm, _BODY_PT)
            for index, line in enumerate(lines):
                y += 3.4 if index else 0.0
                self.page.text(line, (left_mm, y), _BODY_PT)
        return y

    def thumbnail(self, top_mm: float) -> float:
        picture = self.content.thumbnail
        scale = min(
            _THUMBNAIL_MM[0] / picture.width_px, _THUMBNAIL_MM[1] / picture.height_px
        )
        size_mm = (picture.width_px * scale, picture.height_px * scale)
        left_mm = _RIGHT_MM - _THUMBNAIL_MM[0]
        self.page.picture(picture, (left_mm, top_mm), size_mm)
        y = top_mm + size_mm[1] + 3.4
        said = "The mask as it is looked at, lying on white; squares are clear film."
        if self.content.sheet.mirrored:
            said += " The print files are its mirror image."
        for line in text_lines(said, _THUMBNAIL_MM[0], _SMALL_PT):
            self.page.text(line, (left_mm, y), _SMALL_PT, colour=_GREY)
            y += 2.8
        return y - 2.8

    def files(self, top_mm: float) -> float:
        told = "SHA-256; each file was read back with QPDF, tifffile or libvips"
        y = self._heading("Files", top_mm, told)
        for name, what in CONTENTS.items():
            y += 3.7
            self.page.text(name, (_EDGE_MM, y), _SMALL_PT, face=Face.BOLD)
            if self.content.sheets and name.endswith(".tif"):
                kind = name.removesuffix(".tif")
                where = f"{what}; {kind}-1.tif and so on: next page"
                self.page.text(where, (_EDGE_MM + 23.0, y), _SMALL_PT)
                continue
            file = self.content.of_sheets(name)[0]
            self.page.text(what, (_EDGE_MM + 23.0, y), _SMALL_PT)
            self.page.text(file.sha256, (_HASH_LEFT_MM, y), 6.0)
        return y

    def control(self, top_mm: float) -> float:
        told = (
            f"Tolerance ΔE00: mean ≤ {STRIP_MEAN_DE00}, most ≤ {STRIP_MOST_DE00}, "
            f"solids and substrate ≤ {SOLIDS_DE00} (ISO 12647-7:2016)"
        )
        y = self._heading("Control strip, L* a* b* expected", top_mm, told)
        half_mm = (_RIGHT_MM - _EDGE_MM) / 2
        ends = []
        for column, on_white in enumerate((True, False)):
            left_mm = _EDGE_MM + column * (half_mm + 3.0)
            chosen = [t for t in self.content.targets if t.on_white is on_white]
            head = "On white" if on_white else "On clear film"
            ends.append(self._targets(head, chosen, (left_mm, y), half_mm - 3.0))
        note = (
            "D50, 2°, without specular light, the film lying on the white backing of "
            "the print setup's chart. Empty columns: as measured."
        )
        y = max(ends) + 4.4
        self.page.text(note, (_EDGE_MM, y), _SMALL_PT, colour=_GREY)
        return y

    def _targets(
        self,
        head: str,
        targets: Sequence[ControlTarget],
        corner_mm: tuple[float, float],
        width_mm: float,
    ) -> float:
        left_mm, y = corner_mm
        y += 3.8
        columns = [left_mm + at for at in (28.0, 38.0, 48.0)]
        self.page.text(head, (left_mm, y), _SMALL_PT, face=Face.BOLD)
        for text, right_mm in zip(("L*", "a*", "b*"), columns, strict=True):
            self.page.text_to_right(text, (right_mm, y), _SMALL_PT)
        for text, at in (("L*", 60.0), ("a*", 70.0), ("b*", 80.0)):
            self.page.text_to_right(text, (left_mm + at, y), _SMALL_PT)
        for target in targets:
            y += 4.6
            label = "none (white)" if target.on_white else "none (film)"
            label = label if target.label == "none" else target.label
            self.page.text(label, (left_mm, y), _SMALL_PT)
            for value, right_mm in zip(target.lab_d50, columns, strict=True):
                shown = f"{value + 0.0:.1f}".replace("-", "–")
                self.page.text_to_right(shown, (right_mm, y), _SMALL_PT)
            rule = [(left_mm, y + 1.2), (left_mm + width_mm, y + 1.2)]
            self.page.lines([rule], _HAIR_MM, _PALE)
        return y

    def blanks(self) -> float:
        """Lines to be filled in by hand at the foot; gives where they begin."""
        step_mm = (_RIGHT_MM - _EDGE_MM + 6.0) / 3
        top_mm = _SIGNED_MM
        for labels in (_SIGNATURES, *reversed(_FILL_IN)):
            for column, label in enumerate(labels):
                left_mm = _EDGE_MM + column * step_mm
                line = [(left_mm, top_mm), (left_mm + step_mm - 6.0, top_mm)]
                self.page.lines([line], _HAIR_MM)
                corner = (left_mm, top_mm + 2.8)
                self.page.text(label, corner, _SMALL_PT, colour=_GREY)
            top_mm -= 10.5
        return top_mm + 4.0

    def assumed(self, top_mm: float, bottom_mm: float) -> None:
        """What was not measured; in smaller type where there is much of it."""
        sheet = self.content.sheet
        said = [f"{note[:1].upper()}{note[1:]}." for note in sheet.notes]
        said += sheet.assumed
        if not said:
            return
        y = self._heading("Assumed, not measured", top_mm)
        width_mm = _RIGHT_MM - _EDGE_MM - 3.0
        size_pt = _SMALL_PT
        while True:
            lines = [text_lines(text, width_mm, size_pt) for text in said]
            step_mm = size_pt * 0.43
            if y + step_mm * (sum(map(len, lines)) + 1) <= bottom_mm:
                break
            if size_pt <= _LEAST_PT:
                break
            size_pt -= 0.25
        for wrapped in lines:
            for index, line in enumerate(wrapped):
                y += step_mm
                if not index:
                    self.page.text("–", (_EDGE_MM, y), size_pt)
                self.page.text(line, (_EDGE_MM + 3.0, y), size_pt)

    def _heading(self, text: str, top_mm: float, beside: str = "") -> float:
        self.page.text(text, (_EDGE_MM, top_mm), _BODY_PT, face=Face.BOLD)
        if beside:
            self.page.text_to_right(beside, (_RIGHT_MM, top_mm), _SMALL_PT)
        self._rule(top_mm + 1.4, _RIGHT_MM)
        return top_mm + 1.4

    def _rule(self, y_mm: float, right_mm: float) -> None:
        self.page.lines([[(_EDGE_MM, y_mm), (right_mm, y_mm)]], _RULE_MM)
