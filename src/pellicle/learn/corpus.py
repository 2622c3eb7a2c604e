# SPDX-License-Identifier: Apache-2.0
"""A collection of photographs of paintings to learn from.

Job: find the pictures, leave out those that cannot be read, split by painting.
Not here: damage (`ageing`), crops of them (`examples.py`).
Terms: a *group* is all pictures of one painting, as far as their perceptual hashes
tell; a group is never on both sides of a split.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import cv2
import numpy as np

from pellicle.errors import EmptyCorpusError
from pellicle.io.hashing import hash_of
from pellicle.io.picture_end import is_cut_short
from pellicle.model.arrays import Array

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff"})
SMALLEST_SIDE_PX = 256
SAME_PAINTING_BITS = 8
"""Pictures whose 64-bit hashes differ in at most so many bits are one painting."""

_DCT_SIDE = 32
_HASH_SIDE = 8


@dataclass(frozen=True, slots=True)
class Picture:
    """One photograph.

    Attributes
    ----------
    path
        Where it is.
    group
        Number of its painting in the corpus.
    sha256
        Of the file's content.
    """

    path: Path
    group: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Pictures that can be read, and what could not.

    Attributes
    ----------
    pictures
        In order of their paths.
    broken
        (path, reason) of each file that was left out.
    """

    pictures: tuple[Picture, ...]
    broken: tuple[tuple[Path, str], ...]

    @property
    def sha256(self) -> str:
        """Hash over the contents of all pictures, wherever they lie."""
        return hash_of(sorted(picture.sha256 for picture in self.pictures))

    def split(self, held_out: float) -> "tuple[list[Picture], list[Picture]]":
        """Pictures to learn from, and pictures held out; whole paintings each.

        A painting's side follows from its group's first file name, so a corpus that
        grows does not move paintings from one side to the other.
        """
        first: dict[int, str] = {}
        for picture in self.pictures:
            first.setdefault(picture.group, picture.path.name)
        out = {group for group, name in first.items() if _fraction(name) < held_out}
        return (
            [p for p in self.pictures if p.group not in out],
            [p for p in self.pictures if p.group in out],
        )


def read_corpus(sources: Sequence[Path]) -> Corpus:
    """Find the pictures of a corpus.

    Parameters
    ----------
    sources
        Folders (searched to the bottom), pictures, and downloaded IIIF Presentation
        manifests (2 or 3), whose pictures lie beside them.

    Raises
    ------
    EmptyCorpusError
        If not one picture can be read.
    """
    hashes: list[Array] = []
    kept: list[tuple[Path, str]] = []
    broken: list[tuple[Path, str]] = []
    for path in _candidates(sources, broken):
        try:
            content = path.read_bytes()
        except OSError:
            content = b""
        grey = _grey(content)
        if grey is None:
            broken.append((path, "cannot be read"))
        elif 4 * min(grey.shape) < SMALLEST_SIDE_PX:
            broken.append((path, f"under {SMALLEST_SIDE_PX} px"))
        elif is_cut_short(content):
            broken.append((path, "is cut short"))
        else:
            kept.append((path, hashlib.sha256(content).hexdigest()))
            hashes.append(perceptual_hash(grey))
    if not kept:
        raise EmptyCorpusError(", ".join(map(str, sources)), len(broken))
    groups = _groups(np.stack(hashes))
    pictures = tuple(
        Picture(path, group, sha256)
        for (path, sha256), group in zip(kept, groups, strict=True)
    )
    return Corpus(pictures, tuple(broken))


def _grey(content: bytes) -> Array | None:
    """A quarter of a picture's size, grey; None if it cannot be read."""
    if not content:
        return None
    held = np.frombuffer(content, np.uint8)
    try:
        grey: Array | None = cv2.imdecode(held, cv2.IMREAD_REDUCED_GRAYSCALE_4)
    except cv2.error:  # of more pixels than it reads
        return None
    return grey


def perceptual_hash(grey: Array) -> Array:
    """64 bool that stay when a picture is scaled, compressed or toned.

    Signs of the lowest frequencies of a 32 px cosine transform, about their median.
    """
    small = cv2.resize(grey, (_DCT_SIDE, _DCT_SIDE), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small.astype(np.float32))[:_HASH_SIDE, :_HASH_SIDE].ravel()
    bits: Array = low > np.median(low[1:])
    return bits


def shared_paintings(one: Iterable[Path], other: Iterable[Path]) -> list[Path]:
    """Pictures of `other` that show a painting of `one`, by perceptual hash."""
    known = [perceptual_hash(grey) for _, grey in _readable(one)]
    if not known:
        return []
    stack = np.stack(known)
    return [
        path
        for path, grey in _readable(other)
        if (stack != perceptual_hash(grey)).sum(axis=1).min() <= SAME_PAINTING_BITS
    ]


def _readable(paths: Iterable[Path]) -> Iterator[tuple[Path, Array]]:
    for path in paths:
        grey = cv2.imread(str(path), cv2.IMREAD_REDUCED_GRAYSCALE_4)
        if grey is not None:
            yield path, grey


def _fraction(name: str) -> float:
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _groups(hashes: Array) -> list[int]:
    groups = list(range(len(hashes)))
    for i in range(1, len(hashes)):
        apart = (hashes[:i] != hashes[i]).sum(axis=1)
        nearest = int(apart.argmin())
        if apart[nearest] <= SAME_PAINTING_BITS:
            groups[i] = groups[nearest]
    return groups


def _candidates(
    sources: Sequence[Path], broken: list[tuple[Path, str]]
) -> Iterator[Path]:
    seen: set[Path] = set()
    for source in sources:
        if source.is_dir():
            files = sorted(p for p in source.rglob("*") if p.is_file())
        elif source.is_file():
            files = [source]
        else:
            broken.append((source, "is not there"))
            continue
        for path in files:
            found = [path] if path.suffix.lower() in SUFFIXES else []
            if path.suffix.lower() == ".json":
                found = list(_of_manifest(path, broken))
            for one in found:
                if one not in seen:
                    seen.add(one)
                    yield one


def _of_manifest(path: Path, broken: list[tuple[Path, str]]) -> Iterator[Path]:
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError):
        broken.append((path, "is not JSON"))
        return
    for address in _image_addresses(manifest):
        names = [part for part in unquote(urlsplit(address).path).split("/") if part]
        # An Image API address ends in region/size/rotation/quality after the name.
        beside = [
            path.parent / f"{name}{suffix}"
            for name in reversed(names)
            for suffix in ("", *sorted(SUFFIXES))
        ]
        local = next((p for p in beside if p.is_file() and p != path), None)
        if local is None:
            broken.append((path, f"its picture {address} was not downloaded"))
        elif local.suffix.lower() in SUFFIXES:
            yield local


def _image_addresses(value: object) -> Iterator[str]:
    """Addresses of images painted on canvases, of Presentation 2 and 3."""
    if isinstance(value, dict):
        kind = value.get("type") or value.get("@type")
        address = value.get("id") or value.get("@id")
        if kind in {"Image", "dctypes:Image"} and isinstance(address, str):
            yield address
        for name, part in value.items():
            if name not in {"thumbnail", "logo", "seeAlso", "rendering"}:
                yield from _image_addresses(part)
    elif isinstance(value, list):
        for part in value:
            yield from _image_addresses(part)
