"""Each case as a user of Django writes it, for every Django that takes part."""

from __future__ import annotations

import contextlib
import platform
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import django
from cases import PAGE, Question, page_start, table_of, wanted_rows
from data import COMPOSITE, Data
from django.conf import settings
from django.core import serializers
from django.db import connection, transaction
from servers import MARIADB, POSTGRESQL, SQLITE, find_server
from workers.base import ORM, Operation

_ENGINES = {SQLITE: "sqlite3", POSTGRESQL: "postgresql", MARIADB: "mysql"}


def configure(vendor: str, database: str) -> None:
    """Tell Django which database to use, once in the life of a process."""
    server = {}
    if vendor != SQLITE:
        found = find_server(vendor)
        server = {
            "HOST": found.host,
            "PORT": str(found.port),
            "USER": found.user,
            "PASSWORD": found.password,
        }
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": f"django.db.backends.{_ENGINES[vendor]}",
                "NAME": database,
                **server,
            }
        },
        INSTALLED_APPS=["workers.django_app"],
        USE_TZ=False,
    )
    django.setup()


def total(objects: Any) -> int:
    return sum(obj.amount for obj in objects)


class DjangoORM(ORM):
    def __init__(self, vendor: str, database: str, data: Data) -> None:
        super().__init__(vendor, database, data)
        configure(vendor, database)
        from workers.django_app import models

        self.models = models.MODELS
        self.lines = models.LINES

    @staticmethod
    def about() -> dict[str, str]:
        return {
            "name": f"Django {django.get_version()}",
            "path": django.__path__[0],
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
        }

    def prepare(self, question: Question) -> Operation:
        method: Callable[[Question], Operation] = getattr(self, question.case)
        return method(question)

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    def execute(self, sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    def close(self) -> None:
        connection.close()

    def model(self, question: Question) -> Any:
        table = table_of(question.case, self.data)
        return self.models[question.key, table.name]

    # Cases that read.

    def pk_in(self, question: Question) -> Operation:
        objects, keys = self.model(question).objects, self.keys(question)
        return Operation(
            lambda: list(objects.filter(pk__in=keys)),
            total,
            lambda: explain(objects.filter(pk__in=keys)),
        )

    pk_in_one_tenant = pk_in_scattered = pk_in

    def pk_in_count(self, question: Question) -> Operation:
        objects, keys = self.model(question).objects, self.keys(question)
        return Operation(lambda: objects.filter(pk__in=keys).count(), int)

    def in_bulk(self, question: Question) -> Operation:
        objects, keys = self.model(question).objects, self.keys(question)
        return Operation(
            lambda: objects.in_bulk(keys),
            lambda found: total(found[key] for key in keys),
        )

    def prefetch_forward(self, question: Question) -> Operation:
        objects = self.lines[question.key].objects
        return Operation(
            lambda: list(
                objects.filter(id__lte=question.size).prefetch_related("item")
            ),
            lambda lines: len({line.item.pk for line in lines}),
        )

    def prefetch_reverse(self, question: Question) -> Operation:
        objects = self.model(question).objects
        return Operation(
            lambda: list(objects.filter(batch=1).prefetch_related("lines")),
            lambda items: sum(len(item.lines.all()) for item in items),
        )

    def keyset(self, question: Question) -> Operation:
        objects = self.model(question).objects
        last = self.data.event.key(question.key, page_start(question.size))

        def page() -> Any:
            return objects.filter(pk__gt=last).order_by("pk")[:PAGE]

        return Operation(lambda: list(page()), total, lambda: explain(page()))

    def get(self, question: Question) -> Operation:
        objects, keys = self.model(question).objects, self.keys(question)
        return Operation(lambda: [objects.get(pk=key) for key in keys], total)

    def load(self, question: Question) -> Operation:
        objects = self.model(question).objects
        return Operation(lambda: list(objects.order_by("pk")[: question.size]), total)

    # Cases without a database.

    def loaded(self, question: Question) -> list[Any]:
        return list(self.model(question).objects.order_by("pk")[: question.size])

    def pk(self, question: Question) -> Operation:
        objects = self.loaded(question)

        def run() -> None:
            for obj in objects:
                obj.pk

        return Operation(run, no_answer)

    def hash(self, question: Question) -> Operation:
        objects = self.loaded(question)

        def run() -> None:
            for obj in objects:
                hash(obj)

        return Operation(run, no_answer)

    def serialize(self, question: Question) -> Operation:
        objects = self.loaded(question)
        return Operation(lambda: serializers.serialize("json", objects), no_answer)

    # Cases that write.

    def rows(self, question: Question, first: int) -> list[dict[str, Any]]:
        """Return the values of rows that follow each other, as a user has them."""
        table = self.data.target
        rows = []
        for row in range(first, first + question.size):
            tenant, num = table.key(COMPOSITE, row)  # type: ignore[misc]
            values = {
                "tenant_id": tenant,
                "num": num,
                "name": f"New {row}",
                "amount": table.amount(row),
                "batch": 2,
            }
            if question.key != COMPOSITE:
                values["id"] = row + 1
            rows.append(values)
        return rows

    def bulk_create(self, question: Question) -> Operation:
        model = self.model(question)
        rows = self.rows(question, self.data.targets)
        return Operation(
            lambda: model.objects.bulk_create([model(**row) for row in rows]),
            lambda created: int(model.objects.filter(batch=2).count()),
        )

    def upsert(self, question: Question) -> Operation:
        model = self.model(question)
        rows = self.rows(question, self.data.targets - question.size // 2)
        unique = ["tenant_id", "num"] if question.key == COMPOSITE else ["id"]
        # MySQL and MariaDB look at every unique key, and take no choice.
        target = {} if self.vendor == MARIADB else {"unique_fields": unique}

        def run() -> None:
            model.objects.bulk_create(
                [model(**row) for row in rows],
                update_conflicts=True,
                update_fields=["name", "amount", "batch"],
                **target,
            )

        return Operation(run, lambda _: int(model.objects.filter(batch=2).count()))

    def bulk_update(self, question: Question) -> Operation:
        model = self.model(question)
        table = self.data.target
        rows = sorted(wanted_rows(question.case, question.size, self.data))
        objects = list(model.objects.order_by("pk"))
        objects = [objects[row] for row in rows]
        for obj in objects:
            obj.amount = 2_000 + obj.num
        assert len(objects) == question.size <= table.rows
        return Operation(
            lambda: model.objects.bulk_update(objects, ["amount"]),
            lambda _: int(model.objects.filter(amount__gte=2_000).count()),
        )

    def delete_cascade(self, question: Question) -> Operation:
        objects = self.model(question).objects
        return Operation(
            lambda: objects.filter(batch=1).delete(), lambda deleted: int(deleted[0])
        )


def no_answer(result: Any) -> None:
    return None


def explain(queryset: Any) -> str:
    return str(queryset.explain())
