from django.db import models


class Warehouse(models.Model):
    pass


class Stock(models.Model):
    pk = models.CompositePrimaryKey("warehouse", "number")
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="stocks")
    number = models.IntegerField()


class Review(models.Model):
    """A plain ForeignObject, as could be had without foreign keys to a key."""

    warehouse_id = models.IntegerField(null=True)
    stock_number = models.IntegerField(null=True)
    stock = models.ForeignObject(
        Stock,
        on_delete=models.CASCADE,
        from_fields=["warehouse_id", "stock_number"],
        to_fields=["warehouse_id", "number"],
        related_name="reviews",
        null=True,
    )


class Recount(models.Model):
    """Its relation shares a column with its key."""

    pk = models.CompositePrimaryKey("warehouse_id", "id")
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="recounts")
    id = models.IntegerField()
    stock_number = models.IntegerField(null=True)
    stock = models.ForeignObject(
        Stock,
        models.CASCADE,
        from_fields=["warehouse_id", "stock_number"],
        to_fields=["warehouse_id", "number"],
        related_name="recounts",
        null=True,
    )
