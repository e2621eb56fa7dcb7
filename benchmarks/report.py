"""The tables that a run prints, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from cases import CASES_BY_NAME
from data import COMPOSITE, SINGLE
from results import Result, Run
from servers import TITLES
from targets import Target

_EXPLANATION = (
    "Milliseconds for the whole operation, medians: composite key / single key. "
    "`error` is what users get; `–` is what there is not."
)


def render(run: Run, targets: list[Target]) -> str:
    sections = [_about(run), _EXPLANATION]
    for database in run.databases():
        sections.append(_medians(run, database))
    sections.append(_errors(run))
    for database in run.databases():
        sections.append(_memory(run, database))
    sections += [_plans(run), _instructions(run), _targets(targets)]
    return "\n\n".join(section for section in sections if section) + "\n"


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def number(value: float) -> str:
    """Return a number with three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}"


def _title(case: str, size: int) -> str:
    unit = CASES_BY_NAME[case].unit if case in CASES_BY_NAME else ""
    return f"{case}, {size:,} {unit}"


def _shown(result: Result | None) -> str:
    if result is None or result.absent:
        return "–"
    if result.median is None:
        return "error"
    return number(result.median)


def _names(run: Run) -> list[str]:
    return [run.title(name) for name in run.contestants()]


def _about(run: Run) -> str:
    about = run.about
    lines = [f"# Benchmark, {about['date']}", "", f"{about['machine']}"]
    for name, versions in about["contestants"].items():
        lines.append(
            f"- {name}: {versions['name']}, Python {versions['python']}, "
            f"`{versions['path']}`"
        )
    for name, version in about["databases"].items():
        lines.append(f"- {TITLES[name]}: {version}")
    lines += [f"- left out: {line}" for line in about["left_out"]]
    lines.append(
        f"- {about['rounds']} rounds; load {about['load'][0]} at the start, "
        f"{about['load'][1]} at the end, {about['seconds']:.0f} s in all"
    )
    return "\n".join(lines)


def _medians(run: Run, database: str) -> str:
    rows = []
    for case, size in run.cases():
        cells = [_title(case, size)]
        for contestant in run.contestants():
            pair = [
                _shown(run.find(database, case, size, key, contestant))
                for key in (COMPOSITE, SINGLE)
            ]
            cells.append(" / ".join(pair) if pair != ["–", "–"] else "–")
        rows.append(cells)
    return f"## {TITLES[database]}, ms\n\n" + table(["case", *_names(run)], rows)


def _errors(run: Run) -> str:
    found: dict[tuple[str, str, str, str, str], list[str]] = {}
    for result in run.results:
        if result.error:
            kind = (
                result.database,
                result.case,
                result.contestant,
                result.key,
                result.error,
            )
            found.setdefault(kind, []).append(f"{result.size:,}")
    lines = [
        f"- {TITLES[database]}, {case} {'; '.join(sizes)}, {contestant}, {key} key: "
        f"{error}"
        for (database, case, contestant, key, error), sizes in found.items()
    ]
    return "## Errors\n\n" + "\n".join(lines) if lines else ""


def _memory(run: Run, database: str) -> str:
    rows = []
    for case, size in run.cases():
        cells = []
        for contestant in run.contestants():
            for key in (COMPOSITE, SINGLE):
                result = run.find(database, case, size, key, contestant)
                peak = result.peak if result else None
                cells.append("–" if peak is None else number(peak / 2**20))
        if set(cells) != {"–"}:
            pairs = map(" / ".join, zip(cells[::2], cells[1::2]))
            rows.append([_title(case, size), *pairs])
    if not rows:
        return ""
    return (
        f"## {TITLES[database]}, peak memory, MiB\n\n"
        "What Python had allocated at once during the operation (tracemalloc); the "
        "buffers of the databases' client libraries are not in it.\n\n"
        + table(["case", *_names(run)], rows)
    )


def _plans(run: Run) -> str:
    parts = []
    for result in run.results:
        if result.case == "keyset" and result.plan and result.key == COMPOSITE:
            parts.append(
                f"{TITLES[result.database]}, {result.contestant}, "
                f"{_title(result.case, result.size)}:\n\n"
                + "\n".join(f"    {line}" for line in result.plan.splitlines())
            )
    return "## Plans of a page\n\n" + "\n\n".join(parts) if parts else ""


def _instructions(run: Run) -> str:
    if not run.counted:
        return ""
    names = list(run.counted[0].instructions)
    rows = []
    for counted in run.counted:
        counts = [counted.instructions.get(name, 0) for name in names]
        ratio = f"{counts[0] / counts[1]:.4f}" if len(counts) == 2 else "–"
        rows.append([counted.operation, *(f"{count:,}" for count in counts), ratio])
    return (
        "## Single keys: instructions\n\n"
        "Executed by the whole process, Python and SQLite included, for one operation "
        "on a database in memory, as counted by Valgrind.\n\n"
        + table(["operation", *names, "ratio"], rows)
    )


def _targets(targets: list[Target]) -> str:
    return "## Targets\n\n" + "\n".join(_target_lines(targets)) if targets else ""


def _target_lines(targets: list[Target]) -> Iterator[str]:
    rows = [
        [
            target.subject,
            TITLES[target.database],
            target.what,
            f"≤ {target.limit:g}",
            target.note or ("–" if target.value is None else f"{target.value:.3f}"),
            target.mark,
        ]
        for target in targets
    ]
    yield table(["what", "database", "case", "limit", "found", ""], rows)
    met = sum(target.met for target in targets)
    yield f"\n{met} of {len(targets)} hold."
