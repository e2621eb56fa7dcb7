"""
What makemigrations writes when the primary key of a model changes: which
operations, in which order, and what it asks.
"""

from composite_key_changes.shops import AUTO, KEY, line, order, tenant
from composite_relations.projects import (
    APP,
    OTHER_APP,
    Questioner,
    fk,
    get_changes,
    get_ordered_migrations,
    make_state,
    model,
)

from django.db import models
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.test import SimpleTestCase
from django.test.utils import captured_stdout


class RefusingQuestioner(Questioner):
    """Fails if it is asked."""

    def ask_not_null_addition(self, field_name, model_name):
        raise AssertionError(f"Asked about {model_name}.{field_name}.")

    ask_not_null_alteration = ask_not_null_addition
    ask_unique_callable_default_addition = ask_not_null_addition


class AutodetectorTests(SimpleTestCase):
    def describe(self, operation):
        name = type(operation).__name__
        model_name = getattr(operation, "model_name", None) or operation.name
        if hasattr(operation, "field"):
            return f"{name} {model_name}.{operation.name}".lower()
        return f"{name} {model_name}".lower()

    def get_operations(self, before, after, questioner=None):
        """
        Return the operations as text, in the order in which they are run, having
        checked that nothing is left to detect and that each state can be rendered.
        """
        before, after = make_state(*before), make_state(*after)
        changes = get_changes(before, after, questioner or RefusingQuestioner())
        state = before.clone()
        operations = []
        for migration in get_ordered_migrations(changes):
            for operation in migration.operations:
                operation.state_forwards(migration.app_label, state)
                state.apps
                operations.append(self.describe(operation))
        for model_key in after.models:
            state.models[model_key].options = after.models[model_key].options
        self.assertEqual(get_changes(state, after, RefusingQuestioner()), {})
        return operations

    def assertOperations(self, before, after, expected, questioner=None):
        self.assertEqual(self.get_operations(before, after, questioner), expected)

    def assertBothWays(self, before, after, there, back):
        self.assertOperations(before, after, there)
        self.assertOperations(after, before, back)

    def test_instead_of_id(self):
        self.assertBothWays(
            [tenant(), order(**AUTO), line()],
            [tenant(), order(**KEY), line()],
            ["addfield order.pk", "removefield order.id"],
            ["addfield order.id", "removefield order.pk"],
        )

    def test_beside_id(self):
        for kwargs in ({}, {"unique": True}):
            with self.subTest(kwargs):
                self.assertBothWays(
                    [tenant(), order(**AUTO), line()],
                    [
                        tenant(),
                        order(**KEY, id=models.IntegerField(**kwargs)),
                        line(),
                    ],
                    ["addfield order.pk", "alterfield order.id"],
                    ["alterfield order.id", "removefield order.pk"],
                )
        # Nothing refers to it.
        self.assertBothWays(
            [tenant(), order(**AUTO)],
            [tenant(), order(**KEY, id=models.IntegerField())],
            ["addfield order.pk", "alterfield order.id"],
            ["removefield order.pk", "alterfield order.id"],
        )

    def test_id_as_member(self):
        key = {"pk": models.CompositePrimaryKey("tenant", "id")}
        self.assertBothWays(
            [tenant(), order(**AUTO), line()],
            [tenant(), order(**key, id=models.BigIntegerField()), line()],
            ["addfield order.pk", "alterfield order.id"],
            ["alterfield order.id", "removefield order.pk"],
        )

    def test_natural_key(self):
        key = {"pk": models.CompositePrimaryKey("tenant", "code")}
        code = models.CharField(max_length=5)
        primary_code = models.CharField(max_length=5, primary_key=True)
        self.assertBothWays(
            [tenant(), order(code=primary_code), line()],
            [tenant(), order(code=code, **key), line()],
            ["addfield order.pk", "alterfield order.code"],
            ["alterfield order.code", "removefield order.pk"],
        )
        self.assertBothWays(
            [tenant(), order(code=primary_code)],
            [tenant(), order(code=code, **KEY)],
            ["addfield order.pk", "alterfield order.code"],
            ["alterfield order.code", "removefield order.pk"],
        )

    def test_members_changed(self):
        key = {"pk": models.CompositePrimaryKey("tenant", "number", "part")}
        part = models.IntegerField()
        self.assertBothWays(
            [tenant(), order(**KEY, part=part), line()],
            [tenant(), order(**key, part=part), line()],
            ["alterfield order.pk"],
            ["alterfield order.pk"],
        )
        turned = {"pk": models.CompositePrimaryKey("number", "tenant")}
        self.assertBothWays(
            [tenant(), order(**KEY), line()],
            [tenant(), order(**turned), line()],
            ["alterfield order.pk"],
            ["alterfield order.pk"],
        )
        # With the field.
        part = models.IntegerField(default=0)
        self.assertBothWays(
            [tenant(), order(**KEY), line()],
            [tenant(), order(**key, part=part), line()],
            ["addfield order.part", "alterfield order.pk"],
            ["alterfield order.pk", "removefield order.part"],
        )
        # A member that was nullable before.
        self.assertBothWays(
            [tenant(), order(**KEY, part=models.IntegerField(null=True, default=1))],
            [tenant(), order(**key, part=models.IntegerField(default=1))],
            ["alterfield order.part", "alterfield order.pk"],
            ["alterfield order.pk", "alterfield order.part"],
        )

    def test_new_members(self):
        before = [tenant(), model("Order", **AUTO), line()]
        after = [tenant(), order(**KEY), line()]
        self.assertOperations(
            before,
            after,
            [
                "addfield order.number",
                "addfield order.tenant",
                "addfield order.pk",
                "removefield order.id",
            ],
            Questioner(),
        )
        questioner = NonInteractiveMigrationQuestioner(log=print)
        with captured_stdout() as stdout, self.assertRaises(SystemExit):
            self.get_operations(before, after, questioner)
        self.assertIn(
            "Field 'number' on model 'order' not migrated: it is impossible to add a "
            "non-nullable field without specifying a default.",
            stdout.getvalue(),
        )

    def test_new_targets(self):
        """A member refers to a model that is created in the same run."""
        for label in (APP, OTHER_APP):
            with self.subTest(label):
                shop = model("Shop", app_label=label, **AUTO)
                key = models.CompositePrimaryKey("shop", "number")
                relation = fk(f"{label}.Shop")
                self.assertOperations(
                    [tenant(), order(**AUTO), line()],
                    [tenant(), shop, order(pk=key, shop=relation), line()],
                    [
                        "createmodel shop",
                        "addfield order.shop",
                        "addfield order.pk",
                        "removefield order.id",
                    ],
                    Questioner(),
                )

    def test_new_auto_field(self):
        """Rows are numbered by the database, so there is nothing to ask."""
        for cls in (models.AutoField, models.BigAutoField, models.SmallAutoField):
            with self.subTest(cls.__name__):
                self.assertOperations(
                    [tenant(), order(**KEY), line()],
                    [tenant(), order(num=cls(primary_key=True)), line()],
                    ["addfield order.num", "removefield order.pk"],
                )

    def test_removed_members(self):
        self.assertOperations(
            [tenant(), order(**KEY), line()],
            [tenant(), model("Order", **AUTO), line()],
            [
                "addfield order.id",
                "removefield order.pk",
                "removefield order.number",
                "removefield order.tenant",
            ],
        )

    def test_renamed_member(self):
        def renamed(**fields):
            num = models.IntegerField()
            return model("Order", **{"tenant": fk("Tenant"), "num": num, **fields})

        key = models.CompositePrimaryKey("tenant", "num")
        self.assertOperations(
            [tenant(), order(**KEY), line()],
            [tenant(), renamed(pk=key), line()],
            ["renamefield order.number"],
        )
        self.assertOperations(
            [tenant(), order(**AUTO), line()],
            [tenant(), renamed(pk=key), line()],
            ["renamefield order.number", "addfield order.pk", "removefield order.id"],
        )
        part = {"part": models.CharField(max_length=2)}
        self.assertOperations(
            [tenant(), order(**KEY, **part), line()],
            [
                tenant(),
                renamed(pk=models.CompositePrimaryKey("tenant", "num", "part"), **part),
                line(),
            ],
            ["renamefield order.number", "alterfield order.pk"],
        )
        self.assertOperations(
            [tenant(), order(**KEY), line()],
            [tenant(), renamed(**AUTO), line()],
            ["renamefield order.number", "addfield order.id", "removefield order.pk"],
        )

    def test_new_relations(self):
        """Relations are added when the key that they refer to is the new one."""
        new = fk("Order", default=(1, 1))
        self.assertOperations(
            [tenant(), order(**AUTO), model("Line", **AUTO)],
            [tenant(), order(**KEY), line(order=new)],
            ["addfield order.pk", "removefield order.id", "addfield line.order"],
        )
        self.assertOperations(
            [tenant(), order(**KEY), model("Line", **AUTO)],
            [tenant(), order(**AUTO), line(order=fk("Order", default=1))],
            ["addfield order.id", "removefield order.pk", "addfield line.order"],
        )
        for before, after in ((AUTO, KEY), (KEY, AUTO)):
            operations = self.get_operations(
                [tenant(), order(**before)], [tenant(), order(**after), line()]
            )
            self.assertGreater(
                operations.index("createmodel line"),
                max(i for i, name in enumerate(operations) if name.endswith(".pk")),
            )
        many = models.ManyToManyField(f"{APP}.Order")
        self.assertOperations(
            [tenant(), order(**KEY), model("Tag", **AUTO)],
            [tenant(), order(**AUTO), model("Tag", **AUTO, orders=many)],
            ["addfield order.id", "removefield order.pk", "addfield tag.orders"],
        )

    def test_relations_to_relations(self):
        """The key of what a relation refers to refers to the key that changes."""
        parts = {"order": fk("Order"), "position": models.IntegerField()}
        part = model("Part", pk=models.CompositePrimaryKey(*parts), **parts)
        piece = model("Piece", **AUTO)
        new_piece = model("Piece", **AUTO, part=fk("Part", null=True))
        self.assertOperations(
            [tenant(), order(**AUTO), part, piece],
            [tenant(), order(**KEY), part, new_piece],
            ["addfield order.pk", "removefield order.id", "addfield piece.part"],
        )
        self.assertOperations(
            [tenant(), order(**KEY), part, piece],
            [tenant(), order(**AUTO), part, new_piece],
            ["addfield order.id", "removefield order.pk", "addfield piece.part"],
        )

    def test_relation_keeps_its_field(self):
        """A relation that goes on referring to id does so before the key changes."""
        unique = models.BigIntegerField(unique=True)
        relation = fk("Order", to_field="id")
        self.assertBothWays(
            [tenant(), order(**AUTO), line()],
            [tenant(), order(**KEY, id=unique), line(order=relation)],
            ["alterfield line.order", "addfield order.pk", "alterfield order.id"],
            ["alterfield order.id", "removefield order.pk", "alterfield line.order"],
        )

    def test_altered_relation(self):
        """A relation that is altered and one that goes, as the key changes."""
        self.assertOperations(
            [tenant(), order(**KEY), line()],
            [tenant(), order(**AUTO), line(order=fk("Order", null=True))],
            ["alterfield line.order", "addfield order.id", "removefield order.pk"],
        )
        self.assertOperations(
            [tenant(), order(**AUTO), line()],
            [tenant(), order(**KEY), line(order=fk("Order", null=True))],
            ["addfield order.pk", "removefield order.id", "alterfield line.order"],
        )
        self.assertOperations(
            [tenant(), order(**KEY), line()],
            [tenant(), order(**AUTO), model("Line", **AUTO)],
            ["removefield line.order", "addfield order.id", "removefield order.pk"],
        )

    def with_options(self, model_state, **options):
        return model(model_state.name, options, **model_state.fields)

    def test_unique_sets(self):
        """What a relation refers to is unique all the time."""
        unique = models.UniqueConstraint(fields=["tenant", "number"], name="numbers")
        relation = fk("Order", to_fields=["tenant", "number"])
        for options in (
            {"constraints": [unique]},
            {"unique_together": {("tenant", "number")}},
        ):
            with self.subTest(options):
                single = self.with_options(order(**AUTO), **options)
                there, back = [
                    self.get_operations(
                        [tenant(), *states], [tenant(), *reversed_states]
                    )
                    for states, reversed_states in (
                        [(single, line(order=relation)), (order(**KEY), line())],
                        [(order(**KEY), line()), (single, line(order=relation))],
                    )
                ]
                unique_names = [
                    name for name in (*there, *back) if name.endswith(" order")
                ]
                self.assertLess(
                    there.index("addfield order.pk"), there.index(unique_names[0])
                )
                self.assertLess(
                    back.index(unique_names[-1]), back.index("removefield order.pk")
                )

    def test_options_that_name_columns(self):
        """Of columns that the relation has with one of the keys only."""

        def get_line(*names):
            names = [*names, "id"]
            return self.with_options(
                line(),
                indexes=[models.Index(fields=names, name="by_order")],
                constraints=[models.UniqueConstraint(fields=names, name="one")],
            )

        single = [tenant(), order(**AUTO), get_line("order_id")]
        key = [tenant(), order(**KEY), get_line("order_tenant_id", "order_number")]
        self.assertBothWays(
            single,
            key,
            [
                "removeconstraint line",
                "removeindex line",
                "addfield order.pk",
                "removefield order.id",
                "addindex line",
                "addconstraint line",
            ],
            [
                "removeconstraint line",
                "removeindex line",
                "addfield order.id",
                "removefield order.pk",
                "addindex line",
                "addconstraint line",
            ],
        )

    def get_doubled(self, name):
        """Return a field that is generated from a column of the name."""
        return models.GeneratedField(
            expression=models.F(name) * 2,
            output_field=models.IntegerField(),
            db_persist=True,
        )

    def test_generated_fields(self):
        """What is generated from columns of a relation can't outlive these."""
        self.assertBothWays(
            [tenant(), order(**AUTO), line(a_old=self.get_doubled("order_id"))],
            [tenant(), order(**KEY), line(a_new=self.get_doubled("order_number"))],
            [
                "removefield line.a_old",
                "addfield order.pk",
                "removefield order.id",
                "addfield line.a_new",
            ],
            [
                "removefield line.a_new",
                "addfield order.id",
                "removefield order.pk",
                "addfield line.a_old",
            ],
        )
        # It can't be altered either, which is to be found out first.
        self.assertOperations(
            [tenant(), order(**AUTO), line(g=self.get_doubled("order_id"))],
            [tenant(), order(**KEY), line(g=self.get_doubled("order_number"))],
            ["alterfield line.g", "addfield order.pk", "removefield order.id"],
        )
        # This doesn't depend on the key.
        g = models.GeneratedField(
            expression=models.F("n") * 2,
            output_field=models.IntegerField(),
            db_persist=True,
        )
        self.assertOperations(
            [tenant(), order(**AUTO), line(n=models.IntegerField(), g=g)],
            [tenant(), order(**KEY), line(n=models.IntegerField(), g=g)],
            ["addfield order.pk", "removefield order.id"],
        )

    def test_generated_fields_of_members(self):
        self.assertBothWays(
            [tenant(), order(**AUTO, zone=self.get_doubled("id"))],
            [tenant(), order(**KEY)],
            ["removefield order.zone", "addfield order.pk", "removefield order.id"],
            ["addfield order.id", "removefield order.pk", "addfield order.zone"],
        )

    def test_check_constraints(self):
        def get_line(name):
            check = models.CheckConstraint(condition=models.Q(**{name: 1}), name="c")
            return self.with_options(line(), constraints=[check])

        self.assertBothWays(
            [tenant(), order(**AUTO), get_line("order_id")],
            [tenant(), order(**KEY), get_line("order_number")],
            [
                "removeconstraint line",
                "addfield order.pk",
                "removefield order.id",
                "addconstraint line",
            ],
            [
                "removeconstraint line",
                "addfield order.id",
                "removefield order.pk",
                "addconstraint line",
            ],
        )

    def test_keys_of_columns(self):
        def get_line(*names):
            return model(
                "Line",
                pk=models.CompositePrimaryKey(*names, "position"),
                order=fk("Order"),
                position=models.IntegerField(),
            )

        self.assertBothWays(
            [tenant(), order(**AUTO), get_line("order_id")],
            [tenant(), order(**KEY), get_line("order")],
            ["alterfield line.pk", "addfield order.pk", "removefield order.id"],
            ["addfield order.id", "removefield order.pk", "alterfield line.pk"],
        )

    def test_both_keys_change(self):
        """A key that is made of a relation to a model whose key changes, too."""
        key = models.CompositePrimaryKey("order", "position")
        fields = {"order": fk("Order"), "position": models.IntegerField()}
        piece = model("Piece", **AUTO, line=fk("Line"))
        self.assertBothWays(
            [tenant(), order(**AUTO), line(**fields), piece],
            [tenant(), order(**KEY), model("Line", pk=key, **fields), piece],
            [
                "addfield order.pk",
                "removefield order.id",
                "addfield line.pk",
                "removefield line.id",
            ],
            [
                "addfield line.id",
                "addfield order.id",
                "removefield line.pk",
                "removefield order.pk",
            ],
        )

    def test_other_apps(self):
        """Relations of other apps follow, and nothing is written for them."""
        other = model("Line", app_label=OTHER_APP, **AUTO, order=fk("Order"))
        self.assertBothWays(
            [tenant(), order(**AUTO), other],
            [tenant(), order(**KEY), other],
            ["addfield order.pk", "removefield order.id"],
            ["addfield order.id", "removefield order.pk"],
        )

    def test_children(self):
        child = model(
            "Gift",
            bases=(f"{APP}.order",),
            order_ptr=fk(
                "Order", models.OneToOneField, primary_key=True, parent_link=True
            ),
        )
        self.assertBothWays(
            [tenant(), order(**AUTO), child],
            [tenant(), order(**KEY), child],
            ["addfield order.pk", "removefield order.id"],
            ["addfield order.id", "removefield order.pk"],
        )

    def test_unmanaged(self):
        """No migration would mention the columns that follow the key."""

        def get_models(**fields):
            return [
                tenant(),
                self.with_options(order(**fields), managed=False),
                line(),
            ]

        msg = (
            f"The primary key of {APP}.Order, which isn't managed, is another one than "
            f"in its migrations, and {APP}.Line.order refers to it."
        )
        for before, after in ((AUTO, KEY), (KEY, AUTO)):
            with self.assertRaisesMessage(ValueError, msg):
                self.get_operations(get_models(**before), get_models(**after))
        # Nothing refers to it.
        self.assertEqual(
            self.get_operations(get_models(**AUTO)[:2], get_models(**KEY)[:2]), []
        )
