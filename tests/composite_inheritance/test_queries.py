from django.contrib.admin.utils import NestedObjects
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef
from django.test.utils import CaptureQueriesContext

from .models import (
    Asset,
    Building,
    Crane,
    Fee,
    Garage,
    Licence,
    Site,
    Trip,
    Truck,
    TruckProxy,
    Vehicle,
    Wheel,
)
from .testcase import InheritanceTestCase


class LookupTests(InheritanceTestCase):
    def test_key(self):
        # The parents' columns are selected by two joins.
        for lookup, count in (
            ({"pk": self.key}, 1),
            ({"pk": str(self.truck.pk)}, 1),
            ({"pk": self.truck}, 1),
            ({"pk__in": [self.key, (0, 0)]}, 1),
            ({"pk__number": 4}, 2),
            ({"number": 4}, 2),
            ({"site": self.site}, 2),
            ({"site__in": self.sites, "number": 3}, 2),
            ({"vehicle_ptr": self.truck.vehicle_ptr}, 1),
            ({"vehicle_ptr__asset_ptr": self.key}, 1),
            ({"asset_ptr__number": 4}, 2),
            ({"name": "truck", "plate": "t", "load": 4}, 2),
        ):
            with self.subTest(lookup=lookup):
                self.assertSQL(Truck.objects.filter(**lookup), count, 2)
                joins = 2 if "name" in lookup else 0
                self.assertSQL(
                    Truck.objects.filter(**lookup).values("load"), count, joins
                )

    def test_down(self):
        for lookup, count, joins in (
            ({"vehicle__truck__load": 4}, 2, 2),
            ({"vehicle__truck": self.key}, 1, 2),
            ({"vehicle": self.truck}, 1, 1),
            ({"vehicle__isnull": True}, 6, 1),
            ({"vehicle__trips__cargo__name": "truck"}, 2, 3),
            ({"house__floors": 3}, 2, 1),
        ):
            with self.subTest(lookup=lookup):
                self.assertSQL(Asset.objects.filter(**lookup), count, joins)
        self.assertEqual(Asset.objects.exclude(vehicle__truck__load=4).count(), 10)
        self.assertEqual(Asset.objects.exclude(vehicle__trips__id=None).count(), 2)

    def test_subqueries(self):
        self.assertSQL(Asset.objects.filter(pk__in=Truck.objects.all()), 4, 0)
        self.assertSQL(Asset.objects.filter(pk__in=Truck.objects.values("pk")), 4, 0)
        self.assertSQL(
            Truck.objects.filter(
                Exists(Wheel.objects.filter(truck=OuterRef("pk"), position=1))
            ),
            4,
            2,
        )
        self.assertSQL(Truck.objects.filter(number=F("load"), pk=F("asset_ptr")), 4, 2)

    def test_values_and_ordering(self):
        self.assertEqual(
            Truck.objects.order_by("-pk").values_list(
                "pk", "vehicle_ptr", "asset_ptr", "site", "number", "name", "load"
            )[0],
            (*[(self.sites[1].pk, 4)] * 3, self.sites[1].pk, 4, "truck", 4),
        )
        self.assertEqual(
            [truck.pk for truck in Truck.objects.all()],
            sorted(truck.pk for truck in Truck.objects.order_by()),
        )
        self.assertEqual(
            Truck.objects.order_by("-site__name", "number").first().pk,
            (self.sites[1].pk, 3),
        )
        self.assertCountEqual(Truck.objects.in_bulk([self.key]), [self.key])
        self.assertTrue(TruckProxy.objects.contains(self.truck))

    def test_aggregation(self):
        self.assertEqual(
            Truck.objects.aggregate(
                n=Count("pk"), m=Count("pk", distinct=True), k=Count("asset_ptr")
            ),
            {"n": 4, "m": 4, "k": 4},
        )
        self.assertEqual(
            [
                (site.assets_count, site.vehicles, site.trucks)
                for site in Site.objects.annotate(
                    assets_count=Count("assets"),
                    vehicles=Count("assets__vehicle", distinct=True),
                    trucks=Count("assets__vehicle__truck", distinct=True),
                )
            ],
            [(6, 3, 2)] * 2,
        )

    def test_relations(self):
        for lookup, count, joins in (
            ({"truck": self.truck, "vehicle": self.truck, "cargo": self.truck}, 1, 0),
            ({"truck__number": 4}, 2, 0),
            ({"truck__site": self.site}, 1, 0),
            ({"truck__vehicle_ptr__asset_ptr__site": self.site}, 1, 0),
            ({"truck__pk": self.key, "vehicle__pk": self.key}, 1, 0),
            ({"truck__load": 4}, 2, 1),
            ({"truck__plate": "t"}, 2, 2),
            ({"truck__name": "truck"}, 2, 3),
        ):
            with self.subTest(lookup=lookup):
                self.assertSQL(Trip.objects.filter(**lookup), count, joins)
        self.assertSQL(Wheel.objects.filter(truck__site=self.site), 2, 0)
        self.assertSQL(Wheel.objects.filter(pk__truck__number=4), 2, 0)
        self.assertSQL(Garage.objects.filter(vehicles=self.truck), 1, 1)
        self.assertSQL(Garage.objects.filter(assets=self.truck), 1, 1)
        self.assertEqual(self.truck.garages.get().name, "a")
        self.assertEqual(self.truck.stores.get().name, "a")
        self.assertEqual(self.truck.trips.get(), self.truck.cargo_trips.get())

    def test_own_key(self):
        licence = Licence.objects.create(
            site=self.site, number=8, authority="x", serial=1, name="n"
        )
        Fee.objects.create(licence=licence, asset=licence)
        for lookup, joins in (
            ({"licence": licence, "asset": licence}, 0),
            ({"licence": ("x", 1), "asset": (self.site.pk, 8)}, 0),
            ({"licence__serial": 1}, 0),
            ({"licence__number": 8}, 1),
            ({"licence__asset_ptr": (self.site.pk, 8)}, 1),
            ({"licence__name": "n"}, 2),
        ):
            with self.subTest(lookup=lookup):
                self.assertSQL(Fee.objects.filter(**lookup), 1, joins)
        self.assertEqual(licence.fees.get(), licence.asset_fees.get())
        self.assertEqual(
            Asset.objects.filter(licence=("x", 1)).get().pk, (self.site.pk, 8)
        )


class RelatedTests(InheritanceTestCase):
    def test_select_related(self):
        with self.assertNumQueries(1):
            assets = Asset.objects.select_related("vehicle__truck", "house", "crane")
            kinds = [
                (hasattr(asset, "vehicle"), hasattr(asset, "house")) for asset in assets
            ]
            self.assertEqual(kinds.count((True, False)), 6)
            self.assertEqual(kinds.count((False, True)), 2)
            self.assertEqual(
                [
                    asset.vehicle.truck.load
                    for asset in assets
                    if hasattr(asset, "vehicle") and hasattr(asset.vehicle, "truck")
                ],
                [3, 4, 3, 4],
            )
        with self.assertNumQueries(1):
            for truck in Truck.objects.select_related("vehicle_ptr__asset_ptr", "site"):
                self.assertEqual(truck.vehicle_ptr.asset_ptr.name, "truck")
                self.assertEqual(truck.site.pk, truck.pk[0])
        with self.assertNumQueries(1):
            for trip in Trip.objects.select_related("truck__site", "vehicle", "cargo"):
                self.assertEqual(trip.truck.name, trip.cargo.name)
                self.assertEqual(trip.truck.site.pk, trip.vehicle.pk[0])

    def test_prefetch_related(self):
        names = ["trips", "truck_trips", "cargo_trips", "wheels", "garages", "stores"]
        with self.assertNumQueries(7):
            trucks = list(Truck.objects.prefetch_related(*names))
            for truck in trucks:
                for name in names:
                    expected = 1 if name == "wheels" or truck.number == 4 else 0
                    self.assertEqual(len(getattr(truck, name).all()), expected, name)
        with self.assertNumQueries(4):
            sites = Site.objects.prefetch_related("assets__vehicle__truck")
            loads = [
                asset.vehicle.truck.load
                for site in sites
                for asset in site.assets.all()
                if asset.number in (3, 4)
            ]
        self.assertEqual(loads, [3, 4, 3, 4])
        with self.assertNumQueries(3):
            for wheel in Wheel.objects.prefetch_related("truck__site"):
                self.assertEqual(wheel.truck.site.pk, wheel.pk[0])

    def test_managers(self):
        with self.assertNumQueries(1):
            truck, created = Truck.objects.get_or_create(
                site=self.site, number=4, defaults={"load": 9}
            )
        self.assertFalse(created)
        truck, created = Truck.objects.update_or_create(
            pk=self.key, defaults={"load": 9, "name": "x", "plate": "y"}
        )
        self.assertFalse(created)
        truck = Truck.objects.get(pk=self.key)
        self.assertEqual((truck.load, truck.name, truck.plate), (9, "x", "y"))
        truck, created = Truck.objects.update_or_create(
            pk=(self.site.pk, 9), defaults={"load": 9}
        )
        self.assertTrue(created)
        self.assertEqual(truck.asset_ptr.site, self.site)


class UpdateTests(InheritanceTestCase):
    def test_fields_of_several_tables(self):
        with self.assertNumQueries(4):
            self.assertEqual(
                Truck.objects.filter(number=4).update(name="x", plate="y", load=9), 2
            )
        self.assertEqual(Truck.objects.filter(name="x", plate="y", load=9).count(), 2)
        self.assertEqual(Asset.objects.filter(name="x").count(), 2)
        self.assertEqual(Vehicle.objects.filter(plate="y").count(), 2)

    def test_fields_of_parent(self):
        with self.assertNumQueries(2):
            self.assertEqual(Truck.objects.filter(load=4).update(name="x"), 2)
        self.assertEqual(
            [truck.number for truck in Truck.objects.filter(name="x")], [4, 4]
        )
        self.assertEqual(Truck.objects.filter(name="truck").update(plate="z"), 2)
        self.assertEqual(Truck.objects.filter(load=100).update(name="z"), 0)
        self.assertEqual(Building.objects.update(name="z"), 2)
        self.assertEqual(Asset.objects.filter(name="z").count(), 2)

    def test_fields_of_child(self):
        with self.assertNumQueries(
            1 if connection.features.update_can_self_select else 2
        ):
            self.assertEqual(Truck.objects.filter(name="truck").update(load=9), 4)
        with self.assertNumQueries(1):
            self.assertEqual(Truck.objects.filter(number=4).update(load=8), 2)

    def test_bulk_update(self):
        trucks = list(Truck.objects.all())
        for truck in trucks:
            truck.name, truck.plate, truck.load = f"n{truck.number}", "p", 1
        self.assertEqual(Truck.objects.bulk_update(trucks, ["name", "load"]), 4)
        self.assertEqual(Asset.objects.filter(name="n4").count(), 2)
        for truck in trucks:
            truck.load = truck.number
        with CaptureQueriesContext(connection) as context:
            self.assertEqual(Truck.objects.bulk_update(trucks, ["load"]), 4)
        if connection.features.supports_update_from_values:
            self.assertFalse([q for q in context if "CASE" in q["sql"]])
        self.assertEqual(Truck.objects.filter(load=F("number")).count(), 4)

    def test_bulk_create(self):
        msg = "Can't bulk create a multi-table inherited model"
        with self.assertRaisesMessage(ValueError, msg):
            Truck.objects.bulk_create([Truck(site=self.site, number=9)])


class DeletionTests(InheritanceTestCase):
    def test_child(self):
        _, deleted = self.truck.delete()
        self.assertEqual(
            {label.partition(".")[2]: count for label, count in deleted.items()},
            {
                "Truck": 1,
                "Vehicle": 1,
                "Asset": 1,
                "Wheel": 1,
                "Trip": 1,
                "Garage_vehicles": 1,
                "Garage_assets": 1,
            },
        )
        self.assertEqual(self.truck.pk, (None, None))
        self.assertFalse(Asset.objects.filter(pk=self.key))
        self.assertEqual(Truck.objects.count(), 3)
        connection.check_constraints()

    def test_keep_parents(self):
        self.truck.delete(keep_parents=True)
        self.assertFalse(Truck.objects.filter(pk=self.key))
        self.assertEqual(Vehicle.objects.get(pk=self.key).plate, "t")
        self.assertEqual(Trip.objects.count(), 1)

    def test_parent(self):
        Asset.objects.get(pk=self.key).delete()
        self.assertFalse(Truck.objects.filter(pk=self.key))
        self.assertFalse(Vehicle.objects.filter(pk=self.key))
        self.assertEqual(Truck.objects.count(), 3)

    def test_querysets(self):
        Truck.objects.filter(name="truck", number=3).delete()
        self.assertEqual(Asset.objects.filter(name="truck").count(), 2)
        Building.objects.filter(floors=3).delete()
        Crane.objects.all().delete()
        self.assertEqual(Asset.objects.count(), 6)
        Site.objects.all().delete()
        for model in (Asset, Vehicle, Truck, Building, Crane, Wheel, Trip):
            self.assertFalse(model.objects.exists())
        connection.check_constraints()

    def test_nested_objects(self):
        collector = NestedObjects(using="default")
        collector.collect([self.truck])
        found = []

        def flatten(objs):
            for obj in objs:
                flatten(obj) if isinstance(obj, list) else found.append(obj)

        flatten(collector.nested())
        self.assertCountEqual(
            [type(obj).__name__ for obj in found],
            [
                "Truck",
                "Vehicle",
                "Asset",
                "Wheel",
                "Trip",
                "Garage_vehicles",
                "Garage_assets",
            ],
        )
