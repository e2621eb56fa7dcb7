from django.db import models


class CurrentManager(models.Manager):
    """Is used by migrations, too."""

    use_in_migrations = True

    def with_note(self):
        return self.exclude(note="")


class Shop(models.Model):
    name = models.CharField(max_length=20)


class Customer(models.Model):
    """A key with a shop."""

    pk = models.CompositePrimaryKey("shop", "number")
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="customers")
    number = models.IntegerField()
    name = models.CharField(max_length=20, blank=True)
    since = models.DateField(null=True, blank=True)

    class Meta:
        get_latest_by = "since"
        constraints = [
            models.UniqueConstraint(fields=["shop", "name"], name="customer_name")
        ]


class Member(Customer):
    """Has another table."""

    points = models.IntegerField(default=0)


class Order(models.Model):
    """A key made of a relation."""

    pk = models.CompositePrimaryKey("customer", "number")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    number = models.IntegerField()
    placed = models.DateTimeField()
    note = models.CharField(max_length=20, blank=True)

    objects = CurrentManager()

    class Meta:
        get_latest_by = "pk"


class Line(models.Model):
    """A key made of a relation to such a key."""

    pk = models.CompositePrimaryKey("order", "position")
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.IntegerField()
    amount = models.IntegerField(default=1)


class Invoice(models.Model):
    """Two relations that create their columns, one of which may be NULL."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="invoices")
    payer = models.ForeignKey(
        Customer, models.SET_NULL, related_name="invoices", null=True, blank=True
    )
    number = models.IntegerField(default=0)
    date = models.DateField()

    class Meta:
        unique_together = [("order", "number")]


class Card(models.Model):
    """A key that is a relation."""

    customer = models.OneToOneField(
        Customer, models.CASCADE, related_name="card", primary_key=True
    )
    color = models.CharField(max_length=20, default="red")


class Greeting(models.Model):
    """A relation to a unique set of fields which isn't the key."""

    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        to_fields=["shop", "name"],
        related_name="greetings",
    )


class Step(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="steps")
    name = models.CharField(max_length=20)

    class Meta:
        order_with_respect_to = "order"


class Plan(models.Model):
    """Another model may be used in its place."""

    pk = models.CompositePrimaryKey("customer", "year")
    customer = models.ForeignKey(Customer, models.CASCADE)
    year = models.IntegerField()

    class Meta:
        swappable = "COMPOSITE_API_PLAN_MODEL"
