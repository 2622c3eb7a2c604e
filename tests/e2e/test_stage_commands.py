# SPDX-License-Identifier: Apache-2.0
"""One command a step, on a finished treatment whose damage was given."""

import json
from pathlib import Path

import pytest
from command_line import SCAN, pellicle

from pellicle.workflow.begin import Request
from pellicle.workflow.job import run_job
from pellicle.workflow.status import status


def states(treatment: Path) -> dict[str, str]:
    return {step.kind.value: step.state for step in status(treatment).steps}


@pytest.mark.parametrize(
    ("command", "made"),
    [
        ("condition", "regions"),
        ("reconstruct", "reconstruction"),
        ("mask", "mask"),
        ("proof", "proof"),
    ],
)
def test_a_step_that_stands_is_found_again(
    own_treatment: Path, command: str, made: str
) -> None:
    before = json.loads((own_treatment / "current.json").read_bytes())
    done = pellicle(command, own_treatment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == before[made]
    assert json.loads((own_treatment / "current.json").read_bytes()) == before
    assert status(own_treatment).state == "done"


def test_a_step_with_other_settings_makes_those_after_it_stale(
    own_treatment: Path,
) -> None:
    done = pellicle("reconstruct", own_treatment, "--seed", 7)
    assert done.returncode == 0, done.stderr
    assert states(own_treatment) == {
        "scan": "done",
        "condition": "given",
        "regions": "done",
        "reconstruction": "done",
        "mask": "stale",
        "proof": "stale",
        "record": "stale",
    }
    done = pellicle("record", own_treatment)
    assert done.returncode == 0, done.stderr
    assert "report/index.html" in done.stdout
    assert set(states(own_treatment).values()) == {"done", "given"}


def test_a_mask_with_another_policy_is_made_and_its_proof_is_stale(
    own_treatment: Path,
) -> None:
    done = pellicle("mask", own_treatment, "--policy", "strict")
    assert done.returncode == 0, done.stderr
    found = states(own_treatment)
    assert (found["mask"], found["proof"]) == ("done", "stale")


def test_other_damage_makes_all_that_rests_on_it_stale(own_treatment: Path) -> None:
    toml = own_treatment / "treatment.toml"
    lines = toml.read_text("utf-8").splitlines(keepends=True)
    toml.write_text("".join(one for one in lines if not one.startswith("damage =")))
    found = states(own_treatment)
    assert found["scan"] == "done"
    assert found["condition"] == "missing"
    rest = ("regions", "reconstruction", "mask", "proof", "record")
    assert {found[one] for one in rest} == {"stale"}
    run_job(own_treatment, Request(SCAN), 1, quiet=True)
    assert set(states(own_treatment).values()) == {"done"}


@pytest.mark.parametrize(
    ("command", "before", "needed"),
    [
        ("reconstruct", "regions", "condition map"),
        ("mask", "reconstruction", "reconstruction"),
        ("proof", "mask", "mask"),
    ],
)
def test_a_step_is_refused_before_what_it_rests_on_is_made(
    own_treatment: Path, command: str, before: str, needed: str
) -> None:
    path = own_treatment / "current.json"
    current = json.loads(path.read_bytes())
    del current[before]
    path.write_text(json.dumps(current))
    done = pellicle(command, own_treatment)
    assert done.returncode == 69
    assert f"the {needed} has not been made yet" in done.stderr
    assert "not-yet-made" in done.stderr
