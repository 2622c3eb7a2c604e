# SPDX-License-Identifier: Apache-2.0
"""Whether the end of a picture file is there, without decoding it.

Job: tell JPEG and PNG files that were cut short, as broken downloads are; decoders fill
what is missing with grey and say nothing.
Not here: broken pixels before the end (`picture_file.py`).
"""

import re

from pellicle.io import jpeg_header, png_header

_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")
"""Any in compressed pixels but the restarts within them."""
_END, _START, _ALONE = 0xD9, 0xD8, 0x01
_PNG_END = b"IEND\xaeB`\x82"


def is_cut_short(content: bytes) -> bool:
    """Whether a JPEG or PNG lacks its end; False of files of other formats.

    Notes
    -----
    Searches compressed pixels for markers, at the speed of memory. What follows the
    end, as some cameras append, does not matter.
    """
    if content.startswith(png_header.SIGNATURE):
        return _PNG_END not in content
    if content.startswith(jpeg_header.SIGNATURE):
        return not _jpeg_ends(content)
    return False


def _jpeg_ends(content: bytes) -> bool:
    at = 0
    while found := _MARKER.search(content, at):
        marker, at = found[1][0], found.end()
        if marker == _END:
            return True
        if marker not in {_START, _ALONE}:
            # A segment's content may hold what looks like markers: thumbnails do.
            at += int.from_bytes(content[at : at + 2])
    return False
