"""
How much data there is, and the random values that the specification asks for.

Both contestants get the same ones: all randomness comes from seeds.
"""

from __future__ import annotations

import random
import string
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

DISTRICTS = 10
CARRIERS = 10
# Identifies no item, and makes a New-Order transaction fail (2.4.1.5).
UNUSED_ITEM = 0

ORIGINAL = "ORIGINAL"
SYLLABLES = "BAR OUGHT ABLE PRI PRES ESE ANTI CALLY ATION EING".split()

# The constants of NURand() (2.1.6.1): for last names, the one that tables are
# loaded with and the one of transactions differ by one of the values allowed.
C_LAST_LOAD, C_LAST_RUN = 123, 123 + 85
C_CUSTOMER, C_ITEM = 259, 7911


@dataclass(frozen=True)
class Scale:
    """
    How many rows the tables have.

    FULL is the specification's (1.2.1, 4.3.3.1). What is smaller has its
    proportions, and is for seeing that things work.
    """

    warehouses: int = 1
    items: int = 100_000
    # Of a district, which has as many orders as customers at first.
    customers: int = 3_000

    def __post_init__(self) -> None:
        # An order has up to 15 lines; Stock-Level looks at 20 orders.
        if self.warehouses < 1 or self.items < 20 or self.customers < 20:
            raise ValueError(f"{self} is too small.")

    @property
    def orders(self) -> int:
        return self.customers

    @property
    def new_orders(self) -> int:
        """Return how many orders of a district are not delivered yet."""
        return self.orders * 3 // 10

    @property
    def last_names(self) -> int:
        return min(self.customers, 1_000)


FULL = Scale()
QUICK = Scale(items=500, customers=60)
TINY = Scale(items=40, customers=20)


class Values:
    """A source of random values: the same ones for a seed and a purpose."""

    def __init__(self, seed: int, *purpose: object) -> None:
        self.seed = seed
        self.random = random.Random(repr((seed, *purpose)))

    def number(self, low: int, high: int) -> int:
        """Return a number of ``low`` to ``high``, both included."""
        return self.random.randint(low, high)

    def chance(self, percent: int) -> bool:
        return self.random.randint(1, 100) <= percent

    def decimal(self, low: int, high: int, places: int) -> Decimal:
        """Return a number of so many units of the last decimal place."""
        return Decimal(self.random.randint(low, high)).scaleb(-places)

    def money(self, low: int, high: int) -> Decimal:
        """Return an amount of ``low`` to ``high`` cents."""
        return self.decimal(low, high, 2)

    def text(
        self,
        low: int,
        high: int,
        characters: str = string.ascii_letters + string.digits,
    ) -> str:
        """Return a string of random characters and length (4.3.2.2)."""
        length = low if low == high else self.random.randint(low, high)
        return "".join(self.random.choices(characters, k=length))

    def digits(self, length: int) -> str:
        return self.text(length, length, string.digits)

    def data(self) -> str:
        """Return what I_DATA and S_DATA are: ORIGINAL for one in ten."""
        text = self.text(26, 50)
        if self.chance(10):
            start = self.number(0, len(text) - len(ORIGINAL))
            text = text[:start] + ORIGINAL + text[start + len(ORIGINAL) :]
        return text

    def non_uniform(self, a: int, c: int, low: int, high: int) -> int:
        """Return a number of which some are more likely: NURand(A, x, y)."""
        value = self.random.randint(0, a) | self.random.randint(low, high)
        return (value + c) % (high - low + 1) + low

    def last_name(self, scale: Scale, c: int = C_LAST_RUN) -> str:
        return last_name(self.non_uniform(255, c, 0, scale.last_names - 1))

    def customer(self, scale: Scale) -> int:
        return self.non_uniform(1023, C_CUSTOMER, 1, scale.customers)

    def item(self, scale: Scale) -> int:
        return self.non_uniform(8191, C_ITEM, 1, scale.items)

    def shuffled(self, values: Sequence[int]) -> list[int]:
        return self.random.sample(values, len(values))


def last_name(number: int) -> str:
    """Return the last name with this number, of 0 to 999 (4.3.2.3)."""
    return "".join(SYLLABLES[int(digit)] for digit in f"{number:03}")
