import re

from django.db import connection, transaction
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from .models import (
    Branch,
    Leaf,
    LeafMark,
    PlainBranch,
    PlainLeaf,
    PlainLeafMark,
    PlainRoot,
    PlainRootMark,
    Root,
    RootMark,
)

TWINS = {
    Root: PlainRoot,
    Branch: PlainBranch,
    Leaf: PlainLeaf,
    LeafMark: PlainLeafMark,
    RootMark: PlainRootMark,
}


class TwinTests(TestCase):
    """The same tables are queried, in the same order, as with a single key."""

    @classmethod
    def setUpTestData(cls):
        for number in range(1, 10):
            level = number % 3
            (Root, Branch, Leaf)[level].objects.create(x=1, y=number)
            (PlainRoot, PlainBranch, PlainLeaf)[level].objects.create(id=number)
        LeafMark.objects.create(leaf_pk=(1, 2))
        RootMark.objects.create(root_pk=(1, 2))
        PlainLeafMark.objects.create(leaf_id=2)
        PlainRootMark.objects.create(root_id=2)

    def get_key(self, model, number):
        return number if model in TWINS.values() else (1, number)

    def get_queries(self, function, model):
        with transaction.atomic():
            with CaptureQueriesContext(connection) as context:
                function(model)
            transaction.set_rollback(True)
        queries = []
        for query in context:
            sql = query["sql"].lower().replace("plain", "")
            if "savepoint" not in sql:
                tables = re.findall("composite_inheritance_[a-z]+", sql)
                queries.append((sql.split()[0], sorted(set(tables))))
        return queries

    def assertSameQueries(self, function, *models):
        for model in models or (Root, Branch, Leaf):
            with self.subTest(model=model.__name__):
                self.assertEqual(
                    self.get_queries(function, model),
                    self.get_queries(function, TWINS[model]),
                )

    def get(self, model, number=2):
        return model.objects.get(pk=self.get_key(model, number))

    def test_delete(self):
        self.assertSameQueries(lambda model: self.get(model).delete())
        self.assertSameQueries(lambda model: self.get(model).delete(keep_parents=True))
        self.assertSameQueries(lambda model: model.objects.all().delete())
        self.assertSameQueries(lambda model: model.objects.filter(name="").delete())

    def test_save(self):
        def create(model):
            model.objects.create(pk=self.get_key(model, 20))

        self.assertSameQueries(create)
        self.assertSameQueries(lambda model: model(pk=self.get_key(model, 20)).save())
        self.assertSameQueries(lambda model: self.get(model).save())
        self.assertSameQueries(
            lambda model: self.get(model).save(update_fields=["name"])
        )
        self.assertSameQueries(lambda model: self.get(model).refresh_from_db())
        self.assertSameQueries(lambda model: self.get(model).full_clean(["name"]), Root)

    def test_update(self):
        self.assertSameQueries(lambda model: model.objects.update(name="x"))
        self.assertSameQueries(
            lambda model: model.objects.filter(name="").update(length=2, name="x"),
            Branch,
            Leaf,
        )
        self.assertSameQueries(
            lambda model: model.objects.filter(length=0).update(color="x"), Leaf
        )
        self.assertSameQueries(
            lambda model: model.objects.bulk_update(
                model.objects.all(), ["name", "length"]
            ),
            Branch,
            Leaf,
        )

    def test_select(self):
        for name in ("name", "pk"):
            self.assertSameQueries(lambda model: list(model.objects.values(name)))
            self.assertSameQueries(lambda model: list(model.objects.order_by(name)))
            self.assertSameQueries(
                lambda model: [obj.name for obj in model.objects.only(name)]
            )
        self.assertSameQueries(
            lambda model: list(
                model.objects.filter(pk__in=[self.get_key(model, n) for n in (1, 2)])
            )
        )

    def test_related(self):
        prefix = {Root: "", PlainRoot: "plain"}

        def down(model):
            name = prefix[model]
            list(model.objects.select_related(f"{name}branch__{name}leaf"))
            list(model.objects.prefetch_related(f"{name}branch__{name}leaf"))
            list(model.objects.filter(**{f"{name}branch__{name}leaf__color": ""}))
            list(model.objects.exclude(**{f"{name}branch__{name}leaf__color": ""}))
            list(model.objects.filter(**{f"{name}branch": None}))

        self.assertSameQueries(down, Root)
        self.assertSameQueries(
            lambda model: [mark.leaf.name for mark in model.objects.all()], LeafMark
        )
        self.assertSameQueries(
            lambda model: list(model.objects.select_related("leaf")), LeafMark
        )
        self.assertSameQueries(
            lambda model: list(model.objects.prefetch_related("leaf")), LeafMark
        )
        self.assertSameQueries(
            lambda model: list(model.objects.filter(leaf__name="")), LeafMark
        )
        self.assertSameQueries(
            lambda model: list(model.objects.filter(leaf=self.get_key(model, 2))),
            LeafMark,
        )
