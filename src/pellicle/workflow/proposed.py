# SPDX-License-Identifier: Apache-2.0
"""Check what is asked for before it is written down.

Job: refuse settings and files that cannot be used while the treatment is still as it
was; what is once in `treatment.toml` would be refused again and again.
Not here: the pixels of files, which are read when they are needed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellicle.errors import ReconstructionSizeError
from pellicle.io.area_file import require_area, require_damage
from pellicle.io.icc import scan_encoding
from pellicle.io.points_file import read_points
from pellicle.io.scan_file import ScanFile, probe_scan
from pellicle.io.weights_file import load_condition_weights
from pellicle.model.raster import RasterSpec
from pellicle.model.units import FINEST_UM, PixelSize
from pellicle.stages.condition.mapping import MapCondition
from pellicle.stages.reconstruct.infill import PaintingInfill
from pellicle.treatment.folder import INPUTS
from pellicle.workflow.error_budget import TABLE, budget_settings
from pellicle.workflow.infill_networks import infill_networks
from pellicle.workflow.scale import ScanSettings, require_scale
from pellicle.workflow.settings import (
    ConditionSettings,
    MaskSettings,
    PolicySettings,
    ProofSettings,
    ReconstructSettings,
    configured,
)
from pellicle.workflow.style import check_style

_ANY_SIZE = PixelSize(1000.0)  # masks are compared in pixels


def check_proposed(
    settings: Mapping[str, Mapping[str, Any]],
    scan: ScanFile,
    files: Mapping[str, Path],
) -> None:
    """Refuse what cannot be used.

    Parameters
    ----------
    settings
        Table by table, as `treatment.toml` would hold them.
    files
        By role, those that are new.

    Raises
    ------
    PellicleError
        Naming the setting or the file.
    """
    scale = ScanSettings.read(settings.get("scan", {}))
    outlined = bool(scale.outline or settings.get(INPUTS, {}).get("outline"))
    require_scale(scan, scale)
    _check_scale(scan, scale, outlined=outlined)
    encoding = scan_encoding(scan.icc_profile, scan.bands)
    given = bool(settings.get(INPUTS, {}).get("damage"))
    _check_condition(settings.get("condition", {}), given=given)
    rules = configured(ReconstructSettings, settings.get("reconstruct", {}))
    configured(PaintingInfill, rules.stage)
    infill_networks(rules.network)
    check_style(settings.get("style", {}), encoding)
    configured(PolicySettings, settings.get("policy", {}))
    budget_settings(settings.get(TABLE, {}))
    configured(ProofSettings, settings.get("proof", {}))
    _ = configured(MaskSettings, settings.get("mask", {})).choice
    for role, path in files.items():
        _check_file(role, path, scan)


def _check_scale(scan: ScanFile, settings: ScanSettings, *, outlined: bool) -> None:
    if settings.width_mm is not None:
        um = 1000 * settings.width_mm / scan.width_px
        # An outline is narrower than the picture by nobody knows yet how much.
        PixelSize(max(um, FINEST_UM) if outlined else um)
    elif settings.ppi is not None:
        PixelSize.from_ppi(settings.ppi)


def _check_condition(settings: Mapping[str, Any], *, given: bool) -> None:
    asked = configured(ConditionSettings, settings)
    configured(MapCondition, asked.stage)
    if not given:  # else nothing is looked for, and no network is needed
        load_condition_weights(asked.network)


def _check_file(role: str, path: Path, scan: ScanFile) -> None:
    raster = RasterSpec(scan.height_px, scan.width_px, _ANY_SIZE)
    match role:
        case "damage" | "damage-adds":
            require_damage(path, raster)
        case "outline" | "protect":
            require_area(path, raster)
        case _ if role.startswith("reference-"):
            read_points(path) if role.endswith("-points") else probe_scan(path)
        case "reconstruction":
            painted = probe_scan(path)
            if painted.shape != scan.shape:
                raise ReconstructionSizeError(
                    str(path), painted.shape[::-1], scan.shape[::-1]
                )
