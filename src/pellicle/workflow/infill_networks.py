# SPDX-License-Identifier: Apache-2.0
"""Networks that infill uses: the one that comes with Pellicle, or others."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pellicle.colour.encoding import ScanEncoding
from pellicle.errors import NetworkMissingError
from pellicle.io.weights_file import load_infill_weights
from pellicle.model.network_file import NetworkFile, PaintingNetwork
from pellicle.stages.reconstruct.infill import PaintingInfill
from pellicle.stages.reconstruct.network import painting_network
from pellicle.workflow.network_setting import BUILT_IN, NO_NETWORK
from pellicle.workflow.settings import ReconstructSettings, configured


@dataclass(frozen=True, slots=True)
class InfillNetworks:
    """Networks of the infill stage.

    Attributes
    ----------
    refiner
        Corrects diffusion; None leaves it as it is.
    painter
        Paints wide places; None leaves them to patches.
    """

    refiner: NetworkFile | None = None
    painter: PaintingNetwork | None = None


def infill_stage(asked: ReconstructSettings, scan: ScanEncoding) -> PaintingInfill:
    """The stage as the settings of a treatment ask for it, with its networks.

    Raises
    ------
    BadSettingError
        If a setting cannot be; and what `infill_networks` raises.
    """
    networks = infill_networks(asked.network)
    return configured(
        PaintingInfill,
        asked.stage,
        refiner=networks.refiner,
        painter=networks.painter,
        scan=scan if networks.painter else None,
    )


def infill_networks(setting: str | None) -> InfillNetworks:
    """Networks that a setting names.

    Parameters
    ----------
    setting
        None or "built-in" for the one that comes with Pellicle, "none" for none, a
        folder that `pellicle train infill` has written, or an ONNX file with the
        common signature, which then paints what is wide.

    Raises
    ------
    NetworkMissingError
        If there is nothing of that name.
    NetworkAlteredError, NetworkVersionError
        If a trained network is not the one its description names.
    NetworkSignatureError
        If a file is no network with the common signature.
    """
    if setting == NO_NETWORK:
        return InfillNetworks()
    if setting is None or setting == BUILT_IN:
        return InfillNetworks(refiner=load_infill_weights())
    path = Path(setting)
    if path.is_dir():
        return InfillNetworks(refiner=load_infill_weights(setting))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NetworkMissingError(setting) from error
    file = NetworkFile(hashlib.sha256(content).hexdigest(), path.name, content)
    return InfillNetworks(load_infill_weights(), painting_network(file, setting))
