"""Patches without context: what is made can be read, and applies exactly."""

import random
import unittest

from patchqueue.diffs import FilePatch, make_diff, parse_diff
from patchqueue.errors import QueueError

PATH = "django/a file.py"


class DiffTests(unittest.TestCase):
    def assertRoundTrip(self, before: bytes, after: bytes) -> FilePatch:
        made = make_diff(PATH, before, after)
        self.assertEqual(parse_diff(made.dumps()), [made])
        self.assertEqual(made.apply(before), after)
        return made

    def test_ends_of_files_and_lines(self) -> None:
        contents = [
            b"",
            b"a",
            b"a\n",
            b"\n",
            b"a\r\n",
            b"a\r",
            b"a\rb\nc\x0bd\x85\n",
            b"a\nb",
            b"b\na\n",
            b"-- a\n++ b\n",
            b"@@ -1 +1 @@\ndiff --git a/x b/x\n",
            b"\\ No newline at end of file\n",
            b"\0\xff\n",
            "ä\u2028ö\n".encode(),
        ]
        for before in contents:
            for after in contents:
                if before != after:
                    with self.subTest(before=before, after=after):
                        self.assertRoundTrip(before, after)

    def test_any_edits(self) -> None:
        chance = random.Random(19)
        for _ in range(25):
            lines = [chance.choice([b"a\n", b"b\n", b"\n"]) for _ in range(30)]
            edited = list(lines)
            for _ in range(chance.randrange(1, 6)):
                start = chance.randrange(len(edited) + 1)
                edited[start : start + chance.randrange(3)] = [b"c\n"] * (
                    chance.randrange(3)
                )
            if lines != edited:
                self.assertRoundTrip(b"".join(lines), b"".join(edited))

    def test_as_git_writes_it(self) -> None:
        made = self.assertRoundTrip(b"a\nb\nc\nd\ne", b"x\na\nc\nD\ne\n")
        _, _, hunks = made.dumps().partition(b"@@")
        self.assertEqual(
            (b"@@" + hunks).decode(),
            "@@ -0,0 +1 @@\n+x\n@@ -2 +2,0 @@\n-b\n@@ -4,2 +4,2 @@\n-d\n-e\n"
            "\\ No newline at end of file\n+D\n+e\n",
        )

    def test_nothing_is_guessed(self) -> None:
        """The same lines, one line further down, are another file."""
        made = make_diff(PATH, b"a\nb\n", b"a\nc\n")
        with self.assertRaisesRegex(QueueError, "the file drifted"):
            made.apply(b"a\na\nb\n")

    def test_no_diff(self) -> None:
        self.assertEqual(parse_diff(b""), [])
        self.assertEqual(parse_diff(b"\n"), [])
        for text in (b"hello", b"\xff\xff", b"diff --git a/x b/x\n"):
            with self.subTest(text), self.assertRaises(QueueError):
                parse_diff(text)
