"""
Changing the primary key of a table that exists, with all that refers to it.

The key of a model is another one in the state of a project after an operation
than in that before. A relation to the model is the same in both, but its columns
are those of the key it refers to: other columns of another table. If they are
members of that table's own key, this is another one, too, and what refers to that
follows it.

KeyChange compares the two states and knows the tables concerned, TableChange what
changes in one of them. KeyChangeSchemaEditor.alter_primary_key() has it done, in
this order:

1. expand: add the new columns, which may be NULL, to the tables that refer;
2. fill: set them by a join on the old columns;
3. contract: drop the foreign keys, have other primary keys, drop and create
   indexes and constraints, create the foreign keys, and drop the old columns.

Databases that can't roll back schema changes may be left in the middle of it. So
each step looks at the database, and doesn't do what is done.
"""

import copy
from contextlib import nullcontext

from django.db.backends.base.column_fills import ColumnFill, get_fill_report
from django.db.backends.base.key_checks import (
    KeyChecks,
    KnownTables,
    ReferenceChangeError,
)
from django.db.backends.base.key_objects import (
    ObjectChanges,
    PlannedState,
    TableObject,
    TableState,
    get_table_objects,
)
from django.db.backends.base.key_plans import (
    KeyChange,
    TableChange,
    get_relation_pairs,
)
from django.db.backends.base.relations import is_multicolumn, order_deferred_sql
from django.db.models.columns import get_column_names, has_column
from django.db.transaction import atomic


def get_created_table(field):
    """Return the model of the table that comes and goes with a field, or None."""
    if field.many_to_many and field.remote_field.through._meta.auto_created:
        return field.remote_field.through


class ResumableSchemaEditor:
    """
    Mixin for schema editors of databases that can't roll back what they do: a
    migration that changes a primary key can be run again if it was interrupted.
    Changing the key is no more than what is left to be done, and so are the
    operations that add or remove fields along with it.
    """

    def start_migration(self, migration, state, backwards=False):
        # Another migration is none of our business.
        self.is_resumable = not self.collect_sql and any(
            getattr(operation, "name", None) == "pk"
            for operation in migration.operations
        )
        if self.is_resumable:
            # Migrations aren't imported wherever a database is used.
            from django.db.migrations.key_forecasts import check_key_changes

            check_key_changes(self, migration, state, backwards)

    def _has_column(self, model, field):
        introspection = self.connection.introspection
        with self.connection.cursor() as cursor:
            description = introspection.get_table_description(
                cursor, model._meta.db_table
            )
        return introspection.identifier_converter(field.column) in {
            info.name for info in description
        }

    def _has_table(self, model):
        introspection = self.connection.introspection
        return introspection.identifier_converter(model._meta.db_table) in map(
            introspection.identifier_converter, introspection.table_names()
        )

    def add_field(self, model, field):
        if self.is_resumable and (through := get_created_table(field)) is not None:
            if self._has_table(through):
                return self._finish_table(through)
        elif (
            self.is_resumable
            and field.column
            and not is_multicolumn(field)
            and self._has_column(model, field)
        ):
            return self._finish_column(model, field)
        super().add_field(model, field)

    def _finish_column(self, model, field):
        """Do what is done after the column of a field was added."""
        self._table_states = {}
        state = TableState(self, model._meta.db_table)
        found = TableObject(
            "index", [field.column], self._field_indexes_sql(model, field)
        )
        names = [index.name for index in model._meta.indexes]
        if not found.get_names(self, state, names):
            self.deferred_sql.extend(found.statements)

    def _finish_table(self, model):
        """Do what is done after the table of a many-to-many relation was created."""
        self._table_states = {}
        state = TableState(self, model._meta.db_table)
        columns = get_column_names(model._meta.local_fields)
        for found in get_table_objects(self, model, columns).values():
            # A key that has changed since may have taken the columns away.
            if all(map(state.has_column, found.columns)) and (
                not found.get_names(self, state, ())
            ):
                self.deferred_sql.extend(found.statements)

    def remove_field(self, model, field):
        if self.is_resumable and (through := get_created_table(field)) is not None:
            if not self._has_table(through):
                return
        elif (
            self.is_resumable
            and field.column
            and not is_multicolumn(field)
            and not self._has_column(model, field)
        ):
            return
        super().remove_field(model, field)


class KeyChangeSchemaEditor:
    """Mixin for BaseDatabaseSchemaEditor: other primary keys for tables."""

    # Is what a migration does left alone where it is done already?
    is_resumable = False

    def start_migration(self, migration, state, backwards=False):
        """
        Be told which migration is going to be run, and the state of the project
        before it, from which it starts or, if it's unapplied, to which it goes.
        """

    def alter_primary_key(self, from_model, to_model):
        """
        Have the table of a model, which is `from_model` in the state of a project
        before and `to_model` in the state after, have another primary key, and
        what refers to the key refer to the new one.

        Raise KeyChangeError, a ValueError, if the data or other tables don't allow
        it. Nothing has been done then.
        """
        change = self._plan_key_change(from_model, to_model)
        if not change:
            return
        self._carry_out(change)

    def _carry_out(self, change):
        self._flush_deferred_sql()
        # Columns with the names of others tell nothing after these are gone.
        if not self._is_key_changed(change):
            self._check_key_change(change)
            self._expand_key_change(change)
            self._lock_key_change(change)
            self._fill_key_change(change)
            self._check_fills(change)
        # It's atomic where it can be, also if the migration isn't.
        with (
            atomic(self.connection.alias)
            if self.connection.features.can_rollback_ddl and not self.collect_sql
            else nullcontext()
        ):
            self._contract_key_change(change)

    def _move_references(self, old_field, new_field):
        if not self._refers_to_same_table(old_field, new_field):
            return False
        if new_field.given_from_fields:
            if not old_field.given_from_fields:
                self._check_references(old_field, new_field)
            return False
        old_pairs, new_pairs = map(get_relation_pairs, (old_field, new_field))
        if {name for _, name in old_pairs} == {name for _, name in new_pairs}:
            return False
        models = (field.remote_field.model for field in (old_field, new_field))
        change = self._make_key_change(*models, relation=new_field)
        # The editor may have been given a field of the same model.
        if not any(
            old is old_field for table in change.tables for old, _ in table.relations
        ):
            return False
        self._carry_out(change)
        return True

    def _refers_to_same_table(self, old_field, new_field):
        fields = old_field, new_field
        if not all(hasattr(field, "given_from_fields") for field in fields):
            return False
        first, second = (field.remote_field.model._meta for field in fields)
        return first.db_table == second.db_table

    def _check_references(self, old_field, new_field):
        """
        Refuse to have a relation whose columns are dropped refer to something else by
        those of other fields. They are filled where they are NULL.
        """
        fill = ColumnFill(
            self.connection,
            table=new_field.model._meta.db_table,
            key_columns=(),
            columns=dict(get_relation_pairs(new_field)),
            source=new_field.remote_field.model._meta.db_table,
            references=dict(get_relation_pairs(old_field)),
        )
        if not self.collect_sql:
            checks = self._get_key_checks(None, relation=new_field)
            checks.add_contradictions(fill)
            checks.finish()
        self.execute(*self.connection.ops.fill_columns_sql(fill, None))
        self._finish_fills()

    def check_primary_key(self, from_model, to_model, known):
        """
        Raise the KeyChangeError that alter_primary_key() is going to raise, as far as
        that is known, see KnownTables. Return a TableChange for each table.
        """
        change = self._plan_key_change(from_model, to_model)
        if (
            change
            and known.has_table(change.root.table)
            and not self._is_key_changed(change)
        ):
            self._check_key_change(change, known=known)
        return change.tables

    def _change_key_field(self, model, old_field, new_field):
        """
        Do what add_field(), alter_field() and remove_field() are asked to with a
        composite primary key. None is in the place of one that doesn't exist.

        If the new one is that of another model, this is what the model becomes.
        If not, or if there is none, the key of the table is changed, and nothing
        must refer to it.
        """
        to_model = getattr(new_field, "model", model)
        if (
            to_model is not model
            and to_model._meta.pk is new_field
            and to_model._meta.db_table == model._meta.db_table
        ):
            return self.alter_primary_key(model, to_model)
        key = tuple(get_column_names([model._meta.pk]))
        referring = [
            relation.field
            for relation in model._meta._get_fields(
                forward=False, reverse=True, include_hidden=True
            )
            if has_column(relation.field)
            and key == tuple(get_column_names(relation.field.foreign_related_fields))
        ]
        if referring:
            raise ValueError(
                "The primary key of %s can't be changed without the models that it "
                "and what refers to it (%s) become. Use migration operations or "
                "alter_primary_key()."
                % (model._meta.label, ", ".join(map(str, referring)))
            )
        names = getattr(new_field, "field_names", ())
        new_key = tuple(get_column_names(map(model._meta.get_field, names)))
        self._table_states = {}
        self._flush_deferred_sql()
        self._change_own_key(model, old_field, new_field, key, new_key)

    def _change_own_key(self, model, old_field, new_field, old_key, new_key):
        table = TableChange(model, model, old_key, new_key)
        self._swap_primary_key(table, ObjectChanges(self, None, table))

    def expand_primary_key(self, from_model, to_model):
        """Add the columns only that refer to the new key. They may be NULL."""
        change = self._plan_key_change(from_model, to_model)
        if change and not self._is_key_changed(change):
            self._check_key_change(change, with_data=False)
            self._expand_key_change(change)

    def fill_primary_key(self, from_model, to_model, batch_size=None):
        """Set the columns that expand_primary_key() has added."""
        change = self._plan_key_change(from_model, to_model)
        if change and not self._is_key_changed(change):
            # On SQLite, columns that no model has go when the table is made anew.
            self._expand_key_change(change)
            self._fill_key_change(change, batch_size)

    def collapse_primary_key(self, from_model, to_model):
        """Drop the columns that expand_primary_key() has added."""
        change = self._plan_key_change(from_model, to_model)
        if change and not self._is_key_changed(change):
            for table in change.tables:
                for field in table.added:
                    name = table.get_name(field.column)
                    if self.collect_sql or self._get_state(table).has_column(name):
                        self._drop_column(table, name)

    def _make_key_change(self, from_model, to_model, relation=None):
        """Return a KeyChange that is going to be carried out."""
        self._table_states = {}
        return KeyChange(self.connection, from_model, to_model, relation)

    def _plan_key_change(self, from_model, to_model):
        """Return a KeyChange, having refused what there is no plan for."""
        checks = self._get_key_checks(to_model)
        checks.add_fields(to_model)
        checks.finish()
        change = self._make_key_change(from_model, to_model)
        for relation in change.unresolved:
            checks.add(
                f"{relation} refers to it by columns that are named in from_fields, "
                "and which aren't those of the new key. Remove from_fields, or have it "
                "refer to a unique constraint by to_fields, before."
            )
        for relation in change.clashing:
            names = ", ".join(f"'{name}'" for name in relation.clashing_columns)
            checks.add(
                f"{relation} refers to it, and would create columns named as fields of "
                f"its model are: {names}. Remove or rename these fields before."
            )
        if not change.root.new_key and len(change.tables) > 1:
            labels = [table.to_model._meta.label for table in change.tables[1:]]
            checks.add(
                f"There would be no key that {', '.join(labels)} could refer to. Add "
                "the new key first."
            )
        checks.finish()
        return change

    def _is_key_changed(self, change):
        """Is the primary key of the table the new one already?"""
        return change.root.old_key != change.root.new_key and self._get_state(
            change.root
        ).has_key(change.root.new_key)

    def _flush_deferred_sql(self):
        """Do what was deferred, since it may be about what is to be changed."""
        for sql in order_deferred_sql(self.deferred_sql):
            self.execute(sql, None)
        self.deferred_sql.clear()

    def _get_state(self, change):
        """Return what is known of the table of a TableChange."""
        if change.table not in self._table_states:
            self._table_states[change.table] = (
                PlannedState(self, change)
                if self.collect_sql
                else TableState(self, change.table)
            )
        return self._table_states[change.table]

    def _forget_state(self, change):
        self._table_states.pop(change.table, None)

    def _get_key_checks(self, model, has_key=True, relation=None):
        """
        Return KeyChecks of the key that a model is to have, or of having none, or of
        what a relation is to refer to.
        """
        if relation is not None:
            names = [field.name for field in relation.foreign_related_fields]
            return KeyChecks(
                self.connection, str(relation), names, ReferenceChangeError
            )
        pk = model._meta.pk
        names = getattr(pk, "field_names", [pk.name]) if has_key else []
        return KeyChecks(self.connection, model._meta.label, names)

    def _check_key_change(self, change, with_data=True, known=None):
        """Refuse what the database doesn't allow, before anything is done."""
        if self.collect_sql:
            return
        if known is None:
            known = KnownTables()
        root = change.root
        checks = self._get_key_checks(
            root.to_model, bool(root.new_key), change.relation
        )
        for relation in change.unmanaged:
            columns = get_column_names([relation])
            checks.add_unmanaged(relation.model, relation.name, columns)
        references = change.get_known_references() | known.dropped_references
        for table in change.tables:
            old_key = table.old_key if table.old_key != table.new_key else ()
            if (old_key or table.removed) and known.has_table(table.table):
                removed = table.removed_names
                checks.add_references(table.table, old_key, references, removed)
                if known.has_dependents(table.table):
                    # Those that name a column are dropped before it, and created anew.
                    names = [c.name for c in table.from_model._meta.constraints]
                    checks.add_dependents(table.table, removed, bool(old_key), names)
        if root.new_key:
            checks.add_partitions(root.table, root.new_key)
        if with_data:
            if root.new_key and set(root.new_key) != set(root.old_key):
                if columns := known.get_columns(root.table, root.new_key):
                    is_known = known.has_columns(root.table, root.old_key)
                    checks.add_key(
                        root.table, columns, root.old_key if is_known else ()
                    )
            for fill in change.fills:
                if known.has_columns(fill.table, fill.references) and (
                    known.has_columns(fill.source, fill.references.values())
                ):
                    checks.add_fill(fill)
        checks.finish()

    # Expand.

    def _expand_key_change(self, change):
        for table in change.tables:
            state = self._get_state(table)
            for field in table.added:
                name = table.get_name(field.column)
                if not state.has_column(name):
                    self._add_empty_column(table.to_model, field, name)
                    self._forget_state(table)

    def _add_empty_column(self, model, field, name):
        """Add the column of a field which, for the time being, may be NULL."""
        column = self._get_empty_field(field)
        definition, params = self.column_sql(model, column)
        self.execute(
            self.sql_create_column
            % {
                "table": self.quote_name(model._meta.db_table),
                "column": self.quote_name(name),
                "definition": definition,
            },
            params or None,
        )
        features = self.connection.features
        if (
            field.db_comment
            and features.supports_comments
            and not features.supports_comments_inline
        ):
            column.column = name
            db_type = column.db_parameters(connection=self.connection)["type"]
            self.execute(
                *self._alter_column_comment_sql(
                    model, column, db_type, field.db_comment
                )
            )

    def _get_empty_field(self, field):
        column = copy.copy(field)
        column.null = True
        column.primary_key = False
        column._unique = False
        column.__dict__.pop("unique", None)
        return column

    # Fill.

    def _fill_key_change(self, change, batch_size=None):
        for fill in change.fills:
            if self.collect_sql:
                for sql in fill.statements():
                    self.execute(sql, None)
            else:
                fill.run(batch_size, get_fill_report(self, fill))
        self._finish_fills()

    def _lock_key_change(self, change):
        """Keep others from writing rows that nobody would fill, if possible."""

    def _check_fills(self, change):
        """Refuse to drop the old columns of rows that were written meanwhile."""
        if self.collect_sql:
            return
        root = change.root
        checks = self._get_key_checks(
            root.to_model, bool(root.new_key), change.relation
        )
        for fill in change.fills:
            checks.add_unfilled(fill)
        checks.finish(is_begun=True)

    def _finish_fills(self):
        """Have the database alter tables whose rows were updated."""

    # Contract.

    def _contract_key_change(self, change):
        tables = [
            (table, ObjectChanges(self, change, table)) for table in change.tables
        ]
        for table, objects in tables:
            self._drop_objects(table, objects, ["foreign_key"])
        for table, objects in tables:
            self._drop_objects(table, objects, ["constraint", "option"])
        for table, objects in tables:
            self._swap_primary_key(table, objects)
        for table, objects in tables:
            self._drop_objects(table, objects, ["unique", "index"])
            self._replace_columns(table)
            self._require_columns(table)
        for table, objects in tables:
            self._create_objects(
                table, objects, ["unique", "index", "constraint", "option"]
            )
        for table, objects in tables:
            self._create_objects(table, objects, ["foreign_key"])
        for table, objects in tables:
            self._drop_columns(table, table.removed)

    def _drop_objects(self, table, objects, kinds):
        for found in objects.to_drop:
            if found.kind not in kinds:
                continue
            state = self._get_state(table)
            for name in found.get_names(self, state, objects.option_names):
                self._drop_object(table, state, found, name)
                state.constraints.pop(name, None)

    def _drop_object(self, table, state, found, name):
        model = table.from_model
        if found.option is not None:
            sql = found.option.remove_sql(model, self)
        elif found.kind == "foreign_key":
            sql = self._delete_fk_sql(model, name)
        elif found.kind == "unique":
            sql = self._delete_unique_sql(model, name)
        else:
            sql = self._delete_index_sql(model, name)
        self.execute(sql, None)

    def _create_objects(self, table, objects, kinds):
        for found in objects.to_create:
            if found.kind not in kinds or found.is_created:
                continue
            state = self._get_state(table)
            if not self.collect_sql:
                if found.get_names(self, state, objects.option_names):
                    continue
                if self.is_resumable and not all(map(state.has_column, found.columns)):
                    # It's there no more, as a later operation has been run, too.
                    continue
            for statement in found.statements:
                self.execute(statement, None)

    def _swap_primary_key(self, table, objects):
        state = self._get_state(table)
        columns = [table.get_name(column) for column in table.new_key]
        if table.old_key == table.new_key and not table.temporary:
            return
        if state.has_key(columns) or (
            state.has_key(table.new_key) and not self.collect_sql
        ):
            return
        for sql in self._swap_primary_key_sql(table, objects, state, columns):
            self.execute(sql, None)
        self._forget_state(table)

    def _swap_primary_key_sql(self, table, objects, state, columns):
        """Return the statements that have other columns be the primary key."""
        statements = []
        if table.old_key and (self.collect_sql or state.key):
            statements.append(self._drop_primary_key_sql(table, state))
        if columns:
            statements.append(self._add_primary_key_sql(table, columns))
        return statements

    def _drop_primary_key_sql(self, table, state):
        return "ALTER TABLE %s DROP PRIMARY KEY" % self.quote_name(table.table)

    def _get_inline_unique_name(self, table, column):
        """
        Return what a database calls the unique constraint of a column that CREATE
        TABLE defines, or None if that isn't known.
        """

    def _get_primary_key_name(self, table, columns):
        return self._create_index_name(table.table, columns, suffix="_pk")

    def _add_primary_key_sql(self, table, columns):
        return self.sql_create_pk % {
            "table": self.quote_name(table.table),
            "name": self.quote_name(self._get_primary_key_name(table, columns)),
            "columns": ", ".join(map(self.quote_name, columns)),
        }

    def _replace_columns(self, table):
        """Have new columns take the names of old ones, which are dropped."""
        if not table.temporary:
            return
        state = self._get_state(table)
        for field in table.added:
            name = table.temporary.get(field.column)
            if name is None or not (self.collect_sql or state.has_column(name)):
                continue
            if self.collect_sql or state.has_column(field.column):
                self._drop_column(table, field.column)
            empty = self._get_empty_field(field)
            db_type = empty.db_parameters(connection=self.connection)["type"]
            temporary = copy.copy(empty)
            temporary.column = name
            self.execute(
                self._rename_field_sql(table.table, temporary, empty, db_type), None
            )
        self._forget_state(table)

    def _require_columns(self, table):
        """
        Have the new columns be NOT NULL, as far as they are to be. Those of a
        primary key are.
        """
        state = self._get_state(table)
        for field in table.added:
            if (
                not field.null
                and field.column not in table.new_key
                and state.can_be_null(field.column)
            ):
                sql = self._require_column_sql(table.to_model, field)
                if sql is not None:
                    self.execute(*sql)

    def _require_column_sql(self, model, field):
        fragment = self._alter_column_null_sql(
            model, self._get_empty_field(field), field
        )
        if fragment is None:
            return None
        sql, params = fragment
        table = self.quote_name(model._meta.db_table)
        return self.sql_alter_column % {"table": table, "changes": sql}, params

    def _drop_columns(self, table, fields):
        for field in fields:
            if field.column in table.temporary:
                continue
            state = self._get_state(table)
            if self.collect_sql or state.has_column(field.column):
                self._drop_column(table, field.column)
        self._forget_state(table)

    def _drop_column(self, table, name):
        self.execute(
            self.sql_delete_column
            % {
                "table": self.quote_name(table.table),
                "column": self.quote_name(name),
            },
            None,
        )
