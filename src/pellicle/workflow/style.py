# SPDX-License-Identifier: Apache-2.0
"""Style: the picture as it is shown, where an infill is not to pass for original paint.

Job: which region is rendered how, and the run that holds what differs from the
reconstruction; the reconstruction beneath stays as it is.
Not here: the patterns (`stages/reconstruct/style.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from pellicle.colour.encoding import ScanEncoding
from pellicle.engine.readers import Kept, Overlaid, PlaneReader, Stored
from pellicle.engine.regions import ask_each
from pellicle.io.hashing import hash_of
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array, Mask
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import Region
from pellicle.model.raster import Window
from pellicle.model.reconstruction import EvidenceGrade
from pellicle.model.style import RetouchingStyle
from pellicle.raster.choke import widest_px
from pellicle.stages.reconstruct.style import StyledInfill
from pellicle.stages.reconstruct.tones import CellSums, NeutralTones
from pellicle.treatment.folder import RASTER
from pellicle.workflow.reconstruct import ReconstructionInUse
from pellicle.workflow.regions import RegionsInUse
from pellicle.workflow.scan import SAMPLES, ScanInUse
from pellicle.workflow.selection import UNDECIDED, RegionDecision
from pellicle.workflow.settings import configured
from pellicle.workflow.work import Making, RunPlan, Work

WIDEST_GENERATED_MM = 10.0
"""Generated infills wider than this are neutral until a person asks for another
style."""

NEUTRAL_CELL_MM = 20.0
_STRIP_PX = 512
_CODES = "codes"


class StyleSettings(BaseModel):
    """Table `[settings.style]`: the style unless decided, and settings of the stage."""

    model_config = ConfigDict(frozen=True, extra="allow")

    name: RetouchingStyle = RetouchingStyle.MIMETIC

    @property
    def stage(self) -> dict[str, Any]:
        """Settings of the stage, not yet checked."""
        return dict(self.model_extra or {})


@dataclass(frozen=True, slots=True)
class OfGrade:
    """Not 0 where the evidence is, or is not, of one grade."""

    evidence: PlaneReader
    grade: EvidenceGrade
    other: bool = False

    def read(self, window: Window) -> Array:
        """(h, w) uint8; 0 where nothing is infilled."""
        evidence = self.evidence.read(window)
        found = (evidence != 0) & ((evidence == self.grade) != self.other)
        return np.asarray(found.astype(np.uint8))


def check_style(settings: Mapping[str, Any], encoding: ScanEncoding) -> StyledInfill:
    """Stage of the settings.

    Raises
    ------
    BadSettingError
        Naming the first that cannot be used.
    """
    asked = configured(StyleSettings, settings)
    return configured(StyledInfill, asked.stage, scan=encoding)


def apply_style(
    work: Work,
    scan: ScanInUse,
    regions: RegionsInUse,
    made: ReconstructionInUse,
    said: Mapping[int, RegionDecision],
) -> ReconstructionInUse:
    """Render each infill in its style; give the reconstruction as it is shown."""
    treatment = work.treatment
    settings = treatment.description().step("style")
    stage = check_style(settings, scan.encoding)
    usual = configured(StyleSettings, settings).name
    styles = chosen_styles(work, regions, made, said, usual)
    if all(style is RetouchingStyle.MIMETIC for style in styles.values()):
        treatment.drop(ArtefactKind.STYLE)
        return replace(made, styles=styles)
    ids = {region.number: region.id for region in regions.condition.regions}
    asked = sorted(
        [ids[number], style]
        for number, style in styles.items()
        if style is not RetouchingStyle.MIMETIC
    )
    plan = RunPlan(
        ArtefactKind.STYLE,
        stage.name,
        stage.version,
        {**stage.settings(), "pixel_um": scan.raster.pixel_size.um},
        {"reconstruction": made.run_id, "styles": hash_of(asked)},
    )
    codes = regions.where({number: style.code for number, style in styles.items()})
    # Recoloured paint is original: there is nothing to be set off.
    shown = Kept(codes, OfGrade(made.evidence, EvidenceGrade.RECOLOURED, other=True))

    def make(making: Making) -> None:
        planes = {
            SAMPLES: PlaneSpec(scan.spec.dtype, scan.spec.bands),
            _CODES: PlaneSpec("uint8"),
        }
        store = RasterStore.create(making.raster, scan.raster.shape, planes)

        def write(window: Window, samples: Array) -> None:
            inside = shown.read(window)
            store.write(SAMPLES, window, samples * (inside != 0)[:, :, None])
            store.write(_CODES, window, inside)

        tones = _neutral_tones(making, scan, regions, made, styles)
        making.tiles.run(
            stage.model_copy(update={"tones": tones}),
            {
                ArtefactKind.RECONSTRUCTION: made.samples,
                ArtefactKind.INFILL: shown,
                ArtefactKind.REGIONS: regions.numbers,
            },
            scan.raster,
            write,
            only_where=ArtefactKind.INFILL,
        )

    run_id = work.run(plan, scan.mpx, make)
    path = str(treatment.run_folder(ArtefactKind.STYLE, run_id) / RASTER)
    samples = Overlaid(made.samples, Stored(path, SAMPLES), Stored(path, _CODES))
    return replace(
        made, samples=samples, mimetic=made.samples, styles=styles, style_run_id=run_id
    )


def chosen_styles(
    work: Work,
    regions: RegionsInUse,
    made: ReconstructionInUse,
    said: Mapping[int, RegionDecision],
    usual: RetouchingStyle,
) -> dict[int, RetouchingStyle]:
    """Style of each infill, by region number.

    What a person asked for; else neutral, where more than `WIDEST_GENERATED_MM` was
    generated; else the usual style. Recoloured paint has none.
    """
    styles = {}
    undecided = []
    for number, infill in made.infills.items():
        asked = said.get(number, UNDECIDED).style
        styles[number] = asked or usual
        if infill.evidence is EvidenceGrade.RECOLOURED:
            styles[number] = RetouchingStyle.MIMETIC
        elif infill.evidence is EvidenceGrade.GENERATED and asked is None:
            undecided.append(regions.condition.regions[number - 1])
    for number in _wide(work, regions, made, undecided):
        styles[number] = RetouchingStyle.NEUTRAL
    return styles


def _wide(
    work: Work,
    regions: RegionsInUse,
    made: ReconstructionInUse,
    asked: list[Region],
) -> list[int]:
    """Regions whose generated part is too wide to pass for paint unasked."""
    if not asked:
        return []
    generated = Kept(regions.numbers, OfGrade(made.evidence, EvidenceGrade.GENERATED))
    with work.pool() as pool:
        widths = ask_each(pool, generated, asked, _number, _width_px)
    most_px = WIDEST_GENERATED_MM / regions.condition.raster.pixel_size.mm
    return [number for number, px in widths.items() if px > most_px]


def _width_px(_region: Region, mask: Mask) -> float:
    return widest_px(mask)


def _number(region: Region) -> int:
    return region.number


def _neutral_tones(
    making: Making,
    scan: ScanInUse,
    regions: RegionsInUse,
    made: ReconstructionInUse,
    styles: Mapping[int, RetouchingStyle],
) -> NeutralTones:
    chosen = [
        region
        for region in regions.condition.regions
        if styles.get(region.number) is RetouchingStyle.NEUTRAL
    ]
    cell_px = max(1, round(NEUTRAL_CELL_MM / scan.raster.pixel_size.mm))
    ask = partial(_sums, made.samples, scan.encoding, cell_px)
    infilled = Kept(regions.numbers, made.evidence)
    return NeutralTones(ask_each(making.pool, infilled, chosen, _number, ask))


def _sums(
    samples: PlaneReader,
    encoding: ScanEncoding,
    cell_px: int,
    region: Region,
    mask: Mask,
) -> CellSums:
    window = region.window
    cells = CellSums.empty(window, cell_px)
    for top in range(window.top, window.bottom, _STRIP_PX):
        strip = Window(top, window.left, top + _STRIP_PX, window.right).within(window)
        inside = mask[strip.relative_to(window).slices]
        if inside.any():
            cells.add(encoding.linear(samples.read(strip)), inside, strip)
    return cells
