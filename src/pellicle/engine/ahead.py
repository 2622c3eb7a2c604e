# SPDX-License-Identifier: Apache-2.0
"""Reading the next piece while this one is written."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

ItemT = TypeVar("ItemT")


def one_ahead(items: Iterable[ItemT]) -> Iterator[ItemT]:
    """Give the same items; the next is made in a thread while one is used.

    Parameters
    ----------
    items
        Made by one thread at a time, never by two; None is not among them. One more of
        them is in memory than otherwise.

    Raises
    ------
    Exception
        What making an item raises, when its turn comes.
    """
    source = iter(items)
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(next, source, None)
        while (item := under_way.result()) is not None:
            under_way = pool.submit(next, source, None)
            yield item
