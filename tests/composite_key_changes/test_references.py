"""
A relation is altered: it refers by other columns, or to others, and to the same rows.
"""

from unittest import skipUnless

from composite_key_changes.shops import AUTO, KEY, order, tenant
from composite_relations.projects import APP, fk, model

from django.db import connection, migrations, models

from .testcase import KeyMigrationTestCase

PAIR = ["tenant", "number"]
UNIQUE = {"options": {"unique_together": {tuple(PAIR)}}}
CODE = {"code": models.CharField(max_length=9, unique=True)}


class MovedReferencesTests(KeyMigrationTestCase):
    """A relation is going to refer to other columns of the same table."""

    def start_with_orders(self, order_state, *lines):
        self.migrate(tenant(), order_state, *lines)
        self.orders = self.create_orders(
            **(
                {"code": lambda *key: "%s-%s" % key}
                if "code" in order_state.fields
                else {}
            )
        )

    def get_rows(self):
        lines = self.get_model("Line").objects.select_related("o").order_by("n")
        return [line.o and (line.o.tenant_id, line.o.number) for line in lines]

    def check(self, order_before, before, order_after, after, **fields):
        def line(relation):
            return model("Line", **AUTO, n=models.IntegerField(), **fields, o=relation)

        self.start_with_orders(order_before, line(before))
        for number, obj in enumerate(self.orders):
            self.create("Line", n=number, o=obj)
        expected = [(obj.tenant_id, obj.number) for obj in self.orders]
        if before.null:
            self.create("Line", n=9, o=None)
            expected.append(None)
        for _ in range(2):
            self.migrate(tenant(), order_after, line(after))
            self.assertEqual(self.get_rows(), expected)
            self.migrate_back_once()
            self.assertEqual(self.get_rows(), expected)
        self.migrate_back()

    def test_key_to_unique_fields(self):
        for null in (False, True):
            with self.subTest(null=null):
                self.check(
                    order(**AUTO, **UNIQUE),
                    fk("Order", null=null),
                    order(**AUTO, **UNIQUE),
                    fk("Order", null=null, to_fields=PAIR),
                )

    def test_unique_field_to_key(self):
        for null in (False, True):
            with self.subTest(null=null):
                self.check(
                    order(**KEY, **CODE),
                    fk("Order", null=null, to_field="code"),
                    order(**KEY, **CODE),
                    fk("Order", null=null),
                )

    def test_unique_field_to_new_key(self):
        """The key changes in the same run."""
        self.check(
            order(**AUTO, **CODE),
            fk("Order", to_field="code"),
            order(**KEY, **CODE),
            fk("Order"),
        )

    def test_key_to_fields_that_become_the_key(self):
        """The fields aren't unique before."""
        for null in (False, True):
            with self.subTest(null=null):
                self.check(
                    order(**AUTO),
                    fk("Order", null=null),
                    order(**KEY),
                    fk("Order", null=null, to_fields=PAIR),
                )

    def test_from_fields_to_key(self):
        columns = {"tenant": fk("Tenant"), "nr": models.IntegerField()}
        self.check(
            order(**AUTO, **UNIQUE),
            fk("Order", from_fields=["tenant", "nr"], to_fields=PAIR),
            order(**AUTO, **UNIQUE),
            fk("Order"),
            **columns,
        )

    def test_member_of_a_key(self):
        """What refers to a key that is made of the relation follows."""
        parts = {"order": fk("Order"), "position": models.IntegerField()}
        key = models.CompositePrimaryKey("order", "position")

        def states(relation):
            return [
                model("Part", pk=key, **{**parts, "order": relation}),
                model("Piece", **AUTO, part=fk("Part")),
            ]

        self.start_with_orders(order(**AUTO, **UNIQUE), *states(fk("Order")))
        for obj in self.orders:
            part = self.create("Part", order=obj, position=3)
            self.create("Piece", part=part)

        def get_pieces():
            pieces = self.get_model("Piece").objects.order_by("id")
            return [
                (
                    piece.part.order.tenant_id,
                    piece.part.order.number,
                    piece.part.position,
                )
                for piece in pieces
            ]

        expected = [(obj.tenant_id, obj.number, 3) for obj in self.orders]
        self.migrate(
            tenant(), order(**AUTO, **UNIQUE), *states(fk("Order", to_fields=PAIR))
        )
        self.assertEqual(get_pieces(), expected)
        self.migrate_back_once()
        self.assertEqual(get_pieces(), expected)
        self.migrate_back()

    def test_orphans(self):
        relation = fk("Order", db_constraint=False)
        line = model("Line", **AUTO, o=relation)
        self.start_with_orders(order(**AUTO, **UNIQUE), line)
        self.create("Line", o_id=99)
        message = (
            f"{APP}.Line.o can't be altered to refer to (tenant, number). No table was "
            "altered for that.\n* 1 row of "
        )
        with self.assertRaisesMessage(ValueError, message):
            self.migrate(
                tenant(),
                order(**AUTO, **UNIQUE),
                model(
                    "Line", **AUTO, o=fk("Order", db_constraint=False, to_fields=PAIR)
                ),
            )
        self.assertEqual(self.fetch("SELECT o_id FROM {line}"), [(99,)])

    @skipUnless(connection.vendor == "mysql", "MySQL and MariaDB")
    def test_type_in_the_database(self):
        """What is referred to has another sign than its model says."""
        state = order(**AUTO, **UNIQUE)
        self.start_with_orders(state, model("Line", **AUTO, o=fk("Order")))
        for obj in self.orders:
            self.create("Line", o=obj)
        with connection.cursor() as cursor:
            table = self.get_model("Order")._meta.db_table
            cursor.execute(f"ALTER TABLE {table} MODIFY number int unsigned NOT NULL")
        after = model("Line", **AUTO, o=fk("Order", to_fields=PAIR))
        self.migrate(tenant(), state, after)
        self.assertEqual(
            self.fetch("SELECT o_tenant_id, o_number FROM {line} ORDER BY id"),
            [(1, 1), (2, 1), (1, 2), (2, 2)],
        )


class DeclaredColumnsTests(KeyMigrationTestCase):
    """A relation is going to refer by columns of fields, with values of their own."""

    def start_with_lines(self, number):
        line = model("Line", **AUTO, tenant=fk("Tenant"), nr=number, o=fk("Order"))
        self.migrate(tenant(), order(**KEY), line)
        return self.create_orders()

    def alter(self, number):
        relation = fk("Order", from_fields=["tenant", "nr"])
        line = model("Line", **AUTO, tenant=fk("Tenant"), nr=number, o=relation)
        return self.migrate(tenant(), order(**KEY), line)

    def get_rows(self):
        return self.fetch("SELECT tenant_id, nr FROM {line} ORDER BY id")

    def test_null(self):
        """They are filled."""
        number = models.IntegerField(null=True)
        for obj in self.start_with_lines(number):
            self.create("Line", o=obj, tenant_id=obj.tenant_id)
        self.alter(number)
        self.assertEqual(self.get_rows(), [(1, 1), (2, 1), (1, 2), (2, 2)])

    def test_same_values(self):
        for obj in self.start_with_lines(models.IntegerField()):
            self.create("Line", o=obj, tenant_id=obj.tenant_id, nr=obj.number)
        self.alter(models.IntegerField())
        self.assertEqual(self.get_rows(), [(1, 1), (2, 1), (1, 2), (2, 2)])

    def test_other_values(self):
        """Which row do they refer to? That isn't for a migration to say."""
        for obj in self.start_with_lines(models.IntegerField()):
            self.create("Line", o=obj, tenant_id=obj.tenant_id, nr=1)
        message = (
            f"{APP}.Line.o can't be altered to refer to (tenant, number). No table was "
            "altered for that.\n* 2 rows of "
        )
        with self.assertRaisesMessage(ValueError, message):
            self.alter(models.IntegerField())
        self.assertEqual(
            self.fetch("SELECT o_tenant_id, o_number FROM {line} ORDER BY id"),
            [(1, 1), (2, 1), (1, 2), (2, 2)],
        )


class HandedOverColumnsTests(KeyMigrationTestCase):
    """
    A relation by columns of fields gets columns of its own, which have the names of
    these fields, and the fields are removed.
    """

    def check(self, order_after, null=False, **columns):
        names = list(columns)
        relation = fk("Order", from_fields=names, null=null)
        own = fk("Order", null=null)
        lines = model("Line", **AUTO, n=models.IntegerField(), **columns, o=relation)
        self.migrate(tenant(), order(**KEY), lines)
        orders = self.create_orders()
        if null:
            orders.append(None)
        for number, obj in enumerate(orders):
            values = {"o": obj}
            if obj is None and "o_tenant" in columns:
                values = {"o_tenant_id": 1, names[1]: None}
            self.create("Line", n=number, **values)
        expected = [obj and (obj.tenant_id, obj.number) for obj in orders]

        def check_lines():
            lines = self.get_model("Line").objects.select_related("o").order_by("n")
            self.assertEqual(
                [line.o and (line.o.tenant_id, line.o.number) for line in lines],
                expected,
            )

        check_lines()
        lines = model("Line", **AUTO, n=models.IntegerField(), o=own)
        self.migrate(tenant(), order_after, lines)
        check_lines()
        created = self.get_model("Line")._meta.get_field("o").local_related_fields
        self.assertCountEqual(
            self.get_columns("Line"), ["id", "n", *(field.column for field in created)]
        )
        self.migrate_back_once()
        check_lines()
        self.migrate_back()

    def get_columns(self, name):
        with connection.cursor() as cursor:
            table = self.get_model(name)._meta.db_table
            found = connection.introspection.get_table_description(cursor, table)
        return [column.name for column in found]

    def test_same_columns(self):
        """Nothing is left to be done."""
        self.check(
            order(**KEY),
            o_tenant=fk("Tenant"),
            o_number=models.IntegerField(),
        )

    def test_renamed_columns(self):
        self.check(
            order(**KEY),
            o_tenant=fk("Tenant", db_column="org"),
            o_number=models.IntegerField(db_column="nr"),
        )

    def test_null(self):
        self.check(
            order(**KEY),
            null=True,
            o_tenant=fk("Tenant", null=True, db_column="org"),
            o_number=models.IntegerField(null=True, db_column="nr"),
        )

    def test_one_of_the_columns(self):
        self.check(
            order(**KEY),
            o_tenant=fk("Tenant"),
            nr=models.IntegerField(null=True),
        )

    def test_with_key(self):
        """The key changes, too."""
        self.check(
            order(**AUTO),
            null=True,
            o_tenant=fk("Tenant", null=True, db_column="org"),
            o_number=models.IntegerField(null=True, db_column="nr"),
        )

    def test_from_own_columns(self):
        """And the other way round: the columns of a relation become fields."""
        fields = {
            "o_tenant": fk("Tenant", db_column="org"),
            "o_number": models.IntegerField(db_column="nr"),
        }
        self.migrate(tenant(), order(**KEY), model("Line", **AUTO, o=fk("Order")))
        orders = self.create_orders()
        for obj in orders:
            self.create("Line", o=obj)
        before = self.fetch("SELECT id, o_tenant_id, o_number FROM {line} ORDER BY id")
        relation = fk("Order", from_fields=list(fields))
        lines = model("Line", **AUTO, **fields, o=relation)
        self.migrate(tenant(), order(**KEY), lines)
        self.assertEqual(
            self.fetch("SELECT id, org, nr FROM {line} ORDER BY id"), before
        )
        self.migrate_back_once()
        self.assertEqual(
            self.fetch("SELECT id, o_tenant_id, o_number FROM {line} ORDER BY id"),
            before,
        )
        self.migrate_back()

    def test_values_of_its_own(self):
        """A field of the name has nothing to do with the relation."""
        fields = {"nr": models.IntegerField(), "o_number": models.IntegerField()}
        relation = fk("Order", from_fields=["tenant", "nr"])
        lines = model("Line", **AUTO, tenant=fk("Tenant"), **fields, o=relation)
        self.migrate(tenant(), order(**KEY), lines)
        before = self.state.clone()
        after = self.state.clone()
        after.alter_field(APP, "line", "o", fk("Order"), preserve_default=True)
        alter = migrations.AlterField("line", "o", fk("Order"))
        message = (
            "it would create the column 'o_number', but there is a field of this name"
        )
        with (
            self.assertRaisesMessage(ValueError, message),
            connection.schema_editor() as editor,
        ):
            alter.database_forwards(APP, editor, before, after)

    def test_values_of_its_own_when_the_key_changes(self):
        lines = model("Line", **AUTO, o_number=models.IntegerField(), o=fk("Order"))
        self.migrate(tenant(), order(**AUTO), lines)
        before = self.state.clone()
        after = self.state.clone()
        key = models.CompositePrimaryKey("tenant", "number")
        after.add_field(APP, "order", "pk", key, preserve_default=True)
        message = (
            f"{APP}.Line.o refers to it, and would create columns named as fields of "
            "its model are: 'o_number'."
        )
        with (
            self.assertRaisesMessage(ValueError, message),
            connection.schema_editor() as editor,
        ):
            migrations.AddField("order", "pk", key).database_forwards(
                APP, editor, before, after
            )
