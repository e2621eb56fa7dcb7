"""What a run of TPC-C found out, its tables, and whether the targets are met."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import judged
from contestants import FORK, SQLALCHEMY
from judged import Target
from records import load
from report import number, table
from servers import TITLES
from tpcc.game import Round, Score
from tpcc.inputs import KINDS


@dataclass
class Outcome(judged.Outcome):
    name = "tpcc"

    scores: list[Score] = field(default_factory=list)

    def databases(self) -> list[str]:
        return list(dict.fromkeys(score.database for score in self.scores))

    def find(self, database: str, contestant: str) -> Score | None:
        for score in self.scores:
            if (score.database, score.contestant) == (database, contestant):
                return score
        return None

    @classmethod
    def read(cls, path: Path) -> Outcome:
        found = load(path)
        scores = [
            Score(**{**score, "rounds": [Round(**one) for one in score["rounds"]]})
            for score in found["scores"]
        ]
        return cls(found["about"], scores)

    def render(self) -> str:
        about = self.about
        keys = ("date", "machine", "scale", "rules")
        lines = [f"- {key}: {about[key]}" for key in keys]
        lines += [f"- {d}: {version}" for d, version in about["databases"].items()]
        lines += [f"- left out: {line}" for line in about["left_out"]]
        sections = ["# TPC-C", "\n".join(lines)]
        sections += [_scores(self, database) for database in self.databases()]
        sections += ["\n".join(self.targets_section())]
        return "\n\n".join(sections).rstrip() + "\n"

    def targets(self) -> list[Target]:
        found = []
        for database in self.databases():
            fork = self.find(database, FORK)
            other = self.find(database, SQLALCHEMY)
            if fork is None:
                continue
            if other is not None and fork.rounds and other.rounds:
                # Of what was measured within seconds.
                ratio = statistics.median(
                    mine.rate / theirs.rate
                    for mine, theirs in zip(fork.rounds, other.rounds)
                )
                what = "transactions per second, against SQLAlchemy's"
                found.append(Target(database, what, "≥ 1", f"{ratio:.3f}", ratio >= 1))
            for kind in KINDS if other is not None else []:
                assert other is not None
                mine, theirs = statements(fork, kind), statements(other, kind)
                found.append(
                    Target(
                        database,
                        f"statements of {kind}",
                        f"≤ {theirs:.2f}",
                        f"{mine:.2f}",
                        mine <= theirs,
                    )
                )
            found += _yes_or_no(database, "conditions 1 to 4", fork.violations)
            found += _yes_or_no(database, "migrations and fixtures", fork.findings)
        return found

    def is_sound(self) -> bool:
        return bool(self.scores) and not any(score.violations for score in self.scores)


def rate(score: Score) -> float:
    return statistics.median(played.rate for played in score.rounds)


def cpu(score: Score) -> float:
    """Return the milliseconds of processor time of the client, for a transaction."""
    return statistics.median(
        played.cpu / played.transactions * 1_000 for played in score.rounds
    )


def milliseconds(score: Score, kind: str) -> float:
    """Return how long a transaction of a kind took, on average of all rounds."""
    taken = sum(played.seconds_of_kinds.get(kind, 0) for played in score.rounds)
    done = sum(played.kinds.get(kind, 0) for played in score.rounds)
    return taken / done * 1_000 if done else 0


def statements(score: Score, kind: str) -> float:
    return statistics.mean(score.statements.get(kind, [0]))


def _yes_or_no(database: str, what: str, problems: list[str]) -> Iterator[Target]:
    yield Target(database, what, "hold", "; ".join(problems) or "hold", not problems)


def _scores(outcome: Outcome, database: str) -> str:
    scores = [score for score in outcome.scores if score.database == database]
    rows = []

    def add(what: str, *cells: str) -> None:
        rows.append([what, *cells])

    if all(score.rounds for score in scores):
        add("transactions/s, median", *(f"{rate(s):.1f}" for s in scores))
        extremes = [sorted(played.rate for played in s.rounds) for s in scores]
        add("… least and most", *(f"{e[0]:.1f}–{e[-1]:.1f}" for e in extremes))
        add("client's CPU, ms/transaction", *(number(cpu(s)) for s in scores))
        for kind in KINDS:
            add(f"{kind}, ms", *(number(milliseconds(s, kind)) for s in scores))
        for name in ("conflicts", "rolled_back"):
            totals = (sum(getattr(r, name) for r in s.rounds) for s in scores)
            add(name.replace("_", " "), *map(str, totals))
    for kind in KINDS:
        add(f"{kind}, statements", *(f"{statements(s, kind):.2f}" for s in scores))
    add("loaded, rows/s", *(f"{s.rows / s.load_seconds:,.0f}" for s in scores))
    header = ["", *(outcome.title(score.contestant) for score in scores)]
    return f"## {TITLES[database]}\n\n{table(header, rows)}"
