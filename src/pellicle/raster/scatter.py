# SPDX-License-Identifier: Apache-2.0
"""Numbers that look random and are always the same at the same place.

Job: a number in [0, 1) for a pair of indices, in compiled loops.
Not here: patterns made of them.
"""

from typing import Any

from numba import njit, uint64


@njit(cache=True)
def scattered(first: Any, second: Any, salt: Any) -> Any:
    """Number in [0, 1) of two (possibly negative) indices and a salt.

    References
    ----------
    Steele, Lea & Flood, *Fast splittable pseudorandom number generators*, 2014,
    doi 10.1145/2660193.2660195 (the mixing function).
    """
    z = uint64(first) * uint64(0x9E3779B97F4A7C15)
    z ^= uint64(second) * uint64(0xC2B2AE3D27D4EB4F) + uint64(salt)
    for _ in range(2):
        z = (z ^ (z >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> uint64(27))) * uint64(0x94D049BB133111EB)
        z ^= z >> uint64(31)
    return (z >> uint64(11)) * (1.0 / 9007199254740992.0)
