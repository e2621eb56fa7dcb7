"""
The rows that the tables are filled with (clause 4.3.3.1).

Rows are dicts by the names of the columns, for whoever inserts them.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from tpcc.values import C_LAST_LOAD, CARRIERS, DISTRICTS, Scale, Values, last_name

Row = dict[str, Any]

# "The current date": the same one for all contestants.
DATE = datetime.datetime(2026, 1, 1)
PAYMENT = Decimal("10.00")


def rows(table: str, scale: Scale, seed: int) -> Iterator[Row]:
    """Return the rows of a table, in the order of their keys."""
    return TABLES[table](Values(seed, table), scale)


def _address(values: Values) -> Row:
    return {
        "street_1": values.text(10, 20),
        "street_2": values.text(10, 20),
        "city": values.text(10, 20),
        "state": values.text(2, 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        "zip": values.digits(4) + "11111",
    }


def _items(values: Values, scale: Scale) -> Iterator[Row]:
    for number in range(1, scale.items + 1):
        yield {
            "id": number,
            "image": values.number(1, 10_000),
            "name": values.text(14, 24),
            "price": values.money(1_00, 100_00),
            "data": values.data(),
        }


def _warehouses(values: Values, scale: Scale) -> Iterator[Row]:
    for number in range(1, scale.warehouses + 1):
        yield {
            "id": number,
            "name": values.text(6, 10),
            **_address(values),
            "tax": values.decimal(0, 2_000, 4),
            # What the customers have paid: 300,000.00 with 3,000 of them.
            "ytd": PAYMENT * scale.customers * DISTRICTS,
        }


def _districts(values: Values, scale: Scale) -> Iterator[Row]:
    for warehouse in range(1, scale.warehouses + 1):
        for number in range(1, DISTRICTS + 1):
            yield {
                "warehouse_id": warehouse,
                "number": number,
                "name": values.text(6, 10),
                **_address(values),
                "tax": values.decimal(0, 2_000, 4),
                "ytd": PAYMENT * scale.customers,
                "next_order": scale.orders + 1,
            }


def _stocks(values: Values, scale: Scale) -> Iterator[Row]:
    for warehouse in range(1, scale.warehouses + 1):
        for item in range(1, scale.items + 1):
            yield {
                "warehouse_id": warehouse,
                "item_id": item,
                "quantity": values.number(10, 100),
                **{
                    f"district_{number:02}": values.text(24, 24)
                    for number in range(1, DISTRICTS + 1)
                },
                "ytd": 0,
                "order_count": 0,
                "remote_count": 0,
                "data": values.data(),
            }


def _in_districts(scale: Scale, prefix: str = "") -> Iterator[Row]:
    """Return the columns that say which district it is, for each of them."""
    for warehouse in range(1, scale.warehouses + 1):
        for number in range(1, DISTRICTS + 1):
            yield {
                f"{prefix}district_warehouse_id": warehouse,
                f"{prefix}district_number": number,
            }


def _customers(values: Values, scale: Scale) -> Iterator[Row]:
    for district in _in_districts(scale):
        for number in range(1, scale.customers + 1):
            yield {
                **district,
                "number": number,
                "first": values.text(8, 16),
                "middle": "OE",
                "last": (
                    last_name(number - 1)
                    if number <= 1_000
                    else values.last_name(scale, C_LAST_LOAD)
                ),
                **_address(values),
                "phone": values.digits(16),
                "since": DATE,
                "credit": "BC" if values.chance(10) else "GC",
                "credit_limit": Decimal("50000.00"),
                "discount": values.decimal(0, 5_000, 4),
                "balance": -PAYMENT,
                "ytd_payment": PAYMENT,
                "payment_count": 1,
                "delivery_count": 0,
                "data": values.text(300, 500),
            }


def _payments(values: Values, scale: Scale) -> Iterator[Row]:
    for district in _in_districts(scale):
        for number in range(1, scale.customers + 1):
            yield {
                **{f"customer_{name}": value for name, value in district.items()},
                "customer_number": number,
                **district,
                "date": DATE,
                "amount": PAYMENT,
                "data": values.text(12, 24),
            }


def _is_delivered(number: int, scale: Scale) -> bool:
    return number <= scale.orders - scale.new_orders


def _orders(values: Values, scale: Scale) -> Iterator[Row]:
    for district in _in_districts(scale):
        customers = values.shuffled(range(1, scale.customers + 1))
        for number, customer in enumerate(customers, 1):
            carrier = values.number(1, CARRIERS)
            yield {
                **district,
                "number": number,
                "customer_number": customer,
                "entry_date": DATE,
                "carrier": carrier if _is_delivered(number, scale) else None,
                "line_count": values.number(5, 15),
                "all_local": 1,
            }


def _lines(values: Values, scale: Scale) -> Iterator[Row]:
    for order in rows("Order", scale, values.seed):
        delivered = order["carrier"] is not None
        for number in range(1, order["line_count"] + 1):
            yield {
                "order_district_warehouse_id": order["district_warehouse_id"],
                "order_district_number": order["district_number"],
                "order_number": order["number"],
                "number": number,
                "stock_warehouse_id": order["district_warehouse_id"],
                "stock_item_id": values.number(1, scale.items),
                "delivery_date": DATE if delivered else None,
                "quantity": 5,
                "amount": Decimal("0.00") if delivered else values.money(1, 9_999_99),
                "district_info": values.text(24, 24),
            }


def _new_orders(values: Values, scale: Scale) -> Iterator[Row]:
    for district in _in_districts(scale, "order_"):
        for number in range(1, scale.orders + 1):
            if not _is_delivered(number, scale):
                yield {**district, "order_number": number}


# In an order in which nothing refers to what is not there yet.
TABLES: dict[str, Callable[[Values, Scale], Iterator[Row]]] = {
    "Item": _items,
    "Warehouse": _warehouses,
    "District": _districts,
    "Stock": _stocks,
    "Customer": _customers,
    "History": _payments,
    "Order": _orders,
    "OrderLine": _lines,
    "NewOrder": _new_orders,
}
