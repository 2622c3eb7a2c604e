# SPDX-License-Identifier: Apache-2.0
"""Coverage of plates, summed up while their pixels pass by.

Job: mean and largest value of each plate, largest sum of the colours, inked pixels.
Not here: where pixels come from (`preflight_pdf`, `preflight_tiff`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pellicle.model.arrays import Array
from pellicle.model.mask import COLOURANTS
from pellicle.model.preflight import PlateMeasured

_PERCENT_DIGITS = 4


@dataclass(slots=True)
class PlateSums:
    """Sums over the pixels of one file.

    Attributes
    ----------
    names
        Of the plates.
    full
        Value of full ink.
    """

    names: Sequence[str]
    full: int
    pixels: int = 0
    inked_pixels: int = 0
    _sums: dict[str, int] = field(default_factory=dict)
    _largest: dict[str, int] = field(default_factory=dict)
    _largest_total: int = 0

    def add(self, plates: Array) -> None:
        """Add (N, plates) unsigned values; 0 is no ink."""
        self.pixels += len(plates)
        inked = plates[plates.any(axis=1)]
        self.inked_pixels += len(inked)
        if not len(inked):
            return
        for index, name in enumerate(self.names):
            plate = inked[:, index]
            self._sums[name] = self._sums.get(name, 0) + int(plate.sum(dtype=np.int64))
            self._largest[name] = max(self._largest.get(name, 0), int(plate.max()))
        if self._has_colours:
            total = inked[:, : len(COLOURANTS)].sum(axis=1, dtype=np.int64)
            self._largest_total = max(self._largest_total, int(total.max()))

    @property
    def _has_colours(self) -> bool:
        return tuple(self.names[: len(COLOURANTS)]) == COLOURANTS

    @property
    def plates(self) -> tuple[PlateMeasured, ...]:
        """Coverage of each plate, in percent."""
        return tuple(
            PlateMeasured(
                name=name,
                coverage_percent=self._percent(
                    self._sums.get(name, 0) / max(self.pixels, 1)
                ),
                largest_percent=self._percent(self._largest.get(name, 0)),
            )
            for name in self.names
        )

    @property
    def largest_total_percent(self) -> float | None:
        """Greatest C + M + Y + K of a pixel; None without these plates."""
        return self._percent(self._largest_total) if self._has_colours else None

    def _percent(self, value: float) -> float:
        return round(100 * value / self.full, _PERCENT_DIGITS)
