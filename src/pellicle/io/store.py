# SPDX-License-Identifier: Apache-2.0
"""Sparse rasters on disk (zarr 3): named planes in chunks; empty chunks do not exist.

Job: create, read and write windows.
Not here: what the planes mean (`treatment`), who may write (`treatment.lock`).

Only one process writes to a store: two writers in one chunk would lose pixels
silently. Readers may be many. A chunk is written beside and renamed (zarr does), and
is on the disk when `write` returns: what was written once outlives a power cut. Each
carries a checksum: a changed bit is an error, never a changed pixel.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import zarr
from zarr.codecs import BloscCodec, BloscShuffle, Crc32cCodec

from pellicle.errors import StoreDamagedError
from pellicle.io.writing import cannot_write
from pellicle.model.arrays import Array
from pellicle.model.raster import Window

CHUNK_PX = 512
_SETTLED_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class PlaneSpec:
    """One named raster of a store.

    Attributes
    ----------
    dtype
        numpy name, for instance "uint16".
    bands
        Samples of a pixel; 0 for a plane without a band axis.
    """

    dtype: str
    bands: int = 0


class RasterStore:
    """Named planes of one size. Missing chunks read as 0.

    Raises
    ------
    StoreDamagedError
        If the files cannot be read back.
    DiskFullError, UnwritableError
        If they cannot be written.
    """

    def __init__(self, path: Path, group: zarr.Group) -> None:
        self._path = path
        self._planes: dict[str, zarr.Array[Any]] = {}
        self._group = group

    @classmethod
    def create(
        cls, path: Path, shape: tuple[int, int], planes: Mapping[str, PlaneSpec]
    ) -> Self:
        """Make an empty store; one that stands there already is opened instead."""
        try:
            if not (path / "zarr.json").exists():
                group = zarr.create_group(store=path, zarr_format=3)
            else:
                group = zarr.open_group(store=path, mode="r+")
            for name, plane in planes.items():
                if (path / name / "zarr.json").exists():
                    continue
                tail = (plane.bands,) if plane.bands else ()
                group.create_array(
                    name,
                    shape=(*shape, *tail),
                    chunks=(CHUNK_PX, CHUNK_PX, *tail),
                    dtype=plane.dtype,
                    compressors=_codecs(plane),
                    fill_value=0,
                )
                _settle(path / name / "zarr.json")
            _settle(path / "zarr.json")
        except OSError as error:
            raise cannot_write(path, error) from error
        except Exception as error:  # as in `open`
            raise StoreDamagedError(str(path)) from error
        return cls(path, group)

    @classmethod
    def open(cls, path: Path, *, writable: bool = False) -> Self:
        """Open an existing store."""
        try:
            mode: Literal["r", "r+"] = "r+" if writable else "r"
            return cls(path, zarr.open_group(store=path, mode=mode))
        except Exception as error:  # zarr raises many kinds for one broken file
            raise StoreDamagedError(str(path)) from error

    def read(self, name: str, window: Window) -> Array:
        """Pixels of one plane in a window that lies inside the raster."""
        plane = self._plane(name)
        try:
            return np.ascontiguousarray(plane[window.slices])
        except MemoryError:
            raise
        except Exception as error:
            raise StoreDamagedError(str(self._path / name)) from error

    def write(self, name: str, window: Window, pixels: Array) -> None:
        """Replace the pixels of one plane in a window."""
        plane = self._plane(name)
        try:
            plane[window.slices] = pixels
            self._settle_all(
                self._path / name / key for key in self._chunks(plane, window)
            )
        except OSError as error:
            raise cannot_write(self._path, error) from error
        except RuntimeError as error:  # a chunk written before cannot be decoded
            raise StoreDamagedError(str(self._path / name)) from error
        except ValueError as error:  # its checksum, or an error of ours
            if "checksum" not in str(error):
                raise
            raise StoreDamagedError(str(self._path / name)) from error

    @staticmethod
    def _settle_all(written: Iterable[Path]) -> None:
        """Wait until chunks are on the disk: together, which a disk does faster."""
        with ThreadPoolExecutor(_SETTLED_AT_ONCE) as threads:
            for _ in threads.map(_settle, written):
                pass

    @staticmethod
    def _chunks(plane: "zarr.Array[Any]", window: Window) -> Iterator[str]:
        rows, columns = (
            range(part.start // CHUNK_PX, -(-part.stop // CHUNK_PX))
            for part in window.slices
        )
        bands = (0,) * (plane.ndim - 2)
        for row, column in product(rows, columns):
            yield plane.metadata.encode_chunk_key((row, column, *bands))

    def _plane(self, name: str) -> "zarr.Array[Any]":
        if name not in self._planes:
            try:
                plane = self._group[name]
            except Exception as error:
                raise StoreDamagedError(str(self._path / name)) from error
            if not isinstance(plane, zarr.Array):
                raise StoreDamagedError(str(self._path / name))
            # Not stored with the plane: said each time it is opened.
            self._planes[name] = plane.with_config({"write_empty_chunks": False})
        return self._planes[name]


def _codecs(plane: PlaneSpec) -> tuple[BloscCodec, Crc32cCodec]:
    """How chunks are packed; the sum tells a chunk that a disk has changed.

    Of 16-bit paint as small as zstd with bytes shuffled, read and written three times
    as fast. Stores say themselves how they were packed: former ones are read too.
    """
    packed = BloscCodec(
        cname="lz4",
        clevel=5,
        shuffle=BloscShuffle.bitshuffle,
        typesize=np.dtype(plane.dtype).itemsize,
    )
    return packed, Crc32cCodec()


def _settle(written: Path) -> None:
    try:
        with written.open("rb+") as file:
            os.fsync(file.fileno())
    except FileNotFoundError:  # all 0: no file
        return
