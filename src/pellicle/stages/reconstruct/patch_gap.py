# SPDX-License-Identifier: Apache-2.0
"""How far apart two patches are: one compiled sum over whole vectors.

Job: the sum of squared differences of two patches of 7 x 7 pixels and four bands.
Not here: what the bands hold (`levels.py`), which are compared (`patchmatch.py`).

Left to itself, the compiler adds these 196 differences one by one. Written as vectors
of a row each, they take a tenth of the time, on any processor that LLVM knows.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

RADIUS_PX = 3
SIDE_PX = 2 * RADIUS_PX + 1
BANDS = 4

_USED = SIDE_PX * BANDS
_LANES = 32
"""Samples read a row: those of the patch, and one pixel more that counts nothing."""
_SPARE = _LANES - _USED


def guide_array(height: int, width: int) -> npt.NDArray[np.int16]:
    """(height, width, 4) int16 zeros that `patch_gap` may read to the last patch."""
    samples = height * width * BANDS
    backing = np.zeros(samples + _SPARE, np.int16)
    return backing[:samples].reshape(height, width, BANDS)


def _patch_gap(
    _context: Any,
    one: Any,
    _begin: Any,
    _stride: Any,
    two: Any,
    _other: Any,
    _step: Any,
) -> Any:
    """Sum of squared differences, int32: exact in any order of addition.

    Arguments are, twice: an array of `guide_array`, the number of the patch's first
    sample, and the samples in a row of the array. Samples are at most 12 bits.
    """
    signature = types.int32(
        one, types.int64, types.int64, two, types.int64, types.int64
    )

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        narrow, wide = (ir.VectorType(ir.IntType(bits), _LANES) for bits in (16, 32))
        inside = ir.Constant(narrow, [-1] * _USED + [0] * _SPARE)
        kinds, total = signature.args, ir.Constant(wide, [0] * _LANES)
        places = [arguments[1], arguments[4]]
        for _ in range(SIDE_PX):
            rows = []
            for side in (0, 1):
                array = context.make_array(kinds[3 * side])
                data = array(context, builder, arguments[3 * side]).data
                pointer = builder.gep(data, [places[side]])
                row = builder.load(builder.bitcast(pointer, narrow.as_pointer()))
                row.align = 2
                rows.append(row)
                places[side] = builder.add(places[side], arguments[3 * side + 2])
            apart = builder.sext(builder.and_(builder.sub(*rows), inside), wide)
            total = builder.add(total, builder.mul(apart, apart))
        return _sum_of_lanes(builder, total)

    return signature, build


patch_gap: Any = intrinsic(_patch_gap)


def _sum_of_lanes(builder: Any, total: Any) -> Any:
    lanes = _LANES
    while lanes > 1:
        lanes //= 2
        kind = ir.VectorType(ir.IntType(32), lanes)
        nothing = ir.Constant(total.type, ir.Undefined)
        low, high = (
            builder.shuffle_vector(
                total, nothing, ir.Constant(kind, list(range(start, start + lanes)))
            )
            for start in (0, lanes)
        )
        total = builder.add(low, high)
    return builder.extract_element(total, ir.Constant(ir.IntType(32), 0))
