# SPDX-License-Identifier: Apache-2.0
"""`pellicle bench`: the benchmark tables."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pellicle.cli.bench_condition import bench_condition_table
from pellicle.cli.bench_infill import bench_infill_table
from pellicle.cli.bench_mask import bench_mask_table
from pellicle.cli.bench_reference import bench_reference_table
from pellicle.cli.options import AsJson, MemoryGb, Workers, checked_workers
from pellicle.cli.shown import print_figures, print_json
from pellicle.learn.infill_damage import InfillClass
from pellicle.workflow.begin import Request
from pellicle.workflow.bench_condition import ConditionBenchRequest
from pellicle.workflow.bench_infill import InfillBenchRequest
from pellicle.workflow.bench_job import JOB_A, JOB_B, check_job, make_job
from pellicle.workflow.bench_mask import MaskBenchRequest
from pellicle.workflow.job import run_job

_app = typer.Typer(help="Benchmark tables.", no_args_is_help=True)


class StandardJob(StrEnum):
    """Which of the standard jobs."""

    A = "a"
    B = "b"


_JOBS = {StandardJob.A: JOB_A, StandardJob.B: JOB_B}


@_app.callback()
def _root() -> None:
    pass


@_app.command()
def job(
    *,
    works: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of photographs of paintings.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            help="Where to work; bench/job-a or bench/job-b unless given.",
        ),
    ] = None,
    which: Annotated[
        StandardJob,
        typer.Option("--job", help="a: 37 megapixels, 8 % damaged; b: 151, 25 %."),
    ] = StandardJob.A,
    workers: Workers = None,
    memory_gb: MemoryGb = None,
    as_json: AsJson = False,
) -> None:
    """Make a standard job, a large scan with 5,600 regions, and do it.

    Example: pellicle bench job --works paintings
    """
    count = checked_workers(workers, memory_gb)
    name = f"job-{which}"
    folder = Path("bench") / name if output is None else output
    files = make_job(works, folder, spec=_JOBS[which])
    holds = check_job(files)
    typer.echo(
        f"{holds.regions:,} regions of {holds.smallest_px:,} to "
        f"{holds.largest_px:,} px, {100 * holds.damaged_fraction:.2f} % of the scan",
        err=as_json,
    )
    request = Request(scan=files.scan, ppi=files.spec.ppi, damage=str(files.damage))
    done = run_job(folder / f"{name}.pellicle", request, count, quiet=False)
    if as_json:
        print_json(done.as_json())
        return
    print_figures(done.figures)
    for step, seconds in done.seconds.items():
        typer.echo(f"{step:<16}{seconds:8.1f} s")
    typer.echo(f"{'total':<16}{done.total_seconds:8.1f} s")
    typer.echo(f"{'peak memory':<16}{done.peak_memory_mb:8.0f} MB")


@_app.command()
def infill(
    *,
    works: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Photographs nothing was trained on."),
    ] = None,
    damage: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Real losses, and published infills of them."),
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Where to write.")
    ] = Path("bench/infill"),
    paintings: Annotated[
        int | None, typer.Option(min=1, help="So many paintings, instead of all.")
    ] = None,
    classes: Annotated[
        list[InfillClass] | None,
        typer.Option("--class", help="A class of damage, instead of all; repeatable."),
    ] = None,
    only_ours: Annotated[
        bool, typer.Option("--only-ours", help="Leave out what ours is compared with.")
    ] = False,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Compare our infill with others, side by side on the same damage.

    A run that was stopped goes on where it was.

    Example: pellicle bench infill --works paintings --damage damaged
    """
    request = InfillBenchRequest(
        works=works,
        output=output,
        real=damage,
        paintings=paintings,
        classes=tuple(classes) if classes else tuple(InfillClass),
        only_ours=only_ours,
        workers=checked_workers(workers, None),
    )
    bench_infill_table(request, as_json=as_json)


@_app.command()
def reference(
    *,
    works: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of photographs of paintings.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Where to write.")
    ] = Path("bench/reference"),
    paintings: Annotated[
        int | None, typer.Option(min=1, help="So many paintings, instead of all.")
    ] = None,
    workers: Workers = None,
) -> None:
    """Fill losses from a second photograph of each painting, and measure.

    Example: pellicle bench reference --works paintings --paintings 6
    """
    count = checked_workers(workers, None)
    bench_reference_table(works, output, paintings, count)


@_app.command()
def mask(
    *,
    works: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Photographs of sound paintings, to be aged."),
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Where to write.")
    ] = Path("bench/mask"),
    paintings: Annotated[
        int | None, typer.Option(min=1, help="So many paintings, instead of all.")
    ] = None,
    craquelure: Annotated[
        bool, typer.Option("--craquelure", help="Craquelure is to be printed, too.")
    ] = False,
    alignable_ratio: Annotated[
        float | None, typer.Option(help="Another limit than the product's own.")
    ] = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Compare what is printed with nothing and with everything, the film askew.

    A run that was stopped goes on where it was.

    Example: pellicle bench mask --works paintings --paintings 4
    """
    count = checked_workers(workers, None)
    request = MaskBenchRequest(
        works, output, paintings, craquelure, count, alignable_ratio
    )
    bench_mask_table(request, as_json=as_json)


@_app.command()
def condition(
    *,
    works: Annotated[
        Path, typer.Option(metavar="DIR", help="Photographs of sound paintings.")
    ],
    damage: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Photographs of real damage.")
    ] = None,
    network: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Networks to measure.")
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Where to write.")
    ] = Path("bench/condition"),
    crops: Annotated[
        int | None, typer.Option(min=1, help="So many crops, instead of all.")
    ] = None,
    paintings: Annotated[
        int | None,
        typer.Option(min=0, help="So many sound paintings, instead of all."),
    ] = None,
    chain: Annotated[
        int, typer.Option(min=0, help="So many crops go through the whole job.")
    ] = 0,
    only_ours: Annotated[
        bool, typer.Option("--only-ours", help="Leave out what ours is compared with.")
    ] = False,
    speed: Annotated[
        bool, typer.Option("--speed/--no-speed", help="Time the product.")
    ] = True,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Compare our condition map with classical ones, on aged and on sound paintings.

    Example: pellicle bench condition --works paintings --damage damaged
    """
    request = ConditionBenchRequest(
        works=works,
        output=output,
        damage=damage,
        network=network,
        crops=crops,
        paintings=paintings,
        chain=chain,
        only_ours=only_ours,
        speed=speed,
        workers=checked_workers(workers, None),
    )
    bench_condition_table(request, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="bench")
