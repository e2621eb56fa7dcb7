"""States of a shop whose orders have one key or another."""

from composite_relations.projects import fk, model

from django.db import models

AUTO = {"id": models.BigAutoField(primary_key=True, auto_created=True)}
KEY = {"pk": models.CompositePrimaryKey("tenant", "number")}


def tenant():
    return model("Tenant", **AUTO)


def order(**fields):
    """An order without its key."""
    return model(
        "Order", **{"tenant": fk("Tenant"), "number": models.IntegerField(), **fields}
    )


def line(**fields):
    return model("Line", **{**AUTO, "order": fk("Order"), **fields})
