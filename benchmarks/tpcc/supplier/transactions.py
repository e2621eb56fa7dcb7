"""
The five transactions (clauses 2.4 to 2.8), as a user of Django writes them.

Each returns what the terminal displays, without dates. Statements are in an order
in which transactions do not lock each other out: a district's row comes before
its customers', the row of a warehouse, on which all payments wait, is the last,
and stocks are locked in the order of their keys.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, Min, Sum, When
from tpcc import inputs
from tpcc.rules import Output, RolledBack, bad_credit_data, brand, middle, taken
from tpcc.supplier.models import (
    Customer,
    District,
    History,
    Item,
    NewOrder,
    Order,
    OrderLine,
    Stock,
    Warehouse,
)


def locked(queryset: Any) -> Any:
    """Lock rows that are not going to get other keys, as UPDATE does."""
    no_key = connection.features.has_select_for_no_key_update
    return queryset.select_for_update(no_key=no_key)


@transaction.atomic
def new_order(asked: inputs.NewOrder) -> Output:
    district_pk = (asked.warehouse, asked.district)
    District.objects.filter(pk=district_pk).update(next_order=F("next_order") + 1)
    customer = (
        Customer.objects.select_related("district__warehouse")
        .only(
            "last",
            "credit",
            "discount",
            "district__tax",
            "district__next_order",
            "district__warehouse__tax",
        )
        .get(pk=(*district_pk, asked.customer))
    )
    district = customer.district
    items = Item.objects.in_bulk({line.item for line in asked.lines})
    stocks = {
        (stock.warehouse_id, stock.item_id): stock
        for stock in locked(
            Stock.objects.filter(
                pk__in={(line.warehouse, line.item) for line in asked.lines}
            )
        ).order_by("pk")
    }
    order = Order(
        district=district,
        number=district.next_order - 1,
        customer=customer,
        entry_date=datetime.datetime.now(),
        line_count=len(asked.lines),
        all_local=int(all(line.warehouse == asked.warehouse for line in asked.lines)),
    )
    lines, shown = [], []
    for number, line in enumerate(asked.lines, 1):
        item = items.get(line.item)
        if item is None:
            continue
        stock = stocks[line.warehouse, line.item]
        stock.quantity = taken(stock.quantity, line.quantity)
        stock.ytd += line.quantity
        stock.order_count += 1
        stock.remote_count += line.warehouse != asked.warehouse
        amount = item.price * line.quantity
        lines.append(
            OrderLine(
                order_pk=order.pk,
                number=number,
                stock_pk=(line.warehouse, line.item),
                quantity=line.quantity,
                amount=amount,
                district_info=getattr(stock, f"district_{asked.district:02}"),
            )
        )
        kind = brand(item.data, stock.data)
        shown.append([item.name, stock.quantity, kind, item.price, amount])
    Stock.objects.bulk_update(
        stocks.values(), ["quantity", "ytd", "order_count", "remote_count"]
    )
    order.save(force_insert=True)
    NewOrder.objects.create(order=order)
    OrderLine.objects.bulk_create(lines)
    if len(lines) < len(asked.lines):
        raise RolledBack([customer.last, customer.credit, order.number])
    total = sum(line.amount for line in lines) * (1 - customer.discount)
    total *= 1 + district.warehouse.tax + district.tax
    return [customer.last, customer.credit, order.number, total, shown]


@transaction.atomic
def payment(asked: inputs.Payment) -> Output:
    district_pk = (asked.warehouse, asked.district)
    District.objects.filter(pk=district_pk).update(ytd=F("ytd") + asked.amount)
    district = (
        District.objects.select_related("warehouse")
        .only("name", "warehouse__name")
        .get(pk=district_pk)
    )
    customer = find_customer(
        locked(Customer.objects),
        (asked.customer_warehouse, asked.customer_district),
        asked.customer,
    )
    customer.balance -= asked.amount
    customer.ytd_payment += asked.amount
    customer.payment_count += 1
    changed = ["balance", "ytd_payment", "payment_count"]
    if customer.credit == "BC":
        customer.data = bad_credit_data(customer.pk, asked, customer.data)
        changed.append("data")
    customer.save(update_fields=changed)
    History.objects.create(
        customer=customer,
        district=district,
        date=datetime.datetime.now(),
        amount=asked.amount,
        data=f"{district.warehouse.name}    {district.name}",
    )
    Warehouse.objects.filter(pk=asked.warehouse).update(ytd=F("ytd") + asked.amount)
    return [customer.number, customer.first, customer.balance, customer.data[:200]]


@transaction.atomic
def order_status(asked: inputs.OrderStatus) -> Output:
    customer = find_customer(
        Customer.objects, (asked.warehouse, asked.district), asked.customer
    )
    order = customer.orders.order_by("-number").first()
    if order is None:
        return [customer.number, customer.balance]
    return [
        customer.number,
        customer.balance,
        order.number,
        order.carrier,
        [
            [line.stock_pk, line.quantity, line.amount, line.delivery_date is None]
            for line in order.lines.order_by("number")
        ],
    ]


@transaction.atomic
def delivery(asked: inputs.Delivery) -> Output:
    now = datetime.datetime.now()
    orders = [new.order for new in oldest_new_orders(asked.warehouse)]
    if not orders:
        return []
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(
        carrier=asked.carrier
    )
    lines = OrderLine.objects.filter(order__in=orders)
    lines.update(delivery_date=now)
    totals = dict(lines.values_list("order").annotate(Sum("amount")))
    # There is one customer in each district.
    total = Case(
        *(
            When(district_number=order.district_number, then=totals[order.pk])
            for order in orders
        )
    )
    customers = [order.customer_pk for order in orders]
    Customer.objects.filter(pk__in=customers).update(
        balance=F("balance") + total, delivery_count=F("delivery_count") + 1
    )
    NewOrder.objects.filter(order__in=orders).delete()
    return sorted([*order.pk, totals[order.pk]] for order in orders)


@transaction.atomic
def stock_level(asked: inputs.StockLevel) -> Output:
    district_pk = (asked.warehouse, asked.district)
    district = District.objects.only("next_order").get(pk=district_pk)
    lines = OrderLine.objects.filter(
        order__district=district,
        order__number__gte=district.next_order - 20,
        order__number__lt=district.next_order,
    )
    low = Stock.objects.filter(
        warehouse=asked.warehouse,
        item__in=lines.values("stock__item"),
        quantity__lt=asked.threshold,
    )
    return [low.count()]


def find_customer(customers: Any, district_pk: Any, asked: int | str) -> Customer:
    """Return the customer with a number, or the middle one of a last name."""
    if isinstance(asked, int):
        return customers.get(pk=(*district_pk, asked))
    return middle(customers.filter(district=district_pk, last=asked).order_by("first"))


def oldest_new_orders(warehouse: int) -> list[NewOrder]:
    """Return the oldest order that is not delivered of each district, locked."""
    waiting = NewOrder.objects.filter(order__district__warehouse=warehouse)
    oldest = waiting.values("order__district").annotate(Min("order__number"))
    orders = NewOrder.objects.select_related("order").filter(order__in=oldest)
    while True:
        found = list(locked(orders))
        # If another delivery was waited for, those that were the oldest are gone.
        if found or not waiting.exists():
            return found


BY_KIND: dict[str, Callable[[Any], Output]] = {
    inputs.NewOrder.kind: new_order,
    inputs.Payment.kind: payment,
    inputs.OrderStatus.kind: order_status,
    inputs.Delivery.kind: delivery,
    inputs.StockLevel.kind: stock_level,
}
