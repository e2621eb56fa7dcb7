import copy
import pickle

from django.core.exceptions import FieldError, ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Avg, Case, Count, F, Max, Min, Sum, Value, When, Window
from django.db.models.functions import Coalesce, Concat, Lower, RowNumber
from django.test import TestCase, skipUnlessDBFeature
from django.test.utils import isolate_apps

from .models import (
    Article,
    DbDefaulted,
    Defaulted,
    Line,
    Product,
    Review,
    Stock,
    Ticket,
    Warehouse,
)


class KeyValueTests(TestCase):
    def test_is_tuple(self):
        pk = Stock(warehouse_id=1, number=2).pk
        self.assertIsInstance(pk, tuple)
        self.assertEqual(pk, (1, 2))
        self.assertEqual((1, 2), pk)
        self.assertEqual(hash(pk), hash((1, 2)))
        self.assertEqual(repr(pk), "(1, 2)")
        self.assertEqual({(1, 2): "found"}[pk], "found")
        self.assertEqual(sorted([pk, (1, 1)]), [(1, 1), (1, 2)])
        warehouse, number = pk
        self.assertEqual((warehouse, number), (1, 2))

    def test_str_is_text(self):
        pk = Stock(warehouse_id=1, number=2).pk
        self.assertEqual(str(pk), '["1", "2"]')
        self.assertEqual(f"{pk}", '["1", "2"]')

    def test_str_unset(self):
        self.assertEqual(str(Stock(number=2).pk), "(None, 2)")

    def test_pickle_and_copy(self):
        pk = Stock(warehouse_id=1, number=2).pk
        for name, copied in (
            *(
                (f"pickle {protocol}", pickle.loads(pickle.dumps(pk, protocol)))
                for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
            ),
            ("copy", copy.copy(pk)),
            ("deepcopy", copy.deepcopy(pk)),
        ):
            with self.subTest(name):
                self.assertEqual(copied, (1, 2))
                self.assertIs(type(copied), type(pk))
                self.assertEqual(str(copied), '["1", "2"]')

    @isolate_apps("composite_keys")
    def test_pickle_without_model(self):
        class Gone(models.Model):
            pk = models.CompositePrimaryKey("a", "b")
            a = models.IntegerField()
            b = models.IntegerField()

        pickled = pickle.dumps(Gone(a=1, b=2).pk)
        Gone._meta.apps.all_models["composite_keys"].pop("gone")
        self.assertEqual(pickle.loads(pickled), (1, 2))

    def test_pickled_queryset(self):
        warehouse = Warehouse.objects.create()
        stock = Stock.objects.create(warehouse=warehouse, number=1)
        queryset = Stock.objects.filter(pk__in=[stock.pk])
        restored = Stock.objects.all()
        restored.query = pickle.loads(pickle.dumps(queryset.query))
        self.assertSequenceEqual(restored, [stock])

    def test_descriptor_on_class(self):
        self.assertIs(Stock.pk, Stock.__dict__["pk"])
        self.assertIs(Stock.pk.field, Stock._meta.pk)
        self.assertIs(getattr(Stock, "pk", None), Stock.pk)

    def test_assign(self):
        stock = Stock()
        for value in ((1, 2), [1, 2], Stock(warehouse_id=1, number=2).pk):
            with self.subTest(value=value):
                stock.pk = value
                self.assertEqual((stock.warehouse_id, stock.number), (1, 2))
        stock.pk = None
        self.assertEqual(stock.pk, (None, None))

    def test_assign_wrong(self):
        stock = Stock()
        for value in ("[1, 2]", {1: 2}, 5, {1, 2}):
            with self.subTest(value=value):
                msg = "'pk' must be a list or a tuple."
                with self.assertRaisesMessage(ValueError, msg):
                    stock.pk = value
        for value in ((), (1,), (1, 2, 3)):
            with self.subTest(value=value):
                msg = "'pk' must have 2 elements."
                with self.assertRaisesMessage(ValueError, msg):
                    stock.pk = value

    def test_is_pk_set(self):
        self.assertIs(Stock(warehouse_id=1, number=2)._is_pk_set(), True)
        self.assertIs(Stock(warehouse_id=0, number=0)._is_pk_set(), True)
        self.assertIs(Stock(warehouse_id=1)._is_pk_set(), False)
        self.assertIs(Stock(number=1)._is_pk_set(), False)
        self.assertIs(Stock()._is_pk_set(), False)

    def test_hash(self):
        self.assertEqual(hash(Stock(warehouse_id=1, number=2)), hash((1, 2)))
        with self.assertRaises(TypeError):
            hash(Stock(number=2))

    def test_deferred_member(self):
        warehouse = Warehouse.objects.create()
        Stock.objects.create(warehouse=warehouse, number=7, name="a")
        stock = Stock.objects.defer("number").get()
        with self.assertNumQueries(0):
            self.assertEqual(stock.pk, (warehouse.pk, 7))

    def test_only_members(self):
        warehouse = Warehouse.objects.create()
        Stock.objects.create(warehouse=warehouse, number=7, name="a")
        for names in (["pk"], ["pk", "name"]):
            with self.subTest(names=names):
                stock = Stock.objects.only(*names).get()
                with self.assertNumQueries(0):
                    self.assertEqual(stock.pk, (warehouse.pk, 7))

    def test_proxy(self):
        with isolate_apps("composite_keys"):

            class ProxyStock(Stock):
                class Meta:
                    proxy = True

            self.assertEqual(ProxyStock.check(), [])
            proxy = ProxyStock(warehouse_id=1, number=2)
            self.assertEqual(proxy.pk, (1, 2))
            self.assertIs(proxy._is_pk_set(), True)
            self.assertEqual(proxy, Stock(warehouse_id=1, number=2))

    @isolate_apps("composite_keys")
    def test_abstract(self):
        class Base(models.Model):
            pk = models.CompositePrimaryKey("a", "b")
            a = models.IntegerField()
            b = models.IntegerField()

            class Meta:
                abstract = True

        # What is known of the key of the base must not be taken over.
        self.assertEqual(Base._meta.pk.columns, ("a", "b"))

        class First(Base):
            b = models.IntegerField(db_column="first_b")

        class Second(Base):
            b = models.CharField(max_length=1, db_column="second_b")

        self.assertEqual(First._meta.pk.columns, ("a", "first_b"))
        self.assertEqual(Second._meta.pk.columns, ("a", "second_b"))
        self.assertEqual(str(First(a=1, b=2).pk), '["1", "2"]')
        self.assertIsNot(type(First(a=1, b=2).pk), type(Second(a=1, b="2").pk))

    def test_pk_fields(self):
        self.assertEqual(
            [field.name for field in Stock._meta.pk_fields], ["warehouse", "number"]
        )
        self.assertEqual([f.name for f in Warehouse._meta.pk_fields], ["id"])

    def test_members_by_name_or_attname(self):
        for names in (("owner", "number"), ("owner_id", "number")):
            with self.subTest(names=names), isolate_apps("composite_keys"):

                class Owner(models.Model):
                    pass

                class Item(models.Model):
                    pk = models.CompositePrimaryKey(*names)
                    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)
                    number = models.IntegerField()

                self.assertEqual(Item.check(), [])
                self.assertEqual(Item._meta.pk.columns, ("owner_id", "number"))
                _, path, args, _ = Item._meta.pk.deconstruct()
                self.assertEqual(path, "django.db.models.CompositePrimaryKey")
                self.assertEqual(args, names)


class SaveTests(TestCase):
    def test_defaults_insert_once(self):
        """#36064"""
        with self.assertNumQueries(1):
            Defaulted().save()
        with self.assertNumQueries(1):
            Defaulted.objects.create(name="a")
        self.assertEqual(Defaulted.objects.count(), 2)

    def test_db_default_unset_until_saved(self):
        obj = DbDefaulted(number=1)
        self.assertIs(obj._is_pk_set(), False)
        with self.assertRaises(TypeError):
            hash(obj)
        with self.assertNumQueries(1):
            obj.save()
        if connection.features.can_return_columns_from_insert:
            self.assertIs(obj._is_pk_set(), True)
            self.assertEqual(DbDefaulted.objects.get(pk=obj.pk), obj)

    @skipUnlessDBFeature("can_return_rows_from_bulk_insert")
    def test_db_default_bulk_create(self):
        objs = DbDefaulted.objects.bulk_create(
            [DbDefaulted(number=1), DbDefaulted(number=2, shelf=3)]
        )
        self.assertEqual([obj._is_pk_set() for obj in objs], [True, True])
        self.assertCountEqual(DbDefaulted.objects.all(), objs)

    @skipUnlessDBFeature("can_return_columns_from_insert")
    def test_db_default_foreign_key(self):
        """#37238"""
        Warehouse.objects.create(id=1)
        ticket = Ticket(number=3)
        self.assertIs(ticket._is_pk_set(), False)
        ticket.save()
        self.assertEqual(ticket.pk, (1, 3))
        self.assertEqual(ticket.warehouse, Warehouse.objects.get())

    def test_bulk_create_related_saved_after_assignment(self):
        """#37234"""
        warehouse = Warehouse()
        stock = Stock(warehouse=warehouse, number=1)
        warehouse.save()
        Stock.objects.bulk_create([stock])
        self.assertEqual(stock.pk, (warehouse.pk, 1))
        self.assertEqual(Stock.objects.get(), stock)

    def test_changed_member_inserts_copy(self):
        warehouse = Warehouse.objects.create()
        stock = Stock.objects.create(warehouse=warehouse, number=1, name="a")
        stock.number = 2
        stock.save()
        self.assertEqual(Stock.objects.count(), 2)
        stock.name = "changed"
        stock.refresh_from_db()
        self.assertEqual(stock.name, "a")

    def test_duplicate(self):
        warehouse = Warehouse.objects.create()
        Stock.objects.create(warehouse=warehouse, number=1)
        with self.assertRaises(IntegrityError):
            Stock.objects.create(warehouse=warehouse, number=1)

    def test_validate_unique(self):
        """Duplicate keys are found before they reach the database."""
        warehouse = Warehouse.objects.create()
        Stock.objects.create(warehouse=warehouse, number=1)
        msg = "Stock with this Warehouse and Number already exists."
        with self.assertRaisesMessage(ValidationError, msg):
            Stock(warehouse=warehouse, number=1, name="a", amount=1).full_clean()

    def test_members_to_python(self):
        product = Product.objects.create()
        line = Line(product_id=str(product.pk), position="3")
        self.assertEqual(str(line.pk), f'["{product.pk}", "3"]')
        line.save()
        self.assertEqual(Line.objects.get().pk, (product.pk, 3))


class SelectRelatedTests(TestCase):
    def test_key_columns_not_adjacent(self):
        """#36373"""

        product = Product.objects.create(name="p")
        line = Line.objects.create(product=product, position=1, note="n")
        with self.assertNumQueries(1):
            found = Line.objects.select_related("product").get()
            self.assertEqual(found.product, product)
        self.assertEqual(found.pk, line.pk)

    def test_null(self):
        warehouse = Warehouse.objects.create()
        stock = Stock.objects.create(warehouse=warehouse, number=1)
        reviews = [
            Review.objects.create(stock=stock),
            Review.objects.create(),
            # A dangling reference, which nothing prevents.
            Review.objects.create(warehouse_id=warehouse.pk, stock_number=5),
        ]
        with self.assertNumQueries(1):
            self.assertEqual(
                [
                    review.stock
                    for review in Review.objects.select_related("stock").order_by("id")
                ],
                [stock, None, None],
            )
        self.assertEqual(len(reviews), 3)


class ExpressionTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.warehouses = [Warehouse.objects.create(name=f"w{i}") for i in range(2)]
        cls.stocks = [
            Stock.objects.create(warehouse=warehouse, number=number, name=f"s{number}")
            for warehouse in cls.warehouses
            for number in range(3)
        ]
        for stock in cls.stocks[:2]:
            for _ in range(2):
                Review.objects.create(stock=stock)
        Review.objects.create(warehouse_id=cls.warehouses[0].pk)

    def test_one_column_only(self):
        for expression in (
            Max("pk"),
            Min("pk"),
            Sum("pk"),
            Avg("pk"),
            Coalesce("pk", Value(1)),
            Concat("pk", Value("a")),
            Lower("pk"),
            Case(When(number=1, then="pk"), default=Value(1)),
            F("pk") + 1,
            -F("pk"),
        ):
            with self.subTest(expression=expression):
                msg = "expression does not support composite primary keys."
                with self.assertRaisesMessage(ValueError, msg):
                    list(Stock.objects.annotate(x=expression))

    def test_count(self):
        self.assertEqual(Stock.objects.aggregate(n=Count("pk")), {"n": 6})
        self.assertEqual(
            Stock.objects.aggregate(n=Count("pk", distinct=True)), {"n": 6}
        )

    def test_count_through_relation(self):
        counts = (
            Warehouse.objects.annotate(
                n=Count("stocks"),
                joined=Count("stocks__reviews"),
                distinct=Count("stocks", distinct=True),
            )
            .order_by("id")
            .values_list("n", "joined", "distinct")
        )
        self.assertSequenceEqual(counts, [(5, 4, 3), (3, 0, 3)])

    def test_count_distinct_filter(self):
        self.assertEqual(
            Review.objects.aggregate(
                all=Count("stock__pk", distinct=True),
                some=Count(
                    "stock__pk", distinct=True, filter=models.Q(stock__number__gt=0)
                ),
            ),
            {"all": 2, "some": 1},
        )

    def test_count_ignores_partial_null(self):
        # The last review has a warehouse but no number.
        for distinct, expected in ((False, 4), (True, 2)):
            with self.subTest(distinct=distinct):
                self.assertEqual(
                    Review.objects.aggregate(n=Count(F("stock"), distinct=distinct)),
                    {"n": expected},
                )

    def test_count_of_slice(self):
        queryset = Stock.objects.order_by("pk")[:4]
        self.assertEqual(queryset.aggregate(n=Count("pk")), {"n": 4})
        self.assertEqual(queryset.aggregate(n=Count("pk", distinct=True)), {"n": 4})
        self.assertEqual(
            queryset.aggregate(
                n=Count("pk", filter=models.Q(pk__in=[s.pk for s in self.stocks[3:]]))
            ),
            {"n": 1},
        )

    def test_count_distinct_separators(self):
        Article.objects.create(language="a,", slug="b")
        Article.objects.create(language="a", slug=",b")
        Article.objects.create(language="a'", slug="b")
        Article.objects.create(language='"a', slug='b"')
        self.assertEqual(
            Article.objects.aggregate(n=Count("pk", distinct=True)), {"n": 4}
        )

    def test_values_distinct_order_by_other(self):
        self.assertCountEqual(
            Stock.objects.values_list("pk", flat=True).distinct().order_by("name"),
            [stock.pk for stock in self.stocks],
        )

    def test_first_last_on_aggregation(self):
        """#36648"""
        queryset = Stock.objects.values("warehouse", "number").annotate(
            n=Count("reviews")
        )
        self.assertEqual(queryset.first()["n"], 2)
        self.assertEqual(queryset.last()["n"], 0)

    def test_update_by_key(self):
        msg = (
            "Composite primary keys expressions are not allowed in this query "
            "(name=F('pk'))."
        )
        with self.assertRaisesMessage(FieldError, msg):
            Stock.objects.update(name=F("pk"))

    def test_contains(self):
        queryset = Stock.objects.filter(number__gt=0)
        self.assertIs(queryset.contains(self.stocks[1]), True)
        self.assertIs(queryset.contains(self.stocks[0]), False)

    def test_earliest_latest(self):
        self.assertEqual(Stock.objects.earliest("pk"), self.stocks[0])
        self.assertEqual(Stock.objects.latest("pk"), self.stocks[-1])

    def test_union(self):
        queryset = Stock.objects.filter(number=0).union(Stock.objects.filter(number=2))
        self.assertEqual(
            sorted(obj.pk for obj in queryset),
            sorted(stock.pk for stock in self.stocks if stock.number != 1),
        )
        self.assertCountEqual(
            Stock.objects.filter(number=0)
            .values_list("pk", flat=True)
            .union(Stock.objects.filter(number=2).values_list("pk", flat=True)),
            [stock.pk for stock in self.stocks if stock.number != 1],
        )

    def test_window_filter(self):
        queryset = Stock.objects.annotate(
            position=Window(
                RowNumber(), partition_by="warehouse", order_by=F("pk").desc()
            )
        ).order_by("pk")
        self.assertSequenceEqual(
            queryset.filter(position=1), [self.stocks[2], self.stocks[5]]
        )
        self.assertSequenceEqual(
            queryset.filter(position=1).values_list("pk", "name"),
            [(stock.pk, stock.name) for stock in (self.stocks[2], self.stocks[5])],
        )
        self.assertSequenceEqual(
            queryset.filter(
                models.Q(pk__in=[self.stocks[0].pk, self.stocks[1].pk])
                | models.Q(position=1)
            ).values_list("pk", flat=True),
            [self.stocks[index].pk for index in (0, 1, 2, 5)],
        )

    def test_select_for_update(self):
        with transaction.atomic():
            self.assertEqual(
                Stock.objects.select_for_update().get(pk=self.stocks[0].pk),
                self.stocks[0],
            )


class MemberLookupTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.first, cls.second = (
            Warehouse.objects.create(name=name) for name in ("first", "second")
        )
        cls.stocks = [
            Stock.objects.create(warehouse=warehouse, number=number)
            for warehouse in (cls.first, cls.second)
            for number in range(2)
        ]
        cls.reviews = [Review.objects.create(stock=stock) for stock in cls.stocks]

    def test_filter(self):
        for lookup, expected in (
            ({"pk__warehouse": self.second}, self.stocks[2:]),
            ({"pk__warehouse": self.second.pk}, self.stocks[2:]),
            ({"pk__warehouse_id": self.second.pk}, self.stocks[2:]),
            ({"pk__warehouse_id__in": [self.second.pk]}, self.stocks[2:]),
            ({"pk__warehouse__name": "second"}, self.stocks[2:]),
            ({"pk__warehouse__name__startswith": "f"}, self.stocks[:2]),
            ({"pk__number": 1}, self.stocks[1::2]),
            ({"pk__number__lt": 1}, self.stocks[::2]),
            ({"pk__number": F("pk__number")}, self.stocks),
            ({"pk__warehouse__isnull": False}, self.stocks),
        ):
            with self.subTest(lookup=lookup):
                self.assertSequenceEqual(
                    Stock.objects.filter(**lookup).order_by("pk"), expected
                )
                self.assertSequenceEqual(
                    Stock.objects.exclude(**lookup).order_by("pk"),
                    [stock for stock in self.stocks if stock not in expected],
                )

    def test_no_join(self):
        queryset = Stock.objects.filter(pk__warehouse_id=1, pk__number=1)
        self.assertEqual(
            str(queryset.query),
            str(Stock.objects.filter(warehouse_id=1, number=1).query),
        )

    def test_through_relations(self):
        for model, lookup, expected in (
            (Review, {"stock__pk__number": 1}, self.reviews[1::2]),
            (Review, {"stock__pk__warehouse__name": "first"}, self.reviews[:2]),
            (Warehouse, {"stocks__pk__number": 1}, [self.first, self.second]),
        ):
            with self.subTest(lookup=lookup):
                self.assertSequenceEqual(
                    model.objects.filter(**lookup).order_by("pk"), expected
                )
                self.assertSequenceEqual(
                    model.objects.exclude(**lookup).order_by("pk"),
                    [
                        obj
                        for obj in model.objects.order_by("pk")
                        if obj not in expected
                    ],
                )

    def test_order_by(self):
        self.assertSequenceEqual(
            Stock.objects.order_by("-pk__number", "pk__warehouse__name"),
            [self.stocks[i] for i in (1, 3, 0, 2)],
        )

    def test_values(self):
        self.assertSequenceEqual(
            Stock.objects.order_by("pk").values("pk__number", "pk__warehouse__name")[
                :1
            ],
            [{"pk__number": 0, "pk__warehouse__name": "first"}],
        )
        self.assertSequenceEqual(
            Stock.objects.order_by("pk").values_list("pk__number", flat=True),
            [0, 1, 0, 1],
        )

    def test_expressions(self):
        self.assertSequenceEqual(
            Stock.objects.annotate(next=F("pk__number") + 1)
            .order_by("pk")
            .values_list("next", flat=True),
            [1, 2, 1, 2],
        )
        self.assertSequenceEqual(
            Warehouse.objects.filter(
                models.Exists(
                    Stock.objects.filter(
                        pk__warehouse=models.OuterRef("pk"), pk__number=1
                    )
                )
            ).order_by("pk"),
            [self.first, self.second],
        )

    def test_unknown(self):
        for lookup in ("pk__name", "pk__nonexistent", "pk__contains"):
            with self.subTest(lookup=lookup), self.assertRaises(FieldError):
                Stock.objects.filter(**{lookup: "a"})

    @isolate_apps("composite_keys")
    def test_member_named_like_lookup(self):
        class Named(models.Model):
            pk = models.CompositePrimaryKey("range", "contains")
            range = models.IntegerField()
            contains = models.IntegerField()

        # The key's own lookups are not members.
        sql = str(Named.objects.filter(pk__range=((1, 2), (3, 4))).query)
        self.assertIn("contains", sql)
        # Lookups the key doesn't have are.
        self.assertIn("= 5", str(Named.objects.filter(pk__contains=5).query))


class CheckTests(TestCase):
    def test_arguments(self):
        for args in ((), ("a", "a"), ("a", 1), ("a", ["b"]), (models.F("a"), "b")):
            with self.subTest(args=args):
                msg = "CompositePrimaryKey args must be unique strings."
                with self.assertRaisesMessage(ValueError, msg):
                    models.CompositePrimaryKey(*args)

    @isolate_apps("composite_keys")
    def test_members(self):
        class Other(models.Model):
            pass

        class Wrong(models.Model):
            pk = models.CompositePrimaryKey(
                "unknown", "others", "wrong", "other", "other_id", "nullable"
            )
            others = models.ManyToManyField(Other, related_name="+")
            other = models.ForeignKey(Other, models.CASCADE, related_name="+")
            wrong = models.CharField(max_length=1)
            nullable = models.IntegerField(null=True)

        hints = [
            error.hint
            for error in Wrong._check_composite_pk()
            if error.id == "models.E042"
        ]
        self.assertEqual(
            hints,
            [
                "'unknown' is not a valid field.",
                "'others' field has no column.",
                "'nullable' field may not set 'null=True'.",
                "'other_id' and 'other' are the same fields.",
            ],
        )

    @isolate_apps("composite_keys")
    def test_key_as_member(self):
        class Wrong(models.Model):
            pk = models.CompositePrimaryKey("number", "pk")
            number = models.IntegerField()

        class Child(models.Model):
            wrong = models.ForeignKey(Wrong, models.CASCADE)

        self.assertEqual(
            [(error.id, error.hint) for error in Wrong.check()],
            [("models.E042", "'pk' field has no column.")],
        )
        Child.check()

    @isolate_apps("composite_keys")
    def test_reverse_relation_as_member(self):
        class Wrong(models.Model):
            pk = models.CompositePrimaryKey("number", "children")
            number = models.IntegerField()

        class Child(models.Model):
            parent_number = models.IntegerField()
            wrong = models.ForeignObject(
                Wrong,
                models.CASCADE,
                from_fields=["parent_number"],
                to_fields=["number"],
                related_name="children",
            )

        self.assertEqual(
            [error.hint for error in Wrong._check_composite_pk()],
            ["'children' field has no column."],
        )
