"""What isn't an object of the related model, nor a key of one."""

from django.db import transaction

from .models import Club, Member, Person, Team, Tenant
from .test_managers import PeopleTestCase

NOT_A_KEY = (
    "is not a valid key: it must be a list or a JSON array with a value for each of "
    "'country', 'number'."
)


class BadInputTests(PeopleTestCase):
    def assertRefused(self, error, message, *objs, methods=("add", "set", "remove")):
        """None of the methods takes the object, and none writes anything."""
        manager = self.golf.members
        manager.set([self.ann])
        for obj in objs:
            for method in methods:
                with self.subTest(obj=obj, method=method):
                    args = [self.bob, obj]
                    with (
                        self.assertRaisesMessage(error, message),
                        transaction.atomic(),
                    ):
                        if method == "set":
                            manager.set(args)
                        else:
                            getattr(manager, method)(*args)
                    self.assertSequenceEqual(manager.all(), [self.ann])

    def test_arity(self):
        self.assertRefused(
            ValueError,
            NOT_A_KEY,
            ("at",),
            ["at"],
            ("at", 1, 2),
            '["at"]',
            '["at", 1, 2]',
            "at",
            "",
            5,
            [["at", 1]],
        )

    def test_key_of_another_model(self):
        self.assertRefused(ValueError, NOT_A_KEY, self.golf.pk, str(self.golf.pk))

    def test_object_of_another_model(self):
        for obj in (self.golf, self.tag, Club()):
            self.assertRefused(
                TypeError, f"'Person' instance expected, got {obj!r}", obj
            )

    def test_unset(self):
        for key in (None, ("at", None), (None, None), '["at", null]'):
            self.assertRefused(
                ValueError,
                f'Cannot add "{key!r}": the value for field "person" is None',
                key,
                methods=["add", "set"],
            )
        # There's no such object to be removed.
        for obj in (None, ("at", None), Person(country="at")):
            self.golf.members.remove(obj)
            self.assertSequenceEqual(self.golf.members.all(), [self.ann])

    def test_unsaved(self):
        for person in (Person(), Person(country="at")):
            self.assertRefused(
                ValueError, f'Cannot add "{person!r}": ', person, methods=["add", "set"]
            )
            person._state.db = "default"
            self.assertRefused(
                ValueError,
                f'Cannot add "{person!r}": the value for field "person" is None',
                person,
                methods=["add", "set"],
            )

    def test_unsaved_instance(self):
        msg = (
            "\"<Person: Person object (('at', None))>\" needs to have a value for "
            'field "country", "number" before this many-to-many relationship can be '
            "used."
        )
        for name in ("clubs", "friends", "idols", "fans"):
            with self.subTest(name=name), self.assertRaisesMessage(ValueError, msg):
                getattr(Person(country="at"), name)
        team = Team(number=1)
        with self.assertRaisesMessage(ValueError, 'for field "tenant", "number"'):
            team.members
        with self.assertRaisesMessage(ValueError, 'for field "tenant", "email"'):
            Member(tenant_id=1, number=1, email=None).invitations

    def test_shared_columns(self):
        """Relations that share a column can't be to different tenants."""
        tenants = [Tenant.objects.create(), Tenant.objects.create()]
        team = Team.objects.create(tenant=tenants[0], number=1)
        members = [
            Member.objects.create(tenant=tenant, number=1, email="a")
            for tenant in tenants
        ]
        for method, args in (
            (team.members.add, members),
            (team.members.add, [member.pk for member in members]),
            (team.members.set, [members]),
            (team.invited.add, members),
        ):
            with self.assertRaisesMessage(ValueError, 'shares "tenant_id" with'):
                with transaction.atomic():
                    method(*args)
            self.assertEqual(team.members.count(), 0)
            self.assertEqual(team.invited.count(), 0)
