# SPDX-License-Identifier: Apache-2.0
"""The print sheet of a treatment: what its print files say beside the pixels.

Job: gather the sheet's text; predict the colours of its control strip.
Not here: where marks stand (`io/sheet_layout.py`), writing files (`exports.py`).
"""

import numpy as np

from pellicle.colour.convert import lab_d50_from_rec2020
from pellicle.colour.film import FilmModel
from pellicle.io.icc import describe, output_profile
from pellicle.io.print_sheet import PrintSheet
from pellicle.io.sheet_marks import CONTROL
from pellicle.model.control import ControlTarget
from pellicle.model.print_setup import PrintSetup
from pellicle.model.scan import ScaleSource
from pellicle.treatment.folder import Treatment
from pellicle.workflow.figures import Chain
from pellicle.workflow.mask import SetupInUse
from pellicle.workflow.report import UNTITLED, draft_regions

_FULL = 255
_LAB_DIGITS = 1


def print_sheet(treatment: Treatment, chain: Chain) -> PrintSheet:
    """What the sheet says, from the treatment as it stands, as if it were only one."""
    description = treatment.description()
    setup, profile = chain.mask.setup.setup, chain.mask.setup.profile
    notes = []
    if chain.scan.spec.scale_source is not ScaleSource.GIVEN:
        notes.append("scale unconfirmed")
    return PrintSheet(
        title=description.title or UNTITLED,
        id=chain.mask.run_id,
        raster=chain.scan.raster,
        mirrored=setup.film.mirrored,
        spot_name=setup.white.spot_name,
        ink_limit_percent=setup.inks.ink_limit_percent,
        icc_profile=profile,
        profile_name=describe(profile).description,
        made=chain.scan.made,
        cut_line=setup.film.cut_line,
        drafts=draft_regions(chain),
        notes=tuple(notes),
        assumed=tuple(chain.assumed.values()),
        size_correction=size_correction(setup),
    )


def size_correction(setup: PrintSetup, *, turned: bool = False) -> tuple[float, float]:
    """What lengths across and down a page are multiplied by, to come out true.

    Parameters
    ----------
    turned
        Whether pages are laid on the media turned by a quarter, so that what is across
        the page is down the media.
    """
    scales = setup.geometry.scale_x, setup.geometry.scale_y
    across, down = (1.0 / scale for scale in (scales[::-1] if turned else scales))
    return across, down


def control_targets(chosen: SetupInUse) -> tuple[ControlTarget, ...]:
    """Colours predicted of the control strip, first on white, then on clear film.

    The film lies on the backing that the setup's profile was measured on; its
    unprinted colour is the profile's media white.
    """
    profile = output_profile(chosen.profile)
    model = FilmModel.of(chosen.setup, profile)
    patches = [(label, white) for white in (True, False) for label in CONTROL]
    inks = np.array([CONTROL[label] for label, _ in patches], np.float32) / _FULL
    white = np.array([white for _, white in patches], np.float32)
    backing = np.tile(
        np.array(profile.media_white_rgb_linear, np.float32), (len(patches), 1)
    )
    lab = lab_d50_from_rec2020(model.seen(model.base(backing, white), inks, white))
    return tuple(
        ControlTarget(
            label,
            on_white,
            (
                round(float(lightness), _LAB_DIGITS),
                round(float(a), _LAB_DIGITS),
                round(float(b), _LAB_DIGITS),
            ),
        )
        for (label, on_white), (lightness, a, b) in zip(patches, lab, strict=True)
    )
