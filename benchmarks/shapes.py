#!/usr/bin/env python3
"""
How fast are the SQL shapes that a set of composite keys can be asked for in?

This is the experiment behind the thresholds of the fork's strategies. It uses no
ORM: each shape is written here, given to the database by its driver, and timed.
Times are milliseconds, medians; the statement is built before the clock starts, and
values are passed as Django passes them. PostgreSQL works without its JIT compiler.

    python3 benchmarks/shapes.py                     every database that is there
    python3 benchmarks/shapes.py --databases sqlite  only this one
    python3 benchmarks/shapes.py --quick             small data, to see that it runs
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "scripts"))

from contestants import Preparation  # NOQA: E402
from data import COMPOSITE, FULL, QUICK, SINGLE, Data, Table  # NOQA: E402
from loading import load, temporary_database  # NOQA: E402
from patchqueue.layout import find_layout  # NOQA: E402
from servers import MARIADB, POSTGRESQL, SQLITE, TITLES, Connection  # NOQA: E402

Key = tuple[int, int]
Statement = tuple[str, list[Any]]

SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000)
ROUNDS = 5
# No shape is worth waiting for longer: seconds for a statement. PostgreSQL does
# not look at the clock while it plans, therefore one which took SLOW milliseconds is
# not tried with more keys.
LIMIT = 20
SLOW = 2_000

# --- A set of keys ---------------------------------------------------------


def flat(keys: list[Key]) -> list[int]:
    return [value for key in keys for value in key]


def groups(keys: list[Key]) -> dict[int, list[int]]:
    grouped = defaultdict(list)
    for tenant, num in keys:
        grouped[tenant].append(num)
    return grouped


def places(vendor: str, count: int) -> str:
    return ", ".join(["?" if vendor == SQLITE else "%s"] * count)


def balanced_or(conditions: list[str]) -> str:
    """Return a OR b OR …, nested so that no limit of depth is reached."""
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    left, right = balanced_or(conditions[:middle]), balanced_or(conditions[middle:])
    return f"({left} OR {right})"


def row_list(vendor: str, keys: list[Key]) -> Statement:
    """(a, b) IN ((1, 2), …)"""
    rows = ", ".join([f"({places(vendor, 2)})"] * len(keys))
    return f"(tenant_id, num) IN ({rows})", flat(keys)


def values(vendor: str, keys: list[Key]) -> str:
    place = places(vendor, 1)
    first = f"({place}::integer, {place}::integer)"
    row = f"({place}, {place})"
    rows = [row] * len(keys)
    if vendor == POSTGRESQL:
        rows[0] = first
    return f"VALUES {', '.join(rows)}"


def in_values(vendor: str, keys: list[Key]) -> Statement:
    """(a, b) IN (VALUES (1, 2), …)"""
    return f"(tenant_id, num) IN ({values(vendor, keys)})", flat(keys)


def in_select(vendor: str, keys: list[Key]) -> Statement:
    """(a, b) IN (SELECT * FROM (VALUES (1, 2), …) keys)"""
    rows = values(vendor, keys)
    return f"(tenant_id, num) IN (SELECT * FROM ({rows}) wanted)", flat(keys)


def or_tree(vendor: str, keys: list[Key]) -> Statement:
    """(a = 1 AND b = 2) OR …"""
    place = places(vendor, 1)
    condition = f"(tenant_id = {place} AND num = {place})"
    return balanced_or([condition] * len(keys)), flat(keys)


def grouped(vendor: str, keys: list[Key]) -> Statement:
    """(a = 1 AND b IN (2, …)) OR (a = 2 AND b IN (…)) …"""
    conditions, parameters = [], []
    for tenant, nums in groups(keys).items():
        some = places(vendor, len(nums))
        conditions.append(f"(tenant_id = {places(vendor, 1)} AND num IN ({some}))")
        parameters += [tenant, *nums]
    return balanced_or(conditions), parameters


def leading_and_rows(vendor: str, keys: list[Key]) -> Statement:
    """a IN (1, …) AND (a, b) IN ((1, 2), …)"""
    tenants = list(groups(keys))
    sql, parameters = row_list(vendor, keys)
    return (
        f"tenant_id IN ({places(vendor, len(tenants))}) AND {sql}",
        [*tenants, *parameters],
    )


def unnest(vendor: str, keys: list[Key]) -> Statement:
    """(a, b) IN (SELECT * FROM unnest(array, array))"""
    return (
        "(tenant_id, num) IN (SELECT * FROM unnest(%s::integer[], %s::integer[]))",
        [[key[0] for key in keys], [key[1] for key in keys]],
    )


def json_rows(vendor: str, keys: list[Key]) -> Statement:
    """(a, b) IN (SELECT … FROM json_each(one parameter)), or JSON_TABLE"""
    if vendor == SQLITE:
        sql = (
            "(tenant_id, num) IN (SELECT json_extract(value, '$[0]'), "
            "json_extract(value, '$[1]') FROM json_each(?))"
        )
    else:
        sql = (
            "(tenant_id, num) IN (SELECT a, b FROM JSON_TABLE(%s, '$[*]' COLUMNS ("
            "a integer PATH '$[0]', b integer PATH '$[1]')) wanted)"
        )
    return sql, [json.dumps(keys)]


Shape = Callable[[str, list[Key]], Statement]

SHAPES: dict[str, dict[str, Shape]] = {
    SQLITE: {
        "IN (VALUES)": in_values,
        "IN (SELECT FROM VALUES)": in_select,
        "OR tree": or_tree,
        "grouped": grouped,
        "json_each": json_rows,
    },
    POSTGRESQL: {
        "row list": row_list,
        "IN (VALUES)": in_values,
        "unnest": unnest,
        "OR tree": or_tree,
        "grouped": grouped,
        "a IN + row list": leading_and_rows,
    },
    MARIADB: {
        "row list": row_list,
        "IN (VALUES)": in_values,
        "IN (SELECT FROM VALUES)": in_select,
        "OR tree": or_tree,
        "grouped": grouped,
        "a IN + row list": leading_and_rows,
        "JSON_TABLE": json_rows,
    },
}

# --- A page after a key ----------------------------------------------------

PAGES: dict[str, str] = {
    "(a, b) > (x, y)": "(tenant_id, num) > ({a}, {b})",
    "a > x OR a = x AND b > y": "(tenant_id > {a} OR (tenant_id = {a} AND num > {b}))",
    "a >= x AND (a > x OR b > y)": (
        "(tenant_id >= {a} AND (tenant_id > {a} OR num > {b}))"
    ),
    "a >= x AND NOT (a = x AND b <= y)": (
        "(tenant_id >= {a} AND NOT (tenant_id = {a} AND num <= {b}))"
    ),
}

# --- New values for rows ---------------------------------------------------


def update_case(vendor: str, keys: list[Key]) -> Statement:
    """SET v = CASE WHEN (a, b) = (1, 2) THEN 3 … END WHERE (a, b) IN ((1, 2), …)"""
    place = places(vendor, 1)
    when = f"WHEN tenant_id = {place} AND num = {place} THEN {place}"
    cases = " ".join([when] * len(keys))
    parameters = [value for key in keys for value in (*key, sum(key))]
    where, more = (in_select if vendor == SQLITE else row_list)(vendor, keys)
    sql = f"UPDATE composite_target SET amount = CASE {cases} END WHERE {where}"
    return sql, parameters + more


def update_join(vendor: str, keys: list[Key]) -> Statement:
    """UPDATE … FROM (VALUES (1, 2, 3), …) or UPDATE … JOIN (VALUES …)"""
    place = places(vendor, 1)
    rows = [f"({place}, {place}, {place})"] * len(keys)
    parameters = [value for key in keys for value in (*key, sum(key))]
    if vendor == MARIADB:
        union = " UNION ALL ".join(
            [f"SELECT {place} AS a, {place} AS b, {place} AS v"]
            + [f"SELECT {place}, {place}, {place}"] * (len(keys) - 1)
        )
        sql = (
            f"UPDATE composite_target t JOIN ({union}) new "
            "ON t.tenant_id = new.a AND t.num = new.b SET t.amount = new.v"
        )
    elif vendor == POSTGRESQL:
        sql = (
            "UPDATE composite_target t SET amount = new.v "
            f"FROM (VALUES {', '.join(rows)}) new (a, b, v) "
            "WHERE t.tenant_id = new.a AND t.num = new.b"
        )
    else:
        sql = (
            "UPDATE composite_target SET amount = new.column3 "
            f"FROM (VALUES {', '.join(rows)}) new "
            "WHERE tenant_id = new.column1 AND num = new.column2"
        )
    return sql, parameters


def update_cte(vendor: str, keys: list[Key]) -> Statement:
    """UPDATE … JOIN (WITH new (a, b, v) AS (VALUES …) SELECT * FROM new)"""
    place = places(vendor, 1)
    rows = ", ".join([f"({place}, {place}, {place})"] * len(keys))
    parameters = [value for key in keys for value in (*key, sum(key))]
    sql = (
        "UPDATE composite_target t JOIN (WITH new (a, b, v) AS "
        f"(VALUES {rows}) SELECT * FROM new) new "
        "ON t.tenant_id = new.a AND t.num = new.b SET t.amount = new.v"
    )
    return sql, parameters


def update_single(vendor: str, keys: list[Key]) -> Statement:
    """The single key's CASE, for comparison"""
    place = places(vendor, 1)
    cases = " ".join([f"WHEN id = {place} THEN {place}"] * len(keys))
    parameters = [value for row, key in enumerate(keys) for value in (row + 1, key[1])]
    sql = (
        f"UPDATE single_target SET amount = CASE {cases} END "
        f"WHERE id IN ({places(vendor, len(keys))})"
    )
    return sql, [*parameters, *range(1, len(keys) + 1)]


UPDATES: dict[str, dict[str, Shape]] = {
    SQLITE: {"CASE": update_case, "FROM VALUES": update_join, "single": update_single},
    POSTGRESQL: {
        "CASE": update_case,
        "FROM VALUES": update_join,
        "single": update_single,
    },
    MARIADB: {
        "CASE": update_case,
        "JOIN SELECTs": update_join,
        "JOIN CTE of VALUES": update_cte,
        "single": update_single,
    },
}

# --- Timing ----------------------------------------------------------------


@dataclass(frozen=True)
class Timing:
    """The median in milliseconds, or what went wrong; and the rows."""

    text: str
    rows: list[Any]
    hopeless: bool


@dataclass
class Clock:
    """Times statements, and gives up those that are too slow."""

    connection: Connection
    rounds: int

    def __post_init__(self) -> None:
        if self.connection.vendor == POSTGRESQL:
            self.connection.execute(f"SET statement_timeout = '{LIMIT}s'")
            # Compiling an expression of thousands of terms takes minutes and
            # gigabytes, which nothing can end but the server's.
            self.connection.execute("SET jit = off")
        elif self.connection.vendor == MARIADB:
            self.connection.execute(f"SET max_statement_time = {LIMIT}")
        else:
            deadline = [0.0]
            self.connection.raw.set_progress_handler(
                lambda: time.perf_counter() > deadline[0], 100_000
            )
            self.deadline = deadline

    def once(self, sql: str, parameters: list[Any]) -> tuple[float, list[Any]]:
        if self.connection.vendor == SQLITE:
            self.deadline[0] = time.perf_counter() + LIMIT
        start = time.perf_counter()
        rows = self.connection.execute(sql, parameters)
        return (time.perf_counter() - start) * 1000, rows

    def median(self, statement: Statement) -> Timing:
        try:
            took, rows = self.once(*statement)
            if took < SLOW:
                times = [self.once(*statement)[0] for _ in range(self.rounds)]
                took = statistics.median(times)
        except Exception as error:  # Each driver has exceptions of its own.
            return Timing(short(error), [], hopeless=True)
        text = format(took, ".3g" if took < 100 else ".0f")
        return Timing(text, rows, hopeless=took > SLOW)


def short(error: Exception) -> str:
    text = str(error).lower()
    for sign, name in (
        ("depth", "depth"),
        ("too many", "too many"),
        ("interrupted", "time"),
        ("timeout", "time"),
        ("max_statement_time", "time"),
    ):
        if sign in text:
            return name
    return type(error).__name__


# --- The three experiments -------------------------------------------------


def pick(table: Table, size: int, tenants: int | None) -> list[Key]:
    within = tenants and tenants * table.per_tenant
    rows = table.sample(size, "shapes", within)
    return [table.key(COMPOSITE, row) for row in rows]  # type: ignore[misc]


def measure_sets(clock: Clock, data: Data, sizes: list[int]) -> Iterator[list[str]]:
    vendor = clock.connection.vendor
    yield ["leading values", "keys", "single key", *SHAPES[vendor]]
    spreads: list[tuple[str, Table, int | None]] = [
        ("1", data.event, 1),
        ("3", data.event, 3),
        (f"{data.event_tenants}", data.event, None),
        (f"{data.item_tenants}", data.item, None),
        ("all differ", data.pair, None),
    ]
    failed = set()
    for label, table, tenants in spreads:
        for size in sizes:
            keys = pick(table, size, tenants)
            ids = [(a - 1) * table.per_tenant + b for a, b in keys]
            select = f"SELECT SUM(amount) FROM %s_{table.name} WHERE "
            where = f"id IN ({places(vendor, size)})"
            single = clock.median((select.replace("%s", SINGLE) + where, ids))
            line = [label, f"{size:,}", single.text]
            for name, shape in SHAPES[vendor].items():
                if (label, name) in failed:
                    line.append("–")
                    continue
                where, parameters = shape(vendor, keys)
                timing = clock.median(
                    (select.replace("%s", COMPOSITE) + where, parameters)
                )
                wrong = timing.rows and timing.rows != single.rows
                line.append(timing.text + " WRONG" * bool(wrong))
                if timing.hopeless:
                    failed.add((label, name))
            yield line


def measure_pages(clock: Clock, data: Data) -> Iterator[list[str]]:
    place = places(clock.connection.vendor, 1)
    table = data.event
    yield ["50 rows after row", "single key", *PAGES]
    for share in (0, 0.001, 0.15, 0.5, 0.95):
        row = int(table.rows * share)
        a, b = table.key(COMPOSITE, row)  # type: ignore[misc]
        select = f"SELECT name, amount FROM %s_{table.name} WHERE "
        sql = f"id > {place} ORDER BY id LIMIT 50"
        line = [
            f"{row:,}",
            clock.median((select.replace("%s", SINGLE) + sql, [row + 1])).text,
        ]
        for condition in PAGES.values():
            parameters = [
                {"a": a, "b": b}[part[0]] for part in condition.split("{")[1:]
            ]
            where = condition.format(a=place, b=place)
            sql = f"{where} ORDER BY tenant_id, num LIMIT 50"
            line.append(
                clock.median((select.replace("%s", COMPOSITE) + sql, parameters)).text
            )
        yield line


def measure_updates(clock: Clock, data: Data, sizes: list[int]) -> Iterator[list[str]]:
    vendor = clock.connection.vendor
    yield ["rows", *UPDATES[vendor]]
    failed = set()
    for size in sizes:
        if 10 <= size <= data.targets:
            keys = pick(data.target, size, None)
            line = [f"{size:,}"]
            for name, shape in UPDATES[vendor].items():
                if name in failed:
                    line.append("–")
                    continue
                clock.connection.execute("BEGIN")
                timing = clock.median(shape(vendor, keys))
                clock.connection.execute("ROLLBACK")
                line.append(timing.text)
                if timing.hopeless:
                    failed.add(name)
            yield line


def show(title: str, lines: Iterator[list[str]]) -> None:
    """Print a table in Markdown, line by line as they come."""
    print(f"\n### {title}\n")
    for number, line in enumerate(lines):
        print("| " + " | ".join(line) + " |", flush=True)
        if not number:
            print("|---" * len(line) + "|")


def run(vendor: str, directory: Path, quick: bool) -> None:
    data = QUICK if quick else FULL
    sizes = [size for size in SIZES if not quick or size <= 50]
    with temporary_database(vendor, "composite_benchmark_shapes", directory) as name:
        connection = Connection(vendor, name)
        load(connection, data)
        if vendor == SQLITE:
            connection.execute("PRAGMA foreign_keys = ON")
        title = f"{TITLES[vendor]} {connection.version().split(' on ')[0]}"
        clock = Clock(connection, 1 if quick else ROUNDS)
        show(f"{title}: sets of keys, ms", measure_sets(clock, data, sizes))
        show(f"{title}: pages, ms", measure_pages(clock, data))
        show(f"{title}: updates, ms", measure_updates(clock, data, [*sizes, 3_000]))
        connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="Time SQL shapes of composite keys.")
    add = parser.add_argument
    add("--databases", nargs="+", choices=list(TITLES), default=list(TITLES))
    add("--quick", action="store_true", help="small data: does it run?")
    options = parser.parse_args()
    layout = find_layout()
    python = Preparation(layout, TITLES).drivers_alone()
    if python.parent.resolve() != Path(sys.prefix, python.parent.name).resolve():
        return subprocess.call([str(python), __file__, *sys.argv[1:]])
    room = layout.build / "benchmarks"
    room.mkdir(parents=True, exist_ok=True)
    for vendor in options.databases:
        run(vendor, room, options.quick)
    return 0


if __name__ == "__main__":
    sys.exit(main())
