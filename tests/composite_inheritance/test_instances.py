import copy
import pickle

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from .models import (
    Asset,
    AssetLease,
    Building,
    Contract,
    Crane,
    Entry,
    LeasedAsset,
    Licence,
    Permit,
    Tool,
    Truck,
    TruckProxy,
    Vehicle,
)
from .testcase import InheritanceTestCase


class LinkTests(InheritanceTestCase):
    """The links to the parents and the parents' key are one key."""

    def assertKey(self, truck, key):
        self.assertEqual(truck.pk, key)
        self.assertEqual((truck.site_id, truck.number), key)
        unset = None in key
        self.assertEqual(truck.asset_ptr_pk, None if unset else key)
        self.assertEqual(truck.vehicle_ptr_pk, None if unset else key)
        self.assertIs(truck._is_pk_set(), not unset)

    def test_constructor(self):
        key = (self.site.pk, 9)
        for truck in (
            Truck(site=self.site, number=9),
            Truck(site_id=self.site.pk, number=9),
            Truck(pk=key),
            Truck(vehicle_ptr_pk=key),
            Truck(asset_ptr_pk=key),
            Truck(vehicle_ptr=Vehicle(pk=key)),
            Truck(vehicle_ptr_asset_ptr_site_id=key[0], asset_ptr_number=9),
        ):
            self.assertKey(truck, key)
        self.assertKey(Truck(), (None, None))
        self.assertEqual(Truck(vehicle_ptr=Vehicle(pk=key, plate="p")).pk, key)

    def test_default_of_member(self):
        self.assertEqual(Entry(site=self.site).pk, (self.site.pk, 7))
        self.assertEqual(Entry().number, 7)
        self.assertEqual(Entry(None, 3).base_entry_ptr_number, 3)
        entry = Entry.objects.create(site=self.site)
        self.assertEqual(Entry.objects.get(label="").pk, entry.pk)

    def test_assignment(self):
        other = self.sites[1]
        for name, value, key in (
            ("number", 9, (self.site.pk, 9)),
            ("site", other, (other.pk, 4)),
            ("site_id", other.pk, (other.pk, 4)),
            ("pk", (other.pk, 8), (other.pk, 8)),
            ("asset_ptr_pk", (other.pk, 8), (other.pk, 8)),
            ("vehicle_ptr_pk", (other.pk, 8), (other.pk, 8)),
            ("vehicle_ptr", Vehicle(site=other, number=8), (other.pk, 8)),
            ("vehicle_ptr_asset_ptr_number", 9, (self.site.pk, 9)),
            ("asset_ptr_site_id", other.pk, (other.pk, 4)),
            ("pk", None, (None, None)),
            ("vehicle_ptr", None, (None, None)),
            ("vehicle_ptr_pk", None, (None, None)),
        ):
            with self.subTest(name=name, value=value):
                truck = Truck.objects.get(pk=self.key)
                setattr(truck, name, value)
                self.assertKey(truck, key)
        with self.assertRaisesMessage(ValueError, "'pk' must have 2 elements."):
            self.truck.pk = (1,)
        with self.assertRaisesMessage(ValueError, "'pk' must be a list or a tuple."):
            self.truck.pk = 1
        self.assertKey(self.truck, self.key)

    def test_objects_are_forgotten(self):
        truck = self.truck
        self.assertEqual(truck.site.name, "a")
        self.assertEqual(truck.asset_ptr.number, 4)
        truck.pk = (self.sites[1].pk, 3)
        self.assertEqual(truck.site.name, "b")
        self.assertEqual(truck.asset_ptr.number, 3)

    def test_parents(self):
        with self.assertNumQueries(0):
            self.assertEqual(self.truck.vehicle_ptr.plate, "t")
            self.assertEqual(self.truck.asset_ptr.name, "truck")
            self.assertIs(type(self.truck.asset_ptr), Asset)

    def test_children(self):
        asset = Asset.objects.get(pk=self.key)
        with self.assertNumQueries(2):
            self.assertEqual(asset.vehicle.truck.load, 4)
        with self.assertRaises(Asset.house.RelatedObjectDoesNotExist):
            asset.house
        self.assertEqual(Asset.objects.get(pk=(self.site.pk, 5)).house.floors, 3)
        self.assertEqual(Asset.objects.get(pk=(self.site.pk, 6)).crane.height, 2)

    def test_save(self):
        with self.assertNumQueries(4):
            Truck(site=self.site, number=9, name="n", load=1).save()
        truck = Truck.objects.get(pk=(self.site.pk, 9))
        truck.name, truck.plate, truck.load = "m", "p", 2
        with self.assertNumQueries(3):
            truck.save()
        truck = Truck.objects.get(pk=truck.pk)
        self.assertEqual((truck.name, truck.plate, truck.load), ("m", "p", 2))
        with self.assertNumQueries(1):
            truck.save(update_fields=["name"])
        with self.assertNumQueries(1):
            truck.save(update_fields=["load"])
        self.assertEqual(Truck.objects.create(pk=(self.site.pk, 10)).number, 10)
        with self.assertRaises(IntegrityError), transaction.atomic():
            Truck.objects.create(pk=self.key)

    def test_child_of_row(self):
        """A row of the parent is made one of the child."""
        asset = Asset.objects.get(pk=(self.site.pk, 1))
        vehicle = Vehicle(asset_ptr=asset, plate="x")
        vehicle.__dict__.update(
            {f.attname: getattr(asset, f.attname) for f in Asset._meta.concrete_fields}
        )
        vehicle.save()
        asset.refresh_from_db()
        self.assertEqual(asset.vehicle.plate, "x")
        self.assertEqual(asset.name, "asset")
        Vehicle(asset_ptr=Asset.objects.get(pk=(self.sites[1].pk, 1))).save_base(
            raw=True
        )
        self.assertEqual(Vehicle.objects.get(pk=(self.sites[1].pk, 1)).name, "asset")

    def test_copy(self):
        truck = Truck.objects.get(pk=self.key)
        truck.pk = None
        truck._state.adding = True
        with self.assertRaises(IntegrityError), transaction.atomic():
            truck.save()
        self.assertEqual(Truck.objects.get(pk=self.key).load, 4)
        truck.pk = (self.site.pk, 9)
        truck.save()
        self.assertEqual(Truck.objects.filter(site=self.site, load=4).count(), 2)

    def test_deferred(self):
        for name, value in (("load", 4), ("name", "truck"), ("plate", "t")):
            with self.subTest(name=name):
                with self.assertNumQueries(1):
                    truck = Truck.objects.only(name).get(pk=self.key)
                    self.assertKey(truck, self.key)
                    self.assertEqual(getattr(truck, name), value)
                with self.assertNumQueries(1):
                    truck.value
                with self.assertNumQueries(2):
                    truck = Truck.objects.defer(name).get(pk=self.key)
                    self.assertEqual(getattr(truck, name), value)
        (truck,) = Truck.objects.raw(
            f"SELECT * FROM {Truck._meta.db_table} "
            "WHERE vehicle_ptr_asset_ptr_site_id = %s "
            "AND vehicle_ptr_asset_ptr_number = %s",
            self.key,
        )
        with self.assertNumQueries(0):
            self.assertKey(truck, self.key)
            self.assertEqual(truck.load, 4)
        with self.assertNumQueries(1):
            self.assertEqual(truck.name, "truck")

    def test_refresh(self):
        truck = self.truck
        Asset.objects.filter(pk=self.key).update(name="new")
        with self.assertNumQueries(1):
            truck.refresh_from_db()
        self.assertEqual(truck.name, "new")
        Vehicle.objects.filter(pk=self.key).update(plate="new")
        with self.assertNumQueries(1):
            truck.refresh_from_db(fields=["plate"])
        self.assertEqual(truck.plate, "new")

    def test_identity(self):
        self.assertEqual(self.truck, TruckProxy.objects.get(pk=self.key))
        self.assertNotEqual(self.truck, Asset.objects.get(pk=self.key))
        self.assertEqual(hash(self.truck), hash(self.key))
        self.assertEqual(str(self.truck.pk), f'["{self.site.pk}", "4"]')
        for other in (
            pickle.loads(pickle.dumps(self.truck)),
            copy.deepcopy(self.truck),
        ):
            self.assertEqual(other, self.truck)
            self.assertKey(other, self.key)
            other.number = 12
            self.assertKey(other, (self.site.pk, 12))
            self.assertKey(self.truck, self.key)

    def test_validation(self):
        self.truck.full_clean()
        truck = Truck(site=self.site, number=4, name="n", plate="p")
        with self.assertRaises(ValidationError) as cm:
            truck.full_clean()
        self.assertEqual(
            cm.exception.message_dict["__all__"],
            ["Asset with this Site and Number already exists."],
        )
        truck.number = 9
        truck.full_clean()

    def test_explicit_link(self):
        building = Building.objects.get(pk=(self.site.pk, 5))
        self.assertEqual(building.asset_pk, building.pk)
        building.number = 9
        self.assertEqual(building.asset_pk, (self.site.pk, 9))
        self.assertEqual(building.asset_number, 9)

    def test_abstract_between(self):
        crane = Crane.objects.get(pk=(self.site.pk, 6))
        self.assertEqual((crane.name, crane.power, crane.height), ("crane", 1, 2))
        self.assertEqual(crane.asset_ptr_pk, crane.pk)


class SeveralParentsTests(InheritanceTestCase):
    """The key is that of the first parent, be it composite or not."""

    def test_composite_first(self):
        LeasedAsset.objects.create(site=self.site, number=8, name="n", terms="t")
        leased = LeasedAsset.objects.get(pk=(self.site.pk, 8))
        self.assertEqual(leased.contract_ptr_id, leased.contract_id)
        self.assertIsNotNone(leased.contract_id)
        self.assertEqual(leased._get_pk_val(Contract._meta), leased.contract_id)
        leased.pk = None
        self.assertEqual((leased.number, leased.contract_id), (None, None))
        LeasedAsset.objects.update(name="m", terms="u", rent=3)
        leased = LeasedAsset.objects.get()
        self.assertEqual((leased.name, leased.terms, leased.rent), ("m", "u", 3))
        leased.delete()
        self.assertFalse(Contract.objects.exists())
        self.assertFalse(Asset.objects.filter(number=8))

    def test_composite_second(self):
        for site in self.sites:
            AssetLease.objects.create(site=site, number=8, name="n", terms="t")
        lease = AssetLease.objects.get(site=self.site)
        self.assertEqual(lease.pk, lease.contract_id)
        self.assertEqual(lease.asset_ptr_pk, (self.site.pk, 8))
        self.assertEqual(lease._get_pk_val(Asset._meta), (self.site.pk, 8))
        self.assertSQL(AssetLease.objects.filter(pk=lease.pk, number=8), 1, 2)
        self.assertEqual(
            AssetLease.objects.values_list("pk", "asset_ptr", "name").get(pk=lease.pk),
            (lease.pk, (self.site.pk, 8), "n"),
        )
        AssetLease.objects.filter(pk=lease.pk).update(name="m", terms="u", rent=3)
        lease = AssetLease.objects.get(pk=lease.pk)
        self.assertEqual((lease.name, lease.terms, lease.rent), ("m", "u", 3))
        lease.name = "k"
        lease.save()
        self.assertEqual(Asset.objects.get(pk=(self.site.pk, 8)).name, "k")
        self.assertEqual(Asset.objects.filter(name="n").count(), 1)
        lease.number = 9
        self.assertEqual(lease.asset_ptr_pk, (self.site.pk, 9))
        lease.pk = None
        self.assertEqual((lease.contract_id, lease.number), (None, None))
        self.assertFalse(lease._is_pk_set())
        AssetLease.objects.get(site=self.site).delete()
        self.assertEqual(Contract.objects.count(), 1)
        self.assertEqual(Asset.objects.filter(number=8).count(), 1)


class OwnKeyTests(InheritanceTestCase):
    """The key of a child isn't that of its parent."""

    def create(self, model, number, **kwargs):
        for site in self.sites:
            name = f"{site.name}{number}"
            kwargs[("code" if model is Tool else "authority")] = name
            model.objects.create(site=site, number=number, name=name, **kwargs)
        return model.objects.get(name=f"a{number}")

    def test_composite(self):
        for model, number in ((Licence, 7), (Permit, 8)):
            with self.subTest(model=model.__name__):
                obj = self.create(model, number, serial=1, holder="h")
                key = (f"a{number}", 1)
                parent_key = (self.site.pk, number)
                self.assertEqual(obj.pk, key)
                self.assertEqual(obj.asset_ptr_pk, parent_key)
                self.assertEqual(obj._get_pk_val(Asset._meta), parent_key)
                self.assertEqual(model.objects.get(pk=key), obj)
                self.assertEqual(
                    model.objects.values_list("pk", "asset_ptr", "name").get(pk=key),
                    (key, parent_key, f"a{number}"),
                )
                self.assertEqual(model.objects.filter(number=number).count(), 2)
                self.assertEqual(model.objects.order_by("-pk").last(), obj)
                self.assertCountEqual(model.objects.in_bulk([key]), [key])
                obj.full_clean()
                self.check_writes(obj, key)

    def test_single(self):
        obj = self.create(Tool, 7)
        self.assertEqual(obj.pk, "a7")
        self.assertEqual(obj.asset_pk, (self.site.pk, 7))
        self.assertEqual(Tool.objects.get(pk="a7"), obj)
        obj.full_clean()
        self.check_writes(obj, "a7")

    def check_writes(self, obj, key):
        model = type(obj)
        number = obj.number
        self.assertEqual(model.objects.filter(pk=key).update(name="x", value=3), 1)
        self.assertEqual(Asset.objects.get(name="x").number, number)
        obj = model.objects.get(pk=key)
        obj.name = "y"
        obj.save()
        self.assertEqual(Asset.objects.get(name="y").pk, (self.site.pk, number))
        obj = model.objects.only("name").get(pk=key)
        self.assertEqual((obj.number, obj.pk), (number, key))
        copied = model.objects.get(pk=key)
        copied.pk = None
        self.assertIsNone(copied.number)
        self.assertFalse(copied._is_pk_set())
        self.assertFalse(copied._is_pk_set(Asset._meta))
        asset = Asset.objects.get(pk=(self.site.pk, number))
        children = {Tool: "tool", Licence: "licence", Permit: "licence"}
        self.assertEqual(getattr(asset, children[model]).name, "y")
        count = Asset.objects.count()
        obj.delete()
        self.assertEqual(Asset.objects.count(), count - 1)
        self.assertEqual(model.objects.filter(number=number).count(), 1)

    def test_unset_key_of_parent(self):
        obj = Tool(code="x", name="n")
        self.assertTrue(obj._is_pk_set())
        self.assertFalse(obj._is_pk_set(Asset._meta))
        with self.assertRaises(IntegrityError), transaction.atomic():
            obj.save()
        self.assertEqual(obj.pk, "x")
        licence = Licence(pk=("x", 1), name="n")
        with self.assertRaises(IntegrityError), transaction.atomic():
            licence.save()
        self.assertEqual(licence.pk, ("x", 1))
