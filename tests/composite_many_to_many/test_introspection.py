"""inspectdb makes models of the intermediary tables."""

from io import StringIO

from django.core.management import call_command
from django.db import connection
from django.test import TestCase, skipUnlessDBFeature
from django.test.utils import isolate_apps

from .models import Club, Job, Person


class IntrospectionTests(TestCase):
    @skipUnlessDBFeature("can_introspect_foreign_keys")
    @isolate_apps("composite_many_to_many")
    def test_inspectdb(self):
        models = (Club, Person, Club.members.through, Job, Person.friends.through)
        tables = [model._meta.db_table for model in models]
        out = StringIO()
        call_command("inspectdb", *tables, stdout=out)
        namespace = {"__name__": f"{__package__}.inspected"}
        exec(out.getvalue(), namespace)
        inspected = {
            value._meta.db_table: value
            for value in namespace.values()
            if hasattr(value, "_meta")
        }
        self.assertEqual(inspected.keys(), set(tables))
        club = Club.objects.create(pk=("at", "golf"))
        people = [Person.objects.create(pk=("at", number)) for number in (1, 2)]
        club.members.set(people)
        people[0].friends.add(people[1])
        for table, model in inspected.items():
            with self.subTest(table=table):
                self.assertEqual(model.check(), [])
        for through, names in (
            (Club.members.through, ("club", "person")),
            (Person.friends.through, ("from_person", "to_person")),
        ):
            model = inspected[through._meta.db_table]
            self.assertCountEqual(
                model.objects.values_list("pk", *names),
                through.objects.values_list("pk", *names),
            )
            self.assertEqual(
                {field.column for field in model._meta.concrete_fields},
                {field.column for field in through._meta.concrete_fields},
            )
            (names,) = model._meta.unique_together
            self.assertEqual(
                [model._meta.get_field(name).column for name in names],
                [f.column for f in through._meta.concrete_fields[1:]],
            )

    def test_constraints(self):
        """The table has a unique constraint, foreign keys and an index."""
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(
                cursor, Club.members.through._meta.db_table
            ).values()
        club = ["club_country", "club_code"]
        person = ["person_country", "person_number"]
        self.assertEqual(
            [c["columns"] for c in constraints if c["unique"] and not c["primary_key"]],
            [club + person],
        )
        self.assertIn(person, [c["columns"] for c in constraints if c["index"]])
        self.assertNotIn(
            club, [c["columns"] for c in constraints if c["index"] and not c["unique"]]
        )
        if connection.features.can_introspect_foreign_keys:
            self.assertCountEqual(
                [c["columns"] for c in constraints if c["foreign_key"]], [club, person]
            )
            with connection.cursor() as cursor:
                constraints = connection.introspection.get_constraints(
                    cursor, Club.visitors.through._meta.db_table
                ).values()
            self.assertEqual([c for c in constraints if c["foreign_key"]], [])
