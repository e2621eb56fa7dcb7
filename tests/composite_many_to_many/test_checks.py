"""What the system checks say about many-to-many relations."""

from django.conf import settings
from django.core import checks
from django.db import connection, models
from django.test import SimpleTestCase
from django.test.utils import isolate_apps, override_settings

from .models import Club, Person


def make_target(name, *members):
    """Return a new model with a composite primary key of integers."""
    attrs = {member: models.IntegerField() for member in members}
    attrs["pk"] = models.CompositePrimaryKey(*members)
    attrs["__module__"] = __name__
    return type(name, (models.Model,), attrs)


@isolate_apps("composite_many_to_many")
class CheckTests(SimpleTestCase):
    def test_same_column_names(self):
        target = make_target("A_B", "c", "d")

        class A(models.Model):
            pk = models.CompositePrimaryKey("b_c", "e")
            b_c = models.IntegerField()
            e = models.IntegerField()
            others = models.ManyToManyField(target)
            fine = models.ManyToManyField(make_target("B", "c", "e"))

        self.assertEqual(
            A.check(),
            [
                checks.Error(
                    "The field's intermediary table 'composite_many_to_many_a_others' "
                    "would have two columns named 'a_b_c', as it refers to "
                    "'composite_many_to_many.A', 'composite_many_to_many.A_B'.",
                    hint=(
                        "Rename one of the models or of the members of their primary "
                        "keys, or use 'through' with a model whose relations have "
                        "other names."
                    ),
                    obj=A._meta.get_field("others"),
                    id="fields.E326",
                )
            ],
        )

    def test_column_named_like_relation(self):
        class A_B(models.Model):
            pass

        class A(models.Model):
            pk = models.CompositePrimaryKey("b", "c")
            b = models.IntegerField()
            c = models.IntegerField()
            others = models.ManyToManyField(A_B)

        self.assertEqual([error.id for error in A.check()], ["fields.E326"])

    def test_through_with_other_names(self):
        target = make_target("A_B", "c", "d")

        class A(models.Model):
            pk = models.CompositePrimaryKey("b_c", "e")
            b_c = models.IntegerField()
            e = models.IntegerField()
            others = models.ManyToManyField(target, through="Link")

        class Link(models.Model):
            pk = models.CompositePrimaryKey("one", "two")
            one = models.ForeignKey(A, models.CASCADE)
            two = models.ForeignKey(target, models.CASCADE)

        self.assertEqual([*A.check(), *Link.check()], [])

    def test_ambiguous_through(self):
        """Neither the columns of relations nor keys made of them are counted."""
        target_model = make_target("Target", "x", "y")

        class Source(models.Model):
            pk = models.CompositePrimaryKey("a", "b")
            a = models.IntegerField()
            b = models.IntegerField()
            targets = models.ManyToManyField(target_model, through="Link")
            many = models.ManyToManyField(
                target_model, through="Many", related_name="+"
            )
            named = models.ManyToManyField(
                target_model,
                through="Many",
                through_fields=["one", "two"],
                related_name="+",
            )
            wrong = models.ManyToManyField(
                target_model,
                through="Many",
                through_fields=["a", "two_x"],
                related_name="+",
            )
            none = models.ManyToManyField(
                target_model, through="Single", related_name="+"
            )
            selves = models.ManyToManyField("self", through="Self")

        class Link(models.Model):
            pk = models.CompositePrimaryKey("source", "target")
            source = models.ForeignKey(Source, models.CASCADE)
            target = models.ForeignKey(target_model, models.CASCADE)

        class Many(models.Model):
            a = models.IntegerField()
            number = models.IntegerField()
            one = models.ForeignKey(Source, models.CASCADE, related_name="+")
            other = models.ForeignKey(
                Source, models.CASCADE, related_name="+", from_fields=["a", "number"]
            )
            two = models.ForeignKey(target_model, models.CASCADE, related_name="+")
            twin = models.ForeignKey(target_model, models.CASCADE, related_name="+")

        class Single(models.Model):
            one = models.ForeignKey(Source, models.CASCADE, related_name="+")

        class Self(models.Model):
            pk = models.CompositePrimaryKey("a", "b", "c")
            a = models.ForeignKey(Source, models.CASCADE, related_name="+")
            b = models.ForeignKey(Source, models.CASCADE, related_name="+")
            c = models.ForeignKey(Source, models.CASCADE, related_name="+")

        self.assertEqual(
            [
                (getattr(error.obj, "name", error.obj), error.id)
                for error in Source.check()
            ],
            [
                ("many", "fields.E334"),
                ("many", "fields.E335"),
                ("wrong", "fields.E339"),
                ("wrong", "fields.E339"),
                (Single, "fields.E336"),
                (Self, "fields.E333"),
            ],
        )
        self.assertEqual(Link.check(), [])
        hint = "Did you mean one of the following foreign keys to 'Target': two, twin?"
        self.assertIn(hint, [error.hint for error in Source.check()])

    def test_missing_target(self):
        class A(models.Model):
            pk = models.CompositePrimaryKey("b", "c")
            b = models.IntegerField()
            c = models.IntegerField()
            others = models.ManyToManyField("Missing")

        # One for the field, and none for the table.
        self.assertEqual([error.id for error in A.check()], ["fields.E300"])

    def test_table_clash(self):
        class A(models.Model):
            pk = models.CompositePrimaryKey("b", "c")
            b = models.IntegerField()
            c = models.IntegerField()
            one = models.ManyToManyField("self", db_table="clash")
            two = models.ManyToManyField("self", db_table="clash")

        self.assertEqual(
            [error.id for error in A.check()], ["fields.E340", "fields.E340"]
        )

    def test_long_names(self):
        max_length = connection.ops.max_name_length()
        if max_length is None or connection.features.truncates_names:
            self.skipTest("The database has no names that are too long.")
        long_name = "x" * (max_length - 1)
        target = make_target("Target", long_name, "y")

        class A(models.Model):
            targets = models.ManyToManyField(target)

        self.assertEqual(
            [error.id for error in A.check(databases=["default"])], ["models.E019"]
        )

    @override_settings(TEST_USER="composite_many_to_many.Custom")
    def test_swapped(self):
        class Original(models.Model):
            others = models.ManyToManyField("self")

            class Meta:
                swappable = "TEST_USER"

        class Custom(models.Model):
            pk = models.CompositePrimaryKey("a", "b")
            a = models.IntegerField()
            b = models.IntegerField()

        class Article(models.Model):
            users = models.ManyToManyField(settings.TEST_USER)

        self.assertEqual([*Article.check(), *Custom.check()], [])
        self.assertEqual(
            [field.column for field in Article.users.through._meta.concrete_fields],
            ["id", "article_id", "custom_a", "custom_b"],
        )


class IntermediaryTableTests(SimpleTestCase):
    def test_columns(self):
        opts = Club.members.through._meta
        self.assertEqual(
            [field.column for field in opts.concrete_fields],
            ["id", "club_country", "club_code", "person_country", "person_number"],
        )
        self.assertEqual(opts.unique_together, (("club", "person"),))
        opts = Person.friends.through._meta
        self.assertEqual(
            [field.column for field in opts.concrete_fields[1:]],
            [
                "from_person_country",
                "from_person_number",
                "to_person_country",
                "to_person_number",
            ],
        )
