"""
The nine tables of TPC-C (revision 5.11, clause 1.3), with the specification's keys.

Each key contains the key of what the row belongs to, and no table has an id that
the specification does not have::

    Warehouse                       id
    ├── District                    (warehouse, number)
    │   └── Customer                (district, number)
    │       ├── History             (customer, date)
    │       └─╴Order                (district, number)
    │           ├── NewOrder        (order)
    │           └── OrderLine       (order, number)
    └── Stock                       (warehouse, item)
    Item                            id

HISTORY has no key in the specification, and a model of Django's must have one.
What it has here are columns that are in the table anyway: a customer does not pay
twice in the same microsecond, as each payment locks the customer's row before it
looks at the clock.

"Fixed text" is stored as text of that length at most. What the specification
calls unsigned, and every identifier, is a signed integer that is large enough.
"""

from __future__ import annotations

from django.db import models


def money(digits: int) -> models.DecimalField:
    return models.DecimalField(max_digits=digits, decimal_places=2)


def rate() -> models.DecimalField:
    return models.DecimalField(max_digits=4, decimal_places=4)


class Address(models.Model):
    street_1 = models.CharField(max_length=20)
    street_2 = models.CharField(max_length=20)
    city = models.CharField(max_length=20)
    state = models.CharField(max_length=2)
    zip = models.CharField(max_length=9)

    class Meta:
        abstract = True


class Warehouse(Address):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=10)
    tax = rate()
    ytd = money(12)


class District(Address):
    pk = models.CompositePrimaryKey("warehouse", "number")
    # Keys that start with the column are its index, here and in Stock.
    warehouse = models.ForeignKey(
        Warehouse, models.CASCADE, related_name="districts", db_index=False
    )
    number = models.SmallIntegerField()
    name = models.CharField(max_length=10)
    tax = rate()
    ytd = money(12)
    next_order = models.IntegerField()


class Customer(Address):
    pk = models.CompositePrimaryKey("district", "number")
    district = models.ForeignKey(District, models.CASCADE, related_name="customers")
    number = models.IntegerField()
    first = models.CharField(max_length=16)
    middle = models.CharField(max_length=2)
    last = models.CharField(max_length=16)
    phone = models.CharField(max_length=16)
    since = models.DateTimeField()
    credit = models.CharField(max_length=2)
    credit_limit = money(12)
    discount = rate()
    balance = money(12)
    ytd_payment = money(12)
    payment_count = models.SmallIntegerField()
    delivery_count = models.SmallIntegerField()
    data = models.CharField(max_length=500)

    class Meta:
        indexes = [
            models.Index(fields=["district", "last", "first"], name="customer_name")
        ]


class History(models.Model):
    pk = models.CompositePrimaryKey("customer", "date")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="payments")
    # Where it was paid, which need not be the customer's own district.
    district = models.ForeignKey(District, models.CASCADE, related_name="payments")
    date = models.DateTimeField()
    amount = money(6)
    data = models.CharField(max_length=24)


class Order(models.Model):
    pk = models.CompositePrimaryKey("district", "number")
    district = models.ForeignKey(District, models.CASCADE, related_name="orders")
    number = models.IntegerField()
    # A customer of the district, by two of its columns.
    customer_number = models.IntegerField()
    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="orders",
        from_fields=["district", "customer_number"],
        to_fields=["district", "number"],
    )
    entry_date = models.DateTimeField()
    carrier = models.SmallIntegerField(null=True)
    line_count = models.SmallIntegerField()
    all_local = models.SmallIntegerField()


class NewOrder(models.Model):
    order = models.OneToOneField(
        Order, models.CASCADE, related_name="new_order", primary_key=True
    )


class Item(models.Model):
    id = models.IntegerField(primary_key=True)
    image = models.IntegerField()
    name = models.CharField(max_length=24)
    price = money(5)
    data = models.CharField(max_length=50)


class Stock(models.Model):
    pk = models.CompositePrimaryKey("warehouse", "item")
    warehouse = models.ForeignKey(
        Warehouse, models.CASCADE, related_name="stocks", db_index=False
    )
    item = models.ForeignKey(Item, models.CASCADE, related_name="stocks")
    quantity = models.SmallIntegerField()
    district_01 = models.CharField(max_length=24)
    district_02 = models.CharField(max_length=24)
    district_03 = models.CharField(max_length=24)
    district_04 = models.CharField(max_length=24)
    district_05 = models.CharField(max_length=24)
    district_06 = models.CharField(max_length=24)
    district_07 = models.CharField(max_length=24)
    district_08 = models.CharField(max_length=24)
    district_09 = models.CharField(max_length=24)
    district_10 = models.CharField(max_length=24)
    ytd = models.IntegerField()
    order_count = models.SmallIntegerField()
    remote_count = models.SmallIntegerField()
    data = models.CharField(max_length=50)


class OrderLine(models.Model):
    pk = models.CompositePrimaryKey("order", "number")
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    number = models.SmallIntegerField()
    # The item, and the warehouse that supplies it.
    stock = models.ForeignKey(Stock, models.CASCADE, related_name="lines")
    delivery_date = models.DateTimeField(null=True)
    quantity = models.SmallIntegerField()
    amount = money(6)
    district_info = models.CharField(max_length=24)
