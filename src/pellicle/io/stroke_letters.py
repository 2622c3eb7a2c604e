# SPDX-License-Identifier: Apache-2.0
"""Letters drawn with a pen of one width, for marks on print files.

Job: text as polylines, so that a print file needs no font.
Not here: where the text stands (`sheet_layout`).

Each letter is drawn on a grid of points, written as two digits: x, then y from 0 to 8.
The baseline is y = 2, capitals reach y = 8, small letters y = 6, tails y = 0. Strokes
are separated by "|"; a stroke of one point is a dot.
"""

import unicodedata
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
Polyline: TypeAlias = tuple[Point, ...]

_STROKES = {
    "A": "02 06 28 46 42|05 45",
    "B": "02 08 38 47 46 35 05|35 44 43 32 02",
    "C": "47 38 18 07 03 12 32 43",
    "D": "02 08 28 46 44 22 02",
    "E": "42 02 08 48|05 35",
    "F": "02 08 48|05 35",
    "G": "47 38 18 07 03 12 32 43 45 25",
    "H": "02 08|42 48|05 45",
    "I": "12 32|18 38|22 28",
    "J": "03 12 32 43 48",
    "K": "02 08|48 05 42",
    "L": "08 02 42",
    "M": "02 08 25 48 42",
    "N": "02 08 42 48",
    "O": "12 03 07 18 38 47 43 32 12",
    "P": "02 08 38 47 46 35 05",
    "Q": "12 03 07 18 38 47 43 32 12|24 42",
    "R": "02 08 38 47 46 35 05|25 42",
    "S": "47 38 18 07 06 15 35 44 43 32 12 03",
    "T": "08 48|22 28",
    "U": "08 03 12 32 43 48",
    "V": "08 22 48",
    "W": "08 12 26 32 48",
    "X": "02 48|08 42",
    "Y": "08 25 48|25 22",
    "Z": "08 48 02 42",
    "a": "16 36 45 42|44 14 03 12 32 43",
    "b": "08 02|05 16 36 45 43 32 12 03",
    "c": "45 36 16 05 03 12 32 43",
    "d": "48 42|45 36 16 05 03 12 32 43",
    "e": "04 44 45 36 16 05 03 12 32",
    "f": "12 17 28 38|06 36",
    "g": "45 36 16 05 03 12 32 43|46 41 30 10",
    "h": "08 02|05 16 36 45 42",
    "i": "26 22|28",
    "j": "36 31 20 10|38",
    "k": "08 02|46 04 42",
    "l": "18 28 23 32",
    "m": "02 06|05 16 25 22|25 36 45 42",
    "n": "02 06|05 16 36 45 42",
    "o": "12 03 05 16 36 45 43 32 12",
    "p": "00 06|05 16 36 45 43 32 12 03",
    "q": "40 46|45 36 16 05 03 12 32 43",
    "r": "02 06|04 26 36",
    "s": "45 36 16 05 14 34 43 32 12 03",
    "t": "18 13 22 32|06 36",
    "u": "06 03 12 32 43|46 42",
    "v": "06 22 46",
    "w": "06 12 25 32 46",
    "x": "02 46|06 42",
    "y": "06 22|46 22 10",
    "z": "06 46 02 42",
    "0": "12 03 07 18 38 47 43 32 12|14 36",
    "1": "17 28 22|12 32",
    "2": "07 18 38 47 46 02 42",
    "3": "07 18 38 47 46 35 15|35 44 43 32 12 03",
    "4": "38 04 44|32 38",
    "5": "48 08 05 35 44 43 32 12 03",
    "6": "47 38 18 07 03 12 32 43 44 35 15 04",
    "7": "08 48 22",
    "8": "15 06 07 18 38 47 46 35 15 04 03 12 32 43 44 35",
    "9": "03 12 32 43 47 38 18 07 06 15 35 46",
    ".": "22",
    ",": "22 11",
    ":": "25|22",
    ";": "25|22 11",
    "!": "28 24|22",
    "?": "07 18 38 47 46 25 24|22",
    "-": "15 35",
    "+": "05 45|23 27",
    "=": "04 44|06 46",
    "/": "02 48",
    "\\": "08 42",
    "|": "21 28",
    "(": "28 16 14 22",
    ")": "18 26 24 12",
    "[": "28 18 12 22",
    "]": "18 28 22 12",
    "{": "28 17 16 05 14 13 22",
    "}": "08 17 16 25 14 13 02",
    "<": "47 05 43",
    ">": "07 45 03",
    "%": "02 48|18 08 07 17 18|33 43 42 32 33",
    "&": "42 07 18 28 27 04 03 12 22 44",
    "#": "12 18|32 38|04 44|06 46",
    "*": "23 27|14 36|16 34",
    "@": "42 12 03 07 18 38 47 44 24 26 46",
    "$": "47 38 18 07 06 15 35 44 43 32 12 03|21 28",
    "^": "06 28 46",
    "~": "04 15 34 45",
    "_": "01 41",
    "'": "28 26",
    '"': "18 16|38 36",
    "`": "18 27",
    "°": "17 28 37 26 17",
    "·": "25",
    "×": "03 47|07 43",
    "±": "06 46|24 28|03 43",
    "µ": "00 06|03 12 32 43|46 42",
    "–": "05 45",
    "Δ": "02 28 42 02",
}
_UNKNOWN = "02 08 48 42 02"
_SPELT = {
    "ß": "ss",
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
    "Œ": "OE",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    "μ": "µ",
    "—": "–",
    "−": "–",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "…": "...",
    "≤": "<=",
    "≥": ">=",
    "•": "·",
}
_BASELINE = 2
_CAPITAL_UNITS = 6
_GAP_UNITS = 2
_SPACE_UNITS = 2


def text_width_mm(text: str, capital_mm: float) -> float:
    """Width of one line of text whose capitals are `capital_mm` high."""
    placed, units = _placed(text)
    return max(0, units - _GAP_UNITS if placed else units) * capital_mm / _CAPITAL_UNITS


def text_strokes(
    text: str, corner_mm: Point, capital_mm: float
) -> tuple[Polyline, ...]:
    """Strokes of one line of text.

    Parameters
    ----------
    text
        Any text. Accents are left out; what has no letter here becomes a box.
    corner_mm
        (x, y) of the left end of the baseline; y grows downwards.
    capital_mm
        Height of a capital.

    Returns
    -------
    strokes
        Polylines in millimetres, y growing downwards; one point is a dot.
    """
    unit_mm = capital_mm / _CAPITAL_UNITS
    left_mm, baseline_mm = corner_mm
    placed, _ = _placed(text)
    return tuple(
        tuple(
            (left_mm + (start + x) * unit_mm, baseline_mm + (_BASELINE - y) * unit_mm)
            for x, y in stroke
        )
        for start, strokes in placed
        for stroke in strokes
    )


def wrapped(text: str, width_mm: float, capital_mm: float) -> tuple[str, ...]:
    """Text in lines no wider than `width_mm`; a longer word is cut."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if text_width_mm(longer, capital_mm) <= width_mm:
            lines[-1] = longer
            continue
        rest = word
        while text_width_mm(rest, capital_mm) > width_mm:
            cut = _longest_start(rest, width_mm, capital_mm)
            lines.append(rest[:cut])
            rest = rest[cut:]
        lines.append(rest)
    return tuple(line for line in lines if line)


def _longest_start(word: str, width_mm: float, capital_mm: float) -> int:
    fitting = (
        end
        for end in range(len(word), 1, -1)
        if text_width_mm(word[:end], capital_mm) <= width_mm
    )
    return next(fitting, 1)


def _placed(text: str) -> tuple[list[tuple[int, tuple[Polyline, ...]]], int]:
    """Strokes of each letter, how far right it stands, and where the text ends."""
    placed = []
    end = 0
    for letter in _plain(text):
        if letter == " ":
            end += _SPACE_UNITS
            continue
        strokes = _strokes(letter)
        columns = [int(x) for stroke in strokes for x, _ in stroke]
        placed.append((end - min(columns), strokes))
        end += max(columns) - min(columns) + _GAP_UNITS
    return placed, end


def _plain(text: str) -> str:
    spelt = "".join(_SPELT.get(letter, letter) for letter in text)
    whole = "".join(
        letter if letter in _STROKES else unicodedata.normalize("NFKD", letter)
        for letter in spelt
    )
    return "".join(
        " " if letter.isspace() else letter
        for letter in whole
        if not unicodedata.combining(letter)
    )


def _strokes(letter: str) -> tuple[Polyline, ...]:
    drawn = _STROKES.get(letter, _UNKNOWN)
    return tuple(
        tuple((float(point[0]), float(point[1])) for point in stroke.split())
        for stroke in drawn.split("|")
    )
