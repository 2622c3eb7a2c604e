# SPDX-License-Identifier: Apache-2.0
"""Evidence of damage as a run keeps it: what networks and filters said, each by itself.

Job: write it, and read it apart or together, at the working scale and at the scan's.
Not here: making it (`evidence.py`), who found a region (`found_by.py`).

Both are kept apart, since together they do not tell who spoke: networks may be as sure
of a place as what the filters say counts for.
"""

from dataclasses import dataclass
from pathlib import Path

from pellicle.engine.readers import Enlarged, PlaneReader, Repeated, Stored
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array
from pellicle.model.raster import RasterSpec, Window
from pellicle.stages.condition.joint import joint_evidence
from pellicle.stages.condition.network import (
    EVIDENCE_CLASSES,
    working_factor,
    working_raster,
)

_RASTER = "evidence.zarr"
_NETWORKS, _FILTERS = "networks", "filters"


@dataclass(frozen=True, slots=True)
class _Together:
    """Joint evidence, at the working scale."""

    networks: PlaneReader
    filters: PlaneReader

    def read(self, window: Window) -> Array:
        """(h, w, 4) uint8."""
        return joint_evidence(self.networks.read(window), self.filters.read(window))


@dataclass(frozen=True, slots=True)
class KeptEvidence:
    """Evidence in the folder of a run, as readers; nothing is opened before it is read.

    Attributes
    ----------
    path
        Its store.
    factor
        Scan pixels that make one working pixel, along each side.
    working
        Its own raster, at the working scale.
    """

    path: str
    factor: int
    working: RasterSpec

    @classmethod
    def of(cls, run: Path, scan: RasterSpec) -> "KeptEvidence":
        """That of a run on a scan."""
        factor = working_factor(scan.pixel_size)
        return cls(str(run / _RASTER), factor, working_raster(scan, factor))

    def create(self) -> "EvidenceStore":
        """Make an empty store, or open one that a run has begun."""
        planes = {
            _NETWORKS: PlaneSpec("uint8", EVIDENCE_CLASSES),
            _FILTERS: PlaneSpec("uint8", 2),
        }
        store = RasterStore.create(Path(self.path), self.working.shape, planes)
        return EvidenceStore(store)

    @property
    def networks(self) -> PlaneReader:
        """Of the networks alone, at the scan's scale: (H, W, 4) uint8, 255 for 1."""
        return self._enlarged(self.networks_working)

    @property
    def filters(self) -> PlaneReader:
        """Class and confidence that filters found, at the scan's scale: (H, W, 2)."""
        return Repeated(Stored(self.path, _FILTERS), self.factor)

    @property
    def networks_working(self) -> PlaneReader:
        """Of the networks alone, at the working scale: (h, w, 4) uint8."""
        return Stored(self.path, _NETWORKS)

    @property
    def networks_in_squares(self) -> PlaneReader:
        """Of the networks alone, at the scan's scale but not smoothed: for pictures."""
        return Repeated(self.networks_working, self.factor)

    @property
    def joint(self) -> PlaneReader:
        """Of both, at the scan's scale: (H, W, 4) uint8."""
        return self._enlarged(self.joint_working)

    @property
    def joint_working(self) -> PlaneReader:
        """Of both, at the working scale: (h, w, 4) uint8."""
        return _Together(self.networks_working, Stored(self.path, _FILTERS))

    def _enlarged(self, plane: PlaneReader) -> PlaneReader:
        return Enlarged(plane, self.working.shape, self.factor)


@dataclass(frozen=True, slots=True)
class EvidenceStore:
    """A store of evidence that is being written."""

    store: RasterStore

    def write_networks(self, window: Window, seen: Array) -> None:
        """Keep a tile at the working scale, (h, w, 4) uint8."""
        self._write(_NETWORKS, window, seen)

    def write_filters(self, window: Window, found: Array) -> None:
        """Keep a tile at the working scale, (h, w, 2) uint8: class and confidence."""
        self._write(_FILTERS, window, found)

    def _write(self, name: str, window: Window, pixels: Array) -> None:
        if pixels.any():  # what is 0 takes no place
            self.store.write(name, window, pixels)
