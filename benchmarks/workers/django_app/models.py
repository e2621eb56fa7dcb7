"""
The tables as Django sees them.

They are made by ``loading``, therefore none of these models is managed.
"""

from __future__ import annotations

from inspect import signature
from typing import Any

from data import COMPOSITE, SINGLE
from django.db import models

HAS_COMPOSITE_FOREIGN_KEYS = "from_fields" in signature(models.ForeignKey).parameters


def relation(to: Any) -> Any:
    """
    Return the relation from a line to the object with the composite key ``to``.

    This is the one place that says how it is spelled. The fork has foreign keys
    to composite keys, the others a ForeignObject over the same columns.
    """
    if HAS_COMPOSITE_FOREIGN_KEYS:
        return models.ForeignKey(to, models.CASCADE, related_name="lines")
    return models.ForeignObject(
        to,
        on_delete=models.CASCADE,
        from_fields=["item_tenant_id", "item_num"],
        to_fields=["tenant_id", "num"],
        related_name="lines",
    )


class Columns(models.Model):
    tenant_id = models.IntegerField()
    num = models.IntegerField()
    name = models.CharField(max_length=40)
    amount = models.IntegerField()
    batch = models.IntegerField()

    class Meta:
        abstract = True
        managed = False


class Single(Columns):
    id = models.IntegerField(primary_key=True)

    class Meta(Columns.Meta):
        abstract = True


class Composite(Columns):
    pk = models.CompositePrimaryKey("tenant_id", "num")

    class Meta(Columns.Meta):
        abstract = True


class SingleLine(models.Model):
    id = models.IntegerField(primary_key=True)
    quantity = models.IntegerField()

    class Meta:
        abstract = True
        managed = False


class CompositeLine(SingleLine):
    if not HAS_COMPOSITE_FOREIGN_KEYS:
        item_tenant_id = models.IntegerField()
        item_num = models.IntegerField()

    class Meta(SingleLine.Meta):
        abstract = True


class SingleEvent(Single):
    class Meta(Single.Meta):
        db_table = "single_event"


class SinglePair(Single):
    class Meta(Single.Meta):
        db_table = "single_pair"


class SingleItem(Single):
    class Meta(Single.Meta):
        db_table = "single_item"


class SingleItemLine(SingleLine):
    item = models.ForeignKey(SingleItem, models.CASCADE, related_name="lines")

    class Meta(SingleLine.Meta):
        db_table = "single_item_line"


class SingleTarget(Single):
    class Meta(Single.Meta):
        db_table = "single_target"


class SingleTargetLine(SingleLine):
    item = models.ForeignKey(SingleTarget, models.CASCADE, related_name="lines")

    class Meta(SingleLine.Meta):
        db_table = "single_target_line"


class CompositeEvent(Composite):
    class Meta(Composite.Meta):
        db_table = "composite_event"


class CompositePair(Composite):
    class Meta(Composite.Meta):
        db_table = "composite_pair"


class CompositeItem(Composite):
    class Meta(Composite.Meta):
        db_table = "composite_item"


class CompositeItemLine(CompositeLine):
    item = relation(CompositeItem)

    class Meta(CompositeLine.Meta):
        db_table = "composite_item_line"


class CompositeTarget(Composite):
    class Meta(Composite.Meta):
        db_table = "composite_target"


class CompositeTargetLine(CompositeLine):
    item = relation(CompositeTarget)

    class Meta(CompositeLine.Meta):
        db_table = "composite_target_line"


# By kind of key and name of the table.
MODELS: dict[tuple[str, str], Any] = {
    (SINGLE, "event"): SingleEvent,
    (SINGLE, "pair"): SinglePair,
    (SINGLE, "item"): SingleItem,
    (SINGLE, "target"): SingleTarget,
    (COMPOSITE, "event"): CompositeEvent,
    (COMPOSITE, "pair"): CompositePair,
    (COMPOSITE, "item"): CompositeItem,
    (COMPOSITE, "target"): CompositeTarget,
}
LINES: dict[str, Any] = {SINGLE: SingleItemLine, COMPOSITE: CompositeItemLine}
