"""
Questions about a relation that are asked twice: through the ORM and in SQL.

Each function yields (what, the ORM's answer, SQL's answer) for one relation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connections
from django.db.models import Count, Exists, OuterRef
from django.test.utils import CaptureQueriesContext

from .relations import Relation, Row, key, listed, sample

Answers = Iterator[tuple[str, Any, Any]]

# For each model what is not a member of its key: how the ORM calls it, and the
# table's column. Where there is nothing else it is beyond another relation.
AREA_OF_ISLAND = "island__area", "(SELECT area FROM island WHERE name = b.island)"
ATTRIBUTES = {
    "Continent": ("area", "b.area"),
    "Country": ("population", "b.population"),
    "Province": ("population", "b.population"),
    "City": ("population", "b.population"),
    "Organization": ("established", "b.established"),
    "River": ("length", "b.length"),
    "Island": ("area", "b.area"),
    "IslandPlace": AREA_OF_ISLAND,
    "LocatedOn": AREA_OF_ISLAND,
}


def count_joins(queryset: Any) -> int:
    return str(queryset.query).count(" JOIN ")


def follow_all(
    what: str,
    queryset: Any,
    follow: Callable[[Any], Any],
    expected: list[tuple[Row, Any]],
    queries: int,
) -> Answers:
    """Follow a relation from each object, in so many queries."""
    with CaptureQueriesContext(connections[queryset.db]) as context:
        found = sorted((key(obj), follow(obj)) for obj in queryset)
    yield what, found, expected
    yield f"queries of {what}", len(context), queries


def forwards(r: Relation) -> Answers:
    """Follow the relation from each object."""
    width = len(r.a_key)

    def expected(join: str) -> list[tuple[Row, Row]]:
        select = f"SELECT {listed(r.a_key + r.b_key)} FROM {r.a} {join} {r.b} ON {r.on}"
        return sorted(
            (row[:width], () if None in row[width:] else row[width:])
            for row in r.rows(select)
        )

    joined = r.objects.select_related(r.name)
    yield from follow_all("select_related", joined, r.follow, expected(r.join), 1)
    everything = expected("LEFT JOIN")
    prefetched = r.objects.prefetch_related(r.name)
    yield from follow_all("prefetch_related", prefetched, r.follow, everything, 2)
    lazily = [(key(obj), r.follow(obj)) for obj in sample(r.objects.all())]
    related = dict(everything)
    yield "lazily", lazily, [(found, related[found]) for found, _ in lazily]


def filters(r: Relation) -> Answers:
    """Filter by the relation and by what is beyond it."""
    equal = " AND ".join(f"{column} = %s" for column in r.columns)
    targets = r.sampled_targets
    counts = [r.count(f"{r.a} WHERE {equal}", key(target)) for target in targets]
    others = [r.count(r.a) - count for count in counts]
    for what, values in {
        "an instance": targets,
        "a key": [target.pk for target in targets],
    }.items():
        found = [r.objects.filter(**{r.name: value}).count() for value in values]
        yield f"by {what}", found, counts
        found = [r.objects.exclude(**{r.name: value}).count() for value in values]
        yield f"excluded by {what}", found, others
        among = r.objects.filter(**{f"{r.name}__in": values})
        yield f"by __in and {what} each", among.count(), sum(counts)
    among = r.objects.filter(**{f"{r.name}__in": r.targets.all()})
    yield "by a queryset", among.count(), r.count(f"{r.a} JOIN {r.b} ON {r.on}")
    for is_null, condition in (False, r.is_set), (True, f"NOT ({r.is_set})"):
        queryset = r.objects.filter(**{f"{r.name}__isnull": is_null})
        expected = r.count(f"{r.a} WHERE {condition}")
        yield f"isnull={is_null}", queryset.count(), expected
        yield f"joins for isnull={is_null}", count_joins(queryset), 0


def filters_beyond(r: Relation) -> Answers:
    """Filter by fields of the related model."""
    # Members of its key are there without a join. Such a column may have a
    # value where another one, and so the relation, is null.
    some = sample(r.objects.filter(**{f"{r.name}__isnull": False}), 3)
    some += sample(r.objects.filter(**{f"{r.name}__isnull": True}), 3)
    for local, foreign in r.field.related_fields:
        condition = f"{r.is_set} AND a.{local.column} = %s"
        for value in {getattr(obj, local.attname) for obj in some} - {None}:
            queryset = r.objects.filter(**{f"{r.name}__{foreign.name}": value})
            expected = r.count(f"{r.a} WHERE {condition}", [value])
            yield f"by {foreign.name}={value}", queryset.count(), expected
            yield f"joins for {foreign.name}={value}", count_joins(queryset), 0
    name, column = ATTRIBUTES[r.target.__name__]
    known = sample(r.targets.exclude(**{name: None}).values_list(name, flat=True))
    lookup = {f"{r.name}__{name}__gte": known[len(known) // 2]}
    queryset, excluded = r.objects.filter(**lookup), r.objects.exclude(**lookup)
    for what, found, negation in (
        ("by", queryset, ""),
        ("excluded by", excluded, "NOT "),
    ):
        expected = r.count(
            f"{r.a} {r.join} {r.b} ON {r.on} WHERE ({column} >= %s) IS {negation}TRUE",
            [*lookup.values()],
        )
        yield f"{what} {name}", found.count(), expected
    yield f"joins for {name}", count_joins(queryset), len(name.split("__"))


def selections(r: Relation) -> Answers:
    """Select the relation's values, order and group by them."""
    columns = listed(r.columns)

    def value(row: Row) -> Any:
        return None if None in row else row[0] if len(row) == 1 else row

    order = f"{columns}, {listed(r.a_key)}"
    expected = [
        value(row) for row in r.rows(f"SELECT {columns} FROM {r.a} ORDER BY {order}")
    ]
    queryset = r.objects.order_by(r.name, "pk").values_list(r.name, flat=True)
    yield "ordered", list(queryset), expected
    yield "joins of ordered", count_joins(queryset), 0
    grouped = r.objects.exclude(**{r.name: None}).values_list(r.name)
    found = sorted(grouped.annotate(n=Count("pk")).order_by())
    select = (
        f"SELECT {columns}, COUNT(*) FROM {r.a} WHERE {r.is_set} GROUP BY {columns}"
    )
    groups = sorted((value(row[:-1]), row[-1]) for row in r.rows(select))
    yield "grouped", found, groups
    number = r.objects.aggregate(n=Count(r.name, distinct=True))["n"]
    yield "distinct", number, len(groups)


def backwards(r: Relation) -> Answers:
    """Follow the relation from the objects it refers to."""
    width = len(r.b_key)
    referring: dict[Row, list[Row]] = defaultdict(list)
    for row in r.rows(
        f"SELECT {listed(r.b_key + r.a_key)} FROM {r.a} JOIN {r.b} ON {r.on}"
    ):
        referring[row[:width]].append(row[width:])
    keys = sorted(r.rows(f"SELECT {listed(r.b_key)} FROM {r.b}"))
    expected = [(target, sorted(referring[target])) for target in keys]
    prefetched = r.targets.prefetch_related(r.accessor)
    yield from follow_all("prefetch_related", prefetched, r.follow_back, expected, 2)
    lazily = [(key(obj), r.follow_back(obj)) for obj in r.sampled_targets]
    yield "lazily", lazily, [(k, sorted(referring[k])) for k, _ in lazily]
    if r.field.one_to_one:
        joined = r.targets.select_related(r.accessor)
        yield from follow_all("select_related", joined, r.follow_back, expected, 1)
    else:
        managers = [(key(o), getattr(o, r.accessor)) for o in r.sampled_targets]
        some = [(k, m.count(), m.exists()) for k, m in managers]
        yield "count and exists", some, [
            (k, len(referring[k]), bool(referring[k])) for k, _ in managers
        ]
    numbers = [(target, len(referring[target])) for target in keys]
    for distinct in False, True:
        counted = r.targets.annotate(n=Count(r.query_name, distinct=distinct))
        found = sorted((key(obj), obj.n) for obj in counted)
        yield f"Count(distinct={distinct})", found, numbers
    some = r.targets.filter(Exists(r.objects.filter(**{r.name: OuterRef("pk")})))
    yield "Exists", sorted(map(key, some)), [k for k in keys if referring[k]]
    some = r.targets.filter(**{f"{r.query_name}__isnull": True})
    yield "isnull", sorted(map(key, some)), [k for k in keys if not referring[k]]


def filters_back(r: Relation) -> Answers:
    """Filter the related model by a field of what refers to it."""
    fields = (*r.model._meta.pk_fields, *r.model._meta.concrete_fields)
    used = r.field.local_related_fields
    field = next(field for field in fields if field.column and field not in used)
    for obj in sample(r.objects.exclude(**{field.name: None}), 3):
        value = getattr(obj, field.attname)
        lookup = {f"{r.query_name}__{field.name}": value}
        refers = f"SELECT 1 FROM {r.a} WHERE {r.on} AND a.{field.column} = %s"
        for what, queryset, negation in (
            ("by", r.targets.filter(**lookup).distinct(), ""),
            ("excluded by", r.targets.exclude(**lookup), "NOT "),
        ):
            select = (
                f"SELECT {listed(r.b_key)} FROM {r.b} WHERE {negation}EXISTS ({refers})"
            )
            expected = sorted(r.rows(select, [value]))
            found = sorted(map(key, queryset))
            yield f"{what} {field.name}={value}", found, expected


GROUPS: dict[str, Callable[[Relation], Answers]] = {
    "follow": forwards,
    "filter": filters,
    "filter by related fields": filters_beyond,
    "select, order and group": selections,
    "follow back": backwards,
    "filter back": filters_back,
}
