"""What the managers of both sides do, given objects, keys and their text."""

from django.db import IntegrityError, connection, transaction
from django.db.models.signals import m2m_changed
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from .models import Club, Diary, Job, Person, RegularPerson, Tag


class PeopleTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ann = Person.objects.create(pk=("at", 1), name="Ann")
        cls.bob = Person.objects.create(pk=("at", 2), name="Bob")
        cls.cid = Person.objects.create(pk=("de", 1), name="Cid")
        cls.golf = Club.objects.create(pk=("at", "golf"))
        cls.chess = Club.objects.create(pk=("de", "chess"))
        cls.tag = Tag.objects.create(name="old")
        cls.diary = Diary.objects.create()


class ManagerTests(PeopleTestCase):
    def get_managers(self):
        return {
            "composite to composite": self.golf.members,
            "through": self.golf.staff,
            "without constraints": self.golf.visitors,
            "self": self.ann.idols,
            "self, reverse": self.ann.fans,
            "symmetrical": self.ann.friends,
            "composite to single, reverse": self.tag.people,
            "single to composite": self.diary.readers,
        }

    def test_add_remove_set_clear(self):
        for name, manager in self.get_managers().items():
            with self.subTest(name=name):
                manager.add(self.bob, ("de", 1), '["at", "2"]')
                self.assertSequenceEqual(manager.all(), [self.bob, self.cid])
                manager.remove(["at", 2])
                self.assertSequenceEqual(manager.all(), [self.cid])
                manager.set([self.ann, self.bob])
                self.assertSequenceEqual(manager.all(), [self.ann, self.bob])
                self.assertEqual(manager.count(), 2)
                self.assertIs(manager.exists(), True)
                self.assertIs(manager.contains(self.bob), True)
                self.assertIs(manager.contains(self.cid), False)
                manager.remove(self.bob, '["at", "1"]')
                self.assertIs(manager.exists(), False)
                manager.add(self.ann)
                manager.clear()
                self.assertIs(manager.exists(), False)
                self.assertEqual(manager.count(), 0)

    def test_reverse(self):
        self.golf.members.add(self.ann)
        self.assertSequenceEqual(self.ann.clubs.all(), [self.golf])
        self.ann.clubs.set([self.chess, ("at", "golf")])
        self.assertSequenceEqual(self.ann.clubs.all(), [self.golf, self.chess])
        self.ann.tags.set([self.tag.pk])
        self.assertSequenceEqual(self.tag.people.all(), [self.ann])
        self.diary.clubs.add(self.golf)
        self.assertSequenceEqual(self.golf.diary_set.all(), [self.diary])

    def test_other_rows_are_left_alone(self):
        """Keys with one equal member aren't the same."""
        same_country = Club.objects.create(pk=("at", "chess"))
        same_code = Club.objects.create(pk=("de", "golf"))
        for club in (self.golf, same_country, same_code):
            club.members.set([self.ann, self.bob, self.cid])
        self.golf.members.remove(self.ann)
        self.assertSequenceEqual(self.golf.members.all(), [self.bob, self.cid])
        self.golf.members.clear()
        for club in (same_country, same_code):
            self.assertEqual(club.members.count(), 3)

    def test_set(self):
        manager = self.golf.members
        manager.set([self.ann, self.bob])
        through = Club.members.through.objects
        rows = dict(through.values_list("person", "id"))
        # Whatever stands for an object that is there, its row isn't replaced.
        manager.set([("at", 2), '["de", 1]'])
        self.assertEqual(through.get(person=self.bob).pk, rows["at", 2])
        self.assertSequenceEqual(manager.all(), [self.bob, self.cid])
        manager.set(Person.objects.filter(country="at"))
        self.assertSequenceEqual(manager.all(), [self.ann, self.bob])
        manager.set(Person.objects.values_list("pk", flat=True))
        self.assertEqual(manager.count(), 3)
        with self.assertNumQueries(2):
            # One to find that there is nothing to do, after a BEGIN that isn't
            # counted, and none to do it.
            manager.set([self.ann, self.bob, self.cid])
            self.assertIs(manager.exists(), True)
        manager.set([self.cid], clear=True)
        self.assertSequenceEqual(manager.all(), [self.cid])
        manager.set([])
        self.assertSequenceEqual(manager.all(), [])

    def test_create(self):
        person = self.golf.members.create(pk=("ch", 1), name="Dan")
        self.assertSequenceEqual(self.golf.members.all(), [person])
        for created in (True, False):
            found = self.golf.members.get_or_create(
                country="ch", number=2, defaults={"name": "Eve"}
            )
            self.assertEqual(found, (Person.objects.get(pk=("ch", 2)), created))
        for created in (True, False):
            found = person.clubs.update_or_create(pk=("ch", "yoga"))
            self.assertEqual(found, (Club.objects.get(pk=("ch", "yoga")), created))
        self.assertEqual(person.clubs.count(), 2)
        with self.assertRaises(IntegrityError), transaction.atomic():
            # Exists, though not in the club.
            self.golf.members.get_or_create(country="at", number=1, name="?")

    def test_through_defaults(self):
        self.golf.staff.add(self.ann, through_defaults={"title": "chair"})
        self.golf.staff.add(
            self.ann, ("at", 2), through_defaults={"title": lambda: "porter"}
        )
        self.golf.staff.create(pk=("it", 1), through_defaults={"title": "cook"})
        self.assertCountEqual(
            Job.objects.values_list("pk", "title"),
            [
                (("at", "golf", "at", 1), "chair"),
                (("at", "golf", "at", 2), "porter"),
                (("at", "golf", "it", 1), "cook"),
            ],
        )
        self.golf.staff.set([("it", 1)], through_defaults={"title": "boss"})
        self.assertEqual(Job.objects.get().title, "cook")

    def test_symmetrical(self):
        self.ann.friends.add(self.bob)
        self.assertSequenceEqual(self.bob.friends.all(), [self.ann])
        self.ann.friends.add(self.ann, ("de", 1))
        self.assertSequenceEqual(self.cid.friends.all(), [self.ann])
        self.bob.friends.remove(self.ann)
        self.assertSequenceEqual(self.ann.friends.all(), [self.ann, self.cid])
        self.cid.friends.clear()
        self.assertSequenceEqual(self.ann.friends.all(), [self.ann])

    def test_filtered_default_manager(self):
        """What the manager doesn't find isn't removed."""
        regular = RegularPerson.objects.get(pk=("at", 1))
        Person.objects.filter(number=2).update(name="banned")
        manager = self.golf.regulars
        manager.add(regular, ("at", 2), ("de", 1))
        self.assertCountEqual(manager.values_list("pk"), [(("at", 1),), (("de", 1),)])
        manager.remove(("at", 1), ("at", 2))
        through = Club.regulars.through.objects
        self.assertCountEqual(
            through.values_list("regularperson", flat=True), [("at", 2), ("de", 1)]
        )
        manager.clear()
        self.assertEqual(through.get().regularperson_pk, ("at", 2))

    def test_conflicts_are_ignored(self):
        """Rows that were added meanwhile are no errors, nor are they doubled."""
        manager = self.golf.members
        manager.add(self.ann)
        with CaptureQueriesContext(connection) as context:
            manager.add(self.ann, self.bob)
        self.assertEqual(manager.count(), 2)
        if connection.features.supports_ignore_conflicts:
            self.assertEqual(len(context), 1)

        # With signals, there's a query for what is missing, and a race.
        def add_meanwhile(action, **kwargs):
            if action == "pre_add":
                manager.through.objects.create(club=self.golf, person=self.cid)

        if connection.features.supports_ignore_conflicts:
            m2m_changed.connect(add_meanwhile, sender=manager.through)
            self.addCleanup(m2m_changed.disconnect, add_meanwhile, manager.through)
            manager.add(self.cid)
            self.assertEqual(manager.count(), 3)

    def test_no_unneeded_joins(self):
        self.golf.members.add(self.ann)
        for query in (self.golf.members.count, self.golf.members.exists):
            with CaptureQueriesContext(connection) as context:
                query()
            self.assertNotIn("JOIN", context.captured_queries[0]["sql"])
        # The related object might not be there.
        with CaptureQueriesContext(connection) as context:
            self.golf.visitors.count()
        self.assertIn("JOIN", context.captured_queries[0]["sql"])

    def test_deletion(self):
        for club in (self.golf, self.chess):
            club.members.set([self.ann, self.bob])
        self.ann.friends.add(self.bob)
        _, counts = self.ann.delete()
        self.assertEqual(
            counts,
            {
                "composite_many_to_many.Club_members": 2,
                "composite_many_to_many.Person_friends": 2,
                "composite_many_to_many.Person": 1,
            },
        )
        Club.objects.filter(pk=("at", "golf")).delete()
        self.assertEqual(Club.members.through.objects.get().club_pk, ("de", "chess"))

    def test_changed_key(self):
        """A saved copy has relations of its own."""
        self.ann.clubs.add(self.golf)
        self.ann.number = 9
        self.ann.save()
        self.assertSequenceEqual(self.ann.clubs.all(), [])
        self.assertEqual(self.golf.members.get().pk, ("at", 1))

    async def test_async(self):
        manager = self.golf.members
        await manager.aadd(self.ann, ("at", 2))
        self.assertEqual(await manager.acount(), 2)
        await manager.aremove('["at", 1]')
        self.assertEqual([person async for person in manager.all()], [self.bob])
        await manager.aset([("de", 1)])
        self.assertEqual([person async for person in manager.all()], [self.cid])
        person = await manager.acreate(pk=("fr", 1))
        self.assertEqual(await manager.aget_or_create(pk=("fr", 1)), (person, False))
        _, created = await manager.aupdate_or_create(pk=("fr", 2))
        self.assertIs(created, True)
        self.assertEqual(await manager.acount(), 3)
        await manager.aclear()
        self.assertIs(await manager.aexists(), False)
