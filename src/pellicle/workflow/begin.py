# SPDX-License-Identifier: Apache-2.0
"""Begin a treatment, or take new files and settings into one."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from pellicle.errors import (
    BadInputError,
    BadSettingError,
    MissingError,
    NoSuchFileError,
    SourceConflictError,
    UsageError,
)
from pellicle.io.policy_file import load_policy
from pellicle.io.scan_file import ScanFile, probe_scan
from pellicle.treatment.folder import INPUTS, Treatment
from pellicle.treatment.lock import writing
from pellicle.workflow.network_setting import network_setting
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
    reference, reference_points
        Paths of reference images, and of their point pairs ("none" for a search): as
        many as the images, or none. They replace those given before; "none" alone
        takes them back.
    outline, damage, damage_adds, protect, reconstruction
        Paths; "none" takes back a file given before; "auto" looks for the outline.
    print_setup, policy
        Built-in names or paths.
    infill_craquelure
        Whether craquelure that was found is infilled.
    network
        Path of a network for infill, "built-in" or "none".
    style
        Name of a `RetouchingStyle`, for every infill that nobody decided otherwise of.
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
    network: str | None = None
    style: str | None = None
    reference: tuple[str, ...] = ()
    reference_points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What would change.

    Attributes
    ----------
    settings
        Entries of `treatment.toml` by dotted name; None takes one back.
    files
        By role, files to be received.
    beside
        By role, the name of a file that belongs to one of them.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)


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
    scan = probe_scan(request.scan)
    treatment = Treatment(path)
    if not treatment.begun:
        given = ScanSettings(ppi=request.ppi, width_mm=request.width_mm)
        require_scale(scan, given)
    new = not path.exists()
    treatment = Treatment.create(path)
    with writing(treatment):
        try:
            _take_in(treatment, request, scan)
            yield treatment
        except (BadInputError, MissingError, UsageError):
            # A scan that cannot be decoded must not block the folder for a better one.
            if new and not treatment.current():
                shutil.rmtree(path, ignore_errors=True)
            raise


def configure(treatment: Treatment, settings: dict[str, Any]) -> None:
    """Write settings given for one step; None leaves a setting as it was.

    Parameters
    ----------
    settings
        Dotted names as in `treatment.toml`, or `print_setup` and `policy` with a name
        or path, `reference` and `reference_points` with tuples of paths.

    Raises
    ------
    PellicleError
        If one cannot be used; then none is written.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    setup, policy = given.pop("print_setup", None), given.pop("policy", None)
    reference = given.pop("reference", ())
    points = given.pop("reference_points", ())
    with writing(treatment):
        source = treatment.source("scan")
        if source is None:
            return
        wanted = _Wanted(settings=given)
        _want_by_name(wanted, setup, policy)
        _want_references(wanted, reference, points, _inputs(treatment))
        _write_down(treatment, wanted, probe_scan(treatment.source_path(source)))


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


def _take_in(treatment: Treatment, request: Request, scan: ScanFile) -> None:
    known = treatment.source("scan") if treatment.begun else None
    other = known is not None and known.sha256 != treatment.sha256_of(request.scan)
    if known is not None and other and treatment.current():
        known_as = known.received_as or known.file
        raise SourceConflictError(str(treatment.path), known_as, request.scan.name)
    wanted = _Wanted(files={"scan": request.scan})
    if request.ppi is not None or request.width_mm is not None:
        for name in ("ppi", "width_mm"):
            value = getattr(request, name)
            number = None if value is None else float(value)
            wanted.settings[f"settings.scan.{name}"] = number
    if request.infill_craquelure is not None:
        craquelure = request.infill_craquelure
        wanted.settings["settings.reconstruct.infill_craquelure"] = craquelure
    if request.network is not None:
        network = network_setting(request.network)
        wanted.settings["settings.reconstruct.network"] = network
    if request.style is not None:
        wanted.settings["settings.style.name"] = request.style
    _want_files(wanted, request)
    _want_by_name(wanted, request.print_setup, request.policy)
    _want_references(
        wanted, request.reference, request.reference_points, _inputs(treatment)
    )
    _write_down(treatment, wanted, scan)
    if known is not None and other:
        treatment.discard(known)


def _want_files(wanted: _Wanted, request: Request) -> None:
    replaces = {"damage": "damage-adds", "damage-adds": "damage"}
    for role in ("outline", "damage", "damage-adds", "protect", "reconstruction"):
        given = getattr(request, role.replace("-", "_"))
        if given is None:
            continue
        if role == "outline":
            asked = given if given == FROM_FOUND else None
            wanted.settings["settings.scan.outline"] = asked
        if given == NONE or (role == "outline" and given == FROM_FOUND):
            wanted.settings[f"settings.{INPUTS}.{role}"] = None
            continue
        wanted.files[role] = _file(given)
        if role in replaces:
            wanted.settings[f"settings.{INPUTS}.{replaces[role]}"] = None


def _file(given: str) -> Path:
    path = Path(given)
    if not path.is_file():
        found = "is a folder" if path.is_dir() else "does not exist"
        raise NoSuchFileError(given, found)
    return path


def _inputs(treatment: Treatment) -> Mapping[str, Any]:
    return treatment.description().step(INPUTS) if treatment.begun else {}


def _want_references(
    wanted: _Wanted,
    given: tuple[str, ...],
    points: tuple[str, ...],
    known: Mapping[str, Any],
) -> None:
    """References by number, each with its points, in place of those given before."""
    if points and len(points) != len(given):
        needed = "as many are needed as of --reference, none for a search"
        raise BadSettingError("--reference-points", f"{len(points)} files", needed)
    if not given:
        return
    if NONE in given and len(given) > 1:
        needed = "it takes back every reference, and stands alone"
        raise BadSettingError("--reference", "none beside a file", needed)
    for role in known:
        if role.startswith("reference-"):
            wanted.settings[f"settings.{INPUTS}.{role}"] = None
    if given == (NONE,):
        return
    for number, path in enumerate(given, start=1):
        wanted.files[f"reference-{number}"] = _file(path)
        about = points[number - 1] if points else NONE
        if about != NONE:
            wanted.files[f"reference-{number}-points"] = _file(about)
    for role in wanted.files:
        wanted.settings.pop(f"settings.{INPUTS}.{role}", None)


def _want_by_name(wanted: _Wanted, print_setup: str | None, policy: str | None) -> None:
    if print_setup is not None:
        # Loads what reads ICC profiles: longer than finding out that nothing is new.
        files = import_module("pellicle.io.print_setup_file")
        setup, _ = files.load_print_setup(print_setup)
        path = Path(print_setup)
        if path.is_file():
            wanted.files["print-setup"] = path
            wanted.beside["print-setup"] = setup.inks.profile
        else:
            wanted.settings[f"settings.{INPUTS}.print-setup"] = None
            wanted.settings["settings.mask.print_setup"] = print_setup
    if policy is not None:
        load_policy(policy)
        path = Path(policy)
        if path.is_file():
            wanted.files["policy"] = path
        else:
            wanted.settings[f"settings.{INPUTS}.policy"] = None
            wanted.settings["settings.policy.name"] = policy


def _write_down(treatment: Treatment, wanted: _Wanted, scan: ScanFile) -> None:
    """Check what would change, then keep the files and write the settings."""
    now = treatment.description().settings if treatment.begun else {}
    settings = {
        name: value
        for name, value in wanted.settings.items()
        if _entry(now, name) != value
    }
    new = {
        role: path
        for role, path in wanted.files.items()
        if not _in_use(treatment, role, path)
    }
    if settings or new:
        proposed = _proposed(now, settings, new)
        # Loads what computes; a command that changes nothing must not wait for it.
        checks = import_module("pellicle.workflow.proposed")
        checks.check_proposed(proposed, scan, new)
    for role, path in wanted.files.items():
        name = f"settings.{INPUTS}.{role}"
        file = treatment.receive(role, path, wanted.beside.get(role)).file
        if _entry(now, name) != file:
            settings[name] = file
    if settings:
        treatment.describe(settings)


def _in_use(treatment: Treatment, role: str, path: Path) -> bool:
    known = treatment.source(role) if treatment.begun else None
    return known is not None and known.sha256 == treatment.sha256_of(path)


def _entry(settings: Mapping[str, Mapping[str, Any]], dotted: str) -> Any:
    _, step, name = dotted.split(".")
    return settings.get(step, {}).get(name)


def _proposed(
    now: Mapping[str, Mapping[str, Any]],
    changes: Mapping[str, Any],
    files: Mapping[str, Path],
) -> dict[str, dict[str, Any]]:
    """Settings as they would be; None has been taken out."""
    proposed = {step: dict(entries) for step, entries in now.items()}
    named = {f"settings.{INPUTS}.{role}": path.name for role, path in files.items()}
    for dotted, value in {**changes, **named}.items():
        _, step, name = dotted.split(".")
        entries = proposed.setdefault(step, {})
        entries[name] = value
        if value is None:
            del entries[name]
    return proposed
