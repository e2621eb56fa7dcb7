"""CI runs commands, is stopped in time, and gives tests that measure time more runs."""

from __future__ import annotations

import contextlib
import io
import sys
import time
import unittest
from unittest import mock

import ci


class CITests(unittest.TestCase):
    def setUp(self) -> None:
        self.output = io.StringIO()
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        stack.enter_context(contextlib.redirect_stdout(self.output))

    def test_a_command_says_whether_it_succeeded(self) -> None:
        self.assertTrue(ci.call(sys.executable, "-c", ""))
        self.assertFalse(ci.call(sys.executable, "-c", "raise SystemExit(3)"))

    def test_it_is_stopped_when_the_time_is_over(self) -> None:
        script = "import time; print('waiting', flush=True); time.sleep(60)"
        lines: list[str] = []
        start = time.monotonic()
        with mock.patch.object(ci, "DEADLINE", start + 1):
            status = ci.execute([sys.executable, "-c", script], None, lines.append)
            self.assertFalse(ci.call(sys.executable, "-c", ""))
        self.assertNotEqual(status, 0)
        self.assertEqual(lines, ["waiting\n"])
        self.assertLess(time.monotonic() - start, 30)
        self.assertIn("minutes are over", self.output.getvalue())
        self.assertIn("Not run", self.output.getvalue())

    def run_suite(self, *failed: str, in_browser: bool = False) -> tuple[bool, int]:
        """Let tests fail in the suite and pass alone: passed, further runs."""
        lines = [f"FAIL: {name.split('.')[-1]} ({name})\n" for name in failed]

        def execute(command: object, environment: object, read_line: object) -> int:
            assert callable(read_line)
            for line in lines:
                read_line(line)
            return 1

        with mock.patch.object(ci, "execute", execute):
            with mock.patch.object(ci, "call", return_value=True) as call:
                passed = ci.suite("--headless", "basic", in_browser=in_browser)
            for again in call.call_args_list:
                self.assertEqual(
                    again.args[3:], ("--headless", "--parallel=1", *failed)
                )
        return passed, call.call_count

    def test_only_tests_that_measure_time_are_given_more_runs(self) -> None:
        (timing,) = ci.TIMING_TESTS
        self.assertEqual(self.run_suite(timing), (True, 1))
        self.assertEqual(self.run_suite(timing, "basic.tests.test_a"), (False, 0))
        self.assertEqual(self.run_suite(), (False, 0))
        self.assertEqual(self.run_suite("basic.tests.a", in_browser=True), (True, 1))


if __name__ == "__main__":
    unittest.main()
