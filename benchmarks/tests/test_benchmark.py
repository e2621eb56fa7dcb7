"""The harness's own logic; that contestants and databases work, --quick shows."""

from __future__ import annotations

import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock
from xml.etree import ElementTree

BENCHMARKS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS.parent / "scripts")]

import contestants  # NOQA: E402
import figure  # NOQA: E402
import report  # NOQA: E402
import targets  # NOQA: E402
from cases import CASES, expected_answer, page_start, wanted_rows  # NOQA: E402
from data import COMPOSITE, FULL, QUICK, SINGLE  # NOQA: E402
from loading import load, temporary_database  # NOQA: E402
from match import Cell, Pace  # NOQA: E402
from protocol import Worker, WorkerFailed, clean_environ  # NOQA: E402
from results import Counted, Result, Run  # NOQA: E402
from servers import MARIADB, POSTGRESQL, SQLITE, Connection  # NOQA: E402


def make_run(*results: Result, counted: list[Counted] | None = None) -> Run:
    versions = {"name": "Django", "python": "3.12", "path": "/"}
    about = {
        "date": "2026-01-01",
        "machine": "a machine",
        "contestants": {name: versions for name in contestants.CONTESTANTS},
        "databases": {SQLITE: "3.40"},
        "left_out": ["django-6.1: no Python"],
        "rounds": 5,
        "load": [0.1, 0.2],
        "seconds": 1.0,
    }
    return Run(about, list(results), counted or [])


def result(
    case: str,
    size: int,
    key: str,
    milliseconds: float,
    contestant: str = contestants.FORK,
    **more: Any,
) -> Result:
    return Result(SQLITE, case, size, key, contestant, [milliseconds], **more)


class DataTests(unittest.TestCase):
    def test_rows_are_what_python_says(self) -> None:
        with (
            tempfile.TemporaryDirectory() as room,
            temporary_database(SQLITE, "test", Path(room)) as name,
        ):
            connection = Connection(SQLITE, name)
            self.addCleanup(connection.close)
            load(connection, QUICK)
            for table in QUICK.tables:
                for kind, columns in ((SINGLE, "id"), (COMPOSITE, "tenant_id, num")):
                    with self.subTest(table=table.name, kind=kind):
                        rows = connection.execute(
                            f"SELECT amount, {columns} FROM {kind}_{table.name} "
                            f"ORDER BY {columns}"
                        )
                        self.assertEqual(len(rows), table.rows)
                        for number in (0, 1, table.per_tenant, table.rows - 1):
                            amount, *key = rows[number]
                            expected = table.key(kind, number)
                            self.assertEqual(amount, table.amount(number))
                            self.assertEqual(
                                tuple(key),
                                expected if kind == COMPOSITE else (expected,),
                            )

    def test_each_batch_row_has_two_lines(self) -> None:
        with (
            tempfile.TemporaryDirectory() as room,
            temporary_database(SQLITE, "test", Path(room)) as name,
        ):
            connection = Connection(SQLITE, name)
            self.addCleanup(connection.close)
            load(connection, QUICK)
            for name, batch in (("item", QUICK.batch), ("target", QUICK.target_batch)):
                for kind in (SINGLE, COMPOSITE):
                    with self.subTest(table=name, kind=kind):
                        found = connection.execute(
                            f"SELECT COUNT(*) FROM {kind}_{name}_line"
                        )
                        self.assertEqual(found, [(batch * 2,)])

    def test_database_is_dropped(self) -> None:
        with tempfile.TemporaryDirectory() as room:
            with self.assertRaisesRegex(RuntimeError, "stop"):
                with temporary_database(SQLITE, "test", Path(room)) as name:
                    Connection(SQLITE, name).close()
                    raise RuntimeError("stop")
            self.assertEqual(list(Path(room).iterdir()), [])

    def test_every_case_can_be_asked(self) -> None:
        for case in CASES:
            for data, sizes in ((FULL, case.sizes), (QUICK, case.quick_sizes)):
                for size in sizes:
                    with self.subTest(case=case.name, size=size):
                        expected_answer(case.name, size, data)
                        if case.name == "keyset":
                            last = page_start(size) + 50
                            self.assertLess(last, data.events)

    def test_keys_are_distinct_and_always_the_same(self) -> None:
        rows = wanted_rows("pk_in_one_tenant", 100, QUICK)
        self.assertEqual(rows, wanted_rows("pk_in_one_tenant", 100, QUICK))
        self.assertEqual(len(set(rows)), 100)
        keys = {QUICK.event.key(COMPOSITE, row)[0] for row in rows}  # type: ignore
        self.assertEqual(keys, {1})


class ProtocolTests(unittest.TestCase):
    def start(self, code: str) -> Worker:
        worker = Worker([sys.executable, "-c", code], clean_environ())
        self.addCleanup(worker.stop)
        return worker

    def test_answer(self) -> None:
        worker = self.start("print(input())")
        self.assertEqual(worker.ask({"a": 1}, timeout=30), {"a": 1})

    def test_worker_that_ends_tells_why(self) -> None:
        worker = self.start("import sys; sys.exit('the reason')")
        with self.assertRaisesRegex(WorkerFailed, "the reason"):
            worker.ask({}, timeout=30)

    def test_worker_that_is_too_slow(self) -> None:
        worker = self.start("import time; time.sleep(60)")
        with self.assertRaisesRegex(WorkerFailed, "no answer within 0.1 s"):
            worker.ask({}, timeout=0.1)

    def test_environment_leads_to_no_other_django(self) -> None:
        variables = {"PYTHONPATH": "/x", "DJANGO_SETTINGS_MODULE": "x", "PGHOST": "x"}
        with mock.patch.dict("os.environ", variables, clear=True):
            environ = clean_environ()
        self.assertEqual(environ["PGHOST"], "x")
        self.assertFalse({"PYTHONPATH", "DJANGO_SETTINGS_MODULE"} & set(environ))


class CellTests(unittest.TestCase):
    def make(self, reply: dict[str, object]) -> Cell:
        from cases import Question

        player = mock.Mock()
        player.pace = Pace()
        player.contestant.name = contestants.FORK
        player.database.vendor = SQLITE
        player.database.data = QUICK
        player.ask.return_value = reply
        return Cell(player, Question("bulk_create", 100, SINGLE))

    def test_first_round_does_not_count(self) -> None:
        cell = self.make({"samples": [1.0], "answer": 100})
        cell.visit(counts=False)
        self.assertEqual(cell.result.samples, [])
        cell.visit(counts=True)
        self.assertEqual(cell.result.median, 1.0)

    def test_slow_one_is_asked_once(self) -> None:
        cell = self.make({"samples": [9_000.0], "answer": 100})
        cell.visit(counts=False)
        self.assertEqual(cell.result.median, 9_000)
        self.assertTrue(cell.over)

    def test_wrong_answer_is_an_error(self) -> None:
        cell = self.make({"samples": [1.0], "answer": 99})
        cell.visit(counts=True)
        self.assertEqual(cell.result.error, "wrong answer: 99, not 100")
        self.assertIsNone(cell.result.median)

    def test_error_and_absence(self) -> None:
        for what in ("error", "absent"):
            with self.subTest(what):
                cell = self.make({what: "the reason"})
                cell.visit(counts=True)
                self.assertEqual(getattr(cell.result, what), "the reason")
                self.assertTrue(cell.over)


class TargetTests(unittest.TestCase):
    def compute(self, *results: Result) -> dict[tuple[str, str], targets.Target]:
        found = targets.compute(make_run(*results))
        return {(target.subject, target.what): target for target in found}

    def test_ratio(self) -> None:
        found = self.compute(
            result("pk_in", 100, COMPOSITE, 3), result("pk_in", 100, SINGLE, 2)
        )
        target = found["composite against single key", "pk_in 100"]
        self.assertEqual((target.value, target.mark), (1.5, "ok"))

    def test_limit(self) -> None:
        found = self.compute(
            result("bulk_update", 10, COMPOSITE, 1.6),
            result("bulk_update", 10, SINGLE, 1),
        )
        target = found["composite against single key", "bulk_update 10"]
        self.assertEqual(target.mark, "FAIL")

    def test_error_fails(self) -> None:
        found = self.compute(
            result("pk_in", 100, COMPOSITE, 1, error="too large"),
            result("pk_in", 100, SINGLE, 2),
        )
        target = found["composite against single key", "pk_in 100"]
        self.assertEqual((target.note, target.mark), ("too large", "FAIL"))

    def test_growth(self) -> None:
        found = self.compute(
            result("pk_in", 5_000, COMPOSITE, 1), result("pk_in", 50_000, COMPOSITE, 13)
        )
        target = found["growth from 5,000 to 50,000 keys", "pk_in"]
        self.assertEqual((target.value, target.mark), (13, "FAIL"))

    def test_what_sqlalchemy_cannot_do_is_no_target(self) -> None:
        theirs = result("pk_in", 100, COMPOSITE, 1, contestants.SQLALCHEMY, error="x")
        found = self.compute(result("pk_in", 100, COMPOSITE, 1), theirs)
        self.assertNotIn(("against SQLAlchemy's ORM", "pk_in 100"), found)

    def test_instructions(self) -> None:
        counts = {contestants.FORK: 1_020, contestants.PRISTINE: 1_000}
        found = targets.compute(make_run(counted=[Counted("get", counts)]))
        self.assertEqual(
            [(target.what, target.value, target.mark) for target in found],
            [("get", 1.02, "FAIL"), ("median of all", 1.02, "FAIL")],
        )

    def test_plans(self) -> None:
        good = {
            SQLITE: "5 0 0 SEARCH e USING INDEX i ((tenant_id,num)>(?,?))",
            POSTGRESQL: "Limit\n -> Index Scan using p on e\n"
            "  Index Cond: (ROW(tenant_id, num) > ROW(2, 3))",
            MARIADB: "1 SIMPLE e range PRIMARY PRIMARY 8 None 9 Using where",
        }
        bad = {
            SQLITE: "5 0 0 SCAN e USING INDEX i",
            POSTGRESQL: "Limit\n -> Index Scan using p on e\n  Filter: (a > 2)",
            MARIADB: "1 SIMPLE e index None PRIMARY 8 None 9 Using where",
        }
        for database in good:
            with self.subTest(database):
                self.assertTrue(targets.is_one_range(database, good[database]))
                self.assertFalse(targets.is_one_range(database, bad[database]))


class OutputTests(unittest.TestCase):
    def setUp(self) -> None:
        sizes = (1, 100, 1_000)
        self.run_ = make_run(
            *(result("pk_in", size, COMPOSITE, size / 50) for size in sizes),
            *(result("pk_in", size, SINGLE, size / 99) for size in sizes),
            result("pk_in", 1, COMPOSITE, 1, contestants.PRISTINE),
            result("pk_in", 100, COMPOSITE, 1, contestants.PRISTINE, error="Too deep"),
            result("hash", 10, COMPOSITE, 1, contestants.SQLALCHEMY, absent="none"),
            counted=[Counted("get", {contestants.FORK: 10, contestants.PRISTINE: 10})],
        )

    def test_report(self) -> None:
        text = report.render(self.run_, targets.compute(self.run_))
        self.assertIn("| pk_in, 100 keys | 2.00 / 1.01 | error / – | – | – |", text)
        self.assertIn("pk_in 100, django-5.2, composite key: Too deep", text)
        self.assertIn("left out: django-6.1: no Python", text)
        self.assertIn("| get | 10 | 10 | 1.0000 |", text)

    def test_figure(self) -> None:
        drawing = figure.draw(self.run_)
        assert drawing is not None
        root = ElementTree.fromstring(drawing)
        lines = root.findall("{http://www.w3.org/2000/svg}polyline")
        self.assertEqual(len(lines), 3)

    def test_nothing_to_draw(self) -> None:
        self.assertIsNone(figure.draw(make_run()))

    def test_kept_in_json(self) -> None:
        with tempfile.TemporaryDirectory() as room:
            path = Path(room, "results.json")
            self.run_.save(path)
            self.assertEqual(Run.read(path), self.run_)


class PythonTests(unittest.TestCase):
    def test_this_one(self) -> None:
        self.assertEqual(contestants.find_python((3, 10)), sys.executable)

    def test_there_is_none(self) -> None:
        self.assertIsNone(contestants.find_python((3, 99)))


if __name__ == "__main__":
    unittest.main()
