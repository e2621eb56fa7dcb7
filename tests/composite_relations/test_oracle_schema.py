"""
What Oracle is told about relations of several columns: it is compiled, without a
server, and parsed by a grammar of Oracle's dialect.
"""

from unittest import mock

from composite_keys.oracle import OracleTestCase, sqlglot

from django.db import models

from .test_schema import (
    RelationSchemaTestCase,
    by_columns,
    key,
    note,
    one_to_one,
    tenant,
    user,
)


class OracleSchemaTests(OracleTestCase):
    app_label = "composite_relations"
    get_state = RelationSchemaTestCase.get_state

    def setUp(self):
        super().setUp()
        self.constraints = {}
        introspection = self.connection.introspection
        self.enterContext(
            mock.patch.object(
                introspection,
                "get_constraints",
                lambda cursor, table: self.constraints.get(table, {}),
            )
        )
        self.enterContext(
            mock.patch.object(self.connection, "cursor", mock.MagicMock())
        )
        editor_class = self.connection.SchemaEditorClass
        self.enterContext(
            mock.patch.object(
                editor_class, "_is_identity_column", lambda *args, **kwargs: False
            )
        )

    def collect(self, function):
        """Return the statements, without quotes, that a function has run."""
        with self.connection.schema_editor(collect_sql=True, atomic=False) as editor:
            function(editor)
        statements = []
        for statement in editor.collected_sql:
            if " MODIFY " not in statement:
                # sqlglot doesn't know MODIFY.
                (parsed,) = sqlglot.parse(
                    statement, dialect="oracle", error_level=sqlglot.ErrorLevel.RAISE
                )
                self.assertNotIsInstance(parsed, sqlglot.exp.Command, statement)
            statements.append(statement.replace('"', "").removesuffix(";"))
        return statements

    def create(self, **definitions):
        state = self.get_state(**definitions)

        def create_models(editor):
            for name in definitions:
                editor.create_model(state.apps.get_model(self.app_label, name))

        return self.collect(create_models)

    def apply(self, method, name, old, new, **definitions):
        """Call a method for fields of a model in two states."""
        before, after = (
            self.get_state(**{"Tenant": tenant(), "User": user(), name: note(**fields)})
            for fields in (old, new)
        )
        old_model, new_model = (
            state.apps.get_model(self.app_label, name) for state in (before, after)
        )
        fields = {
            "add_field": lambda: [new_model._meta.get_field("user")],
            "remove_field": lambda: [old_model._meta.get_field("user")],
            "alter_field": lambda: [
                old_model._meta.get_field("user"),
                new_model._meta.get_field("user"),
            ],
        }[method]()
        return self.collect(lambda editor: getattr(editor, method)(old_model, *fields))

    def test_create(self):
        statements = self.create(
            Tenant=tenant(), User=user(), Note=note(user=key(null=True))
        )
        self.assertIn(
            "CREATE TABLE REL_NOTE (ID NUMBER(11) NOT NULL PRIMARY KEY, "
            "USER_TENANT_ID NUMBER(11) NULL, USER_NUM NUMBER(11) NULL)",
            statements,
        )
        self.assertRegex(
            statements[-1],
            r"^ALTER TABLE REL_NOTE ADD CONSTRAINT \w+ FOREIGN KEY "
            r"\(USER_TENANT_ID, USER_NUM\) REFERENCES REL_USER \(TENANT_ID, NUM\) "
            r"DEFERRABLE INITIALLY DEFERRED$",
        )
        self.assertTrue(
            any(
                statement.startswith("CREATE INDEX")
                and statement.endswith("ON REL_NOTE (USER_TENANT_ID, USER_NUM)")
                for statement in statements
            )
        )

    def test_create_one_to_one(self):
        statements = self.create(
            Tenant=tenant(), User=user(), Note=note(**by_columns(models.OneToOneField))
        )
        self.assertEqual(
            sum("UNIQUE (TENANT_ID, USER_NUM)" in sql for sql in statements), 1
        )
        self.assertFalse(
            any("CREATE INDEX" in sql and "USER_NUM" in sql for sql in statements)
        )

    def test_names(self):
        """Names have up to 30 characters, and each constraint has its own."""
        fields = by_columns()
        fields["profile"] = models.ForeignKey(
            "composite_relations.Profile",
            models.CASCADE,
            from_fields=["tenant", "user_num"],
        )
        statements = self.create(
            Tenant=tenant(), User=user(), Profile=user(), Note=note(**fields)
        )
        names = [
            sql.partition(" ADD CONSTRAINT ")[2].split()[0]
            for sql in statements
            if "REL_NOTE ADD CONSTRAINT" in sql
        ]
        self.assertEqual(len(names), 3)
        self.assertEqual(len(set(names)), 3)
        self.assertLessEqual(max(map(len, names)), 30)

    def test_add(self):
        statements = self.apply("add_field", "Note", {}, {"user": key(default=(1, 2))})
        self.assertIn(
            "ALTER TABLE REL_NOTE ADD USER_NUM NUMBER(11) DEFAULT 2 NOT NULL",
            statements,
        )
        self.assertIn("FOREIGN KEY (USER_TENANT_ID, USER_NUM)", statements[-1])

    def test_remove(self):
        self.constraints["REL_NOTE"] = self.constraints["rel_note"] = {
            "rel_fk": {
                "columns": ["user_tenant_id", "user_num"],
                "foreign_key": ("rel_user", "tenant_id"),
                "index": False,
                "unique": False,
                "primary_key": False,
                "check": False,
            },
            "rel_index": {
                "columns": ["user_tenant_id", "user_num"],
                "foreign_key": None,
                "index": True,
                "unique": False,
                "primary_key": False,
                "check": False,
                "type": "idx",
            },
        }
        statements = self.apply("remove_field", "Note", {"user": key()}, {})
        self.assertEqual(
            statements,
            [
                "ALTER TABLE REL_NOTE DROP CONSTRAINT REL_FK",
                "DROP INDEX REL_INDEX",
                "ALTER TABLE REL_NOTE DROP COLUMN USER_TENANT_ID",
                "ALTER TABLE REL_NOTE DROP COLUMN USER_NUM",
            ],
        )

    def test_alter(self):
        statements = self.apply(
            "alter_field", "Note", {"user": key(null=True)}, {"user": one_to_one()}
        )
        self.assertIn("ALTER TABLE REL_NOTE MODIFY USER_NUM NOT NULL", statements)
        self.assertRegex(
            statements[-2], r"ADD CONSTRAINT \w+ UNIQUE \(USER_TENANT_ID, USER_NUM\)$"
        )
        self.assertIn("FOREIGN KEY (USER_TENANT_ID, USER_NUM)", statements[-1])
