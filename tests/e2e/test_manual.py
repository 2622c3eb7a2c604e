# SPDX-License-Identifier: Apache-2.0
"""The manual's commands, run in its order, and the links and pictures it names."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from command_line import SCAN, pellicle

from pellicle.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def commands(page: Path) -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line[2:] for line in lines if line.startswith("$ ")]


def largest_region(treatment: Path) -> str:
    path = treatment / "exports" / "regions.geojson"
    features = json.loads(path.read_bytes())["features"]
    largest = max(features, key=lambda one: one["properties"]["area_mm2"])
    return str(largest["properties"]["id"])


def test_the_manuals_commands_work_on_the_bundled_painting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(SCAN, tmp_path / "scan.tif")
    found = commands(ROOT / "docs" / "manual.md")
    assert len(found) >= 8
    for command in found:
        program, *arguments = shlex.split(command)
        assert program == "pellicle"
        if "REGION" in arguments:
            region = largest_region(tmp_path / "demo.pellicle")
            arguments = [region if word == "REGION" else word for word in arguments]
        done = pellicle(*arguments, timeout_s=600)
        assert done.returncode == 0, (command, done.stderr)
    figures = json.loads((tmp_path / "demo.pellicle/exports/figures.json").read_bytes())
    assert figures["undamaged_inked_mm2"] == 0
    assert figures["regions_printed"] > 20
    assert figures["predicted_de00_in_gamut_mean"] <= 1.5
    assert figures["predicted_de00_in_gamut_p95"] <= 4
    assert figures["approvals"]["viewed"] == 1
    assert figures["approvals"]["by_rule"] > 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_picture_is_there(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_every_command_is_in_the_manual() -> None:
    manual = (ROOT / "docs" / "manual.md").read_text("utf-8")
    missing = [name for name in COMMANDS if f"pellicle {name}" not in manual]
    assert {"demo", "restore", "verify", "bench"} <= set(COMMANDS)
    assert not missing
