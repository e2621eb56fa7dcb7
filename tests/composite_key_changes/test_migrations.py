"""
The primary key of a model changes by what makemigrations writes, with rows in its
table and in all that refer to it, and changes back.
"""

from unittest import skipUnless

from composite_key_changes.shops import AUTO, KEY, line, order, tenant
from composite_relations.projects import APP, fk, model

from django.db import OperationalError, connection, migrations, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.graph import MigrationGraph
from django.test import TransactionTestCase, skipUnlessDBFeature

from .testcase import KeyMigrationTestCase

CODE = {"code": models.CharField(max_length=9)}
AUTO_KEY = {
    "pk": models.CompositePrimaryKey("tenant", "id"),
    "id": models.BigAutoField(),
}
PRIMARY_CODE = {"code": models.CharField(max_length=9, primary_key=True)}


class InterchangedKeysTests(KeyMigrationTestCase):
    """Each key there is, by each of the others."""

    keys = {
        "id": AUTO,
        "tenant, number": KEY,
        "number, tenant": {"pk": models.CompositePrimaryKey("number", "tenant")},
        "tenant, code": {"pk": models.CompositePrimaryKey("tenant", "code"), **CODE},
        "tenant, number, code": {
            "pk": models.CompositePrimaryKey("tenant", "number", "code"),
            **CODE,
        },
        "code": PRIMARY_CODE,
        "tenant, id": AUTO_KEY,
        "tenant, number and id": {**KEY, "id": models.BigIntegerField(default=7)},
    }
    columns = {
        "id": ["id"],
        "tenant, number": ["tenant_id", "number"],
        "number, tenant": ["number", "tenant_id"],
        "tenant, code": ["tenant_id", "code"],
        "tenant, number, code": ["tenant_id", "number", "code"],
        "code": ["code"],
        "tenant, id": ["tenant_id", "id"],
        "tenant, number and id": ["tenant_id", "number"],
    }

    def get_models(self, key):
        parts = {"order": fk("Order"), "position": models.IntegerField()}
        return [
            tenant(),
            order(**{**CODE, **self.keys[key]}),
            line(text=models.CharField(max_length=9)),
            model("Note", **AUTO, order=fk("Order", null=True)),
            model("Tag", **AUTO, orders=models.ManyToManyField(f"{APP}.Order")),
            model("Part", pk=models.CompositePrimaryKey(*parts), **parts),
            model("Piece", **AUTO, part=fk("Part")),
        ]

    def get_rows(self, key):
        """Return what belongs to which order, by the columns of its key."""
        columns = self.columns[key]
        pairs = [(name if columns[1:] else "id", name) for name in columns]
        return {
            name: sorted(
                self.fetch(
                    "SELECT o.code, r.%s FROM {order} o JOIN %s r ON %s"
                    % (
                        value,
                        table,
                        " AND ".join(
                            f"r.{prefix}_{column} = o.{target}"
                            for column, target in pairs
                        ),
                    )
                )
            )
            for name, table, prefix, value in (
                ("line", "{line}", "order", "text"),
                ("note", "{note}", "order", "id"),
                ("tag", "{tag_orders}", "order", "tag_id"),
                ("part", "{part}", "order", "position"),
                ("piece", "{piece}", "part_order", "part_position"),
            )
        }

    def assertInterchanged(self, first, second):
        self.start()
        self.migrate(*self.get_models(first))
        orders = self.create_orders(
            code=lambda tenant, number: f"{tenant}-{number}",
            **(
                {"id": lambda tenant, number: tenant + 2 * number + 40}
                if first == "tenant, number and id"
                else {}
            ),
        )
        tag = self.create("Tag")
        for i, obj in enumerate(orders):
            self.create("Line", order=obj, text=f"a{i}")
            self.create("Line", order=obj, text=f"b{i}")
            self.create("Note", order=obj if i % 2 else None)
            self.create("Piece", part=self.create("Part", order=obj, position=i))
        tag.orders.add(*orders[1:])
        rows = self.get_rows(first)
        self.assertEqual(
            {name: len(found) for name, found in rows.items()},
            {"line": 8, "note": 2, "tag": 3, "part": 4, "piece": 4},
        )
        self.migrate(*self.get_models(second))
        self.assertEqual(self.get_rows(second), rows)
        self.assertEqual(self.get_key("order"), self.columns[second])
        # The database knows.
        connection.check_constraints()
        Order = self.get_model("Order")
        self.assertEqual(Order.objects.filter(line__text="a3").get().code, "2-2")
        self.migrate_back_once()
        self.assertEqual(self.get_rows(first), rows)
        self.assertEqual(self.get_key("order"), self.columns[first])
        connection.check_constraints()
        self.migrate(*self.get_models(second))
        self.assertEqual(self.get_rows(second), rows)

    def test_interchanged(self):
        pairs = [
            ("id", "tenant, number"),
            ("id", "tenant, number and id"),
            ("id", "tenant, id"),
            ("tenant, number", "id"),
            ("tenant, id", "id"),
            ("tenant, id", "tenant, number"),
            ("tenant, number", "number, tenant"),
            ("tenant, number", "tenant, number, code"),
            ("tenant, number", "tenant, code"),
            ("tenant, number, code", "code"),
            ("code", "tenant, code"),
            ("code", "tenant, number"),
            ("tenant, number and id", "id"),
        ]
        for first, second in pairs:
            with self.subTest(first=first, second=second):
                self.assertInterchanged(first, second)


class UniqueFieldsTests(KeyMigrationTestCase):
    """What is going to be the key, or was it, is unique by a constraint, too."""

    names = ("tenant", "number")

    def get_options(self):
        yield {"unique_together": {self.names}}
        constraint = models.UniqueConstraint(fields=self.names, name="kc_unique")
        yield {"constraints": [constraint]}

    def check(self, *steps):
        """Migrate through the models of an order, and back."""
        for options in self.get_options():
            with self.subTest(options=options):
                self.start()
                for has_options, fields in steps:
                    self.migrate(
                        tenant(),
                        order(**fields, options=options if has_options else None),
                        line(),
                    )
                    if not self.get_model("Order").objects.exists():
                        orders = self.create_orders()
                        self.create("Line", order=orders[2])
                    self.check_rows()
                while len(self.applied) > 1:
                    self.migrate_back_once()
                    self.check_rows()
                self.migrate_back()

    def check_rows(self):
        (line,) = self.get_model("Line").objects.select_related("order")
        self.assertEqual((line.order.tenant_id, line.order.number), (1, 2))

    def test_removed_with_the_change(self):
        self.check((True, AUTO), (False, KEY))

    def test_removed_after_the_change(self):
        self.check((True, AUTO), (True, KEY), (False, KEY))

    def test_added_with_the_change(self):
        self.check((False, KEY), (True, AUTO))

    def test_added_before_the_change(self):
        self.check((False, KEY), (True, KEY), (True, AUTO))


class LastNumberTests(KeyMigrationTestCase):
    """Numbers of rows that were deleted aren't used again after the key changes."""

    def create_order(self):
        return self.create(
            "Order", tenant=self.get_model("Tenant").objects.get(), number=1
        )

    def test_last_number(self):
        single = [tenant(), order(id=models.BigAutoField(primary_key=True))]
        composite = [tenant(), order(**AUTO_KEY)]
        self.start()
        self.migrate(*single)
        self.create("Tenant", id=1)
        self.create_order()
        numbers = []
        for migrate in (
            lambda: self.migrate(*composite),
            lambda: self.migrate(*single),
            lambda: self.migrate(*composite),
            self.migrate_back_once,
        ):
            obj = self.create_order()
            numbers.append(obj.id)
            obj.delete()
            migrate()
        numbers.append(self.create_order().id)
        self.assertEqual(numbers, sorted(set(numbers)))


class UnappliedTests(TransactionTestCase):
    """
    The models of apps that a migration doesn't depend on, and that come after it
    in the plan, refer to the key that changes back.
    """

    available_apps = ["composite_key_changes"]

    def setUp(self):
        class First(migrations.Migration):
            operations = [
                migrations.CreateModel("Tenant", list(AUTO.items())),
                migrations.CreateModel(
                    "Order",
                    [
                        *AUTO.items(),
                        ("tenant", models.ForeignKey("kc_a.Tenant", models.CASCADE)),
                    ],
                ),
            ]

        class Change(migrations.Migration):
            dependencies = [("kc_a", "0001")]
            operations = [
                migrations.AddField("Order", "pk", AUTO_KEY["pk"]),
                migrations.AlterField("Order", "id", AUTO_KEY["id"]),
            ]

        class Other(migrations.Migration):
            dependencies = [("kc_a", "0001")]
            operations = [
                migrations.CreateModel(
                    "Line",
                    [
                        *AUTO.items(),
                        ("order", models.ForeignKey("kc_a.Order", models.CASCADE)),
                    ],
                ),
            ]

        self.graph = MigrationGraph()
        self.migrations = {
            ("kc_a", "0001"): First("0001", "kc_a"),
            ("kc_a", "0002"): Change("0002", "kc_a"),
            ("kc_b", "0001"): Other("0001", "kc_b"),
        }
        for key, migration in self.migrations.items():
            self.graph.add_node(key, migration)
        for key, migration in self.migrations.items():
            for parent in migration.dependencies:
                self.graph.add_dependency(migration, key, parent)
        self.addCleanup(self.migrate, ("kc_b", None), ("kc_a", None))

    def migrate(self, *targets):
        for target in targets:
            executor = MigrationExecutor(connection)
            executor.loader.graph = self.graph
            executor.migrate([target])

    def get_lines(self):
        with connection.cursor() as cursor:
            columns = connection.introspection.get_table_description(
                cursor, "kc_b_line"
            )
            cursor.execute("SELECT * FROM kc_b_line")
            names = [column.name for column in columns]
            return [dict(zip(names, row)) for row in cursor.fetchall()]

    def test_unapplied(self):
        self.migrate(("kc_a", "0001"), ("kc_b", "0001"))
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO kc_a_tenant (id) VALUES (7)")
            cursor.execute("INSERT INTO kc_a_order (id, tenant_id) VALUES (5, 7)")
            cursor.execute("INSERT INTO kc_b_line (id, order_id) VALUES (1, 5)")
        before = {"id": 1, "order_id": 5}
        for _ in range(2):
            self.migrate(("kc_a", "0002"))
            self.assertEqual(self.get_lines(), [{**before, "order_tenant_id": 7}])
            self.migrate(("kc_a", "0001"))
            self.assertEqual(self.get_lines(), [before])


class SharedColumnsTests(KeyMigrationTestCase):
    """A relation refers to a key by columns that are other fields."""

    columns = {"tenant": fk("Tenant"), "order_number": models.IntegerField()}
    shared = fk("Order", from_fields=["tenant", "order_number"])

    def start_with_lines(self):
        self.migrate(
            tenant(), order(**KEY), model("Line", **AUTO, **self.columns, o=self.shared)
        )
        for obj in self.create_orders():
            self.create("Line", o=obj)

    def check_lines(self):
        lines = self.get_model("Line").objects.select_related("o").order_by("id")
        self.assertEqual(
            [(line.o.tenant_id, line.o.number) for line in lines],
            [(1, 1), (2, 1), (1, 2), (2, 2)],
        )

    def check(self, line, **options):
        self.start_with_lines()
        self.migrate(tenant(), order(**AUTO, **options), line)
        self.check_lines()
        self.migrate_back_once()
        self.check_lines()
        self.migrate_back()

    def test_unique_fields(self):
        """It goes on to refer to the same fields, which are unique."""
        names = ["tenant", "number"]
        relation = fk("Order", from_fields=["tenant", "order_number"], to_fields=names)
        self.check(
            model("Line", **AUTO, **self.columns, o=relation),
            options={"unique_together": {tuple(names)}},
        )

    def test_columns_of_its_own(self):
        """It is given columns, in place of those, which are as they were."""
        self.check(model("Line", **AUTO, **self.columns, o=fk("Order")))

    def test_columns_of_its_own_for_another_key(self):
        """The key that it follows then is composite before and after."""
        for members in (("tenant", "part", "number"), ("number", "tenant")):
            with self.subTest(members=members):
                self.start_with_lines()
                part = {"part": models.IntegerField(default=3)}
                key = {"pk": models.CompositePrimaryKey(*members)}
                operations = self.migrate(
                    tenant(),
                    order(**key, **part if "part" in members else {}),
                    model("Line", **AUTO, **self.columns, o=fk("Order", null=True)),
                )
                names = [op.name for op in operations if hasattr(op, "model_name")]
                self.assertLess(names.index("o"), names.index("pk"))
                self.check_lines()
                columns = self.get_columns("line")
                self.assertEqual(
                    {f"o_{name}" for name in members if name != "tenant"} - columns,
                    set(),
                )
                self.migrate_back_once()
                self.check_lines()
                self.migrate_back()

    def test_columns_of_its_own_for_a_key_that_follows(self):
        """It's not the key it refers to that is altered but one which that has."""
        part = {"order": fk("Order"), "position": models.IntegerField()}
        key = {"pk": models.CompositePrimaryKey(*part)}
        columns = {
            "tenant": fk("Tenant"),
            "number": models.IntegerField(),
            "position": models.IntegerField(),
        }
        shared = fk("Part", from_fields=list(columns))

        def get_models(*members, relation):
            key_of_order = models.CompositePrimaryKey(*members)
            return [
                tenant(),
                order(pk=key_of_order, size=models.IntegerField()),
                model("Part", **key, **part),
                model("Piece", **AUTO, **columns, p=relation),
            ]

        self.migrate(*get_models("tenant", "number", relation=shared))
        for obj in self.create_orders(size=lambda *key: 5):
            self.create("Piece", p=self.create("Part", order=obj, position=9))

        def check_pieces():
            pieces = self.get_model("Piece").objects.select_related("p__order")
            self.assertCountEqual(
                [(p.p.order.tenant_id, p.p.order.number, p.p.position) for p in pieces],
                [(1, 1, 9), (2, 1, 9), (1, 2, 9), (2, 2, 9)],
            )

        self.migrate(*get_models("tenant", "size", "number", relation=fk("Part")))
        check_pieces()
        self.migrate_back_once()
        check_pieces()
        self.migrate_back()


@skipUnlessDBFeature("supports_stored_generated_columns")
class GeneratedFieldTests(KeyMigrationTestCase):
    def get_line(self, column):
        """Return a model with what is made of a column that follows the key."""
        check = models.CheckConstraint(
            condition=models.Q(**{f"{column}__gt": 0}), name="kc_check"
        )
        doubled = models.GeneratedField(
            expression=models.F(column) * 2,
            output_field=models.BigIntegerField(),
            db_persist=True,
        )
        return model(
            "Line",
            {"constraints": [check]},
            **AUTO,
            order=fk("Order"),
            **{f"{column}_doubled": doubled},
        )

    def get_lines(self, name):
        lines = self.get_model("Line").objects.order_by("order__number")
        return list(lines.values_list("order__number", name))

    def test_generated_field(self):
        self.migrate(tenant(), order(**AUTO), self.get_line("order_id"))
        self.create("Tenant", id=1)
        for number in (7, 8):
            self.create("Line", order=self.create("Order", tenant_id=1, number=number))
        self.assertEqual(self.get_lines("order_id_doubled"), [(7, 2), (8, 4)])
        self.migrate(tenant(), order(**KEY), self.get_line("order_number"))
        self.assertEqual(self.get_lines("order_number_doubled"), [(7, 14), (8, 16)])
        self.migrate_back_once()
        self.assertEqual(self.get_lines("order_id_doubled"), [(7, 2), (8, 4)])
        self.migrate_back()


@skipUnless(connection.vendor == "sqlite", "SQLite specific test.")
class SQLiteViewTests(KeyMigrationTestCase):
    def test_view(self):
        """
        A table isn't made anew to remove a field as long as there is a view on it,
        which is said, though rows refer to none in between.
        """
        self.migrate(tenant(), order(**AUTO), line())
        self.create("Line", order=self.create_orders()[0])
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE VIEW kc_view AS SELECT number FROM {APP}_order")
            self.addCleanup(self.drop_view)
        before = self.get_columns("line")
        with self.assertRaisesMessage(OperationalError, "error in view kc_view"):
            self.migrate(tenant(), order(**KEY), line())
        # It has been rolled back.
        self.assertEqual(self.get_columns("line"), before)

    def drop_view(self):
        with connection.cursor() as cursor:
            cursor.execute("DROP VIEW kc_view")
