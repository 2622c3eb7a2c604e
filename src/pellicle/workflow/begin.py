# SPDX-License-Identifier: Apache-2.0
"""Begin a treatment, or take new files and settings into one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pellicle.errors import BadSettingError, NoSuchFileError, SourceConflictError
from pellicle.io.policy_file import load_policy
from pellicle.io.print_setup_file import load_print_setup
from pellicle.io.scan_file import probe_scan
from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing
from pellicle.workflow.scale import ScanSettings, require_scale

FROM_FOUND = "auto"
"""Value of --outline that asks for a search."""

NONE = "none"
"""Value of a file option that takes back a file given before."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks for; None leaves a setting as it was.

    Attributes
    ----------
    scan
        Picture to begin with.
    ppi, width_mm
        Scale on the painting: pixels per inch, or millimetres that the picture (its
        outline, if there is one) is wide.
    outline, damage, damage_adds, protect, reconstruction
        Paths; "none" takes back a file given before; "auto" looks for the outline.
    print_setup, policy
        Built-in names or paths.
    infill_craquelure
        Whether craquelure that was found is infilled.
    """

    scan: Path
    ppi: float | None = None
    width_mm: float | None = None
    outline: str | None = None
    damage: str | None = None
    damage_adds: str | None = None
    protect: str | None = None
    reconstruction: str | None = None
    print_setup: str | None = None
    policy: str | None = None
    infill_craquelure: bool | None = None


@contextmanager
def begun(path: Path, request: Request) -> Iterator[Treatment]:
    """Open or make the treatment, with what was asked for, as its only writer.

    Nothing is left behind when a new treatment cannot be begun.

    Raises
    ------
    PellicleError
        If the scan, a file or a setting cannot be used.
    """
    _check(request)
    scan_file = probe_scan(request.scan)
    treatment = Treatment(path)
    if not treatment.begun:
        given = ScanSettings(ppi=request.ppi, width_mm=request.width_mm)
        require_scale(scan_file, given)
    new = not path.exists()
    treatment = Treatment.create(path)
    with writing(treatment):
        try:
            changes = _received(treatment, request)
            if changes:
                treatment.describe(changes)
            yield treatment
        except BaseException:
            # A scan that cannot be decoded must not block the folder for a better one.
            if new and not treatment.current():
                shutil.rmtree(path, ignore_errors=True)
            raise


def _check(request: Request) -> None:
    if request.ppi is not None and request.width_mm is not None:
        raise BadSettingError("--ppi", str(request.ppi), "--width-mm says it already")
    for name in ("ppi", "width_mm"):
        value = getattr(request, name)
        if value is not None and not 0 < value < float("inf"):
            option = f"--{name.replace('_', '-')}"
            raise BadSettingError(option, str(value), "a number above 0 is needed")
    if request.damage not in {None, NONE} and request.damage_adds not in {None, NONE}:
        needed = "--damage replaces what is found, --damage-adds adds to it"
        raise BadSettingError("--damage-adds", "given with --damage", needed)


def _received(treatment: Treatment, request: Request) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    known = treatment.source("scan") if treatment.begun else None
    source = treatment.receive("scan", request.scan)
    if known is not None and known.sha256 != source.sha256:
        raise SourceConflictError(str(treatment.path), known.file, request.scan.name)
    if known is None:
        changes["settings.inputs.scan"] = source.file
    if request.ppi is not None or request.width_mm is not None:
        changes["settings.scan.ppi"] = request.ppi
        changes["settings.scan.width_mm"] = request.width_mm
    if request.infill_craquelure is not None:
        changes["settings.reconstruct.infill_craquelure"] = request.infill_craquelure
    changes |= _received_files(treatment, request)
    changes |= _received_by_name(treatment, request.print_setup, request.policy)
    return {name: v for name, v in changes.items() if _changed(treatment, name, v)}


def _received_files(treatment: Treatment, request: Request) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    replaces = {"damage": "damage-adds", "damage-adds": "damage"}
    for role in ("outline", "damage", "damage-adds", "protect", "reconstruction"):
        given = getattr(request, role.replace("-", "_"))
        if given is None:
            continue
        if role == "outline":
            changes["settings.scan.outline"] = given if given == FROM_FOUND else None
        if given == NONE or (role == "outline" and given == FROM_FOUND):
            changes[f"settings.inputs.{role}"] = None
            continue
        changes[f"settings.inputs.{role}"] = _receive(treatment, role, given)
        if role in replaces:
            changes[f"settings.inputs.{replaces[role]}"] = None
    return changes


def _received_by_name(
    treatment: Treatment, print_setup: str | None, policy: str | None
) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if print_setup is not None:
        setup, _ = load_print_setup(print_setup)
        path = Path(print_setup)
        if path.is_file():
            file = treatment.receive("print-setup", path, setup.inks.profile).file
            changes["settings.inputs.print-setup"] = file
        else:
            changes["settings.inputs.print-setup"] = None
            changes["settings.mask.print_setup"] = print_setup
    if policy is not None:
        load_policy(policy)
        path = Path(policy)
        if path.is_file():
            file = treatment.receive("policy", path).file
            changes["settings.inputs.policy"] = file
        else:
            changes["settings.inputs.policy"] = None
            changes["settings.policy.name"] = policy
    return changes


def configure(treatment: Treatment, settings: dict[str, Any]) -> None:
    """Write settings given for one step; None leaves a setting as it was.

    Parameters
    ----------
    settings
        Dotted names as in `treatment.toml`, or `print_setup` and `policy` with a name
        or path.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    setup, policy = given.pop("print_setup", None), given.pop("policy", None)
    with writing(treatment):
        changes = {**given, **_received_by_name(treatment, setup, policy)}
        changes = {n: v for n, v in changes.items() if _changed(treatment, n, v)}
        if changes:
            treatment.describe(changes)


def _receive(treatment: Treatment, role: str, given: str) -> str:
    path = Path(given)
    if not path.is_file():
        raise NoSuchFileError(given, "is a folder" if path.is_dir() else "not there")
    return treatment.receive(role, path).file


def _changed(treatment: Treatment, name: str, value: Any) -> bool:
    _, step, setting = name.split(".")
    if not treatment.begun:
        return value is not None
    return bool(treatment.description().step(step).get(setting) != value)
