# SPDX-License-Identifier: Apache-2.0
import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from pellicle.errors import DiskFullError, TreatmentDamagedError, UnreadableFileError
from pellicle.model.condition import DamageClass
from pellicle.model.decision import ChosenMethod, Decision, Verdict
from pellicle.treatment.decisions import (
    append_decision,
    append_decisions,
    read_decisions,
)
from pellicle.treatment.folder import Treatment

SQUARE = [[[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]]]


@pytest.fixture
def treatment(tmp_path: Path) -> Treatment:
    return Treatment.create(tmp_path / "madonna.pellicle")


@pytest.fixture
def file(treatment: Treatment) -> Path:
    return treatment.path / "decisions.jsonl"


def decision(region_id: str, note: str = "") -> Decision:
    return Decision(
        made=datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
        by="A. Conservator",
        verdict=Verdict.METHOD,
        region_id=region_id,
        damage_class=DamageClass.LOSS,
        polygons=SQUARE,
        method=ChosenMethod.GLAZE,
        note=note,
    )


def ids(treatment: Treatment) -> list[str]:
    return [one.region_id for one in read_decisions(treatment)]


def test_decisions_come_back_as_they_were_made(treatment: Treatment) -> None:
    assert read_decisions(treatment) == ()
    made = (decision("a"), decision("b", "œuvre\nsecond line\u2028third"))
    for one in made:
        append_decision(treatment, one)
    assert read_decisions(treatment) == made
    assert made[0].rings[0][0].dtype == np.float64
    assert made[0].rings[0][0].shape == (4, 2)


def test_line_cut_short_by_a_crash_is_left_out_and_never_joined(
    treatment: Treatment, file: Path
) -> None:
    append_decision(treatment, decision("a"))
    whole = file.read_bytes()
    for cut in (1, len(whole) // 2, len(whole) - 2):
        file.write_bytes(whole + whole[:cut])
        assert ids(treatment) == ["a"]
        append_decision(treatment, decision("b"))
        assert ids(treatment) == ["a", "b"]


def test_many_decisions_are_appended_in_one_go(
    treatment: Treatment, file: Path
) -> None:
    append_decisions(treatment, [])
    assert ids(treatment) == []
    append_decisions(treatment, [decision("a"), decision("b")])
    file.write_bytes(file.read_bytes()[:-4])
    append_decisions(treatment, [decision("c"), decision("d")])
    assert ids(treatment) == ["a", "c", "d"]


def test_last_line_whose_end_an_editor_dropped_still_counts(
    treatment: Treatment, file: Path
) -> None:
    append_decision(treatment, decision("a"))
    file.write_bytes(file.read_bytes().rstrip(b"\n"))
    assert ids(treatment) == ["a"]
    append_decision(treatment, decision("b"))
    assert ids(treatment) == ["a", "b"]


def test_windows_line_ends_are_read(treatment: Treatment, file: Path) -> None:
    append_decision(treatment, decision("a"))
    append_decision(treatment, decision("b"))
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert ids(treatment) == ["a", "b"]


@pytest.mark.parametrize(
    "line", [b"{}", b"", b"not JSON", b'{"by": "A", "unknown": 1}', b"\xff"]
)
def test_damaged_line_is_named_by_its_number(
    treatment: Treatment, file: Path, line: bytes
) -> None:
    append_decision(treatment, decision("a"))
    file.write_bytes(file.read_bytes() + line + b"\n")
    with pytest.raises(TreatmentDamagedError, match="line 2") as caught:
        read_decisions(treatment)
    assert caught.value.exit_status == 65


def test_nothing_before_is_changed_when_the_disk_is_full(
    treatment: Treatment, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_decision(treatment, decision("a"))
    before = file.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFullError):
        append_decision(treatment, decision("b"))
    assert file.read_bytes().startswith(before)


def test_file_that_may_not_be_read_is_not_said_to_be_unwritable(
    treatment: Treatment, file: Path
) -> None:
    file.mkdir()
    with pytest.raises(UnreadableFileError):
        read_decisions(treatment)
