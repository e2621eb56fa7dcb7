"""Intermediate models, also those whose relations aren't to keys."""

import datetime
import uuid

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.test import TestCase

from .models import (
    Badge,
    Booking,
    Driver,
    Guest,
    Hotel,
    Invitation,
    Keycard,
    Member,
    Membership,
    Picture,
    Room,
    Tag,
    Team,
    Tenant,
    VeteranDriver,
)


class SharedColumnTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.tenants = [Tenant.objects.create() for _ in range(2)]
        cls.teams = [Team.objects.create(tenant=t, number=1) for t in cls.tenants]
        cls.members = [
            Member.objects.create(tenant=tenant, number=number, email=f"m{number}")
            for tenant in cls.tenants
            for number in (1, 2)
        ]

    def test_key_of_shared_columns(self):
        team, other_team = self.teams
        m1, m2, other, _ = self.members
        team.members.add(m1, m2.pk, through_defaults={"role": "r"})
        other_team.members.add(other)
        self.assertCountEqual(
            Membership.objects.values_list("pk", "role"),
            [
                ((team.tenant_id, 1, 1), "r"),
                ((team.tenant_id, 1, 2), "r"),
                ((other_team.tenant_id, 1, 1), ""),
            ],
        )
        self.assertSequenceEqual(team.members.all(), [m1, m2])
        self.assertSequenceEqual(m1.teams.all(), [team])
        self.assertSequenceEqual(Team.objects.filter(members=other), [other_team])
        self.assertSequenceEqual(Team.objects.exclude(members=m2), [other_team])
        team.members.set([m2])
        self.assertSequenceEqual(team.members.all(), [m2])
        m2.teams.clear()
        self.assertEqual(Membership.objects.get().team, other_team)
        with self.assertNumQueries(2):
            teams = list(Team.objects.prefetch_related("members"))
            self.assertEqual([list(t.members.all()) for t in teams], [[], [other]])

    def test_conflicts_are_raised(self):
        team = self.teams[0]
        Membership.objects.create(
            tenant=team.tenant, team_number=1, member_number=2, role="x"
        )
        team.members.add(self.members[1])
        self.assertEqual(Membership.objects.get().role, "x")
        with self.assertRaises(IntegrityError), transaction.atomic():
            team.members.create(tenant=team.tenant, number=1, email="new")

    def test_relation_to_other_fields(self):
        """Members are added by the fields that the relation refers to."""
        team, other_team = self.teams
        m1, m2, other, _ = self.members
        team.invited.add(m1, (team.tenant_id, "m2"))
        other_team.invited.add(other)
        self.assertCountEqual(
            Invitation.objects.values_list("team", "email", "member"),
            [
                (team.pk, "m1", (team.tenant_id, "m1")),
                (team.pk, "m2", (team.tenant_id, "m2")),
                (other_team.pk, "m1", (other_team.tenant_id, "m1")),
            ],
        )
        self.assertSequenceEqual(team.invited.all(), [m1, m2])
        self.assertSequenceEqual(m1.invitations.all(), [team])
        self.assertSequenceEqual(Team.objects.filter(invited=m1), [team])
        self.assertSequenceEqual(
            Member.objects.filter(invitations__in=[other_team]), [other]
        )
        self.assertEqual(
            Team.objects.aggregate(n=Count("invited", distinct=True))["n"], 3
        )
        rows = set(Invitation.objects.values_list("pk", flat=True))
        team.invited.set([m2, (team.tenant_id, "m1")])
        self.assertEqual(set(Invitation.objects.values_list("pk", flat=True)), rows)
        team.invited.remove((team.tenant_id, "m1"))
        self.assertSequenceEqual(team.invited.all(), [m2])
        with self.assertNumQueries(4):
            members = Member.objects.prefetch_related("invitations")
            self.assertEqual(
                [list(member.invitations.all()) for member in members],
                [[], [team], [other_team], []],
            )
            teams = Team.objects.prefetch_related("invited")
            self.assertEqual(
                [list(found.invited.all()) for found in teams], [[m2], [other]]
            )
        team.invited.clear()
        self.assertEqual(Invitation.objects.get().team, other_team)


class ChainTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.hotels = [Hotel.objects.create(pk=("c", number)) for number in (1, 2)]
        cls.rooms = [
            Room.objects.create(hotel=hotel, door=door)
            for hotel in cls.hotels
            for door in (1, 2)
        ]
        cls.guest = Guest.objects.create(pk=(uuid.UUID(int=1), "at"))
        cls.tag = Tag.objects.create()

    def test_keys_made_of_relations(self):
        r11, r12, r21, _ = self.rooms
        self.assertEqual(
            [field.attname for field in Room.neighbors.through._meta.concrete_fields],
            [
                "id",
                "from_room_hotel_chain",
                "from_room_hotel_number",
                "from_room_door",
                "to_room_hotel_chain",
                "to_room_hotel_number",
                "to_room_door",
            ],
        )
        r11.neighbors.add(r12, ("c", 2, 1))
        self.assertSequenceEqual(r12.neighbors.all(), [r11])
        self.assertSequenceEqual(
            Room.objects.filter(neighbors__hotel=self.hotels[1]), [r11]
        )
        card = Keycard.objects.create()
        card.rooms.set([r11, r21])
        self.assertSequenceEqual(
            Hotel.objects.filter(rooms__cards=card).order_by("pk"), self.hotels
        )
        self.assertSequenceEqual(Keycard.objects.exclude(rooms__hotel=r12.hotel), [])
        self.hotels[0].delete()
        self.assertSequenceEqual(card.rooms.all(), [r21])
        self.assertIs(r21.neighbors.exists(), False)

    def test_part_of_the_key(self):
        room = self.rooms[0]
        day = datetime.date(2000, 1, 1)
        room.guests.add(self.guest, through_defaults={"day": day})
        self.assertEqual(Booking.objects.get().pk, ("c", 1, 1, day))
        self.assertSequenceEqual(self.guest.rooms.all(), [room])
        # The text form of a UUID.
        self.assertEqual(str(self.guest.pk), f'["{uuid.UUID(int=1)}", "at"]')
        room.guests.remove(str(self.guest.pk))
        self.assertIs(room.guests.exists(), False)
        room.guests.add(str(self.guest.pk), through_defaults={"day": day})
        room.guests.set([(str(uuid.UUID(int=1)), "at")])
        self.assertEqual(Booking.objects.get().day, day)

    def test_abstract(self):
        picture = Picture.objects.create(pk=(2000, 1))
        picture.rooms.add(*self.rooms[:2])
        picture.labels.add(self.tag)
        self.guest.labels.add(self.tag)
        self.assertSequenceEqual(self.rooms[0].picture_set.all(), [picture])
        self.assertSequenceEqual(self.tag.picture_set.all(), [picture])
        self.assertSequenceEqual(self.tag.guest_set.all(), [self.guest])

    def test_inheritance(self):
        driver = Driver.objects.create(pk=("at", 1))
        v1 = VeteranDriver.objects.create(pk=("at", 2))
        v2 = VeteranDriver.objects.create(pk=("de", 2))
        badge = Badge.objects.create()
        v1.rivals.add(v2)
        self.assertSequenceEqual(v2.rivals.all(), [v1])
        v1.labels.add(self.tag)
        self.assertSequenceEqual(self.tag.veterans.all(), [v1])
        v1.mentors.add(driver, v2)
        self.assertSequenceEqual(driver.pupils.all(), [Driver.objects.get(pk=v1.pk)])
        badge.veterans.add(v1, ("de", 2))
        badge.drivers.add(driver, v1)
        self.assertSequenceEqual(badge.veterans.all(), [v1, v2])
        self.assertSequenceEqual(badge.drivers.all(), [driver, v1.driver_ptr])
        self.assertSequenceEqual(Badge.objects.filter(veterans__country="de"), [badge])
        self.assertSequenceEqual(
            VeteranDriver.objects.filter(badges=badge, labels=self.tag), [v1]
        )
        with self.assertNumQueries(3):
            veterans = VeteranDriver.objects.prefetch_related("rivals", "labels")
            self.assertEqual(
                [(list(v.rivals.all()), list(v.labels.all())) for v in veterans],
                [([v2], [self.tag]), ([v1], [])],
            )
        v1.delete()
        self.assertSequenceEqual(badge.drivers.all(), [driver])
        self.assertIs(self.tag.veterans.exists(), False)
