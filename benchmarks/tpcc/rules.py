"""What the transactions of both contestants compute without the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from tpcc.inputs import Payment
from tpcc.values import ORIGINAL

T = TypeVar("T")
# What is displayed: values in lists, which are lists for JSON.
Output = list[Any]


class RolledBack(Exception):
    """A New-Order transaction with an unused item number: nothing is written."""

    def __init__(self, output: Output) -> None:
        super().__init__(output)
        self.output = output


def taken(stock: int, quantity: int) -> int:
    """Return what is in stock after an order (2.4.2.2)."""
    if stock - quantity >= 10:
        return stock - quantity
    return stock - quantity + 91


def brand(item_data: str, stock_data: str) -> str:
    return "B" if ORIGINAL in item_data and ORIGINAL in stock_data else "G"


def middle(customers: Sequence[T]) -> T:
    """Return the customer in the middle, rounded up, of those with a last name."""
    found = list(customers)
    return found[(len(found) - 1) // 2]


def bad_credit_data(customer: Sequence[int], asked: Payment, data: str) -> str:
    """Return C_DATA with the payment in front of it (2.5.2.2)."""
    warehouse, district, number = customer
    payment = (
        f"{number} {district} {warehouse} {asked.district} {asked.warehouse} "
        f"{asked.amount} "
    )
    return (payment + data)[:500]
