# SPDX-License-Identifier: Apache-2.0
"""Film mask: which regions are printed, and what is printed on each pixel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pellicle.engine.readers import Stored
from pellicle.engine.regions import TILE_PX
from pellicle.errors import BadSettingError
from pellicle.io.hashing import hash_of
from pellicle.io.icc import output_profile
from pellicle.io.print_setup_file import DEFAULT_PRINT_SETUP, load_print_setup
from pellicle.io.store import PlaneSpec, RasterStore
from pellicle.model.arrays import Array
from pellicle.model.artefact import ArtefactKind
from pellicle.model.condition import Region
from pellicle.model.decision import ChosenMethod
from pellicle.model.mask import (
    MASK_PLANES,
    GamutChoice,
    Left,
    LeftReason,
    PartLeft,
    PartsLeft,
    PrintIntent,
)
from pellicle.model.missed import MissedColours
from pellicle.model.print_choice import PrintChoice
from pellicle.model.print_setup import PrintSetup
from pellicle.model.raster import Window
from pellicle.stages.mask.missed import MOST_PASSES, FilmWays, with_one_more_pass
from pellicle.stages.mask.parts import FilmParts
from pellicle.stages.mask.separation import FilmSeparation
from pellicle.treatment.folder import RASTER, Treatment, write_value
from pellicle.workflow.missed_colours import MissedSources, measure_missed
from pellicle.workflow.print_choice import PASSES, Chooser, PrintChoices
from pellicle.workflow.reconstruct import ReconstructionInUse
from pellicle.workflow.regions import RegionsInUse
from pellicle.workflow.scan import ScanInUse
from pellicle.workflow.selection import UNDECIDED, InfillRules, RegionDecision
from pellicle.workflow.settings import MaskSettings, configured
from pellicle.workflow.work import Making, RunPlan, Work

PLANES = "planes"
LEFT = "left"
LEFT_PARTS = "left_parts"


@dataclass(frozen=True, slots=True)
class SetupInUse:
    """Print setup, and the ICC output profile it names.

    Attributes
    ----------
    setup
        As printed with.
    named
        As its file has it, where a pass of white was added; else None.
    """

    setup: PrintSetup
    profile: bytes
    named: PrintSetup | None = None


NOT_INFILLED = "no intact paint near enough to infill from"


@dataclass(frozen=True, slots=True)
class MaskInUse:
    """The film mask in use.

    Attributes
    ----------
    rule
        When something is worth printing.
    planes
        (H, W, 6) uint16, see `model.mask`; 0 where nothing is printed.
    left_codes
        (H, W) uint8 `LeftReason.code` of what was judged not worth printing.
    left
        Region number to the reason why it is not printed.
    in_part
        Region number to what of it is not printed, though the rest is.
    left_parts
        (H, W) uint32 number of each such part; 0 elsewhere.
    parts_left
        Each of them.
    seen_de00
        Region number to how visible it is, as far as that was looked at.
    alignment
        Region number to what the film would leave of it, the same.
    missed
        Where colours are out of reach and where the ink limit binds, by region.
    out_of_gamut
        What becomes of such colours unless a person decided otherwise for a region.
    """

    setup: SetupInUse
    rule: PrintChoice
    planes: Stored
    left_codes: Stored
    left_parts: Stored
    left: Mapping[int, Left]
    run_id: str
    in_part: Mapping[int, PartsLeft] = field(default_factory=dict)
    parts_left: tuple[PartLeft, ...] = ()
    seen_de00: Mapping[int, float] = field(default_factory=dict)
    alignment: Mapping[int, float] = field(default_factory=dict)
    missed: MissedColours = field(default_factory=MissedColours)
    out_of_gamut: GamutChoice = GamutChoice.NEAREST

    @property
    def awaiting(self) -> bool:
        """Whether regions are kept back because they lack a person's approval."""
        return any(left.reason is LeftReason.AWAITING for left in self.left.values())

    def printed(self, regions: RegionsInUse) -> tuple[Region, ...]:
        """Regions on the film."""
        every = regions.condition.regions
        return tuple(region for region in every if region.number not in self.left)


def mask_settings(treatment: Treatment) -> MaskSettings:
    """Settings of the mask."""
    return configured(MaskSettings, treatment.description().step("mask"))


def use_print_setup(treatment: Treatment) -> SetupInUse:
    """Print setup of the treatment: a file received, or a built-in one by name.

    Raises
    ------
    BadSettingError
        If more white is asked for than there can be.
    """
    received = treatment.source("print-setup")
    settings = mask_settings(treatment)
    setup, profile = load_print_setup(
        settings.print_setup or DEFAULT_PRINT_SETUP
        if received is None
        else str(treatment.source_path(received))
    )
    if settings.out_of_gamut is not GamutChoice.MORE_WHITE:
        return SetupInUse(setup, profile)
    more = with_one_more_pass(setup)
    if more is None:
        needed = f"white, and at most {MOST_PASSES - 1} passes of it, is needed in the "
        needed += f"print setup, and {setup.name} has not that; choose another"
        raise BadSettingError("out_of_gamut", "more-white", needed)
    return SetupInUse(more, profile, setup)


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
    settings = mask_settings(work.treatment)
    rule = settings.choice
    stage = FilmSeparation(
        setup=chosen.setup, scan=scan.encoding, ink=output_profile(chosen.profile)
    )
    held = _left_out(regions, reconstruction, rules, said)
    awaiting = _awaiting(reconstruction, rules, said) - held.keys()
    intents = {
        number: _intent(
            said.get(number, UNDECIDED),
            number in reconstruction.glazes,
            settings.out_of_gamut,
        )
        for number in reconstruction.infills
        if number not in held
    }
    insisted = {n for n in intents if said.get(n, UNDECIDED).print_asked_by}
    ids = {region.number: region.id for region in regions.condition.regions}
    asked = sorted(
        [ids[number], intent, number in awaiting, number in insisted]
        for number, intent in intents.items()
    )
    plan = RunPlan(
        ArtefactKind.MASK,
        stage.name,
        stage.version,
        {
            **stage.settings(),
            "setup": settings_read(chosen.setup),
            "print": rule.model_dump(mode="json"),
            "parts": FilmParts.version,
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
        chooser = Chooser(
            making=making,
            scan=scan,
            regions=regions,
            reconstruction=reconstruction,
            stage=stage,
            rule=rule,
            asked=regions.among(intents),
            insisted=frozenset(insisted),
            intents=regions.lookup(
                {n: intent for n, intent in intents.items() if n not in awaiting}
            ),
            proposed=regions.lookup(intents),
        )
        choices = chooser.choose()
        planes = _print(making, scan, reconstruction, stage, choices)
        chooser.discard()
        missed = measure_missed(
            making,
            MissedSources(
                scan=scan.samples,
                reconstruction=reconstruction.samples,
                numbers=regions.numbers,
                planes=planes,
                encoding=scan.encoding,
                raster=scan.raster,
                ways=FilmWays.of(chosen.named or chosen.setup, chosen.setup, stage.ink),
            ),
        )
        write_value(making.folder, {**choices.as_json(), **missed.as_json()})

    run_id = work.run(plan, PASSES * scan.mpx, make)
    for number in awaiting:
        held[number] = Left(LeftReason.AWAITING, "awaits approval")
    return _in_use(work.treatment, chosen, held, run_id)


def _print(
    making: Making,
    scan: ScanInUse,
    reconstruction: ReconstructionInUse,
    stage: FilmSeparation,
    choices: PrintChoices,
) -> Stored:
    """Write the planes of what is printed, and why the rest is not."""
    store = RasterStore.create(
        making.raster,
        scan.raster.shape,
        {
            PLANES: PlaneSpec("uint16", MASK_PLANES),
            LEFT: PlaneSpec("uint8"),
            LEFT_PARTS: PlaneSpec("uint32"),
        },
    )

    def write(window: Window, planes: Array) -> None:
        store.write(PLANES, window, planes)

    making.tiles.run(
        stage,
        {
            ArtefactKind.SCAN: scan.samples,
            ArtefactKind.RECONSTRUCTION: reconstruction.samples,
            ArtefactKind.INFILL: choices.intents,
            ArtefactKind.MASK: choices.film,
        },
        scan.raster,
        write,
        only_where=ArtefactKind.INFILL,
    )
    for window in scan.raster.tiles(TILE_PX):
        codes = choices.left_codes.read(window)
        if codes.any():
            store.write(LEFT, window, codes)
            numbers = choices.left_numbers.read(window)
            if numbers.any():
                store.write(LEFT_PARTS, window, numbers)
    return Stored(str(making.raster), PLANES)


def settings_read(setup: PrintSetup) -> dict[str, Any]:
    """What ink, white and proof depend on: another title or spot name is no new mask.

    The profile counts by its content, beside this.
    """
    every = setup.model_dump(mode="json")
    spectra = every["spectra"]
    del every["white"]["spot_name"]
    del every["film"]["mirrored"], every["film"]["cut_line"]
    del every["geometry"]["scale_x"], every["geometry"]["scale_y"]
    return {
        "ink_limit_percent": every["inks"]["ink_limit_percent"],
        "film_curves": every["inks"]["film_curves"],
        **({} if spectra is None else {"spectra": spectra}),
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


def _intent(
    decision: RegionDecision, recoloured: bool, film: GamutChoice
) -> PrintIntent:
    # Recoloured paint is original: it is glazed, never covered.
    glaze = decision.method is ChosenMethod.GLAZE or recoloured
    intent = PrintIntent.GLAZE if glaze else PrintIntent.WHITE_AND_COLOUR
    keep_hue = (decision.gamut or film) is GamutChoice.KEEP_HUE
    return intent.keeping_hue if keep_hue else intent


def _in_use(
    treatment: Treatment,
    chosen: SetupInUse,
    held: Mapping[int, Left],
    run_id: str,
) -> MaskInUse:
    path = str(treatment.run_folder(ArtefactKind.MASK, run_id) / RASTER)
    value = treatment.value(ArtefactKind.MASK, run_id)
    left = dict(held)  # nobody is asked to approve what is not worth printing
    for number, (reason, text) in value["left"].items():
        left[int(number)] = Left(LeftReason(reason), text)
    return MaskInUse(
        setup=chosen,
        rule=mask_settings(treatment).choice,
        planes=Stored(path, PLANES),
        left_codes=Stored(path, LEFT),
        left_parts=Stored(path, LEFT_PARTS),
        left=dict(sorted(left.items())),
        run_id=run_id,
        in_part={
            int(number): PartsLeft(pixels, parts, Left(LeftReason(reason), text))
            for number, (pixels, parts, reason, text) in value["in_part"].items()
            if int(number) not in left
        },
        parts_left=tuple(
            part
            for part in map(PartLeft.from_json, value["parts_left"])
            if part.region not in left
        ),
        seen_de00={int(number): v for number, v in value["seen_de00"].items()},
        alignment={int(number): v for number, v in value["alignment"].items()},
        missed=MissedColours.from_json(value),
        out_of_gamut=mask_settings(treatment).out_of_gamut,
    )
