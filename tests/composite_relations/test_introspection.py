"""What is read from databases about foreign keys of several columns."""

import json
import tempfile
from io import StringIO
from pathlib import Path
from unittest import skipUnless

from django.core import serializers
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import IntegrityError, connection, models, transaction
from django.test import TransactionTestCase, skipUnlessDBFeature
from django.test.utils import isolate_apps

from .models import File, Folder

INTEGER = "integer NOT NULL"


class TableTestCase(TransactionTestCase):
    available_apps = ["composite_relations"]

    def create(self, **tables):
        """Create tables by SQL."""
        with connection.cursor() as cursor:
            for name, parts in tables.items():
                quoted = connection.ops.quote_name(name)
                cursor.execute(f"CREATE TABLE {quoted} ({', '.join(parts)})")
                # They are dropped in the opposite order.
                self.addCleanup(self.drop, name)
        self.tables = list(tables)

    def drop(self, table):
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}")

    def column(self, name, definition=INTEGER):
        return f"{connection.ops.quote_name(name)} {definition}"

    def columns(self, *names):
        return [self.column(name) for name in names]

    def names(self, names):
        return "(%s)" % ", ".join(map(connection.ops.quote_name, names))

    def key(self, *names):
        return f"PRIMARY KEY {self.names(names)}"

    def unique(self, *names):
        return f"UNIQUE {self.names(names)}"

    def foreign_key(self, names, table, to_names):
        return (
            f"FOREIGN KEY {self.names(names)} REFERENCES "
            f"{connection.ops.quote_name(table)} {self.names(to_names)}"
            + (
                " DEFERRABLE INITIALLY DEFERRED"
                if connection.features.can_defer_constraint_checks
                else ""
            )
        )


def create_people(case, *note):
    case.create(
        i_tenant=[*case.columns("id"), case.key("id")],
        i_user=[
            *case.columns("tenant_id", "num"),
            case.key("tenant_id", "num"),
            case.foreign_key(["tenant_id"], "i_tenant", ["id"]),
        ],
        i_note=note,
    )


@skipUnlessDBFeature("can_introspect_foreign_keys")
class IntrospectionTests(TableTestCase):
    def introspect(self, method, table):
        with connection.cursor() as cursor:
            return getattr(connection.introspection, method)(cursor, table)

    def create_tables(self):
        create_people(
            self,
            *self.columns("id", "tenant_id", "user_num", "num", "owner"),
            self.key("id"),
            self.foreign_key(["tenant_id"], "i_tenant", ["id"]),
            self.foreign_key(["tenant_id", "user_num"], "i_user", ["tenant_id", "num"]),
            self.foreign_key(["owner", "num"], "i_user", ["tenant_id", "num"]),
        )

    def test_get_relations(self):
        self.create_tables()
        self.assertEqual(
            self.introspect("get_relations", "i_note"),
            {
                "tenant_id": ("id", "i_tenant"),
                ("tenant_id", "user_num"): (("tenant_id", "num"), "i_user"),
                ("owner", "num"): (("tenant_id", "num"), "i_user"),
            },
        )
        self.assertEqual(
            self.introspect("get_relations", "i_user"),
            {"tenant_id": ("id", "i_tenant")},
        )

    def test_get_foreign_keys(self):
        self.create_tables()
        found = self.introspect("get_foreign_keys", "i_note")
        self.assertEqual(len({info.name for info in found}), 3)
        self.assertCountEqual(
            [info[1:] for info in found],
            [
                (["tenant_id"], "i_tenant", ["id"]),
                (["tenant_id", "user_num"], "i_user", ["tenant_id", "num"]),
                (["owner", "num"], "i_user", ["tenant_id", "num"]),
            ],
        )

    def test_get_constraints(self):
        self.create_tables()
        found = [
            info
            for info in self.introspect("get_constraints", "i_note").values()
            if info["foreign_key"]
        ]
        self.assertCountEqual(
            [
                (info["columns"], info["foreign_key"], info.get("foreign_key_columns"))
                for info in found
            ],
            [
                (["tenant_id"], ("i_tenant", "id"), None),
                (
                    ["tenant_id", "user_num"],
                    ("i_user", "tenant_id"),
                    ["tenant_id", "num"],
                ),
                (["owner", "num"], ("i_user", "tenant_id"), ["tenant_id", "num"]),
            ],
        )

    def test_order_of_columns(self):
        """The order of the constraint's columns, not that of the table's."""
        self.create(
            i_user=[
                *self.columns("a", "b", "c"),
                self.key("c", "a", "b"),
            ],
            i_note=[
                *self.columns("x", "y", "z"),
                self.key("x"),
                self.foreign_key(["z", "y", "x"], "i_user", ["c", "a", "b"]),
            ],
        )
        self.assertEqual(
            self.introspect("get_relations", "i_note"),
            {("z", "y", "x"): (("c", "a", "b"), "i_user")},
        )

    def test_unnamed_unique(self):
        """Table-level constraints without a name, which SQLite gives an index."""
        self.create(
            i_tenant=[
                *self.columns("id", "a", "b"),
                self.column("c", f"{INTEGER} UNIQUE"),
                self.key("id"),
                self.unique("a", "b"),
                f"CONSTRAINT i_named UNIQUE {self.names(['b', 'a'])}",
            ]
        )
        found = [
            info["columns"]
            for info in self.introspect("get_constraints", "i_tenant").values()
            if info["unique"] and not info["primary_key"]
        ]
        for columns in (["a", "b"], ["b", "a"], ["c"]):
            self.assertEqual(found.count(columns), 1)

    @skipUnless(connection.vendor == "postgresql", "PostgreSQL specific SQL")
    def test_partitioned(self):
        """A foreign key to a partitioned table is one to its partitions, too."""
        self.create(
            i_user=[*self.columns("tenant_id", "num"), self.key("tenant_id", "num")],
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE i_part (tenant_id integer, num integer, boss integer, "
                "PRIMARY KEY (tenant_id, num)) PARTITION BY LIST (tenant_id)"
            )
            self.addCleanup(self.drop, "i_part")
            for number in (1, 2):
                cursor.execute(
                    f"CREATE TABLE i_part{number} PARTITION OF i_part FOR VALUES IN "
                    f"({number})"
                )
            cursor.execute(
                "ALTER TABLE i_part ADD FOREIGN KEY (tenant_id, boss) "
                "REFERENCES i_part (tenant_id, num)"
            )
            cursor.execute(
                "ALTER TABLE i_user ADD FOREIGN KEY (tenant_id, num) "
                "REFERENCES i_part (tenant_id, num)"
            )
            self.addCleanup(self.drop_foreign_key)
        boss = (("tenant_id", "num"), "i_part")
        for table, columns in (
            ("i_user", ("tenant_id", "num")),
            ("i_part", ("tenant_id", "boss")),
            ("i_part1", ("tenant_id", "boss")),
        ):
            with self.subTest(table=table):
                self.assertEqual(
                    self.introspect("get_relations", table), {columns: boss}
                )
                self.assertEqual(len(self.introspect("get_foreign_keys", table)), 1)

    def drop_foreign_key(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE i_user DROP CONSTRAINT i_user_tenant_id_num_fkey"
            )

    def test_implicit_columns(self):
        """SQLite says nothing about the columns of a primary key."""
        if connection.vendor != "sqlite":
            self.skipTest("SQLite specific test.")
        self.create(
            i_user=[*self.columns("a", "b"), self.key("b", "a")],
            i_note=[
                *self.columns("x", "y"),
                'FOREIGN KEY ("x", "y") REFERENCES "i_user"',
            ],
        )
        self.assertEqual(
            self.introspect("get_relations", "i_note"),
            {("x", "y"): (("b", "a"), "i_user")},
        )


@skipUnlessDBFeature("supports_foreign_keys")
class CheckConstraintsTests(TableTestCase):
    """Dangling references are found, and named."""

    message = (
        "The row in table 'i_note' with primary key '7' has an invalid foreign key: "
        "i_note.(tenant_id, user_num) contains a value '(1, 2)' that does not have a "
        "corresponding value in i_user.(tenant_id, num)."
    )

    def setUp(self):
        create_people(
            self,
            self.column("id"),
            self.column("tenant_id", "integer"),
            self.column("user_num", "integer"),
            self.key("id"),
            self.foreign_key(["tenant_id"], "i_tenant", ["id"]),
            self.foreign_key(["tenant_id", "user_num"], "i_user", ["tenant_id", "num"]),
        )
        self.insert("i_tenant", 1)
        self.insert("i_user", 1, 1)

    def insert(self, table, *values):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO %s VALUES (%s)"
                % (connection.ops.quote_name(table), ", ".join(["%s"] * len(values))),
                values,
            )

    def check(self, *row, message=None, **kwargs):
        with transaction.atomic():
            with connection.constraint_checks_disabled():
                self.insert("i_note", *row)
            try:
                connection.check_constraints(**kwargs)
            finally:
                transaction.set_rollback(True)

    def test_valid(self):
        for row in ((7, 1, 1), (7, None, 2), (7, 1, None), (7, None, None)):
            with self.subTest(row=row):
                self.check(*row)
                self.check(*row, table_names=["i_note"])

    def test_invalid(self):
        for kwargs in ({}, {"table_names": ["i_note"]}):
            with self.subTest(kwargs=kwargs):
                with self.assertRaises(IntegrityError) as caught:
                    self.check(7, 1, 2, **kwargs)
                if connection.vendor in ("mysql", "sqlite"):
                    self.assertEqual(str(caught.exception), self.message)
                self.assertIn("user_num", str(caught.exception))

    def test_invalid_single(self):
        """
        Which of a table's foreign keys is the invalid one? There are more columns
        than foreign keys.
        """
        with self.assertRaises(IntegrityError) as caught:
            self.check(7, 5, None)
        self.assertIn("i_tenant", str(caught.exception))
        self.assertNotIn("user_num", str(caught.exception))

    def test_composite_key_of_invalid_row(self):
        with self.assertRaises(IntegrityError) as caught:
            with transaction.atomic():
                with connection.constraint_checks_disabled():
                    self.insert("i_user", 9, 4)
                try:
                    connection.check_constraints()
                finally:
                    transaction.set_rollback(True)
        self.assertIn("i_user", str(caught.exception))


class FixtureTests(TransactionTestCase):
    """Rows that refer to rows which are yet to come."""

    available_apps = ["composite_relations"]

    def load(self, *objects):
        rows = [
            {"model": f"composite_relations.{name}", "pk": key, "fields": fields}
            for name, key, fields in objects
        ]
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "folders.json")
            path.write_text(json.dumps(rows))
            call_command("loaddata", path, verbosity=0)

    objects = [
        ("folder", ["a", "2"], {"parent": ["a", "1"], "cover": ["a", "x"]}),
        ("folder", ["a", "1"], {"parent": None, "cover": None}),
        ("file", ["a", "x"], {"folder": ["a", "1"]}),
    ]

    @skipUnlessDBFeature("supports_foreign_keys")
    def test_forward_references(self):
        self.load(*self.objects)
        folder = Folder.objects.get(drive="a", number=2)
        self.assertEqual(folder.parent, Folder.objects.get(drive="a", number=1))
        self.assertEqual(folder.cover, File.objects.get())
        self.assertEqual(folder.cover.folder, folder.parent)

    @skipUnlessDBFeature("supports_foreign_keys")
    def test_dangling(self):
        for fields in (
            {"parent": ["a", "7"], "cover": None},
            {"parent": ["b", "1"], "cover": None},
            {"parent": None, "cover": ["a", "y"]},
        ):
            with self.subTest(fields=fields):
                with self.assertRaises(IntegrityError):
                    self.load(*self.objects[1:], ("folder", ["a", "3"], fields))
                self.assertEqual(Folder.objects.count(), 0)

    def test_dump(self):
        parent = Folder.objects.create(drive="a", number=1)
        File.objects.create(drive="a", folder=parent, name="x")
        out = StringIO()
        call_command("dumpdata", "composite_relations.file", stdout=out)
        File.objects.all()._raw_delete(connection.alias)
        (loaded,) = serializers.deserialize("json", out.getvalue())
        self.assertEqual(loaded.object.folder_pk, ("a", 1))
        loaded.save()
        self.assertEqual(File.objects.get().folder, parent)

    def test_flush(self):
        parent = Folder.objects.create(drive="a", number=1)
        cover = File.objects.create(drive="a", folder=parent, name="x")
        Folder.objects.create(drive="a", number=2, parent=parent, cover=cover)
        call_command("flush", interactive=False, verbosity=0)
        self.assertEqual((Folder.objects.count(), File.objects.count()), (0, 0))

    def test_flush_cascades(self):
        parent = Folder.objects.create(drive="a", number=1)
        File.objects.create(drive="a", folder=parent, name="x")
        statements = connection.ops.sql_flush(
            no_style(), [Folder._meta.db_table], allow_cascade=True
        )
        if connection.vendor == "mysql":
            # It doesn't cascade, as constraints aren't checked.
            self.skipTest("MySQL flushes the given tables only.")
        connection.ops.execute_sql_flush(statements)
        self.assertEqual((Folder.objects.count(), File.objects.count()), (0, 0))


@skipUnlessDBFeature("can_introspect_foreign_keys")
class InspectDBTests(TableTestCase):
    def inspect(self):
        out = StringIO()
        call_command("inspectdb", *self.tables, stdout=out)
        self.source = out.getvalue()
        module = {"__name__": "composite_relations.inspected"}
        exec(self.source, module)
        self.models = {
            value._meta.db_table: value
            for value in module.values()
            if isinstance(value, type)
            and issubclass(value, models.Model)
            and value is not models.Model
        }
        for model in self.models.values():
            self.assertEqual(model.check(), [])
        return self.models["i_note"]

    def assertReferences(self, field, columns, to_columns):
        self.assertEqual(
            [(source.column, target.column) for source, target in field.related_fields],
            list(zip(columns, to_columns)),
        )

    @isolate_apps("composite_relations")
    def test_created_columns(self):
        create_people(
            self,
            *self.columns("id", "user_tenant_id", "user_num"),
            self.key("id"),
            self.foreign_key(
                ["user_tenant_id", "user_num"], "i_user", ["tenant_id", "num"]
            ),
        )
        model = self.inspect()
        self.assertIn(
            "    user = models.ForeignKey(IUser, models.DO_NOTHING)\n", self.source
        )
        self.assertNotIn("user_num =", self.source)
        self.assertReferences(
            model._meta.get_field("user"),
            ["user_tenant_id", "user_num"],
            ["tenant_id", "num"],
        )

    @isolate_apps("composite_relations")
    def test_from_fields(self):
        create_people(
            self,
            *self.columns("id", "tenant_id", "user_num"),
            self.key("id"),
            self.foreign_key(["tenant_id"], "i_tenant", ["id"]),
            self.foreign_key(["tenant_id", "user_num"], "i_user", ["tenant_id", "num"]),
        )
        model = self.inspect()
        self.assertIn(
            "    user = models.ForeignKey(IUser, models.DO_NOTHING, "
            "from_fields=['tenant', 'user_num'])\n",
            self.source,
        )
        self.assertIn("    tenant = models.ForeignKey(ITenant", self.source)
        self.assertReferences(
            model._meta.get_field("user"),
            ["tenant_id", "user_num"],
            ["tenant_id", "num"],
        )

    @isolate_apps("composite_relations")
    def test_nullable(self):
        create_people(
            self,
            *self.columns("id"),
            self.column("user_tenant_id", "integer"),
            self.column("user_num", "integer"),
            self.column("other_num", "integer"),
            self.key("id"),
            self.foreign_key(
                ["user_tenant_id", "user_num"], "i_user", ["tenant_id", "num"]
            ),
            self.foreign_key(["id", "other_num"], "i_user", ["tenant_id", "num"]),
        )
        model = self.inspect()
        # Columns of both relations are told apart by their names.
        self.assertIs(model._meta.get_field("user").null, True)
        self.assertIs(model._meta.get_field("user_num").null, True)
        self.assertIs(model._meta.get_field("other").null, True)
        self.assertReferences(
            model._meta.get_field("other"), ["id", "other_num"], ["tenant_id", "num"]
        )
        self.assertIn("related_name='inote_", self.source)

    @isolate_apps("composite_relations")
    def test_to_fields(self):
        """A unique constraint is referred to, in an order of its own."""
        self.create(
            i_user=[
                *self.columns("id", "country", "code"),
                self.key("id"),
                self.unique("code", "country"),
            ],
            i_note=[
                *self.columns("id", "country", "code"),
                self.key("id"),
                self.foreign_key(["code", "country"], "i_user", ["code", "country"]),
            ],
        )
        model = self.inspect()
        self.assertIn(
            "    iuser = models.ForeignKey(IUser, models.DO_NOTHING, "
            "from_fields=['code', 'country'], to_fields=['code', 'country'])\n",
            self.source,
        )
        self.assertReferences(
            model._meta.get_field("iuser"), ["code", "country"], ["code", "country"]
        )

    @isolate_apps("composite_relations")
    def test_one_to_one(self):
        columns = ["user_tenant_id", "user_num"]
        create_people(
            self,
            *self.columns("id", *columns),
            self.key("id"),
            self.unique(*columns),
            self.foreign_key(columns, "i_user", ["tenant_id", "num"]),
        )
        model = self.inspect()
        self.assertIn(
            "    user = models.OneToOneField(IUser, models.DO_NOTHING)\n", self.source
        )
        self.assertNotIn("unique_together", self.source)
        self.assertIs(model._meta.get_field("user").unique, True)

    @isolate_apps("composite_relations")
    def test_unique_together(self):
        """A unique constraint that has more columns than the relation's."""
        columns = ["user_tenant_id", "user_num"]
        create_people(
            self,
            *self.columns("id", *columns, "number"),
            self.key("id"),
            self.unique(*columns, "number"),
            self.foreign_key(columns, "i_user", ["tenant_id", "num"]),
        )
        model = self.inspect()
        self.assertEqual(
            model._meta.unique_together, (("user_tenant_id", "user_num", "number"),)
        )

    @isolate_apps("composite_relations")
    def test_self_reference(self):
        self.create(
            i_note=[
                *self.columns("forest", "number"),
                self.column("parent_forest", "integer"),
                self.column("parent_number", "integer"),
                self.key("forest", "number"),
                self.foreign_key(
                    ["parent_forest", "parent_number"], "i_note", ["forest", "number"]
                ),
            ]
        )
        model = self.inspect()
        self.assertIn(
            "    parent = models.ForeignKey('self', models.DO_NOTHING, blank=True, "
            "null=True)\n",
            self.source,
        )
        self.assertIs(model._meta.get_field("parent").related_model, model)

    @isolate_apps("composite_relations")
    def test_one_to_one_in_other_order(self):
        """The primary key has the relation's columns in another order."""
        self.create(
            i_user=[
                *self.columns("id", "country", "code"),
                self.key("id"),
                self.unique("code", "country"),
            ],
            i_note=[
                *self.columns("country", "code"),
                self.key("country", "code"),
                self.foreign_key(["code", "country"], "i_user", ["code", "country"]),
            ],
        )
        self.inspect()
        self.assertIn(
            "    iuser = models.OneToOneField(IUser, models.DO_NOTHING, "
            "from_fields=['code', 'country'], to_fields=['code', 'country'])\n",
            self.source,
        )

    @isolate_apps("composite_relations")
    def test_roles(self):
        """Relations that share a column are named by what is before "_no"."""
        self.create(
            i_note=[
                *self.columns("tenant_id", "note_no"),
                self.column("reply_to_no", "integer"),
                self.column("first", "integer"),
                self.key("tenant_id", "note_no"),
                self.foreign_key(
                    ["tenant_id", "reply_to_no"], "i_note", ["tenant_id", "note_no"]
                ),
                self.foreign_key(
                    ["tenant_id", "first"], "i_note", ["tenant_id", "note_no"]
                ),
            ]
        )
        model = self.inspect()
        self.assertReferences(
            model._meta.get_field("reply_to"),
            ["tenant_id", "reply_to_no"],
            ["tenant_id", "note_no"],
        )
        # It isn't named as the reverse side is.
        self.assertReferences(
            model._meta.get_field("inote_0"),
            ["tenant_id", "first"],
            ["tenant_id", "note_no"],
        )

    @isolate_apps("composite_relations")
    def test_in_primary_key(self):
        """The relation is part of the referencing table's own key."""
        columns = ["user_tenant_id", "user_num"]
        create_people(
            self,
            *self.columns(*columns, "role"),
            self.key(*columns, "role"),
            self.foreign_key(columns, "i_user", ["tenant_id", "num"]),
        )
        model = self.inspect()
        self.assertIn(
            "    pk = models.CompositePrimaryKey('user_tenant_id', 'user_num', 'role')",
            self.source,
        )
        self.assertIn(
            "    user = models.ForeignKey(IUser, models.DO_NOTHING, "
            "from_fields=['user_tenant_id', 'user_num'])\n",
            self.source,
        )
        self.assertEqual(model(pk=(1, 2, 3)).user_pk, (1, 2))

    @isolate_apps("composite_relations")
    def test_names(self):
        """Names are taken, or not suitable."""
        create_people(
            self,
            *self.columns("id", "user", "user_tenant_id", "user_num", "A", "b"),
            self.key("id"),
            self.foreign_key(
                ["user_tenant_id", "user_num"], "i_user", ["tenant_id", "num"]
            ),
            self.foreign_key(["A", "b"], "i_user", ["tenant_id", "num"]),
        )
        model = self.inspect()
        self.assertReferences(
            model._meta.get_field("user_0"),
            ["user_tenant_id", "user_num"],
            ["tenant_id", "num"],
        )
        self.assertReferences(
            model._meta.get_field("iuser"), ["A", "b"], ["tenant_id", "num"]
        )
