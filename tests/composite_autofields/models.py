from django.db import models


class Tenant(models.Model):
    name = models.CharField(max_length=20)


class Ticket(models.Model):
    """The common key: the number is that of the table, not of the tenant."""

    pk = models.CompositePrimaryKey("tenant", "id")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    id = models.BigAutoField()
    title = models.CharField(max_length=20)
    code = models.CharField(max_length=20, null=True, blank=True, unique=True)


class Urgent(Ticket):
    """A proxy."""

    class Meta:
        proxy = True


class Comment(models.Model):
    """Has a foreign key to a numbered model, and one in its own key."""

    pk = models.CompositePrimaryKey("ticket", "id")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE)
    id = models.AutoField()
    text = models.CharField(max_length=20)
    answers = models.ForeignKey("self", on_delete=models.SET_NULL, null=True)


class Label(models.Model):
    name = models.CharField(max_length=20)
    tickets = models.ManyToManyField(Ticket)


class Leading(models.Model):
    """The number is the first member, and another has a default."""

    pk = models.CompositePrimaryKey("number", "kind")
    kind = models.CharField(max_length=5, db_default="a")
    number = models.SmallAutoField(db_column="no.")
    note = models.CharField(max_length=20, default="")

    class Meta:
        db_table = "composite_autofields leading"


class Numbered(models.Model):
    pk = models.CompositePrimaryKey("year", "serial")
    year = models.IntegerField(db_default=2026)
    serial = models.AutoField()

    class Meta:
        abstract = True


class Invoice(Numbered):
    """The key is that of an abstract base."""

    total = models.IntegerField(default=0)


class Receipt(Invoice):
    """Inherits from a numbered model."""

    paid = models.IntegerField(default=0)


class Legacy(models.Model):
    """A table of which nothing is known."""

    pk = models.CompositePrimaryKey("tenant_id", "id")
    tenant_id = models.IntegerField()
    id = models.BigAutoField()
    title = models.CharField(max_length=20)

    class Meta:
        managed = False
        db_table = "composite_autofields_legacy"
