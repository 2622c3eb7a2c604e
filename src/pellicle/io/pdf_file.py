# SPDX-License-Identifier: Apache-2.0
"""PDF objects written one after the other, in flat memory.

Job: number, serialise and index objects (ISO 32000-1, 7.3 and 7.5); streams of any
length, deflated on the way.
Not here: what a print sheet consists of (`mask_pdf`).

Object libraries keep every stream in memory until the file is saved; the image of a
large painting does not fit. Nothing here depends on time or chance.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO, TypeAlias, Union

Value: TypeAlias = Union[
    bool,
    int,
    float,
    str,
    bytes,
    "Name",
    "Ref",
    Sequence["Value"],
    Mapping[str, "Value"],
]

LARGEST_PAGE_UNITS = 14_400
"""Most units on a side of a page that PDF readers take."""

_LEVEL = 6
_DECIMALS = 6
_PRINTABLE = range(32, 127)


class Name(str):
    """A PDF name, without its slash."""

    __slots__ = ()


class Ref(int):
    """Number of an object of the file."""

    __slots__ = ()


def number_text(value: float) -> str:
    """A number as PDF writes it: at most six decimals, no exponent."""
    text = f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def serialised(value: Value) -> bytes:
    """A value in PDF's notation."""
    match value:
        case Ref():
            text = b"%d 0 R" % value
        case bool():
            text = b"true" if value else b"false"
        case int() | float():
            text = number_text(value).encode()
        case Name():
            text = b"/" + b"".join(_name_byte(byte) for byte in value.encode())
        case str():
            text = _text(value)
        case bytes():
            text = b"<" + value.hex().encode() + b">"
        case Mapping():
            parts = (
                serialised(Name(key)) + b" " + serialised(item)
                for key, item in value.items()
            )
            text = b"<< " + b" ".join(parts) + b" >>"
        case _:
            text = b"[" + b" ".join(map(serialised, value)) + b"]"
    return text


def _name_byte(byte: int) -> bytes:
    regular = byte in _PRINTABLE and bytes([byte]) not in b" #/()<>[]{}%"
    return bytes([byte]) if regular else b"#%02X" % byte


def _text(text: str) -> bytes:
    if all(ord(letter) in _PRINTABLE for letter in text):
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        return f"({escaped})".encode()
    return serialised(b"\xfe\xff" + text.encode("utf-16-be"))


def deflated(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The parts as one Flate stream; pieces are written as they fill."""
    squeeze = zlib.compressobj(_LEVEL)
    for part in parts:
        yield squeeze.compress(part)
    yield squeeze.flush()


class PdfWriter:
    """A PDF file being written to an open binary file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._offsets: dict[int, int] = {}
        self._last = 0
        self._at = 0
        self._write(b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n")

    def reserve(self) -> Ref:
        """Number for an object that is written later."""
        self._last += 1
        return Ref(self._last)

    def add(self, value: Value, ref: Ref | None = None) -> Ref:
        """Write an object."""
        ref = self._begin(ref)
        self._write(serialised(value) + b"\nendobj\n")
        return ref

    def add_stream(self, entries: Mapping[str, Value], parts: Iterable[bytes]) -> Ref:
        """Write a stream; `parts` are its bytes as they shall stand in the file."""
        ref, length_ref = self.reserve(), self.reserve()
        self._begin(ref)
        self._write(serialised({**entries, "Length": length_ref}) + b"\nstream\n")
        start = self._at
        for part in parts:
            self._write(part)
        length = self._at - start
        self._write(b"\nendstream\nendobj\n")
        self.add(length, length_ref)
        return ref

    def finish(self, root: Ref, info: Ref, file_id: bytes) -> None:
        """Write the index; the file is complete then."""
        start = self._at
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % (self._last + 1))
        for ref in range(1, self._last + 1):
            self._write(b"%010d 00000 n \n" % self._offsets[ref])
        trailer: Mapping[str, Value] = {
            "Size": self._last + 1,
            "Root": root,
            "Info": info,
            "ID": [file_id, file_id],
        }
        self._write(b"trailer\n" + serialised(trailer))
        self._write(b"\nstartxref\n%d\n%%%%EOF\n" % start)

    def _begin(self, ref: Ref | None) -> Ref:
        ref = self.reserve() if ref is None else ref
        self._offsets[ref] = self._at
        self._write(b"%d 0 obj\n" % ref)
        return ref

    def _write(self, content: bytes) -> None:
        self._file.write(content)
        self._at += len(content)
