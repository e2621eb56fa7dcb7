from django.db import models


class Warehouse(models.Model):
    code = models.CharField(max_length=4, primary_key=True)
    name = models.CharField(max_length=20, default="")


# Each key is that of the row above, and a number within it.


class District(models.Model):
    pk = models.CompositePrimaryKey("warehouse", "number")
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="districts")
    number = models.IntegerField()
    name = models.CharField(max_length=20, default="")


class Customer(models.Model):
    pk = models.CompositePrimaryKey("district", "number")
    district = models.ForeignKey(District, models.CASCADE, related_name="customers")
    number = models.IntegerField()
    name = models.CharField(max_length=20, default="")


class Order(models.Model):
    pk = models.CompositePrimaryKey("customer", "number")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    number = models.IntegerField()
    note = models.CharField(max_length=20, default="")


class Line(models.Model):
    pk = models.CompositePrimaryKey("order", "number")
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    number = models.IntegerField()
    amount = models.IntegerField(default=1)


class Parcel(models.Model):
    """The key of a key of a key of a key of a key."""

    pk = models.CompositePrimaryKey("line", "number")
    line = models.ForeignKey(Line, models.CASCADE, related_name="parcels")
    number = models.IntegerField()


class Payment(models.Model):
    """
    Two relations to the same chain: the order paid for is one of the customer's.
    """

    pk = models.CompositePrimaryKey("customer", "number")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="payments")
    number = models.IntegerField()
    order_number = models.IntegerField(null=True)
    order = models.ForeignKey(
        Order,
        models.SET_NULL,
        from_fields=["customer", "order_number"],
        related_name="payments",
        null=True,
    )


class Slip(models.Model):
    """A relation to the end of the chain, which isn't part of a key."""

    line = models.ForeignKey(Line, models.SET_NULL, related_name="slips", null=True)
    text = models.CharField(max_length=20, default="")


# Keys that are relations.


class Account(models.Model):
    customer = models.OneToOneField(
        Customer, models.CASCADE, primary_key=True, related_name="account"
    )
    balance = models.IntegerField(default=0)


class Card(models.Model):
    account = models.OneToOneField(
        Account, models.CASCADE, primary_key=True, related_name="card"
    )
    color = models.CharField(max_length=20, default="")


class LineProxy(Line):
    class Meta:
        proxy = True


class Booking(models.Model):
    pk = models.CompositePrimaryKey("card", "number")
    card = models.ForeignKey(Card, models.CASCADE, related_name="bookings")
    number = models.IntegerField()


# Declared before what its key is made of, by an abstract base.


class Fragment(models.Model):
    part = models.ForeignKey("Part", models.CASCADE, related_name="%(class)ss")
    position = models.IntegerField()

    class Meta:
        abstract = True


class Bolt(Fragment):
    pk = models.CompositePrimaryKey("part", "position")


class Nut(Fragment):
    pk = models.CompositePrimaryKey("position", "part")


class Part(models.Model):
    """
    Contained in another part of the same machine, by which it is identified. The
    machine's main part is one of them.
    """

    pk = models.CompositePrimaryKey("machine", "parent_number", "number")
    machine = models.ForeignKey("Machine", models.CASCADE, related_name="parts")
    number = models.IntegerField()
    parent_number = models.IntegerField()
    parent = models.ForeignKey(
        "self",
        models.DO_NOTHING,
        from_fields=["machine", "parent_number"],
        to_fields=["machine", "number"],
        related_name="children",
        # InnoDB looks for what the first part refers to, itself, before the row is
        # in the index of the unique constraint.
        db_constraint=False,
    )

    class Meta:
        unique_together = [("machine", "number")]


class Machine(models.Model):
    id = models.AutoField(primary_key=True)
    main_number = models.IntegerField(null=True)
    main = models.ForeignKey(
        Part,
        models.SET_NULL,
        from_fields=["id", "main_number"],
        to_fields=["machine", "number"],
        related_name="main_of",
        null=True,
    )


class Town(models.Model):
    pk = models.CompositePrimaryKey("country", "code")
    country = models.CharField(max_length=2)
    code = models.IntegerField()
    neighbors = models.ManyToManyField(
        "self",
        through="Road",
        through_fields=("start", "end"),
        symmetrical=False,
        related_name="neighbor_of",
    )


class Road(models.Model):
    """A key of two relations that share a column."""

    pk = models.CompositePrimaryKey("start", "end")
    country = models.CharField(max_length=2)
    start_code = models.IntegerField()
    end_code = models.IntegerField()
    start = models.ForeignKey(
        Town, models.CASCADE, from_fields=["country", "start_code"], related_name="out"
    )
    end = models.ForeignKey(
        Town, models.CASCADE, from_fields=["country", "end_code"], related_name="in_to"
    )


class Toll(models.Model):
    pk = models.CompositePrimaryKey("road", "number")
    road = models.ForeignKey(Road, models.CASCADE, related_name="tolls")
    number = models.IntegerField()
    amount = models.IntegerField(default=1)


# The same with surrogate keys, by which numbers of queries are compared.


class PlainWarehouse(models.Model):
    pass


class PlainDistrict(models.Model):
    warehouse = models.ForeignKey(PlainWarehouse, models.CASCADE)


class PlainCustomer(models.Model):
    district = models.ForeignKey(PlainDistrict, models.CASCADE)


class PlainOrder(models.Model):
    customer = models.ForeignKey(PlainCustomer, models.CASCADE)


class PlainLine(models.Model):
    order = models.ForeignKey(PlainOrder, models.CASCADE)


class PlainParcel(models.Model):
    line = models.ForeignKey(PlainLine, models.CASCADE)


class PlainPayment(models.Model):
    customer = models.ForeignKey(PlainCustomer, models.CASCADE)
    order = models.ForeignKey(PlainOrder, models.SET_NULL, null=True)


class PlainSlip(models.Model):
    line = models.ForeignKey(PlainLine, models.SET_NULL, null=True)


class PlainAccount(models.Model):
    customer = models.OneToOneField(PlainCustomer, models.CASCADE, primary_key=True)


class PlainCard(models.Model):
    account = models.OneToOneField(PlainAccount, models.CASCADE, primary_key=True)


class PlainBooking(models.Model):
    card = models.ForeignKey(PlainCard, models.CASCADE)
