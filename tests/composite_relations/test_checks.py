from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.checks import Error, Warning
from django.db import models
from django.test import SimpleTestCase
from django.test.utils import isolate_apps

from .models import Club, Fine, Lesson, Match, Member, Node, Profile, Seat, Visit


@isolate_apps("composite_relations")
class RelationChecksTests(SimpleTestCase):
    def create_model(self, name, bases=(models.Model,), **attrs):
        meta = attrs.pop("Meta", {})
        attrs["Meta"] = type("Meta", (), {"app_label": "composite_relations", **meta})
        return type(name, bases, {"__module__": __name__, **attrs})

    def create_target(self, name="Target", **attrs):
        return self.create_model(
            name,
            pk=models.CompositePrimaryKey("tenant", "code"),
            tenant=models.IntegerField(),
            code=models.CharField(max_length=10),
            **attrs,
        )

    def assertChecks(self, model, *expected):
        """The checks say of the relation `target`: (id, message, hint)."""
        relation = model._meta.get_field("target")
        self.assertEqual(
            model.check(databases=["default"]),
            [
                (Warning if number.startswith("fields.W") else Error)(
                    msg, hint=hint, obj=relation, id=number
                )
                for number, msg, hint in expected
            ],
        )

    def test_valid(self):
        for model in (Club, Fine, Lesson, Match, Member, Node, Profile, Seat, Visit):
            with self.subTest(model=model):
                self.assertEqual(model.check(), [])

    def test_key(self):
        # A relation to the whole key, however it is declared.
        target = self.create_target()
        fields = {"tenant": models.IntegerField, "code": models.CharField}
        for number, (attrs, kwargs) in enumerate(
            [
                ((), {}),
                ((), {"to_fields": ["tenant", "code"]}),
                ((), {"to_fields": ["pk"]}),
                ((), {"to_field": "pk"}),
                (fields, {"from_fields": ["tenant", "code"]}),
                (
                    fields,
                    {
                        "from_fields": ["code", "tenant"],
                        "to_fields": ["code", "tenant"],
                    },
                ),
            ]
        ):
            for field_class in (models.ForeignKey, models.OneToOneField):
                with self.subTest(kwargs=kwargs, field_class=field_class):
                    source = self.create_model(
                        f"{field_class.__name__}{number}",
                        target=field_class(
                            target, models.CASCADE, related_name="+", **kwargs
                        ),
                        **(
                            {
                                "tenant": models.IntegerField(),
                                "code": models.CharField(max_length=10),
                            }
                            if attrs
                            else {}
                        ),
                    )
                    self.assertEqual(source.check(), [])

    def test_lazy_target_missing(self):
        source = self.create_model(
            "Source",
            number=models.IntegerField(),
            target=models.ForeignKey(
                "Missing", models.CASCADE, from_fields=["number", "missing"]
            ),
        )
        self.assertChecks(
            source,
            (
                "fields.E300",
                "Field defines a relation with model 'Missing', which is either not "
                "installed, or is abstract.",
                None,
            ),
        )

    def test_no_unique_target(self):
        self.create_target(number=models.IntegerField())
        source = self.create_model(
            "Source",
            target=models.ForeignKey(
                "Target", models.CASCADE, to_fields=["tenant", "number"]
            ),
        )
        self.assertChecks(
            source,
            (
                "fields.E310",
                "No subset of the fields 'tenant', 'number' on model 'Target' is "
                "unique.",
                "Add the fields to a unique constraint (via unique_together or a "
                "UniqueConstraint (without condition) in the model "
                "Meta.constraints).",
            ),
        )

    def test_unique_target(self):
        for number, target in enumerate(
            [
                {"Meta": {"unique_together": [("number", "tenant")]}},
                {
                    "Meta": {
                        "constraints": [
                            models.UniqueConstraint(
                                fields=["tenant", "number"], name="unique"
                            )
                        ]
                    }
                },
            ]
        ):
            with self.subTest(target=target):
                name = f"Target{number}"
                self.create_target(name, number=models.IntegerField(), **target)
                source = self.create_model(
                    f"Source{number}",
                    target=models.ForeignKey(
                        name, models.CASCADE, to_fields=["tenant", "number"]
                    ),
                )
                self.assertEqual(source.check(), [])

    def test_unique_target_by_relation(self):
        """What is unique may be named by relation or by column, and refer by both."""
        self.create_target()
        for number, unique in enumerate(
            [("other", "number"), ("other_tenant", "other_code", "number")]
        ):
            name = f"Middle{number}"
            self.create_model(
                name,
                other=models.ForeignKey("Target", models.CASCADE, related_name="+"),
                number=models.IntegerField(),
                Meta={"unique_together": [unique]},
            )
            for index, to_fields in enumerate(
                [
                    ["other", "number"],
                    ["number", "other"],
                    ["other_tenant", "other_code", "number"],
                ]
            ):
                with self.subTest(unique=unique, to_fields=to_fields):
                    source = self.create_model(
                        f"Source{number}{index}",
                        target=models.ForeignKey(
                            name, models.CASCADE, to_fields=to_fields
                        ),
                    )
                    self.assertEqual(source.check(), [])

    def test_unsuitable_unique_target(self):
        """The database needs a constraint of the very same columns."""
        hint = (
            "Add the fields to a unique constraint (via unique_together or a "
            "UniqueConstraint (without condition) in the model Meta.constraints), "
            "leave out those that aren't needed, or set db_constraint=False."
        )
        self.create_target(number=models.IntegerField(unique=True))
        for number, db_constraint in enumerate([True, False]):
            source = self.create_model(
                f"Source{number}",
                target=models.ForeignKey(
                    "Target",
                    models.CASCADE,
                    to_fields=["number", "tenant"],
                    db_constraint=db_constraint,
                ),
            )
            expected = (
                "fields.E325",
                "The fields 'number', 'tenant' on model 'Target' must be unique "
                "together because they are referenced by a foreign key.",
                hint,
            )
            self.assertChecks(source, *[expected][: int(db_constraint)])

    def test_conditional_unique_target(self):
        self.create_target(
            number=models.IntegerField(),
            Meta={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["tenant", "number"],
                        condition=models.Q(number__gt=1),
                        name="unique",
                    )
                ]
            },
        )
        source = self.create_model(
            "Source",
            target=models.ForeignKey(
                "Target", models.CASCADE, to_fields=["tenant", "number"]
            ),
        )
        self.assertEqual([e.id for e in source.check()], ["fields.E310"])

    def test_unknown_fields(self):
        self.create_target()
        source = self.create_model(
            "Source",
            number=models.IntegerField(),
            target=models.ForeignKey(
                "Target",
                models.CASCADE,
                from_fields=["number", "missing"],
                to_fields=["tenant", "absent"],
            ),
        )
        self.assertChecks(
            source,
            (
                "fields.E312",
                "The to_field 'absent' doesn't exist on the related model "
                "'composite_relations.Target'.",
                None,
            ),
            (
                "fields.E313",
                "The 'from_fields' name 'missing' doesn't exist on the model "
                "'composite_relations.Source'.",
                None,
            ),
        )

    def test_count(self):
        self.create_target()
        source = self.create_model(
            "Source",
            number=models.IntegerField(),
            target=models.ForeignKey("Target", models.CASCADE, from_fields=["number"]),
        )
        self.assertChecks(
            source,
            (
                "fields.E314",
                "The 'from_fields' have 1 columns ('number'), but the relation "
                "refers to 2 of 'Target' ('tenant', 'code').",
                "Name a field for each of those that the relation refers to, or name "
                "what it is to refer to in 'to_fields'.",
            ),
        )

    def test_count_with_on_delete(self):
        """What on_delete would do with unknown columns is no error besides."""
        self.create_target()
        self.create_model("Single", tenant=models.IntegerField())
        source = self.create_model(
            "Source",
            number=models.IntegerField(null=True),
            code=models.CharField(max_length=10, null=True),
            wrong=models.ForeignKey(
                "Single",
                models.SET_NULL,
                from_fields=["number", "code"],
                related_name="+",
            ),
            right=models.ForeignKey(
                "Target",
                models.SET_NULL,
                from_fields=["number", "code"],
                related_name="+",
            ),
        )
        self.assertEqual(
            [(error.id, error.obj.name) for error in source.check()],
            [("fields.E314", "wrong")],
        )

    def test_types(self):
        self.create_target()
        for number, (first, second, expected) in enumerate(
            [
                (models.IntegerField(), models.CharField(max_length=10), []),
                (models.IntegerField(), models.SlugField(max_length=10), []),
                (
                    models.BigIntegerField(),
                    models.CharField(max_length=10),
                    [
                        (
                            "fields.E315",
                            "'Source2.first' and 'Target.tenant', to which it refers, "
                            "are not of the same type (BigIntegerField and "
                            "IntegerField).",
                            "Make them fields of the same type.",
                        )
                    ],
                ),
                (
                    models.UUIDField(),
                    models.CharField(max_length=20, db_collation="nocase"),
                    [
                        (
                            "fields.E315",
                            "'Source3.first' and 'Target.tenant', to which it refers, "
                            "are not of the same type (UUIDField and IntegerField).",
                            "Make them fields of the same type.",
                        ),
                        (
                            "fields.W315",
                            "'Source3.second' and 'Target.code', to which it refers, "
                            "are not of the same 'max_length' (20 and 10).",
                            "Set the same 'max_length' on both fields.",
                        ),
                        (
                            "fields.W315",
                            "'Source3.second' and 'Target.code', to which it refers, "
                            "are not of the same 'db_collation' (nocase and None).",
                            "Set the same 'db_collation' on both fields.",
                        ),
                    ],
                ),
            ]
        ):
            with self.subTest(first=first, second=second):
                source = self.create_model(
                    f"Source{number}",
                    first=first,
                    second=second,
                    target=models.ForeignKey(
                        "Target", models.CASCADE, from_fields=["first", "second"]
                    ),
                )
                relation = source._meta.get_field("target")
                self.assertEqual(
                    relation.check(),
                    [
                        (Warning if id_.startswith("fields.W") else Error)(
                            msg, hint=hint, obj=relation, id=id_
                        )
                        for id_, msg, hint in expected
                    ],
                )

    def test_types_of_relations(self):
        """A foreign key is of the type of what it refers to."""
        self.create_model("Small", id=models.AutoField(primary_key=True))
        self.create_model("Big", id=models.BigAutoField(primary_key=True))
        self.create_model(
            "Target",
            pk=models.CompositePrimaryKey("small", "number"),
            small=models.ForeignKey("Small", models.CASCADE),
            number=models.DecimalField(max_digits=5, decimal_places=2),
        )
        for number, (first, ids) in enumerate(
            [
                (models.ForeignKey("Small", models.CASCADE), []),
                (models.IntegerField(), []),
                (models.PositiveIntegerField(), ["fields.E315"]),
                (models.ForeignKey("Big", models.CASCADE), ["fields.E315"]),
            ]
        ):
            with self.subTest(first=first):
                source = self.create_model(
                    f"Source{number}",
                    first=first,
                    second=models.DecimalField(max_digits=5, decimal_places=2),
                    target=models.ForeignKey(
                        "Target", models.CASCADE, from_fields=["first", "second"]
                    ),
                )
                self.assertEqual([error.id for error in source.check()], ids)
        source = self.create_model(
            "Digits",
            first=models.IntegerField(),
            second=models.DecimalField(max_digits=6, decimal_places=3),
            target=models.ForeignKey(
                "Target", models.CASCADE, from_fields=["first", "second"]
            ),
        )
        self.assertEqual([e.id for e in source.check()], ["fields.W315"] * 2)

    def test_integers_without_constraint(self):
        self.create_target()
        source = self.create_model(
            "Source",
            first=models.BigIntegerField(),
            second=models.CharField(max_length=10),
            target=models.ForeignKey(
                "Target",
                models.CASCADE,
                from_fields=["first", "second"],
                db_constraint=False,
            ),
        )
        self.assertEqual(source.check(), [])

    def test_repeated_names(self):
        self.create_target(
            other=models.IntegerField(), Meta={"unique_together": [("tenant", "other")]}
        )
        source = self.create_model(
            "Source",
            number=models.IntegerField(),
            target=models.ForeignKey(
                "Target",
                models.CASCADE,
                from_fields=["number", "number"],
                to_fields=["tenant", "other"],
            ),
        )
        self.assertChecks(
            source,
            ("fields.E316", "The 'from_fields' name more than once: 'number'.", None),
        )

    def test_unusable_fields(self):
        self.create_target()
        self.create_model("Parent", number=models.IntegerField())
        for number, (name, fields, bases, hint) in enumerate(
            [
                (
                    "others",
                    {"others": models.ManyToManyField("self")},
                    (),
                    "It has no column.",
                ),
                (
                    "target",
                    {},
                    (),
                    "A relation cannot be one of the fields that hold its columns.",
                ),
            ]
        ):
            with self.subTest(name=name):
                source = self.create_model(
                    f"Source{number}",
                    text=models.CharField(max_length=10),
                    target=models.ForeignKey(
                        "Target", models.CASCADE, from_fields=[name, "text"]
                    ),
                    **fields,
                )
                self.assertChecks(
                    source,
                    (
                        "fields.E317",
                        f"'{name}' cannot be one of the 'from_fields'.",
                        hint,
                    ),
                )

    def test_generated_field(self):
        self.create_target()
        source = self.create_model(
            "Source",
            text=models.CharField(max_length=10),
            number=models.GeneratedField(
                expression=models.F("id") + 1,
                output_field=models.IntegerField(),
                db_persist=True,
            ),
            target=models.ForeignKey(
                "Target", models.CASCADE, from_fields=["number", "text"]
            ),
        )
        self.assertIn(
            ("fields.E317", "It is a generated field."),
            [(e.id, e.hint) for e in source._meta.get_field("target").check()],
        )

    def test_fields_of_other_tables(self):
        parent = self.create_model("Parent", number=models.IntegerField())
        target = self.create_target()
        child = self.create_model("Child", (target,), size=models.IntegerField())
        source = self.create_model(
            "Source",
            (parent,),
            text=models.CharField(max_length=10),
            target=models.ForeignKey(
                target, models.CASCADE, from_fields=["number", "text"]
            ),
        )
        self.assertChecks(
            source,
            (
                "fields.E317",
                "'number' cannot be one of the 'from_fields'.",
                "It is not a field of the table of 'composite_relations.Source'.",
            ),
        )
        source = self.create_model(
            "ToParent",
            target=models.ForeignKey(
                child, models.CASCADE, to_fields=["tenant", "code"]
            ),
        )
        self.assertEqual(
            [error.id for error in source.check()], ["fields.E317", "fields.E317"]
        )

    def test_both_spellings(self):
        self.create_target()
        source = self.create_model(
            "Source",
            target=models.ForeignKey(
                "Target", models.CASCADE, to_field="code", to_fields=["tenant", "code"]
            ),
        )
        self.assertChecks(
            source,
            (
                "fields.E318",
                "The relation cannot have both a 'to_field' and 'to_fields'.",
                "Remove the 'to_field' argument.",
            ),
        )

    def test_options_of_columns(self):
        self.create_target()
        hint = (
            "Declare the fields that hold the columns, with options of their own, and "
            "name them as 'from_fields'."
        )
        source = self.create_model(
            "Source",
            target=models.ForeignKey("Target", models.CASCADE, db_column="column"),
        )
        self.assertChecks(
            source,
            (
                "fields.E319",
                "The relation cannot have a 'db_column', as its columns are those of "
                "'target_tenant', 'target_code'.",
                hint,
            ),
        )
        source = self.create_model(
            "WithDefault",
            first=models.IntegerField(),
            second=models.CharField(max_length=10),
            target=models.ForeignKey(
                "Target",
                models.CASCADE,
                from_fields=["first", "second"],
                db_column="column",
                default=(1, "x"),
            ),
        )
        self.assertChecks(
            source,
            (
                "fields.E319",
                "The relation cannot have a 'db_column', as its columns are those of "
                "'first', 'second'.",
                hint,
            ),
            (
                "fields.E319",
                "The relation cannot have a 'default', as its columns are those of "
                "'first', 'second'.",
                "Set the defaults of these fields.",
            ),
        )
        source = self.create_model(
            "WithDbDefault",
            target=models.ForeignKey("Target", models.CASCADE, db_default=1),
        )
        self.assertIn("fields.E319", [error.id for error in source.check()])

    def test_set_null(self):
        self.create_target()
        expected = (
            "fields.E320",
            "Field specifies on_delete=SET_NULL, but cannot be null.",
            "Set null=True argument on the field, or change the on_delete rule.",
        )
        source = self.create_model(
            "Source", target=models.ForeignKey("Target", models.SET_NULL)
        )
        self.assertChecks(source, expected)
        # Its columns can be null, but belong to another relation as well.
        source = self.create_model(
            "Shared",
            first=models.IntegerField(null=True),
            second=models.CharField(max_length=10, null=True),
            target=models.ForeignKey(
                "Target", models.SET_NULL, from_fields=["first", "second"]
            ),
            other=models.ForeignKey(
                "Target",
                models.CASCADE,
                from_fields=["first", "second"],
                related_name="+",
            ),
        )
        self.assertChecks(source, expected)
        # A relation that has these columns and more has no object without them.
        source = self.create_model(
            "Wider",
            first=models.IntegerField(null=True),
            second=models.CharField(max_length=10, null=True),
            third=models.IntegerField(null=True),
            target=models.ForeignKey(
                "Target", models.SET_NULL, from_fields=["first", "second"]
            ),
            wider=models.ForeignObject(
                "Target",
                models.CASCADE,
                from_fields=["first", "second", "third"],
                to_fields=["tenant", "code", "tenant"],
                related_name="+",
            ),
        )
        self.assertNotIn("fields.E320", [error.id for error in source.check()])
        source = self.create_model(
            "Valid",
            first=models.IntegerField(),
            second=models.CharField(max_length=10, null=True),
            target=models.ForeignKey(
                "Target", models.SET_NULL, from_fields=["first", "second"]
            ),
        )
        self.assertEqual(source.check(), [])

    def test_set_default(self):
        self.create_target()
        expected = (
            "fields.E321",
            "Field specifies on_delete=SET_DEFAULT, but has no default value.",
            "Set a default value, or change the on_delete rule.",
        )
        for number, default in enumerate([models.NOT_PROVIDED, "x"]):
            source = self.create_model(
                f"Source{number}",
                first=models.IntegerField(),
                second=models.CharField(max_length=10, default=default),
                target=models.ForeignKey(
                    "Target", models.SET_DEFAULT, from_fields=["first", "second"]
                ),
            )
            self.assertChecks(source, *([] if default == "x" else [expected]))
        source = self.create_model(
            "Created", target=models.ForeignKey("Target", models.SET_DEFAULT)
        )
        self.assertChecks(source, expected)

    def test_null(self):
        self.create_target()
        source = self.create_model(
            "Source",
            first=models.IntegerField(),
            second=models.CharField(max_length=10),
            target=models.ForeignKey(
                "Target", models.CASCADE, from_fields=["first", "second"], null=True
            ),
        )
        self.assertChecks(
            source,
            (
                "fields.E322",
                "The relation has null=True, but none of its columns can be null: "
                "'first', 'second'.",
                "Set null=True on at least one of these fields, or remove it from the "
                "relation.",
            ),
        )

    def test_clashing_columns(self):
        self.create_target()
        source = self.create_model(
            "Source",
            target=models.ForeignKey("Target", models.CASCADE),
            target_code=models.CharField(max_length=10),
        )
        self.assertChecks(
            source,
            (
                "fields.E323",
                "The relation would create the column 'target_code', which clashes "
                "with the field 'target_code' of the model.",
                "Rename the field or the relation, or use 'from_fields' to say which "
                "fields hold the columns.",
            ),
        )

    def test_clash_with_many_to_many(self):
        self.create_target()
        self.create_model("Tag")
        source = self.create_model(
            "Source",
            target=models.ForeignKey("Target", models.CASCADE, related_name="+"),
            target_code=models.ManyToManyField("Tag", related_name="+"),
        )
        self.assertEqual(
            [(error.id, error.obj.name) for error in source.check()],
            [("fields.E323", "target")],
        )

    def test_clash_of_two_relations(self):
        self.create_model(
            "First",
            pk=models.CompositePrimaryKey("b_c", "d"),
            b_c=models.IntegerField(),
            d=models.IntegerField(),
        )
        self.create_model(
            "Second",
            pk=models.CompositePrimaryKey("c", "d"),
            c=models.IntegerField(),
            d=models.IntegerField(),
        )
        source = self.create_model(
            "Source",
            a=models.ForeignKey("First", models.CASCADE),
            a_b=models.ForeignKey("Second", models.CASCADE),
        )
        self.assertEqual(
            [(error.id, error.obj.name) for error in source.check()],
            [("fields.E323", "a_b")],
        )

    def test_clash_with_attname(self):
        self.create_target()
        source = self.create_model(
            "Source",
            target=models.ForeignKey("Target", models.CASCADE),
            target_pk=models.IntegerField(),
        )
        self.assertIn("models.E006", [error.id for error in source.check()])

    def test_name_of_created_column(self):
        self.create_model(
            "Target",
            pk=models.CompositePrimaryKey("_a", "b"),
            _a=models.IntegerField(),
            b=models.IntegerField(),
        )
        source = self.create_model(
            "Source", target=models.ForeignKey("Target", models.CASCADE)
        )
        self.assertEqual(
            [(error.id, error.obj.name) for error in source.check()],
            [("fields.E002", "target__a")],
        )

    def test_circle(self):
        hint = (
            "Refer to the key by 'from_fields', or leave the relation out of the "
            "primary key."
        )
        to_itself = self.create_model(
            "ToItself",
            pk=models.CompositePrimaryKey("number", "target"),
            number=models.IntegerField(),
            target=models.ForeignKey("self", models.CASCADE),
        )
        first, second = (
            self.create_model(
                name,
                pk=models.CompositePrimaryKey("number", "target"),
                number=models.IntegerField(),
                target=models.ForeignKey(other, models.CASCADE),
            )
            for name, other in (("First", "Second"), ("Second", "First"))
        )
        for model in (to_itself, first, second):
            with self.subTest(model=model):
                self.assertChecks(
                    model,
                    (
                        "fields.E324",
                        f"The columns of '{model.__name__}.target' cannot be known, "
                        "as the key it refers to contains the relation itself.",
                        hint,
                    ),
                )
        # The fault isn't that of a relation to such a model.
        source = self.create_model(
            "Source", target=models.ForeignKey("ToItself", models.CASCADE)
        )
        self.assertEqual(source.check(), [])

    def test_reverse_accessors(self):
        self.create_target(source=models.IntegerField())
        source = self.create_model(
            "Source",
            target=models.ForeignKey("Target", models.CASCADE),
            other=models.ForeignKey(
                "Target", models.CASCADE, related_name="source_set"
            ),
            third=models.ForeignKey("Target", models.CASCADE, related_name="code"),
        )
        ids = {
            name: sorted(error.id for error in source._meta.get_field(name).check())
            for name in ("target", "other", "third")
        }
        self.assertEqual(
            ids,
            {
                "target": ["fields.E303", "fields.E304"],
                "other": ["fields.E304", "fields.E305"],
                "third": ["fields.E302", "fields.E303"],
            },
        )

    def test_composite_pk(self):
        self.create_target()
        for number, (names, hints) in enumerate(
            [
                (("target", "number"), []),
                (("other", "number"), ["'other' field may not set 'null=True'."]),
                (("target", "third"), []),
                (
                    ("target", "target_code"),
                    ["'target_code' and 'target' are the same fields."],
                ),
                # Relations may share a column.
                (("target", "fourth"), []),
            ]
        ):
            with self.subTest(names=names):
                source = self.create_model(
                    f"Source{number}",
                    pk=models.CompositePrimaryKey(*names),
                    number=models.IntegerField(),
                    target=models.ForeignKey(
                        "Target", models.CASCADE, related_name="+"
                    ),
                    other=models.ForeignKey(
                        "Target", models.CASCADE, null=True, related_name="+"
                    ),
                    third=models.ForeignKey("Target", models.CASCADE, related_name="+"),
                    fourth=models.ForeignKey(
                        "Target",
                        models.CASCADE,
                        from_fields=["target_tenant", "third_code"],
                        related_name="+",
                    ),
                )
                errors = source.check()
                self.assertEqual([error.hint for error in errors], hints)
                self.assertEqual(
                    {error.id for error in errors} - {"models.E042"}, set()
                )

    def test_generic_foreign_key(self):
        target = self.create_target()
        source = self.create_model(
            "Source",
            content_type=models.ForeignKey(ContentType, models.CASCADE),
            target=models.ForeignKey(target, models.CASCADE),
            generic=GenericForeignKey("content_type", "target"),
        )
        generic = source._meta.get_field("generic")
        self.assertEqual(
            generic.check(),
            [
                Error(
                    "The GenericForeignKey object ID references the field 'target', "
                    "which has several columns.",
                    hint="Use a CharField or TextField for the object ID.",
                    obj=generic,
                    id="contenttypes.E006",
                )
            ],
        )

    def test_names_in_options(self):
        target = self.create_target()
        source = self.create_model(
            "Source",
            target=models.ForeignKey(target, models.CASCADE),
            number=models.IntegerField(),
            Meta={
                "ordering": ["target", "-target_pk", "target_code", "target__code"],
                "unique_together": [("target", "number"), ("target_code", "number")],
                "indexes": [models.Index(fields=["target", "-number"], name="index")],
                "constraints": [
                    models.UniqueConstraint(fields=["target", "id"], name="unique"),
                    models.CheckConstraint(
                        condition=models.Q(target__isnull=False), name="check"
                    ),
                ],
            },
        )
        self.assertEqual(source.check(databases=["default"]), [])
