"""The edits in the composed tree, back into the queue."""

import shutil

from patchqueue.topics import load_queue

from .support import (
    ACCENTED,
    ADDED,
    COMPOSITE,
    EMPTY,
    EXECUTABLE,
    FILES,
    LOOKUPS,
    MAC,
    MESSAGE,
    SPACED,
    TESTS,
    UNENDED,
    WINDOWS,
    QueueTestCase,
    hooked,
    snapshot,
    without_git,
    write,
)

NEW = ("--topic", "third", "--message", MESSAGE.format(name="third"))
FILLED = ("--drop-when", "Upstream has it.")


class ExportTests(QueueTestCase):
    def edits_of(self, topic: str) -> list[str]:
        return [edit.path for edit in load_queue(self.layout).topic(topic).edits]

    def test_nothing(self) -> None:
        before = snapshot(self.layout.root)
        self.assertIn("Nothing to export", self.succeed("export"))
        self.assertEqual(self.changes_since(before), [])
        self.assertSound()

    def test_edit_of_the_one_topic_that_has_the_file(self) -> None:
        self.edit(UNENDED, b"One\n===\n\nTwo, three\n")
        self.assertEqual(self.succeed("export"), "wrote patches/second.patch\n")
        self.assertIn("+Two, three\n", self.patch("second"))
        self.assertSound()

    def test_own_files(self) -> None:
        self.edit(ADDED, b"mine = True\n")
        self.edit(COMPOSITE, b"mine = True\n")
        out = self.succeed("export")
        self.assertEqual(out, f"wrote {ADDED}\nwrote {COMPOSITE}\n")
        self.assertEqual(self.own(ADDED), b"mine = True\n")
        self.assertSound()

    def test_files_of_every_kind(self) -> None:
        """Line ends, encodings, names and modes come through as they are."""
        contents = {
            EMPTY: b"no_end = True",
            WINDOWS: b"one\r\n2\r\nthree\r\nfour\n",
            MAC: b"one\r2\nthree\rfour\n\rfive\x0csix!\r",
            ACCENTED: FILES[ACCENTED] + "ß\x85 \u2028\n".encode() + b"\xff\n",
            SPACED: b"<p>\n<br>\n</p>",
            EXECUTABLE: b"",
            "docs/added windows.txt": b"a\r\nb\r\n",
            "docs/käse.txt": b"\0binary\xff",
            "tests/composite/__init__.py": b"",
        }
        for path, content in contents.items():
            self.edit(path, content)
        self.succeed("export", *NEW, *FILLED)
        self.assertSound()
        for path, content in contents.items():
            self.assertEqual(self.read(path), content)
        shutil.rmtree(self.layout.build)
        self.succeed("compose")
        for path, content in contents.items():
            self.assertEqual(self.read(path), content)
        self.succeed("series", "--verify")

    def test_ambiguous(self) -> None:
        cases: dict[str, tuple[dict[str, bytes | None], str]] = {
            "edited by two": (
                {LOOKUPS: b"mine = True\n"},
                "is edited by first, second",
            ),
            "edited by none": ({WINDOWS: b"mine"}, f"{WINDOWS} belongs to no topic"),
            "new": ({"docs/new.txt": b""}, "docs/new.txt belongs to no topic"),
            "nowhere": ({"setup.cfg": b""}, "in none of django, tests, docs"),
            "removed": ({WINDOWS: None}, "is upstream's and was removed"),
            "superseded": ({COMPOSITE: None}, "supersedes upstream's file"),
            "a name": ({"docs/new.txt ": b""}, "cannot be in patches/series"),
        }
        for name, (edits, message) in cases.items():
            with self.subTest(name):
                for path, content in edits.items():
                    self.edit(path, content)
                topic = ["--topic", "first"] if name in ("nowhere", "a name") else []
                self.fail_with(message, "export", *topic)
                self.succeed("compose", "--discard")

    def test_unknown_topic(self) -> None:
        self.edit(WINDOWS, b"mine")
        said = self.fail_with(
            "There is no topic 'frist'.", "export", "--topic", "frist"
        )
        self.assertIn("first, second", said)
        self.fail_with("names are like", "export", "--topic", "../x", "-m", "X.\n\nY.")
        self.fail_with("needs a --topic", "export", "-m", "X.\n\nY.")

    def test_new_topic(self) -> None:
        self.edit(WINDOWS, b"mine\r\n")
        self.edit("tests/composite/test_new.py", b"new = True\n")
        self.succeed("export", *NEW)
        # The header that was not given is to be filled in.
        self.assertEqual(
            self.violations(),
            ["patches/third.patch: the header Drop-when is not filled in."],
        )
        self.succeed("export", "--topic", "third", *FILLED)
        self.assertIn("Drop-when: Upstream has it.\n", self.patch("third"))
        self.assertIn("third\n    tests/composite/test_new.py\n", self.own_series())
        self.assertSound()

    def own_series(self) -> str:
        return self.layout.series.read_text()

    def test_new_topic_with_nothing(self) -> None:
        self.fail_with("There is nothing to export to third", "export", *NEW)

    def test_messages_that_no_mail_can_have(self) -> None:
        self.edit(WINDOWS, b"mine\r\n")
        for options in (
            ("--message", "Added it.\n\nWhy\n---\nso."),
            ("--message", "Added it.\n\nWhy.", "--ticket", "one\ntwo"),
            ("--message", " "),
        ):
            with self.subTest(options):
                self.fail_with(
                    "are one line each", "export", "--topic", "third", *options
                )

    def test_reword(self) -> None:
        self.succeed("export", "--topic", "first", "-m", "Refs #1 -- Did.\n\nSo.")
        self.assertIn("Subject: Refs #1 -- Did.\n", self.patch("first"))
        self.assertIn("Ticket: #373.\n", self.patch("first"))
        self.assertIn("Refs #1 -- Did.", self.git("log"))
        self.assertSound()

    def test_reworded_by_hand_while_there_is_work(self) -> None:
        self.edit(ADDED, b"mine = True\n")
        self.replace_in("patches/first.patch", "It is needed.", "It is much needed.")
        self.succeed("export")
        self.assertSound()

    def test_supersede(self) -> None:
        self.edit(MAC, b"ours\n")
        self.succeed("export", "--topic", "first", "--supersede", MAC)
        self.assertEqual(self.own(MAC), b"ours\n")
        self.assertIn(MAC, self.layout.manifest.read_text())
        self.assertSound()
        # From now on edits of it are edits of our file.
        self.edit(MAC, b"ours, too\n")
        self.assertEqual(self.succeed("export"), f"wrote {MAC}\n")
        self.assertSound()

    def test_supersede_wrongly(self) -> None:
        first = ("export", "--topic", "first", "--supersede")
        self.fail_with("was not changed", *first, MAC)
        self.fail_with("is not upstream's", *first, ADDED)
        self.edit(UNENDED, b"ours\n")
        self.fail_with("is patched", *first, UNENDED)

    def test_new_files_in_the_repository(self) -> None:
        write(self.layout.root, "tests/composite/test_new.py", b"new = True\n")
        self.fail_with("belongs to no topic", "compose")
        self.fail_with("belongs to no topic", "export")
        self.succeed("export", "--topic", "second")
        self.assertEqual(self.read("tests/composite/test_new.py"), b"new = True\n")
        self.assertSound()

    def test_removal(self) -> None:
        self.edit(TESTS, None)
        self.assertIn(f"wrote {TESTS}", self.succeed("export"))
        self.assertFalse((self.layout.root / TESTS).exists())
        self.assertSound()

    def test_changed_on_both_sides(self) -> None:
        self.edit(ADDED, b"mine = True\n")
        write(self.layout.root, ADDED, b"yours = True\n")
        for verb in ("export", "compose"):
            self.fail_with(ADDED, verb)
        self.edit(ADDED, b"yours = True\n")
        self.succeed("export")
        self.assertSound()

    def test_changed_on_the_other_side(self) -> None:
        """Ours that changed in the repository go along with work in the tree."""
        self.edit(UNENDED, b"mine\n")
        write(self.layout.root, ADDED, b"yours = True\n")
        self.succeed("export")
        self.assertEqual(self.read(ADDED), b"yours = True\n")
        self.assertSound()

    def test_queue_changed_below_the_work(self) -> None:
        self.edit(UNENDED, b"mine\n")
        second = self.patch("second")
        series = self.own_series()
        for path, content in (
            ("patches/second.patch", second.replace("+Two and three", "+Two, three")),
            ("patches/series", "second\n".join(reversed(series.split("second\n")))),
        ):
            with self.subTest(path):
                before = self.own(path)
                write(self.layout.root, path, content.encode())
                self.fail_with("patches/ changed below it", "export")
                write(self.layout.root, path, before)
        self.succeed("export")
        self.assertSound()

    def test_commits_of_the_contributor(self) -> None:
        self.edit(UNENDED, b"mine\n")
        self.git("commit", "-q", "-a", "-m", "Mine.")
        self.edit(ADDED, b"mine = True\n")
        self.git("checkout", "-q", "-b", "mine")
        self.git("commit", "-q", "-a", "-m", "Mine, too.")
        self.succeed("export")
        self.assertIn("+mine", self.patch("second"))
        self.assertEqual(self.own(ADDED), b"mine = True\n")
        self.assertIn("Mine, too.", self.git("log", "mine"))
        self.assertSound()

    def test_fold_into_the_earlier_of_two_topics(self) -> None:
        """The later one follows: its hunk stays its own, further down."""
        later = self.patch("second")
        edited = hooked(self.read(LOOKUPS), "GreaterThan", "check_greater(self)")
        self.edit(LOOKUPS, edited)
        self.succeed("export", "--topic", "first")
        self.assertIn("+        check_greater(self)", self.patch("first"))
        self.assertNotIn("check_greater", self.patch("second"))
        self.assertNotEqual(self.patch("second"), later)
        self.assertEqual(self.read(LOOKUPS), edited)
        self.assertSound()

    def test_fold_into_the_later_of_two_topics(self) -> None:
        first = self.patch("first")
        edited = hooked(self.read(LOOKUPS), "GreaterThan", "check_greater(self)")
        self.edit(LOOKUPS, edited)
        self.succeed("export", "--topic", "second")
        self.assertEqual(self.patch("first"), first)
        self.assertIn("+        check_greater(self)", self.patch("second"))
        self.assertSound()

    def test_in_the_way(self) -> None:
        """An edit of a line of the later topic cannot go to the earlier one."""
        edited = self.read(LOOKUPS).replace(b"check_nulls(self)", b"check_null(self)")
        self.edit(LOOKUPS, edited)
        self.fail_with("a topic that comes after first", "export", "--topic", "first")
        self.succeed("export", "--topic", "second")
        self.assertSound()

    def test_edit_of_the_earlier_topics_line_by_the_later(self) -> None:
        edited = self.read(LOOKUPS).replace(b"check_columns", b"check_all")
        self.edit(LOOKUPS, edited)
        self.succeed("export", "--topic", "second")
        self.assertIn("-        check_columns(self)", self.patch("second"))
        self.assertSound()

    def test_edit_taken_back(self) -> None:
        self.edit(UNENDED, FILES[UNENDED])
        self.succeed("export")
        self.assertEqual(self.edits_of("second"), [LOOKUPS])
        self.assertSound()

    def test_unlisted_patches_are_not_removed(self) -> None:
        write(self.layout.patches, "mine.patch", b"mine")
        self.succeed("export")
        self.assertEqual((self.layout.patches / "mine.patch").read_bytes(), b"mine")

    def test_composed_without_git(self) -> None:
        shutil.rmtree(self.layout.build)
        with without_git():
            self.succeed("compose")
            self.fail_with("was composed without git", "export")
