"""m2m_changed has sets of tuples."""

from django.db.models.signals import m2m_changed

from .models import Club, Person
from .test_managers import PeopleTestCase


class SignalTests(PeopleTestCase):
    def setUp(self):
        self.received = []
        for through in (Club.members.through, Person.friends.through):
            m2m_changed.connect(self.receive, sender=through)
            self.addCleanup(m2m_changed.disconnect, self.receive, through)

    def receive(self, action, instance, reverse, model, pk_set, **kwargs):
        self.received.append((action, instance, reverse, model, pk_set))

    def assertReceived(self, *expected):
        """Both the signal before and the one after were sent for each of these."""
        self.assertEqual(
            self.received,
            [
                (f"{when}_{action}", *arguments)
                for action, *arguments in expected
                for when in ("pre", "post")
            ],
        )
        self.received.clear()

    def test_forward(self):
        golf = self.golf
        golf.members.add(self.ann, ("de", 1), '["at", "1"]')
        self.assertReceived(("add", golf, False, Person, {("at", 1), ("de", 1)}))
        golf.members.add(self.ann, self.bob)
        # Only what wasn't there.
        self.assertReceived(("add", golf, False, Person, {("at", 2)}))
        golf.members.remove(["at", 2], '["de", "1"]')
        self.assertReceived(("remove", golf, False, Person, {("at", 2), ("de", 1)}))
        golf.members.set([self.bob])
        self.assertReceived(
            ("remove", golf, False, Person, {("at", 1)}),
            ("add", golf, False, Person, {("at", 2)}),
        )
        golf.members.clear()
        self.assertReceived(("clear", golf, False, Person, None))

    def test_reverse(self):
        self.ann.clubs.add(("de", "chess"))
        self.assertReceived(("add", self.ann, True, Club, {("de", "chess")}))
        self.ann.clubs.remove(self.chess)
        self.assertReceived(("remove", self.ann, True, Club, {("de", "chess")}))

    def test_symmetrical(self):
        self.ann.friends.add(self.bob)
        self.assertReceived(("add", self.ann, False, Person, {("at", 2)}))
