"""
Operations on models with single keys, each done while instructions are counted.

Callgrind counts what happens below the function that it was told, which is the
one through which ctypes calls C. Each operation is therefore done in a callback
of a C function that does nothing else: lfind() calls it once for an array of one.

``instructions`` starts this under Valgrind.
"""

from __future__ import annotations

import ctypes
import gc
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def shake(much: int) -> list[Any]:
    """
    Move everything that is made after this to other places in memory.

    CPython's caches are indexed by addresses and by numbers of classes. Which
    entries get into each other's way is chance, and costs up to one percent: what
    holds for one arrangement only is not a property of the code.
    """
    classes: list[Any] = [type(f"Shaken{n}", (), {}) for n in range(much * 37)]
    for cls in classes:
        hasattr(cls, "x")  # It gets a number when it is looked at first.
    return [classes, [f"shaken {n}" * (n % 5) for n in range(much * 1_003)]]


shaken = shake(int(sys.argv[1]) if sys.argv[1:] else 0)

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from data import Data  # NOQA: E402
from loading import load  # NOQA: E402
from servers import SQLITE, Connection  # NOQA: E402
from workers.django_orm import configure  # NOQA: E402

configure(SQLITE, ":memory:")

from django.core import serializers  # NOQA: E402
from django.db import connection, models, transaction  # NOQA: E402
from workers.django_app.models import (  # NOQA: E402
    SingleItem,
    SingleItemLine,
    SingleTarget,
)

DATA = Data(
    events=10,
    event_tenants=1,
    items=400,
    item_tenants=4,
    pairs=10,
    batch=200,
    targets=100,
    target_tenants=2,
    target_batch=100,
)


def make_database() -> None:
    connection.ensure_connection()
    plain = Connection.__new__(Connection)
    plain.vendor, plain.raw = SQLITE, connection.connection
    load(plain, DATA)


def undone(operation: Callable[[], Any]) -> Callable[[], None]:
    def run() -> None:
        with transaction.atomic():
            operation()
            transaction.set_rollback(True)

    return run


def values(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "tenant_id": 1,
        "num": number,
        "name": f"New {number}",
        "amount": 1,
        "batch": 2,
    }


def operations() -> dict[str, tuple[int, Callable[[], Any]]]:
    """Return operations by name, and how often each is done."""
    items, lines, targets = (
        SingleItem.objects,
        SingleItemLine.objects,
        SingleTarget.objects,
    )
    loaded = list(targets.order_by("pk"))
    hundred = list(range(1, 101))
    one, line = items.get(pk=7), lines.get(pk=7)
    new = values(1_000)

    def read_pk() -> None:
        for obj in loaded:
            obj.pk

    def hash_all() -> None:
        for obj in loaded:
            hash(obj)

    def compare() -> Any:
        return loaded[3] == loaded[4] or loaded[5] == loaded[5]

    return {
        "Model(…)": (200, lambda: SingleItem(**new)),
        "Model.from_db(…)": (
            200,
            lambda: SingleItem.from_db(
                "default",
                ["id", "tenant_id", "num", "name", "amount", "batch"],
                [1, 1, 1, "Item", 1, 1],
            ),
        ),
        "obj.pk, 100 times": (20, read_pk),
        "hash(obj), 100 times": (20, hash_all),
        "obj == obj": (200, compare),
        "str(filter(pk=…).query)": (20, lambda: str(items.filter(pk=7).query)),
        "get(pk=…)": (20, lambda: items.get(pk=7)),
        "filter(pk=…)": (20, lambda: list(items.filter(pk=7))),
        "filter(pk__in=100 keys)": (5, lambda: list(items.filter(pk__in=hundred))),
        "filter(pk__in=queryset)": (
            5,
            lambda: list(items.filter(pk__in=lines.filter(id__lt=9).values("item"))),
        ),
        "filter(pk__gt=…).order_by('pk')": (
            10,
            lambda: list(items.filter(pk__gt=100).order_by("pk")[:10]),
        ),
        "exclude(pk=…).count()": (10, lambda: items.exclude(pk=7).count()),
        "filter(lines__quantity=…)": (
            5,
            lambda: list(items.filter(lines__quantity=1, pk__lt=20)),
        ),
        "values_list('pk')": (5, lambda: list(items.values_list("pk", flat=True))),
        "annotate(Count('lines'))": (
            5,
            lambda: list(
                items.annotate(n=models.Count("lines")).filter(n=2, pk__lt=20)
            ),
        ),
        "exists()": (20, lambda: items.filter(pk=7).exists()),
        "in_bulk(100 keys)": (5, lambda: items.in_bulk(hundred)),
        "select_related": (
            5,
            lambda: list(lines.filter(id__lte=100).select_related("item")),
        ),
        "prefetch_related, 100 parents": (
            2,
            lambda: list(lines.filter(id__lte=100).prefetch_related("item")),
        ),
        "prefetch_related, 100 objects' lines": (
            2,
            lambda: list(items.filter(batch=1, pk__lte=200).prefetch_related("lines")),
        ),
        "line.item": (20, lambda: lines.get(pk=7).item),
        "filter(item=obj)": (20, lambda: list(lines.filter(item=one))),
        "obj.lines.all()": (20, lambda: list(one.lines.all())),
        "save(), insert": (
            10,
            undone(lambda: SingleTarget(**new).save(force_insert=True)),
        ),
        "save(), update": (10, undone(lambda: loaded[5].save())),
        "line.save()": (10, undone(lambda: line.save())),
        "bulk_create(100)": (
            3,
            undone(
                lambda: targets.bulk_create(
                    [SingleTarget(**values(1_000 + n)) for n in range(100)]
                )
            ),
        ),
        "bulk_create(100, update_conflicts=True)": (
            3,
            undone(
                lambda: targets.bulk_create(
                    [SingleTarget(**values(50 + n)) for n in range(100)],
                    update_conflicts=True,
                    unique_fields=["pk"],
                    update_fields=["amount"],
                )
            ),
        ),
        "bulk_update(30)": (
            2,
            undone(lambda: targets.bulk_update(loaded[:30], ["amount"])),
        ),
        "filter(…).update(…)": (
            10,
            undone(lambda: targets.filter(pk__lt=9).update(amount=3)),
        ),
        "obj.delete(), with lines": (10, undone(lambda: targets.get(pk=5).delete())),
        "filter(…).delete(), with lines": (
            3,
            undone(lambda: targets.filter(pk__lte=50).delete()),
        ),
        "serialize(100)": (3, lambda: serializers.serialize("json", loaded)),
    }


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


def counted(function: Callable[[], None]) -> None:
    """Call a function in such a way that Callgrind counts its instructions."""
    failed: list[BaseException] = []

    def callback(key: int, element: int) -> int:
        try:
            function()
        except BaseException as error:  # ctypes would only print it.
            failed.append(error)
        return 0

    libc = ctypes.CDLL(None)
    libc.lfind(b"x", b"x", ctypes.byref(ctypes.c_size_t(1)), 1, _CALLBACK(callback))
    if failed:
        raise failed[0]


def main() -> None:
    """Do each operation, and print the names and numbers in the order of counting."""
    make_database()
    done = []
    for name, (times, operation) in operations().items():

        def repeat(times: int = times, operation: Any = operation) -> None:
            for _ in range(times):
                operation()

        # Caches are filled, and the interpreter has specialized its instructions.
        repeat()
        repeat()
        gc.collect()
        gc.disable()
        counted(repeat)
        gc.enable()
        done.append((name, times))
    print(json.dumps(done))


if __name__ == "__main__":
    main()
