from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F, Q
from django.test import TransactionTestCase, skipUnlessDBFeature
from django.test.utils import isolate_apps

from .models import (
    Depot,
    Duty,
    Fine,
    Match,
    Pass,
    Poster,
    Profile,
    Reserve,
    Seat,
    Visit,
)
from .testcase import MemberTestCase


class ValidationTestCase(MemberTestCase):
    def assertErrors(self, obj, errors, method="full_clean", **kwargs):
        with self.assertRaises(ValidationError) as cm:
            getattr(obj, method)(**kwargs)
        self.assertEqual(cm.exception.message_dict, errors)


class FullCleanTests(ValidationTestCase):
    def test_valid(self):
        for visit in (
            Visit(member=self.ann, note="x"),
            Visit(member_pk=self.ann.pk, guest=self.bob, note="x"),
            Visit(member_pk=str(self.ann.pk), note="x"),
        ):
            visit.full_clean()

    def test_converted(self):
        club_id, number = self.ann.pk
        visit = Visit(member_pk=(str(club_id), str(number)), note="x")
        visit.full_clean()
        self.assertEqual((visit.member_club_id, visit.member_number), self.ann.pk)

    def test_missing(self):
        for visit in (
            Visit(note="x"),
            Visit(note="x", member_club_id=self.club.pk),
            Visit(note="x", member_pk=(self.club.pk, None)),
        ):
            self.assertErrors(visit, {"member": ["This field cannot be null."]})

    def test_partially_null(self):
        Visit(member=self.ann, guest_number=1, note="x").full_clean()

    def test_nonexistent(self):
        self.assertErrors(
            Visit(member_pk=(self.other_club.pk, 2), guest=self.eve, note="x"),
            {
                "member": [
                    f"member instance with pk ({self.other_club.pk}, 2) is not a valid "
                    "choice."
                ]
            },
        )

    def test_wrong_type(self):
        # There is one error for all of the columns.
        self.assertErrors(
            Visit(member_pk=("x", "y"), note="x"),
            {
                "member": [
                    '“["x", "y"]” is not a valid key: it must be a list or a JSON '
                    "array with a value for each of 'club_id', 'number'."
                ]
            },
        )

    def test_excluded(self):
        Visit(note="x").full_clean(exclude=["member"])
        Visit(member_pk=(1, "x"), note="x").full_clean(exclude=["member"])

    def test_from_fields(self):
        reserve = Reserve(club=self.club, number=1)
        reserve.full_clean()
        reserve.number = 9
        self.assertErrors(
            reserve,
            {
                "member": [
                    f"member instance with pk ({self.club.pk}, 9) is not a valid "
                    "choice."
                ]
            },
        )

    def test_composite_parent(self):
        Profile(club=self.club, number=3, name="x", motto="y").full_clean()
        self.assertErrors(
            Profile(club=self.club, number=1, name="x", motto="y"),
            {"__all__": ["Member with this Club and Number already exists."]},
        )

    def test_limit_choices_to(self):
        Duty(member=self.ann).full_clean()
        self.assertErrors(
            Duty(member=self.bob),
            {
                "member": [
                    f"member instance with pk {self.bob.pk!r} is not a valid choice."
                ]
            },
        )

    def test_to_fields(self):
        Depot.objects.create(country="A", code=1, label="x", name="n")
        Poster(depot_pk=("A", "x"), text="t").full_clean()
        self.assertErrors(
            Poster(depot_pk=("A", "y"), text="t"),
            {
                "depot": [
                    "depot instance with country, label ('A', 'y') is not a valid "
                    "choice."
                ]
            },
        )


class UniqueTests(ValidationTestCase):
    def test_one_to_one(self):
        card = Pass.objects.create(member=self.ann, color="red")
        card.full_clean()
        Pass(member=self.eve, color="red").full_clean()
        self.assertErrors(
            Pass(member=self.ann, color="red"),
            {"member": ["Pass with this Member already exists."]},
        )
        with self.assertRaises(IntegrityError), transaction.atomic():
            Pass.objects.create(member=self.ann)

    def test_unique_together(self):
        fine = Fine.objects.create(member=self.ann, reason="x")
        fine.full_clean()
        Fine(member=self.eve, reason="x").full_clean()
        Fine(member=self.ann, reason="y").full_clean()
        with self.assertNumQueries(1):
            self.assertErrors(
                Fine(member=self.ann, reason="x"),
                {"__all__": ["Fine with this Member and Reason already exists."]},
                method="validate_unique",
            )
        with self.assertNumQueries(0):
            Fine(member=self.ann, reason="x").validate_unique(exclude=["member"])
            Fine(reason="x").validate_unique()
            Fine(reason="x", member_number=1).validate_unique()
        with self.assertRaises(IntegrityError), transaction.atomic():
            Fine.objects.create(member=self.ann, reason="x")

    def test_constraint(self):
        fine = Fine.objects.create(member=self.ann, witness=self.bob, reason="x")
        fine.validate_constraints()
        self.assertErrors(
            Fine(member=self.eve, witness=self.bob, reason="x"),
            {"__all__": ["Fine with this Witness and Reason already exists."]},
            method="validate_constraints",
        )
        for kwargs in (
            {"witness": self.eve, "reason": "x"},
            {"witness": self.bob, "reason": "y"},
            {"reason": "x"},
            {"reason": "x", "witness_number": 2},
        ):
            Fine(member=self.eve, **kwargs).validate_constraints()
        Fine(member=self.eve, witness=self.bob, reason="x").validate_constraints(
            exclude=["witness"]
        )
        with self.assertRaises(IntegrityError), transaction.atomic():
            Fine.objects.create(member=self.eve, witness=self.bob, reason="x")

    def test_condition(self):
        Fine.objects.create(member=self.ann, witness=self.bob, reason="late")
        self.assertErrors(
            Fine(member=self.eve, witness=self.bob, reason="late"),
            {
                "__all__": [
                    "Fine with this Witness and Reason already exists.",
                    "Constraint “fine_witness_amount_late” is violated.",
                ]
            },
            method="validate_constraints",
        )
        Fine(member=self.eve, witness=self.eve, reason="late").validate_constraints()
        Fine(member=self.eve, witness=self.bob, reason="late").validate_constraints(
            exclude=["witness"]
        )

    def test_expressions_over_columns(self):
        Fine.objects.create(member=self.ann, reason="x")
        self.assertErrors(
            Fine(member=self.ann, reason="X"),
            {"__all__": ["Constraint “fine_member_reason_lower” is violated."]},
            method="validate_constraints",
        )
        Fine(member=self.eve, reason="X").validate_constraints()

    def test_expressions(self):
        Fine.objects.create(member=self.ann, reason="x")
        constraint = models.UniqueConstraint(F("member"), F("reason"), name="name")
        constraint.validate(Fine, Fine(member=self.eve, reason="x"))
        constraint.validate(Fine, Fine(member=self.ann, reason="y"))
        constraint.validate(Fine, Fine(member=self.ann, reason="x"), exclude={"member"})
        with self.assertRaises(ValidationError):
            constraint.validate(Fine, Fine(member=self.ann, reason="x"))

    def test_nulls_distinct(self):
        constraint = models.UniqueConstraint(
            fields=["witness", "reason"], nulls_distinct=False, name="name"
        )
        Fine.objects.create(member=self.ann, witness_number=1, reason="x")
        # None because of another column isn't the same.
        constraint.validate(Fine, Fine(reason="x"))
        constraint.validate(Fine, Fine(reason="x", witness_number=2))
        constraint.validate(Fine, Fine(reason="x", witness_club_id=1))
        with self.assertRaises(ValidationError):
            constraint.validate(Fine, Fine(reason="x", witness_number=1))

    def test_columns(self):
        Fine.objects.create(member=self.ann, reason="x")
        constraint = models.UniqueConstraint(
            fields=["member_club_id", "reason"], name="name"
        )
        constraint.validate(Fine, Fine(member=self.eve, reason="x"))
        with self.assertRaises(ValidationError):
            constraint.validate(Fine, Fine(member=self.bob, reason="x"))

    def test_key(self):
        Seat.objects.create(club=self.club, row=1, member=self.ann)
        self.assertErrors(
            Seat(club=self.club, row=1, member=self.bob),
            {"__all__": ["Seat with this Club and Row already exists."]},
        )


class CheckConstraintTests(ValidationTestCase):
    def test_isnull(self):
        Fine(amount=5).validate_constraints()
        Fine(amount=20, witness=self.ann).validate_constraints()
        for kwargs in ({}, {"witness_number": 1}):
            self.assertErrors(
                Fine(amount=20, **kwargs),
                {"__all__": ["Constraint “fine_witnessed_if_high” is violated."]},
                method="validate_constraints",
            )
        Fine(amount=20).validate_constraints(exclude=["witness"])

    @skipUnlessDBFeature("supports_table_check_constraints")
    def test_database(self):
        Fine.objects.create(member=self.ann, reason="x", amount=20, witness=self.bob)
        for kwargs in ({}, {"witness_number": 1}):
            with self.assertRaises(IntegrityError), transaction.atomic():
                Fine.objects.create(member=self.ann, reason="y", amount=20, **kwargs)

    def test_comparison(self):
        constraint = models.CheckConstraint(
            condition=~Q(home=F("guest")), name="not_themselves"
        )
        constraint.validate(Match, Match(home=self.ann, guest=self.bob))
        with self.assertRaises(ValidationError):
            constraint.validate(Match, Match(home=self.ann, guest=self.ann))


class GeneratedFieldTests(TransactionTestCase):
    available_apps = ["composite_relations"]

    @skipUnlessDBFeature("supports_stored_generated_columns")
    @isolate_apps("composite_relations")
    def test_generated_from_column(self):
        class Target(models.Model):
            pk = models.CompositePrimaryKey("club", "number")
            club = models.IntegerField()
            number = models.IntegerField()

        class Source(models.Model):
            member = models.ForeignKey(Target, models.CASCADE, db_constraint=False)
            double = models.GeneratedField(
                expression=F("member_number") * 2,
                output_field=models.IntegerField(),
                db_persist=True,
            )

        self.assertEqual(Source.check(databases=["default"]), [])
        with connection.schema_editor() as editor:
            editor.create_model(Source)
        try:
            source = Source.objects.create(member_pk=(1, 4))
            source.refresh_from_db()
            self.assertEqual(source.double, 8)
            source.full_clean(exclude=["member"])
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(Source)
