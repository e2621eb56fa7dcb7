import datetime
import os
import tempfile

from django.apps import apps
from django.core import serializers
from django.core.management import call_command
from django.db import connections
from django.test import TestCase

from .models import (
    Badge,
    Break,
    Company,
    Desk,
    Employee,
    Lead,
    Pass,
    Picture,
    Profile,
    Remark,
    Shift,
    Tag,
    Team,
    Visit,
)

try:
    import yaml  # NOQA: F401
except ImportError:
    yaml = None

FORMATS = ["python", "json", "jsonl", "xml", *(["yaml"] if yaml else [])]
TEXT_FORMATS = FORMATS[1:]
# Not on all databases are there tables of these.
EXCLUDE = ["composite_serialization.blob", "composite_serialization.blobreference"]


class SerializationTestCase(TestCase):
    @classmethod
    def create_objects(cls, using=None):
        """Create objects of all models with relations, the same each time."""
        a, b = [
            Company.objects.using(using).create(id=id, name=name)
            for id, name in ((1, "a"), (2, "b"))
        ]
        employees = Employee.objects.using(using)
        a1, a2, b1, b2 = cls.employees = [
            employees.create(company=company, number=number, name=name)
            for company, number, name in (
                (a, 1, "ann"),
                (a, 2, 'al "x"'),
                (b, 1, "bert"),
                (b, 2, "bo, ]"),
            )
        ]
        a1.manager = a2
        a1.save()
        Badge.objects.using(using).create(id=1, owner=a1, issuer=b2, color="red")
        Pass.objects.using(using).create(id=2, owner=b1, color="blue", gate=3)
        profile = Profile.objects.using(using).create(employee=a2, text="x")
        Picture.objects.using(using).create(id=1, profile=profile)
        shift = Shift.objects.using(using).create(
            employee=b1, day=datetime.date(2026, 2, 28)
        )
        Break.objects.using(using).create(id=1, shift=shift)
        Desk.objects.using(using).create(id=1, employee=b2)
        Desk.objects.using(using).create(id=2)
        visits = Visit.objects.using(using)
        visits.create(id=1, company_ref=1, number_ref=2)
        visits.create(id=2, company_ref=1)
        visits.create(id=3)
        tag = Tag.objects.using(using).create(id=1, name="t")
        tag.employees.set([a1, b1])
        x, y = [
            Team.objects.using(using).create(company=company, code=code)
            for company, code in ((a, "x"), (b, "y"))
        ]
        x.members.set([a1, b2])
        x.tags.set([tag])
        x.rivals.set([y])
        Lead.objects.using(using).create(team=y, employee=b1)
        Remark.objects.using(using).create(id=1, subject=a1)

    def delete_all(self, using="default"):
        app_config = apps.get_app_config("composite_serialization")
        with connections[using].constraint_checks_disabled():
            for model in app_config.get_models(include_auto_created=True):
                if model._meta.can_migrate(connections[using]):
                    model._base_manager.using(using).all()._raw_delete(using)

    def serialize(self, format, *objs, **options):
        return serializers.serialize(format, objs, **options)

    def deserialize(self, format, data, **options):
        return list(serializers.deserialize(format, data, **options))

    def get_fields(self, obj, **options):
        """Return what is written for the fields of `obj`."""
        (data,) = self.serialize("python", obj, **options)
        return data["fields"]

    def read(self, model, pk=None, **fields):
        """Return the object that is read."""
        data = {"model": f"composite_serialization.{model}", "fields": fields}
        if pk is not None:
            data["pk"] = pk
        (loaded,) = self.deserialize("python", [data])
        return loaded.object


class FixtureTestCase(SerializationTestCase):
    databases = {"default", "other"}

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def get_path(self, name):
        return os.path.join(self.directory, name)

    def dump(self, name, *labels, **options):
        path = self.get_path(name)
        labels = labels or ["composite_serialization"]
        options.setdefault("exclude", EXCLUDE)
        call_command("dumpdata", *labels, output=path, verbosity=0, **options)
        with open(path, "rb") as f:
            return f.read()

    def write(self, name, text):
        with open(self.get_path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.get_path(name)

    def load(self, name, **options):
        call_command("loaddata", self.get_path(name), verbosity=0, **options)

    def assertRoundTrip(self, format, **options):
        data = self.dump(f"first.{format}", format=format, **options)
        self.delete_all()
        self.load(f"first.{format}")
        again = self.dump(f"second.{format}", format=format, **options)
        self.assertEqual(data.decode(), again.decode())
