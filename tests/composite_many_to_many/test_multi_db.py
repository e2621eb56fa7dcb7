"""Relations in a database other than the default one."""

from django.db import transaction
from django.test import TestCase, override_settings

from .models import Club, Person


class Router:
    """Related objects have to be in the same database, as if there was no router."""

    def db_for_read(self, model, **hints):
        return hints["instance"]._state.db if "instance" in hints else None

    db_for_write = db_for_read


class MultiDatabaseTests(TestCase):
    databases = {"default", "other"}

    def test_databases(self):
        clubs, people = [], []
        for using in ("default", "other"):
            clubs.append(Club.objects.using(using).create(pk=("at", "golf")))
            people.append(Person.objects.using(using).create(pk=("at", 1), name=using))
        clubs[1].members.add(people[1])
        with self.assertNumQueries(0, using="default"):
            self.assertSequenceEqual(clubs[1].members.all(), [people[1]])
            self.assertEqual(clubs[1].members.get().name, "other")
        self.assertIs(clubs[0].members.exists(), False)
        self.assertEqual(clubs[1].members.count(), 1)
        msg = (
            f'Cannot add "{people[0]!r}": instance is on database "other", value is '
            'on database "default"'
        )
        with (
            self.assertRaisesMessage(ValueError, msg),
            transaction.atomic(using="other"),
        ):
            clubs[1].members.add(people[0])
        created = clubs[1].members.create(pk=("de", 1))
        self.assertEqual(created._state.db, "other")
        clubs[1].members.db_manager("other").set([("de", 1)])
        self.assertSequenceEqual(clubs[1].members.all(), [created])
        with self.assertNumQueries(2, using="other"):
            found = Club.objects.using("other").prefetch_related("members").get()
            self.assertSequenceEqual(found.members.all(), [created])
        created.clubs.clear()
        self.assertIs(clubs[1].members.exists(), False)

    @override_settings(DATABASE_ROUTERS=[Router()])
    def test_router(self):
        club = Club.objects.using("other").create(pk=("at", "golf"))
        person = Person(pk=("at", 1))
        person.save(using="other")
        club.members.add(person)
        self.assertSequenceEqual(person.clubs.all(), [club])
        with self.assertNumQueries(0, using="default"):
            club.members.remove(("at", 1))
        self.assertIs(club.members.exists(), False)
