# SPDX-License-Identifier: Apache-2.0
"""A trained network as a value: its file, known by hash."""

from dataclasses import dataclass

from typing_extensions import override

from pellicle.model.hashed import KnownByHash


@dataclass(frozen=True, slots=True, eq=False)
class NetworkFile(KnownByHash):
    """An ONNX file. Frozen, picklable, equal by hash.

    Attributes
    ----------
    sha256
        Of the content.
    name
        For people.
    content
        The file, whole.
    """

    sha256: str
    name: str
    content: bytes

    @override
    def __repr__(self) -> str:
        return f"NetworkFile({self.name!r}, {self.sha256[:12]})"


@dataclass(frozen=True, slots=True, eq=False)
class PaintingNetwork(KnownByHash):
    """A network of a user that paints, and how it is called. Equal by hash.

    It stays on disk: such files are large, and a value goes to every worker.

    Attributes
    ----------
    sha256
        Of the file's content when it was looked at.
    path
        Of the file.
    picture, mask
        Names of its inputs.
    side_px
        (height, width) that it takes; None for any.
    top
        What its answer is for white: 1 or 255.
    """

    sha256: str
    path: str
    picture: str
    mask: str
    side_px: tuple[int, int] | None
    top: float

    @override
    def __repr__(self) -> str:
        return f"PaintingNetwork({self.path!r}, {self.sha256[:12]})"
