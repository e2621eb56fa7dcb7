"""
Other primary keys for tables on MySQL and MariaDB (see
django.db.backends.base.key_changes).

A column with AUTO_INCREMENT has to be the first one of an index at all times, and so
have the columns of each foreign key, be it that of a primary key.
"""

import copy
import re

from django.db.backends.base.key_changes import ResumableSchemaEditor
from django.db.backends.mysql.auto_members import AUTO_MEMBER_INDEX, needs_index
from django.db.models import AutoField

# What the database makes of types that are written in another way. Types that are
# taken to be other ones are written as the database tells them, which does no harm.
TYPE_SYNONYMS = {
    "integer": "int",
    "bool": "tinyint",
    "numeric": "decimal",
    "double precision": "double",
}


def get_numbered_column(model):
    """
    Return the column of an AutoField that isn't the first one of the primary key,
    and has no index of its own.
    """
    field = model._meta.concrete_model._meta.auto_field
    if field is not None and needs_index(field):
        return field.column


def normalize_type(db_type):
    """Return a type as the database might tell it, without the width of integers."""
    for name, synonym in TYPE_SYNONYMS.items():
        db_type = re.sub(rf"^{name}\b", synonym, db_type.lower().replace(", ", ","))
    return re.sub(r"int\(\d+\)", "int", db_type)


class KeyChangeSchemaEditor(ResumableSchemaEditor):
    """Mixin for DatabaseSchemaEditor."""

    # What KeyChange.get_origins() returns.
    _key_origins = {}

    def _make_key_change(self, *args, **kwargs):
        change = super()._make_key_change(*args, **kwargs)
        self._key_origins = {} if self.collect_sql else change.get_origins()
        return change

    def _get_empty_field(self, field):
        """
        Have a new column be of the type of what it refers to, which may not be that
        of the model. There can't be a foreign key if types, signs, character sets or
        collations are different ones.
        """
        column = super()._get_empty_field(field)
        if field in self._key_origins:
            table, name = self._key_origins[field]
            params = self._get_column_parameters(field, table, name)
            column.db_parameters = lambda connection: params
        return column

    def _get_column_parameters(self, field, table, name):
        """
        Return the db_parameters() of a field that is going to refer to a column, by
        what this is in the database.
        """
        params = field.db_parameters(connection=self.connection)
        with self.connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT target.column_type, target.collation_name, own.table_collation
                FROM information_schema.columns target, information_schema.tables own
                WHERE target.table_schema = DATABASE() AND target.table_name = %s
                    AND target.column_name = %s
                    AND own.table_schema = DATABASE() AND own.table_name = %s
                """,
                [table, name, field.model._meta.db_table],
            )
            found = cursor.fetchone()
        if found is None:
            return params
        db_type, collation, default = found
        params = dict(params)
        if normalize_type(db_type) != normalize_type(params["type"]):
            params["type"] = db_type
        if collation != (params.get("collation") or default):
            params["collation"] = collation
        return params

    def _contract_key_change(self, change):
        super()._contract_key_change(change)
        for table in change.tables:
            self._drop_redundant_indexes(table)

    def _drop_redundant_indexes(self, table):
        """Drop the indexes of _get_missing_indexes() that aren't missing by now."""
        state = self._get_state(table)
        if (
            AUTO_MEMBER_INDEX in state.constraints
            and get_numbered_column(table.to_model) is None
        ):
            self.execute(
                self._delete_index_sql(table.to_model, AUTO_MEMBER_INDEX), None
            )
            state.constraints.pop(AUTO_MEMBER_INDEX)
        for name in self._get_foreign_key_index_names(table, state):
            if name in state.constraints and not self._get_missing_indexes(
                table, state, [name]
            ):
                self.execute(self._delete_index_sql(table.to_model, name), None)
                state.constraints.pop(name)

    def _get_foreign_key_index_names(self, table, state):
        return {
            self._create_index_name(table.table, info["columns"], suffix="_fk"): info[
                "columns"
            ]
            for info in state.constraints.values()
            if info["foreign_key"]
        }

    def _get_inline_unique_name(self, table, column):
        return column

    def _swap_primary_key_sql(self, table, objects, state, columns):
        """There is a primary key, and an index for what needs one, at all times."""
        model = table.to_model
        actions = [
            f"ADD INDEX {self.quote_name(name)} ({self._quote_names(needed)})"
            for name, needed in self._get_missing_indexes(table, state, ["PRIMARY"])
        ]
        if columns and (numbered := get_numbered_column(model)):
            if AUTO_MEMBER_INDEX not in state.constraints:
                actions.append(self._add_number_index_sql(numbered))
        if table.old_key and (self.collect_sql or state.key):
            actions.append("DROP PRIMARY KEY")
        for field in table.added:
            name = table.get_name(field.column)
            if name in columns and state.can_be_null(name):
                actions.append(self._modify_column_sql(model, field, name))
        if columns:
            actions.append(f"ADD PRIMARY KEY ({self._quote_names(columns)})")
        for found in objects.to_create:
            if found.kind == "unique" and set(found.columns) <= set(table.old_key):
                if not self.collect_sql and found.get_names(
                    self, state, objects.option_names
                ):
                    continue
                name = self.quote_name(found.get_given_name())
                actions.append(
                    f"ADD CONSTRAINT {name} UNIQUE ({self._quote_names(found.columns)})"
                )
                found.is_created = True
        return [
            "ALTER TABLE %s %s" % (self.quote_name(table.table), ", ".join(actions))
        ]

    def _add_number_index_sql(self, column):
        name, column = map(self.quote_name, (AUTO_MEMBER_INDEX, column))
        return f"ADD INDEX {name} ({column})"

    def _modify_column_sql(self, model, field, name):
        """MODIFY COLUMN, which says all there is to say of the column."""
        column = self._get_empty_field(field)
        column.null = field.null
        definition, params = self.column_sql(model, column)
        definition %= tuple(map(self.quote_value, params))
        return f"MODIFY {self.quote_name(name)} {definition}"

    def _require_column_sql(self, model, field):
        table = self.quote_name(model._meta.db_table)
        sql = self._modify_column_sql(model, field, field.column)
        return f"ALTER TABLE {table} {sql}", None

    def _get_missing_indexes(self, table, state, dropped):
        """
        Return (name, columns) pairs of the indexes that foreign keys of the table
        need if those named `dropped` aren't there.
        """
        indexes = [
            info["columns"]
            for name, info in state.constraints.items()
            if info["index"] and name not in dropped
        ]
        missing = []
        names = self._get_foreign_key_index_names(table, state)
        for name, columns in names.items():
            if not any(index[: len(columns)] == columns for index in indexes):
                missing.append((name, columns))
                indexes.append(columns)
        return missing

    def _drop_objects(self, table, objects, kinds):
        super()._drop_objects(table, objects, kinds)
        # A foreign key may have had an index of its name, which is there by now.
        if "foreign_key" in kinds:
            self._forget_state(table)

    def _drop_object(self, table, state, found, name):
        if found.kind != "foreign_key":
            self._replace_index(table, state, name)
        super()._drop_object(table, state, found, name)

    def _replace_index(self, table, state, name):
        """Create the index that a foreign key needs after one is dropped."""
        for new_name, columns in self._get_missing_indexes(table, state, [name]):
            self.execute(
                "CREATE INDEX %s ON %s (%s)"
                % (
                    self.quote_name(new_name),
                    self.quote_name(table.table),
                    self._quote_names(columns),
                ),
                None,
            )
            self._forget_state(table)

    def _drop_column(self, table, name):
        """Drop the indexes that would be left with the other columns only, too."""
        state = self._get_state(table)
        for index, info in list(state.constraints.items()):
            columns = info["columns"]
            if (
                info["index"]
                and name in columns
                and len(columns) > 1
                and not info["primary_key"]
            ):
                self._replace_index(table, state, index)
                self.execute(self._delete_index_sql(table.from_model, index), None)
                self._forget_state(table)
        super()._drop_column(table, name)

    def _alter_field(self, model, old_field, new_field, *args, **kwargs):
        """
        Have an index for a column with AUTO_INCREMENT that isn't the primary key,
        as an AutoField is while there is a composite one.
        """
        was_numbered, is_numbered = (
            isinstance(field, AutoField) and field.unique and not field.primary_key
            for field in (old_field, new_field)
        )
        has_index = False
        if was_numbered and not new_field.unique:
            self._stop_numbering(model, old_field, new_field)
        elif is_numbered and not old_field.unique:
            self.execute(self._create_unique_sql(model, [new_field]))
            has_index = needs_index(old_field)
            old_field = copy.copy(old_field)
            old_field._unique = True
            old_field.__dict__.pop("unique", None)
        super()._alter_field(model, old_field, new_field, *args, **kwargs)
        if has_index:
            self.execute(self._delete_index_sql(model, AUTO_MEMBER_INDEX), None)

    def _stop_numbering(self, model, old_field, new_field):
        """Have a column be able to do without its unique constraint."""
        table = self.quote_name(model._meta.db_table)
        if not isinstance(new_field, AutoField):
            column = copy.copy(new_field)
            column.null = old_field.null
            sql = self._modify_column_sql(model, column, old_field.column)
            self.execute(f"ALTER TABLE {table} {sql}", None)
