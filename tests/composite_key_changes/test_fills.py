import datetime
import uuid
from io import StringIO
from unittest import mock, skipUnless

from composite_keys.oracle import OracleTestCase, sqlglot

from django.core.management.commands.migrate import Command
from django.db import connection, migrations, models, transaction
from django.db.backends.base.column_fills import (
    ColumnFill,
    FillProgress,
    get_fill_report,
)
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState
from django.test import SimpleTestCase
from django.test.utils import CaptureQueriesContext

from .tables import TablesTestCase


def get_fill(table="kc_line", key=("id",), connection=connection):
    return ColumnFill(
        connection,
        table,
        key,
        {"order_tenant": "tenant", "order_number": "number"},
        "kc_order",
        {"order_id": "id"},
    )


class FillTests(TablesTestCase):
    def setUp(self):
        super().setUp()
        self.create_orders()
        self.order.objects.bulk_create(
            self.order(id=number, tenant=number % 3, number=f"n{number}")
            for number in range(1, 21)
        )
        # Each tenth line has no order.
        self.line.objects.bulk_create(
            self.line(id=number, order_id=number % 20 + 1 if number % 10 else None)
            for number in range(1, 101)
        )

    def get_expected(self):
        return [
            (number, order, order % 3, f"n{order}")
            for number in range(1, 101)
            for order in [number % 20 + 1]
            if number % 10
        ]

    def get_filled(self):
        return list(
            self.line.objects.filter(order_tenant__isnull=False)
            .order_by("id")
            .values_list("id", "order_id", "order_tenant", "order_number")
        )

    def test_fill(self):
        fill = get_fill()
        self.assertEqual(fill.count_unfilled(), 90)
        fill.run()
        self.assertEqual(self.get_filled(), self.get_expected())
        self.assertEqual(fill.count_unfilled(), 0)

    @skipUnless(connection.vendor == "mysql", "MySQL specific test.")
    def test_on_update(self):
        """Columns with ON UPDATE CURRENT_TIMESTAMP keep their values."""
        self.execute(
            "ALTER TABLE {kc_line} ADD changed TIMESTAMP NOT NULL "
            "DEFAULT '2001-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP, "
            "ADD seen DATETIME(3) NULL ON UPDATE CURRENT_TIMESTAMP(3)"
        )
        # What refers to nothing any more is set to NULL.
        self.line.objects.filter(order_id=None).update(order_tenant=5)
        self.execute("UPDATE {kc_line} SET changed = '2001-01-01', seen = NULL")
        fill = get_fill()
        fill.run(30)
        self.assertEqual(self.get_filled(), self.get_expected())
        values = "SELECT DISTINCT changed, seen FROM {kc_line}"
        expected = ((datetime.datetime(2001, 1, 1), None),)
        self.assertEqual(self.execute(values), expected)
        # So do those of sqlmigrate.
        self.line.objects.update(order_tenant=5)
        self.execute("UPDATE {kc_line} SET changed = '2001-01-01', seen = NULL")
        for statement in fill.statements():
            self.execute(statement)
        self.assertEqual(self.get_filled(), self.get_expected())
        self.assertEqual(self.execute(values), expected)

    def test_batches(self):
        for batch_size, batches in [(1, 101), (7, 15), (50, 3), (99, 2), (101, 1)]:
            with self.subTest(batch_size=batch_size):
                self.line.objects.update(order_tenant=None, order_number=None)
                with CaptureQueriesContext(connection) as queries:
                    get_fill().run(batch_size)
                self.assertEqual(self.get_filled(), self.get_expected())
                updates = [
                    query["sql"]
                    for query in queries
                    if query["sql"].startswith("UPDATE")
                ]
                self.assertEqual(len(updates), 2 * batches)

    def test_each_batch_is_a_transaction(self):
        class Interrupted(Exception):
            pass

        def report(done, total):
            if done == 40:
                raise Interrupted

        with self.assertRaises(Interrupted):
            get_fill().run(20, report)
        self.assertEqual(self.get_filled(), self.get_expected()[:36])
        get_fill().run(20)
        self.assertEqual(self.get_filled(), self.get_expected())

    def test_in_transaction(self):
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            get_fill().run(20)
            1 / 0
        self.assertEqual(self.get_filled(), [])

    def test_follows_what_has_changed(self):
        get_fill().run()
        self.order.objects.filter(id=2).update(tenant=7, number="changed")
        self.line.objects.filter(id=2).update(order_id=5)
        self.line.objects.filter(id=3).update(order_id=None)
        self.line.objects.filter(id=10).update(order_id=4)
        get_fill().run(30)
        filled = {
            number: (tenant, text) for number, _, tenant, text in self.get_filled()
        }
        self.assertEqual(filled[1], (7, "changed"))
        self.assertEqual(filled[2], (2, "n5"))
        self.assertNotIn(3, filled)
        self.assertEqual(filled[10], (1, "n4"))
        self.assertIs(
            self.line.objects.filter(id=3, order_number__isnull=True).exists(), True
        )
        self.assertEqual(get_fill().count_unfilled(), 0)

    def test_filled_rows_are_left_alone(self):
        get_fill().run()
        ops = connection.ops
        with connection.cursor() as cursor:
            cursor.execute(*ops.fill_columns_sql(get_fill(), None))
            self.assertEqual(cursor.rowcount, 0)
            self.line.objects.filter(id__in=[1, 2]).update(order_tenant=None)
            cursor.execute(*ops.fill_columns_sql(get_fill(), None))
            self.assertEqual(cursor.rowcount, 2)

    def test_orphans(self):
        fill = get_fill()
        self.assertEqual(fill.count_orphans(), 0)
        self.line.objects.filter(id__in=[1, 2, 3]).update(order_id=99)
        self.assertEqual(fill.count_orphans(), 3)
        fill.run()
        self.assertEqual(self.get_filled(), self.get_expected()[3:])
        self.assertEqual(fill.count_unfilled(), 3)

    def test_source_with_null(self):
        self.order.objects.filter(id=2).update(number=None)
        get_fill().run()
        self.assertEqual(get_fill().count_unfilled(), 5)
        self.order.objects.filter(id=2).update(number="n2")
        get_fill().run()
        self.assertEqual(self.get_filled(), self.get_expected())

    def test_without_key(self):
        for key in ((), None):
            with self.subTest(key=key):
                self.line.objects.update(order_tenant=None, order_number=None)
                get_fill(key=key).run(10)
                self.assertEqual(self.get_filled(), self.get_expected())

    def test_statements(self):
        for statement in get_fill().statements():
            with connection.cursor() as cursor:
                cursor.execute(statement)
        self.assertEqual(self.get_filled(), self.get_expected())

    def test_composite_to_single(self):
        get_fill().run()
        self.line.objects.update(order_id=None)
        fill = ColumnFill(
            connection,
            "kc_line",
            ["id"],
            {"order_id": "id"},
            "kc_order",
            {"order_tenant": "tenant", "order_number": "number"},
        )
        fill.run(30)
        self.assertEqual(self.get_filled(), self.get_expected())
        # A part of a reference refers to nothing.
        self.line.objects.filter(id=1).update(order_number=None)
        fill.run(30)
        self.assertIsNone(self.line.objects.get(id=1).order_id)

    def test_report(self):
        calls = []
        get_fill().run(40, lambda *args: calls.append(args))
        self.assertEqual(calls, [(40, 100), (80, 100), (100, 100)])

    def test_empty_table(self):
        self.line.objects.all().delete()
        calls = []
        get_fill().run(40, lambda *args: calls.append(args))
        self.assertEqual(calls, [(0, 0)])

    def test_batches_use_the_key(self):
        """No batch looks at all of the rows, nor at all of the source."""
        fill = get_fill()
        with connection.cursor() as cursor:
            batches = list(fill._get_batches(cursor, 40))
            sql, params = connection.ops.fill_columns_sql(fill, batches[1])
            if connection.vendor == "sqlite":
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                plan = "\n".join(row[-1] for row in cursor.fetchall())
                self.assertIn("SEARCH kc_line USING INTEGER PRIMARY KEY", plan)
                self.assertNotIn("SCAN", plan)
            elif connection.vendor == "mysql":
                cursor.execute(f"EXPLAIN {sql}", params)
                types = [row[3] for row in cursor.fetchall()]
                self.assertEqual(types, ["range", "eq_ref"])
            elif connection.vendor == "postgresql":
                cursor.execute("SET enable_seqscan = off")
                self.addCleanup(self.execute, "RESET enable_seqscan")
                cursor.execute(f"EXPLAIN {sql}", params)
                plan = "\n".join(row[-1] for row in cursor.fetchall())
                self.assertRegex(plan, r"Index Scan using kc_line_pkey|on kc_line_pkey")

    def test_invalid(self):
        for batch_size in (0, -1):
            with (
                self.subTest(batch_size=batch_size),
                self.assertRaisesMessage(
                    ValueError, "batch_size must be a positive integer."
                ),
            ):
                get_fill().run(batch_size)
        msg = "ColumnFill requires columns and references."
        for columns, references in [({}, {"a": "b"}), ({"a": "b"}, {})]:
            with self.assertRaisesMessage(ValueError, msg):
                ColumnFill(connection, "t", ["id"], columns, "s", references)

    def test_repr(self):
        self.assertEqual(
            repr(get_fill()),
            "<ColumnFill: kc_line.(order_tenant, order_number) from kc_order>",
        )


class FillKeyTests(TablesTestCase):
    """Tables with other primary keys."""

    def assertFilled(self, key, keys, **fields):
        self.create_orders()
        self.order.objects.bulk_create(
            self.order(id=number, tenant=number, number=str(number))
            for number in range(10)
        )
        part = self.create_table(
            "kc_part",
            order_id=models.IntegerField(),
            order_tenant=models.IntegerField(null=True),
            order_number=models.CharField(max_length=20, null=True),
            **fields,
        )
        part.objects.bulk_create(
            part(order_id=index % 10, **dict(zip(key, values)))
            for index, values in enumerate(keys)
        )
        for batch_size in (1, 3, 1000):
            with self.subTest(batch_size=batch_size):
                part.objects.update(order_tenant=None, order_number=None)
                get_fill("kc_part", key).run(batch_size)
                self.assertEqual(
                    part.objects.filter(order_tenant=models.F("order_id")).count(),
                    len(keys),
                )
                self.assertEqual(get_fill("kc_part", key).count_unfilled(), 0)

    def test_composite(self):
        self.assertFilled(
            ["a", "b", "c"],
            [(a, b, c) for a in (1, 2) for b in ("x", "y", "Z") for c in (1, 2, 3)],
            pk=models.CompositePrimaryKey("a", "b", "c"),
            a=models.IntegerField(),
            b=models.CharField(max_length=20),
            c=models.IntegerField(),
        )

    def test_text(self):
        texts = ["", "%s", "'", '"', "a", "B", "c", "é", "日本", "\\", "%(a)s"]
        if connection.features.interprets_empty_strings_as_nulls:
            texts.remove("")
        self.assertFilled(
            ["code"],
            [(text,) for text in texts],
            code=models.CharField(max_length=20, primary_key=True),
        )

    def test_times(self):
        start = datetime.datetime(2024, 2, 29, 12)
        self.assertFilled(
            ["at"],
            [(start + datetime.timedelta(microseconds=i * 300),) for i in range(20)],
            at=models.DateTimeField(primary_key=True),
        )

    def test_uuids(self):
        self.assertFilled(
            ["code"],
            [(uuid.uuid4(),) for _ in range(20)],
            code=models.UUIDField(primary_key=True),
        )

    def test_decimals(self):
        self.assertFilled(
            ["code"],
            [(number / 8,) for number in range(20)],
            code=models.DecimalField(max_digits=12, decimal_places=4, primary_key=True),
        )

    def test_itself(self):
        """A table that refers to itself."""
        tree = self.create_table(
            "kc_tree",
            id=models.IntegerField(primary_key=True),
            tenant=models.IntegerField(),
            parent_id=models.IntegerField(null=True),
            parent_tenant=models.IntegerField(null=True),
        )
        tree.objects.bulk_create(
            tree(id=i, tenant=i * 10, parent_id=i - 1 or None) for i in range(1, 30)
        )
        fill = ColumnFill(
            connection,
            "kc_tree",
            ["id"],
            {"parent_tenant": "tenant"},
            "kc_tree",
            {"parent_id": "id"},
        )
        fill.run(7)
        self.assertEqual(
            list(tree.objects.order_by("id").values_list("parent_tenant", flat=True)),
            [None, *(i * 10 for i in range(1, 29))],
        )

    @skipUnless(connection.vendor == "sqlite", "SQLite specific test.")
    def test_sqlite_keys(self):
        """Rows are found that have NULL in the key, or no row number."""
        self.create_orders()
        self.order.objects.create(id=1, tenant=2, number="3")
        columns = "order_id int DEFAULT 1, order_tenant int, order_number varchar(9)"
        for sql, columns_sql in [
            ("a int, b int, {}, PRIMARY KEY (a, b))", ["rowid"]),
            ("a int, b int, {}, PRIMARY KEY (a, b)) WITHOUT ROWID", ["a", "b"]),
            ("a int, b int, RowId int, {}, PRIMARY KEY (a, b))", ["_rowid_"]),
            ("a int DEFAULT ') WITHOUT ROWID', b int, {})", ["rowid"]),
        ]:
            with self.subTest(sql=sql):
                self.execute(f"CREATE TABLE kc_odd ({sql.format(columns)}")
                self.addCleanup(self.execute, "DROP TABLE IF EXISTS kc_odd")
                b = 5 if columns_sql == ["a", "b"] else None
                for a in range(10):
                    self.execute("INSERT INTO kc_odd (a, b) VALUES (%s, %s)", a, b)
                fill = get_fill("kc_odd", ["a", "b"])
                with connection.cursor() as cursor:
                    self.assertEqual(
                        connection.ops.get_batch_columns(cursor, "kc_odd", ["a", "b"]),
                        columns_sql,
                    )
                fill.run(3)
                self.assertEqual(fill.count_unfilled(), 0)
                self.execute("DROP TABLE kc_odd")


class ProgressTests(SimpleTestCase):
    def setUp(self):
        self.lines = []
        self.now = 0
        self.report = FillProgress(self.lines.append, lambda: self.now).start(
            get_fill()
        )

    def test_short(self):
        for done in (10, 20):
            self.now += 2
            self.report(done, 20)
        self.assertEqual(self.lines, [])

    def test_long(self):
        for done in range(1000, 10_001, 1000):
            self.now += 2
            self.report(done, 10_000)
        self.assertEqual(
            self.lines,
            [
                "Filling kc_line: 3,000 of 10,000 rows (30%)",
                "Filling kc_line: 6,000 of 10,000 rows (60%)",
                "Filling kc_line: 9,000 of 10,000 rows (90%)",
                "Filling kc_line: 10,000 of 10,000 rows (100%)",
            ],
        )

    def test_grows_meanwhile(self):
        self.now = 10
        self.report(0, 0)
        self.assertEqual(self.lines, ["Filling kc_line: 0 of 0 rows (100%)"])

    def test_migrate(self):
        """The line is part of what migrate tells about a migration."""
        out = StringIO()
        command = Command(stdout=out, no_color=True)
        for verbosity in (0, 1):
            command.verbosity = verbosity
            command.migration_progress_callback("apply_start", "shop.0002_key")
            command.migration_progress_callback("fill_progress", "Filling kc_line: …")
            command.migration_progress_callback("apply_success", "shop.0002_key")
        self.assertEqual(
            out.getvalue(), "  Applying shop.0002_key...\n    Filling kc_line: … OK\n"
        )

    def test_executor(self):
        callbacks = []

        class Operation(migrations.RunPython):
            def database_forwards(self, app_label, editor, from_state, to_state):
                callbacks.append(editor.progress_callback)

            database_backwards = database_forwards

        def progress_callback(*args):
            pass

        class Recorder:
            record_applied = record_unapplied = mock.Mock()

        migration = migrations.Migration("0001_initial", "kc")
        migration.operations = [Operation(migrations.RunPython.noop, lambda *args: 0)]
        executor = MigrationExecutor.__new__(MigrationExecutor)
        executor.connection = mock.MagicMock()
        executor.connection.schema_editor().__enter__().atomic_migration = True
        executor.recorder = Recorder()
        executor.progress_callback = progress_callback
        executor.apply_migration(ProjectState(), migration)
        executor.unapply_migration(ProjectState(), migration)
        self.assertEqual(callbacks, [progress_callback] * 2)

    def test_editor(self):
        class Editor:
            pass

        editor = Editor()
        self.assertIsNone(get_fill_report(editor, get_fill()))
        editor.progress_callback = None
        self.assertIsNone(get_fill_report(editor, get_fill()))
        editor.progress_callback = lambda *args: self.lines.append(args)
        report = get_fill_report(editor, get_fill())
        report(1, 2)
        self.assertEqual(self.lines, [])


class OracleFillTests(OracleTestCase):
    def parse(self, statement):
        statement = statement % tuple(
            f":arg{index}" for index in range(statement.count("%s"))
        )
        (parsed,) = sqlglot.parse(
            statement, dialect="oracle", error_level=sqlglot.ErrorLevel.RAISE
        )
        self.assertNotIsInstance(parsed, sqlglot.exp.Command)
        return statement.replace('"', "")

    def test_statements(self):
        self.assertEqual(
            list(map(self.parse, get_fill(connection=self.connection).statements())),
            [
                "UPDATE KC_LINE SET (ORDER_TENANT, ORDER_NUMBER) = (SELECT V0.TENANT, "
                "V0.NUMBER FROM KC_ORDER V0 WHERE V0.ID = KC_LINE.ORDER_ID) WHERE "
                "EXISTS (SELECT 1 FROM KC_ORDER V0 WHERE V0.ID = KC_LINE.ORDER_ID AND "
                "(KC_LINE.ORDER_TENANT IS NULL OR KC_LINE.ORDER_TENANT <> V0.TENANT OR "
                "KC_LINE.ORDER_NUMBER IS NULL OR KC_LINE.ORDER_NUMBER <> V0.NUMBER))",
                "UPDATE KC_LINE SET ORDER_TENANT = NULL, ORDER_NUMBER = NULL WHERE "
                "(KC_LINE.ORDER_ID IS NULL) AND (KC_LINE.ORDER_TENANT IS NOT NULL OR "
                "KC_LINE.ORDER_NUMBER IS NOT NULL)",
            ],
        )

    def test_batches(self):
        class Cursor:
            rows = [(1, 2), (3, 4), None]
            statements = []

            def execute(self, sql, params):
                self.statements.append(sql)

            def fetchone(self):
                return self.rows.pop(0)

        fill = get_fill(key=["a", "b"], connection=self.connection)
        cursor = Cursor()
        batches = list(fill._get_batches(cursor, 10))
        self.assertEqual(
            [self.parse(sql) for sql in cursor.statements][1],
            "SELECT KC_LINE.A, KC_LINE.B FROM KC_LINE WHERE (KC_LINE.A >= :arg0 AND "
            "(KC_LINE.A > :arg1 OR (KC_LINE.A = :arg2 AND KC_LINE.B > :arg3))) "
            "ORDER BY KC_LINE.A, KC_LINE.B OFFSET 9 ROWS FETCH FIRST 1 ROWS ONLY",
        )
        for batch in batches:
            self.parse(self.connection.ops.fill_columns_sql(fill, batch)[0])
            self.parse(fill._clear_sql(batch)[0])

    def test_counts(self):
        fill = get_fill(connection=self.connection)
        self.parse(f"SELECT COUNT(*) {fill.orphans_sql()}")
        self.parse(f"SELECT COUNT(*) {fill.unfilled_sql()}")
