from unittest import skipUnless

from django.db import connection
from django.test import TransactionTestCase


@skipUnless(connection.vendor == "mysql", "MySQL specific test.")
class ConstraintsOfOneTableTests(TransactionTestCase):
    available_apps = ["composite_keys"]

    def execute(self, sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)

    def get_constraints(self, table):
        with connection.cursor() as cursor:
            return connection.introspection.get_constraints(cursor, table)

    def test_same_name_in_another_table(self):
        self.addCleanup(self.execute, "DROP TABLE IF EXISTS ck_child, ck_parent")
        self.execute(
            "CREATE TABLE ck_parent (id integer PRIMARY KEY, "
            "code integer, CONSTRAINT ck_same UNIQUE (code))"
        )
        self.execute(
            "CREATE TABLE ck_child (id integer PRIMARY KEY, parent_id integer, "
            "CONSTRAINT ck_same FOREIGN KEY (parent_id) REFERENCES ck_parent (id))"
        )
        unique = self.get_constraints("ck_parent")["ck_same"]
        self.assertIs(unique["unique"], True)
        self.assertIsNone(unique["foreign_key"])
        foreign_key = self.get_constraints("ck_child")["ck_same"]
        self.assertIs(foreign_key["unique"], False)
        self.assertEqual(foreign_key["foreign_key"], ("ck_parent", "id"))
