"""The queries of inherited keys, as Oracle gets them."""

from composite_keys.oracle import OracleTestCase

from .models import Asset, Licence, Trip, Truck


class OracleTests(OracleTestCase):
    def test_inheritance(self):
        for queryset in (
            Truck.objects.filter(number=1, name="x"),
            Truck.objects.order_by("-pk"),
            Asset.objects.select_related("vehicle__truck", "house"),
            Asset.objects.exclude(vehicle__trips=None),
            Trip.objects.filter(truck__pk__in=[(1, 1), (2, 2)]),
            Asset.objects.filter(pk__in=Truck.objects.all()),
            Licence.objects.filter(number=1, pk=("x", 1)),
        ):
            with self.subTest(queryset=queryset.query):
                self.compile(queryset)
