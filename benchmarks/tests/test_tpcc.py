"""
TPC-C: its data, inputs and tables, and a small game of both contestants on SQLite.

The game makes the contestants' environments if they are not there.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import unittest
from collections import Counter
from itertools import islice
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS.parent / "scripts")]

from contestants import FORK, SQLALCHEMY, Preparation  # NOQA: E402
from patchqueue.layout import find_layout  # NOQA: E402
from protocol import ask  # NOQA: E402
from servers import POSTGRESQL, SQLITE  # NOQA: E402
from tpcc import inputs  # NOQA: E402
from tpcc.game import Player, Round, Rules, Score, open_worker, play  # NOQA: E402
from tpcc.outcome import Outcome  # NOQA: E402
from tpcc.population import TABLES, rows  # NOQA: E402
from tpcc.rules import bad_credit_data, brand, middle, taken  # NOQA: E402
from tpcc.values import (  # NOQA: E402
    C_LAST_LOAD,
    C_LAST_RUN,
    DISTRICTS,
    FULL,
    TINY,
    UNUSED_ITEM,
    Scale,
    Values,
    last_name,
)


def some_inputs(scale: Scale, number: int, terminal: int = 0) -> list[inputs.Input]:
    return list(islice(inputs.Terminal(scale, 1, terminal), number))


class ValuesTests(unittest.TestCase):
    def test_last_names(self) -> None:
        # The specification's example.
        self.assertEqual(last_name(371), "PRICALLYOUGHT")
        self.assertEqual(last_name(40), "BARPRESBAR")

    def test_constants_of_last_names(self) -> None:
        difference = abs(C_LAST_RUN - C_LAST_LOAD)
        self.assertTrue(65 <= difference <= 119)
        self.assertNotIn(difference, (96, 112))

    def test_non_uniform(self) -> None:
        values = Values(1)
        found = Counter(values.customer(FULL) for _ in range(20_000))
        self.assertTrue(set(found) <= set(range(1, 3_001)))
        # One in 3,000 would be about 7 times.
        self.assertGreater(found.most_common(1)[0][1], 30)

    def test_same_seed(self) -> None:
        for seed, purpose, same in ((1, "a", True), (2, "a", False), (1, "b", False)):
            with self.subTest(seed=seed, purpose=purpose):
                one, other = Values(1, "a"), Values(seed, purpose)
                self.assertEqual(one.text(9, 99) == other.text(9, 99), same)

    def test_original(self) -> None:
        values = Values(1)
        found = [values.data() for _ in range(2_000)]
        number = sum("ORIGINAL" in text for text in found)
        self.assertTrue(130 < number < 270, number)
        self.assertEqual({len(text) for text in found}, set(range(26, 51)))

    def test_too_small(self) -> None:
        for scale in ({"warehouses": 0}, {"items": 5}, {"customers": 5}):
            with self.subTest(scale), self.assertRaisesRegex(ValueError, "too small"):
                Scale(**scale)


class PopulationTests(unittest.TestCase):
    def count(self, table: str, scale: Scale) -> int:
        return sum(1 for _ in rows(table, scale, 1))

    def test_numbers_of_rows(self) -> None:
        scale = Scale(warehouses=2, items=40, customers=30)
        expected = {
            "Item": 40,
            "Warehouse": 2,
            "District": 20,
            "Stock": 80,
            "Customer": 600,
            "History": 600,
            "Order": 600,
            "NewOrder": 180,
        }
        for table, number in expected.items():
            with self.subTest(table):
                self.assertEqual(self.count(table, scale), number)

    def test_one_warehouse(self) -> None:
        self.assertEqual(
            (FULL.items, FULL.customers, FULL.orders), (100_000,) + (3_000,) * 2
        )
        self.assertEqual((FULL.new_orders, FULL.last_names), (900, 1_000))

    def test_orders(self) -> None:
        orders = list(rows("Order", TINY, 1))
        lines = Counter(
            (line["order_district_number"], line["order_number"])
            for line in rows("OrderLine", TINY, 1)
        )
        for order in orders:
            key = (order["district_number"], order["number"])
            self.assertEqual(lines[key], order["line_count"])
            delivered = order["number"] <= 14
            self.assertEqual(order["carrier"] is not None, delivered)
        for district in range(1, DISTRICTS + 1):
            customers = [
                order["customer_number"]
                for order in orders
                if order["district_number"] == district
            ]
            self.assertEqual(sorted(customers), list(range(1, 21)))
            self.assertNotEqual(customers, sorted(customers))

    def test_same_rows_each_time(self) -> None:
        for table in TABLES:
            with self.subTest(table):
                first, second = (list(rows(table, TINY, 7)) for _ in range(2))
                self.assertEqual(first, second)

    def test_money(self) -> None:
        (warehouse,) = rows("Warehouse", TINY, 1)
        districts = sum(row["ytd"] for row in rows("District", TINY, 1))
        history = sum(row["amount"] for row in rows("History", TINY, 1))
        self.assertEqual({warehouse["ytd"], districts}, {history})


class InputTests(unittest.TestCase):
    def test_mix(self) -> None:
        found = Counter(asked.kind for asked in some_inputs(TINY, 230))
        self.assertEqual(found, {k: n * 10 for k, n in inputs.DECK.items()})

    def test_terminals_differ_and_repeat(self) -> None:
        self.assertEqual(some_inputs(TINY, 23), some_inputs(TINY, 23))
        self.assertNotEqual(some_inputs(TINY, 23), some_inputs(TINY, 23, terminal=1))

    def test_new_orders(self) -> None:
        orders = [i for i in some_inputs(FULL, 9_200) if isinstance(i, inputs.NewOrder)]
        sizes = {len(order.lines) for order in orders}
        self.assertEqual(sizes, set(range(5, 16)))
        unused = sum(order.lines[-1].item == UNUSED_ITEM for order in orders)
        self.assertTrue(20 < unused < 70, unused)
        self.assertFalse(
            any(line.item == UNUSED_ITEM for o in orders for line in o.lines[:-1])
        )

    def test_customers(self) -> None:
        found = [i for i in some_inputs(FULL, 2_300) if isinstance(i, inputs.Payment)]
        by_name = sum(isinstance(payment.customer, str) for payment in found)
        self.assertTrue(550 < by_name < 650, by_name)

    def test_remote_warehouses(self) -> None:
        scale = Scale(warehouses=3)
        found = some_inputs(scale, 2_300, terminal=1)
        self.assertEqual({asked.warehouse for asked in found}, {2})
        payments = Counter(
            i.customer_warehouse for i in found if isinstance(i, inputs.Payment)
        )
        self.assertTrue(800 < payments[2] < 900, payments)
        self.assertEqual(set(payments), {1, 2, 3})
        supplied = {
            line.warehouse
            for order in found
            if isinstance(order, inputs.NewOrder)
            for line in order.lines
        }
        self.assertEqual(supplied, {1, 2, 3})


class RuleTests(unittest.TestCase):
    def test_stock(self) -> None:
        self.assertEqual([taken(20, 10), taken(19, 10)], [10, 100])

    def test_brand(self) -> None:
        self.assertEqual(brand("xORIGINALx", "ORIGINAL"), "B")
        self.assertEqual(brand("xORIGINALx", "x"), "G")

    def test_middle(self) -> None:
        self.assertEqual([middle("a"), middle("ab"), middle("abc")], ["a", "a", "b"])

    def test_bad_credit(self) -> None:
        asked = next(i for i in some_inputs(TINY, 23) if isinstance(i, inputs.Payment))
        data = bad_credit_data((1, 2, 3), asked, "x" * 500)
        self.assertTrue(data.startswith("3 2 1 "))
        self.assertEqual(len(data), 500)


class OutcomeTests(unittest.TestCase):
    def make(self, mine: float, theirs: float) -> Outcome:
        about = {
            "date": "2026-01-01",
            "machine": "a machine",
            "scale": {},
            "rules": {},
            "contestants": {SQLALCHEMY: {"name": "SQLAlchemy 2"}},
            "databases": {POSTGRESQL: "15"},
            "left_out": ["MariaDB: no server"],
        }
        scores = []
        for name, seconds in ((FORK, mine), (SQLALCHEMY, theirs)):
            kinds, taken = {"Payment": 10}, {"Payment": seconds}
            played = Round(seconds, 0.5, 10, 0, 1, kinds, taken)
            statements = {kind: [6, 7] for kind in inputs.KINDS}
            scores.append(Score(POSTGRESQL, name, 100, 1, [played] * 3, statements))
        return Outcome(about, scores)

    def test_rates(self) -> None:
        for mine, mark in ((1.0, "ok"), (3.0, "FAIL")):
            with self.subTest(mark):
                text = self.make(mine, 2.0).render()
                line = next(x for x in text.splitlines() if "against SQLAlch" in x)
                self.assertIn(f"| ≥ 1 | {2 / mine:.3f} | {mark} |", line)
                self.assertIn("left out: MariaDB: no server", text)

    def test_statements(self) -> None:
        outcome = self.make(1, 1)
        self.assertTrue(all(target.met for target in outcome.targets()))
        outcome.scores[0].statements["Delivery"].append(70)
        unmet = [target.what for target in outcome.targets() if not target.met]
        self.assertEqual(unmet, ["statements of Delivery"])

    def test_violations(self) -> None:
        outcome = self.make(1, 1)
        outcome.scores[0].violations.append("1: it differs")
        unmet = [target.found for target in outcome.targets() if not target.met]
        self.assertEqual(unmet, ["1: it differs"])

    def test_kept_in_json(self) -> None:
        with tempfile.TemporaryDirectory() as room:
            path = Path(room, "tpcc.json")
            outcome = self.make(1, 2)
            outcome.save(path)
            self.assertEqual(Outcome.read(path), outcome)


class GameTests(unittest.TestCase):
    """A tiny warehouse on SQLite, by the fork and by SQLAlchemy."""

    def test_game(self) -> None:
        preparation = Preparation(find_layout(), [SQLITE])
        contestants = [preparation.contestant(name) for name in (FORK, SQLALCHEMY)]
        rules = Rules(TINY, rounds=1, transactions=46, traced=115)
        with tempfile.TemporaryDirectory() as room:
            files = {c.name: str(Path(room, f"{c.name}.sqlite3")) for c in contestants}
            scores = play(contestants, SQLITE, files, rules, lambda line: None)
            for score in scores:
                with self.subTest(score.contestant):
                    # 115 and two rounds of 46 were done.
                    self.assertEqual(score.violations, [])
                    self.assertEqual(score.rows, scores[0].rows)
                    self.assertEqual(score.rounds[0].transactions, 46)
            fork, other = scores
            # Migrations, and fixtures.
            self.assertEqual(fork.findings, [])
            numbers = {
                "New-Order": 8,
                "Payment": 6,
                "Order-Status": 3,
                "Delivery": 6,
                "Stock-Level": 2,
            }
            for kind, number in numbers.items():
                with self.subTest(kind):
                    self.assertEqual(set(fork.statements[kind]), {number})
                    self.assertEqual(set(other.statements[kind]), {number})
            self.check_conditions(Player(contestants[0], SQLITE, files[FORK], rules))

    def check_conditions(self, player: Player) -> None:
        """What is not consistent is found."""
        worker = open_worker(player.contestant, player.opening)
        self.addCleanup(worker.stop)
        connection = sqlite3.connect(
            str(player.opening["database"]), isolation_level=None
        )
        self.addCleanup(connection.close)
        last = (
            "SELECT MAX(n.order_number) FROM supplier_neworder n WHERE "
            "n.order_district_number = supplier_neworder.order_district_number"
        )
        for condition, sql in (
            ("1", "UPDATE supplier_warehouse SET ytd = ytd + 1"),
            ("2", "UPDATE supplier_district SET next_order = 1 WHERE number = 3"),
            ("3", f"DELETE FROM supplier_neworder WHERE order_number = ({last}) - 1"),
            ("4", "DELETE FROM supplier_orderline WHERE order_number = 2"),
        ):
            with self.subTest(condition=condition):
                connection.execute("BEGIN")
                connection.execute(sql)
                connection.execute("COMMIT")
                found = ask(worker, do="conditions")["violations"]
                self.assertIn(condition, {line[0] for line in found})


if __name__ == "__main__":
    unittest.main()
