# SPDX-License-Identifier: Apache-2.0
"""From settings in `treatment.toml` to stages, with errors that a user can act on."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from pellicle.errors import BadSettingError
from pellicle.io.policy_file import DEFAULT_POLICY
from pellicle.model.mask import GamutChoice
from pellicle.model.print_choice import PrintChoice

ModelT = TypeVar("ModelT", bound=BaseModel)
DistanceMm: TypeAlias = Annotated[float, Field(ge=50, le=20_000)]
ShiftUm: TypeAlias = Annotated[float, Field(ge=-20_000, le=20_000)]


def configured(
    model: type[ModelT], settings: Mapping[str, Any], **values: Any
) -> ModelT:
    """Build a stage (or other frozen value) from settings.

    Parameters
    ----------
    settings
        As given by a person; unknown names are errors.
    values
        Fields that are not a person's to set.

    Raises
    ------
    BadSettingError
        Naming the first setting that cannot be used.
    """
    try:
        return model.model_validate({**settings, **values})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or model.__name__
        raise BadSettingError(
            name, repr(first["input"]), first["msg"].lower()
        ) from error


class ConditionSettings(BaseModel):
    """Table `[settings.condition]`: whose networks, and settings of the stage."""

    model_config = ConfigDict(frozen=True, extra="allow")

    network: str | None = None

    @property
    def stage(self) -> dict[str, Any]:
        """Settings of the stage, not yet checked."""
        return dict(self.model_extra or {})


class ReconstructSettings(BaseModel):
    """Table `[settings.reconstruct]`: a rule, networks, and settings of the stage."""

    model_config = ConfigDict(frozen=True, extra="allow")

    infill_craquelure: StrictBool = False
    network: str | None = None

    @property
    def stage(self) -> dict[str, Any]:
        """Settings of the stage, not yet checked."""
        return dict(self.model_extra or {})


class PolicySettings(BaseModel):
    """Table `[settings.policy]`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = DEFAULT_POLICY


class ProofSettings(BaseModel):
    """Table `[settings.proof]`: proofs beside that of the film laid exactly.

    Attributes
    ----------
    distances_mm
        From which the proof is shown as an eye would see it.
    shifts_um
        Of the whole film, to the right and down, that it is shown with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    distances_mm: tuple[DistanceMm, ...] = Field(default=(), max_length=12)
    shifts_um: tuple[tuple[ShiftUm, ShiftUm], ...] = Field(default=(), max_length=12)


class MaskSettings(BaseModel):
    """Table `[settings.mask]`: print setup, and what is worth printing."""

    model_config = ConfigDict(frozen=True, extra="allow")

    print_setup: str | None = None
    """None is the default."""

    out_of_gamut: GamutChoice = GamutChoice.NEAREST

    @property
    def choice(self) -> PrintChoice:
        """When something is worth printing."""
        return configured(PrintChoice, self.model_extra or {})
