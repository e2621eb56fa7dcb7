"""
Tables of a legacy database, with a composite key and a relation to it, come under
the management of migrations.
"""

from composite_relations.test_migrate_project import ProjectTestCase

from django.db import connection
from django.db.migrations.existing_tables import ExistingTableError
from django.db.migrations.recorder import MigrationRecorder

MODELS = """
from django.db import models


class Person(models.Model):
    pk = models.CompositePrimaryKey({key})
    office = models.IntegerField()
    num = models.IntegerField()
    name = models.CharField(max_length=20)

    class Meta:
        {managed}
        db_table = "legacy_person"


class Badge(models.Model):
    pk = models.CompositePrimaryKey("person", "year")
    year = models.IntegerField()
    person = models.ForeignKey(Person, models.DO_NOTHING)
    {field}

    class Meta:
        {managed}
        db_table = "legacy_badge"
"""
MANAGED = {"managed": "managed = True", "field": "", "key": "'office', 'num'"}
UNMANAGED = {**MANAGED, "managed": "managed = False"}


class LegacyTests(ProjectTestCase):
    labels = {"legacy": "composite_legacy"}
    models = {"legacy": MODELS}
    person_key = "PRIMARY KEY (office, num)"
    badge_columns = "person_office integer NOT NULL, person_num integer NOT NULL"
    badge_key = "PRIMARY KEY (person_office, person_num, year)"
    badge_foreign_key = (
        ", FOREIGN KEY (person_office, person_num) "
        "REFERENCES legacy_person (office, num)"
    )

    def create_tables(self, **kwargs):
        names = {
            name: kwargs.get(name, getattr(self, name))
            for name in (
                "person_key",
                "badge_columns",
                "badge_key",
                "badge_foreign_key",
            )
        }
        quote = connection.ops.quote_name
        statements = [
            "CREATE TABLE legacy_person (office integer NOT NULL, num integer NOT "
            "NULL, name varchar(20) NOT NULL, {person_key})",
            "CREATE TABLE legacy_badge (year integer NOT NULL, {badge_columns}, "
            "{badge_key}{badge_foreign_key})",
        ]
        words = ["legacy_person", "legacy_badge", "office", "num", "name", "year"]
        words += ["person_office", "person_num"]
        with connection.cursor() as cursor:
            for sql in statements:
                sql = sql.format(**names)
                for word in words if connection.vendor == "oracle" else ():
                    sql = sql.replace(word, quote(word))
                cursor.execute(sql)
            for sql in (
                "INSERT INTO %s VALUES (1, 2, 'Ada')" % quote("legacy_person"),
                "INSERT INTO %s VALUES (1843, 1, 2)" % quote("legacy_badge"),
            ):
                cursor.execute(sql)

    def assertWorks(self, models):
        (badge,) = models["Badge"].objects.filter(person__name="Ada")
        self.assertEqual(badge.pk, (1, 2, 1843))

    def test_managed_afterwards(self):
        self.create_tables()
        with self.project(**UNMANAGED) as models:
            self.call("makemigrations")
            self.assertNoChanges()
            self.call("migrate")
            self.assertWorks(models)
        with self.project(**MANAGED) as models:
            self.call("makemigrations")
            self.assertNoChanges()
            self.assertNotIn("FAKED", self.call("migrate"))
            self.assertWorks(models)
        # From now on they can be altered.
        field = "text = models.CharField(max_length=9, default='x')"
        key = "'num', 'office'"
        with self.project(**{**MANAGED, "field": field, "key": key}) as models:
            self.call("makemigrations")
            self.assertNoChanges()
            self.call("migrate")
            self.assertEqual(models["Badge"].objects.get().text, "x")
            self.assertEqual(models["Person"].objects.get().pk, (2, 1))
            self.assertCountEqual(
                self.get_columns("legacy_badge"),
                ["year", "person_office", "person_num", "text"],
            )

    def test_fake_initial(self):
        self.create_tables()
        with self.project(**MANAGED) as models:
            self.call("makemigrations")
            self.assertIn("FAKED", self.call("migrate", fake_initial=True))
            self.assertNoChanges()
            self.assertWorks(models)

    def test_inspected(self):
        self.create_tables()
        with self.project(**UNMANAGED):
            tables = ["legacy_person", "legacy_badge"]
            text = self.call("inspectdb", *tables)
        self.assertIn("managed = False", text)
        text = text.replace("{", "{{").replace("}", "}}")
        for models in (text, text.replace("managed = False", "managed = True")):
            self.models = {"legacy": models}
            with self.project() as models:
                self.call("makemigrations")
                self.assertNoChanges()
                self.assertNotIn("FAKED", self.call("migrate"))
                (badge,) = models["LegacyBadge"].objects.all()
                self.assertEqual(set(badge.pk), {1, 2, 1843})

    def assertRefused(self, *messages):
        tables = self.get_tables()
        with self.project(**MANAGED):
            self.call("makemigrations")
            with self.assertRaises(ExistingTableError) as cm:
                self.call("migrate", fake_initial=True)
        for message in messages:
            self.assertIn(message, str(cm.exception))
        self.assertEqual(self.get_tables(), tables)
        applied = MigrationRecorder(connection).applied_migrations()
        self.assertNotIn("legacy", {app_label for app_label, _ in applied})

    def test_other_key(self):
        self.create_tables(person_key="PRIMARY KEY (office)", badge_foreign_key="")
        self.assertRefused(
            "legacy.0001_initial can't be faked. There is a table legacy_person, but "
            "it isn't that of legacy.Person: the primary key of the model is (office, "
            "num), that of the table (office). Change the model and its migration, or "
            "the table."
        )

    def test_no_key(self):
        self.create_tables(person_key="UNIQUE (office, num)")
        self.assertRefused("(office, num), that of the table is missing.")

    def test_missing_columns(self):
        self.create_tables(
            badge_columns="person_office integer NOT NULL, person_id integer",
            badge_key="PRIMARY KEY (person_office, year)",
            badge_foreign_key="",
        )
        self.assertRefused(
            "a table legacy_badge, but it isn't that of legacy.Badge: ",
            "'person' has the columns person_office, person_num, of which the table "
            "has no person_num",
        )
