"""
Posting forms to see what they do, without having it done.

What a request has written is compared with what was there before, and rolled back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from .pages import Data

Row = tuple[Any, ...]


class RolledBack(Exception):
    pass


def post_and_roll_back(client: Client, url: str, data: Data) -> tuple[Any, list[Row]]:
    """
    Return the response, and the rows that it has written and those it has removed;
    a changed one is among both.

    Rows are those of all models with pages in the admin. They are looked at only
    if there was a statement that writes, as there may be many of them.
    """
    after = None
    try:
        with transaction.atomic():
            with CaptureQueriesContext(connection) as context:
                response = client.post(url, data)
            if any(is_write(query["sql"]) for query in context):
                after = Counter(get_rows())
            raise RolledBack
    except RolledBack:
        pass
    if after is None:
        return response, []
    before = Counter(get_rows())
    return response, [*(after - before), *(before - after)]


def is_write(sql: str) -> bool:
    # Sessions and the like are written to as well, by a form that is refused, too.
    return sql.startswith(("INSERT", "UPDATE", "DELETE")) and ' "django_' not in sql


def get_rows() -> Iterator[Row]:
    """
    Yield all rows of all models with pages in the admin, with empty text for null:
    a form can't tell these. What can't be hashed is given by its repr().
    """
    for model in admin.site._registry:
        names = [field.attname for field in model._meta.concrete_fields]
        for row in model._base_manager.order_by("pk").values_list(*names):
            yield (model._meta.label, *map(get_comparable, row))


def get_comparable(value: Any) -> Any:
    if value is None:
        return ""
    return value if value.__hash__ else repr(value)
