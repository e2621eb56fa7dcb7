from django.db import models
from django.urls import reverse


class Item(models.Model):
    pk = models.CompositePrimaryKey("code", "number")
    code = models.CharField(max_length=300)
    number = models.IntegerField()
    name = models.CharField(max_length=20)
    day = models.DateField(null=True)

    def get_absolute_url(self):
        return reverse("item", args=[self.pk])


class Part(models.Model):
    """A key that contains the key of the item."""

    pk = models.CompositePrimaryKey("item", "position")
    item = models.ForeignKey(Item, models.CASCADE, related_name="parts")
    position = models.IntegerField()

    def get_absolute_url(self):
        return reverse("part", kwargs={"pk": self.pk})


class Event(models.Model):
    pk = models.CompositePrimaryKey("uid", "at", "day", "price")
    uid = models.UUIDField()
    at = models.DateTimeField()
    day = models.DateField()
    price = models.DecimalField(max_digits=9, decimal_places=2)


class Tag(models.Model):
    """A single key of text."""

    name = models.CharField(max_length=255, primary_key=True)
