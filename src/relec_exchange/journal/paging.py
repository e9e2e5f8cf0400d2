"""Whole tables page by page, so that no store is too large to be looked through.

Contract: reads only. Every page comes whole before the next is read; what is written behind the
last row meanwhile is read too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeVar

from relec_exchange.ports import Store
from relec_exchange.records import AcceptedRow, Where

R = TypeVar("R")

PAGE: Final = 4096


def pages(
    store: Store, kind: type[R], *where: Where, blobs: bool = False, size: int = PAGE
) -> Iterator[list[R]]:
    """Records of a table with a `row`, in its order."""
    after = 0
    while rows := store.rows(
        kind, Where("row", ">", after), *where, order="row", limit=size, blobs=blobs
    ):
        last: Any = rows[-1]
        after = last.row
        yield rows


def accepted_pages(
    store: Store, origins: Iterable[str], *where: Where, blobs: bool = False, size: int = PAGE
) -> Iterator[list[AcceptedRow]]:
    """What was accepted from these logs, log by log, in the order of its entries; a page is of one
    log.
    """
    for origin in sorted(set(origins)):
        after, mine = -1, Where("origin", "=", origin)
        while rows := store.rows(
            AcceptedRow,
            mine,
            Where("idx", ">", after),
            *where,
            order="idx",
            limit=size,
            blobs=blobs,
        ):
            after = rows[-1].idx
            yield rows
