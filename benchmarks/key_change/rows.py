"""
The shop's rows, made inside the database by plain SQL, and what must hold for them.

Each order has a label, and so has a copy of it whatever belongs to the order: they
say what the keys must say, before a change, after it, and back again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from servers import MARIADB

LINES = 10  # of an order
TENANTS = 100

Execute = Callable[[str], list[Any]]

# How a table refers to an order by the key that the order has.
JOINS = {
    False: "child.order_id = o.id",
    True: "child.order_tenant_id = o.tenant_id AND child.order_number = o.number",
}
TABLES = {"shop_line": LINES, "shop_shipment": 1}


def statements(vendor: str, orders: int) -> Iterator[str]:
    """Yield what fills the tables as the first migration makes them."""
    if vendor == MARIADB:
        yield f"SET SESSION max_recursive_iterations = {orders + 1}"

    def join(*parts: str) -> str:
        if vendor == MARIADB:
            return f"CONCAT({', '.join(parts)})"
        return " || ".join(parts)

    def numbers(last: int) -> str:
        return (
            "WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL "
            f"SELECT i + 1 FROM numbers WHERE i < {last}) "
        )

    divide = "DIV" if vendor == MARIADB else "/"
    number = f"((i - 1) {divide} {TENANTS} + 1)"
    # Orders that come one after another are of tenants that don't.
    tenant = f"((i * 37) % {TENANTS} + 1)"
    yield (f"INSERT INTO shop_tenant (name) {numbers(TENANTS)}SELECT i FROM numbers")
    label = join(tenant, "'/'", number)
    yield (
        f"INSERT INTO shop_order (tenant_id, number, label) {numbers(orders)}"
        f"SELECT {tenant}, {number}, {label} FROM numbers"
    )
    yield "INSERT INTO shop_tag (name) SELECT label FROM shop_order ORDER BY id DESC"
    digits = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(1, LINES + 1))
    yield (
        "INSERT INTO shop_line (order_id, position, label) "
        f"SELECT o.id, d.n, o.label FROM shop_order o CROSS JOIN ({digits}) d "
        "ORDER BY d.n, o.number, o.tenant_id"
    )
    yield (
        "INSERT INTO shop_shipment (order_id, label) SELECT id, label FROM shop_order "
        "ORDER BY number DESC, tenant_id"
    )
    # The tag that is called like the order.
    yield (
        "INSERT INTO shop_order_tags (order_id, tag_id) "
        f"SELECT o.id, {orders + 1} - o.id FROM shop_order o "
        "ORDER BY o.number, o.tenant_id"
    )


def violations(execute: Execute, orders: int, composite: bool) -> list[str]:
    """
    Return what isn't as it must be, given whether the key is the composite one.

    Labels are compared with those of the orders that the rows refer to.
    """
    found = []

    def expect(what: str, expected: int, sql: str) -> None:
        ((number,),) = execute(f"SELECT COUNT(*) FROM {sql}")
        if number != expected:
            found.append(f"{what}: {number:,} instead of {expected:,}")

    expect("orders", orders, "shop_order")
    for table, times in TABLES.items():
        expect(f"rows of {table}", orders * times, table)
        expect(
            f"rows of {table} that belong to their order",
            orders * times,
            f"{table} child JOIN shop_order o ON {JOINS[composite]} "
            "WHERE child.label = o.label",
        )
    expect("rows of shop_order_tags", orders, "shop_order_tags")
    expect(
        "tags of their order",
        orders,
        f"shop_order_tags child JOIN shop_order o ON {JOINS[composite]} "
        "JOIN shop_tag t ON child.tag_id = t.id WHERE t.name = o.label",
    )
    return found
