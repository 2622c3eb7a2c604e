# SPDX-License-Identifier: Apache-2.0
"""Record: what was done, with what, by which software."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from pellicle.model.artefact import ArtefactKind


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Part):
    """A file as received, kept read-only under `sources/`.

    Attributes
    ----------
    role
        What it is used for: `scan`, `damage`, `outline`, …
    file
        Name under `sources/`.
    sha256, size_bytes
        Of the content.
    dated
        When the file was last changed before it was received. No export says it:
        copies of one file differ in it.
    received_as
        Name that the file had; for messages, in no export either.
    """

    role: str
    file: str
    sha256: str
    size_bytes: int
    dated: datetime
    received_as: str = ""


class RunManifest(_Part):
    """How one run was made. Equal identity means equal pixels.

    Attributes
    ----------
    run_id
        16 hex digits: hash of stage, version, settings and inputs.
    inputs
        Run ids and file hashes, by what they are used for.
    content_sha256
        Hash over the run's files, names included.
    """

    kind: ArtefactKind
    run_id: str
    stage: str
    version: int
    settings: dict[str, Any]
    inputs: dict[str, str]
    provider: str
    software: dict[str, str]
    made: datetime
    seconds: float
    content_sha256: str
