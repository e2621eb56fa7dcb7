"""
Runs the examples of a page of documentation: docs_examples.py PAGE

A page is read from top to bottom. Its classes and functions become those of the
models module of an app, with tables in an SQLite database in memory, and its
sessions ("code-block:: pycon") run as one. SQL ("code-block:: sql") has to be
among the statements that the last session ran, or that made the tables. "..."
stands for what is left out, also in what a session prints.

The app is called "theatre", unless a comment says otherwise:

.. The examples are of the app "tracker".

Such a comment may be repeated in order to go on with another app.

A migration is run if it's a class, and the models that follow must be what it
makes of the tables. Operations on their own have to be among those that
"makemigrations" writes for the models of the app.

This runs where the composed Django can be imported, see docs.py.
"""

import doctest
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

DEFAULT_APP = "theatre"

_APP = re.compile(r'^\.\. The examples are of the app "(?P<app>\w+)"\.$', re.M)
_BLOCK = re.compile(
    r"^(?P<indent>[ ]*)(?P<head>\S.*::(?: (?:pycon|python|sql))?)\n"
    r"(?P<body>(?:\n|(?P=indent)[ ]+.*\n)+)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    kind: str
    code: str
    line: int
    app: str


def find_blocks(text: str) -> Iterator[Block]:
    """Yield the examples of a page, in order."""
    position = 0
    while match := _BLOCK.search(text, position):
        head, code = match["head"], textwrap.dedent(match["body"])
        # What a directive or an item of a list contains may have examples.
        position = match.start("body")
        if kind := get_kind(head, code):
            line = text.count("\n", 0, match.start("body"))
            apps = _APP.findall(text, 0, match.start())
            yield Block(kind, code, line, apps[-1] if apps else DEFAULT_APP)
            position = match.end()


def get_kind(head: str, code: str) -> str | None:
    if head in (".. code-block:: pycon", ".. code-block:: sql"):
        return head.rsplit(maxsplit=1)[1]
    if head.startswith("..") and head != ".. code-block:: python":
        return None
    if "(migrations.Migration)" in code:
        return "migration"
    if "migrations." in code:
        return "operations"
    return "models" if re.search(r"^(class|def) \w+\(", code, re.MULTILINE) else None


@dataclass
class App:
    """An app that has the models of a page."""

    name: str
    module: ModuleType
    # The state that a migration has brought about, and which the next models
    # have to agree with.
    migrated: Any = None
    # The statements that made the tables, and those of the last session.
    ddl: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)

    @property
    def models(self) -> list[Any]:
        apps = import_module("django.apps").apps
        return list(apps.get_app_config(self.name).get_models())

    def get_state(self) -> Any:
        apps = import_module("django.apps").apps
        state = import_module("django.db.migrations.state")
        project = state.ProjectState()
        for model in apps.get_app_config(self.name).get_models():
            project.add_model(state.ModelState.from_model(model))
        return project

    def get_changes(self, before: Any) -> list[Any]:
        """Return the migrations that lead from a state to the app's models."""
        autodetector = import_module("django.db.migrations.autodetector")
        questioner = import_module("django.db.migrations.questioner")
        graph = import_module("django.db.migrations.graph").MigrationGraph()
        detector = autodetector.MigrationAutodetector(
            before,
            self.get_state(),
            questioner.MigrationQuestioner(specified_apps={self.name}),
        )
        return list(detector.changes(graph).get(self.name, ()))


class Page:
    """Runs the examples of a page, and says which of them are wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.blocks = list(find_blocks(path.read_text(encoding="utf-8")))
        self.runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
        self.failures = 0
        names = dict.fromkeys(block.app for block in self.blocks)
        self.apps = {app.name: app for app in make_apps(list(names))}

    def run(self) -> int:
        """Return how many examples are wrong."""
        methods: dict[str, Callable[[Block, App], None]] = {
            "models": self.check_models,
            "pycon": self.check_session,
            "sql": self.check_sql,
            "migration": self.check_migration,
            "operations": self.check_operations,
        }
        # A model may refer to one that is defined further down.
        for app in self.apps.values():
            self.make_tables(app)
        for block in self.blocks:
            methods[block.kind](block, self.apps[block.app])
        if not self.runner.tries:
            print(f"{self.path} has no examples.")
            return 1
        return self.failures + self.runner.failures

    def fail(self, block: Block, message: str, *details: str) -> None:
        self.failures += 1
        print("*" * 70)
        print(f'File "{self.path}", line {block.line + 1}')
        print("\n".join([message, *details]))

    def make_tables(self, app: App) -> None:
        """Make the models of an app that precede its first migration, if any."""
        for block in self.blocks:
            if block.app == app.name:
                if block.kind == "migration":
                    break
                if block.kind == "models":
                    exec(block.code, vars(app.module))
        connection = import_module("django.db").connection
        with record(app.ddl), connection.schema_editor() as editor:
            for model in app.models:
                editor.create_model(model)

    def check_models(self, block: Block, app: App) -> None:
        if app.migrated is None:
            return
        apps = import_module("django.apps").apps
        apps.all_models[app.name].clear()
        apps.clear_cache()
        exec(block.code, vars(app.module))
        for migration in app.get_changes(app.migrated):
            for operation in migration.operations:
                self.fail(block, "Not done by the migration:", operation.describe())
        app.migrated = None

    def check_session(self, block: Block, app: App) -> None:
        names = vars(app.module)
        test = doctest.DocTestParser().get_doctest(
            block.code, names, self.path.name, str(self.path), block.line
        )
        test.globs = names
        app.statements.clear()
        with record(app.statements):
            self.runner.run(test, clear_globs=False)

    def check_sql(self, block: Block, app: App) -> None:
        actual = [*app.statements, *app.ddl]
        for statement in filter(None, map(str.strip, block.code.split(";\n"))):
            pattern = get_pattern(normalize_sql(statement))
            if not any(pattern.fullmatch(normalize_sql(sql)) for sql in actual):
                self.fail(
                    block, f"Not run: {statement}", "Run:", *app.statements, *app.ddl
                )

    def check_migration(self, block: Block, app: App) -> None:
        connection = import_module("django.db").connection
        names: dict[str, Any] = {}
        exec(block.code, names)
        migration = names["Migration"]("migration", app.name)
        state = app.migrated or app.get_state()
        with record(app.ddl), connection.schema_editor() as editor:
            app.migrated = migration.apply(state, editor)

    def check_operations(self, block: Block, app: App) -> None:
        state = import_module("django.db.migrations.state")
        writer = import_module("django.db.migrations.writer")
        written = "\n".join(
            writer.MigrationWriter(migration).as_string()
            for migration in app.get_changes(state.ProjectState())
        )
        pattern = get_pattern(normalize_python(block.code))
        if not pattern.search(normalize_python(written)):
            self.fail(block, "Not written by makemigrations. Written:", written)


def normalize_sql(sql: str) -> str:
    """Return a statement without what may be written in one way or another."""
    sql = " ".join(sql.replace('"', "").split()).rstrip("; ")
    return sql.replace("( ", "(").replace(" )", ")")


def normalize_python(code: str) -> str:
    code = "".join(code.replace('"', "'").split())
    return re.sub(r",(?=[\])}])", "", code).strip(",")


def get_pattern(example: str) -> re.Pattern[str]:
    parts = example.split("...")
    return re.compile(".*?".join(map(re.escape, parts)), re.DOTALL)


class record:
    """Add the statements that are run to a list, with their parameters."""

    def __init__(self, statements: list[str]) -> None:
        self.statements = statements
        self.connection = import_module("django.db").connection

    def __call__(
        self, execute: Any, sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        result = execute(sql, params, many, context)
        if not many:
            get_sql = self.connection.ops.last_executed_query
            self.statements.append(get_sql(context["cursor"], sql, params))
        return result

    def __enter__(self) -> None:
        self.wrapper = self.connection.execute_wrapper(self)
        self.wrapper.__enter__()

    def __exit__(self, *exc_info: Any) -> None:
        self.wrapper.__exit__(*exc_info)


def make_apps(names: list[str]) -> list[App]:
    """Set Django up with apps that have no models yet."""
    django = import_module("django")
    settings = import_module("django.conf").settings
    models = import_module("django.db.models")
    settings.configure(
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=names,
        USE_TZ=True,
    )
    for name in names:
        package = sys.modules[name] = ModuleType(name)
        package.__path__ = [f"/{name}"]
    django.setup()
    apps = []
    for name in names:
        module = sys.modules[f"{name}.models"] = ModuleType(f"{name}.models")
        vars(module)["models"] = models
        apps.append(App(name, module))
    return apps


if __name__ == "__main__":
    sys.exit(Page(Path(sys.argv[1])).run() > 0)
