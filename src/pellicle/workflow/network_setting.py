# SPDX-License-Identifier: Apache-2.0
"""What `--network` says of infill, as it is written down.

Job: the words, and paths made absolute.
Not here: the networks themselves (`infill_networks.py`), which load what computes.
"""

from pathlib import Path

BUILT_IN, NO_NETWORK = "built-in", "none"


def network_setting(given: str) -> str:
    """One of the two words, or an absolute path."""
    if given in {BUILT_IN, NO_NETWORK}:
        return given
    return str(Path(given).resolve())
