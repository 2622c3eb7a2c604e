# SPDX-License-Identifier: Apache-2.0
"""Names of runs: a hash of everything that decides their pixels."""

from collections.abc import Mapping
from typing import Any

from pellicle.io.hashing import hash_of

PROVIDER = "cpu"
"""Execution provider: part of every run's name, because others may round otherwise."""


def run_id(
    stage: str, version: int, settings: Mapping[str, Any], inputs: Mapping[str, str]
) -> str:
    """Name of a run, 16 hex digits."""
    named = {
        "stage": stage,
        "version": version,
        "settings": dict(settings),
        "inputs": dict(inputs),
        "provider": PROVIDER,
    }
    return hash_of(named)[:16]
