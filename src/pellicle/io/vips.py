# SPDX-License-Identifier: Apache-2.0
"""libvips, silent and without memory of files it has seen.

Job: the one door through which `pyvips` is imported.
Why: libvips prints warnings to the terminal, also while the program shuts down, unless
told otherwise before it starts; and it hands out the same half-read image twice when
two readers open one path.
"""

import os

os.environ["VIPS_WARNING"] = "1"  # any value; libvips reads it once, when it starts

import pyvips

pyvips.cache_set_max(0)

__all__ = ["pyvips"]
