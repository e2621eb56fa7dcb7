"""What a run of TPC-C found out, its tables, and whether the targets are met."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from contestants import FORK, SQLALCHEMY
from records import Record, load
from report import number, table
from servers import TITLES
from tpcc.game import Round, Score
from tpcc.inputs import KINDS


@dataclass(frozen=True)
class Target:
    database: str
    what: str
    limit: str
    found: str
    met: bool


@dataclass
class Outcome(Record):
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


def targets(outcome: Outcome) -> list[Target]:
    """Return what issue 5 asks for, and what was found."""
    found = []
    for database in outcome.databases():
        fork = outcome.find(database, FORK)
        other = outcome.find(database, SQLALCHEMY)
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


def _yes_or_no(database: str, what: str, problems: list[str]) -> Iterator[Target]:
    yield Target(database, what, "hold", "; ".join(problems) or "hold", not problems)


def render(outcome: Outcome) -> str:
    about = outcome.about
    lines = [f"- {key}: {about[key]}" for key in ("date", "machine", "scale", "rules")]
    lines += [f"- {d}: {version}" for d, version in about["databases"].items()]
    lines += [f"- left out: {line}" for line in about["left_out"]]
    sections = ["# TPC-C", "\n".join(lines)]
    sections += [_scores(outcome, database) for database in outcome.databases()]
    found = targets(outcome)
    rows = [
        [TITLES[t.database], t.what, t.limit, t.found, "ok" if t.met else "FAIL"]
        for t in found
    ]
    if rows:
        header = ["database", "what", "limit", "found", ""]
        met = sum(t.met for t in found)
        text = f"## Targets\n\n{table(header, rows)}\n\n{met} of {len(found)} hold."
        sections.append(text)
    return "\n\n".join(sections) + "\n"


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
