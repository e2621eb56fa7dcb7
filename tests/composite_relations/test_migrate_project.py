"""
A project of two apps is migrated by the commands, as its author would: from
nothing to its models, to other ones, and all the way back.
"""

import importlib
import os
import sys
import tempfile
from contextlib import contextmanager
from io import StringIO
from unittest import mock

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.questioner import InteractiveMigrationQuestioner
from django.db.migrations.recorder import MigrationRecorder
from django.test import TransactionTestCase, override_settings
from django.test.utils import captured_stdout, extend_sys_path

# The tenant's owner is one of its users, whose key contains the tenant; the key
# of stays is made of relations to both apps, one of them with columns that the
# other one created.
PEOPLE = """
from django.db import models


class Tenant(models.Model):
    name = models.CharField(max_length=20)
    owner = models.ForeignKey("User", models.SET_NULL, null=True, related_name="owned")


class User(models.Model):
    pk = models.CompositePrimaryKey("tenant", "{num}")
    tenant = models.ForeignKey(Tenant, models.CASCADE)
    {num} = models.IntegerField()
    boss = models.ForeignKey("self", models.SET_NULL, null=True)
    home = models.ForeignKey(
        "hotel.Room", models.SET_NULL, null=True, to_fields=["floor", "door"]
    )


class Guest(User):
    class Meta:
        proxy = True


class Member(User):
    since = models.IntegerField()
"""

HOTEL = """
from django.db import models


class Base(models.Model):
    {guest} = models.ForeignKey("people.Guest", models.CASCADE)

    class Meta:
        abstract = True


class Booking(Base):
    pk = models.CompositePrimaryKey("stay", "line")
    stay = models.ForeignKey("Stay", models.CASCADE)
    line = models.SmallIntegerField()


class Stay(Base):
    pk = models.CompositePrimaryKey("{guest}", "night")
    night = models.DateField()
    room = models.ForeignKey("Room", models.PROTECT, null=True)
    member_number = models.IntegerField(null=True)
    member = models.ForeignKey(
        "people.Member",
        models.DO_NOTHING,
        null=True,
        from_fields=["{guest}_tenant_id", "member_number"],
        related_name="+",
    )

    class Meta:
        indexes = [models.Index(fields=["room", "night"], name="stay_room")]


class Room(models.Model):
    floor = models.IntegerField()
    door = models.IntegerField()
    last_stay = models.OneToOneField(
        Stay, models.SET_NULL, null=True, related_name="last_of"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["floor", "door"], name="hotel_door"),
        ]
"""


class ProjectTestCase(TransactionTestCase):
    """A project in a directory of its own, with the texts of its models."""

    available_apps = []
    labels = {}
    models = {}

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.tables = self.get_tables()
        for label, package in self.labels.items():
            for name in (package, os.path.join(package, "migrations")):
                os.mkdir(os.path.join(self.directory, name))
                self.write(os.path.join(name, "__init__.py"), "")
            self.write(
                os.path.join(package, "apps.py"),
                "from django.apps import AppConfig\n\n\n"
                "class Config(AppConfig):\n"
                f"    name = '{package}'\n    label = '{label}'\n"
                "    default_auto_field = 'django.db.models.BigAutoField'\n",
            )
        self.addCleanup(
            MigrationRecorder(connection)
            .migration_qs.filter(app__in=self.labels)
            .delete
        )
        self.addCleanup(self.drop_tables)

    def write(self, name, text):
        with open(os.path.join(self.directory, name), "w") as file:
            file.write(text)

    def get_tables(self):
        with connection.cursor() as cursor:
            tables = set(connection.introspection.table_names(cursor))
        return tables - {MigrationRecorder.Migration._meta.db_table}

    def drop_tables(self):
        """Remove what a failed test has left."""
        tables = self.get_tables() - self.tables
        with connection.constraint_checks_disabled():
            with connection.schema_editor() as editor:
                for table in tables:
                    name = connection.ops.quote_name(table)
                    editor.execute(editor.sql_delete_table % {"table": name})

    def forget(self):
        for label, package in self.labels.items():
            apps.all_models.pop(label, None)
            for name in list(sys.modules):
                if name == package or name.startswith(f"{package}."):
                    del sys.modules[name]
        apps.clear_cache()
        importlib.invalidate_caches()

    @contextmanager
    def project(self, **names):
        """The project with models in which fields have the names."""
        for label, package in self.labels.items():
            text = self.models[label].format(**names)
            self.write(os.path.join(package, "models.py"), text)
        self.forget()
        try:
            with (
                extend_sys_path(self.directory),
                override_settings(
                    INSTALLED_APPS=[f"{p}.apps.Config" for p in self.labels.values()]
                ),
            ):
                yield {model.__name__: model for model in apps.get_models()}
        finally:
            self.forget()

    def call(self, *args, **kwargs):
        out = StringIO()
        with (
            captured_stdout(),
            mock.patch.multiple(
                InteractiveMigrationQuestioner, ask_rename=lambda *args: True
            ),
        ):
            call_command(*args, stdout=out, no_color=True, **kwargs)
        return out.getvalue()

    def assertNoChanges(self):
        self.call("makemigrations", check_changes=True, dry_run=True)

    def get_columns(self, table):
        with connection.cursor() as cursor:
            description = connection.introspection.get_table_description(cursor, table)
        return [column.name for column in description]


class ProjectTests(ProjectTestCase):
    labels = {"people": "composite_people", "hotel": "composite_hotel"}
    models = {"people": PEOPLE, "hotel": HOTEL}

    def create_objects(self, Tenant, User, Member, Room, Stay, Booking, **models):
        tenant = Tenant.objects.create(name="t")
        boss = User.objects.create(tenant=tenant, num=1)
        member = Member.objects.create(tenant=tenant, num=2, boss=boss, since=1999)
        tenant.owner = boss
        tenant.save()
        room = Room.objects.create(floor=3, door=14)
        stay = Stay.objects.create(
            guest_pk=boss.pk, night="2024-02-29", room=room, member=member
        )
        room.last_stay = stay
        room.save()
        User.objects.filter(num=2).update(home_floor=3, home_door=14)
        Booking.objects.create(stay=stay, line=1, guest_pk=member.pk)

    def migrate_back(self):
        self.call("migrate", "hotel", "zero")
        self.call("migrate", "people", "zero")
        self.assertEqual(self.get_tables(), self.tables)

    def test_project(self):
        with self.project(num="num", guest="guest") as models:
            self.call("makemigrations")
            self.assertNoChanges()
            plan = self.call("migrate", plan=True)
            self.assertIn("Create model Stay", plan)
            self.call("migrate")
            self.assertCountEqual(
                self.get_columns("hotel_booking"),
                [
                    "guest_tenant_id",
                    "guest_num",
                    "stay_guest_tenant_id",
                    "stay_guest_num",
                    "stay_night",
                    "line",
                ],
            )
            self.create_objects(**models)
            # Tables that are there already are recognized.
            MigrationRecorder(connection).migration_qs.filter(
                app__in=self.labels
            ).delete()
            self.assertIn("FAKED", self.call("migrate", fake_initial=True))
        with self.project(num="number", guest="visitor") as models:
            self.call("makemigrations")
            self.assertNoChanges()
            self.call("migrate")
            self.assertCountEqual(
                self.get_columns("hotel_booking"),
                [
                    "visitor_tenant_id",
                    "visitor_number",
                    "stay_visitor_tenant_id",
                    "stay_visitor_number",
                    "stay_night",
                    "line",
                ],
            )
            (booking,) = models["Booking"].objects.filter(stay__visitor__number=1)
            self.assertEqual(booking.stay.room.door, 14)
            self.assertEqual(booking.stay.member.since, 1999)
            self.assertEqual(booking.visitor.boss, models["User"].objects.get(number=1))
            self.assertEqual(booking.visitor.home, booking.stay.room)
            connection.check_constraints()
            self.migrate_back()
            self.call("migrate")
            self.migrate_back()

    def test_squashed(self):
        with self.project(num="num", guest="guest"):
            self.call("makemigrations")
        with self.project(num="number", guest="visitor"):
            self.call("makemigrations")
            self.call("makemigrations", "people", empty=True, name="last")
            names = sorted(
                name.removesuffix(".py")
                for name in os.listdir(
                    os.path.join(self.directory, "composite_people", "migrations")
                )
                if name[0] == "0"
            )
            self.call("squashmigrations", "people", *names[-2:], interactive=False)
            importlib.invalidate_caches()
            self.assertNoChanges()
            self.call("migrate")
            self.assertNoChanges()
            self.migrate_back()

    def test_sql(self):
        with self.project(num="num", guest="guest"):
            self.call("makemigrations")
            sql = "".join(
                self.call("sqlmigrate", "hotel", name.removesuffix(".py"))
                for name in sorted(
                    os.listdir(
                        os.path.join(self.directory, "composite_hotel", "migrations")
                    )
                )
                if name[0] == "0"
            )
        self.assertIn("-- Create model Stay", sql)
        qn = connection.ops.quote_name
        columns = ("stay_guest_tenant_id", "stay_guest_num", "stay_night")
        self.assertIn(", ".join(map(qn, columns)), sql)
        self.assertNotIn("None", sql)
