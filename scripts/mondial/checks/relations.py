"""
What refers to what, by which columns: as the models say it, in terms of SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import connections

Row = tuple[Any, ...]


@dataclass(frozen=True, order=True)
class Dependency:
    """Rows of ``table`` refer to rows of ``target`` by pairs of columns."""

    table: str
    target: str
    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def make(
        cls, table: str, target: str, pairs: Iterable[tuple[str, str]]
    ) -> Dependency:
        return cls(table, target, tuple(sorted(pairs)))

    def __str__(self) -> str:
        columns, targets = (", ".join(names) for names in zip(*self.pairs))
        return f"{self.table} ({columns}) -> {self.target} ({targets})"

    def after(self, first: Dependency) -> Dependency | None:
        """Return what follows from another dependency and then this one."""
        back = {target: column for column, target in first.pairs}
        if first.target != self.table or not all(c in back for c, _ in self.pairs):
            return None
        pairs = [(back[column], target) for column, target in self.pairs]
        found = Dependency.make(first.table, self.target, pairs)
        trivial = found.table == found.target and all(c == t for c, t in found.pairs)
        return None if trivial else found


def with_implied(dependencies: Iterable[Dependency]) -> set[Dependency]:
    """
    Return the dependencies with those which follow from them.

    e.g.: what is in a city is in a province, as the city is.
    """
    known = set(dependencies)
    while True:
        found = {b.after(a) for a in known for b in known} - known - {None}
        if not found:
            return known
        known |= {dependency for dependency in found if dependency}


def all_models() -> list[Any]:
    return list(apps.get_app_config("geography").get_models())


def primary_key(model: Any) -> list[str]:
    """Return the columns of the model's primary key."""
    pk = model._meta.pk
    return list(pk.columns) if model._meta.is_composite_pk else [pk.column]


def key(obj: Any) -> Row:
    """Return the primary key of an object, as a plain tuple."""
    if obj is None:
        return ()
    return tuple(obj.pk) if obj._meta.is_composite_pk else (obj.pk,)


def sort_key(value: Any) -> Any:
    """Order objects by their keys, which some databases do otherwise."""
    return key(value) if hasattr(value, "_meta") else value


def rows(using: str, sql: str, params: Sequence[Any] = ()) -> list[Row]:
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)
        return [tuple(row) for row in cursor.fetchall()]


def listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def sample(values: Iterable[Any], count: int = 12) -> list[Any]:
    """Return some of the values or objects, from all over their order."""
    ordered = sorted(values, key=sort_key)
    return ordered[:: max(1, len(ordered) // count)]


class Relation:
    """A relation of a model, the names it has and pieces of SQL about it."""

    def __init__(self, field: Any, using: str) -> None:
        self.field = field
        self.using = using
        self.name: str = field.name
        self.model = field.model
        self.target = field.remote_field.model
        self.query_name: str = field.related_query_name()
        self.accessor: str = field.remote_field.get_accessor_name()
        self.dependency = Dependency.make(
            self.model._meta.db_table,
            self.target._meta.db_table,
            [(local.column, foreign.column) for local, foreign in field.related_fields],
        )
        # SQL, in which "a" is the table that refers and "b" the one referred to.
        # No name in this database needs quotes.
        pairs = self.dependency.pairs
        local = {target: column for column, target in pairs}
        self.a = f"{self.dependency.table} a"
        self.b = f"{self.dependency.target} b"
        self.a_key = [f"a.{column}" for column in primary_key(self.model)]
        self.b_key = [f"b.{column}" for column in primary_key(self.target)]
        # The columns that refer, in the order of the key referred to.
        self.columns = [f"a.{local[column]}" for column in primary_key(self.target)]
        self.on = " AND ".join(f"a.{column} = b.{target}" for column, target in pairs)
        self.is_set = " AND ".join(f"{column} IS NOT NULL" for column in self.columns)

    def __str__(self) -> str:
        return f"{self.model.__name__}.{self.name}"

    @property
    def objects(self) -> Any:
        return self.model._base_manager.using(self.using)

    @property
    def targets(self) -> Any:
        return self.target._base_manager.using(self.using)

    @cached_property
    def sampled_targets(self) -> list[Any]:
        return sample(self.targets.all())

    def follow(self, obj: Any) -> Row:
        """Return the key of the related object, () if there is none."""
        try:
            return key(getattr(obj, self.name))
        except ObjectDoesNotExist:
            return ()

    def follow_back(self, obj: Any) -> list[Row]:
        """Return the keys of the objects that refer to this one."""
        if not self.field.one_to_one:
            return sorted(key(other) for other in getattr(obj, self.accessor).all())
        try:
            return [key(getattr(obj, self.accessor))]
        except ObjectDoesNotExist:
            return []

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        return rows(self.using, sql, params)

    @property
    def join(self) -> str:
        """
        The kind of join for all objects along with the related ones.

        As with a single column, dangling rows of a relation that can't be null
        are not among them.
        """
        can_be_null = any(local.null for local, _ in self.field.related_fields)
        return "LEFT JOIN" if can_be_null else "JOIN"

    def count(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Return how many rows there are in FROM … WHERE …."""
        return int(self.rows(f"SELECT COUNT(*) FROM {sql}", params)[0][0])

    def dangling(self) -> list[Row]:
        """Return the distinct values that refer to no row."""
        target = f"SELECT 1 FROM {self.b} WHERE {self.on}"
        where = f"{self.is_set} AND NOT EXISTS ({target})"
        select = f"SELECT DISTINCT {listed(self.columns)} FROM {self.a} WHERE {where}"
        return sorted(self.rows(select))


def all_relations(using: str) -> Iterator[Relation]:
    for model in all_models():
        for field in model._meta.fields:
            if field.many_to_one or field.one_to_one:
                yield Relation(field, using)
