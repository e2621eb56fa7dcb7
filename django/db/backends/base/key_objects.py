"""
The indexes and constraints of a table whose primary key or relations change: which
there are by now, and which there are to be (see
django.db.backends.base.key_changes).
"""

from django.db.backends.base.relations import RelationForeignKey, RelationObjects
from django.db.models import Q
from django.db.models.columns import get_column_names, has_column
from django.utils.functional import cached_property


class TableState:
    """
    What there is in a table by now: the names of its `columns` and its
    `constraints`, as introspection returns them. The database is asked once.

    If SQL is collected, the table is taken to be what its model was.
    """

    def __init__(self, editor, table):
        self.editor = editor
        self.table = table
        self.introspection = editor.connection.introspection
        with editor.connection.cursor() as cursor:
            description = self.introspection.get_table_description(cursor, table)
            self.constraints = self.introspection.get_constraints(cursor, table)
        self.columns = {info.name: info.null_ok for info in description}

    def convert(self, names):
        return [self.introspection.identifier_converter(name) for name in names]

    def has_column(self, name):
        return self.introspection.identifier_converter(name) in self.columns

    def can_be_null(self, name):
        return self.columns[self.introspection.identifier_converter(name)]

    def get_names(self, columns=None, exclude=(), **kinds):
        """Return the names of constraints of the kinds over the columns."""
        if columns is not None:
            columns = self.convert(columns)
        exclude = set(self.convert(exclude))
        return [
            name
            for name, info in self.constraints.items()
            if (columns is None or info["columns"] == columns)
            and name not in exclude
            and all(bool(info[kind]) is wanted for kind, wanted in kinds.items())
        ]

    @property
    def key(self):
        for info in self.constraints.values():
            if info["primary_key"]:
                return tuple(info["columns"])
        return ()

    def has_key(self, columns):
        return self.key == tuple(self.convert(columns))


class PlannedState:
    """
    What a table is taken to be if SQL is collected. Constraints have the names that
    they have in the database, if they are there by now, or else those that the
    schema editor, or CREATE TABLE, gives them.
    """

    constraints = {}

    def __init__(self, editor, change):
        self.editor = editor
        self.change = change

    @cached_property
    def stored(self):
        """The TableState of the table, or None if there is none yet."""
        connection = self.editor.connection
        introspection = connection.introspection
        with connection.cursor() as cursor:
            tables = introspection.table_names(cursor)
        if introspection.identifier_converter(self.change.table) in tables:
            return TableState(self.editor, self.change.table)

    def has_column(self, name):
        return name not in self.change.added_names or name in (
            self.change.removed_names
        )

    def can_be_null(self, name):
        return True

    def has_key(self, columns):
        return self.change.old_key == tuple(columns)

    def get_key_name(self):
        """Return the name of the primary key."""
        if self.stored is None:
            return self.editor._get_inline_key_name(self.change.table)
        if self.stored.has_key(self.change.old_key):
            return self.stored.get_names(primary_key=True)[0]
        # It is going to be the key by another migration.
        return self.editor._get_primary_key_name(self.change, self.change.old_key)

    def get_object_names(self, found, options):
        if found.is_inline:
            table, (column,) = self.change.table, found.columns
            if name := self.editor._get_inline_unique_name(table, column):
                stored = self.stored
                names = stored and found.get_names(self.editor, stored, options)
                return names or [name]
        return [found.name or found.get_given_name()] if found.statements else []


class TableObject:
    """
    A constraint or an index of a table, other than its primary key.

    identity
        What it is to the database: it's the same one if this is equal.
    columns
        The names of its columns, if it isn't found by its own name.
    is_inline
        Does CREATE TABLE create it, in the definition of its column?
    """

    def __init__(
        self,
        kind,
        columns,
        statements,
        name=None,
        option=None,
        target=None,
        is_inline=False,
    ):
        self.kind = kind
        self.columns = tuple(columns)
        self.statements = statements
        self.name = name
        self.option = option
        self.target = target
        self.is_inline = is_inline
        # Has it been created along with something else?
        self.is_created = False

    @property
    def identity(self):
        if self.name is None:
            return self.kind, self.columns, self.target
        return self.kind, self.name, *map(str, self.statements)

    def get_given_name(self):
        """Return the name that the schema editor gives it."""
        return str(self.statements[0].parts["name"]).strip('"`')

    def get_names(self, editor, state, options):
        """Return its names in the database."""
        if isinstance(state, PlannedState):
            return state.get_object_names(self, options)
        if self.name is not None:
            name = state.introspection.identifier_converter(self.name)
            return [self.name] if name in state.constraints else []
        if self.kind == "foreign_key":
            table, *columns = state.convert(self.target)
            return [
                name
                for name in state.get_names(self.columns, foreign_key=True)
                if (info := state.constraints[name])["foreign_key"][0] == table
                and info.get("foreign_key_columns", [info["foreign_key"][1]]) == columns
            ]
        if self.kind == "unique":
            return state.get_names(
                self.columns, options, unique=True, primary_key=False
            )
        return state.get_names(self.columns, options, unique=False, index=True)


def get_table_objects(editor, model, columns, missing_key=False):
    """
    Return the TableObjects of a model by their identity. Indexes of fields are
    those on one of `columns` only.
    """
    opts = model._meta
    objects = []

    def add(kind, columns, statements, **kwargs):
        objects.append(TableObject(kind, columns, statements, **kwargs))

    for field in opts.local_fields:
        if not field.column or field is opts.pk and missing_key:
            continue
        if field.unique and not field.primary_key:
            add(
                "unique",
                [field.column],
                [editor._create_unique_sql(model, [field])],
                is_inline=True,
            )
        if field.db_index and not field.unique and field.column in columns:
            add("index", [field.column], editor._field_indexes_sql(model, field))
    relations = RelationObjects(model)
    for names, relation in relations.uniques.items():
        add("unique", names, [editor._create_unique_sql(model, [relation])])
    for names in opts.unique_together:
        fields = [opts.get_field(name) for name in names]
        statement = editor._create_unique_sql(model, fields)
        add("unique", get_column_names(fields), [statement])
    for names, relation in relations.indexes.items():
        add("index", names, editor._field_indexes_sql(model, relation))
    for constraint in opts.constraints:
        # There is none for what the database doesn't support.
        if (statement := constraint.create_sql(model, editor)) is not None:
            add("constraint", (), [statement], name=constraint.name, option=constraint)
    features = editor.connection.features
    for index in opts.indexes:
        # What add_index() leaves out isn't there, either.
        if not index.contains_expressions or features.supports_expression_indexes:
            statement = index.create_sql(model, editor)
            add("option", (), [statement], name=index.name, option=index)
    if features.supports_foreign_keys:
        for field in opts.local_fields:
            if getattr(field, "db_constraint", False) and has_column(field):
                foreign_key = RelationForeignKey(field)
                add(
                    "foreign_key",
                    foreign_key.columns,
                    [
                        editor._create_fk_sql(
                            model, field, "_fk_%(to_table)s_%(to_column)s"
                        )
                    ],
                    target=(foreign_key.to_table, *foreign_key.to_columns),
                )
    by_identity = {}
    for found in objects:
        by_identity.setdefault(found.identity, found)
    return by_identity


class ObjectChanges:
    """The TableObjects of a table that are dropped and created."""

    def __init__(self, editor, key_change, change):
        self.change = change
        relations = [relation for pair in change.relations for relation in pair]
        columns = {*get_column_names(relations), *change.old_key, *change.new_key}
        olds = get_table_objects(
            editor, change.from_model, columns, missing_key=not change.old_key
        )
        news = get_table_objects(
            editor, change.to_model, columns, missing_key=not change.new_key
        )
        replaced = set(change.temporary)
        kept = {
            identity
            for identity, found in olds.items()
            if identity in news
            and replaced.isdisjoint(self.get_columns(found))
            and not (
                found.kind == "foreign_key"
                and key_change is not None
                and key_change.is_broken(found.target[0], found.target[1:])
            )
        }
        self.to_drop = [olds[identity] for identity in olds if identity not in kept]
        self.to_create = [news[identity] for identity in news if identity not in kept]
        self.option_names = {
            option.name
            for model in (change.from_model, change.to_model)
            for option in (*model._meta.constraints, *model._meta.indexes)
        }

    def get_columns(self, found):
        """Return the columns which an object contains."""
        if found.option is None:
            return found.columns
        columns = {
            column
            for column in self.change.temporary
            if any(
                statement.references_column(self.change.table, column)
                for statement in found.statements
            )
        }
        # Statements have a condition as SQL.
        if condition := getattr(found.option, "condition", None):
            opts = self.change.from_model._meta
            columns.update(
                get_column_names(
                    opts.pk if name == "pk" else opts.get_field(name)
                    for name in Q(condition).referenced_base_fields
                )
            )
        return columns
