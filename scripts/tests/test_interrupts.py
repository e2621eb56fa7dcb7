"""Whatever stops a command, nothing is lost and the next one goes on."""

import contextlib
import signal
import subprocess
import sys
from pathlib import Path
from unittest import mock

from patchqueue import export as export_module
from patchqueue import tree as tree_module
from patchqueue.git import git
from patchqueue.locks import locked

from .support import ADDED, EMPTY, LOOKUPS, WINDOWS, QueueTestCase, hooked, write

SCRIPTS = Path(__file__).resolve().parents[1]


class Interruption:
    """Runs git, and is interrupted before or after one of the calls."""

    def __init__(self, number: int, *, after: bool) -> None:
        self.number = number
        self.after = after
        self.calls = 0

    def __call__(self, *arguments: object, **options: object) -> bytes:
        self.calls += 1
        if self.calls != self.number:
            return git(*arguments, **options)  # type: ignore[arg-type]
        if self.after:
            git(*arguments, **options)  # type: ignore[arg-type]
        raise KeyboardInterrupt


class ComposeTests(QueueTestCase):
    def interrupt_everywhere(self, *arguments: str) -> None:
        """Interrupt a command at each of git's calls, in turn, and compose."""
        number = 0
        reached = True
        while reached:
            number += 1
            for after in (False, True):
                write(self.layout.root, ADDED, f"number = {number, after}\n".encode())
                interruption = Interruption(number, after=after)
                with (
                    self.subTest(number=number, after=after),
                    mock.patch.object(tree_module, "git", interruption),
                ):
                    reached = interruption.number <= interruption.calls or (
                        self.fork(*arguments).code == 130
                    )
                self.succeed("compose")
                self.assertEqual(self.read(ADDED), self.own(ADDED))
                self.assertEqual(self.git("status", "--porcelain"), "")
        self.assertGreater(number, 5)

    def test_compose(self) -> None:
        self.interrupt_everywhere("compose")

    def test_half_changed_tree(self) -> None:
        """Git wrote half of the files, and half of a file."""
        write(self.layout.root, ADDED, b"changed = True\n" * 9)
        self.interrupt_reset()
        self.edit(ADDED, b"changed = True\n" * 3)
        self.fail_with("was interrupted: finish that first", "export")
        self.succeed("compose")
        self.assertEqual(self.read(ADDED), b"changed = True\n" * 9)

    def interrupt_reset(self) -> None:
        def interrupted(*arguments: object, **options: object) -> bytes:
            if "reset" in arguments:
                raise KeyboardInterrupt
            return git(*arguments, **options)  # type: ignore[arg-type]

        with mock.patch.object(tree_module, "git", interrupted):
            self.assertEqual(self.fork("compose").code, 130)

    def test_work_after_an_interruption_is_kept(self) -> None:
        write(self.layout.root, ADDED, b"changed = True\n")
        self.interrupt_reset()
        self.edit(LOOKUPS, b"mine = True\n")
        said = self.fail_with("was interrupted, and then work was done", "compose")
        self.assertIn(LOOKUPS, said)
        self.succeed("compose", "--discard")
        self.assertSound()

    def test_killed_while_the_tree_is_replaced(self) -> None:
        """The steps of putting a new tree in place, each with the next left out."""
        for step in ("write_state", "start_history", "write_history"):
            with self.subTest(step):
                (self.tree / ".git").rename(self.room / step)
                with mock.patch.object(
                    tree_module, step, side_effect=KeyboardInterrupt
                ):
                    self.assertEqual(self.fork("compose", "--discard").code, 130)
                self.succeed("compose", "--discard")
                self.assertSound()


class ExportTests(QueueTestCase):
    def test_interrupted_before_composing(self) -> None:
        """The queue has the work; composing goes on where export was stopped."""
        self.edit(LOOKUPS, hooked(self.read(LOOKUPS), "In", "check_in(self)"))
        self.edit("tests/composite/test_new.py", b"new = True\n")
        with mock.patch.object(export_module, "compose", side_effect=KeyboardInterrupt):
            self.assertEqual(self.fork("export", "--topic", "first").code, 130)
        self.succeed("compose")
        self.assertIn("check_in", self.patch("first"))
        self.assertEqual(self.own("tests/composite/test_new.py"), b"new = True\n")
        self.assertSound()

    def test_interrupted_while_writing(self) -> None:
        """What was written is put back, and the work is still in the tree."""
        self.edit(WINDOWS, b"")
        self.edit(ADDED, b"mine = True\n")
        self.edit(EMPTY, b"mine = True\n")
        original = export_module._write
        for number in (1, 2):
            calls = 0

            def failing(file: Path, content: bytes | None) -> None:
                nonlocal calls
                calls += 1
                if calls == number:
                    original(file, b"half")
                    raise OSError(28, "No space left on device", str(file))
                original(file, content)

            with (
                self.subTest(number=number),
                mock.patch.object(export_module, "_write", failing),
            ):
                self.fail_with("No space left on device", "export", "--topic", "first")
        self.succeed("export", "--topic", "first")
        self.assertSound()


class LockTests(QueueTestCase):
    def test_two_composes(self) -> None:
        """The one that comes second waits, and finds the work done."""
        write(self.layout.root, ADDED, b"changed = True\n")
        said: list[str] = []
        with locked(self.layout.lock):
            process = subprocess.Popen(
                [sys.executable, "-c", COMPOSE, str(SCRIPTS), str(self.layout.root)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            assert process.stderr is not None
            said.append(process.stderr.readline())
            self.succeed("compose")
        out, _ = process.communicate(timeout=60)
        self.assertIn("Waiting for another process", said[0])
        self.assertIn("is up to date", out)

    def test_waiting_can_be_interrupted(self) -> None:
        with locked(self.layout.lock):
            process = subprocess.Popen(
                [sys.executable, "-c", COMPOSE, str(SCRIPTS), str(self.layout.root)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                # It is ignored where this runs in the background of a shell.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
            assert process.stderr is not None
            process.stderr.readline()
            # The message comes before the call that waits. Python notices a signal
            # that comes in between when the call is over, i.e. at the next one.
            for _ in range(6):
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=5)
                    break
            process.kill()
            process.communicate()
        self.assertEqual(process.returncode, 130)


COMPOSE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import fork
from patchqueue.layout import Layout
fork.find_layout = lambda: Layout(Path(sys.argv[2]))
sys.exit(fork.main(["compose"]))
"""
