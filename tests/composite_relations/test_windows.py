from django.db.models import Window
from django.db.models.functions import RowNumber

from .models import Depot, Parcel
from .testcase import RelationTestCase


class WindowTests(RelationTestCase):
    def test_partition_by_relation(self):
        parcels = Parcel.objects.annotate(
            position=Window(RowNumber(), partition_by="depot", order_by="weight")
        )
        positions = {}
        expected = []
        for parcel in sorted(self.parcels, key=lambda parcel: parcel.weight):
            position = positions[parcel.depot_pk] = (
                positions.get(parcel.depot_pk, 0) + 1
            )
            expected.append((parcel.pk, position))
        self.assertCountEqual(parcels.values_list("pk", "position"), expected)

    def test_order_by_key(self):
        depots = Depot.objects.annotate(
            position=Window(RowNumber(), order_by=["-pk"])
        ).order_by("position")
        self.assertEqual(
            [depot.pk for depot in depots],
            sorted((depot.pk for depot in self.depots), reverse=True),
        )

    def test_partition_by_key(self):
        depots = Depot.objects.annotate(
            position=Window(RowNumber(), partition_by="pk", order_by="parcels__weight")
        )
        expected = [
            (depot.pk, position)
            for depot in self.depots
            for position in range(1, max(depot.parcels.count(), 1) + 1)
        ]
        self.assertCountEqual(depots.values_list("pk", "position"), expected)
