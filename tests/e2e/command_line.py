# SPDX-License-Identifier: Apache-2.0
"""The command line in a process of its own, and the small scan it is tried on."""

import subprocess
import sys
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"
SCAN = DATA / "small-scan.tif"
LABELS = DATA / "small-labels.png"


def pellicle(*arguments: object, timeout_s: float = 240) -> subprocess.CompletedProcess:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-c", "from pellicle.cli.main import main; main()"]
    return subprocess.run(
        [*command, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
