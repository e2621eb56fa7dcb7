"""Prefetching the objects of both sides."""

from django.db.models import Prefetch, prefetch_related_objects

from .models import Club, Diary, Person
from .test_managers import PeopleTestCase


class PrefetchTests(PeopleTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.golf.members.set([cls.ann, cls.bob, cls.cid])
        cls.chess.members.set([cls.cid])
        cls.ann.friends.set([cls.bob])
        cls.diary.readers.set([cls.cid])

    def get_names(self, objs, name):
        """Return the names of the people in what was prefetched."""
        with self.assertNumQueries(0):
            return [[p.name for p in getattr(obj, name).all()] for obj in objs]

    def test_forward(self):
        with self.assertNumQueries(2):
            clubs = list(Club.objects.prefetch_related("members"))
        self.assertEqual(
            self.get_names(clubs, "members"), [["Ann", "Bob", "Cid"], ["Cid"]]
        )
        with self.assertNumQueries(0):
            self.assertEqual(clubs[0].members.count(), 3)
            self.assertIs(clubs[0].members.exists(), True)

    def test_reverse(self):
        with self.assertNumQueries(2):
            people = list(Person.objects.prefetch_related("clubs"))
        with self.assertNumQueries(0):
            self.assertEqual(
                [[club.pk for club in person.clubs.all()] for person in people],
                [
                    [("at", "golf")],
                    [("at", "golf")],
                    [("at", "golf"), ("de", "chess")],
                ],
            )

    def test_nested(self):
        with self.assertNumQueries(4):
            diaries = list(Diary.objects.prefetch_related("readers__clubs__members"))
        clubs = diaries[0].readers.all()[0].clubs.all()
        self.assertEqual(
            self.get_names(clubs, "members"), [["Ann", "Bob", "Cid"], ["Cid"]]
        )
        with self.assertNumQueries(2):
            people = list(Person.objects.prefetch_related("friends"))
        self.assertEqual(self.get_names(people, "friends"), [["Bob"], ["Ann"], []])

    def test_queryset(self):
        prefetch = Prefetch("members", Person.objects.filter(country="at"), "locals")
        with self.assertNumQueries(2):
            clubs = list(Club.objects.prefetch_related(prefetch))
        self.assertEqual([len(club.locals) for club in clubs], [2, 0])

    def test_sliced(self):
        for queryset, expected in (
            (Person.objects.order_by("-name")[:2], [["Cid", "Bob"], ["Cid"]]),
            (Person.objects.order_by("name")[1:], [["Bob", "Cid"], []]),
        ):
            prefetch = Prefetch("members", queryset, "some")
            with self.assertNumQueries(2):
                clubs = list(Club.objects.prefetch_related(prefetch))
            self.assertEqual([[p.name for p in c.some] for c in clubs], expected)

    def test_instances(self):
        clubs = [self.chess, self.golf]
        with self.assertNumQueries(1):
            prefetch_related_objects(clubs, "members")
        self.assertEqual(
            self.get_names(clubs, "members"), [["Cid"], ["Ann", "Bob", "Cid"]]
        )
        # What's written isn't what was prefetched any more.
        self.chess.members.add(("at", 1))
        self.assertCountEqual(self.chess.members.all(), [self.ann, self.cid])
