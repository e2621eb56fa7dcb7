from django.db import models


class Site(models.Model):
    name = models.CharField(max_length=20)


class Asset(models.Model):
    """The parent: a key of two columns."""

    pk = models.CompositePrimaryKey("site", "number")
    site = models.ForeignKey(Site, models.CASCADE, related_name="assets")
    number = models.IntegerField()
    name = models.CharField(max_length=20, default="")
    value = models.IntegerField(default=0)

    class Meta:
        ordering = ["site", "number"]


class Vehicle(Asset):
    """An implicit link to the parent."""

    plate = models.CharField(max_length=20, default="")


class Truck(Vehicle):
    """A second level."""

    load = models.IntegerField(default=0)


class Building(Asset):
    """An explicit link to the parent."""

    asset = models.OneToOneField(
        Asset, models.CASCADE, parent_link=True, primary_key=True, related_name="house"
    )
    floors = models.IntegerField(default=1)


class AbstractMachine(Asset):
    """Abstract between two tables."""

    power = models.IntegerField(default=0)

    class Meta:
        abstract = True


class Crane(AbstractMachine):
    height = models.IntegerField(default=0)


class TruckProxy(Truck):
    class Meta:
        proxy = True


class Contract(models.Model):
    """A parent with a key of a single column."""

    contract_id = models.AutoField(primary_key=True)
    terms = models.CharField(max_length=20, default="")


class LeasedAsset(Asset, Contract):
    """Two parents: the key is that of the first."""

    rent = models.IntegerField(default=0)


class AssetLease(Contract, Asset):
    """Two parents: the key is that of the first."""

    rent = models.IntegerField(default=0)


class Trip(models.Model):
    """Relations to the child and to the parent."""

    vehicle = models.ForeignKey(
        Vehicle, models.CASCADE, related_name="trips", null=True
    )
    truck = models.ForeignKey(
        Truck, models.CASCADE, related_name="truck_trips", null=True
    )
    cargo = models.ForeignKey(
        Asset, models.SET_NULL, related_name="cargo_trips", null=True
    )


class Garage(models.Model):
    name = models.CharField(max_length=20)
    vehicles = models.ManyToManyField(Vehicle, related_name="garages")
    assets = models.ManyToManyField(Asset, related_name="stores")


class Wheel(models.Model):
    """A key made of a relation to a child."""

    pk = models.CompositePrimaryKey("truck", "position")
    truck = models.ForeignKey(Truck, models.CASCADE, related_name="wheels")
    position = models.IntegerField()


class Licence(Asset):
    """A key of its own, and a link to the parent beside it."""

    pk = models.CompositePrimaryKey("authority", "serial")
    authority = models.CharField(max_length=10)
    serial = models.IntegerField()
    holder = models.CharField(max_length=20, default="")


class Permit(Licence):
    """A level below that, whose key is the second one."""

    days = models.IntegerField(default=1)


class Tool(Asset):
    """A key of a single column, and a link to the parent beside it."""

    code = models.CharField(max_length=10, primary_key=True)
    asset = models.OneToOneField(Asset, models.CASCADE, parent_link=True)


class Fee(models.Model):
    """Relations to a child with a key of its own and to its parent."""

    licence = models.ForeignKey(Licence, models.CASCADE, related_name="fees")
    asset = models.ForeignKey(
        Asset, models.CASCADE, related_name="asset_fees", null=True
    )


class BaseEntry(models.Model):
    """A key with a default."""

    pk = models.CompositePrimaryKey("site", "number")
    site = models.ForeignKey(Site, models.CASCADE)
    number = models.IntegerField(default=7)
    label = models.CharField(max_length=20, default="")


class Entry(BaseEntry):
    base_entry_ptr = models.OneToOneField(
        BaseEntry, models.CASCADE, parent_link=True, primary_key=True
    )
    text = models.CharField(max_length=20, default="")


# The same with a key of two columns and of one, by which queries are compared.


class Root(models.Model):
    pk = models.CompositePrimaryKey("x", "y")
    x = models.IntegerField()
    y = models.IntegerField()
    name = models.CharField(max_length=20, default="")


class Branch(Root):
    length = models.IntegerField(default=0)


class Leaf(Branch):
    color = models.CharField(max_length=20, default="")


class LeafMark(models.Model):
    leaf = models.ForeignKey(Leaf, models.CASCADE)


class RootMark(models.Model):
    root = models.ForeignKey(Root, models.SET_NULL, null=True)


class PlainRoot(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=20, default="")


class PlainBranch(PlainRoot):
    length = models.IntegerField(default=0)


class PlainLeaf(PlainBranch):
    color = models.CharField(max_length=20, default="")


class PlainLeafMark(models.Model):
    leaf = models.ForeignKey(PlainLeaf, models.CASCADE)


class PlainRootMark(models.Model):
    root = models.ForeignKey(PlainRoot, models.SET_NULL, null=True)
