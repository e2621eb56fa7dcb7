from django.core.checks import Error
from django.core.exceptions import FieldError
from django.db import models
from django.test import SimpleTestCase
from django.test.utils import isolate_apps


@isolate_apps("composite_inheritance")
class CheckTests(SimpleTestCase):
    def create_parent(self, name, *members):
        fields = {member: models.IntegerField() for member in members}
        return type(
            name,
            (models.Model,),
            {
                "__module__": "composite_inheritance.models",
                "pk": models.CompositePrimaryKey(*members),
                **fields,
            },
        )

    def test_own_key(self):
        Parent = self.create_parent("Parent", "a", "b")

        class Child(Parent):
            pk = models.CompositePrimaryKey("c", "d")
            c = models.IntegerField()
            d = models.IntegerField()

        class GrandChild(Child):
            pass

        class Other(Parent):
            pk = models.CompositePrimaryKey("parent_ptr", "e")
            e = models.IntegerField()

        for model in (Child, GrandChild, Other):
            self.assertEqual(model.check(databases=["default"]), [])
        self.assertEqual([f.name for f in Child._meta.pk_fields], ["c", "d"])
        self.assertEqual(
            [f.name for f in GrandChild._meta.pk_fields],
            ["child_ptr_c", "child_ptr_d"],
        )
        self.assertEqual(Other(pk=(1, 2, 3))._get_pk_val(Parent._meta), (1, 2))
        self.assertIs(Child._meta.get_field("parent_ptr").unique, True)
        self.assertIs(Child._meta.get_field("pk"), Child._meta.pk)

    def test_members_of_parent(self):
        Parent = self.create_parent("Parent", "a", "b")

        class Child(Parent):
            pk = models.CompositePrimaryKey("a", "c")
            c = models.IntegerField()

        self.assertEqual(
            Child.check(databases=["default"]),
            [
                Error(
                    "'a' cannot be included in the composite primary key.",
                    hint="'a' field is not a local field.",
                    obj=Child,
                    id="models.E042",
                )
            ],
        )

    def test_two_keys(self):
        First = self.create_parent("First", "a", "b")
        Second = self.create_parent("Second", "c", "d")

        class Child(First, Second):
            pass

        class OtherChild(First):
            pk = models.CompositePrimaryKey("c", "d")
            c = models.IntegerField()
            d = models.IntegerField()
            first = models.OneToOneField(
                First, models.CASCADE, parent_link=True, primary_key=True
            )

        self.assertEqual(
            Child.check(databases=["default"]),
            [
                Error(
                    "The field 'pk' from parent model 'composite_inheritance.first' "
                    "clashes with the field 'pk' from parent model "
                    "'composite_inheritance.second'.",
                    obj=Child,
                    id="models.E005",
                )
            ],
        )
        self.assertEqual(
            OtherChild.check(databases=["default"]),
            [
                Error(
                    "The model cannot have more than one field with "
                    "'primary_key=True'.",
                    obj=OtherChild,
                    id="models.E026",
                )
            ],
        )

    def test_clash_of_members(self):
        Parent = self.create_parent("Parent", "a", "b")
        msg = "Local field 'a' in class 'Child' clashes with field of the same name"
        with self.assertRaisesMessage(FieldError, msg):

            class Child(Parent):
                a = models.IntegerField()

    def test_link_over_columns(self):
        Parent = self.create_parent("Parent", "a", "b")

        class Child(Parent):
            x = models.IntegerField()
            y = models.IntegerField()
            link = models.OneToOneField(
                Parent,
                models.CASCADE,
                parent_link=True,
                primary_key=True,
                from_fields=["y", "x"],
            )

        self.assertEqual(Child.check(databases=["default"]), [])
        for child in (Child(a=1, b=2), Child(y=1, x=2), Child(pk=(1, 2))):
            self.assertEqual((child.a, child.b), (1, 2))
            self.assertEqual((child.y, child.x), (1, 2))
            self.assertEqual((child.pk, child.link_pk), ((1, 2), (1, 2)))
            self.assertIs(child._is_pk_set(), True)

    def test_link_to_other_fields(self):
        Parent = self.create_parent("Parent", "a", "b")

        class Child(Parent):
            link = models.OneToOneField(
                Parent,
                models.CASCADE,
                parent_link=True,
                primary_key=True,
                to_fields=["b", "a"],
            )

        self.assertEqual(
            Child.check(databases=["default"]),
            [
                Error(
                    "The link to a parent must refer to the primary key of 'Parent', "
                    "i.e. to 'a', 'b' in that order.",
                    hint="Remove the 'to_fields', or name the members of the key in "
                    "their order.",
                    obj=Child._meta.get_field("link"),
                    id="fields.E327",
                )
            ],
        )

    def test_lazy_key(self):
        """The parent's key is made of a relation to a model that comes later."""

        class Parent(models.Model):
            pk = models.CompositePrimaryKey("target", "number")
            target = models.ForeignKey("Target", models.CASCADE)
            number = models.IntegerField()
            twin_number = models.IntegerField(null=True)
            twin = models.ForeignKey(
                "Later", models.CASCADE, from_fields=["number", "twin_number"]
            )

        class Child(Parent):
            pass

        class GrandChild(Child):
            pass

        class Target(models.Model):
            pk = models.CompositePrimaryKey("a", "b")
            a = models.IntegerField()
            b = models.IntegerField()

        child = GrandChild(target=Target(a=1, b=2), number=3)
        self.assertEqual(child.pk, (1, 2, 3))
        self.assertEqual(child.child_ptr_pk, (1, 2, 3))
        self.assertEqual(
            [field.column for field in GrandChild._meta.pk_fields],
            [
                "child_ptr_parent_ptr_target_a",
                "child_ptr_parent_ptr_target_b",
                "child_ptr_parent_ptr_number",
            ],
        )

        class Later(models.Model):
            pk = models.CompositePrimaryKey("c", "d")
            c = models.IntegerField()
            d = models.IntegerField()

        child = GrandChild(target=Target(a=1, b=2), number=3)
        child.twin = Later(c=3, d=4)
        self.assertIs(GrandChild.twin.is_cached(child), True)
        child.pk = (1, 2, 4)
        self.assertIs(GrandChild.twin.is_cached(child), False)
