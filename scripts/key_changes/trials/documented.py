"""
The SQL that the documentation shows is what sqlmigrate prints for its models.

A comment in the page says which database's it is: ".. sqlmigrate postgres forwards".
The models are the first and the second ones of the page's first app.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from .databases import Database
from .projects import History, Prepared, TrialFailed, Version, prepare

SCRIPTS = Path(__file__).resolve().parents[2]
PAGE = SCRIPTS.parent / "docs" / "howto" / "composite-primary-key-migrate.txt"
sys.path.append(str(SCRIPTS))

from docs_examples import find_blocks  # NOQA: E402

LEXERS = {"postgres": "postgresql", "mysql": "mysql", "sqlite": "sql"}
BLOCK = re.compile(
    r"^\.\. sqlmigrate (?P<vendor>\w+) (?P<direction>forwards|backwards)\n"
    r"(\n\.\. code-block:: \w+\n\n(?P<sql>(?:(?:    .*)?\n)+?)(?=\n*\S|\Z))?",
    re.MULTILINE,
)


def read_history() -> History:
    blocks = list(find_blocks(PAGE.read_text(encoding="utf-8")))
    app = blocks[0].app
    models = [b.code for b in blocks if b.kind == "models" and b.app == app]
    return History("documented", [Version({app: code}) for code in models[:2]], "", 0)


def print_sql(prepared: Prepared, database: Database, direction: str) -> str:
    """Return what sqlmigrate prints for the change, wrapped for the page."""
    (app,) = prepared.history.apps
    leaf = prepared.rooms[1].leaves()[app]
    database.make()
    try:
        before = prepared.rooms[direction == "backwards"]
        before.run(["migrate"], on=database).expect_success("migrate")
        options = ["--backwards"] if direction == "backwards" else []
        outcome = prepared.rooms[1].run(
            ["sqlmigrate", app, leaf, *options], on=database
        )
        return wrap(outcome.expect_success("sqlmigrate"))
    finally:
        database.drop()


def wrap(sql: str) -> str:
    lines = []
    for line in sql.strip().splitlines():
        lines += textwrap.wrap(
            line,
            75,
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(lines)


def check(vendor: str, directory: Path, update: bool) -> Iterator[str]:
    """Compare what the page has for this database, or write it there."""
    directory.mkdir(exist_ok=True)
    prepared = prepare(read_history(), directory / "documented")
    database = Database(vendor, "composite_trial_docs", directory)

    def replace(match: re.Match[str]) -> str:
        if match["vendor"] != vendor:
            return match[0]
        sql = print_sql(prepared, database, match["direction"])
        found = textwrap.indent(sql, "    ") + "\n"
        if not update and found != match["sql"]:
            raise TrialFailed(f"{PAGE.name} has other SQL than sqlmigrate:\n{found}")
        head = match[0].splitlines()[0]
        return f"{head}\n\n.. code-block:: {LEXERS[vendor]}\n\n{found}"

    text = PAGE.read_text(encoding="utf-8")
    replaced = BLOCK.sub(replace, text)
    if update:
        PAGE.write_text(replaced, encoding="utf-8")
    yield "the SQL in the documentation"
