"""The commands, as they are typed."""

import ast
import contextlib
import glob
import io
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import environments

from .support import QueueTestCase, run_fork

ROOT = Path(__file__).resolve().parents[2]


class CommandTests(QueueTestCase):
    def test_unknown_verb(self) -> None:
        result = run_fork(self.layout, "compsoe")
        self.assertEqual(result.code, 2)
        self.assertIn("invalid choice: 'compsoe'", result.err)
        self.assertEqual(run_fork(self.layout).code, 2)

    def test_patches_are_gone(self) -> None:
        self.layout.series.unlink()
        for verb in ("compose", "export", "series", "rebase"):
            arguments = ("5.2.18",) if verb == "rebase" else ()
            self.fail_with("patches/series: No such file", verb, *arguments)
        self.assertEqual(len(self.violations()), 1)

    def test_files_in_other_encodings(self) -> None:
        for name in ("series", "manifest.json", "first.patch"):
            with self.subTest(name):
                file = self.layout.patches / name
                before = file.read_bytes()
                file.write_bytes(b"\xff" + before)
                self.fail_with(name, "compose")
                file.write_bytes(before)


class ScriptTests(unittest.TestCase):
    def test_from_anywhere(self) -> None:
        for script in ("scripts/fork.py", "scripts/demo.py"):
            with self.subTest(script):
                result = subprocess.run(
                    [sys.executable, str(ROOT / script), "--help"],
                    cwd=tempfile.gettempdir(),
                    capture_output=True,
                    encoding="utf-8",
                )
                self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_old_pythons_can_read_the_message(self) -> None:
        for path in ENTRIES:
            with self.subTest(path):
                source = (ROOT / path).read_text(encoding="utf-8")
                ast.parse(source, feature_version=(3, 8))

    def test_old_pythons_get_the_message(self) -> None:
        pattern = os.path.expanduser("~/.pyenv/versions/3.[89].*/bin/python")
        for python in sorted(glob.glob(pattern)):
            for path in ENTRIES:
                with self.subTest(path, python=python):
                    result = subprocess.run(
                        [python, str(ROOT / path)],
                        capture_output=True,
                        encoding="utf-8",
                    )
                    self.assertEqual(result.returncode, 1)
                    self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
                    self.assertIn("Python 3.10 or later", result.stderr)


ENTRIES = (
    "scripts/fork.py",
    "scripts/demo.py",
    "scripts/build_backend.py",
    "tests/runtests.py",
)


class RunTestsTests(QueueTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterPatch(
            mock.patch.object(sys, "path", [str(ROOT / "tests"), *sys.path])
        )
        import runtests

        self.runtests = runtests
        self.enterPatch(mock.patch.object(runtests, "find_layout", lambda: self.layout))

    def test_settings_are_found_among_the_arguments(self) -> None:
        with mock.patch.dict(os.environ):
            os.environ.pop("DJANGO_SETTINGS_MODULE", None)
            for arguments, expected in (
                ([], []),
                (["--settings=test_mysql", "basic"], ["test_mysql"]),
                (["basic", "--settings", "test_mysql"], ["test_mysql"]),
                (["--settings"], []),
            ):
                with self.subTest(arguments):
                    names = self.runtests.named_settings(arguments)
                    self.assertEqual([name for name in names if name], expected)

    def test_arguments_are_handed_on(self) -> None:
        with (
            mock.patch.object(
                self.runtests, "ensure_test_environment", return_value=Path("py")
            ),
            mock.patch.object(os, "execv", side_effect=KeyboardInterrupt) as execv,
            mock.patch.object(os, "chdir") as chdir,
            self.assertRaises(KeyboardInterrupt),
        ):
            self.runtests.main(["-v2", "basic"])
        runner = self.tree / "tests" / "runtests.py"
        execv.assert_called_once_with(Path("py"), ["py", str(runner), "-v2", "basic"])
        chdir.assert_called_once_with(self.tree / "tests")

    def test_environment_of_others(self) -> None:
        active = {environments.ACTIVE_VARIABLE: "active"}
        with (
            mock.patch.dict(os.environ, active),
            mock.patch.object(environments, "_install_test_requirements") as install,
            contextlib.redirect_stdout(io.StringIO()),
        ):
            python = environments.ensure_test_environment(self.layout, ["test_mysql"])
        self.assertEqual(python, Path(sys.prefix, "bin", "python"))
        (layout, environment, settings), _ = install.call_args
        self.assertEqual((layout, settings), (self.layout, ["test_mysql"]))
        self.assertEqual(environment.directory, Path(sys.prefix))

    def test_requirements(self) -> None:
        file = self.room / "py3.txt"
        file.write_text(
            "# All.\naiosmtpd >= 1.4.5\n\nblack; python_version > '3' # x\n"
        )
        self.assertEqual(
            environments.read_requirements(file),
            ["aiosmtpd >= 1.4.5", "black; python_version > '3'"],
        )
