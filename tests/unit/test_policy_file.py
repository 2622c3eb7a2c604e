# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from pellicle.errors import PolicyFileError, UnknownPolicyError
from pellicle.io.policy_file import DEFAULT_POLICY, load_policy
from pellicle.model.condition import DamageClass
from pellicle.model.reconstruction import EvidenceGrade

GOOD = """
name = "ours"
title = "House rules"
infill = ["loss"]
needs_approval = ["copied"]
withhold = true
"""


def written(folder: Path, text: str) -> str:
    path = folder / "ours.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_draft_prints_without_approval_and_leaves_craquelure() -> None:
    policy = load_policy(DEFAULT_POLICY)
    assert policy.name == "draft"
    assert not policy.withhold
    assert policy.infills(DamageClass.LOSS)
    assert not policy.infills(DamageClass.CRAQUELURE)


def test_strict_keeps_back_what_is_more_than_interpolated() -> None:
    policy = load_policy("strict")
    assert policy.withhold
    assert policy.approval_needed(EvidenceGrade.COPIED)
    assert policy.approval_needed(EvidenceGrade.GENERATED)
    assert not policy.approval_needed(EvidenceGrade.INTERPOLATED)


def test_policy_may_be_a_file_of_ones_own(tmp_path: Path) -> None:
    policy = load_policy(written(tmp_path, GOOD))
    assert policy.title == "House rules"
    assert not policy.infills(DamageClass.TEAR)


def test_file_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert load_policy(written(tmp_path, f"\ufeff{GOOD}")).name == "ours"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("name = ", "not TOML"),
        ("name = 5", "name"),
        (GOOD.replace("withhold = true", ""), "withhold: Field required"),
        (f"{GOOD}\nextra = 1", "extra"),
        (GOOD.replace('"loss"', '"hole"'), "'hole' is none of loss, abrasion"),
        (GOOD.replace('"copied"', '"copyed"'), "'copyed' is none of interpolated"),
        (GOOD.replace('"ours"', '"Our rules"'), "name"),
    ],
)
def test_unusable_file_is_refused_with_its_reason(
    tmp_path: Path, text: str, found: str
) -> None:
    with pytest.raises(PolicyFileError, match=found) as caught:
        load_policy(written(tmp_path, text))
    assert caught.value.exit_status == 65


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"name = '\xff\xfe'")
    with pytest.raises(PolicyFileError, match="not TOML"):
        load_policy(str(path))


def test_unknown_name_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownPolicyError, match="lenient") as caught:
        load_policy("lenient")
    assert caught.value.exit_status == 2
    with pytest.raises(PolicyFileError, match="directory"):
        load_policy(str(tmp_path))
