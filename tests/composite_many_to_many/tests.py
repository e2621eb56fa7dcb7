from django.db.models.signals import m2m_changed
from django.test import TestCase

from .models import Club, Person, Tag


class ManyToManyTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ann = Person.objects.create(pk=("at", 1), name="Ann")
        cls.bob = Person.objects.create(pk=("at", 2), name="Bob")
        cls.cid = Person.objects.create(pk=("de", 1), name="Cid")
        cls.club = Club.objects.create(pk=("at", "golf"))
        cls.tag = Tag.objects.create(name="old")

    def test_add_remove_set_clear(self):
        managers = {
            "composite to composite": self.club.members,
            "through": self.club.staff,
            "self": self.ann.idols,
            "reverse": self.tag.people,
        }
        for name, manager in managers.items():
            with self.subTest(name=name):
                manager.add(self.bob, ("de", 1), '["at", "2"]')
                self.assertSequenceEqual(manager.all(), [self.bob, self.cid])
                manager.remove(["at", 2])
                self.assertSequenceEqual(manager.all(), [self.cid])
                manager.set([self.ann, self.bob])
                self.assertSequenceEqual(manager.all(), [self.ann, self.bob])
                self.assertEqual(manager.count(), 2)
                self.assertIs(manager.exists(), True)
                manager.clear()
                self.assertIs(manager.exists(), False)

    def test_symmetrical(self):
        self.ann.friends.add(self.bob)
        self.assertSequenceEqual(self.bob.friends.all(), [self.ann])
        self.bob.friends.remove(self.ann)
        self.assertSequenceEqual(self.ann.friends.all(), [])

    def test_prefetch(self):
        self.club.members.add(self.ann, self.cid)
        with self.assertNumQueries(2):
            (club,) = Club.objects.prefetch_related("members")
            self.assertSequenceEqual(club.members.all(), [self.ann, self.cid])
        with self.assertNumQueries(2):
            people = Person.objects.prefetch_related("clubs")
            self.assertEqual([len(p.clubs.all()) for p in people], [1, 0, 1])

    def test_signal(self):
        received = []

        def receive(pk_set, action, **kwargs):
            received.append((action, pk_set))

        m2m_changed.connect(receive, sender=Club.members.through)
        self.addCleanup(m2m_changed.disconnect, receive, Club.members.through)
        self.club.members.add(self.ann, ("de", 1))
        keys = {("at", 1), ("de", 1)}
        self.assertEqual(received, [("pre_add", keys), ("post_add", keys)])
