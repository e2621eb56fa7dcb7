"""
Asks the contestants in turn, round after round.

What is compared is measured within seconds of each other: for one case at one
size, every contestant is visited in every round, each time beginning with
another one. The first round is not counted, it fills the caches.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from cases import Case, Question, expected_answer
from contestants import Contestant
from data import KEYS, Data
from protocol import Worker, WorkerFailed, worker_script
from results import Result


@dataclass(frozen=True)
class Pace:
    """How long it may take."""

    rounds: int = 5
    # Seconds for one visit: quick operations are repeated that long.
    budget: float = 0.05
    # Seconds after which an operation is given up.
    limit: float = 20
    # Whether PostgreSQL may compile expressions.
    jit: bool = False
    # Seconds after which a contestant is not visited again in the same case.
    enough: float = 3


@dataclass(frozen=True)
class Database:
    """A database that is ready."""

    vendor: str
    name: str
    data: Data


class Player:
    """A contestant's process, which is started again after it was given up."""

    def __init__(self, contestant: Contestant, database: Database, pace: Pace) -> None:
        self.contestant = contestant
        self.database = database
        self.pace = pace
        self.worker: Worker | None = None

    def ask(self, do: str, question: Question, **more: float) -> dict[str, object]:
        """Return the reply; a process that fails to give one makes it an error."""
        try:
            request = {"do": do, **asdict(question), **more}
            return self._running().ask(request, self.pace.limit + 15)
        except WorkerFailed as error:
            self.stop()
            last = str(error).splitlines()[-1] if str(error) else "it ended"
            return {"error": f"no answer: {last}"}

    def _running(self) -> Worker:
        if self.worker is None:
            command = self.contestant.command(worker_script(), self.contestant.orm)
            self.worker = Worker(command, self.contestant.environ)
            reply = self.worker.ask(
                {
                    "do": "open",
                    "vendor": self.database.vendor,
                    "database": self.database.name,
                    "data": asdict(self.database.data),
                    "limit": self.pace.limit,
                    "jit": self.pace.jit,
                },
                timeout=60,
            )
            if "error" in reply:
                raise WorkerFailed(str(reply["error"]))
        return self.worker

    def stop(self) -> None:
        if self.worker is not None:
            self.worker.stop()
            self.worker = None


class Cell:
    """One contestant in one case with one kind of key, and what it has spent."""

    def __init__(self, player: Player, question: Question) -> None:
        self.player = player
        self.question = question
        self.spent = 0.0  # Seconds.
        self.result = Result(
            player.database.vendor,
            question.case,
            question.size,
            question.key,
            player.contestant.name,
        )

    @property
    def over(self) -> bool:
        result = self.result
        return bool(
            result.error
            or result.absent
            or (result.samples and self.spent > self.player.pace.enough)
        )

    def visit(self, counts: bool) -> None:
        reply = self.player.ask(
            "measure", self.question, budget=self.player.pace.budget
        )
        if self._failed(reply):
            return
        samples: list[float] = reply["samples"]  # type: ignore[assignment]
        expected = expected_answer(
            self.question.case, self.question.size, self.player.database.data
        )
        if expected is not None and reply["answer"] != expected:
            self.result.error = f"wrong answer: {reply['answer']}, not {expected}"
            return
        self.spent += sum(samples) / 1000
        # One that takes so long that it is not asked again needs no warming up.
        if counts or self.spent > self.player.pace.enough:
            self.result.samples += samples

    def finish(self, weigh: bool, plan: bool) -> None:
        """Ask for what takes no clock: memory, and the plan."""
        if self.result.median is None:
            return
        if weigh:
            reply = self.player.ask("weigh", self.question)
            if "bytes" in reply:
                self.result.peak = int(reply["bytes"])  # type: ignore[call-overload]
        if plan:
            reply = self.player.ask("plan", self.question)
            if reply.get("plan"):
                self.result.plan = str(reply["plan"])[:2_000]

    def _failed(self, reply: dict[str, object]) -> bool:
        if "error" in reply:
            self.result.error = str(reply["error"])
        if "absent" in reply:
            self.result.absent = str(reply["absent"])
        return "samples" not in reply


def play(
    case: Case,
    sizes: list[int],
    players: list[Player],
    pace: Pace,
    say: Callable[[str], None],
) -> Iterator[Result]:
    """Let all players do a case at each of its sizes, and yield the results."""
    too_slow: set[tuple[str, str]] = set()
    for size in sizes:
        cells = [
            Cell(player, Question(case.name, size, key))
            for player in players
            for key in KEYS
        ]
        for cell in cells:
            who = (cell.result.contestant, cell.result.key)
            if who in too_slow:
                cell.result.error = "not asked: a smaller size was too slow"
        for number in range(pace.rounds + 1):
            shift = number % len(cells)
            for cell in cells[shift:] + cells[:shift]:
                if not cell.over:
                    cell.visit(counts=number > 0)
        for cell in cells:
            cell.finish(weigh=size == max(sizes), plan=case.plan)
            result = cell.result
            if result.error and _is_timeout(result.error):
                too_slow.add((result.contestant, result.key))
            yield result
        say(f"{case.name} {size:,}")


def _is_timeout(error: str) -> bool:
    return "no answer within" in error or "timeout" in error


@contextlib.contextmanager
def make_players(
    contestants: list[Contestant], database: Database, pace: Pace
) -> Iterator[list[Player]]:
    players = [Player(contestant, database, pace) for contestant in contestants]
    try:
        yield players
    finally:
        for player in players:
            player.stop()
