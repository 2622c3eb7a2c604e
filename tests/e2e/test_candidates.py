# SPDX-License-Identifier: Apache-2.0
"""Several infills of one region to choose from, and the one chosen, pixel by pixel."""

import hashlib
import json
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from command_line import SCAN, pellicle
from test_decisions import again, pixels, regions

from pellicle.errors import BadSettingError, NoSuchCandidateError, UnknownRegionError
from pellicle.model.candidate import Candidate
from pellicle.model.decision import ChosenMethod, Verdict
from pellicle.treatment.decisions import read_decisions
from pellicle.treatment.folder import Treatment
from pellicle.workflow.candidates import make_candidates, read_candidate
from pellicle.workflow.decide import decide


def reconstruction(treatment: Path) -> np.ndarray:
    return tifffile.imread(treatment / "exports/reconstruction.tif")


def run_id(treatment: Path) -> str:
    current: dict[str, str] = json.loads((treatment / "current.json").read_bytes())
    return current["reconstruction"]


def largest_copied(treatment: Path) -> str:
    return next(
        name
        for name, one in regions(treatment).items()
        if one.properties["method"] == "patches"
    )


def choose(treatment: Path, region: str, one: Candidate) -> None:
    decide(treatment, region, by="Ada", verdict=Verdict.CANDIDATE, candidate=one)


def png(path: Path) -> Any:
    return imagecodecs.png_decode(path.read_bytes())


def test_candidates_are_pictures_with_a_sheet_and_a_list(own_treatment: Path) -> None:
    region = largest_copied(own_treatment)
    before = run_id(own_treatment)
    made = make_candidates(own_treatment, region, 1)
    folder = own_treatment / "exports/candidates" / region
    assert made.folder == folder
    assert run_id(own_treatment) == before
    ways = [(one.method, one.seed) for one in made.candidates]
    assert ways == [("diffusion", 1), ("patches", 1), ("patches", 2), ("patches", 3)]
    assert [one.number for one in made.candidates] == [1, 2, 3, 4]
    assert len({one.pixels_sha256 for one in made.candidates}) == 4
    listed = json.loads((folder / "candidates.json").read_bytes())
    assert listed["region"] == region
    assert [one["seed"] for one in listed["candidates"]] == [1, 1, 2, 3]
    pictures = [png(folder / one["picture"]) for one in listed["candidates"]]
    assert len({picture.shape for picture in pictures}) == 1
    assert not np.array_equal(pictures[0], pictures[1])
    sheet = png(made.sheet)
    assert sheet.shape[1] > 5 * pictures[0].shape[1]
    assert not list((own_treatment / "cache").glob("candidates*"))
    # Made anew they are the same, and nothing of the last time is left over.
    (folder / "candidate-9.png").write_bytes(b"")
    assert make_candidates(own_treatment, region, 1) == made
    assert not (folder / "candidate-9.png").exists()


def test_the_candidate_chosen_is_what_the_region_gets_and_no_other_changes(
    own_treatment: Path,
) -> None:
    region = largest_copied(own_treatment)
    before, old_run = reconstruction(own_treatment), run_id(own_treatment)
    candidates = make_candidates(own_treatment, region, 1).candidates
    said = pellicle(
        *("decide", own_treatment, "--region", region, "--candidate", "3"),
        *("--by", "Ada"),
    )
    assert said.returncode == 0, said.stderr
    assert "candidate 3: patches, seed 2" in said.stdout
    kept = read_decisions(Treatment.open(own_treatment))[-1].candidate
    assert kept == candidates[2]
    again(own_treatment)
    after = reconstruction(own_treatment)
    one = regions(own_treatment)[region]
    inside = pixels(one)
    assert run_id(own_treatment) != old_run
    assert (after != before)[inside].any()
    np.testing.assert_array_equal(after[~inside], before[~inside])
    digest = hashlib.sha256(np.ascontiguousarray(after[inside]).tobytes())
    assert digest.hexdigest() == candidates[2].pixels_sha256
    assert one.properties["decision"] == "candidate 3 chosen"
    assert one.properties["method_reason"].endswith(
        "candidate 3, patches, seed 2, as a person asked"
    )
    # What is decided of all others leaves it as it is.
    for other in regions(own_treatment):
        if other != region:
            decide(own_treatment, other, by="Bo", verdict=Verdict.LEAVE)
    again(own_treatment)
    alone = reconstruction(own_treatment)
    np.testing.assert_array_equal(alone[inside], after[inside])
    np.testing.assert_array_equal(alone[~inside], tifffile.imread(SCAN)[~inside])


def test_a_method_named_later_takes_the_candidate_back(own_treatment: Path) -> None:
    region = largest_copied(own_treatment)
    before = reconstruction(own_treatment)
    candidates = make_candidates(own_treatment, region, 1).candidates
    choose(own_treatment, region, candidates[3])
    again(own_treatment)
    assert not np.array_equal(reconstruction(own_treatment), before)
    method = ChosenMethod.DIFFUSION
    decide(own_treatment, region, by="Bo", verdict=Verdict.METHOD, method=method)
    again(own_treatment)
    made = regions(own_treatment)[region].properties
    assert made["method"] == "diffusion"
    assert made["decision"] == "diffusion asked for"


def test_a_candidate_of_craquelure_that_is_left_asks_for_its_infill(
    own_treatment: Path,
) -> None:
    region = next(iter(regions(own_treatment)))
    decide(own_treatment, region, by="Ada", verdict=Verdict.LEAVE)
    again(own_treatment)
    assert regions(own_treatment)[region].properties["method"] is None
    candidates = make_candidates(own_treatment, region, 1).candidates
    choose(own_treatment, region, candidates[0])
    again(own_treatment)
    assert regions(own_treatment)[region].properties["method"] == "diffusion"


def test_a_candidate_that_comes_out_otherwise_is_named(own_treatment: Path) -> None:
    region = largest_copied(own_treatment)
    one = make_candidates(own_treatment, region, 1).candidates[1]
    choose(own_treatment, region, one.model_copy(update={"pixels_sha256": "0" * 64}))
    told = pellicle("reconstruct", own_treatment).stderr
    assert "candidate 2: patches, seed 1" in told
    assert "comes out otherwise" in told


def test_a_candidate_that_was_never_made_is_one_clear_error(
    own_treatment: Path,
) -> None:
    region = largest_copied(own_treatment)
    said = pellicle(
        *("decide", own_treatment, "--region", region, "--candidate", "1"),
        *("--by", "Ada"),
    )
    assert said.returncode == 2
    assert said.stderr.count("error:") == 1
    assert "[no-such-candidate]" in said.stderr
    assert not read_decisions(Treatment.open(own_treatment))
    make_candidates(own_treatment, region, 1)
    with pytest.raises(NoSuchCandidateError, match="candidate 5: there are 4; 1 to 4"):
        read_candidate(own_treatment, region, 5)
    with pytest.raises(NoSuchCandidateError, match="none were made"):
        read_candidate(own_treatment, "../../sources", 1)


def test_candidates_need_a_region_that_is_mapped_and_no_painted_reconstruction(
    own_treatment: Path,
) -> None:
    with pytest.raises(UnknownRegionError):
        make_candidates(own_treatment, "0" * 12, 1)
    region = largest_copied(own_treatment)
    again(own_treatment, reconstruction=str(SCAN))
    with pytest.raises(BadSettingError, match="painted elsewhere"):
        make_candidates(own_treatment, region, 1)
