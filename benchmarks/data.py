"""
The rows that every contestant works on, and the keys that it is asked for.

Each table exists twice with the same rows: ``composite_…`` with the primary key
(tenant_id, num), and ``single_…`` with the primary key id and the same columns
beside it. Rows and keys follow from their number alone, so that processes agree
on them without telling each other.

This module is imported by every process, in every environment, and therefore
needs nothing but Python.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

# Which of the two tables a question is about.
COMPOSITE, SINGLE = "composite", "single"
KEYS = (SINGLE, COMPOSITE)


@dataclass(frozen=True)
class Table:
    """A table whose row number i (from 0) has the key that ``key`` returns."""

    name: str
    rows: int
    # How many distinct values the leading member of the composite key has.
    tenants: int

    @property
    def per_tenant(self) -> int:
        return self.rows // self.tenants

    def key(self, kind: str, row: int) -> int | tuple[int, int]:
        """Return the primary key of a row: an integer, or (tenant_id, num)."""
        if kind == SINGLE:
            return row + 1
        tenant, num = divmod(row, self.per_tenant)
        return tenant + 1, num + 1

    def amount(self, row: int) -> int:
        """Return what is in the column ``amount``, by which answers are checked."""
        return row * 7919 % 1000

    def sample(self, size: int, seed: str, within: int | None = None) -> list[int]:
        """
        Return the numbers of ``size`` distinct rows, in random order.

        They are among the first ``within`` rows, if that is given.
        """
        return random.Random(f"{self.name} {size} {seed}").sample(
            range(within or self.rows), size
        )


@dataclass(frozen=True)
class Data:
    """The tables, in rows. The defaults are those of a full run."""

    # Few large tenants: keyset pagination, and keys of one tenant.
    events: int = 1_000_000
    event_tenants: int = 10
    # What most cases read.
    items: int = 200_000
    item_tenants: int = 100
    # Leading values that hardly repeat.
    pairs: int = 200_000
    # Items that have lines, two each.
    batch: int = 20_000
    # What the cases that write find; some of these rows have two lines as well.
    targets: int = 30_000
    target_tenants: int = 30
    target_batch: int = 3_000

    @property
    def event(self) -> Table:
        return Table("event", self.events, self.event_tenants)

    @property
    def item(self) -> Table:
        return Table("item", self.items, self.item_tenants)

    @property
    def pair(self) -> Table:
        return Table("pair", self.pairs, self.pairs // 2)

    @property
    def target(self) -> Table:
        return Table("target", self.targets, self.target_tenants)

    @property
    def tables(self) -> tuple[Table, ...]:
        return self.event, self.item, self.pair, self.target

    def batch_step(self, table: Table) -> int:
        """Return the n for which every n-th row of the table has ``batch = 1``."""
        batch = {"item": self.batch, "target": self.target_batch}
        return table.rows // batch.get(table.name, table.rows)


FULL = Data()
QUICK = Data(
    events=4_000,
    event_tenants=4,
    items=2_000,
    item_tenants=10,
    pairs=1_000,
    batch=200,
    targets=600,
    target_tenants=6,
    target_batch=60,
)
