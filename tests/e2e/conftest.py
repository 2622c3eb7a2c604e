# SPDX-License-Identifier: Apache-2.0
"""One finished treatment of a small real scan, shared by the tests that only look."""

import shutil
from pathlib import Path

import pytest
from command_line import LABELS, SCAN

from pellicle.workflow.begin import Request
from pellicle.workflow.job import JobDone, run_job


@pytest.fixture(scope="session")
def small_job(tmp_path_factory: pytest.TempPathFactory) -> JobDone:
    """The whole job on the small scan with damage given; do not change it."""
    path = tmp_path_factory.mktemp("small") / "small.pellicle"
    return run_job(path, Request(SCAN, ppi=300, damage=str(LABELS)), 1, quiet=True)


@pytest.fixture
def own_treatment(small_job: JobDone, tmp_path: Path) -> Path:
    """A copy of the finished treatment, to be changed."""
    return Path(shutil.copytree(small_job.treatment, tmp_path / "own.pellicle"))
