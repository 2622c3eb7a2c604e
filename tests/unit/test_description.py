# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest
import tomlkit

from pellicle.errors import TreatmentDamagedError
from pellicle.treatment.description import (
    FILE_NAME,
    read_description,
    write_description,
)

BY_HAND = """\
# Ours
title = "Madonna" # as in the inventory

[settings.scan]
ppi = 600.0 # measured twice

# How it is filled
[settings.reconstruct]
infill_craquelure = true
"""


def written(folder: Path, text: str) -> str:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    return text


def content(folder: Path) -> str:
    return (folder / FILE_NAME).read_text(encoding="utf-8")


def test_new_file_asks_for_what_the_work_is(tmp_path: Path) -> None:
    write_description(tmp_path, {"settings.scan.ppi": 600.0, "title": "Madonna"})
    found = read_description(tmp_path)
    assert found.title == "Madonna"
    assert found.artist == ""
    assert found.step("scan") == {"ppi": 600.0}
    assert found.step("mask") == {}
    assert content(tmp_path).startswith("# What the work is.")


def test_comments_and_order_are_kept(tmp_path: Path) -> None:
    written(tmp_path, BY_HAND)
    write_description(
        tmp_path, {"settings.scan.ppi": 300.0, "settings.inputs.scan": "scan-1.tif"}
    )
    text = content(tmp_path)
    assert text.startswith('# Ours\ntitle = "Madonna" # as in the inventory\n')
    assert "ppi = 300.0 # measured twice" in text
    assert text.index("[settings.scan]") < text.index("# How it is filled")
    assert read_description(tmp_path).step("inputs") == {"scan": "scan-1.tif"}


def test_value_that_is_removed_is_gone_and_the_rest_stays(tmp_path: Path) -> None:
    written(tmp_path, BY_HAND)
    write_description(tmp_path, {"settings.scan.ppi": None})
    found = read_description(tmp_path)
    assert found.step("scan") == {}
    assert found.step("reconstruct") == {"infill_craquelure": True}
    assert "# How it is filled" in content(tmp_path)


def test_removing_what_is_not_there_changes_nothing(tmp_path: Path) -> None:
    text = written(tmp_path, BY_HAND)
    write_description(tmp_path, {"settings.mask.choke_um": None, "artist": None})
    assert content(tmp_path) == text


def test_name_given_later_comes_before_the_settings(tmp_path: Path) -> None:
    written(tmp_path, BY_HAND)
    write_description(tmp_path, {"artist": "Crivelli"})
    assert read_description(tmp_path).artist == "Crivelli"
    assert read_description(tmp_path).step("reconstruct") == {"infill_craquelure": True}


@pytest.mark.parametrize(
    "text",
    [
        'settings.scan.ppi = 600.0\ntitle = "a"\n',
        'title = "a"\nsettings = {scan = {ppi = 600.0}}\n',
        'title = "a"\n[settings]\nscan = {ppi = 600.0}\n',
        'title = "a"\n[settings.scan]\nppi = 600.0\n[settings.mask]\n',
    ],
)
def test_settings_are_right_however_they_were_written(
    tmp_path: Path, text: str
) -> None:
    written(tmp_path, text)
    write_description(
        tmp_path, {"settings.inputs.scan": "scan-1.tif", "settings.scan.width_mm": 5.0}
    )
    found = read_description(tmp_path)
    assert found.title == "a"
    assert found.step("scan") == {"ppi": 600.0, "width_mm": 5.0}
    assert found.step("inputs") == {"scan": "scan-1.tif"}


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    text = BY_HAND.replace("\n", "\r\n").encode("utf-8-sig")
    (tmp_path / FILE_NAME).write_bytes(text)
    assert read_description(tmp_path).title == "Madonna"
    write_description(tmp_path, {"settings.scan.ppi": 300.0})
    assert tomlkit.parse(content(tmp_path))["title"] == "Madonna"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("title = ", "not TOML"),
        ('titel = "Madonna"', "titel: there is no such entry"),
        ("title = 5", "title"),
        ("settings = 5", "settings"),
        ("[settings]\nscan = 600", r"settings\.scan"),
        ("[settings.scan]\ndated = 2024-01-01", r"settings\.scan\.dated"),
    ],
)
def test_file_that_cannot_be_used_is_named_with_the_entry(
    tmp_path: Path, text: str, found: str
) -> None:
    written(tmp_path, text)
    with pytest.raises(TreatmentDamagedError, match=found) as caught:
        read_description(tmp_path)
    assert caught.value.exit_status == 65


def test_broken_file_is_not_written_over(tmp_path: Path) -> None:
    text = written(tmp_path, 'title = "Madonna')
    with pytest.raises(TreatmentDamagedError, match="not TOML"):
        write_description(tmp_path, {"artist": "Crivelli"})
    assert content(tmp_path) == text


def test_missing_file_and_wrong_encoding_are_named(tmp_path: Path) -> None:
    with pytest.raises(TreatmentDamagedError, match="no such file"):
        read_description(tmp_path)
    (tmp_path / FILE_NAME).write_bytes(b'title = "\xe9"')
    with pytest.raises(TreatmentDamagedError, match="UTF-8"):
        read_description(tmp_path)


def test_size_of_the_work_is_two_lengths_above_0(tmp_path: Path) -> None:
    written(tmp_path, "size_mm = [740, 1010.5]\n")
    assert read_description(tmp_path).size_mm == (740.0, 1010.5)
    for wrong in ("[740]", "[740, 0]", '"large"', "[inf, 3]"):
        written(tmp_path, f"size_mm = {wrong}\n")
        with pytest.raises(TreatmentDamagedError, match="size_mm"):
            read_description(tmp_path)
