# SPDX-License-Identifier: Apache-2.0
import threading

import pytest

from pellicle.engine.ahead import one_ahead


def test_items_come_in_order_and_one_is_made_while_another_is_used() -> None:
    second_made = threading.Event()

    def items():
        yield 0
        second_made.set()
        yield 1

    given = one_ahead(items())
    assert next(given) == 0
    assert second_made.wait(5)
    assert list(given) == [1]


def test_an_error_comes_after_the_items_before_it() -> None:
    def items():
        yield 0
        message = "torn"
        raise ValueError(message)

    given = one_ahead(items())
    assert next(given) == 0
    with pytest.raises(ValueError, match="torn"):
        next(given)
