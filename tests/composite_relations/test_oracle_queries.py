"""The queries over relations of several columns, as Oracle gets them."""

from composite_keys.oracle import OracleTestCase

from django.db.models import Count, F, OuterRef, Subquery

from .models import Depot, Parcel


class OracleQueryTests(OracleTestCase):
    table = "COMPOSITE_RELATIONS_PARCEL"

    def test_relations(self):
        for queryset in (
            Parcel.objects.filter(depot=("A", 1)),
            Parcel.objects.filter(origin__in=[("A", 1), ("B", 2)]),
            Parcel.objects.exclude(origin=F("depot")),
            Parcel.objects.exclude(origin__shelves__row=1),
            Parcel.objects.select_related("depot", "origin"),
            Parcel.objects.values("origin").annotate(n=Count("depot", distinct=True)),
            Depot.objects.exclude(parcels__weight=1),
            Depot.objects.filter(pk__in=Parcel.objects.values("depot")),
            Depot.objects.annotate(n=Count("shelves"), m=Count("shelves__boxes")),
            Depot.objects.annotate(
                x=Subquery(
                    Parcel.objects.filter(depot=OuterRef("pk"))
                    .order_by("weight")
                    .values("origin")[:1]
                )
            ),
        ):
            with self.subTest(queryset=queryset.query):
                self.compile(queryset)
        self.assertIn(
            "(U1.WEIGHT = :arg1 "
            "AND (U1.DEPOT_COUNTRY = COMPOSITE_RELATIONS_DEPOT.COUNTRY "
            "AND U1.DEPOT_CODE = COMPOSITE_RELATIONS_DEPOT.CODE))",
            self.where(Depot.objects.exclude(parcels__weight=1)),
        )

    def test_update_of_relation(self):
        parcels = Parcel.objects.filter(weight=1)
        self.assertEqual(
            self.compile_update(parcels, origin=("A", 2)),
            "UPDATE COMPOSITE_RELATIONS_PARCEL SET ORIGIN_COUNTRY = :arg0, "
            "ORIGIN_CODE = :arg1 WHERE WEIGHT = :arg2",
        )
        self.assertEqual(
            self.compile_update(parcels, origin=F("depot")),
            "UPDATE COMPOSITE_RELATIONS_PARCEL SET ORIGIN_COUNTRY = DEPOT_COUNTRY, "
            "ORIGIN_CODE = DEPOT_CODE WHERE WEIGHT = :arg0",
        )
        self.compile_update(parcels, origin=None)
        self.compile_update(parcels, origin=Depot.objects.order_by("name")[:1])


class Oracle23QueryTests(OracleQueryTests):
    version = (23, 4)
