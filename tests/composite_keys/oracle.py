"""What the tests of SQL for Oracle have in common."""

import unittest

from django.db.models.sql import UpdateQuery
from django.test import SimpleTestCase

try:
    from django.db.backends.oracle.base import DatabaseWrapper
except Exception:
    DatabaseWrapper = None
try:
    import sqlglot
except ImportError:
    sqlglot = None


@unittest.skipUnless(DatabaseWrapper, "Requires oracledb.")
@unittest.skipUnless(sqlglot, "Requires sqlglot.")
class OracleTestCase(SimpleTestCase):
    """A connection to Oracle by which SQL is compiled, and no server is asked."""

    version = (19, 0)
    # Whose name is left out of the SQL.
    table = None

    def setUp(self):
        self.connection = DatabaseWrapper(
            {
                "NAME": "xe",
                "USER": "user",
                "PASSWORD": "password",
                "HOST": "",
                "PORT": "",
                "OPTIONS": {},
                "TIME_ZONE": None,
                "CONN_MAX_AGE": 0,
                "CONN_HEALTH_CHECKS": False,
                "AUTOCOMMIT": True,
                "ATOMIC_REQUESTS": False,
                "TEST": {},
            },
            alias="oracle",
        )
        # Nothing here asks the server.
        self.connection.__dict__["oracle_version"] = self.version
        self.connection.operators = DatabaseWrapper._standard_operators

    def compile(self, queryset):
        compiler = queryset.query.get_compiler(connection=self.connection)
        sql, params = compiler.as_sql()
        self.assertEqual(sql.replace("%%", "").count("%s"), len(params))
        # Oracle's placeholders are :arg0, :arg1, ….
        names = [f":arg{index}" for index in range(len(params))]
        statement = sql % tuple(names)
        (parsed,) = sqlglot.parse(
            statement, dialect="oracle", error_level=sqlglot.ErrorLevel.RAISE
        )
        self.assertIsInstance(parsed, sqlglot.exp.Select)
        return self.strip_names(statement)

    def compile_update(self, queryset, **values):
        query = queryset.query.chain(UpdateQuery)
        query.add_update_values(values)
        sql, params = query.get_compiler(connection=self.connection).as_sql()
        statement = sql % tuple(f":arg{index}" for index in range(len(params)))
        (parsed,) = sqlglot.parse(
            statement, dialect="oracle", error_level=sqlglot.ErrorLevel.RAISE
        )
        self.assertIsInstance(parsed, sqlglot.exp.Update)
        return self.strip_names(statement)

    def strip_names(self, statement):
        return statement.replace(f'"{self.table}".', "").replace('"', "")

    def where(self, queryset):
        return self.compile(queryset).partition(" WHERE ")[2]
