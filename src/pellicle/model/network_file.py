# SPDX-License-Identifier: Apache-2.0
"""A trained network as a value: its file's content, known by hash."""

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
