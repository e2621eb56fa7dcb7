"""More keys than a query has parameters for, or than can be compared one by one."""

from django.db import connection
from django.db.models.signals import m2m_changed
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from .models import Club, Person

SIZE = 3000


class LargeSetTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        Person.objects.bulk_create(
            Person(pk=("at", number), name="") for number in range(SIZE)
        )
        cls.club = Club.objects.create(pk=("at", "golf"))
        cls.keys = [("at", number) for number in range(SIZE)]

    def test_large_sets(self):
        for signals in (False, True):
            with self.subTest(signals=signals):
                if signals:
                    m2m_changed.connect(self.receive, sender=Club.members.through)
                    self.addCleanup(
                        m2m_changed.disconnect, self.receive, Club.members.through
                    )
                self.club.members.add(*self.keys)
                self.assertEqual(self.club.members.count(), SIZE)
                self.club.members.add(*self.keys)
                self.club.members.remove(*self.keys[10:])
                self.assertEqual(self.club.members.count(), 10)
                self.club.members.set(Person.objects.all())
                self.assertEqual(self.club.members.count(), SIZE)
                self.club.members.set(self.keys[:5])
                self.assertEqual(self.club.members.count(), 5)
                self.club.members.clear()

    def receive(self, **kwargs):
        pass

    def test_prefetch(self):
        self.club.members.add(*self.keys)
        with CaptureQueriesContext(connection) as context:
            people = list(Person.objects.prefetch_related("clubs"))
            self.assertEqual(sum(len(person.clubs.all()) for person in people), SIZE)
        self.assertEqual(len(context), 2)
