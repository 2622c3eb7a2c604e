# SPDX-License-Identifier: Apache-2.0
"""Type for pages that people read: Helvetica, which every PDF reader has.

Job: widths of letters, text in the encodings that PDF wants, lines that fit.
Not here: letters of print files, which carry no font (`stroke_letters`); pages
(`reading_page`).

Widths are those of the standard font metrics (PDF 32000-1, 9.6.2.2), in thousandths of
the type size. Letters that the font's Latin encoding lacks lose their accents or become
a question mark; Δ, ≤ and ≥ come from Symbol, the other font that every reader has.
"""

import unicodedata
from collections.abc import Iterator
from enum import StrEnum

POINT_MM = 25.4 / 72
_FIRST = 32
_REGULAR = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 "
    "556 556 556 556 556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 "
    "722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278 "
    "278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 "
    "556 556 333 500 278 556 500 722 500 500 500 334 260 334 584"
)
_BOLD = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 "
    "556 556 556 556 556 556 333 333 584 584 584 611 975 722 722 722 722 667 611 778 "
    "722 278 556 722 611 833 722 778 667 778 722 667 611 722 667 944 667 667 611 333 "
    "278 333 584 556 333 556 611 556 611 556 333 611 611 278 278 556 278 889 611 611 "
    "611 611 389 556 333 611 556 778 556 556 500 389 280 389 584"
)
_OTHER_WIDTHS = {"–": 556, "—": 1000, "·": 278, "°": 400, "×": 584, "±": 584, "µ": 556}
_SYMBOLS = {"Δ": (b"D", 612), "≤": (b"\xa3", 549), "≥": (b"\xb3", 549)}
_USUAL_WIDTH = 556


class Face(StrEnum):
    """A face, and its name among a page's fonts."""

    REGULAR = "F1"
    BOLD = "F2"
    SYMBOL = "F3"


FONTS = {
    Face.REGULAR: "Helvetica",
    Face.BOLD: "Helvetica-Bold",
    Face.SYMBOL: "Symbol",
}

_WIDTHS = {
    face: {
        chr(_FIRST + index): int(width) for index, width in enumerate(widths.split())
    }
    for face, widths in ((Face.REGULAR, _REGULAR), (Face.BOLD, _BOLD))
}


def text_runs(text: str, face: Face) -> Iterator[tuple[Face, bytes]]:
    """The text in runs of one font each, encoded for it."""
    waiting = b""
    for letter in text:
        if letter in _SYMBOLS:
            if waiting:
                yield face, waiting
                waiting = b""
            yield Face.SYMBOL, _SYMBOLS[letter][0]
        else:
            waiting += _latin(letter)
    if waiting:
        yield face, waiting


def text_width_mm(text: str, size_pt: float, face: Face = Face.REGULAR) -> float:
    """Width of a line of text."""
    units = sum(_width(letter, face) for letter in text)
    return units / 1000 * size_pt * POINT_MM


def text_lines(
    text: str, width_mm: float, size_pt: float, face: Face = Face.REGULAR
) -> tuple[str, ...]:
    """The text in lines that fit a width; a longer word stands out of its line."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_mm(longer, size_pt, face) <= width_mm:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


def _width(letter: str, face: Face) -> int:
    if letter in _SYMBOLS:
        return _SYMBOLS[letter][1]
    if letter in _OTHER_WIDTHS:
        return _OTHER_WIDTHS[letter]
    base = unicodedata.normalize("NFKD", letter)[0]
    return _WIDTHS[face].get(base, _USUAL_WIDTH)


def _latin(letter: str) -> bytes:
    for form in (letter, unicodedata.normalize("NFKD", letter)[0]):
        encoded = form.encode("cp1252", "ignore")
        if encoded and form.isprintable():
            return encoded
    return b"?"
