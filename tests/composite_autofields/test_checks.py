from django.core.checks import Error
from django.db import models
from django.test import SimpleTestCase
from django.test.utils import isolate_apps

from .models import Comment, Invoice, Leading, Legacy, Receipt, Ticket, Urgent


@isolate_apps("composite_autofields")
class CheckTests(SimpleTestCase):
    def get_e100(self, field):
        return Error(
            "AutoFields must set primary_key=True.", obj=field, id="fields.E100"
        )

    def test_members(self):
        for model in (Comment, Invoice, Leading, Legacy, Receipt, Ticket, Urgent):
            with self.subTest(model=model):
                self.assertEqual(model.check(databases={"default"}), [])

    def test_auto_field(self):
        for cls in (models.AutoField, models.BigAutoField, models.SmallAutoField):
            with self.subTest(cls=cls), isolate_apps("composite_autofields"):

                class Model(models.Model):
                    pk = models.CompositePrimaryKey("tenant", "number")
                    tenant = models.IntegerField()
                    number = cls()

                self.assertEqual(Model.check(), [])
                self.assertIs(Model._meta.auto_field, Model._meta.get_field("number"))

    def test_no_member(self):
        class Model(models.Model):
            pk = models.CompositePrimaryKey("tenant", "year")
            tenant = models.IntegerField()
            year = models.IntegerField()
            number = models.AutoField()

        self.assertEqual(
            Model.check(), [self.get_e100(Model._meta.get_field("number"))]
        )

    def test_single_key(self):
        class Model(models.Model):
            tenant = models.IntegerField(primary_key=True)
            number = models.AutoField()

        self.assertEqual(
            Model.check(), [self.get_e100(Model._meta.get_field("number"))]
        )

    def test_single_key_and_member(self):
        class Model(models.Model):
            pk = models.CompositePrimaryKey("tenant", "number")
            tenant = models.IntegerField()
            number = models.AutoField(primary_key=True)

        self.assertEqual([error.id for error in Model.check()], ["models.E026"])

    def test_two(self):
        msg = (
            "Model composite_autofields.Model can't have more than one auto-generated "
            "field."
        )
        with self.assertRaisesMessage(ValueError, msg):

            class Model(models.Model):
                pk = models.CompositePrimaryKey("number", "other")
                number = models.AutoField()
                other = models.BigAutoField()

    def test_missing_member(self):
        class Model(models.Model):
            pk = models.CompositePrimaryKey("tenant", "number")
            number = models.AutoField()

        self.assertEqual([error.id for error in Model.check()], ["models.E042"])

    def test_null(self):
        class Model(models.Model):
            pk = models.CompositePrimaryKey("tenant", "number")
            tenant = models.IntegerField()
            number = models.AutoField(null=True)

        self.assertEqual([error.id for error in Model.check()], ["models.E042"])

    def test_inherited(self):
        """The number of a parent's table is no member of the child's key."""

        class Parent(models.Model):
            pk = models.CompositePrimaryKey("tenant", "number")
            tenant = models.IntegerField()
            number = models.AutoField()

        class Child(Parent):
            pk = models.CompositePrimaryKey("kind", "number")
            kind = models.IntegerField()

        self.assertIn("models.E042", [error.id for error in Child.check()])
        self.assertEqual(Parent.check(), [])
