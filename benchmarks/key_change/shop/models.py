"""A shop in which an order was ``id``, and is (tenant, number)."""

from __future__ import annotations

from django.db import models


class Tenant(models.Model):
    name = models.CharField(max_length=20)


class Tag(models.Model):
    name = models.CharField(max_length=20)


class Order(models.Model):
    pk = models.CompositePrimaryKey("tenant", "number")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    number = models.IntegerField()
    # What it will be known by, whatever its key is: "tenant/number".
    label = models.CharField(max_length=20)
    tags = models.ManyToManyField(Tag, related_name="orders")


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.SmallIntegerField()
    # A copy of the order's.
    label = models.CharField(max_length=20)


class Shipment(models.Model):
    order = models.OneToOneField(Order, on_delete=models.CASCADE)
    label = models.CharField(max_length=20)
