"""
Relations to composite keys give the answers which relations to keys of a
single column give, by as many queries, whatever is asked or done.

Hypothesis draws the rows, and what is done to both families of models of
``models.twins``, as commands. These speak of objects by numbers, which each
family turns into keys of its own: the town 12 is (1, 2) or 12.

What differs for good reasons isn't drawn:

* A nullable relation that shares a column is NULL in part if there is no
  related object. ORDER BY, GROUP BY and DISTINCT tell such rows apart.
* The columns of a relation which is a member of the key are never deferred,
  and it can't be set to another object.
* Relations whose values are compared with each other must refer to the same
  fields, in the same order.
"""

import operator
import os
import unittest
from dataclasses import dataclass, replace
from functools import cache, reduce

from django.core.exceptions import (
    MultipleObjectsReturned,
    ObjectDoesNotExist,
    ValidationError,
)
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Prefetch,
    ProtectedError,
    Q,
    RestrictedError,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.columns import unnest
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from . import models

try:
    from hypothesis import HealthCheck, given, note, settings
    from hypothesis import strategies as st
except ImportError:
    raise unittest.SkipTest("Requires hypothesis.")

MAX_EXAMPLES = int(os.environ.get("COMPOSITE_KEYS_EXAMPLES", 40))
FIRST_EXAMPLE = os.environ.get("COMPOSITE_KEYS_SEED")

# The objects that there are, and the numbers drawn to speak of objects.
ROWS = {
    "Land": [1, 2],
    "Town": [11, 12, 21, 22],
    "Citizen": [11, 12, 13, 21, 22],
    "House": [111, 112, 121, 211],
    "Visit": [1, 2, 3, 4, 5],
    "Passport": [1, 2],
    "Seat": [1, 2, 3],
    "Letter": [1, 2, 3],
}
NUMBERS = {
    "Land": [1, 2],
    "Town": [11, 12, 21, 22, 13, 23],
    "Citizen": [11, 12, 13, 21, 22, 23],
    "House": [111, 112, 121, 211, 212, 221],
    "Visit": [1, 2, 3, 4, 5, 6, 7, 8],
    "Passport": [1, 2, 3, 4],
    "Seat": [1, 2, 3, 4, 5],
    "Letter": [1, 2, 3, 4, 5],
}
PLAIN_FIELDS = {
    "Land": {"name": ["a", "b"]},
    "Town": {"name": ["", "a"], "size": [None, 0, 5], "num": [1, 2]},
    "Citizen": {"name": ["", "a"], "age": [None, 0, 5], "code": ["a", "b"]},
    "House": {"floors": [1, 2], "no": [1, 2]},
    "Visit": {"days": [1, 2, 3]},
    "Passport": {"name": ["", "a"]},
    "Seat": {"name": ["", "a"]},
    "Letter": {"pages": [None, 1, 2]},
}
# What isn't set to another value, as it is the key or part of it.
KEY_FIELDS = {"num", "code", "no"}
KEY_RELATIONS = {("House", "town")}
# Relations that share the land, for which a number says less: the land is
# that of the object.
SHARED_RELATIONS = {("Citizen", "home"), ("Citizen", "boss"), ("Passport", "owner")}
# Relations that are NULL in part, or whose columns aren't in the key's order.
UNORDERED_RELATIONS = SHARED_RELATIONS


@cache
def get_component(name, number, field):
    """Return the value which `field` of the object with a number has."""
    if name == "House":
        return {
            "id": number,
            "town": number // 10,
            "town_land_id": number // 100,
            "town_num": number // 10 % 10,
            "no": number % 10,
        }[field]
    tens, ones = divmod(number, 10)
    if name == "Town":
        return {"id": number, "land": tens, "num": ones}[field]
    if name == "Citizen":
        code = " abcdefghi"[ones]
        return {
            "id": number,
            "tag": 100 + number,
            "land": tens,
            "code": code,
            "email": f"{code}@x",
        }[field]
    return {"id": number}[field]


@cache
def get_numbers_by_key(name, names):
    numbers = {"Town": 40, "Citizen": 40, "House": 400}.get(name, 100)
    return {
        tuple(get_component(name, number, field) for field in names): number
        for number in range(numbers)
    }


class Family:
    """One of the families of models."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.models = {name: getattr(models, prefix + name) for name in NUMBERS}
        self.names = {model: name for name, model in self.models.items()}

    def __repr__(self):
        return f"<{self.prefix or 'Composite'} family>"

    def __getitem__(self, name):
        return self.models[name]

    def get_target_names(self, name, via=None):
        """
        Return the names of the fields that make a key of a model, or that a
        relation, a pair of a model's and its own name, refers to.
        """
        if via is None:
            fields = unnest([self[name]._meta.pk])
        else:
            owner, relation = via
            fields = self[owner]._meta.get_field(relation).foreign_related_fields
        return tuple(field.name for field in fields)

    def make_key(self, name, number, via=None):
        """Return the value that a relation to the object has."""
        if number is None:
            return None
        values = tuple(
            get_component(name, number, field)
            for field in self.get_target_names(name, via)
        )
        return values if len(values) > 1 else values[0]

    def get_number(self, name, key, via=None):
        """Return the number of the object to which a relation's value refers."""
        if key is None:
            return None
        names = self.get_target_names(name, via)
        values = (key,) if len(names) == 1 else tuple(key)
        return get_numbers_by_key(name, names).get(values, ("unknown", values))

    def number_of(self, obj):
        if obj is None:
            return None
        name = self.names[type(obj)]
        return name, self.get_number(name, obj.pk) if obj._is_pk_set() else None

    def get_identity(self, name, number):
        """Return what an object with this number is made of."""
        opts = self[name]._meta
        names = {
            "Town": ("land", "num"),
            "Citizen": ("land", "code", "email"),
            "House": ("town", "no"),
        }.get(name, ())
        identity = {}
        for field_name in (*names, *self.get_target_names(name)):
            value = get_component(name, number, field_name)
            field = opts.get_field(field_name)
            if field_name == "town":
                value = self.make_key("Town", value)
            elif name == "House" and field_name.startswith("town_"):
                continue
            identity[field.attname] = value
        if name == "Citizen" and self.prefix:
            identity["tag"] = get_component(name, number, "tag")
        return identity

    def refer(self, name, number):
        """Return an object of which nothing but its identity is known."""
        return self[name](**self.get_identity(name, number))

    def get(self, name, number):
        return self[name].objects.get(pk=self.make_key(name, number))

    def get_many(self, name, numbers):
        keys = [self.make_key(name, number) for number in numbers]
        return list(self[name].objects.filter(pk__in=keys).order_by("pk"))

    def get_attname(self, name, relation):
        return self[name]._meta.get_field(relation).attname

    def dump(self):
        """Return all rows of all models."""
        rows = {}
        for name, model in self.models.items():
            rows[name] = [self.dump_row(name, obj) for obj in model.objects.all()]
            rows[name].sort(key=repr)
        return rows

    def dump_row(self, name, obj):
        row = {"": self.number_of(obj)}
        for field_name in PLAIN_FIELDS[name]:
            row[field_name] = getattr(obj, field_name)
        for relation, hop in RELATIONS[name].items():
            if hop.forward:
                value = getattr(obj, self.get_attname(name, relation))
                row[relation] = self.get_number(hop.target, value, hop.via)
        return row


@dataclass(frozen=True)
class Hop:
    """A relation that can be followed from one model to another."""

    source: str
    name: str
    target: str
    many: bool
    forward: bool
    null: bool
    unique: bool
    # The name of the relation's other side.
    other: str

    @property
    def via(self):
        return (self.source, self.name) if self.forward else None

    @property
    def is_shared(self):
        return (self.source, self.name) in SHARED_RELATIONS

    @property
    def is_ordered(self):
        return (self.source, self.name) not in UNORDERED_RELATIONS

    @property
    def key_space(self):
        """What values of the relation can be compared with."""
        if self.name in ("owner", "reader"):
            return self.name if self.forward and self.source != "House" else "pk"
        return "pk"


COMPOSITE = Family("")
PLAIN = Family("Plain")
FAMILIES = (COMPOSITE, PLAIN)


def find_relations(name):
    found = {}
    for relation in PLAIN[name]._meta.get_fields():
        if relation.is_relation:
            found[relation.name] = Hop(
                source=name,
                name=relation.name,
                target=PLAIN.names[relation.related_model],
                many=relation.one_to_many,
                forward=relation.concrete,
                null=not relation.concrete or relation.null,
                unique=relation.one_to_one,
                other=relation.remote_field.name,
            )
    return found


RELATIONS = {name: find_relations(name) for name in NUMBERS}


# What commands consist of. Each builds an object for a family.


@dataclass(frozen=True)
class Constant:
    value: object

    def build(self, family):
        return self.value


@dataclass(frozen=True)
class Object:
    name: str
    number: int

    def build(self, family):
        return family.refer(self.name, self.number)


@dataclass(frozen=True)
class Key:
    name: str
    number: int
    via: tuple = None

    def build(self, family):
        return family.make_key(self.name, self.number, self.via)


@dataclass(frozen=True)
class Many:
    values: tuple

    def build(self, family):
        return [value.build(family) for value in self.values]


@dataclass(frozen=True)
class Reference:
    path: str

    def build(self, family):
        return F(self.path)


@dataclass(frozen=True)
class Outer:
    path: str

    def build(self, family):
        return OuterRef(self.path)


@dataclass(frozen=True)
class Rows:
    """A subquery."""

    query: "Query"
    column: str = None

    def build(self, family):
        queryset = self.query.build(family)
        return queryset if self.column is None else queryset.values(self.column)


@dataclass(frozen=True)
class First:
    """A subquery of one row, the first one."""

    query: "Query"
    column: str

    def build(self, family):
        queryset = self.query.build(family).order_by("pk")
        return Subquery(queryset.values(self.column)[:1])


@dataclass(frozen=True)
class Condition:
    path: str
    lookup: str
    value: object

    def build(self, family):
        name = f"{self.path}__{self.lookup}" if self.lookup else self.path
        return Q(**{name: self.value.build(family)})


@dataclass(frozen=True)
class Combined:
    operator: str
    conditions: tuple

    def build(self, family):
        operator_function = {"&": operator.and_, "|": operator.or_}[self.operator]
        return reduce(operator_function, (c.build(family) for c in self.conditions))


@dataclass(frozen=True)
class Negated:
    condition: object

    def build(self, family):
        return ~self.condition.build(family)


@dataclass(frozen=True)
class Found:
    query: "Query"

    def build(self, family):
        return Q(Exists(self.query.build(family)))


# What is done to querysets.


@dataclass(frozen=True)
class Filter:
    condition: object
    negated: bool = False

    def apply(self, family, queryset):
        method = queryset.exclude if self.negated else queryset.filter
        return method(self.condition.build(family))


@dataclass(frozen=True)
class Aggregation:
    function: str
    path: str
    distinct: bool = False
    condition: object = None

    def build(self, family):
        function = {"count": Count, "max": Max, "min": Min, "sum": Sum}[self.function]
        kwargs = {"distinct": True} if self.distinct else {}
        if self.condition is not None:
            kwargs["filter"] = self.condition.build(family)
        return function(self.path, **kwargs)


@dataclass(frozen=True)
class Conditional:
    condition: object

    def build(self, family):
        return Case(
            When(self.condition.build(family), then=Value(1)),
            default=Value(0),
            output_field=IntegerField(),
        )


@dataclass(frozen=True)
class Truth:
    """Whether there are rows, as a value."""

    query: "Query"

    def build(self, family):
        return Exists(self.query.build(family))


@dataclass(frozen=True)
class Restricted:
    relation: str
    condition: object

    def build(self, family):
        return FilteredRelation(self.relation, condition=self.condition.build(family))


@dataclass(frozen=True)
class Annotate:
    alias: str
    expression: object
    selected: bool = True
    # The model whose objects the value refers to, if it does.
    target: str = None

    def apply(self, family, queryset):
        method = queryset.annotate if self.selected else queryset.alias
        return method(**{self.alias: self.expression.build(family)})


@dataclass(frozen=True)
class Distinct:
    def apply(self, family, queryset):
        return queryset.distinct()


@dataclass(frozen=True)
class Query:
    name: str
    steps: tuple = ()

    def build(self, family):
        queryset = family[self.name].objects.all()
        for step in self.steps:
            queryset = step.apply(family, queryset)
        return queryset


# Commands that ask.


@dataclass(frozen=True)
class Order:
    """An order, which is told apart as far as it is the same for both."""

    paths: tuple = ()
    is_known: bool = True

    def apply(self, queryset):
        return queryset.order_by(*self.paths, "pk") if self.paths else queryset

    def normalize(self, rows):
        rows = list(rows)
        return rows if self.paths and self.is_known else sorted(rows, key=repr)


@dataclass(frozen=True)
class Ask:
    query: Query
    order: Order = Order()

    writes = False

    def get_queryset(self, family):
        return self.order.apply(self.query.build(family))


@dataclass(frozen=True)
class ListObjects(Ask):
    limit: tuple = None

    def run(self, family):
        queryset = self.get_queryset(family)
        if self.limit and self.order.paths and self.order.is_known:
            queryset = queryset[slice(*self.limit)]
        return self.order.normalize(map(family.number_of, queryset))


@dataclass(frozen=True)
class Summarize(Ask):
    """What isn't a list of objects."""

    what: str = "count"
    number: int = None

    def run(self, family):
        name = self.query.name
        queryset = self.get_queryset(family)
        if self.what == "count":
            return queryset.count()
        if self.what == "exists":
            return queryset.exists()
        if self.what == "sliced":
            return queryset[:3].count()
        if self.what in ("first", "last"):
            if self.order.paths and not self.order.is_known:
                queryset = queryset.order_by("pk")
            return family.number_of(getattr(queryset, self.what)())
        if self.what == "contains":
            return queryset.contains(family.get(name, self.number))
        if self.what == "get":
            return family.number_of(queryset.get(pk=family.make_key(name, self.number)))
        if self.what == "in_bulk":
            keys = [family.make_key(name, number) for number in NUMBERS[name]]
            return {
                family.get_number(name, key): family.number_of(obj)
                for key, obj in family[name].objects.in_bulk(keys).items()
            }
        if self.what == "iterator":
            return sorted(map(family.number_of, queryset.iterator(chunk_size=2)))
        raise AssertionError(self.what)


@dataclass(frozen=True)
class Aggregate(Ask):
    aggregations: tuple = ()

    def run(self, family):
        return self.query.build(family).aggregate(
            **{
                f"a{index}": aggregation.build(family)
                for index, aggregation in enumerate(self.aggregations)
            }
        )


@dataclass(frozen=True)
class Column:
    """A column of what values() returns, which may be a relation."""

    path: str
    target: str = None
    via: tuple = None
    has_nulls: bool = False
    # Are there several rows for an object, whose order isn't known?
    is_many: bool = False

    def normalize(self, family, value):
        if self.target is not None:
            return family.get_number(self.target, value, self.via)
        return value


@dataclass(frozen=True)
class ListValues(Ask):
    columns: tuple = ()
    how: str = "values_list"

    def run(self, family):
        queryset = self.get_queryset(family)
        paths = [column.path for column in self.columns]
        if self.how == "flat":
            rows = [(row,) for row in queryset.values_list(paths[0], flat=True)]
        elif self.how == "values":
            rows = [[row[path] for path in paths] for row in queryset.values(*paths)]
        elif self.how == "named":
            rows = [
                [getattr(row, path) for path in paths]
                for row in queryset.values_list(*paths, named=True)
            ]
        else:
            rows = queryset.values_list(*paths)
        rows = [
            tuple(
                column.normalize(family, value)
                for column, value in zip(self.columns, row, strict=True)
            )
            for row in rows
        ]
        if any(column.has_nulls for column in self.columns) and any(
            isinstance(step, Distinct) for step in self.query.steps
        ):
            rows = dict.fromkeys(rows)
        return self.order.normalize(rows)


@dataclass(frozen=True)
class Group:
    """Aggregate over the rows with the same value of a relation."""

    query: Query
    column: Column
    aggregation: Aggregation
    is_ordered: bool
    minimum: int = None

    writes = False

    def run(self, family):
        queryset = self.query.build(family)
        path = self.column.path
        if self.column.has_nulls:
            queryset = queryset.filter(**{f"{path}__isnull": False})
        queryset = queryset.order_by().values(path)
        queryset = queryset.annotate(aggregate=self.aggregation.build(family))
        if self.minimum is not None:
            queryset = queryset.filter(aggregate__gte=self.minimum)
        if self.is_ordered:
            queryset = queryset.order_by(path)
        rows = [
            (self.column.normalize(family, row[path]), row["aggregate"])
            for row in queryset
        ]
        return rows if self.is_ordered else sorted(rows, key=repr)


@dataclass(frozen=True)
class Unite:
    first: Query
    second: Query
    how: str
    column: Column = None

    writes = False

    def run(self, family):
        first, second = self.first.build(family), self.second.build(family)
        if self.column is not None:
            first = first.values_list(self.column.path)
            second = second.values_list(self.column.path)
        if self.how == "union_all":
            united = first.order_by().union(second.order_by(), all=True)
        elif self.how in ("union", "intersection", "difference"):
            united = getattr(first.order_by(), self.how)(second.order_by())
        elif self.how == "|":
            united = first | second
        else:
            united = first & second
        if self.column is None:
            rows = list(map(family.number_of, united))
            assert len(rows) == united.count()
        else:
            rows = [self.column.normalize(family, value) for value, in united]
        return sorted(rows, key=repr)


def follow(family, obj, path):
    """Return what is found by following a path from an object."""
    if obj is None:
        return None
    if not path:
        return family.number_of(obj)
    name, *rest = path
    try:
        related = getattr(obj, name)
    except ObjectDoesNotExist:
        return "none"
    if isinstance(related, list):
        related_objects = related
    elif hasattr(related, "all"):
        related_objects = related.all()
    else:
        return family.number_of(obj), follow(family, related, rest)
    return (
        family.number_of(obj),
        sorted((follow(family, each, rest) for each in related_objects), key=repr),
    )


@dataclass(frozen=True)
class Fetch(Ask):
    """Fetch related objects along with others, or afterwards."""

    selected: tuple = ()
    prefetched: tuple = ()
    paths: tuple = ()

    def run(self, family):
        queryset = self.get_queryset(family)
        if self.selected:
            queryset = queryset.select_related(*("__".join(p) for p in self.selected))
        if self.prefetched:
            queryset = queryset.prefetch_related(
                *("__".join(path) for path in self.prefetched)
            )
        return sorted(
            (
                [follow(family, obj, path) for path in self.paths]
                for obj in queryset.order_by("pk")
            ),
            key=repr,
        )


@dataclass(frozen=True)
class PrefetchSome(Ask):
    relation: str = None
    related: Query = None
    limit: int = None
    to_attr: str = None
    path: tuple = ()

    def run(self, family):
        related = self.related.build(family).order_by("pk")
        if self.path:
            related = related.prefetch_related("__".join(self.path))
        if self.limit:
            related = related[: self.limit]
        queryset = self.get_queryset(family).prefetch_related(
            Prefetch(self.relation, related, to_attr=self.to_attr)
        )
        name = self.to_attr or self.relation
        return sorted(
            (follow(family, obj, [name, *self.path]) for obj in queryset), key=repr
        )


@dataclass(frozen=True)
class Load(Ask):
    """Load some of the fields, and then the others."""

    how: str = "only"
    fields: tuple = ()
    selected: str = None
    accessed: tuple = ()

    def run(self, family):
        queryset = self.get_queryset(family)
        if self.selected:
            queryset = queryset.select_related(self.selected)
        queryset = getattr(queryset, self.how)(*self.fields).order_by("pk")
        found = []
        for obj in queryset:
            for name in self.accessed:
                if name in RELATIONS[self.query.name]:
                    found.append(follow(family, obj, [name]))
                else:
                    found.append(getattr(obj, name))
        return found


# Commands that change something.


class Change:
    writes = True


def resolve_number(hop, number, land):
    """Return the number of a related object, which may be in a given land."""
    if number is not None and hop.is_shared:
        return land * 10 + number % 10
    return number


@dataclass(frozen=True)
class Assigned:
    """What is assigned to a relation: a related object, or its key."""

    number: int
    how: str = "object"

    def get_attribute(self, family, hop, land):
        """Return the name of the attribute to set, and the value."""
        number = resolve_number(hop, self.number, land)
        if self.how == "raw":
            value = family.make_key(hop.target, number, hop.via)
            return family.get_attname(hop.source, hop.name), value
        if number is None:
            return hop.name, None
        if self.how == "unsaved":
            return hop.name, family[hop.target]()
        if self.how == "reference":
            return hop.name, family.refer(hop.target, number)
        return hop.name, family.get(hop.target, number)


@dataclass(frozen=True)
class Spec:
    """What a new object is made of."""

    name: str
    number: int
    land: int
    relations: tuple = ()
    values: tuple = ()

    def make(self, family, without=None):
        kwargs = family.get_identity(self.name, self.number)
        land = kwargs.get("land_id", self.land)
        if self.name == "Passport":
            kwargs["land_id"] = land
        for relation, assigned in self.relations:
            if relation == without:
                continue
            hop = RELATIONS[self.name][relation]
            attribute, value = assigned.get_attribute(family, hop, land)
            kwargs[attribute] = value
        kwargs.update(self.values)
        return kwargs


@dataclass(frozen=True)
class Create(Change):
    spec: Spec
    how: str = "save"

    def run(self, family):
        model = family[self.spec.name]
        kwargs = self.spec.make(family)
        if self.how == "save":
            obj = model(**kwargs)
            obj.save()
        elif self.how == "force_insert":
            obj = model(**kwargs)
            obj.save(force_insert=True)
        elif self.how == "create":
            obj = model.objects.create(**kwargs)
        else:
            key = {
                name: kwargs.pop(name)
                for name in family.get_identity(self.spec.name, self.spec.number)
            }
            # Relations are looked up, too.
            for relation, assigned in self.spec.relations:
                if relation in kwargs and assigned.number is not None:
                    key[relation] = kwargs.pop(relation)
                    break
            obj, created = getattr(model.objects, self.how)(**key, defaults=kwargs)
            return created, family.number_of(obj), family.dump_row(self.spec.name, obj)
        return family.dump_row(self.spec.name, obj)


@dataclass(frozen=True)
class BulkCreate(Change):
    specs: tuple
    conflicts: str = None

    def run(self, family):
        name = self.specs[0].name
        objs = [family[name](**spec.make(family)) for spec in self.specs]
        kwargs = {}
        if self.conflicts == "ignore":
            kwargs["ignore_conflicts"] = True
        elif self.conflicts == "update":
            kwargs["update_conflicts"] = True
            kwargs["update_fields"] = [
                *(hop.name for hop in get_assignable(name)),
                *(f for f in PLAIN_FIELDS[name] if f not in KEY_FIELDS),
            ]
            if name == "Passport":
                kwargs["update_fields"].append("land")
            if connection.features.supports_update_conflicts_with_target:
                kwargs["unique_fields"] = ["pk"]
        family[name].objects.bulk_create(objs, **kwargs)
        return [family.dump_row(name, obj) for obj in objs]


@dataclass(frozen=True)
class Clean:
    spec: Spec

    writes = False

    def run(self, family):
        name = self.spec.name
        obj = family[name](**self.spec.make(family))
        try:
            obj.full_clean()
        except ValidationError as error:
            return {
                field: sorted(e.code for e in errors)
                for field, errors in error.error_dict.items()
                if field in RELATIONS[name]
            }


@dataclass(frozen=True)
class Assign(Change):
    name: str
    number: int
    relation: str
    assigned: Assigned
    save: str = "save"
    is_loaded: bool = False

    def run(self, family):
        obj = family.get(self.name, self.number)
        hop = RELATIONS[self.name][self.relation]
        if self.is_loaded:
            follow(family, obj, [self.relation])
        land = getattr(obj, "land_id", None)
        attribute, value = self.assigned.get_attribute(family, hop, land)
        setattr(obj, attribute, value)
        before = None
        if self.assigned.how == "unsaved" and self.save == "none":
            # Some members of the unsaved object's key may have values.
            return None
        if self.assigned.how != "unsaved":
            before = follow(family, obj, [self.relation])
        if self.save == "save":
            obj.save()
        elif self.save == "name":
            obj.save(update_fields=[self.relation])
        elif self.save == "attname":
            obj.save(update_fields=[family.get_attname(self.name, self.relation)])
        elif self.save == "refresh":
            obj.refresh_from_db(fields=[self.relation])
        elif self.save == "refresh_all":
            obj.refresh_from_db()
        return (
            before,
            follow(family, obj, [self.relation]),
            family.dump_row(self.name, obj),
        )


@dataclass(frozen=True)
class AssignOther(Change):
    """Assign to the other side of a one-to-one relation."""

    number: int
    seat: int

    def run(self, family):
        citizen = family.get("Citizen", self.number)
        if self.seat is None:
            seat = getattr(citizen, "seat", None)
            citizen.seat = None
        else:
            seat = family.get("Seat", self.seat)
            citizen.seat = seat
        if seat is not None:
            seat.save()
        return follow(family, citizen, ["seat", "holder"])


@dataclass(frozen=True)
class BulkUpdate(Change):
    name: str
    relation: str
    assigned: tuple
    fields: tuple = ()
    batch_size: int = None

    def run(self, family):
        hop = RELATIONS[self.name][self.relation]
        objs = family.get_many(self.name, NUMBERS[self.name])
        for obj, assigned in zip(objs, self.assigned):
            land = getattr(obj, "land_id", None)
            setattr(obj, *assigned.get_attribute(family, hop, land))
        return family[self.name].objects.bulk_update(
            objs, [self.relation, *self.fields], batch_size=self.batch_size
        )


@dataclass(frozen=True)
class Update(Change):
    query: Query
    relation: str
    value: object
    land: int = None
    values: tuple = ()

    def run(self, family):
        queryset = self.query.build(family)
        if self.land is not None:
            queryset = queryset.filter(land=self.land)
        values = {self.relation: self.value.build(family), **dict(self.values)}
        return queryset.update(**values)


def name_deleted(family, deleted):
    total, by_label = deleted
    return total, {
        label.split(".")[1].removeprefix(family.prefix): number
        for label, number in by_label.items()
    }


@dataclass(frozen=True)
class Delete(Change):
    query: Query
    number: int = None

    def run(self, family):
        try:
            if self.number is None:
                return name_deleted(family, self.query.build(family).delete())
            return name_deleted(
                family, family.get(self.query.name, self.number).delete()
            )
        except ProtectedError as error:
            objs = error.protected_objects
        except RestrictedError as error:
            objs = error.restricted_objects
        return sorted(map(family.number_of, objs))


@dataclass(frozen=True)
class Relate(Change):
    """Call a method of the manager on the other side of a relation."""

    name: str
    number: int
    relation: str
    method: str
    numbers: tuple = ()
    spec: Spec = None
    kwargs: tuple = ()

    def run(self, family):
        obj = family.get(self.name, self.number)
        manager = getattr(obj, self.relation)
        hop = RELATIONS[self.name][self.relation]
        if not hasattr(manager, self.method):
            return "no such method"
        method = getattr(manager, self.method)
        kwargs = dict(self.kwargs)
        if self.spec is not None:
            return self.create(family, obj, method, hop)
        args = []
        if self.method in ("add", "remove", "set"):
            numbers = self.numbers
            if (hop.target, hop.other) in SHARED_RELATIONS:
                land = obj.land_id
                numbers = [land * 10 + number % 10 for number in numbers]
            objs = family.get_many(hop.target, numbers)
            args = [objs] if self.method == "set" else objs
        method(*args, **kwargs)
        return sorted(map(family.number_of, manager.all()))

    def create(self, family, obj, method, hop):
        spec = self.spec
        number = spec.number
        if (hop.target, hop.other) in KEY_RELATIONS:
            number = self.number * 10 + number % 10
        elif (hop.target, hop.other) in SHARED_RELATIONS:
            number = obj.land_id * 10 + number % 10
        kwargs = replace(spec, number=number).make(family, without=hop.other)
        if (hop.target, hop.other) in KEY_RELATIONS:
            del kwargs[family.get_attname(hop.target, hop.other)]
        if self.method == "create":
            return family.dump_row(hop.target, method(**kwargs))
        key = {
            name: kwargs.pop(name)
            for name in family.get_identity(hop.target, number)
            if name in kwargs
        }
        related, created = method(**key, defaults=kwargs)
        return created, family.dump_row(hop.target, related)


# What is drawn.

CHANGED = ["Town", "Citizen", "House", "Visit", "Passport", "Seat", "Letter"]
names = st.sampled_from(list(NUMBERS))
changed_names = st.sampled_from(CHANGED)


@st.composite
def paths(draw, name, min_size=0, max_size=3, single=False):
    """Draw relations to follow, one after the other."""
    hops = []
    for _ in range(draw(st.integers(min_size, max_size))):
        found = [hop for hop in RELATIONS[name].values() if not (single and hop.many)]
        if not found:
            break
        hop = draw(st.sampled_from(found))
        hops.append(hop)
        name = hop.target
    return hops


def join_path(hops, *names):
    return "__".join([*(hop.name for hop in hops), *names])


def get_end(name, hops):
    return hops[-1].target if hops else name


@st.composite
def plain_conditions(draw, name, min_size=0):
    hops = draw(paths(name, max_size=2))
    fields = PLAIN_FIELDS[get_end(name, hops)]
    field = draw(st.sampled_from(list(fields)))
    lookup = draw(st.sampled_from(["", "", "in", "isnull", "gt"]))
    values = fields[field]
    if lookup == "isnull":
        value = Constant(draw(st.booleans()))
    elif lookup == "in":
        value = Constant(
            tuple(
                draw(st.lists(st.sampled_from(values), min_size=min_size, max_size=3))
            )
        )
    elif lookup == "gt":
        value = Constant(draw(st.sampled_from([v for v in values if v is not None])))
    else:
        value = Constant(draw(st.sampled_from(values)))
    return Condition(join_path(hops, field), lookup, value)


@st.composite
def relation_conditions(draw, name, depth, min_size=0):
    hops = draw(paths(name))
    target = get_end(name, hops)
    hop = hops[-1] if hops else None
    via = hop and hop.via
    spaces = "pk" if hop is None else hop.key_space
    # An object may be spoken of as what is related, or by its key.
    is_key = hop is None or draw(st.integers(0, 3)) == 0
    path = join_path(hops, "pk") if is_key else join_path(hops)
    if is_key:
        via, spaces = None, "pk"
    number = st.sampled_from(NUMBERS[target])
    kinds = ["object", "key", "isnull", "in", "in", "path", "order"]
    if depth:
        kinds += ["rows", "rows"]
    kind = draw(st.sampled_from(kinds))
    if kind == "object" and not is_key:
        return Condition(path, "", Object(target, draw(number)))
    if kind in ("object", "key"):
        return Condition(path, "", Key(target, draw(number), via))
    if kind == "isnull":
        if draw(st.booleans()):
            return Condition(path, "isnull", Constant(draw(st.booleans())))
        return Condition(path, "", Constant(None))
    if kind == "in":
        numbers = draw(st.lists(number, min_size=min_size, max_size=4))
        if not is_key and draw(st.booleans()):
            values = [Object(target, number) for number in numbers]
        else:
            values = [Key(target, number, via) for number in numbers]
            if not is_key and draw(st.integers(0, 4)) == 0:
                values.append(Constant(None))
        return Condition(path, "in", Many(tuple(values)))
    if kind == "order" and (is_key or hop.is_ordered):
        lookup = draw(st.sampled_from(["gt", "gte", "lt", "lte"]))
        return Condition(path, lookup, Key(target, draw(number), via))
    if kind == "rows":
        return draw(row_conditions(path, target, spaces, depth))
    # exclude() takes tables that are joined for F() for those of its subquery.
    is_many = any(hop.many for hop in hops)
    others = draw(find_paths(name, target, spaces, max_size=1 if is_many else 2))
    if others is None:
        return Condition(path, "", Key(target, draw(number), via))
    return Condition(path, "", Reference(others))


@st.composite
def find_paths(draw, name, target, space, max_size=2):
    """Draw a path from a model to another one."""
    found = [
        join_path(hops)
        for hops in get_all_paths(name, max_size)
        if hops[-1].target == target
        and hops[-1].key_space == space
        and (max_size > 1 or hops[-1].forward)
    ]
    if name == target and space == "pk":
        found.append("pk")
    return draw(st.sampled_from(found)) if found else None


@cache
def get_all_paths(name, max_size):
    found = [[hop] for hop in RELATIONS[name].values()]
    if max_size > 1:
        found += [
            [*hops, hop]
            for hops in get_all_paths(name, max_size - 1)
            for hop in RELATIONS[hops[-1].target].values()
        ]
    return found


@st.composite
def row_conditions(draw, path, target, space, depth):
    """Draw a lookup in a subquery."""
    if draw(st.booleans()):
        query = draw(queries(target, depth - 1))
        column = "pk" if space == "pk" and draw(st.booleans()) else None
        return Condition(path, "in", Rows(query, column))
    found = [
        hop
        for relations in RELATIONS.values()
        for hop in relations.values()
        if hop.target == target and hop.key_space == space
    ]
    hop = draw(st.sampled_from(found))
    query = draw(queries(hop.source, depth - 1))
    if (hop.source, hop.name) in UNORDERED_RELATIONS:
        not_null = Filter(Condition(hop.name, "isnull", Constant(False)))
        query = Query(query.name, (*query.steps, not_null))
    return Condition(path, "in", Rows(query, hop.name))


@st.composite
def related_queries(draw, name, depth):
    """Draw a subquery that is correlated by a relation."""
    hops = draw(paths(name, max_size=1))
    space = hops[-1].key_space if hops else "pk"
    target = get_end(name, hops)
    outer = Outer(join_path(hops) or "pk")
    other = draw(st.sampled_from(list(NUMBERS)))
    path = draw(find_paths(other, target, space))
    if path is None:
        other = target
        path = "pk"
        if space != "pk":
            outer = Outer(join_path(hops, "pk"))
    query = draw(queries(other, depth))
    return Query(other, (*query.steps, Filter(Condition(path, "", outer))))


@st.composite
def conditions(draw, name, depth=1, min_size=0):
    kind = draw(st.integers(0, 9))
    if kind <= 1:
        return draw(plain_conditions(name, min_size))
    if kind <= 6 or not depth:
        return draw(relation_conditions(name, depth, min_size))
    if kind == 7:
        return Found(draw(related_queries(name, depth - 1)))
    if kind == 8:
        return Negated(draw(conditions(name, depth - 1)))
    parts = draw(st.lists(conditions(name, depth - 1), min_size=2, max_size=3))
    return Combined(draw(st.sampled_from("&|")), tuple(parts))


@st.composite
def aggregations(draw, name, has_condition=True):
    hops = draw(paths(name, min_size=1, max_size=2))
    condition = None
    if has_condition and draw(st.integers(0, 2)) == 0:
        # If it can't be true, Django takes a condition on the number of rows
        # for one that can't be, either.
        condition = draw(conditions(name, 0, min_size=1))
    fields = [
        field
        for field, values in PLAIN_FIELDS[hops[-1].target].items()
        if isinstance(values[-1], int)
    ]
    if fields and draw(st.integers(0, 3)) == 0:
        function = draw(st.sampled_from(["max", "min", "sum"]))
        field = draw(st.sampled_from(fields))
        return Aggregation(function, join_path(hops, field), False, condition)
    ending = draw(st.sampled_from([(), (), ("pk",)]))
    return Aggregation(
        "count", join_path(hops, *ending), draw(st.booleans()), condition
    )


@st.composite
def annotations(draw, name):
    """Draw an annotation and what is filtered by it."""
    kind = draw(st.integers(0, 6))
    alias = draw(st.sampled_from(["x", "y"]))
    selected = draw(st.integers(0, 3)) != 0
    if kind <= 1:
        step = Annotate(alias, draw(aggregations(name)), selected)
        value = Condition(alias, "gte", Constant(draw(st.integers(0, 2))))
    elif kind == 2:
        step = Annotate(alias, Truth(draw(related_queries(name, 0))), selected)
        value = Condition(alias, "", Constant(draw(st.booleans())))
    elif kind == 3:
        step = Annotate(alias, Conditional(draw(conditions(name, 0))), selected)
        value = Condition(alias, "", Constant(draw(st.integers(0, 1))))
    elif kind == 4:
        hop = draw(st.sampled_from(list(RELATIONS[name].values())))
        field, values = draw(st.sampled_from(list(PLAIN_FIELDS[hop.target].items())))
        condition = Condition(
            f"{hop.name}__{field}", "", Constant(draw(st.sampled_from(values)))
        )
        if draw(st.booleans()):
            number = draw(st.sampled_from(NUMBERS[hop.target]))
            condition = Condition(f"{hop.name}__pk", "gt", Key(hop.target, number))
        step = Annotate(alias, Restricted(hop.name, condition))
        rest = draw(paths(hop.target, max_size=1))
        target = get_end(hop.target, rest)
        path = join_path(rest)
        path = f"{alias}__{path}" if path else alias
        if draw(st.booleans()):
            value = Condition(path, "isnull", Constant(draw(st.booleans())))
        else:
            number = draw(st.sampled_from(NUMBERS[target]))
            value = Condition(f"{path}__pk", "", Key(target, number))
        return (step, Filter(value))
    else:
        hops = draw(paths(name, min_size=1, max_size=2))
        if hops[-1].key_space != "pk":
            hops = []
        target = get_end(name, hops)
        expression = Reference(join_path(hops) or "pk")
        if kind == 6:
            # A subquery for one object.
            query = draw(related_queries(name, 0))
            target, expression = query.name, First(query, "pk")
        step = Annotate(alias, expression, selected, target)
        if draw(st.booleans()):
            value = Condition(alias, "isnull", Constant(draw(st.booleans())))
        else:
            number = draw(st.sampled_from(NUMBERS[target]))
            value = Condition(alias, "", Key(target, number))
    if draw(st.booleans()):
        return (step,)
    return (step, Filter(value))


@st.composite
def queries(draw, name, depth=1, annotated=False):
    steps = [
        Filter(draw(conditions(name, depth)), draw(st.booleans()))
        for _ in range(draw(st.integers(0, 2)))
    ]
    if annotated and draw(st.integers(0, 2)) == 0:
        steps += draw(annotations(name))
    if annotated and draw(st.integers(0, 4)) == 0:
        steps.append(Distinct())
    return Query(name, tuple(steps))


@st.composite
def orders(draw, name):
    paths_to_order, is_known = [], True
    for _ in range(draw(st.integers(0, 2))):
        hops = draw(paths(name, max_size=2))
        if hops and draw(st.booleans()):
            path = join_path(hops)
            is_known &= hops[-1].is_ordered
            if hops[-1].target == "House":
                # It has an order by a relation of its own.
                is_known &= hops[-1].is_ordered
        else:
            fields = list(PLAIN_FIELDS[get_end(name, hops)])
            path = join_path(hops, draw(st.sampled_from(fields)))
        paths_to_order.append(draw(st.sampled_from(["", "-"])) + path)
    return Order(tuple(paths_to_order), is_known)


@st.composite
def columns(draw, name):
    hops = draw(paths(name, max_size=2))
    target = get_end(name, hops)
    is_many = any(hop.many for hop in hops)
    kind = draw(st.integers(0, 3))
    if kind == 0:
        field = draw(st.sampled_from(list(PLAIN_FIELDS[target])))
        return Column(join_path(hops, field), is_many=is_many)
    has_nulls = bool(hops) and not hops[-1].is_ordered
    if kind == 1 or not hops:
        return Column(join_path(hops, "pk"), target, None, has_nulls, is_many)
    return Column(join_path(hops), target, hops[-1].via, has_nulls, is_many)


def unique_columns(name):
    return st.lists(
        columns(name), min_size=1, max_size=3, unique_by=lambda c: c.path
    ).map(tuple)


def get_names(hops):
    return tuple(hop.name for hop in hops)


# What is asked and done, as often as it is named.
QUESTIONS = (
    "objects objects objects values values summary aggregate group unite fetch "
    "fetch prefetch load clean"
).split()
CHANGES = (
    "create create bulk_create assign assign assign other bulk_update update update "
    "delete delete relate relate relate"
).split()


@st.composite
def questions(draw, kinds=QUESTIONS):
    name = draw(names)
    kind = draw(st.sampled_from(kinds))
    if kind == "clean":
        name = draw(st.sampled_from(["Visit", "Passport", "Seat", "Letter"]))
        return Clean(draw(specs(name, is_clean=True)))
    if kind == "unite":
        how = draw(
            st.sampled_from(
                ["union", "union_all", "intersection", "difference", "|", "&"]
            )
        )
        column = draw(columns(name)) if draw(st.booleans()) else None
        if column and (column.has_nulls or how in "|&"):
            column = None
        first = draw(queries(name))
        second = draw(queries(name))
        return Unite(first, second, how, column)
    query = draw(queries(name, annotated=kind not in ("group", "aggregate")))
    if kind == "objects":
        limit = None
        if draw(st.booleans()):
            start = draw(st.integers(0, 2))
            limit = (start, start + draw(st.integers(1, 4)))
        return ListObjects(query, draw(orders(name)), limit)
    if kind == "values":
        how = draw(st.sampled_from(["values_list", "values", "flat", "named"]))
        found = draw(unique_columns(name))
        for step in query.steps:
            if isinstance(step, Annotate) and step.selected and step.target:
                column = Column(step.alias, step.target, None, True, True)
                found = (column, *found)
        order = draw(orders(name))
        if any(isinstance(step, Distinct) for step in query.steps):
            # What is ordered by is selected, too.
            order = Order()
        if how == "flat":
            found = found[:1]
        if any(column.is_many for column in found):
            order = replace(order, is_known=False)
        return ListValues(query, order, found, how)
    if kind == "summary":
        what = draw(
            st.sampled_from(
                "count exists sliced first last contains get in_bulk iterator".split()
            )
        )
        number = draw(st.sampled_from(NUMBERS[name]))
        order = Order() if what == "sliced" else draw(orders(name))
        return Summarize(query, order, what, number)
    if kind == "aggregate":
        found = draw(st.lists(aggregations(name), min_size=1, max_size=2))
        return Aggregate(query, Order(), tuple(found))
    if kind == "group":
        column = draw(columns(name))
        is_ordered = draw(st.booleans()) and not column.has_nulls
        if column.target == "House":
            is_ordered = False
        minimum = draw(st.none() | st.integers(0, 2))
        return Group(query, column, draw(aggregations(name)), is_ordered, minimum)
    if kind == "fetch":
        selected = draw(
            st.lists(paths(name, 1, 3, single=True).map(get_names), max_size=2)
        )
        prefetched = draw(st.lists(paths(name, 1, 3).map(get_names), max_size=2))
        followed = [p for p in (*selected, *prefetched) if p]
        followed.append(get_names(draw(paths(name, 1, 2))))
        return Fetch(
            query,
            Order(),
            tuple(p for p in selected if p),
            tuple(prefetched),
            tuple(followed),
        )
    if kind == "prefetch":
        found = [hop for hop in RELATIONS[name].values() if hop.many]
        if not found:
            return ListObjects(query)
        hop = draw(st.sampled_from(found))
        path = draw(paths(hop.target, 0, 2))
        to_attr = draw(st.sampled_from([None, "fetched"]))
        # Some of the related objects only are no manager's. Django confuses the
        # columns of these if one is annotated again.
        limit = draw(st.none() | st.integers(1, 2)) if to_attr else None
        return PrefetchSome(
            query,
            Order(),
            hop.name,
            draw(queries(hop.target, annotated=limit is None)),
            limit,
            to_attr,
            get_names(path),
        )
    relations = [
        hop.name
        for hop in RELATIONS[name].values()
        if hop.forward and hop.name != "land" and (name, hop.name) not in KEY_RELATIONS
    ]
    plain = [field for field in PLAIN_FIELDS[name] if field not in KEY_FIELDS]
    fields = draw(
        st.lists(
            st.sampled_from(relations + plain), min_size=1, unique=True, max_size=3
        )
    )
    accessed = draw(
        st.lists(st.sampled_from(relations + plain), min_size=1, max_size=3)
    )
    how = draw(st.sampled_from(["only", "defer"]))
    selected = None
    if relations and how == "only" and draw(st.booleans()):
        selected = draw(st.sampled_from(relations))
        if selected not in fields:
            fields.append(selected)
    return Load(query, Order(), how, tuple(fields), selected, tuple(accessed))


@st.composite
def related_numbers(draw, name):
    """Draw a number that seldom is that of no object."""
    is_there = draw(st.integers(0, 9)) != 0
    return draw(st.sampled_from(ROWS[name] if is_there else NUMBERS[name]))


@st.composite
def assigned(draw, hop, is_clean=False):
    hows = ["object", "object", "reference", "raw", "raw"]
    if not is_clean:
        # Some members of an unsaved object's key may have values already.
        hows.append("unsaved")
    number = draw(related_numbers(hop.target))
    if draw(st.integers(0, 3 if hop.null else 15)) == 0:
        number = None
    return Assigned(number, draw(st.sampled_from(hows)))


def get_assignable(name):
    return [
        hop
        for hop in RELATIONS[name].values()
        if hop.forward and hop.name != "land" and (name, hop.name) not in KEY_RELATIONS
    ]


@st.composite
def specs(draw, name, is_clean=False):
    # Half of them are new, as long as there are not too many.
    new = [number for number in NUMBERS[name] if number not in ROWS[name]]
    number = draw(st.sampled_from(NUMBERS[name]) | st.sampled_from(new))
    relations = []
    for hop in get_assignable(name):
        if not hop.null or draw(st.booleans()):
            relations.append((hop.name, draw(assigned(hop, is_clean))))
    values = []
    for field, found in PLAIN_FIELDS[name].items():
        if field not in KEY_FIELDS:
            values.append((field, draw(st.sampled_from(found))))
    return Spec(name, number, draw(st.integers(1, 2)), tuple(relations), tuple(values))


@st.composite
def changes(draw, kinds=CHANGES):
    kind = draw(st.sampled_from(kinds))
    name = draw(changed_names)
    number = draw(related_numbers(name))
    if kind == "create":
        how = draw(
            st.sampled_from(
                ["save", "create", "force_insert", "get_or_create", "update_or_create"]
            )
        )
        return Create(draw(specs(name)), how)
    if kind == "bulk_create":
        found = draw(
            st.lists(specs(name), min_size=1, max_size=3, unique_by=lambda s: s.number)
        )
        conflicts = draw(st.sampled_from([None, None, "ignore", "update", "update"]))
        return BulkCreate(tuple(found), conflicts)
    if kind == "assign":
        hop = draw(st.sampled_from(get_assignable(name)))
        save = draw(
            st.sampled_from(
                ["save", "save", "name", "attname", "none", "refresh", "refresh_all"]
            )
        )
        return Assign(
            name, number, hop.name, draw(assigned(hop)), save, draw(st.booleans())
        )
    if kind == "other":
        return AssignOther(
            draw(related_numbers("Citizen")),
            draw(st.none() | related_numbers("Seat")),
        )
    if kind == "bulk_update":
        hop = draw(st.sampled_from(get_assignable(name)))
        found = draw(st.lists(assigned(hop), min_size=1, max_size=4))
        fields = [f for f in PLAIN_FIELDS[name] if f not in KEY_FIELDS]
        fields = draw(st.sampled_from([(), tuple(fields)]))
        return BulkUpdate(
            name, hop.name, tuple(found), fields, draw(st.sampled_from([None, 2]))
        )
    if kind == "update":
        return draw(updates(name))
    if kind == "delete":
        query = draw(queries(name))
        return Delete(query, draw(st.sampled_from([None, number])))
    return draw(relates())


@st.composite
def updates(draw, name):
    hop = draw(st.sampled_from(get_assignable(name)))
    query = draw(queries(name))
    land = draw(st.integers(1, 2)) if hop.is_shared else None
    number = draw(st.sampled_from(NUMBERS[hop.target]))
    if land is not None:
        number = land * 10 + number % 10
    kind = draw(st.sampled_from(["object", "key", "none", "path", "pk", "first"]))
    value = Object(hop.target, number)
    if kind == "key":
        value = Key(hop.target, number, hop.via)
    elif kind == "none" and (hop.null or draw(st.booleans())):
        value = Constant(None)
    elif kind in ("path", "pk", "first") and hop.key_space == "pk":
        others = [
            other.name
            for other in get_assignable(name)
            if other.target == hop.target
            and other.key_space == "pk"
            and not other.is_shared
        ]
        if kind == "path" and others and not hop.is_shared:
            value = Reference(draw(st.sampled_from(others)))
        elif kind == "pk" and hop.target == name:
            value = Reference("pk")
        elif kind == "first" and hop.target != name and not hop.is_shared:
            value = First(draw(queries(hop.target, 0)), "pk")
    values = []
    if draw(st.booleans()):
        fields = [f for f in PLAIN_FIELDS[name] if f not in KEY_FIELDS]
        field = draw(st.sampled_from(fields))
        values.append((field, draw(st.sampled_from(PLAIN_FIELDS[name][field]))))
    return Update(query, hop.name, value, land, tuple(values))


MANAGERS = [
    hop
    for name in CHANGED
    for hop in RELATIONS[name].values()
    if hop.many and not hop.forward
]


@st.composite
def relates(draw):
    hop = draw(st.sampled_from(MANAGERS))
    number = draw(related_numbers(hop.source))
    is_key = (hop.target, hop.other) in KEY_RELATIONS
    methods = ["create", "get_or_create", "update_or_create"]
    if not is_key:
        methods += ["add", "add", "remove", "clear", "set", "set"]
    method = draw(st.sampled_from(methods))
    if method in ("create", "get_or_create", "update_or_create"):
        spec = draw(specs(hop.target))
        return Relate(hop.source, number, hop.name, method, spec=spec)
    numbers = draw(
        st.lists(st.sampled_from(NUMBERS[hop.target]), unique=True, max_size=3)
    )
    kwargs = {}
    if method != "add" or draw(st.booleans()):
        nullable = PLAIN[hop.target]._meta.get_field(hop.other).null
        if draw(st.booleans()) and (method == "add" or nullable):
            kwargs["bulk"] = draw(st.booleans())
        if method == "set" and nullable:
            kwargs["clear"] = draw(st.booleans())
    return Relate(
        hop.source,
        number,
        hop.name,
        method,
        tuple(numbers),
        kwargs=tuple(kwargs.items()),
    )


@st.composite
def populations(draw):
    """Draw the relations and values of rows."""
    population = {}
    for name, numbers in ROWS.items():
        rows = population[name] = {}
        for number in numbers:
            row = rows[number] = {}
            for field, values in PLAIN_FIELDS[name].items():
                if field not in KEY_FIELDS:
                    row[field] = draw(st.sampled_from(values))
            for hop in RELATIONS[name].values() if name != "Land" else ():
                if (
                    not hop.forward
                    or hop.name in ("land", "town")
                    and not (name in ("Visit", "Seat") and hop.name == "town")
                ):
                    continue
                related = ROWS[hop.target]
                if hop.unique:
                    # Each is somebody else's.
                    related = related[number - 1 : number]
                if name == "Citizen":
                    related = [n for n in related if n // 10 == number // 10]
                choices = st.sampled_from(related)
                row[hop.name] = draw(st.none() | choices if hop.null else choices)
    return population


def populate(family, population):
    for name, rows in population.items():
        own = [hop.name for hop in RELATIONS[name].values() if hop.target == name]
        own = [relation for relation in own if RELATIONS[name][relation].forward]
        later, objs = [], []
        for number, row in rows.items():
            kwargs = family.get_identity(name, number)
            if name == "Passport":
                kwargs["land_id"] = row["owner"] // 10
            for field_name, value in row.items():
                hop = RELATIONS[name].get(field_name)
                if hop is None:
                    kwargs[field_name] = value
                    continue
                attname = family.get_attname(name, field_name)
                key = family.make_key(hop.target, value, hop.via)
                if field_name in own:
                    later.append((len(objs), attname, key))
                else:
                    kwargs[attname] = key
            objs.append(family[name](**kwargs))
        family[name].objects.bulk_create(objs)
        if own:
            for index, attname, key in later:
                if key is not None:
                    setattr(objs[index], attname, key)
            family[name].objects.bulk_update(objs, own)


ERRORS = (IntegrityError, MultipleObjectsReturned, ObjectDoesNotExist, ValueError)


class RelationPropertyTests(TestCase):
    settings = settings(
        max_examples=MAX_EXAMPLES,
        deadline=None,
        derandomize=FIRST_EXAMPLE is None,
        suppress_health_check=list(HealthCheck),
        database=None,
        print_blob=False,
    )

    def run_command(self, family, command):
        """
        Return what the command returns, or the name of its error, and the SQL
        statements that were executed.
        """
        result = error = None
        # It has room for some thousands of queries.
        connection.queries_log.clear()
        errors = ERRORS
        if family is PLAIN:
            # Such as EXISTS in which aliases are wrong.
            errors += (DatabaseError,)
        try:
            with transaction.atomic():
                with CaptureQueriesContext(connection) as captured:
                    try:
                        result = command.run(family)
                    except errors as raised:
                        error = raised
                if error is not None:
                    raise error
                if command.writes and connection.features.can_defer_constraint_checks:
                    connection.check_constraints()
        except errors as raised:
            error, result = raised, raised.__class__.__name__
        return result, captured.captured_queries, error

    def check(self, population, commands):
        with transaction.atomic():
            for family in FAMILIES:
                populate(family, population)
            self.assertEqual(COMPOSITE.dump(), PLAIN.dump())
            for command in commands:
                self.check_command(command)
            transaction.set_rollback(True)

    def check_command(self, command):
        note(str(command))
        expected, plain_queries, plain_error = self.run_command(PLAIN, command)
        if plain_error is not None and not isinstance(plain_error, ERRORS):
            # What can't be asked of other relations isn't asked of these.
            return
        try:
            result, queries, error = self.run_command(COMPOSITE, command)
        except Exception as error:
            error.add_note(f"{command}\n{describe(plain_queries)}")
            raise
        message = f"{command}\n{describe(plain_queries)}\n--\n{describe(queries)}"
        if error is not None and result != expected:
            raise AssertionError(message) from error
        self.assertEqual(result, expected, message)
        self.assertEqual(len(queries), len(plain_queries), message)
        if "First(" not in str(command):
            # Each of the columns has a subquery of its own.
            self.assertLessEqual(
                count_joins(queries), count_joins(plain_queries), message
            )
        if command.writes:
            self.assertEqual(COMPOSITE.dump(), PLAIN.dump(), message)

    def test_questions(self):
        @self.settings
        @given(populations(), st.lists(questions(), min_size=1, max_size=20))
        def check(population, commands):
            self.check(population, commands)

        check()

    def test_changes(self):
        @self.settings
        @given(
            populations(),
            st.lists(changes() | questions(), min_size=1, max_size=20),
        )
        def check(population, commands):
            self.check(population, commands)

        check()


def describe(queries):
    return "\n".join(query["sql"] for query in queries)


def count_joins(queries):
    return sum(
        query["sql"].count(" JOIN ")
        for query in queries
        if query["sql"].startswith("SELECT")
    )
