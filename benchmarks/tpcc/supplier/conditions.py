"""The consistency conditions 1 to 4 (clauses 3.3.2.1 to 3.3.2.4)."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Max, Min, Sum
from tpcc.supplier.models import District, NewOrder, Order, OrderLine, Warehouse


def violations() -> Iterator[str]:
    """Yield what is not consistent."""
    for warehouse in Warehouse.objects.annotate(total=Sum("districts__ytd")):
        if warehouse.ytd != warehouse.total:
            yield f"1: {warehouse} has {warehouse.ytd}, its districts {warehouse.total}"
    orders = {
        district: (last, lines)
        for district, last, lines in Order.objects.values_list("district").annotate(
            Max("number"), Sum("line_count")
        )
    }
    new_orders = {
        district: (first, last, number)
        for district, first, last, number in NewOrder.objects.values_list(
            "order__district"
        ).annotate(Min("order__number"), Max("order__number"), Count("pk"))
    }
    lines = dict(OrderLine.objects.values_list("order__district").annotate(Count("pk")))
    for district in District.objects.order_by("pk"):
        last, expected = orders[district.pk]
        if district.next_order - 1 != last:
            yield f"2: {district} expects {district.next_order}, but had {last}"
        if district.pk in new_orders:
            first, last_new, number = new_orders[district.pk]
            if last_new != last:
                yield f"2: {district} had {last}, but the last new one is {last_new}"
            if last_new - first + 1 != number:
                yield f"3: {district} has {number} new ones of {first} to {last_new}"
        if lines[district.pk] != expected:
            yield f"4: {district} has {lines[district.pk]} lines of {expected}"
