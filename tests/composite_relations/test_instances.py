import copy
import pickle
from unittest import mock

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.fields.related_columns import RelatedColumn
from django.test import SimpleTestCase
from django.test.utils import isolate_apps, override_settings

from .models import (
    Club,
    FirstLink,
    Grade,
    Lesson,
    Locker,
    LongVisit,
    Match,
    Member,
    Node,
    Pass,
    Profile,
    Ranking,
    Recount,
    Remark,
    Reserve,
    Seat,
    SecondLink,
    Stock,
    Visit,
    VisitProxy,
    Warehouse,
    get_default_member,
)
from .testcase import MemberTestCase


def get_names(fields):
    return [field.name for field in fields]


class MetaTests(SimpleTestCase):
    names = [
        "id",
        "member",
        "member_club_id",
        "member_number",
        "guest",
        "guest_club_id",
        "guest_number",
        "note",
    ]
    concrete = [name for name in names if name not in ("member", "guest")]

    def test_fields(self):
        # Created columns stand beside their relation.
        opts = Visit._meta
        self.assertEqual(get_names(opts.fields), self.names)
        self.assertEqual(get_names(opts.local_fields), self.names)
        self.assertEqual(get_names(opts.concrete_fields), self.concrete)
        self.assertEqual(get_names(opts.local_concrete_fields), self.concrete)
        self.assertEqual(
            get_names(opts.stored_fields), [*self.concrete, "member", "guest"]
        )
        self.assertEqual(get_names(opts.pk_fields), ["id"])
        self.assertIs(opts.get_field("member_pk"), opts.get_field("member"))

    def test_subclasses(self):
        for model, own in ((VisitProxy, []), (LongVisit, ["visit_ptr", "days"])):
            with self.subTest(model=model):
                opts = model._meta
                self.assertEqual(get_names(opts.fields), [*self.names, *own])
                self.assertEqual(
                    get_names(opts.concrete_fields), [*self.concrete, *own]
                )
                self.assertIs(opts.get_field("member"), Visit._meta.get_field("member"))
                self.assertIs(
                    opts.get_field("member_number"),
                    Visit._meta.get_field("member_number"),
                )

    def test_attributes(self):
        relation = Visit._meta.get_field("member")
        self.assertEqual(relation.attname, "member_pk")
        self.assertIsNone(relation.column)
        self.assertIs(relation.concrete, False)
        self.assertFalse(hasattr(Visit, "member_id"))
        self.assertEqual(
            get_names(relation.local_related_fields),
            ["member_club_id", "member_number"],
        )
        self.assertEqual(
            relation.foreign_related_fields, Member._meta.pk.composite_fields
        )
        self.assertIs(relation.target_field, Member._meta.pk)
        for name, null in (("member", False), ("guest", True)):
            for column in Visit._meta.get_field(name).local_related_fields:
                self.assertIsInstance(column, RelatedColumn)
                self.assertIs(column.null, null)
                self.assertIs(column.editable, False)

    def test_primary_key(self):
        # A key that is a relation, one made of it, and a relation to that.
        columns = ["member_club_id", "member_number"]
        self.assertIs(Lesson._meta.pk, Lesson._meta.get_field("member"))
        self.assertEqual(get_names(Lesson._meta.pk_fields), columns)
        columns = [f"lesson_{name}" for name in columns]
        self.assertEqual(get_names(Grade._meta.pk_fields), [*columns, "term"])
        self.assertEqual(
            get_names(Remark._meta.get_field("grade").local_related_fields),
            [*(f"grade_{name}" for name in columns), "grade_term"],
        )

    def test_abstract(self):
        for model in (FirstLink, SecondLink):
            with self.subTest(model=model):
                relation = model._meta.get_field("member")
                self.assertIs(relation.model, model)
                for column in relation.local_related_fields:
                    self.assertIs(column.model, model)
                    self.assertIs(column.relation, relation)
                self.assertTrue(hasattr(Member, f"{model.__name__.lower()}_links"))

    def test_self(self):
        relation = Node._meta.get_field("parent")
        self.assertIs(relation.remote_field.model, Node)
        self.assertEqual(
            get_names(relation.local_related_fields), ["parent_tree", "parent_number"]
        )

    def test_deconstruct(self):
        for relation, kwargs in (
            (Visit._meta.get_field("member"), {"related_name": "visits"}),
            (
                Visit._meta.get_field("guest"),
                {"related_name": "guest_visits", "null": True, "blank": True},
            ),
            (
                Match._meta.get_field("home"),
                {
                    "related_name": "home_matches",
                    "null": True,
                    "from_fields": ["club", "home_number"],
                },
            ),
        ):
            with self.subTest(relation=relation):
                name, path, args, actual = relation.deconstruct()
                self.assertEqual(name, relation.name)
                self.assertEqual(path, "django.db.models.ForeignKey")
                self.assertEqual(args, [])
                self.assertEqual(
                    actual,
                    {
                        "to": "composite_relations.member",
                        "on_delete": relation.remote_field.on_delete,
                        **kwargs,
                    },
                )
                clone = relation.clone()
                self.assertEqual(clone.deconstruct()[1:], (path, args, actual))
                self.assertIs(clone.has_known_columns, False)

    def test_copy_of_fields(self):
        for model in (Visit, Match, Lesson, Grade, Profile):
            for field in model._meta.fields:
                with self.subTest(field=field):
                    self.assertIs(pickle.loads(pickle.dumps(field)), field)
                    for duplicate in (copy.copy(field), copy.deepcopy(field)):
                        self.assertEqual(duplicate, field)
                        self.assertEqual(duplicate.attname, field.attname)
                        self.assertEqual(duplicate.column, field.column)
                    self.assertEqual(type(field.clone()), type(field))


@isolate_apps("composite_relations")
class ResolutionTests(SimpleTestCase):
    def get_target(self, name="Target"):
        class Meta:
            app_label = "composite_relations"

        return type(
            name,
            (models.Model,),
            {
                "__module__": __name__,
                "Meta": Meta,
                "pk": models.CompositePrimaryKey("a", "b"),
                "a": models.IntegerField(),
                "b": models.CharField(max_length=5),
            },
        )

    def test_lazy(self):
        class Source(models.Model):
            target = models.ForeignKey("Target", models.CASCADE)
            name = models.CharField(max_length=5)

        class Proxy(Source):
            class Meta:
                proxy = True

        class Child(Source):
            pass

        class Base(models.Model):
            target = models.ForeignKey("Target", models.CASCADE, related_name="+")

            class Meta:
                abstract = True

        class Concrete(Base):
            pass

        models_and_names = (
            (Source, ["id", "target", "target_a", "target_b", "name"]),
            (Proxy, ["id", "target", "target_a", "target_b", "name"]),
            (Child, ["id", "target", "target_a", "target_b", "name", "source_ptr"]),
            (Concrete, ["id", "target", "target_a", "target_b"]),
        )
        for model, names in models_and_names:
            # Fill the caches.
            self.assertEqual(
                get_names(model._meta.fields),
                [name for name in names if name not in ("target_a", "target_b")],
            )
            self.assertIn("target_id", model._meta._forward_fields_map)
            self.assertEqual(model._meta.stored_fields, model._meta.concrete_fields)
        self.get_target()
        for model, names in models_and_names:
            with self.subTest(model=model):
                opts = model._meta
                self.assertEqual(get_names(opts.fields), names)
                names = [name for name in names if name != "target"]
                self.assertEqual(get_names(opts.concrete_fields), names)
                self.assertEqual(get_names(opts.stored_fields), [*names, "target"])
                self.assertIn("target_pk", opts._forward_fields_map)
                self.assertIn("target_b", opts._forward_fields_map)
                self.assertNotIn("target_id", opts._forward_fields_map)
                self.assertFalse(hasattr(model, "target_id"))
                instance = model(target_pk=(1, "x"))
                self.assertEqual(instance.target_pk, (1, "x"))

    def test_lazy_chain(self):
        class Last(models.Model):
            middle = models.ForeignKey("Middle", models.CASCADE)

        class Middle(models.Model):
            pk = models.CompositePrimaryKey("first", "number")
            first = models.ForeignKey("First", models.CASCADE)
            number = models.IntegerField()

        class First(models.Model):
            pk = models.CompositePrimaryKey("target", "number")
            target = models.ForeignKey("Target", models.CASCADE)
            number = models.IntegerField()

        self.assertIs(Last._meta.get_field("middle").has_known_columns, False)
        self.get_target()
        self.assertEqual(
            get_names(First._meta.pk_fields), ["target_a", "target_b", "number"]
        )
        self.assertEqual(
            get_names(Last._meta.get_field("middle").local_related_fields),
            [
                "middle_first_target_a",
                "middle_first_target_b",
                "middle_first_number",
                "middle_number",
            ],
        )
        self.assertEqual(Last(middle_pk=(1, "x", 2, 3)).middle_first_target_b, "x")

    def test_key_with_its_own_relation(self):
        class Self(models.Model):
            pk = models.CompositePrimaryKey("a", "b")
            a = models.IntegerField()
            b = models.IntegerField()
            other_b = models.IntegerField(null=True)
            other = models.ForeignKey(
                "self", models.CASCADE, from_fields=["a", "other_b"], null=True
            )

        self.assertEqual(
            get_names(Self._meta.get_field("other").local_related_fields),
            ["a", "other_b"],
        )

    def test_default_related_name(self):
        model = self.get_target()

        class Source(models.Model):
            target = models.ForeignKey(model, models.CASCADE)

            class Meta:
                default_related_name = "%(class)s_things"

        self.assertTrue(hasattr(model, "source_things"))

    @override_settings(TEST_TARGET_MODEL="composite_relations.Replacement")
    def test_swapped(self):
        class Target(models.Model):
            class Meta:
                swappable = "TEST_TARGET_MODEL"

        replacement = self.get_target("Replacement")

        class Source(models.Model):
            target = models.ForeignKey("Replacement", models.CASCADE)

        relation = Source._meta.get_field("target")
        self.assertIs(relation.remote_field.model, replacement)
        self.assertEqual(get_names(relation.local_related_fields), _ab("target"))
        with mock.patch.object(apps, "get_swappable_settings_name") as get_name:
            get_name.return_value = "TEST_TARGET_MODEL"
            to = relation.deconstruct()[3]["to"]
        self.assertEqual(to.setting_name, "TEST_TARGET_MODEL")

    def test_proxy_target(self):
        target = self.get_target()

        class Proxy(target):
            class Meta:
                proxy = True

        class Source(models.Model):
            target = models.ForeignKey(Proxy, models.CASCADE)

        relation = Source._meta.get_field("target")
        self.assertEqual(get_names(relation.local_related_fields), _ab("target"))
        self.assertIs(relation.related_fields[0][1].model, target)

    def test_copied_fields(self):
        """The fields of a model may be copied one by one, e.g. for its history."""
        self.get_target()

        class Source(models.Model):
            target = models.ForeignKey("Target", models.CASCADE)

        attrs = {field.name: copy.copy(field) for field in Source._meta.fields}
        attrs["target"] = models.ForeignKey(
            "Target", models.DO_NOTHING, null=True, related_name="+"
        )
        attrs["target"].creation_counter = 0
        history = type("History", (models.Model,), {"__module__": __name__, **attrs})
        self.assertEqual(
            sorted(get_names(history._meta.fields)),
            sorted(["id", "target", *_ab("target")]),
        )
        self.assertEqual(history.check(), [])
        relation = history._meta.get_field("target")
        for column in relation.local_related_fields:
            self.assertIs(column.relation, relation)
            self.assertIs(column.model, history)
            self.assertIs(column.null, True)
        for column in Source._meta.get_field("target").local_related_fields:
            self.assertIs(column.model, Source)
            self.assertIs(column.null, False)
        self.assertEqual(history(target_pk=(1, "x")).target_pk, (1, "x"))
        # A copy has created columns of its own, and none of the original's.
        self.assertEqual(relation.created_columns, relation.local_related_fields)
        relation.created_columns = ()
        relation.reset_columns()
        self.assertEqual(relation.created_columns, relation.local_related_fields)

    def test_never_known(self):
        """A relation that can't be resolved leaves the rest of the model intact."""
        self.get_target()

        class Unknown(models.Model):
            pk = models.CompositePrimaryKey("number", "target")
            number = models.IntegerField()
            target = models.ForeignKey(
                "Target", models.CASCADE, from_fields=["number", "missing"]
            )

        class Circle(models.Model):
            pk = models.CompositePrimaryKey("number", "circle")
            number = models.IntegerField()
            circle = models.ForeignKey("self", models.CASCADE)

        for model in (Unknown, Circle):
            with self.subTest(model=model):
                opts = model._meta
                self.assertEqual(get_names(opts.concrete_fields), ["number"])
                self.assertEqual(get_names(opts.pk_fields), ["number"])
                self.assertEqual(model(number=1).number, 1)
                self.assertTrue(model.check())
                with self.assertRaises(FieldDoesNotExist):
                    opts.get_fields()[-1].related_fields


def _ab(name):
    return [f"{name}_a", f"{name}_b"]


class InitTests(MemberTestCase):
    def assertRefersTo(self, obj, pk):
        self.assertEqual(obj.member_pk, pk)
        self.assertEqual((obj.member_club_id, obj.member_number), pk)

    def test_forms(self):
        pk = self.ann.pk
        for visit in (
            Visit(member=self.ann),
            Visit(member_pk=pk),
            Visit(member_pk=list(pk)),
            Visit(member_pk=str(pk)),
            Visit(member_club_id=pk[0], member_number=pk[1]),
            Visit(None, *pk),
            Visit(member=self.ann, member_pk=pk),
            Visit(member=self.ann, member_number=pk[1]),
            Visit(member_pk=(str(pk[0]), str(pk[1])), member_number=pk[1]).__class__(
                member_pk=pk
            ),
        ):
            with self.subTest(visit=visit):
                self.assertRefersTo(visit, pk)
                with self.assertNumQueries(
                    0 if "member" in visit._state.fields_cache else 1
                ):
                    self.assertEqual(visit.member, self.ann)

    def test_none(self):
        for visit in (
            Visit(),
            Visit(note="x"),
            Visit(member_pk=None),
            Visit(guest=None, guest_pk=None),
        ):
            self.assertIsNone(visit.member_pk)
            self.assertIsNone(visit.guest_pk)
            with self.assertNumQueries(0):
                self.assertIsNone(visit.guest)
                with self.assertRaisesMessage(
                    Visit.member.RelatedObjectDoesNotExist, "Visit has no member."
                ):
                    visit.member

    def test_refused(self):
        pk = self.ann.pk
        for kwargs, msg in (
            (
                {"member_pk": (1,)},
                "'Visit.member_pk' must have 2 elements, one for each of "
                "'member_club_id', 'member_number' (received 1).",
            ),
            ({"member_pk": 1}, "'Visit.member_pk' must be a list or a tuple."),
            (
                {"member_pk": "junk"},
                "'Visit.member_pk' must be a list, a tuple or the text of a key, "
                "with a value for each of 'member_club_id', 'member_number' "
                "(received 'junk').",
            ),
            ({"member": pk}, '"Visit.member" must be a "Member" instance.'),
            ({"member": self.club}, '"Visit.member" must be a "Member" instance.'),
            (
                {"member": self.ann, "member_pk": self.bob.pk},
                "Visit() got 1 for 'member_number' by 'member' and 2 by 'member_pk'.",
            ),
            (
                {"member_pk": self.ann.pk, "member_number": 2},
                "Visit() got 1 for 'member_number' by 'member_pk' and 2 by "
                "'member_number'.",
            ),
        ):
            with self.subTest(kwargs=kwargs):
                with self.assertRaises(ValueError) as cm:
                    Visit(**kwargs)
                self.assertIn(msg, str(cm.exception))
        msg = "Visit() got both positional and keyword arguments for field 'member'."
        with self.assertRaisesMessage(TypeError, msg):
            Visit(None, *pk, member=self.ann)
        with self.assertRaisesMessage(TypeError, msg):
            Visit(None, 1, member_pk=pk)

    def test_from_fields(self):
        match = Match(home=self.ann, guest_number=2)
        self.assertEqual(match.club_id, self.club.pk)
        self.assertEqual(match.home_pk, self.ann.pk)
        self.assertEqual(match.guest, self.bob)
        msg = "Match() got 1 for 'home_number' by 'home' and 5 by 'home_number'."
        with self.assertRaisesMessage(ValueError, msg):
            Match(home=self.ann, home_number=5)

    def test_defaults(self):
        fallback = get_default_member()
        with self.assertNumQueries(2):
            # The default isn't asked for if there is a value.
            Locker(fallback=self.ann)
            Locker(fallback_pk=self.ann.pk)
            Locker(fallback=None)
            # It is once only otherwise.
            locker = Locker()
        self.assertEqual(locker.fallback_pk, fallback.pk)
        with self.assertNumQueries(2):
            locker = Locker(replaced=self.ann)
        self.assertEqual(locker.fallback, fallback)
        self.assertEqual(Reserve(club=self.club).member_pk, (self.club.pk, 0))

    @isolate_apps("composite_relations")
    def test_constant_defaults(self):
        class Target(models.Model):
            pk = models.CompositePrimaryKey("a", "b")
            a = models.IntegerField()
            b = models.CharField(max_length=5)

        for number, default in enumerate(
            [(1, "x"), [1, "x"], Target(1, "x"), lambda: (1, "x")]
        ):
            with self.subTest(default=default):
                relation = models.ForeignKey(Target, models.CASCADE, default=default)
                attrs = {"__module__": __name__, "target": relation}
                model = type(f"Source{number}", (models.Model,), attrs)
                self.assertEqual(model().target_pk, (1, "x"))
                self.assertEqual(model(target=Target(2, "y")).target_pk, (2, "y"))
                self.assertEqual(model(target_b="z").target_pk, (1, "z"))

    def test_key(self):
        lesson = Lesson(member=self.ann)
        self.assertEqual(lesson.pk, self.ann.pk)
        grade = Grade(lesson=lesson, term=3)
        self.assertEqual(grade.pk, (*self.ann.pk, 3))
        self.assertEqual(Remark(grade=grade).grade_pk, grade.pk)


class AssignmentTests(MemberTestCase):
    def test_caching(self):
        visit = Visit.objects.create(member=self.ann, guest=self.bob)
        for name, value in (
            ("member_number", 2),
            ("member_club_id", self.other_club.pk),
            ("member_pk", self.bob.pk),
        ):
            with self.subTest(name=name):
                visit.member = self.ann
                with self.assertNumQueries(0):
                    self.assertIs(visit.member, self.ann)
                setattr(visit, name, getattr(visit, name))
                self.assertTrue(Visit.member.is_cached(visit))
                setattr(visit, name, value)
                self.assertFalse(Visit.member.is_cached(visit))
                self.assertTrue(Visit.guest.is_cached(visit))
        with self.assertNumQueries(1):
            self.assertEqual(visit.member, self.bob)

    def test_caching_of_shared_columns(self):
        for name in ("club_id", "home_number"):
            with self.subTest(name=name):
                match = Match(club=self.club, home=self.ann, guest=self.bob)
                setattr(match, name, 7)
                self.assertFalse(Match.home.is_cached(match))
                self.assertIs(Match.guest.is_cached(match), name == "home_number")
                self.assertIs(Match.club.is_cached(match), name == "home_number")

    def test_none(self):
        visit = Visit.objects.create(member=self.ann, guest=self.bob)
        visit.guest = None
        self.assertIsNone(visit.guest_club_id)
        self.assertIsNone(visit.guest_number)
        visit.save()
        self.assertIsNone(Visit.objects.get().guest)

    def test_none_leaves_shared_columns(self):
        match = Match.objects.create(home=self.ann, guest=self.bob)
        match.home = None
        self.assertEqual(match.club_id, self.club.pk)
        self.assertIsNone(match.home_number)
        self.assertEqual(match.guest, self.bob)
        seat = Seat(club=self.club, row=1, member=self.ann)
        for value in ({"member": None}, {"member_pk": None}):
            seat.member = self.ann
            for name in value:
                setattr(seat, name, None)
            self.assertEqual(seat.pk, (self.club.pk, 1))
            self.assertIsNone(seat.member_number)

    def test_none_of_foreign_object(self):
        """Nor does a ForeignObject clear a member of the key."""
        warehouse = Warehouse.objects.create()
        stock = Stock.objects.create(warehouse=warehouse, number=1)
        recount = Recount(warehouse=warehouse, id=1, stock=stock)
        self.assertEqual((recount.warehouse_id, recount.stock_number), stock.pk)
        self.assertIs(recount.stock, stock)
        recount.stock = None
        self.assertEqual(recount.pk, (warehouse.pk, 1))
        self.assertIsNone(recount.stock_number)
        self.assertIsNone(recount.stock)

    def test_partially_null(self):
        for kwargs in ({"guest_number": 1}, {"guest_club_id": self.club.pk}):
            visit = Visit.objects.create(member=self.ann, **kwargs)
            visit = Visit.objects.get(pk=visit.pk)
            with self.subTest(kwargs=kwargs), self.assertNumQueries(0):
                self.assertIsNone(visit.guest)
                self.assertIsNone(visit.guest_pk)

    def test_unsaved(self):
        member = Member(club=self.club)
        visit = Visit(member=member)
        msg = (
            "save() prohibited to prevent data loss due to unsaved related object "
            "'member'."
        )
        with self.assertRaisesMessage(ValueError, msg):
            visit.save()
        msg = msg.replace("save()", "bulk_create()")
        with self.assertRaisesMessage(ValueError, msg):
            Visit.objects.bulk_create([visit])
        member.number = 9
        member.save()
        self.assertIsNone(visit.member_pk)
        visit.save()
        self.assertEqual(visit.member_pk, (self.club.pk, 9))
        self.assertIs(visit.member, member)
        visit.refresh_from_db()
        self.assertEqual(visit.member, member)

    def test_key_changed_before_save(self):
        member = Member(club=self.club, number=7)
        visit = Visit(member=member)
        member.number = 8
        member.save()
        visit.member_number = 8
        visit.save()
        self.assertEqual(Visit.objects.get().member, member)

    def test_contradiction(self):
        """Relations that share a column, assigned in either order."""
        eve, ann, club, other_club = self.eve, self.ann, self.club, self.other_club
        for first, second, names in (
            (("club", club), ("home", eve), ("home", "club")),
            (("home", eve), ("club", club), ("club", "home")),
            (("home", ann), ("guest", eve), ("guest", "club")),
            (("guest", eve), ("home", ann), ("home", "club")),
            (("home", ann), ("guest_pk", eve.pk), ("guest", "club")),
        ):
            with self.subTest(first=first, second=second):
                match = Match()
                setattr(match, *first)
                before = dict(vars(match), _state=None)
                cached = dict(match._state.fields_cache)
                clubs = (
                    (club.pk, other_club.pk)
                    if first[1] in (club, ann)
                    else (other_club.pk, club.pk)
                )
                msg = (
                    f'Cannot assign "{second[1]!r}": "Match.{names[0]}" shares '
                    f'"club_id" with "Match.{names[1]}", by which it is {clubs[0]} '
                    f"already, not {clubs[1]}."
                )
                with self.assertRaisesMessage(ValueError, msg):
                    setattr(match, *second)
                # Nothing is half assigned.
                self.assertEqual(dict(vars(match), _state=None), before)
                self.assertEqual(match._state.fields_cache, cached)
        with self.assertRaisesMessage(ValueError, '"Match.guest" shares "club_id"'):
            Match(home=ann, guest=eve)
        with self.assertRaisesMessage(ValueError, '"Match.home" shares "club_id"'):
            Match(home=eve, club=club)

    def test_no_contradiction(self):
        match = Match(club=self.club, home=self.ann, guest=self.bob)
        # The column itself may be set to anything.
        match.club_id = self.other_club.pk
        self.assertEqual(match.home, self.eve)
        match.home = match.guest = None
        match.club = self.club
        match.home = self.ann
        self.assertEqual(match.home_pk, self.ann.pk)
        # Other types of the same value.
        match = Match(club_id=str(self.club.pk))
        match.home = self.ann
        self.assertEqual(match.home, self.ann)

    def test_reverse_one_to_one(self):
        card = Pass(color="red")
        self.ann.card = card
        self.assertEqual(card.member_pk, self.ann.pk)
        with self.assertNumQueries(1):
            card.save()
        ann = Member.objects.get(pk=self.ann.pk)
        with self.assertNumQueries(1):
            self.assertEqual(ann.card, card)
            self.assertIs(ann.card.member, ann)
        with self.assertNumQueries(1), self.assertRaises(Pass.DoesNotExist):
            self.eve.card
        ann.card = None
        card.refresh_from_db()
        card.member = self.eve
        card.save()
        self.assertEqual(Member.objects.get(pk=self.eve.pk).card, card)

    def test_create_by_instance(self):
        visit, created = Visit.objects.get_or_create(member=self.ann, note="x")
        self.assertIs(created, True)
        self.assertEqual(
            Visit.objects.get_or_create(member=self.ann, note="x"), (visit, False)
        )
        self.assertEqual(
            Visit.objects.update_or_create(
                member=self.ann, note="x", defaults={"guest": self.bob}
            ),
            (visit, False),
        )
        visit.refresh_from_db()
        self.assertEqual(visit.guest, self.bob)
        self.assertEqual(
            Visit.objects.get_or_create(guest=self.eve, defaults={"member": self.bob})[
                0
            ].member_pk,
            self.bob.pk,
        )

    def test_falsy_object(self):
        with mock.patch.object(Club, "__bool__", lambda self: False, create=True):
            match = Match(club=self.club)
        self.assertEqual(match.club_id, self.club.pk)


class LoadingTests(MemberTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.visit = Visit.objects.create(member=cls.ann, guest=cls.bob)

    def load(self):
        visit = Visit.objects.get(pk=self.visit.pk)
        visit.member, visit.guest
        return visit

    def test_refresh_from_db(self):
        for fields, cached in (
            (None, set()),
            (["member"], {"guest"}),
            (["member_pk"], {"guest"}),
            (["member_club_id", "member_number"], {"guest"}),
            (["guest"], {"member"}),
            (["note"], {"member", "guest"}),
        ):
            with self.subTest(fields=fields):
                visit = self.load()
                with self.assertNumQueries(1):
                    visit.refresh_from_db(fields=fields)
                self.assertEqual(visit._state.fields_cache.keys(), cached)
                self.assertEqual(visit.get_deferred_fields(), set())

    def test_refresh_changed(self):
        for fields in (None, ["member"], ["member_pk"], ["member_number"]):
            with self.subTest(fields=fields):
                visit = self.load()
                Visit.objects.update(member_number=2)
                visit.refresh_from_db(fields=fields)
                self.assertEqual(visit.member_pk, self.bob.pk)
                with self.assertNumQueries(1):
                    self.assertEqual(visit.member, self.bob)
                Visit.objects.update(member_number=1)

    def test_refresh_from_queryset(self):
        visit = self.load()
        with self.assertNumQueries(1):
            visit.refresh_from_db(from_queryset=Visit.objects.select_related("member"))
            self.assertEqual(visit.member, self.ann)
        self.assertNotIn("guest", visit._state.fields_cache)

    def test_deferred(self):
        for queryset in (
            Visit.objects.defer("member"),
            Visit.objects.defer("member_club_id", "member_number"),
            Visit.objects.only("note"),
        ):
            for access in (
                lambda visit: visit.member_pk,
                lambda visit: (visit.member_club_id, visit.member_number),
                lambda visit: (visit.member_number, visit.member_club_id),
            ):
                visit = queryset.get()
                # One query for all of the columns.
                with self.assertNumQueries(1):
                    access(visit)
                    self.assertEqual(visit.member_pk, self.ann.pk)
            visit = queryset.get()
            with self.assertNumQueries(2):
                self.assertEqual(visit.member, self.ann)

    def test_deferred_assignment(self):
        visit = Visit.objects.only("note").get()
        with self.assertNumQueries(1):
            visit.member = self.bob
            visit.save()
        self.assertEqual(Visit.objects.get().member_pk, self.bob.pk)

    def test_update_fields(self):
        for name in ("member", "member_pk"):
            visit = self.load()
            visit.member = self.bob
            visit.note = "ignored"
            visit.save(update_fields=[name])
            visit.refresh_from_db()
            self.assertEqual((visit.member_pk, visit.note), (self.bob.pk, ""))
            Visit.objects.update(member_number=1)

    def test_serializable_value(self):
        self.assertEqual(self.visit.serializable_value("member"), self.ann.pk)
        self.assertEqual(self.visit.serializable_value("member_pk"), self.ann.pk)
        self.assertEqual(self.visit.serializable_value("member_number"), 1)

    def test_copy_and_pickle(self):
        visit = self.load()
        for duplicate in (
            copy.deepcopy(visit),
            pickle.loads(pickle.dumps(visit)),
            pickle.loads(pickle.dumps(Visit.objects.select_related()))[0],
        ):
            with self.assertNumQueries(0):
                self.assertEqual(duplicate, visit)
                self.assertEqual(duplicate.member_pk, self.ann.pk)
                self.assertEqual(type(duplicate.member_pk), type(visit.member_pk))
                self.assertEqual(duplicate.member, self.ann)
        duplicate = copy.copy(visit)
        duplicate.member = self.bob
        self.assertEqual(visit.member, self.ann)
        queryset = Visit.objects.filter(member=self.ann).order_by("guest")
        for duplicate in (
            copy.deepcopy(queryset),
            pickle.loads(pickle.dumps(queryset)),
        ):
            self.assertSequenceEqual(duplicate, [visit])
        query = pickle.loads(pickle.dumps(queryset.query))
        restored = Visit.objects.all()
        restored.query = query
        self.assertSequenceEqual(restored, [visit])


class InheritanceTests(MemberTestCase):
    def test_relation_of_parent(self):
        visit = LongVisit.objects.create(member=self.ann, guest=self.bob, days=2)
        VisitProxy.objects.create(member=self.eve)
        for model in (LongVisit, VisitProxy, Visit):
            with self.subTest(model=model):
                found = model.objects.select_related("member").get(member=self.ann)
                with self.assertNumQueries(0):
                    self.assertEqual(found.member, self.ann)
                self.assertFalse(
                    model.objects.filter(member=self.eve, member__name="Ann")
                )
        visit = LongVisit.objects.only("days").get()
        with self.assertNumQueries(1):
            self.assertEqual(visit.member_pk, self.ann.pk)
        visit = LongVisit.objects.get()
        visit.member = self.eve
        visit.guest = None
        with self.assertNumQueries(2):
            visit.save()
        self.assertEqual(Visit.objects.get(pk=visit.pk).member_pk, self.eve.pk)
        with self.assertNumQueries(1):
            visit.refresh_from_db()
        self.assertIsNone(visit.guest_pk)
        self.assertEqual(self.eve.visits.count(), 2)

    def test_composite_parent(self):
        profile = Profile.objects.create(club=self.club, number=5, motto="m")
        self.assertEqual(profile.member_ptr_pk, (self.club.pk, 5))
        self.assertEqual(profile.pk, (self.club.pk, 5))
        member = Member.objects.get(pk=profile.pk)
        with self.assertNumQueries(1):
            self.assertEqual(member.profile.motto, "m")
        profile = Profile.objects.get(pk=profile.pk)
        with self.assertNumQueries(0):
            self.assertEqual(profile.member_ptr, member)
        profile.name = "new"
        profile.motto = "n"
        with self.assertNumQueries(2):
            profile.save()
        self.assertEqual(
            Profile.objects.values_list("pk", "name", "motto").get(),
            ((self.club.pk, 5), "new", "n"),
        )
        Visit.objects.create(member=profile)
        self.assertEqual(Visit.objects.get(member=profile).member, member)

    def test_link_to_composite_parent(self):
        """The columns of the link and of the parent's key are kept in sync."""
        profile = Profile(member_ptr_pk=(self.club.pk, 6))
        profile.save()
        self.assertEqual(profile.pk, (self.club.pk, 6))
        profile = Profile(member_ptr=self.ann, motto="raw")
        self.assertEqual((profile.club_id, profile.number), self.ann.pk)
        profile.save_base(raw=True)
        self.assertEqual(Profile.objects.get(motto="raw").name, "Ann")


class OrderTests(MemberTestCase):
    def test_order_with_respect_to(self):
        first, second, other = (
            Ranking.objects.create(member=member, title=title)
            for member, title in ((self.ann, "x"), (self.ann, "y"), (self.eve, "z"))
        )
        self.assertEqual([first._order, second._order, other._order], [0, 1, 0])
        self.assertSequenceEqual(self.ann.get_ranking_order(), [first.pk, second.pk])
        self.ann.set_ranking_order([second.pk, first.pk])
        self.assertSequenceEqual(self.ann.get_ranking_order(), [second.pk, first.pk])
        self.assertSequenceEqual(self.eve.get_ranking_order(), [other.pk])
        self.assertEqual(second.get_next_in_order(), first)
        with self.assertRaises(Ranking.DoesNotExist):
            other.get_next_in_order()


class PlainTests(MemberTestCase):
    """What a model without composite keys does is what it did."""

    def test_no_attribute_is_replaced(self):
        from django.db.models.fields.related_descriptors import (
            ForeignKeyDeferredAttribute,
        )

        relation = Member._meta.get_field("club")
        self.assertIs(type(Member.__dict__["club_id"]), ForeignKeyDeferredAttribute)
        self.assertIs(relation.shares_column, False)
        self.assertIs(Match._meta.get_field("club").shares_column, True)
