"""
Changes of keys: the rows, the targets, and a small shop on SQLite.

The shop needs the fork's environment, which is made if it is not there.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import unittest
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS.parent / "scripts")]

from contestants import FORK, Contestant, Preparation  # NOQA: E402
from key_change.__main__ import ROWS, WAYS, Shop, measure_size  # NOQA: E402
from key_change.outcome import (  # NOQA: E402
    MEBIBYTE,
    Measured,
    Outcome,
    Step,
)
from patchqueue.layout import find_layout  # NOQA: E402
from servers import SQLITE  # NOQA: E402


class OutcomeTests(unittest.TestCase):
    def make(self, seconds: float, mebibytes: int, *violations: str) -> Outcome:
        about = {
            "date": "2026-01-01",
            "machine": "a machine",
            "fork": "Django 5.2",
            "databases": {SQLITE: "3"},
            "left_out": ["MariaDB: no server"],
        }
        found = []
        for rows, taken, peak in ((1_000, 1.0, 50), (10_000, seconds, mebibytes)):
            step = Step("forwards", taken, 0.1, 40 * MEBIBYTE, peak * MEBIBYTE)
            found.append(Measured(SQLITE, rows // 13, rows, [step]))
        found[-1].violations += violations
        return Outcome(about, found)

    def unmet(self, outcome: Outcome) -> list[str]:
        return [target.what for target in outcome.targets() if not target.met]

    def test_linear_and_flat(self) -> None:
        self.assertEqual(self.unmet(self.make(10, 60)), [])

    def test_time_that_grows_too_fast(self) -> None:
        self.assertEqual(self.unmet(self.make(100, 60)), ["time, forwards"])

    def test_memory_that_grows(self) -> None:
        self.assertEqual(self.unmet(self.make(10, 90)), ["memory, forwards"])

    def test_rows_that_went_astray(self) -> None:
        outcome = self.make(10, 60, "forwards: rows of shop_line: 1 instead of 2")
        self.assertEqual(self.unmet(outcome), ["belongs to its order"])

    def test_small_tables_are_not_judged(self) -> None:
        outcome = self.make(100, 90)
        outcome.about["judged"] = False
        self.assertEqual(self.unmet(outcome), [])

    def test_kept_and_rendered(self) -> None:
        outcome = self.make(10, 60)
        with tempfile.TemporaryDirectory() as room:
            path = Path(room, "key_change.json")
            outcome.save(path)
            self.assertEqual(Outcome.read(path), outcome)
        text = outcome.render()
        self.assertIn("| SQLite | forwards | 10,000 | 10.0 | 1000.0 |", text)
        self.assertIn("left out: MariaDB: no server", text)


class ShopTests(unittest.TestCase):
    """Few orders on SQLite, there and back again."""

    fork: Contestant

    @classmethod
    def setUpClass(cls) -> None:
        cls.fork = Preparation(find_layout(), [SQLITE]).contestant(FORK)

    def setUp(self) -> None:
        room = tempfile.TemporaryDirectory()
        self.addCleanup(room.cleanup)
        self.file = Path(room.name, "shop.sqlite3")

    def test_there_and_back(self) -> None:
        measured = Measured(SQLITE, 150, 150 * ROWS)
        measure_size(measured, self.fork, lambda: str(self.file), ["at once"])
        self.assertEqual(measured.violations, [])
        self.assertEqual(
            [step.name for step in measured.steps],
            [name for name, _, _ in WAYS["at once"][1]],
        )

    def test_what_went_astray_is_found(self) -> None:
        shop = Shop(self.fork, SQLITE, str(self.file), 150, "migrations")
        shop.fill()
        self.assertEqual(shop.violations(False), [])
        for table in ("shop_line", "shop_order_tags"):
            connection = sqlite3.connect(self.file)
            self.addCleanup(connection.close)
            with connection:
                first = f"(SELECT MIN(id) FROM {table} WHERE order_id <> 7)"
                connection.execute(
                    f"UPDATE {table} SET order_id = 7 WHERE id = {first}"
                )
            connection.close()
        self.assertEqual(
            shop.violations(False),
            [
                "rows of shop_line that belong to their order: 1,499 instead of 1,500",
                "tags of their order: 149 instead of 150",
            ],
        )


if __name__ == "__main__":
    unittest.main()
