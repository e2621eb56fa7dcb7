import re

from django.contrib.admin.utils import NestedObjects
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError, RestrictedError
from django.db.models.deletion import Collector
from django.db.models.signals import post_delete, pre_delete
from django.test import TestCase, TransactionTestCase
from django.test.utils import CaptureQueriesContext

from .models import (
    Anchor,
    Buoy,
    Club,
    DefaultTwins,
    Edge,
    FastTwins,
    Grade,
    Lesson,
    Locker,
    LongVisit,
    Match,
    Member,
    Node,
    NullTwins,
    Pass,
    Profile,
    Protection,
    Remark,
    Reserve,
    Restriction,
    Rota,
    Seat,
    SetTwins,
    Shift,
    Slot,
    SlowTwins,
    SlowTwinsChild,
    Swap,
    Team,
    Twins,
    ValueTwins,
    Visit,
    get_default_member,
)
from .testcase import MemberTestCase


class OnDeleteTests(MemberTestCase):
    def test_cascade(self):
        visits = [
            Visit.objects.create(member=member, note=note)
            for member in (self.ann, self.bob, self.eve)
            for note in ("x", "y")
        ]
        Pass.objects.create(member=self.ann)
        Pass.objects.create(member=self.eve)
        self.assertEqual(
            self.ann.delete(),
            (
                4,
                {
                    "composite_relations.Visit": 2,
                    "composite_relations.Pass": 1,
                    "composite_relations.Member": 1,
                },
            ),
        )
        self.assertCountEqual(Visit.objects.all(), visits[2:])
        self.assertEqual(Pass.objects.get().member, self.eve)
        # The columns of the key, as that of a single-column key.
        self.assertEqual(self.ann.pk, (None, None))

    def test_cascade_over_two_relations(self):
        # Club -> Member -> Visit, by a column of the key of Member.
        Visit.objects.create(member=self.ann)
        Visit.objects.create(member=self.eve)
        self.assertEqual(
            Club.objects.filter(pk=self.club.pk).delete()[1],
            {
                "composite_relations.Visit": 1,
                "composite_relations.Member": 2,
                "composite_relations.Club": 1,
            },
        )
        self.assertEqual(Visit.objects.get().member, self.eve)

    def test_set_null(self):
        Visit.objects.create(member=self.ann, guest=self.bob)
        Visit.objects.create(member=self.ann, guest=self.eve)
        with CaptureQueriesContext(connection) as context:
            self.assertEqual(self.bob.delete(), (1, {"composite_relations.Member": 1}))
        updates = [
            query["sql"]
            for query in context.captured_queries
            if "UPDATE" in query["sql"] and "visit" in query["sql"]
        ]
        self.assertEqual(len(updates), 1)
        self.assertEqual(
            list(
                Visit.objects.order_by("pk").values_list(
                    "guest_club_id", "guest_number"
                )
            ),
            [(None, None), self.eve.pk],
        )

    def test_set_null_leaves_shared_columns(self):
        """PostgreSQL's own SET NULL would clear these too."""
        match = Match.objects.create(home=self.ann, guest=self.bob)
        seat = Seat.objects.create(club=self.club, row=1, member=self.ann)
        other_match = Match.objects.create(home=self.eve)
        self.ann.delete()
        match.refresh_from_db()
        self.assertEqual(match.club, self.club)
        self.assertIsNone(match.home)
        self.assertEqual(match.guest, self.bob)
        seat.refresh_from_db()
        self.assertEqual(seat.pk, (self.club.pk, 1))
        self.assertIsNone(seat.member)
        other_match.refresh_from_db()
        self.assertEqual(other_match.home, self.eve)

    def test_set_default(self):
        default = get_default_member()
        locker = Locker.objects.create(fallback=self.ann)
        reserves = [
            Reserve.objects.create(member=self.bob),
            Reserve.objects.create(club=self.other_club, number=1),
        ]
        Member.objects.create(club=self.club, number=0)
        self.ann.delete()
        locker.refresh_from_db()
        self.assertEqual(locker.fallback, default)
        # The number's default with the club that it had.
        self.bob.delete()
        for reserve in reserves:
            reserve.refresh_from_db()
        self.assertEqual(reserves[0].member_pk, (self.club.pk, 0))
        self.assertEqual(reserves[1].member_pk, self.eve.pk)

    def test_set(self):
        default = get_default_member()
        locker = Locker.objects.create(replaced=self.ann)
        self.ann.delete()
        locker.refresh_from_db()
        self.assertEqual(locker.replaced, default)

    def test_protect(self):
        Protection.objects.create(member=self.eve)
        self.bob.delete()
        protection = Protection.objects.create(member=self.ann)
        msg = (
            "Cannot delete some instances of model 'Member' because they are "
            "referenced through protected foreign keys: 'Protection.member'."
        )
        with self.assertRaisesMessage(ProtectedError, msg) as cm:
            self.ann.delete()
        self.assertEqual(cm.exception.protected_objects, {protection})
        msg = (
            "Cannot delete some instances of model 'Club' because they are "
            "referenced through protected foreign keys: 'Member.club'."
        )
        with self.assertRaisesMessage(ProtectedError, msg):
            self.club.delete()

    def test_restrict(self):
        restriction = Restriction.objects.create(member=self.ann)
        Restriction.objects.create(member=self.eve)
        msg = (
            "Cannot delete some instances of model 'Member' because they are "
            "referenced through restricted foreign keys: 'Restriction.member'."
        )
        with self.assertRaisesMessage(RestrictedError, msg) as cm:
            self.ann.delete()
        self.assertEqual(cm.exception.restricted_objects, {restriction})
        # What is deleted too doesn't restrict.
        restriction.club = self.club
        restriction.save()
        self.club.delete()
        self.assertEqual(Restriction.objects.get().member, self.eve)

    def test_signals(self):
        Visit.objects.create(member=self.ann)
        Visit.objects.create(member=self.eve)
        calls = []

        def receiver(signal, instance, **kwargs):
            calls.append((signal is pre_delete, type(instance), instance.pk))

        for signal in (pre_delete, post_delete):
            for sender in (Visit, Member):
                signal.connect(receiver, sender=sender)
                self.addCleanup(signal.disconnect, receiver, sender=sender)
        pk, visit_pk = self.ann.pk, self.ann.visits.get().pk
        self.ann.delete()
        self.assertEqual(
            calls,
            [
                (True, Visit, visit_pk),
                (True, Member, pk),
                (False, Visit, visit_pk),
                (False, Member, pk),
            ],
        )

    def test_multi_table_inheritance(self):
        LongVisit.objects.create(member=self.ann)
        LongVisit.objects.create(member=self.eve)
        self.assertEqual(
            self.ann.delete(),
            (
                3,
                {
                    "composite_relations.LongVisit": 1,
                    "composite_relations.Visit": 1,
                    "composite_relations.Member": 1,
                },
            ),
        )
        self.assertEqual(Visit.objects.get().member, self.eve)

    def test_composite_parent(self):
        profile = Profile.objects.create(club=self.club, number=5)
        Visit.objects.create(member=profile)
        self.assertEqual(
            profile.delete(),
            (
                3,
                {
                    "composite_relations.Visit": 1,
                    "composite_relations.Profile": 1,
                    "composite_relations.Member": 1,
                },
            ),
        )
        profile = Profile.objects.create(club=self.club, number=5)
        member = Member.objects.get(pk=profile.pk)
        self.assertEqual(member.delete()[0], 2)
        profile = Profile.objects.create(club=self.club, number=5)
        profile.delete(keep_parents=True)
        self.assertTrue(Member.objects.filter(number=5).exists())

    def test_chain(self):
        for member in (self.ann, self.eve):
            lesson = Lesson.objects.create(member=member)
            grade = Grade.objects.create(lesson=lesson, term=1)
            Remark.objects.create(grade=grade)
        self.assertEqual(
            self.ann.delete()[1],
            {
                "composite_relations.Remark": 1,
                "composite_relations.Grade": 1,
                "composite_relations.Lesson": 1,
                "composite_relations.Member": 1,
            },
        )
        self.assertEqual(Remark.objects.get().grade.lesson.member, self.eve)

    def test_self_reference(self):
        root = Node.objects.create(tree=1, number=1)
        child = Node.objects.create(tree=1, number=2, parent=root)
        Node.objects.create(tree=1, number=3, parent=child)
        other = Node.objects.create(tree=2, number=1)
        self.assertEqual(root.delete(), (3, {"composite_relations.Node": 3}))
        self.assertSequenceEqual(Node.objects.all(), [other])

    def test_self_reference_of_its_own(self):
        node = Node.objects.create(tree=1, number=1)
        node.parent = node
        node.save()
        self.assertEqual(Node.objects.all().delete()[0], 1)

    def test_cycle(self):
        for tree in (1, 2):
            node = Node.objects.create(tree=tree, number=1)
            node.main_edge = Edge.objects.create(tree=tree, number=1, node=node)
            node.save()
        self.assertEqual(
            Node.objects.filter(tree=1).delete()[1],
            {"composite_relations.Edge": 1, "composite_relations.Node": 1},
        )
        self.assertEqual(Edge.objects.get().tree, 2)
        Edge.objects.all().delete()
        self.assertIsNone(Node.objects.get().main_edge)

    def test_nested_objects(self):
        visit = Visit.objects.create(member=self.ann)
        protection = Protection.objects.create(member=self.ann)
        collector = NestedObjects(using="default", origin=self.ann)
        collector.collect([self.ann])
        self.assertEqual(collector.protected, {protection})
        self.assertEqual(collector.nested(), [self.ann, [visit]])
        self.assertIs(collector.can_fast_delete([visit]), False)

    def test_query(self):
        Visit.objects.create(member=self.ann)
        Visit.objects.create(member=self.eve)
        self.assertEqual(
            Visit.objects.filter(member__club=self.club).delete(),
            (1, {"composite_relations.Visit": 1}),
        )
        Pass.objects.create(member=self.ann)
        Pass.objects.create(member=self.eve)
        with self.assertNumQueries(1):
            self.assertEqual(Pass.objects.filter(member=self.eve).delete()[0], 1)

    def test_dangling(self):
        # DO_NOTHING leaves it to the database.
        rota = Rota.objects.create(club=self.club)
        slot = Slot.objects.create(rota=rota, number=1)
        Shift.objects.create(slot=slot)
        with self.assertRaises(IntegrityError), transaction.atomic():
            slot.delete()
            connection.check_constraints()


class OrderTests(TransactionTestCase):
    available_apps = ["composite_relations"]

    def test_do_nothing(self):
        """
        What refers to others by a relation with DO_NOTHING is deleted before
        these if both are.
        """
        for with_swap in (False, True):
            club = Club.objects.create(name="a")
            rota = Rota.objects.create(club=club)
            slot = Slot.objects.create(rota=rota, number=1)
            shift = Shift.objects.create(slot=slot)
            if with_swap:
                Swap.objects.create(shift=shift)
            with self.subTest(with_swap=with_swap):
                self.assertEqual(club.delete()[0], 4 + with_swap)
                self.assertIs(Slot.objects.exists(), False)

    def test_order(self):
        rota = Rota.objects.create(club=Club.objects.create(name="a"))
        slot = Slot.objects.create(rota=rota, number=1)
        shift = Shift.objects.create(slot=slot)
        Swap.objects.create(shift=shift)
        for models_ in ((Slot, Shift), (Shift, Slot)):
            collector = Collector(using="default")
            for model in models_:
                collector.add(list(model.objects.all()))
            with CaptureQueriesContext(connection) as context:
                collector.add([Swap.objects.get()], source=Shift)
                collector.delete()
            tables = re.findall(
                r"DELETE FROM .composite_relations_(\w+)",
                " ".join(query["sql"] for query in context.captured_queries),
            )
            self.assertEqual(tables, ["swap", "shift", "slot"])
            slot.save()
            shift.pk = None
            shift.rota, shift.number = rota, 1
            shift.save()
            Swap.objects.create(shift=shift)


class TwinsTests(TestCase):
    """The queries are those which single-column keys get."""

    def setUp(self):
        self.anchors = [Anchor.objects.create(x=0, y=0)]
        self.anchors += [Anchor.objects.create(x=1, y=y) for y in range(1, 4)]
        self.buoys = [Buoy.objects.create(pk=1_000_000)]
        self.buoys += [Buoy.objects.create(pk=pk) for pk in range(1, 4)]

    def get_names(self, model):
        if issubclass(model, Twins):
            return "anchor_cascade", "buoy_cascade"
        return "anchor", "buoy"

    def capture(self, objs):
        with CaptureQueriesContext(connection) as context:
            result = objs.delete()
        statements = []
        for query in context.captured_queries:
            words = re.sub(r'["`]', "", query["sql"])
            match = re.match(r"(SELECT|DELETE|UPDATE)\b(?:.* FROM)? (\w+)", words)
            statements.append(match.groups() if match else words.split()[0])
        return result, statements

    def assertTwins(self, model=None):
        if model is not None:
            self.create(model)
        results = [
            self.capture(Anchor.objects.filter(x=1)),
            self.capture(Buoy.objects.filter(pk__lt=1_000)),
        ]
        (count, counts), statements = results[0]
        (twin_count, twin_counts), twin_statements = results[1]
        self.assertEqual(count, twin_count)
        counts["composite_relations.Buoy"] = counts.pop("composite_relations.Anchor")
        self.assertEqual(counts, twin_counts)
        self.assertEqual(
            [
                (
                    (statement[0], statement[1].replace("anchor", "buoy"))
                    if isinstance(statement, tuple)
                    else statement
                )
                for statement in statements
            ],
            twin_statements,
        )

    def create(self, model):
        anchor_name, buoy_name = self.get_names(model)
        for anchor, buoy in zip(self.anchors, self.buoys):
            for _ in range(2):
                obj = model.objects.create(**{anchor_name: anchor})
                twin = model.objects.create(**{buoy_name: buoy})
                if model is SlowTwins:
                    SlowTwinsChild.objects.create(twins=obj)
                    SlowTwinsChild.objects.create(twins=twin)

    def test_alone(self):
        self.assertTwins()

    def test_fast(self):
        self.assertTwins(FastTwins)
        self.assertEqual(
            set(FastTwins.objects.values_list("anchor_cascade", "buoy_cascade")),
            {((0, 0), None), (None, 1_000_000)},
        )

    def test_cascade(self):
        self.assertTwins(SlowTwins)
        self.assertEqual(SlowTwins.objects.count(), 4)
        self.assertEqual(SlowTwinsChild.objects.count(), 4)

    def test_set_null(self):
        self.assertTwins(NullTwins)
        self.assertSet(NullTwins, {((0, 0), None), (None, 1_000_000), (None, None)})

    def test_set_default(self):
        self.assertTwins(DefaultTwins)
        self.assertSet(DefaultTwins, {((0, 0), 1_000_000)})

    def test_set_callable(self):
        self.assertTwins(SetTwins)
        self.assertSet(SetTwins, {((0, 0), None), (None, 1_000_000)})

    def test_set_value(self):
        self.assertTwins(ValueTwins)
        self.assertSet(ValueTwins, {((0, 0), None), (None, 1_000_000)})

    def assertSet(self, model, expected):
        self.assertEqual(set(model.objects.values_list("anchor", "buoy")), expected)


class BatchTests(TestCase):
    def test_many_parents(self):
        """The keys of many related objects are within the database's limits."""
        anchors = [Anchor(x=x, y=x % 7) for x in range(1, 1_501)]
        Anchor.objects.bulk_create([Anchor(x=0, y=0), *anchors])
        for model in (FastTwins, SlowTwins, NullTwins):
            name = "anchor" if model is NullTwins else "anchor_cascade"
            model.objects.bulk_create([model(**{name: anchor}) for anchor in anchors])
        SlowTwinsChild.objects.bulk_create(
            [SlowTwinsChild(twins=twins) for twins in SlowTwins.objects.all()]
        )
        self.assertEqual(
            Anchor.objects.filter(x__gt=0).delete(),
            (
                6_000,
                {
                    "composite_relations.Anchor": 1_500,
                    "composite_relations.FastTwins": 1_500,
                    "composite_relations.SlowTwins": 1_500,
                    "composite_relations.SlowTwinsChild": 1_500,
                },
            ),
        )
        self.assertEqual(NullTwins.objects.filter(anchor=None).count(), 1_500)

    def test_team(self):
        # PROTECT of a single-column key beside one of a composite key.
        team = Team.objects.create()
        Protection.objects.create(team=team)
        with self.assertRaises(ProtectedError):
            team.delete()
