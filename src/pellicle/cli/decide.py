# SPDX-License-Identifier: Apache-2.0
"""`pellicle decide`: what a named person says about regions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from pellicle.cli.options import TreatmentPath
from pellicle.errors import BadSettingError
from pellicle.model.candidate import Candidate
from pellicle.model.condition import NO_DAMAGE, DamageClass
from pellicle.model.decision import ChosenMethod, Decision, Verdict
from pellicle.model.mask import GamutChoice
from pellicle.model.style import RetouchingStyle
from pellicle.workflow.candidates import read_candidate
from pellicle.workflow.colour_pairs import read_recolouring
from pellicle.workflow.decide import Saying, decide_class, decide_where
from pellicle.workflow.decide import decide as decide_region
from pellicle.workflow.drawn import decide_from

_SAYABLE = (
    "--approve, --print, --leave, --method, --candidate, --relabel, --style, "
    "--recolour-from, --out-of-gamut"
)
_CLASSES = ", ".join(one.label for one in DamageClass if one)


def decide(
    treatment: TreatmentPath,
    *,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who decides.")],
    region: Annotated[
        str | None, typer.Option(metavar="ID", help="One region, by its id.")
    ] = None,
    of_class: Annotated[
        str | None, typer.Option("--class", metavar="C", help="All regions of a class.")
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(
            metavar="EXPR",
            help='All regions that a rule chooses: "area_mm2 < 0.5 and class = loss".',
        ),
    ] = None,
    from_file: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Regions of a GeoJSON file, with its corrections.",
        ),
    ] = None,
    approve: Annotated[
        bool, typer.Option("--approve", help="Infill and print.")
    ] = False,
    print_it: Annotated[
        bool,
        typer.Option(
            "--print", help="Infill and print, however faint or fine it may be."
        ),
    ] = False,
    leave: Annotated[
        bool, typer.Option("--leave", help="Neither infill nor print.")
    ] = False,
    method: Annotated[
        ChosenMethod | None, typer.Option(help="How to infill or print.")
    ] = None,
    candidate: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Take this one of `reconstruct --candidates`; with --region.",
        ),
    ] = None,
    relabel: Annotated[
        str | None,
        typer.Option(
            metavar="CLASS",
            help=f"What it is: {_CLASSES}; or {NO_DAMAGE}, no damage.",
        ),
    ] = None,
    style: Annotated[
        RetouchingStyle | None, typer.Option(help="How the infill is rendered.")
    ] = None,
    recolour_from: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Recolour discoloured paint by pairs of places or colours.",
        ),
    ] = None,
    out_of_gamut: Annotated[
        GamutChoice | None,
        typer.Option(
            help="What becomes of its colours out of reach; more-white is the whole "
            "film's: see `mask`."
        ),
    ] = None,
    note: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Remark for the record.")
    ] = None,
) -> None:
    """Decide about regions. It takes effect at the next restore.

    Example: pellicle decide madonna.pellicle --region 3f9a1c04be22 --approve --by Ada
    """
    relabelled = None if relabel is None else _class_of("--relabel", relabel)
    _check_choice(region, of_class, where, from_file)
    recolouring = None
    if recolour_from is not None:
        recolouring = read_recolouring(treatment, recolour_from)
    taken_one = None if candidate is None else _candidate(treatment, region, candidate)
    if out_of_gamut is GamutChoice.MORE_WHITE:
        needed = "for one region nearest, keep-hue or accept is needed: a pass of white"
        needed += " is printed on the whole film, with `mask --out-of-gamut more-white`"
        raise BadSettingError("--out-of-gamut", str(out_of_gamut), needed)
    given = Saying(
        Verdict.NOTE,
        method,
        note or "",
        relabelled,
        style,
        recolouring,
        taken_one,
        out_of_gamut,
    )
    plain = {
        Verdict.APPROVE: approve,
        Verdict.PRINT: print_it,
        Verdict.LEAVE: leave,
    }
    saying = _saying(plain, given)
    if from_file is not None:
        if relabelled is not None:
            needed = "the file says what each region is"
            raise BadSettingError("--relabel", "given with --from", needed)
        taken = decide_from(treatment, from_file, by=by, saying=saying)
        _tell(taken.decisions, by)
        if taken.unchanged or not taken.decisions:
            typer.echo(f"features that say nothing new: {taken.unchanged}")
        return
    if saying is None:
        needed = f"{_SAYABLE} or --note is needed"
        raise BadSettingError("the decision", "nothing", needed)
    if region is not None:
        made = decide_region(
            treatment,
            region,
            by=by,
            verdict=saying.verdict,
            method=saying.method,
            note=saying.note,
            relabelled=saying.relabelled,
            style=saying.style,
            recolouring=saying.recolouring,
            candidate=saying.candidate,
            out_of_gamut=saying.out_of_gamut,
        )
        typer.echo(f"{made.in_words} {made.region_id} by {made.by}")
    elif of_class is not None:
        damage_class = _class_of("--class", of_class)
        if not damage_class:
            needed = f"one of {_CLASSES} is needed"
            raise BadSettingError("--class", repr(of_class), needed)
        _tell(decide_class(treatment, damage_class, saying, by=by), by)
    else:
        _tell(decide_where(treatment, where or "", saying, by=by), by)


def _saying(plain: Mapping[Verdict, bool], given: Saying) -> Saying | None:
    """What was said, with its verdict; None if nothing was."""
    asked = [
        verdict
        for verdict, said in (
            *plain.items(),
            (Verdict.METHOD, given.method is not None),
            (Verdict.RELABEL, given.relabelled is not None),
            (Verdict.STYLE, given.style is not None),
            (Verdict.RECOLOUR, given.recolouring is not None),
            (Verdict.CANDIDATE, given.candidate is not None),
            (Verdict.GAMUT, given.out_of_gamut is not None),
        )
        if said
    ]
    if len(asked) > 1:
        needed = f"one of {_SAYABLE} is needed"
        raise BadSettingError("the decision", "more than one thing", needed)
    if not asked and not given.note:
        return None
    return replace(given, verdict=asked[0] if asked else Verdict.NOTE)


def _candidate(treatment: Path, region: str | None, number: int) -> Candidate:
    if region is None:
        needed = "one region, named with --region, is needed"
        raise BadSettingError("--candidate", str(number), needed)
    return read_candidate(treatment, region, number)


def _class_of(option: str, word: str) -> DamageClass:
    found = DamageClass.named(word)
    if found is None:
        known = ", ".join(DamageClass.names())
        raise BadSettingError(option, repr(word), f"one of {known} is needed")
    return found


def _check_choice(*given: object) -> None:
    count = sum(one is not None for one in given)
    if count != 1:
        found = "chosen in more than one way" if count else "left out"
        needed = "one of --region, --class, --where and --from is needed"
        raise BadSettingError("the region", found, needed)


def _tell(decisions: Sequence[Decision], by: str) -> None:
    counts = Counter(_what(one) for one in decisions)
    for what, count in counts.items():
        regions = "1 region" if count == 1 else f"{count} regions"
        typer.echo(f"{what} {regions} by {by}")


def _what(decision: Decision) -> str:
    return decision.in_words.partition(" (")[0]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(decide)
