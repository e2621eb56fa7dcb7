"""
Lets the contestants do the same transactions, each in a database of its own.

Each connection is a process. In every round, each contestant is visited once, and
another one is the first: what is compared was measured within seconds. Before the
first round, both do transactions one by one, while nothing differs yet: statements
are counted there, and what the terminals display must be the same.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from contestants import FORK, Contestant
from protocol import Message, Worker, WorkerFailed, ask
from servers import SQLITE
from tpcc.inputs import DECK
from tpcc.values import Scale

SCRIPT = Path(__file__).resolve().parent / "terminal.py"


class GameFailed(WorkerFailed):
    """Contestants did not do the same; str() tells what."""


@dataclass(frozen=True)
class Rules:
    scale: Scale
    seed: int = 1
    connections: int = 4
    # An even number: who comes second pays for what the first one has left to write.
    rounds: int = 6
    # In each round, by all connections together.
    transactions: int = 1_000
    # Done one by one, before the rounds.
    traced: int = 10 * sum(DECK.values())


@dataclass
class Round:
    """What all connections of a contestant did at once."""

    seconds: float
    cpu: float
    transactions: int
    rolled_back: int
    conflicts: int
    kinds: dict[str, int]
    seconds_of_kinds: dict[str, float]

    @property
    def rate(self) -> float:
        return self.transactions / self.seconds


@dataclass
class Score:
    """What a contestant did on a database."""

    database: str
    contestant: str
    rows: int = 0
    load_seconds: float = 0
    rounds: list[Round] = field(default_factory=list)
    # How many transactions of a kind needed so many statements.
    statements: dict[str, list[int]] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)


class Player:
    """A contestant's processes on its database."""

    def __init__(
        self, contestant: Contestant, vendor: str, database: str, rules: Rules
    ) -> None:
        self.contestant = contestant
        self.rules = rules
        self.score = Score(vendor, contestant.name)
        self.opening = {
            "do": "open",
            "vendor": vendor,
            "database": database,
            "scale": asdict(rules.scale),
        }
        # SQLite has one writer at a time.
        self.connections = 1 if vendor == SQLITE else rules.connections
        self.workers: list[Worker] = []

    def open(self) -> None:
        for _ in range(self.connections):
            self.workers.append(open_worker(self.contestant, self.opening))

    def close(self) -> None:
        for worker in self.workers:
            worker.stop()

    def load(self) -> None:
        reply = ask(self.workers[0], do="load", seed=self.rules.seed)
        self.score.rows = reply["rows"]
        self.score.load_seconds = reply["seconds"]

    def trace(self) -> list[Any]:
        """Do transactions one by one, count statements, and return the outputs."""
        worker = self.workers[0]
        self.prepare(worker, terminal=0, part=0, count=self.rules.traced)
        reply = ask(worker, do="trace")
        for kind, number in reply["statements"]:
            self.score.statements.setdefault(kind, []).append(number)
        outputs: list[Any] = reply["outputs"]
        return outputs

    def prepare(self, worker: Worker, terminal: int, part: int, count: int) -> None:
        ask(
            worker,
            do="prepare",
            seed=self.rules.seed,
            terminal=terminal,
            part=part,
            count=count,
        )

    def play(self, number: int) -> Round:
        """Do the transactions of a round with all connections at once."""
        for terminal, worker in enumerate(self.workers):
            count = self.rules.transactions // self.connections
            count += terminal < self.rules.transactions % self.connections
            self.prepare(worker, terminal, number, count)
        with ThreadPoolExecutor(self.connections) as pool:
            begun = time.perf_counter()
            replies = list(pool.map(lambda worker: ask(worker, do="go"), self.workers))
            seconds = time.perf_counter() - begun
        return Round(
            seconds,
            **{
                name: sum(reply[name] for reply in replies)
                for name in ("cpu", "transactions", "rolled_back", "conflicts")
            },
            kinds=_sums(reply["kinds"] for reply in replies),
            seconds_of_kinds=_sums(reply["seconds_of_kinds"] for reply in replies),
        )


def play(
    contestants: list[Contestant],
    vendor: str,
    databases: dict[str, str],
    rules: Rules,
    say: Callable[[str], None],
) -> list[Score]:
    """
    Let the contestants play on one kind of database; return what they did.

    ``databases`` are the names of the empty ones that they have for it. The fork
    must be among the contestants: its migrations make all tables.
    """
    (fork,) = (contestant for contestant in contestants if contestant.name == FORK)
    with contextlib.ExitStack() as stack:
        players = []
        keepers: dict[str, Worker] = {}
        findings = []
        for contestant in contestants:
            name = contestant.name
            player = Player(contestant, vendor, databases[name], rules)
            players.append(player)
            keepers[name] = open_worker(fork, player.opening)
            stack.callback(keepers[name].stop)
            if contestant is fork:
                findings = ask(keepers[name], do="schema", seed=rules.seed)["findings"]
                player.score.findings = findings
                say("schema and fixtures")
            ask(keepers[name], do="migrate")
            stack.callback(player.close)
            player.open()
            if contestant is not fork:
                check_classes(player)
            player.load()
            ask(keepers[name], do="clean")
            say(f"{player.score.rows:,} rows by {name}")
        _compare({p.contestant.name: p.trace() for p in players})
        say(f"{rules.traced} transactions, one by one")
        for number in range(rules.rounds + 1):
            shift = number % len(players)
            for player in players[shift:] + players[:shift]:
                ask(keepers[player.contestant.name], do="clean")
                played = player.play(number + 1)
                # The first one fills the caches.
                if number or not rules.rounds:
                    player.score.rounds.append(played)
        for player in players:
            name = player.contestant.name
            player.score.violations = ask(keepers[name], do="conditions")["violations"]
        say(f"{rules.rounds + 1} rounds of {rules.transactions:,} transactions")
        return [player.score for player in players]


def check_classes(player: Player) -> None:
    """Fail if SQLAlchemy's classes are not those of the tables."""
    differences = ask(player.workers[0], do="differences")["differences"]
    if differences:
        name = player.contestant.name
        raise GameFailed(f"the tables of {name}: {'; '.join(differences)}")


def _compare(outputs: dict[str, list[Any]]) -> None:
    """Fail if terminals have displayed different things."""
    (first, expected), *others = outputs.items()
    for name, found in others:
        for number, (one, other) in enumerate(zip(expected, found, strict=True)):
            if one != other:
                raise GameFailed(
                    f"transaction {number} is {one} by {first}, {other} by {name}"
                )


def _sums(parts: Iterator[dict[str, Any]] | Any) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            total[name] = total.get(name, 0) + value
    return total


def open_worker(contestant: Contestant, opening: Message) -> Worker:
    worker = Worker(contestant.command(SCRIPT, contestant.orm), contestant.environ)
    try:
        ask(worker, **opening)
    except WorkerFailed:
        worker.stop()
        raise
    return worker
