"""The mails for review, and what 'git am' makes of them."""

import sys
from pathlib import Path
from unittest import mock

from patchqueue import mails
from patchqueue.errors import QueueError
from patchqueue.mails import test_labels as labels_of
from patchqueue.mails import verify_series, write_series
from patchqueue.topics import load_queue
from patchqueue.tree import start_history
from patchqueue.upstream import fetch_upstream

from .support import (
    ADDED,
    COMPOSITE,
    FILES,
    LOOKUPS,
    TESTS,
    WINDOWS,
    QueueTestCase,
    without_git,
    write,
)


class SeriesTests(QueueTestCase):
    def mails(self) -> list[Path]:
        return sorted((self.layout.build / "series").iterdir())

    def test_one_mail_for_each_topic(self) -> None:
        self.assertIn("Wrote 2 mails", self.succeed("series"))
        first, second = self.mails()
        self.assertEqual(first.name, "0001-Refs-373-Added-first.patch")
        text = first.read_text()
        self.assertIn("Subject: [PATCH 1/2] Refs #373 -- Added first.\n", text)
        self.assertIn("\nIt is needed.\n---\n", text)
        self.assertIn("    Ticket: #373.\n    Drop-when: Upstream has it.\n", text)
        for path in (LOOKUPS, ADDED, TESTS):
            self.assertIn(f"+++ b/{path}\n", text)
        # Reviewers read it, and so it has the lines around, unlike the queue.
        self.assertIn("\n+        check_columns(self)\n         return []\n", text)
        self.assertIn(f"+++ b/{COMPOSITE}\n", second.read_text())

    def test_the_same_every_time(self) -> None:
        self.succeed("series")
        before = [mail.read_bytes() for mail in self.mails()]
        self.succeed("compose", "--discard")
        self.succeed("series")
        self.assertEqual([mail.read_bytes() for mail in self.mails()], before)

    def test_plain_git_am_onto_the_pristine_release(self) -> None:
        self.succeed("series")
        tree = self.room / "pristine"
        manifest = load_queue(self.layout).manifest
        start_history(tree, fetch_upstream(self.layout, manifest))
        self.git("reset", "-q", "--hard", "upstream", directory=tree)
        self.git("am", "-q", *map(str, self.mails()), directory=tree)
        tree_of = ("rev-parse", "HEAD^{tree}")
        self.assertEqual(self.git(*tree_of, directory=tree), self.git(*tree_of))
        self.assertEqual(self.git("status", "--porcelain", directory=tree), "")

    def test_verify(self) -> None:
        self.edit(WINDOWS, b"1\r\n" + FILES[WINDOWS])
        self.edit("docs/windows.txt", b"1\r\n2\n")
        self.edit("docs/binary", bytes(range(256)))
        self.edit("tests/composite/__init__.py", b"")
        self.succeed("export", "--topic", "first")
        out = self.succeed("series", "--verify").splitlines()
        self.assertEqual(len(out), 4)
        self.assertIn("0001-Refs-373-Added-first.patch: applied", out)
        self.assertIn("The result is the composed tree", out[-1])

    def test_verify_notices_another_result(self) -> None:
        paths = write_series(self.layout, self.layout.build / "series")
        text = paths[0].read_text()
        paths[0].write_text(text.replace("+    pass", "+    fail"))
        with self.assertRaisesRegex(QueueError, "gives another tree than ours"):
            list(verify_series(self.layout, paths))
        paths[0].write_text(text.replace("         return", "         raise"))
        with self.assertRaisesRegex(QueueError, "'git am --quiet' failed"):
            list(verify_series(self.layout, paths))

    def test_tests_run_at_their_topic(self) -> None:
        seen = []

        def run(tree: Path, labels: list[str]) -> None:
            seen.append((labels, (tree / ADDED).exists()))
            self.assertEqual((tree / COMPOSITE).read_bytes(), FILES[COMPOSITE])

        paths = write_series(self.layout, self.layout.build / "series")
        lines = list(verify_series(self.layout, paths, run))
        self.assertEqual(seen, [(["composite.test_columns"], True)])
        self.assertIn("applied, and passes composite.test_columns", lines[0])

    def test_labels(self) -> None:
        topic = load_queue(self.layout).topics[0]
        object.__setattr__(
            topic,
            "files",
            ["tests/a/b/tests.py", "tests/a/models.py", "tests/test_mysql.py", ADDED],
        )
        self.assertEqual(labels_of(topic), ["a.b.tests"])

    def test_failing_tests(self) -> None:
        write(self.room, "tests/runtests.py", b"raise SystemExit('They failed.')\n")
        with self.assertRaisesRegex(
            QueueError, "(?s)composite.test_x failed:.*They failed."
        ):
            mails.run_labels(Path(sys.executable), self.room, ["composite.test_x"])

    def test_other_files_are_not_removed(self) -> None:
        for name in ("notes.txt", "mine.patch"):
            directory = self.room / name / "series"
            write(directory, name, b"mine")
            self.fail_with("holds other files", "series", "--output", str(directory))
            self.assertEqual((directory / name).read_bytes(), b"mine")

    def test_output(self) -> None:
        self.succeed("series", "--output", str(self.room / "deep" / "series"))
        write(self.room / "deep" / "series", "0009-Old.patch", b"")
        self.succeed("series", "--output", str(self.room / "deep" / "series"))
        names = [file.name for file in (self.room / "deep" / "series").iterdir()]
        self.assertEqual(len(names), 2)

    def test_work_is_refused(self) -> None:
        self.edit(ADDED, b"mine = True\n")
        self.fail_with("holds work that is not exported", "series")

    def test_needs_git(self) -> None:
        with without_git():
            self.fail_with("This needs git", "series")

    def test_test_runs_in_the_environment(self) -> None:
        with (
            mock.patch("environments.ensure_test_environment", return_value=Path("py")),
            mock.patch("fork.run_labels") as run_labels,
        ):
            self.succeed("series", "--test")
        ((python, _, labels),) = (call.args for call in run_labels.call_args_list)
        self.assertEqual((python, labels), (Path("py"), ["composite.test_columns"]))
