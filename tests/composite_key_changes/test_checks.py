import re
from unittest import mock, skipUnless

from composite_keys.oracle import OracleTestCase, sqlglot

from django.core.checks import Error
from django.db import DatabaseError, connection, models
from django.db.backends.base.column_fills import ColumnFill
from django.db.backends.base.key_checks import KeyChecks, KeyProblem
from django.db.migrations.exceptions import KeyChangeError
from django.test import SimpleTestCase, skipUnlessDBFeature
from django.test.utils import isolate_apps

from .tables import TablesTestCase


class KeyChangeErrorTests(SimpleTestCase):
    def test_message(self):
        error = KeyChangeError(
            "shop.Order",
            ["tenant", "number"],
            [
                KeyProblem("2 rows are wrong.", "SELECT 1"),
                KeyProblem("Nobody knows why."),
            ],
        )
        self.assertEqual(
            str(error),
            "The primary key of shop.Order can't be changed to (tenant, number). No "
            "table was altered for that.\n"
            "* 2 rows are wrong.\n"
            "  This query lists them:\n"
            "  SELECT 1;\n"
            "* Nobody knows why.",
        )
        self.assertIsInstance(error, ValueError)

    def test_begun(self):
        error = KeyChangeError("shop.Order", ["a", "b"], [KeyProblem("Why.")], True)
        self.assertEqual(
            str(error),
            "The primary key of shop.Order can't be changed to (a, b). Solve this and "
            "run migrate again.\n* Why.",
        )

    def test_removal(self):
        error = KeyChangeError("shop.Order", (), [KeyProblem("It is needed.")])
        self.assertEqual(
            str(error),
            "The primary key of shop.Order can't be removed. No table was altered for "
            "that.\n* It is needed.",
        )


class ChecksTestCase(TablesTestCase):
    def setUp(self):
        super().setUp()
        self.checks = KeyChecks(connection, "shop.Order", ["tenant", "number"])

    def assertProblems(self, *expected):
        messages = [message for message, *_ in expected]
        self.assertEqual([p.message for p in self.checks.problems], messages)
        for problem, (_, *rows) in zip(self.checks.problems, expected):
            if rows:
                # As it's given to a user.
                with connection.cursor() as cursor:
                    cursor.execute(problem.query)
                    found = sorted(map(tuple, cursor.fetchall()), key=str)
                self.assertEqual(found, *rows)
            else:
                self.assertIsNone(problem.query)
        if expected:
            with self.assertRaises(KeyChangeError) as caught:
                self.checks.finish()
            for message in messages:
                self.assertIn(f"* {message}", str(caught.exception))
        else:
            self.checks.finish()


class DataTests(ChecksTestCase):
    def setUp(self):
        super().setUp()
        self.create_orders()
        self.order.objects.bulk_create(
            self.order(id=number, tenant=number, number="a") for number in range(1, 9)
        )

    def test_valid(self):
        self.checks.add_key("kc_order", ["tenant", "number"], ["id"])
        self.assertProblems()

    def test_null(self):
        self.order.objects.filter(id=1).update(tenant=None)
        self.checks.add_key("kc_order", ["tenant", "number"], ["id"])
        self.assertProblems(
            (
                "1 row of kc_order has NULL in any of tenant, number.",
                [(1, None, "a")],
            )
        )

    def test_nulls(self):
        self.order.objects.filter(id__in=[1, 2]).update(number=None)
        # It's no duplicate, too.
        self.order.objects.filter(id=3).update(tenant=2, number=None)
        self.checks.add_key("kc_order", ["number"], ["id"])
        self.assertProblems(
            (
                "3 rows of kc_order have NULL in number.",
                [(1, None), (2, None), (3, None)],
            ),
            (
                "5 rows of kc_order share 1 value of number, which must be unique.",
                [("a", 5)],
            ),
        )

    def test_null_in_key(self):
        self.order.objects.filter(id=1).update(tenant=None)
        self.checks.add_nulls("kc_order", ["id", "tenant"], ["id"])
        self.assertProblems(
            ("1 row of kc_order has NULL in any of id, tenant.", [(1, None)])
        )

    def test_duplicates(self):
        self.order.objects.filter(id__in=[1, 2, 3]).update(tenant=1)
        self.order.objects.filter(id__in=[4, 5]).update(tenant=4)
        self.checks.add_key("kc_order", ["tenant", "number"], ["id"])
        self.assertProblems(
            (
                "5 rows of kc_order share 2 values of (tenant, number), which must be "
                "unique.",
                [(1, "a", 3), (4, "a", 2)],
            )
        )

    def test_collation(self):
        """The database tells which texts are equal."""
        self.order.objects.update(tenant=1)
        texts = ["a", "A", "b", "b ", "c", "d", "e", "f"]
        for index, text in enumerate(texts, start=1):
            self.order.objects.filter(id=index).update(number=text)
        self.checks.add_key("kc_order", ["tenant", "number"], ["id"])
        if connection.vendor == "mysql":
            (problem,) = self.checks.problems
            self.assertEqual(
                problem.message,
                "4 rows of kc_order share 2 values of (tenant, number), which must be "
                "unique.",
            )
        else:
            self.assertProblems()
        # It's right about that.
        sql = "CREATE UNIQUE INDEX {kc_unique} ON {kc_order} ({tenant}, {number})"
        if self.checks.problems:
            with self.assertRaisesRegex(Exception, "Duplicate"):
                self.execute(sql)
        else:
            self.execute(sql)

    def test_size(self):
        table = self.create_table(
            "kc_large",
            id=models.IntegerField(primary_key=True),
            a=models.CharField(max_length=255),
            b=models.CharField(max_length=255),
            c=models.CharField(max_length=255),
            d=models.CharField(max_length=255),
        )
        columns = [field.column for field in table._meta.local_fields]
        self.checks.add_key("kc_large", columns[:4], ["id"])
        self.assertProblems()
        self.checks.add_key("kc_large", columns[1:], ["id"])
        if connection.vendor == "mysql":
            self.assertProblems(
                (
                    "A key over (a, b, c, d) of kc_large may have 4,080 bytes, but "
                    f"{connection.display_name} supports 3,072. Alter the fields to "
                    "have a lower max_length before.",
                )
            )
            # It's right about that.
            with self.assertRaisesRegex(Exception, "too long"):
                self.execute(
                    "ALTER TABLE {kc_large} DROP PRIMARY KEY, "
                    "ADD PRIMARY KEY (a, b, c, d)"
                )
        else:
            self.assertProblems()

    def test_large_numbers(self):
        self.order.objects.bulk_create(
            self.order(id=number, tenant=9, number="x") for number in range(1000, 2500)
        )
        self.checks.add_duplicates("kc_order", ["tenant", "number"])
        self.assertProblems(
            (
                "1,500 rows of kc_order share 1 value of (tenant, number), which must "
                "be unique.",
                [(9, "x", 1500)],
            )
        )

    def test_fill(self):
        self.line.objects.bulk_create(
            self.line(id=number, order_id=number) for number in range(1, 11)
        )
        self.line.objects.create(id=11)
        fill = ColumnFill(
            connection,
            "kc_line",
            ["id"],
            {"order_tenant": "tenant", "order_number": "number"},
            "kc_order",
            {"order_id": "id"},
        )
        self.checks.add_fill(fill)
        self.assertProblems(
            (
                "2 rows of kc_line refer to a row of kc_order that doesn't exist by "
                "order_id, and can't be moved to the new key.",
                [(10, 10), (9, 9)],
            )
        )
        self.line.objects.filter(id=9).delete()
        self.checks.problems.clear()
        self.checks.add_fill(fill)
        self.checks.add_unfilled(fill)
        rows = [(number, number) for number in [1, 10, *range(2, 9)]]
        self.assertProblems(
            (
                "1 row of kc_line refers to a row of kc_order that doesn't exist by "
                "order_id, and can't be moved to the new key.",
                [(10, 10)],
            ),
            (
                "9 rows of kc_line refer to kc_order by order_id but not by "
                "(order_tenant, order_number).",
                rows,
            ),
        )

    def test_composite_fill(self):
        self.line.objects.create(id=1, order_tenant=1, order_number="a")
        self.line.objects.create(id=2, order_tenant=1, order_number="b")
        self.line.objects.create(id=3, order_tenant=1)
        fill = ColumnFill(
            connection,
            "kc_line",
            ["id"],
            {"order_id": "id"},
            "kc_order",
            {"order_tenant": "tenant", "order_number": "number"},
        )
        self.checks.add_fill(fill)
        self.assertProblems(
            (
                "1 row of kc_line refers to a row of kc_order that doesn't exist by "
                "(order_tenant, order_number), and can't be moved to the new key.",
                [(2, 1, "b")],
            ),
        )


class FieldTests(ChecksTestCase):
    databases = {"default"}

    @isolate_apps("composite_key_changes")
    def test_unknown(self):
        class Order(models.Model):
            tenant = models.IntegerField()
            text = models.TextField()

            class Meta:
                app_label = "composite_key_changes"

        fields = self.checks.add_fields(Order)
        self.assertEqual(fields, [Order._meta.get_field("tenant")])
        self.assertProblems(
            (
                "It has no field named 'number'. Add the field before, or choose from: "
                "id, tenant, text.",
            )
        )

    @isolate_apps("composite_key_changes")
    def test_types(self):
        class Order(models.Model):
            tenant = models.TextField()
            number = models.BinaryField()

            class Meta:
                app_label = "composite_key_changes"

        self.checks.add_fields(Order)
        if connection.vendor in ("mysql", "oracle"):
            types = [f.db_type(connection) for f in Order._meta.local_fields[1:]]
            self.assertProblems(
                *(
                    (
                        f"{connection.display_name} does not support a column of the "
                        f"type {db_type}, which that of '{name}' has, in a primary "
                        "key. Alter the field to one of a limited length, e.g. a "
                        "CharField.",
                    )
                    for name, db_type in zip(["tenant", "number"], types)
                )
            )
        else:
            self.assertProblems()


@skipUnlessDBFeature("supports_foreign_keys")
class ReferenceTests(ChecksTestCase):
    message = (
        "The table kc_audit refers to it by order_id%s, which no managed model of the "
        "project does, so that the migration can't move it. Add a model for the table, "
        "or drop the constraint by a RunSQL operation before, and move the references "
        "yourself."
    )

    def setUp(self):
        super().setUp()
        self.create_orders()

    def create_audit(self, extra=""):
        self.execute(
            "CREATE TABLE {kc_audit} ({id} integer NOT NULL PRIMARY KEY, {order_id} "
            "integer, CONSTRAINT {kc_audit_fk} FOREIGN KEY ({order_id}) REFERENCES "
            "{kc_order} ({id}))"
        )
        self.addCleanup(self.execute, "DROP TABLE {kc_audit}")

    def get_message(self):
        if connection.vendor == "sqlite":
            return self.message % ""
        name = connection.introspection.identifier_converter("kc_audit_fk")
        return self.message % f" (constraint {name})"

    def test_unknown(self):
        self.create_audit()
        self.checks.add_references("kc_order", ["id"], [])
        self.assertProblems((self.get_message(),))

    def test_known(self):
        self.create_audit()
        self.checks.add_references("kc_order", ["id"], [("kc_audit", ("order_id",))])
        self.assertProblems()

    def test_known_by_another_column(self):
        self.create_audit()
        self.checks.add_references("kc_order", ["id"], [("kc_audit", ("id",))])
        self.assertProblems((self.get_message(),))

    def test_other_columns(self):
        self.create_audit()
        self.checks.add_references("kc_order", ["tenant", "id"], [])
        self.assertProblems()
        self.checks.add_references("kc_order", ["tenant"], [], ["id"])
        self.assertProblems((self.get_message(),))

    def test_introspection(self):
        with connection.cursor() as cursor:
            get = connection.introspection.get_referencing_foreign_keys
            self.assertEqual(get(cursor, "kc_order"), [])
            self.create_audit()
            (info,) = get(cursor, "kc_order")
            self.assertEqual(get(cursor, "kc_line"), [])
        self.assertEqual(
            info[1:],
            (None, "kc_audit", ["order_id"], ["id"]),
        )

    def test_introspection_composite(self):
        target = self.create_table(
            "kc_target",
            pk=models.CompositePrimaryKey("b", "a"),
            a=models.IntegerField(),
            b=models.IntegerField(),
        )
        self.assertEqual(target._meta.db_table, "kc_target")
        self.execute(
            "CREATE TABLE {kc_two} ({x} integer, {y} integer, {z} integer, "
            "FOREIGN KEY ({x}, {y}) REFERENCES {kc_target} ({b}, {a}), "
            "FOREIGN KEY ({z}, {y}) REFERENCES {kc_target} ({b}, {a}))"
        )
        self.addCleanup(self.execute, "DROP TABLE {kc_two}")
        with connection.cursor() as cursor:
            infos = connection.introspection.get_referencing_foreign_keys(
                cursor, "kc_target"
            )
        self.assertEqual(
            [info[1:] for info in infos],
            [
                (None, "kc_two", ["x", "y"], ["b", "a"]),
                (None, "kc_two", ["z", "y"], ["b", "a"]),
            ],
        )

    @skipUnless(connection.vendor == "sqlite", "SQLite specific test.")
    def test_introspection_implicit_columns(self):
        self.execute("CREATE TABLE kc_child (a int REFERENCES KC_Order)")
        self.addCleanup(self.execute, "DROP TABLE kc_child")
        with connection.cursor() as cursor:
            (info,) = connection.introspection.get_referencing_foreign_keys(
                cursor, "kc_order"
            )
        self.assertEqual(info, (0, None, "kc_child", ["a"], ["id"]))

    @skipUnless(connection.vendor == "postgresql", "PostgreSQL specific test.")
    def test_other_schema(self):
        self.execute('CREATE SCHEMA "kc Audit"')
        self.addCleanup(self.execute, 'DROP SCHEMA "kc Audit" CASCADE')
        self.execute(
            'CREATE TABLE "kc Audit".kc_line (order_id integer REFERENCES kc_order)'
        )
        self.checks.add_references("kc_order", ["id"], [("kc_line", ("order_id",))])
        self.assertProblems(
            (
                self.message.replace("kc_audit", "kc Audit.kc_line")
                % " (constraint kc_line_order_id_fkey)",
            )
        )

    @skipUnless(connection.vendor == "mysql", "MySQL specific test.")
    def test_other_database(self):
        name = connection.settings_dict["NAME"]
        self.execute("CREATE DATABASE {kc_audits}")
        self.addCleanup(self.execute, "DROP DATABASE {kc_audits}")
        self.execute(
            "CREATE TABLE {kc_audits}.{kc_line} ({order_id} integer, CONSTRAINT {c} "
            "FOREIGN KEY ({order_id}) REFERENCES {%s}.{kc_order} ({id}))" % name
        )
        self.checks.add_references("kc_order", ["id"], [("kc_line", ("order_id",))])
        self.assertProblems(
            (self.message.replace("kc_audit", "kc_audits.kc_line") % " (constraint c)",)
        )

    @skipUnless(connection.vendor == "postgresql", "PostgreSQL specific test.")
    def test_partitions_of_what_refers(self):
        self.execute(
            "CREATE TABLE kc_audit (order_id integer REFERENCES kc_order, at integer) "
            "PARTITION BY RANGE (at)"
        )
        self.addCleanup(self.execute, "DROP TABLE kc_audit")
        self.execute(
            "CREATE TABLE kc_audit_1 PARTITION OF kc_audit FOR VALUES FROM (1) TO (2)"
        )
        self.checks.add_references("kc_order", ["id"], [("kc_audit", ("order_id",))])
        self.assertProblems()


class UnmanagedTests(ChecksTestCase):
    def get_model(self, table):
        with isolate_apps("composite_key_changes"):

            class Report(models.Model):
                class Meta:
                    app_label = "composite_key_changes"
                    db_table = table
                    managed = False

        return Report

    def test_unmanaged(self):
        self.create_orders()
        model = self.get_model("kc_line")
        self.checks.add_unmanaged(model, "order", ["order_tenant", "order_number"])
        self.assertProblems()
        self.checks.add_unmanaged(model, "order", ["order_tenant", "order_key"])
        self.assertProblems(
            (
                "composite_key_changes.Report.order refers to it, but the model is "
                "unmanaged and its table, kc_line, has no order_key. Add that by a "
                "RunSQL operation before, or make the model managed by "
                "AlterModelOptions, which is a SeparateDatabaseAndState if the table "
                "is to be left alone.",
            )
        )

    def test_no_table(self):
        self.checks.add_unmanaged(self.get_model("kc_nowhere"), "order", ["a"])
        self.assertProblems()


class DependentTests(ChecksTestCase):
    def setUp(self):
        super().setUp()
        self.create_orders()

    def assertDependents(self, *names, dropped=("number",), primary_key=False):
        self.checks.problems.clear()
        self.checks.add_dependents("kc_order", dropped, primary_key)
        which = ["its primary key"] if primary_key else []
        if dropped:
            which.insert(0, *dropped)
        self.assertProblems(
            *(
                (
                    f"The {name} depends on kc_order, of which {' or '.join(which)} is "
                    "dropped. Drop it by a RunSQL operation before, and create it "
                    "again after.",
                )
                for name in names
            )
        )

    def create_view(self, name="kc_view", columns="number", table="kc_order"):
        self.execute(
            "CREATE VIEW {%s} AS SELECT {%s} FROM {%s}" % (name, columns, table)
        )
        self.addCleanup(self.execute, "DROP VIEW {%s}" % name)

    def test_nothing(self):
        self.assertDependents()
        self.assertDependents(dropped=(), primary_key=True)

    @skipUnless(
        connection.vendor in ("sqlite", "postgresql", "mysql"),
        "It isn't known what views use on other databases.",
    )
    def test_view(self):
        self.create_view()
        self.assertDependents("view kc_view")
        self.assertDependents(dropped=["tenant"])
        self.create_view("kc_more", table="kc_view")
        if connection.vendor == "sqlite":
            self.assertDependents("view kc_view", "view kc_more")
        else:
            # It's the view's columns that it depends on.
            self.assertDependents("view kc_view")

    @skipUnless(connection.vendor == "postgresql", "PostgreSQL specific test.")
    def test_postgresql(self):
        for create, drop, name in [
            (
                "CREATE MATERIALIZED VIEW kc_mat AS SELECT number FROM kc_order",
                "DROP MATERIALIZED VIEW kc_mat",
                "materialized view kc_mat",
            ),
            (
                "ALTER TABLE kc_order ADD doubled varchar(40) GENERATED ALWAYS AS "
                "(number || number) STORED",
                "ALTER TABLE kc_order DROP doubled",
                "column doubled of table kc_order",
            ),
            (
                "CREATE TRIGGER kc_trig BEFORE UPDATE OF number ON kc_order FOR EACH "
                "ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
                "DROP TRIGGER kc_trig ON kc_order",
                "trigger kc_trig on table kc_order",
            ),
            (
                "CREATE POLICY kc_policy ON kc_order USING (number <> '')",
                "DROP POLICY kc_policy ON kc_order",
                "policy kc_policy on table kc_order",
            ),
        ]:
            with self.subTest(name=name):
                self.execute(create)
                try:
                    names = [p.message for p in self.get_problems(["number"])]
                    self.assertEqual(len(names), 1, names)
                    self.assertIn(name, names[0])
                    self.assertEqual(self.get_problems(["tenant"]), [])
                    # It's right about that.
                    with self.assertRaisesRegex(Exception, "other objects depend"):
                        self.execute("ALTER TABLE kc_order DROP number")
                finally:
                    self.execute(drop)

    def get_problems(self, dropped, primary_key=False):
        self.checks.problems.clear()
        self.checks.add_dependents("kc_order", dropped, primary_key)
        return self.checks.problems

    @skipUnless(connection.vendor == "mysql", "MySQL specific test.")
    def test_mysql(self):
        for create, drop, name in [
            (
                "ALTER TABLE kc_order ADD doubled varchar(40) GENERATED ALWAYS AS "
                "(concat(number, 'x')) STORED",
                "ALTER TABLE kc_order DROP doubled",
                "generated column doubled",
            ),
            (
                "ALTER TABLE kc_order ADD CONSTRAINT kc_check CHECK (number <> id)",
                "ALTER TABLE kc_order DROP CONSTRAINT kc_check",
                "check constraint kc_check",
            ),
        ]:
            with self.subTest(name=name):
                self.execute(create)
                try:
                    self.assertDependents(name)
                    self.assertDependents(dropped=["tenant"])
                    self.assertDependents(dropped=[], primary_key=True)
                    # It's right about that.
                    with self.assertRaises(DatabaseError):
                        self.execute("ALTER TABLE kc_order DROP number")
                finally:
                    self.execute(drop)

    @skipUnless(connection.vendor == "mysql", "MySQL specific test.")
    def test_mysql_known_check(self):
        """Constraints of the model are dropped before."""
        self.execute(
            "ALTER TABLE kc_order ADD CONSTRAINT kc_check CHECK (number <> id)"
        )
        self.assertDependents("check constraint kc_check")
        self.checks.problems.clear()
        self.checks.add_dependents("kc_order", ["number"], known=["kc_check"])
        self.assertProblems()

    @skipUnless(connection.vendor == "mysql", "MySQL specific test.")
    def test_mysql_what_goes_along(self):
        self.execute("ALTER TABLE kc_order ADD CHECK (number <> 'x')")
        self.execute("CREATE INDEX kc_index ON kc_order (number)")
        self.assertDependents()
        self.execute("ALTER TABLE kc_order DROP number")

    @skipUnless(connection.vendor == "mysql", "MySQL specific test.")
    def test_mysql_views(self):
        for select, found in [
            ("SELECT * FROM kc_order", True),
            ("SELECT o.number AS n FROM kc_order o", True),
            ("SELECT id FROM kc_order WHERE number = 'x'", True),
            (
                "SELECT id FROM kc_line WHERE order_id IN "
                "(SELECT o2.id FROM kc_order o1 JOIN kc_order o2 USING (number))",
                True,
            ),
            ("SELECT id, tenant AS number FROM kc_order", False),
            ("SELECT o.id, l.number FROM kc_order o JOIN kc_number l ON 1", False),
            ("SELECT number FROM kc_number", False),
        ]:
            with self.subTest(select=select):
                self.execute("CREATE TABLE kc_number (number int)")
                self.execute(f"CREATE VIEW kc_view AS {select}")
                try:
                    self.assertDependents(*(["view kc_view"] if found else []))
                finally:
                    self.execute("DROP VIEW kc_view")
                    self.execute("DROP TABLE kc_number")

    @skipUnless(connection.vendor == "mysql", "MySQL specific test.")
    def test_mysql_triggers(self):
        for sql, found in [
            ("BEFORE UPDATE ON kc_order FOR EACH ROW SET NEW.number = 'x'", True),
            ("BEFORE UPDATE ON kc_order FOR EACH ROW SET NEW.`NUMBER` = 'x'", True),
            ("BEFORE UPDATE ON kc_order FOR EACH ROW SET NEW.tenant = 1", False),
            (
                "AFTER INSERT ON kc_line FOR EACH ROW "
                "UPDATE kc_order SET number = 'x' WHERE id = 0",
                True,
            ),
            (
                "AFTER INSERT ON kc_line FOR EACH ROW "
                "UPDATE kc_order SET tenant = 1 WHERE id = 0",
                False,
            ),
        ]:
            with self.subTest(sql=sql):
                self.execute(f"CREATE TRIGGER kc_trigger {sql}")
                try:
                    self.assertDependents(*(["trigger kc_trigger"] if found else []))
                finally:
                    self.execute("DROP TRIGGER kc_trigger")

    @skipUnless(connection.vendor == "postgresql", "PostgreSQL specific test.")
    def test_primary_key(self):
        """SELECT number … GROUP BY id depends on id being the key."""
        self.execute("CREATE VIEW kc_view AS SELECT number FROM kc_order GROUP BY id")
        self.addCleanup(self.execute, "DROP VIEW kc_view")
        self.assertDependents("view kc_view", dropped=[], primary_key=True)
        self.assertDependents(dropped=[])
        with self.assertRaisesRegex(Exception, "other objects depend"):
            self.execute("ALTER TABLE kc_order DROP CONSTRAINT kc_order_pkey")

    @skipUnless(connection.vendor == "postgresql", "PostgreSQL specific test.")
    def test_what_goes_along(self):
        """DROP COLUMN drops these."""
        self.execute("CREATE INDEX ON kc_order (number)")
        self.execute("ALTER TABLE kc_order ADD CHECK (number <> 'x')")
        self.execute("ALTER TABLE kc_order ADD CHECK (number <> tenant::text)")
        self.execute("ALTER TABLE kc_order ADD UNIQUE (number)")
        self.execute("ALTER TABLE kc_order ALTER number SET DEFAULT 'y'")
        self.execute("CREATE TABLE kc_fk (n varchar(20) REFERENCES kc_order (number))")
        self.addCleanup(self.execute, "DROP TABLE kc_fk")
        self.assertDependents()

    @skipUnless(connection.vendor == "sqlite", "SQLite specific test.")
    def test_triggers(self):
        for sql, found in [
            ("AFTER UPDATE OF number ON kc_order BEGIN SELECT 1; END", True),
            ('AFTER INSERT ON kc_order BEGIN SELECT new."NUMBER"; END', True),
            ("AFTER INSERT ON kc_order BEGIN SELECT new.numbers; END", False),
            ("AFTER INSERT ON kc_line BEGIN UPDATE kc_order SET number=1; END", True),
            ("AFTER INSERT ON kc_line BEGIN UPDATE kc_order SET tenant=1; END", False),
            ("AFTER INSERT ON kc_line BEGIN SELECT new.number; END", False),
        ]:
            with self.subTest(sql=sql):
                self.execute(f"CREATE TRIGGER kc_trigger {sql}")
                self.assertDependents(*(["trigger kc_trigger"] if found else []))
                self.execute("DROP TRIGGER kc_trigger")

    @skipUnless(connection.vendor == "sqlite", "SQLite specific test.")
    def test_suspend(self):
        """A table can be made anew with what uses it."""
        from django.db.backends.sqlite3.key_dependents import suspend_dependents

        self.create_view(columns="tenant")
        self.execute("CREATE VIEW kc_view2 AS SELECT * FROM kc_view")
        self.addCleanup(self.execute, "DROP VIEW kc_view2")
        for name, sql in [
            ("kc_trigger1", "INSTEAD OF INSERT ON kc_view2 BEGIN SELECT '%s'; END"),
            ("kc_trigger2", "AFTER INSERT ON kc_order BEGIN SELECT '%s'; END"),
            (
                "kc_trigger3",
                "AFTER INSERT ON kc_line BEGIN UPDATE kc_order SET tenant = 5; END",
            ),
            ("kc_trigger4", "AFTER INSERT ON kc_line BEGIN SELECT 1; END"),
        ]:
            self.execute(f"CREATE TRIGGER {name} {sql}")
            self.addCleanup(self.execute, f"DROP TRIGGER IF EXISTS {name}")
        query = (
            "SELECT type, name, tbl_name, sql FROM sqlite_master "
            "WHERE type IN ('view', 'trigger') AND name LIKE 'kc_%' ORDER BY name"
        )
        before = self.execute(query)
        self.assertEqual(len(before), 6)
        self.order.objects.create(id=1, tenant=1, number="a")
        with connection.schema_editor() as editor:
            with suspend_dependents(editor, ["kc_order"]):
                self.assertEqual(
                    [name for _, name, *_ in self.execute(query)], ["kc_trigger4"]
                )
                editor._remake_table(self.order)
        self.assertEqual(self.execute(query), before)
        self.line.objects.create(id=1)
        self.assertEqual(self.execute("SELECT * FROM kc_view2"), [(5,)])


@skipUnless(connection.vendor == "postgresql", "PostgreSQL specific test.")
class PartitionTests(ChecksTestCase):
    def create(self, partition_by):
        self.execute(
            "CREATE TABLE kc_part (id integer, tenant integer, at timestamp) "
            f"PARTITION BY {partition_by}"
        )
        self.addCleanup(self.execute, "DROP TABLE kc_part")

    def test_columns(self):
        self.create("RANGE (tenant, at)")
        self.checks.add_partitions("kc_part", ["at", "id", "tenant"])
        self.assertProblems()
        self.checks.add_partitions("kc_part", ["id", "tenant"])
        self.assertProblems(
            (
                "The table kc_part is partitioned by (tenant, at): its primary key "
                "must contain at.",
            )
        )

    def test_expression(self):
        self.create("RANGE (date_trunc('month', at))")
        self.checks.add_partitions("kc_part", ["id", "at"])
        self.assertProblems(
            (
                "The table kc_part is partitioned by an expression, with which it "
                "can't have a primary key.",
            )
        )

    def test_plain_table(self):
        self.create_orders()
        self.checks.add_partitions("kc_order", ["number"])
        self.assertProblems()


class OracleCheckTests(OracleTestCase):
    def collect(self, function):
        cursor = mock.MagicMock()
        cursor.__enter__.return_value = cursor
        cursor.fetchone.return_value = (2, 4)
        cursor.fetchall.return_value = []
        with mock.patch.object(self.connection, "cursor", lambda: cursor):
            function()
        statements = [call.args[0] for call in cursor.execute.call_args_list]
        for statement in statements:
            self.parse(statement)
        return statements

    def parse(self, statement):
        (parsed,) = sqlglot.parse(
            statement.replace("%s", ":arg0"),
            dialect="oracle",
            error_level=sqlglot.ErrorLevel.RAISE,
        )
        self.assertIsInstance(parsed, sqlglot.exp.Select)

    def test_data(self):
        checks = KeyChecks(self.connection, "shop.Order", ["tenant", "number"])
        self.collect(
            lambda: checks.add_duplicates("kc_order", ["tenant", "number"]),
        )
        (problem,) = checks.problems
        self.parse(problem.query)
        self.assertEqual(
            problem.query,
            'SELECT "TENANT", "NUMBER", COUNT(*) FROM "KC_ORDER" WHERE "TENANT" IS NOT '
            'NULL AND "NUMBER" IS NOT NULL GROUP BY "TENANT", "NUMBER" HAVING '
            "COUNT(*) > 1",
        )

    def test_introspection(self):
        checks = KeyChecks(self.connection, "shop.Order", ["tenant", "number"])
        (statement,) = self.collect(
            lambda: checks.add_references("kc_order", ["id"], [])
        )
        self.assertIn("rcons.table_name = UPPER(", re.sub(r"\s+", " ", statement))


@skipUnless(connection.vendor == "postgresql", "PostgreSQL specific test.")
@isolate_apps("composite_key_changes")
class ExclusionConstraintTests(SimpleTestCase):
    """
    An operator of an exclusion constraint compares single columns, which those of a
    relation aren't any more when the key that it refers to becomes composite.
    """

    def check(self, expression):
        from django.contrib.postgres.constraints import ExclusionConstraint

        class Order(models.Model):
            pk = models.CompositePrimaryKey("tenant", "number")
            tenant = models.IntegerField()
            number = models.IntegerField()

        class Line(models.Model):
            order = models.ForeignKey(Order, models.CASCADE)
            other = models.ForeignKey("self", models.CASCADE)

            class Meta:
                constraints = [
                    ExclusionConstraint(
                        name="exclude",
                        expressions=[(expression, "=")],
                        condition=models.Q(order__isnull=False),
                    )
                ]

        return Line, Line.check(databases=["default"])

    def test_relation(self):
        for expression in ("order", models.F("order_pk")):
            with (
                self.subTest(expression=expression),
                isolate_apps("composite_key_changes"),
            ):
                model, errors = self.check(expression)
                name = getattr(expression, "name", expression)
                self.assertEqual(
                    errors,
                    [
                        Error(
                            f"ExclusionConstraint 'exclude' refers to '{name}', a "
                            "relation of several columns.",
                            hint=(
                                "Refer to its columns one by one: 'order_tenant', "
                                "'order_number'."
                            ),
                            obj=model,
                            id="postgres.E005",
                        )
                    ],
                )

    def test_column(self):
        for expression in ("order_number", "other", "other_id", models.F("id")):
            with (
                self.subTest(expression=expression),
                isolate_apps("composite_key_changes"),
            ):
                self.assertEqual(self.check(expression)[1], [])
