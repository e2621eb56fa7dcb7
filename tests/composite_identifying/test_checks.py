from itertools import permutations
from unittest import mock

from django.core.checks import Error
from django.db import connection, models
from django.test import SimpleTestCase
from django.test.utils import isolate_apps

CASCADE = models.CASCADE


def get_fields():
    """Return the fields of a chain of models by their names."""
    return {
        "First": {
            "pk": models.CompositePrimaryKey("a", "b"),
            "a": models.IntegerField(),
            "b": models.CharField(max_length=4),
        },
        "Second": {
            "pk": models.CompositePrimaryKey("first", "number"),
            "first": models.ForeignKey("First", CASCADE),
            "number": models.IntegerField(),
        },
        "Third": {"second": models.OneToOneField("Second", CASCADE, primary_key=True)},
        "Fourth": {"third": models.OneToOneField("Third", CASCADE, primary_key=True)},
        "Fifth": {
            "pk": models.CompositePrimaryKey("number", "fourth"),
            "fourth": models.ForeignKey("Fourth", CASCADE),
            "number": models.IntegerField(),
        },
    }


def create(name, fields):
    return type(name, (models.Model,), {"__module__": __name__, **fields})


COLUMNS = {
    "First": ["a", "b"],
    "Second": ["first_a", "first_b", "number"],
    "Third": ["second_first_a", "second_first_b", "second_number"],
    "Fourth": [
        "third_second_first_a",
        "third_second_first_b",
        "third_second_number",
    ],
    "Fifth": [
        "number",
        "fourth_third_second_first_a",
        "fourth_third_second_first_b",
        "fourth_third_second_number",
    ],
}


class DeclarationTests(SimpleTestCase):
    def test_any_order(self):
        for names in permutations(COLUMNS):
            with (
                self.subTest(names=names),
                isolate_apps("composite_identifying") as apps,
            ):
                fields = get_fields()
                for name in names:
                    create(name, fields[name])
                for model in apps.get_models():
                    opts = model._meta
                    self.assertEqual(
                        [field.column for field in opts.pk_fields],
                        COLUMNS[opts.object_name],
                    )
                    self.assertEqual(model.check(databases=["default"]), [])
                Second = apps.get_model("composite_identifying", "Second")
                Fourth = apps.get_model("composite_identifying", "Fourth")
                Third = apps.get_model("composite_identifying", "Third")
                second = Second(pk=(1, "b", 2))
                self.assertEqual(Fourth(third=Third(second=second)).pk, second.pk)

    @isolate_apps("composite_identifying")
    def test_single_key_that_is_a_relation(self):
        """It has a single column, whatever is declared first."""
        Child = create(
            "Child", {"parent": models.ForeignKey("Parent", CASCADE, primary_key=True)}
        )
        Grandchild = create(
            "Grandchild",
            {"child": models.OneToOneField(Child, CASCADE, primary_key=True)},
        )
        field = Grandchild._meta.get_field("child")
        self.assertEqual(field.column, "child_id")
        create("Parent", {"id": models.CharField(max_length=4, primary_key=True)})
        self.assertIs(field.has_known_columns, True)
        self.assertEqual(field.column, "child_id")
        self.assertEqual(field.db_type(connection), "varchar(4)")
        self.assertEqual(Grandchild(child=Child(parent_id="a")).pk, "a")

    def check_circle(self, models_):
        for model, name in models_:
            self.assertEqual(
                [
                    error
                    for error in model.check(databases=["default"])
                    if error.id == "fields.E324"
                ],
                [
                    Error(
                        f"The columns of '{model.__name__}.{name}' cannot be known, "
                        "as the key it refers to contains the relation itself.",
                        hint="Refer to the key by 'from_fields', or leave the relation "
                        "out of the primary key.",
                        obj=model._meta.get_field(name),
                        id="fields.E324",
                    )
                ],
            )

    @isolate_apps("composite_identifying")
    def test_circles(self):
        number = {"number": models.IntegerField()}
        itself = create(
            "Itself",
            {
                "pk": models.CompositePrimaryKey("itself", "number"),
                "itself": models.ForeignKey("self", CASCADE, related_name="+"),
                **number,
            },
        )
        first = create(
            "First",
            {"second": models.OneToOneField("Second", CASCADE, primary_key=True)},
        )
        second = create(
            "Second",
            {
                "pk": models.CompositePrimaryKey("third", "number"),
                "third": models.ForeignKey("Third", CASCADE),
                "number": models.IntegerField(),
            },
        )
        third = create(
            "Third",
            {"first": models.OneToOneField("First", CASCADE, primary_key=True)},
        )
        self.check_circle([(itself, "itself"), (first, "second"), (third, "first")])
        # It isn't known whether it has several columns.
        self.assertEqual(second.check(databases=["default"]), [])

    def test_long_names(self):
        with isolate_apps("composite_identifying") as apps:
            for name, fields in get_fields().items():
                create(name, fields)
            fifth = apps.get_model("composite_identifying", "Fifth")
            with (
                mock.patch.object(connection.ops, "max_name_length", lambda: 26),
                mock.patch.object(connection.features, "truncates_names", False),
            ):
                errors = fifth.check(databases=["default"])
        self.assertEqual(
            errors,
            [
                Error(
                    "Autogenerated column name too long for field "
                    f'"fourth_third_second_first_{name}". Maximum length is "26" for '
                    'database "default".',
                    hint="Declare the fields that 'fourth' refers by, set the column "
                    "names manually using 'db_column', and name the fields in "
                    "'from_fields'.",
                    obj=fifth,
                    id="models.E018",
                )
                for name in "ab"
            ],
        )
