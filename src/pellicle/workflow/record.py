# SPDX-License-Identifier: Apache-2.0
"""Record: figures, exports and report of a treatment, and whether they still hold."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pellicle.errors import TreatmentDamagedError
from pellicle.io.hashing import file_sha256, hash_of
from pellicle.io.report_content import ReportTable
from pellicle.io.writing import write_whole
from pellicle.model.artefact import ArtefactKind
from pellicle.model.figures import Figures
from pellicle.treatment.folder import Treatment, write_value
from pellicle.workflow.exports import (
    PRINT_FILES,
    ExportPart,
    export_tasks,
    run_exports,
    write_figures,
    write_regions,
)
from pellicle.workflow.figures import Chain, compute_figures
from pellicle.workflow.report import make_report
from pellicle.workflow.work import Making, RunPlan, Work, software_versions

REPORT = "report/index.html"
_VERSION = 1
_MADE = "exports/.made.json"
_FIGURES = "exports/figures.json"
_REGIONS = "exports/regions.geojson"
_BASIS = ("treatment.toml", "decisions.jsonl", "current.json")


def record(work: Work, chain: Chain, truth: ReportTable | None = None) -> Figures:
    """Compute the figures, and write every export that is missing or out of date."""
    treatment = work.treatment
    figures = make_figures(work, chain)
    known = _files_made(treatment)
    tasks = export_tasks(treatment, chain, treatment.exports)
    keys = {f"exports/{task.name}": task.key for task in tasks}
    due = [
        task
        for task in tasks
        if not _stands(treatment, known, f"exports/{task.name}", task.key)
    ]
    total_mpx = (len(due) + 1) * chain.scan.mpx
    with work.pool() as pool, work.progress.step("export", total_mpx) as advance:
        run_exports(pool, due, lambda: advance(chain.scan.mpx))
        if chain.mask.awaiting:
            for name in PRINT_FILES:
                (treatment.exports / name).unlink(missing_ok=True)
        write_regions(pool, chain, treatment.path / _REGIONS)
        write_figures(treatment.path / _FIGURES, figures)
        page = make_report(pool, treatment, chain, figures, truth)
        write_whole(treatment.path / REPORT, page.encode())
        advance(chain.scan.mpx)
    new = {f"exports/{task.name}" for task in due}
    _write_made(treatment, known, keys, new, withheld=chain.mask.awaiting)
    return figures


def make_figures(work: Work, chain: Chain) -> Figures:
    """Compute the figures of a chain, once."""
    approved = sorted(n for n, said in chain.said.items() if said.approved_by)
    left = sorted([n, left.text] for n, left in chain.mask.left.items())
    plan = RunPlan(
        ArtefactKind.RECORD,
        "record",
        _VERSION,
        {"assumed": chain.assumed},
        {
            "scan": chain.scan.run_id,
            "regions": chain.regions.run_id,
            "reconstruction": chain.reconstruction.run_id,
            "mask": chain.mask.run_id,
            "proof": chain.proof.run_id,
            "approved": hash_of(approved),
            "left": hash_of(left),
        },
    )

    def make(making: Making) -> None:
        figures = compute_figures(making, chain)
        write_value(making.folder, figures.model_dump(mode="json"))

    run_id = work.run(plan, chain.scan.mpx, make)
    value = work.treatment.value(ArtefactKind.RECORD, run_id)
    return Figures.model_validate(value)


def export(
    work: Work, chain: Chain, folder: Path, parts: Iterable[ExportPart]
) -> list[Path]:
    """Write the parts asked for to any folder.

    Returns
    -------
    paths
        Of the files written, sorted.
    """
    treatment, wanted = work.treatment, frozenset(parts)
    figures = make_figures(work, chain)
    tasks = [
        task for task in export_tasks(treatment, chain, folder) if task.part in wanted
    ]
    paths = [folder / task.name for task in tasks]
    total_mpx = len(tasks) * chain.scan.mpx
    with work.pool() as pool, work.progress.step("export", total_mpx) as advance:
        run_exports(pool, tasks, lambda: advance(chain.scan.mpx))
        if ExportPart.CONDITION in wanted:
            paths.append(folder / "regions.geojson")
            write_regions(pool, chain, paths[-1])
        if ExportPart.REPORT in wanted:
            paths.append(folder / "index.html")
            page = make_report(pool, treatment, chain, figures, None)
            write_whole(paths[-1], page.encode())
    paths.append(folder / "figures.json")
    write_figures(paths[-1], figures)
    return sorted(paths)


def up_to_date(treatment: Treatment) -> bool:
    """Whether nothing was asked for, decided or changed since the last record."""
    made = _made(treatment)
    files = _files_made(treatment)
    return (
        made.get("basis") == _basis(treatment)
        and bool(files)
        and all(_unchanged(treatment, name, file) for name, file in files.items())
    )


def print_files(treatment: Treatment) -> str:
    """`written`, or `withheld` while the policy keeps print files back."""
    return "withheld" if _made(treatment).get("withheld") else "written"


def exports_made(treatment: Treatment) -> dict[str, str]:
    """Hash of each file of the last record, by its path in the treatment."""
    return {name: str(file["sha256"]) for name, file in _files_made(treatment).items()}


def read_figures(treatment: Treatment) -> dict[str, Any]:
    """Figures as exported.

    Raises
    ------
    TreatmentDamagedError
        If `figures.json` cannot be read.
    """
    path = treatment.path / _FIGURES
    try:
        return dict(json.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise TreatmentDamagedError(str(path), "not JSON") from error


# --- what was made, and from what -------------------------------------------------


def _basis(treatment: Treatment) -> str:
    found = {"software": hash_of(software_versions())}
    for name in _BASIS:
        path = treatment.path / name
        found[name] = file_sha256(path) if path.exists() else ""
    return hash_of(found)


def _made(treatment: Treatment) -> dict[str, Any]:
    try:
        made = json.loads((treatment.path / _MADE).read_bytes())
    except (OSError, ValueError):  # never made, or changed by hand: make anew
        return {}
    return made if isinstance(made, dict) else {}


def _files_made(treatment: Treatment) -> dict[str, dict[str, Any]]:
    files = _made(treatment).get("files")
    return files if isinstance(files, dict) else {}


def _unchanged(treatment: Treatment, name: str, file: dict[str, Any]) -> bool:
    try:
        stat = (treatment.path / name).stat()
    except OSError:
        return False
    same = stat.st_size == file.get("size_bytes")
    return same and stat.st_mtime_ns == file.get("mtime_ns")


def _stands(
    treatment: Treatment, known: dict[str, dict[str, Any]], name: str, key: str
) -> bool:
    file = known.get(name, {})
    return file.get("key") == key and _unchanged(treatment, name, file)


def _write_made(
    treatment: Treatment,
    known: dict[str, dict[str, Any]],
    keys: dict[str, str],
    new: set[str],
    *,
    withheld: bool,
) -> None:
    files = {}
    for name, key in {**keys, _REGIONS: "", _FIGURES: "", REPORT: ""}.items():
        if name in known and name in keys and name not in new:
            files[name] = known[name]
            continue
        path = treatment.path / name
        stat = path.stat()
        files[name] = {
            "key": key,
            "sha256": file_sha256(path),
            "size_bytes": stat.st_size,
            "mtime_ns": stat.st_mtime_ns,
        }
    made = {"basis": _basis(treatment), "withheld": withheld, "files": files}
    text = json.dumps(made, indent=1, sort_keys=True)
    write_whole(treatment.path / _MADE, text.encode())
