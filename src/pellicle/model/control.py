# SPDX-License-Identifier: Apache-2.0
"""Control strip of a print sheet: patches, the colours they should have, tolerances."""

from dataclasses import dataclass

STRIP_MEAN_DE00 = 2.5
STRIP_MOST_DE00 = 5.0
SOLIDS_DE00 = 3.0
"""Tolerances of a control strip and of its solids and substrate: ISO 12647-7:2016."""


@dataclass(frozen=True, slots=True)
class ControlTarget:
    """One patch of the control strip, and the colour predicted of it.

    Attributes
    ----------
    label
        As printed beside it: the inks, "none" for none.
    on_white
        Whether it stands on the full white; else on clear film.
    lab_d50
        L*, a*, b* with the film lying on the backing of the print setup's chart.
    """

    label: str
    on_white: bool
    lab_d50: tuple[float, float, float]
