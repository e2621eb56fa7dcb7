"""
What is measured: the list of cases, and what a right answer to each is.

This module is imported by the driver and by every worker, and therefore needs
nothing but Python. How a contestant does it is in ``workers``.
"""

from __future__ import annotations

from dataclasses import dataclass

from data import Data, Table

READ, WRITE, MEMORY = "read", "write", "memory"

KEY_SIZES = (1, 10, 100, 1_000, 5_000, 10_000, 50_000)


@dataclass(frozen=True)
class Case:
    """
    Something a user does.

    Its sizes are numbers of keys, rows or objects, as ``unit`` says; a case that
    reads asks the database, a case of the kind ``MEMORY`` only Python.
    """

    name: str
    title: str
    unit: str
    sizes: tuple[int, ...]
    quick_sizes: tuple[int, ...]
    kind: str = READ
    plan: bool = False


CASES = (
    Case(
        "pk_in",
        "filter(pk__in=keys), 100 leading values",
        "keys",
        KEY_SIZES,
        (1, 100),
        plan=True,
    ),
    Case(
        "pk_in_one_tenant",
        "filter(pk__in=keys), one leading value",
        "keys",
        (100, 1_000, 5_000, 50_000),
        (100,),
    ),
    Case(
        "pk_in_scattered",
        "filter(pk__in=keys), leading values hardly repeat",
        "keys",
        (100, 1_000, 5_000, 50_000),
        (100,),
    ),
    Case(
        "pk_in_count",
        "filter(pk__in=keys).count()",
        "keys",
        (100, 1_000, 5_000, 50_000),
        (100,),
    ),
    Case("in_bulk", "in_bulk(keys)", "keys", (100, 1_000, 10_000), (100,)),
    Case(
        "prefetch_forward",
        "prefetch_related: the parents of lines",
        "lines",
        (20_000,),
        (200,),
    ),
    Case(
        "prefetch_reverse",
        "prefetch_related: the lines of parents",
        "parents",
        (20_000,),
        (200,),
    ),
    Case(
        "keyset",
        'a page: filter(pk__gt=last).order_by("pk")[:50]',
        "rows before it",
        (0, 150_000, 950_000),
        (0, 3_800),
        plan=True,
    ),
    Case("get", "get(pk=key), one after the other", "calls", (500,), (20,)),
    Case("load", "loading objects", "objects", (20_000,), (200,)),
    Case("pk", "obj.pk", "objects", (20_000,), (200,), kind=MEMORY),
    Case("hash", "hash(obj)", "objects", (20_000,), (200,), kind=MEMORY),
    Case(
        "serialize",
        'serializers.serialize("json", objects)',
        "objects",
        (5_000,),
        (200,),
        kind=MEMORY,
    ),
    Case("bulk_create", "bulk_create", "rows", (10_000,), (100,), kind=WRITE),
    Case(
        "upsert",
        "bulk_create(update_conflicts=True), half of the rows exist",
        "rows",
        (5_000,),
        (100,),
        kind=WRITE,
    ),
    Case("bulk_update", "bulk_update", "rows", (3_000,), (60,), kind=WRITE),
    Case(
        "delete_cascade",
        "delete(), with two lines for each row",
        "rows",
        (3_000,),
        (60,),
        kind=WRITE,
    ),
)
CASES_BY_NAME = {case.name: case for case in CASES}

PAGE = 50


@dataclass(frozen=True)
class Question:
    """A case at one size, asked about one of the two kinds of key."""

    case: str
    size: int
    key: str  # data.COMPOSITE or data.SINGLE


def table_of(case: str, data: Data) -> Table:
    """Return the table that a case is about."""
    if case in ("keyset", "pk_in_one_tenant"):
        return data.event
    if case == "pk_in_scattered":
        return data.pair
    if CASES_BY_NAME[case].kind == WRITE:
        return data.target
    return data.item


def wanted_rows(case: str, size: int, data: Data) -> list[int]:
    """Return the numbers of the rows whose keys a case asks for, in random order."""
    table = table_of(case, data)
    within = table.per_tenant if case == "pk_in_one_tenant" else None
    return table.sample(size, case, within)


def page_start(size: int) -> int:
    """Return the number of the row after whose key a page begins."""
    return max(size - 1, 0)


def expected_answer(case: str, size: int, data: Data) -> int | None:
    """
    Return the number that stands for the right answer, None if there is none.

    It is the sum of ``amount`` over the rows that were asked for, where there are
    such rows, and their count elsewhere.
    """
    table = table_of(case, data)
    if case in ("pk_in", "pk_in_one_tenant", "pk_in_scattered", "in_bulk", "get"):
        return sum(table.amount(row) for row in wanted_rows(case, size, data))
    if case == "keyset":
        first = page_start(size) + 1
        return sum(table.amount(row) for row in range(first, first + PAGE))
    if case == "load":
        return sum(table.amount(row) for row in range(size))
    if case == "prefetch_reverse":
        return size * 2
    if case == "delete_cascade":
        return size * 3
    if case in ("pk", "hash", "serialize"):
        return None
    return size
