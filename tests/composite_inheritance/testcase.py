from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from .models import Asset, Building, Crane, Garage, Site, Trip, Truck, Vehicle, Wheel


class InheritanceTestCase(TestCase):
    """Assets of each kind, with the same numbers at two sites."""

    @classmethod
    def setUpTestData(cls):
        cls.sites = [Site.objects.create(name=name) for name in ("a", "b")]
        for site in cls.sites:
            Asset.objects.create(site=site, number=1, name="asset", value=1)
            Vehicle.objects.create(site=site, number=2, name="vehicle", plate="v")
            for number in (3, 4):
                truck = Truck.objects.create(
                    site=site, number=number, name="truck", plate="t", load=number
                )
                Wheel.objects.create(truck=truck, position=1)
            Building.objects.create(site=site, number=5, name="building", floors=3)
            Crane.objects.create(site=site, number=6, name="crane", power=1, height=2)
            Trip.objects.create(vehicle=truck, truck=truck, cargo=truck)
            garage = Garage.objects.create(name=site.name)
            garage.vehicles.add(truck)
            garage.assets.add(truck, Asset.objects.get(site=site, number=1))
        cls.site = cls.sites[0]
        cls.key = (cls.site.pk, 4)
        cls.truck = Truck.objects.get(pk=cls.key)

    def assertSQL(self, queryset, count, joins):
        """The queryset finds `count` rows with one query and as many joins."""
        with self.assertNumQueries(1), CaptureQueriesContext(connection) as context:
            self.assertEqual(len(list(queryset)), count)
        sql = context.captured_queries[0]["sql"]
        self.assertEqual(sql.count(" JOIN "), joins, sql)
