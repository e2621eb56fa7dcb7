"""
What has to be true of the data, and of what else is in the database, for the primary
key of a table to be changed.

All of it is found out before the first statement, so that a change that can't be
made leaves nothing half done.
"""

from collections import namedtuple

from django.core.exceptions import FieldDoesNotExist
from django.db.backends.base.foreign_keys import name_columns
from django.db.models.columns import unnest

# What is in the way: a sentence or two, and a query that lists the rows, or None.
KeyProblem = namedtuple("KeyProblem", "message query", defaults=[None])


class KeyChangeError(ValueError):
    """
    A primary key can't be changed, and wasn't.

    `label` is the model's, `names` are those of the new key's members, and
    `problems` a list of KeyProblem. `is_begun` tells whether columns were added
    before the problems came up, which databases that can't roll that back keep.
    """

    def __init__(self, label, names, problems, is_begun=False):
        self.label = label
        self.names = list(names)
        self.problems = list(problems)
        self.is_begun = is_begun
        super().__init__(label, self.names, self.problems, is_begun)

    def describe(self):
        """Tell what can't be done."""
        change = f"changed to ({', '.join(self.names)})" if self.names else "removed"
        return f"The primary key of {self.label} can't be {change}."

    def __str__(self):
        state = (
            "Solve this and run migrate again."
            if self.is_begun
            else "No table was altered for that."
        )
        lines = [f"{self.describe()} {state}"]
        for message, query in self.problems:
            lines.append(f"* {message}")
            if query:
                lines += ["  This query lists them:", f"  {query};"]
        return "\n".join(lines)


class ReferenceChangeError(KeyChangeError):
    """
    A relation can't be altered to refer to other columns, and wasn't.

    `label` is the relation's, and `names` are those of what it is to refer to.
    """

    def describe(self):
        return f"{self.label} can't be altered to refer to ({', '.join(self.names)})."


def count(number, singular, plural=None):
    """e.g.: "1 row", "2,000 rows" """
    noun = singular if number == 1 else plural or f"{singular}s"
    return f"{number:,} {noun}"


class KnownTables:
    """
    What is known of tables when the change of a key is checked: what they are. If
    that is done ahead of time, other operations are going to alter them before.
    """

    # Pairs of a table and a tuple of columns, of foreign keys that won't be there.
    dropped_references = frozenset()

    def has_table(self, table):
        return True

    def has_dependents(self, table):
        """Is what depends on columns of the table there, and is it going to stay?"""
        return self.has_table(table)

    def has_columns(self, table, columns):
        """Are these columns there, with the values that they are going to have?"""
        return True

    def get_columns(self, table, columns):
        """
        Return the columns that have NULL if these are going to, and the same values
        if these are, or none of them if that isn't known.
        """
        return columns


class KeyChecks:
    """
    Collect what is in the way of a new primary key, and raise KeyChangeError.

    label
        The model whose key is changed, e.g. "shop.Order".
    names
        The names of the new key's members.
    error_class
        What to raise instead, a KeyChangeError.

    Methods add to `problems`, a list of KeyProblem. None of them writes.

    e.g.:
        checks = KeyChecks(connection, "shop.Order", ["tenant", "number"])
        checks.add_fields(order_model)
        if not checks.problems:
            checks.add_key("shop_order", ["tenant_id", "number"], ["id"])
            checks.add_references(
                "shop_order", ["id"], {("shop_line", ("order_id",))}
            )
            checks.add_fill(fill)
        checks.finish()
    """

    def __init__(self, connection, label, names, error_class=KeyChangeError):
        self.connection = connection
        self.introspection = connection.introspection
        self.quote_name = connection.ops.quote_name
        self.label = label
        self.names = list(names)
        self.error_class = error_class
        self.problems = []

    def finish(self, is_begun=False):
        """Raise KeyChangeError if there are any problems."""
        if self.problems:
            raise self.error_class(self.label, self.names, self.problems, is_begun)

    def add(self, message, query=None):
        self.problems.append(KeyProblem(message, query))

    def fetch_one(self, query):
        with self.connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()

    # The model.

    def add_fields(self, model):
        """
        Add the names that aren't fields of the model, and those of columns that no
        key can have, and return the fields of the others.
        """
        fields = []
        for name in self.names:
            try:
                field = model._meta.get_field(name)
            except FieldDoesNotExist:
                known = ", ".join(
                    sorted(
                        f.name
                        for f in model._meta.local_fields
                        if f is not model._meta.pk or f.column
                    )
                )
                self.add(
                    f"It has no field named '{name}'. Add the field before, or choose "
                    f"from: {known}."
                )
            else:
                fields.append(field)
        # A model without any of them has no columns to look at.
        for field in unnest(fields):
            self.add_type(field)
        return fields

    def add_type(self, field):
        """Add a field whose type the database has no keys of."""
        limited_types = getattr(self.connection, "_limited_data_types", ())
        db_type = field.db_type(self.connection)
        if db_type and db_type.lower() in limited_types:
            self.add(
                f"{self.connection.display_name} does not support a column of the "
                f"type {db_type}, which that of '{field.name}' has, in a primary key. "
                "Alter the field to one of a limited length, e.g. a CharField."
            )

    # The data.

    def add_key(self, table, columns, old_columns=()):
        """
        Add rows that have NULL in any of the columns, and those that have the
        same values as another one.

        `old_columns` are those of the key in effect, by which rows are listed.
        """
        self.add_size(table, columns)
        self.add_nulls(table, columns, old_columns)
        self.add_duplicates(table, columns)

    def add_nulls(self, table, columns, old_columns=()):
        name = self.quote_name
        selected = list(dict.fromkeys([*old_columns, *columns]))
        rows = "FROM %s WHERE %s" % (
            name(table),
            " OR ".join(f"{name(column)} IS NULL" for column in columns),
        )
        (number,) = self.fetch_one(f"SELECT COUNT(*) {rows}")
        if number:
            self.add(
                f"{count(number, 'row')} of {table} "
                f"{'has' if number == 1 else 'have'} NULL in "
                f"{self.any_of(columns)}.",
                f"SELECT {', '.join(map(name, selected))} {rows}",
            )

    def add_duplicates(self, table, columns):
        name = self.quote_name
        names = ", ".join(map(name, columns))
        # What is equal is up to the database, e.g. to a column's collation.
        groups = "FROM %s WHERE %s GROUP BY %s HAVING COUNT(*) > 1" % (
            name(table),
            " AND ".join(f"{name(column)} IS NOT NULL" for column in columns),
            names,
        )
        number, rows = self.fetch_one(
            "SELECT COUNT(*), SUM(%s) FROM (SELECT COUNT(*) AS %s %s) %s"
            % (name("n"), name("n"), groups, name("V0"))
        )
        if number:
            self.add(
                f"{count(rows, 'row')} of {table} share {count(number, 'value')} of "
                f"{name_columns(columns)}, which must be unique.",
                f"SELECT {names}, COUNT(*) {groups}",
            )

    def add_fill(self, fill):
        """Add rows that refer to a row which doesn't exist."""
        number = fill.count_orphans()
        if number:
            self.add_rows(
                fill,
                number,
                f"to a row of {fill.source} that doesn't exist by "
                f"{name_columns(list(fill.references))}, and can't be moved to the new "
                "key",
                fill.orphans_sql(),
            )

    def add_unfilled(self, fill):
        """Add rows that a fill has left without values."""
        number = fill.count_unfilled()
        if number:
            self.add_rows(
                fill,
                number,
                f"to {fill.source} by {name_columns(list(fill.references))} but not by "
                f"{name_columns(list(fill.columns))}",
                fill.unfilled_sql(),
            )

    def add_contradictions(self, fill):
        """Add rows that refer to another row by the columns than a fill would set."""
        number = fill.count_contradictions()
        if number:
            self.add_rows(
                fill,
                number,
                f"to a row of {fill.source} by {name_columns(list(fill.references))}, "
                f"but not by {name_columns(list(fill.columns))}: fill these before, or "
                "have them be NULL",
                fill.contradictions_sql(),
            )

    def add_rows(self, fill, number, reason, rows):
        name, table = self.quote_name, self.quote_name(fill.table)
        columns = dict.fromkeys([*fill.key_columns, *fill.references])
        selected = ", ".join(f"{table}.{name(column)}" for column in columns)
        self.add(
            f"{count(number, 'row')} of {fill.table} "
            f"{'refers' if number == 1 else 'refer'} {reason}.",
            f"SELECT {selected} {rows}",
        )

    # The database.

    def add_references(self, table, columns, known, dropped=()):
        """
        Add foreign keys to the `columns` of the old key, or to `dropped` ones, which
        nobody knows of who'd move them.

        `known` are those that are moved: pairs of a table and a tuple of columns.
        """
        known = {
            (self.convert(other), frozenset(map(self.convert, names)))
            for other, names in known
        }
        columns, dropped = (set(map(self.convert, cols)) for cols in (columns, dropped))
        with self.connection.cursor() as cursor:
            found = self.introspection.get_referencing_foreign_keys(cursor, table)
        for info in found:
            to_columns = set(map(self.convert, info.to_columns))
            if to_columns != columns and to_columns.isdisjoint(dropped):
                continue
            identity = (
                self.convert(info.table),
                frozenset(map(self.convert, info.columns)),
            )
            if info.schema is None and identity in known:
                continue
            other = f"{info.schema}.{info.table}" if info.schema else info.table
            constraint = (
                f" (constraint {info.name})" if isinstance(info.name, str) else ""
            )
            self.add(
                f"The table {other} refers to it by {name_columns(info.columns)}"
                f"{constraint}, which no managed model of the project does, so that "
                "the migration can't move it. Add a model for the table, or drop the "
                "constraint by a RunSQL operation before, and move the references "
                "yourself."
            )

    def convert(self, name):
        return self.introspection.identifier_converter(name)

    def add_unmanaged(self, model, relation_name, columns):
        """
        Add an unmanaged model that refers to the one whose key changes if its
        table doesn't have the `columns` of the new key yet.
        """
        table = model._meta.db_table
        with self.connection.cursor() as cursor:
            tables = self.introspection.table_names(cursor, include_views=True)
            if self.convert(table) not in map(self.convert, tables):
                return
            description = self.introspection.get_table_description(cursor, table)
        present = {self.convert(info.name) for info in description}
        missing = [name for name in columns if self.convert(name) not in present]
        if missing:
            self.add(
                f"{model._meta.label}.{relation_name} refers to it, but the model is "
                f"unmanaged and its table, {table}, has no "
                f"{name_columns(missing)}. Add that by a RunSQL operation before, or "
                "make the model managed by AlterModelOptions, which is a "
                "SeparateDatabaseAndState if the table is to be left alone."
            )

    def add_partitions(self, table, columns):
        """Add the columns that the table is partitioned by and the key lacks."""
        with self.connection.cursor() as cursor:
            names = self.introspection.get_partition_columns(cursor, table)
        if None in names:
            self.add(
                f"The table {table} is partitioned by an expression, with which it "
                "can't have a primary key."
            )
            return
        columns = set(map(self.convert, columns))
        missing = [name for name in names if self.convert(name) not in columns]
        if missing:
            self.add(
                f"The table {table} is partitioned by {name_columns(names)}: its "
                f"primary key must contain {name_columns(missing)}."
            )

    def add_size(self, table, columns):
        """Add a key that is too large for the database."""
        with self.connection.cursor() as cursor:
            size = self.introspection.get_key_size(cursor, table, columns)
        if size is not None and size[0] > size[1]:
            self.add(
                f"A key over {name_columns(list(columns))} of {table} may have "
                f"{size[0]:,} bytes, but {self.connection.display_name} supports "
                f"{size[1]:,}. Alter the fields to have a lower max_length before."
            )

    def add_dependents(self, table, dropped, primary_key=False, known=()):
        """
        Add what else uses columns of a table that are dropped, or its primary key,
        and doesn't let these go. `known` are the names of constraints that are
        dropped before.
        """
        with self.connection.cursor() as cursor:
            dependents = self.introspection.get_dependents(
                cursor, table, dropped, primary_key, known
            )
        names = [name_columns(list(dropped))] if dropped else []
        names += ["its primary key"] if primary_key else []
        for dependent in dependents:
            self.add(
                f"The {dependent} depends on {table}, of which {' or '.join(names)} is "
                "dropped. Drop it by a RunSQL operation before, and create it again "
                "after."
            )

    def any_of(self, columns):
        return columns[0] if len(columns) == 1 else "any of %s" % ", ".join(columns)
