"""
What Oracle is told to change a primary key: it is compiled, without a server, and
parsed by a grammar of Oracle's dialect.
"""

import re
from unittest import mock

from composite_keys.oracle import OracleTestCase, sqlglot

from django.db import migrations, models
from django.db.migrations.state import ProjectState

from .test_schema import KeyChangeTestCase, auto_key, order, reference


class OracleKeyChangeTests(OracleTestCase):
    app_label = "key_changes"
    to_composite = KeyChangeTestCase.to_composite
    to_single = KeyChangeTestCase.to_single
    add_models = KeyChangeTestCase.add_models

    def setUp(self):
        super().setUp()
        # One that routers know.
        self.connection.alias = "default"
        self.state = ProjectState()
        self.enterContext(
            mock.patch.object(self.connection, "cursor", mock.MagicMock())
        )

    def apply(self, operation):
        """Return the statements, without quotes, that an operation runs."""
        state = self.state.clone()
        operation.state_forwards(self.app_label, state)
        with self.connection.schema_editor(collect_sql=True, atomic=False) as editor:
            operation.database_forwards(self.app_label, editor, self.state, state)
        self.state = state
        statements = []
        for statement in editor.collected_sql:
            # sqlglot doesn't know MODIFY, nor DROP PRIMARY KEY.
            if not re.search(" MODIFY | DROP PRIMARY KEY", statement):
                (parsed,) = sqlglot.parse(
                    statement, dialect="oracle", error_level=sqlglot.ErrorLevel.RAISE
                )
                self.assertNotIsInstance(parsed, sqlglot.exp.Command, statement)
            statements.append(statement.replace('"', "").removesuffix(";"))
        return statements

    def add_shop(self):
        self.add_models(
            Tenant={"id": auto_key()},
            Order=order(tags=models.ManyToManyField("key_changes.Tag")),
            Tag={"id": auto_key()},
            Part={
                "pk": models.CompositePrimaryKey("order", "position"),
                "order": reference(),
                "position": models.IntegerField(),
            },
        )

    def assertInOrder(self, statements, *expected):
        position = 0
        for regex in expected:
            for index, statement in enumerate(statements[position:], position):
                if re.search(regex, statement):
                    position = index + 1
                    break
            else:
                self.fail(f"{regex} isn't in {statements[position:]}")

    def test_to_composite(self):
        self.add_shop()
        statements = self.apply(self.to_composite)
        self.assertInOrder(
            statements,
            r"^ALTER TABLE KEY_CHANGES_PART ADD ORDER_NUMBER NUMBER\(11\) NULL$",
            r"^UPDATE KEY_CHANGES_PART SET \(ORDER_TENANT_ID, ORDER_NUMBER\) = "
            r"\(SELECT",
            r"^ALTER TABLE KEY_CHANGES_PART DROP CONSTRAINT \w+$",
            r"^ALTER TABLE KEY_CHANGES_ORDER DROP PRIMARY KEY$",
            r"^ALTER TABLE KEY_CHANGES_ORDER ADD CONSTRAINT \w+ PRIMARY KEY "
            r"\(TENANT_ID, NUMBER\)$",
            r"^ALTER TABLE KEY_CHANGES_PART MODIFY ORDER_NUMBER NOT NULL$",
            r"^ALTER TABLE KEY_CHANGES_PART DROP PRIMARY KEY$",
            r"^ALTER TABLE KEY_CHANGES_PART ADD CONSTRAINT \w+ PRIMARY KEY "
            r"\(ORDER_TENANT_ID, ORDER_NUMBER, POSITION\)$",
            r"^ALTER TABLE KEY_CHANGES_ORDER ADD CONSTRAINT \w+ UNIQUE \(ID\)$",
            r"^ALTER TABLE KEY_CHANGES_PART ADD CONSTRAINT \w+ FOREIGN KEY "
            r"\(ORDER_TENANT_ID, ORDER_NUMBER\) REFERENCES KEY_CHANGES_ORDER "
            r"\(TENANT_ID, NUMBER\) DEFERRABLE INITIALLY DEFERRED$",
            r"^ALTER TABLE KEY_CHANGES_PART DROP COLUMN ORDER_ID$",
        )

    def test_to_single(self):
        self.add_shop()
        self.apply(self.to_composite)
        self.assertInOrder(
            self.apply(self.to_single),
            r"^ALTER TABLE KEY_CHANGES_PART ADD ORDER_ID NUMBER\(19\) NULL$",
            r"^UPDATE KEY_CHANGES_PART SET \(ORDER_ID\) = \(SELECT",
            r"^ALTER TABLE KEY_CHANGES_ORDER ADD CONSTRAINT \w+ PRIMARY KEY \(ID\)$",
            r"^ALTER TABLE KEY_CHANGES_PART ADD CONSTRAINT \w+ PRIMARY KEY "
            r"\(ORDER_ID, POSITION\)$",
            r"^ALTER TABLE KEY_CHANGES_ORDER DROP CONSTRAINT \w+$",
            r"^ALTER TABLE KEY_CHANGES_PART DROP COLUMN ORDER_TENANT_ID$",
        )

    def test_reorder_members(self):
        self.add_shop()
        self.apply(self.to_composite)
        self.assertInOrder(
            self.apply(
                migrations.AlterField(
                    "Order", "pk", models.CompositePrimaryKey("number", "tenant")
                )
            ),
            r"^ALTER TABLE KEY_CHANGES_ORDER DROP PRIMARY KEY$",
            r"^ALTER TABLE KEY_CHANGES_ORDER ADD CONSTRAINT \w+ PRIMARY KEY "
            r"\(NUMBER, TENANT_ID\)$",
        )
