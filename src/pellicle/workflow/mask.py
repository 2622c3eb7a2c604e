# SPDX-License-Identifier: Apache-2.0
"""Film mask: which regions are printed, and what is printed on each pixel."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pellicle.engine.readers import Kept, Stored
from pellicle.engine.regions import ask_each
from pellicle.io.hashing import hash_of
from pellicle.io.icc import output_profile
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, load_print_setup
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array, Mask
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import Region
from pellicle.model.decision import ChosenMethod
from pellicle.model.mask import MASK_PLANES, Left, LeftReason, PrintIntent
from pellicle.model.print_setup import PrintSetup
from pellicle.model.raster import Window
from pellicle.model.units import PixelSize
from pellicle.stages.mask.printable import widest_um
from pellicle.stages.mask.separation import FilmSeparation
from pellicle.treatment.folder import RASTER, Treatment, write_value
from pellicle.workflow.reconstruct import ReconstructionInUse
from pellicle.workflow.regions import RegionsInUse
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.selection import UNDECIDED, InfillRules, RegionDecision
from pellicle.workflow.settings import MaskSettings, configured
from pellicle.workflow.work import Making, RunPlan, Work

PLANES = "planes"


@dataclass(frozen=True, slots=True)
class SetupInUse:
    """Print setup, and the ICC output profile it names."""

    setup: PrintSetup
    profile: bytes


NOT_INFILLED = "no intact paint near enough to infill from"


@dataclass(frozen=True, slots=True)
class MaskInUse:
    """The film mask in use.

    Attributes
    ----------
    planes
        (H, W, 6) uint16, see `model.mask`; 0 where nothing is printed.
    left
        Region number to the reason why it is not printed.
    """

    setup: SetupInUse
    planes: Stored
    left: Mapping[int, Left]
    run_id: str

    @property
    def awaiting(self) -> bool:
        """Whether regions are kept back because they lack a person's approval."""
        return any(left.reason is LeftReason.AWAITING for left in self.left.values())

    def printed(self, regions: RegionsInUse) -> tuple[Region, ...]:
        """Regions on the film."""
        every = regions.condition.regions
        return tuple(region for region in every if region.number not in self.left)


def use_print_setup(treatment: Treatment) -> SetupInUse:
    """Print setup of the treatment: a file received, or a built-in one by name."""
    received = treatment.source("print-setup")
    settings = configured(MaskSettings, treatment.description().step("mask"))
    setup, profile = load_print_setup(
        settings.print_setup or DEFAULT_PRINT_SETUP
        if received is None
        else str(treatment.source_path(received))
    )
    return SetupInUse(setup, profile)


def separate_mask(
    work: Work,
    scan: ScanInUse,
    regions: RegionsInUse,
    reconstruction: ReconstructionInUse,
    rules: InfillRules,
    said: Mapping[int, RegionDecision],
) -> MaskInUse:
    """Solve ink and white for every region that is to be printed."""
    chosen = use_print_setup(work.treatment)
    stage = FilmSeparation(
        setup=chosen.setup, scan=scan.encoding, ink=output_profile(chosen.profile)
    )
    held = _left_out(regions, reconstruction, rules, said)
    awaiting = _awaiting(reconstruction, rules, said) - held.keys()
    intents = {
        number: _intent(said.get(number, UNDECIDED), number in reconstruction.glazes)
        for number in reconstruction.infills
        if number not in held
    }
    ids = {region.number: region.id for region in regions.condition.regions}
    asked = sorted(
        [ids[number], intent, number in awaiting] for number, intent in intents.items()
    )
    plan = RunPlan(
        ArtefactKind.MASK,
        stage.name,
        stage.version,
        {
            **stage.settings(),
            "setup": settings_read(chosen.setup),
            "pixel_um": scan.raster.pixel_size.um,
        },
        {
            "scan": scan.source.sha256,
            **reconstruction.inputs,
            "regions": regions.run_id,
            "intents": hash_of(asked),
        },
    )

    def make(making: Making) -> None:
        narrow = _too_narrow(making, scan, regions, intents, chosen.setup)
        wanted = {
            number: int(intent)
            for number, intent in intents.items()
            if number not in narrow and number not in awaiting
        }
        store = RasterStore.create(
            making.raster, scan.raster.shape, {PLANES: PlaneSpec("uint16", MASK_PLANES)}
        )

        def write(window: Window, planes: Array) -> None:
            store.write(PLANES, window, planes)

        making.tiles.run(
            stage,
            {
                ArtefactKind.SCAN: scan.samples,
                ArtefactKind.RECONSTRUCTION: reconstruction.samples,
                ArtefactKind.INFILL: Kept(
                    regions.where(wanted), reconstruction.evidence
                ),
            },
            scan.raster,
            write,
            only_where=ArtefactKind.INFILL,
        )
        write_value(
            making.folder,
            {"too_narrow_um": {str(number): um for number, um in narrow.items()}},
        )

    run_id = work.run(plan, scan.mpx, make)
    for number in awaiting:
        held[number] = Left(LeftReason.AWAITING, "awaits approval")
    return _in_use(work.treatment, chosen, held, run_id)


def settings_read(setup: PrintSetup) -> dict[str, Any]:
    """What ink, white and proof depend on: another title or spot name is no new mask.

    The profile counts by its content, beside this.
    """
    every = setup.model_dump(mode="json")
    del every["white"]["spot_name"]
    del every["film"]["mirrored"], every["film"]["cut_line"]
    del every["geometry"]["scale_x"], every["geometry"]["scale_y"]
    return {
        "ink_limit_percent": every["inks"]["ink_limit_percent"],
        "film_curves": every["inks"]["film_curves"],
        **{name: every[name] for name in ("white", "film", "geometry")},
    }


def _left_out(
    regions: RegionsInUse,
    reconstruction: ReconstructionInUse,
    rules: InfillRules,
    said: Mapping[int, RegionDecision],
) -> dict[int, Left]:
    held: dict[int, Left] = {}
    for region in regions.condition.regions:
        decision = said.get(region.number, UNDECIDED)
        infill = reconstruction.infills.get(region.number)
        if decision.left_by:
            held[region.number] = Left(
                LeftReason.DECIDED, f"left by {decision.left_by}"
            )
        elif not rules.infills(region, decision):
            name = region.damage_class.label
            held[region.number] = Left(
                LeftReason.CLASS, f"{name} is left unless asked for"
            )
        elif infill is None:
            text = reconstruction.reason(region.number, decision)
            much = region.number in reconstruction.left
            reason = LeftReason.TOO_MUCH if much else LeftReason.NO_PAINT
            held[region.number] = Left(reason, text or NOT_INFILLED)
    return held


def _awaiting(
    reconstruction: ReconstructionInUse,
    rules: InfillRules,
    said: Mapping[int, RegionDecision],
) -> set[int]:
    """Infilled regions that the policy keeps back until a person approves them."""
    return {
        number
        for number, infill in reconstruction.infills.items()
        if rules.policy.withhold
        and rules.policy.approval_needed(infill.evidence)
        and not said.get(number, UNDECIDED).approved_by
    }


def _intent(decision: RegionDecision, recoloured: bool) -> PrintIntent:
    # Recoloured paint is original: it is glazed, never covered.
    if decision.method is ChosenMethod.GLAZE or recoloured:
        return PrintIntent.GLAZE
    return PrintIntent.WHITE_AND_COLOUR


def _width_um(_region: Region, mask: Mask, *, pixel_size: PixelSize) -> float:
    return widest_um(mask, pixel_size)


def _number(region: Region) -> int:
    return region.number


def _too_narrow(
    making: Making,
    scan: ScanInUse,
    regions: RegionsInUse,
    intents: Mapping[int, Any],
    setup: PrintSetup,
) -> dict[int, float]:
    needed_um = setup.geometry.smallest_width_um
    asked = [regions.condition.regions[number - 1] for number in sorted(intents)]
    ask = partial(_width_um, pixel_size=scan.raster.pixel_size)
    widths = ask_each(making.pool, regions.numbers, asked, _number, ask)
    return {number: round(um, 1) for number, um in widths.items() if um < needed_um}


def _in_use(
    treatment: Treatment,
    chosen: SetupInUse,
    held: Mapping[int, Left],
    run_id: str,
) -> MaskInUse:
    path = str(treatment.run_folder(ArtefactKind.MASK, run_id) / RASTER)
    narrow = treatment.value(ArtefactKind.MASK, run_id)["too_narrow_um"]
    needed_mm = chosen.setup.geometry.smallest_width_um / 1000
    left = dict(held)  # nobody is asked to approve what is too fine to print
    for number, um in narrow.items():
        text = f"too fine: {um / 1000:.3f} mm wide, {needed_mm:.3f} mm needed"
        left[int(number)] = Left(LeftReason.TOO_FINE, text)
    return MaskInUse(
        setup=chosen,
        planes=Stored(path, PLANES),
        left=dict(sorted(left.items())),
        run_id=run_id,
    )
