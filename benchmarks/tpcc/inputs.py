"""
What the users of the terminals ask for (clauses 2.4.1, 2.5.1, 2.6.1, 2.7.1, 2.8.1).

Inputs are made before the clock starts, and are the same for all contestants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Union

from tpcc.values import CARRIERS, DISTRICTS, UNUSED_ITEM, Scale, Values


@dataclass(frozen=True)
class Line:
    """An item that is ordered."""

    item: int
    warehouse: int
    quantity: int


@dataclass(frozen=True)
class NewOrder:
    kind: ClassVar[str] = "New-Order"
    warehouse: int
    district: int
    customer: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Payment:
    kind: ClassVar[str] = "Payment"
    warehouse: int
    district: int
    customer_warehouse: int
    customer_district: int
    # A number or a last name.
    customer: int | str
    amount: Decimal


@dataclass(frozen=True)
class OrderStatus:
    kind: ClassVar[str] = "Order-Status"
    warehouse: int
    district: int
    customer: int | str


@dataclass(frozen=True)
class Delivery:
    kind: ClassVar[str] = "Delivery"
    warehouse: int
    carrier: int


@dataclass(frozen=True)
class StockLevel:
    kind: ClassVar[str] = "Stock-Level"
    warehouse: int
    district: int
    threshold: int


Input = Union[NewOrder, Payment, OrderStatus, Delivery, StockLevel]

# The deck of cards from which terminals draw, shuffled anew each time it has been
# dealt (5.2.4.2): more than the least of each kind that is asked for (5.2.3).
DECK = {
    NewOrder.kind: 10,
    Payment.kind: 10,
    OrderStatus.kind: 1,
    Delivery.kind: 1,
    StockLevel.kind: 1,
}
KINDS = list(DECK)


class Terminal:
    """
    Gives inputs without end: terminal ``number`` of a run.

    A terminal has a home warehouse, and a district whose stock it looks at.
    """

    def __init__(self, scale: Scale, seed: int, number: int, part: int = 0) -> None:
        self.scale = scale
        self.values = Values(seed, "terminal", number, part)
        self.warehouse = number % scale.warehouses + 1
        self.district = number // scale.warehouses % DISTRICTS + 1

    def __iter__(self) -> Iterator[Input]:
        cards = [kind for kind, number in DECK.items() for _ in range(number)]
        make: dict[str, Callable[[], Input]] = {
            NewOrder.kind: self.new_order,
            Payment.kind: self.payment,
            OrderStatus.kind: self.order_status,
            Delivery.kind: self.delivery,
            StockLevel.kind: self.stock_level,
        }
        while True:
            self.values.random.shuffle(cards)
            for kind in cards:
                yield make[kind]()

    def new_order(self) -> NewOrder:
        district = self.values.number(1, DISTRICTS)
        customer = self.values.customer(self.scale)
        lines = [self.line() for _ in range(self.values.number(5, 15))]
        if self.values.chance(1):
            last = lines[-1]
            lines[-1] = Line(UNUSED_ITEM, last.warehouse, last.quantity)
        return NewOrder(self.warehouse, district, customer, tuple(lines))

    def line(self) -> Line:
        remote = self.values.chance(1)
        return Line(
            self.values.item(self.scale),
            self.other_warehouse() if remote else self.warehouse,
            self.values.number(1, 10),
        )

    def payment(self) -> Payment:
        district = self.values.number(1, DISTRICTS)
        warehouse, home = self.warehouse, district
        if self.values.chance(15):
            warehouse = self.other_warehouse()
            home = self.values.number(1, DISTRICTS)
        return Payment(
            self.warehouse,
            district,
            warehouse,
            home,
            self.customer(),
            self.values.money(1_00, 5_000_00),
        )

    def order_status(self) -> OrderStatus:
        district = self.values.number(1, DISTRICTS)
        return OrderStatus(self.warehouse, district, self.customer())

    def delivery(self) -> Delivery:
        return Delivery(self.warehouse, self.values.number(1, CARRIERS))

    def stock_level(self) -> StockLevel:
        threshold = self.values.number(10, 20)
        return StockLevel(self.warehouse, self.district, threshold)

    def customer(self) -> int | str:
        if self.values.chance(60):
            return self.values.last_name(self.scale)
        return self.values.customer(self.scale)

    def other_warehouse(self) -> int:
        """Return another warehouse than the terminal's, if there is one."""
        if self.scale.warehouses == 1:
            return self.warehouse
        other = self.values.number(1, self.scale.warehouses - 1)
        return other + (other >= self.warehouse)
