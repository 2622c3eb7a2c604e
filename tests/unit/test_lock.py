# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pellicle.errors import TreatmentBusyError, UnwritableError
from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing

HOLDER = """
import sys, time
from pathlib import Path
from pellicle.treatment.folder import Treatment
from pellicle.treatment.lock import writing
with writing(Treatment(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def treatment(tmp_path: Path) -> Treatment:
    return Treatment.create(tmp_path / "madonna.pellicle")


@contextmanager
def other_writer(treatment: Treatment) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", HOLDER, str(treatment.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"held\n"
            yield process
        finally:
            process.kill()


def test_second_writer_is_asked_to_wait(treatment: Treatment) -> None:
    with other_writer(treatment):
        started = time.monotonic()
        with pytest.raises(TreatmentBusyError) as caught, writing(treatment):
            pass
        assert caught.value.exit_status == 75
        assert time.monotonic() - started < 2


def test_killed_writer_frees_the_treatment(treatment: Treatment) -> None:
    with other_writer(treatment) as process:
        process.kill()
        process.wait()
    with writing(treatment):
        pass


def test_writer_of_this_process_holds_out_a_second_one_too(
    treatment: Treatment,
) -> None:
    with writing(treatment), pytest.raises(TreatmentBusyError), writing(treatment):
        pass


def test_treatment_is_free_after_the_block_however_it_ended(
    treatment: Treatment,
) -> None:
    message = "stop"
    with pytest.raises(RuntimeError), writing(treatment):
        raise RuntimeError(message)
    with writing(treatment):
        pass


def test_folder_that_may_not_be_written_is_named(
    treatment: Treatment, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def refuse(path, *args, **named):
        if str(path).endswith(".lock"):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *args, **named)

    monkeypatch.setattr(os, "open", refuse)
    with (
        pytest.raises(UnwritableError, match="Permission denied"),
        writing(treatment),
    ):
        pass
