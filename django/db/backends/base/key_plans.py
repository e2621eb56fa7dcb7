"""
Which tables have other columns when the primary key of a model changes, and what
their columns are filled with (see django.db.backends.base.key_changes).
"""

from django.core.exceptions import FieldDoesNotExist
from django.db import router
from django.db.backends.base.column_fills import ColumnFill
from django.db.backends.base.relations import (
    RelationForeignKey,
    get_own_columns,
    is_multicolumn,
)
from django.db.backends.utils import names_digest, truncate_name
from django.db.models import CompositePrimaryKey
from django.db.models.columns import get_column_names, has_column


def is_missing_key(pk, other_model):
    """
    Given the primary key of a model before or after the other one of two states
    that differ by their key only, is it what a model is given that has none?
    """
    if isinstance(pk, CompositePrimaryKey) or not getattr(pk, "auto_created", False):
        return False
    try:
        field = other_model._meta.get_field(pk.name)
    except FieldDoesNotExist:
        return True
    return not field.unique or type(field) is not type(pk)


def get_key(model, other_model):
    """Return the columns of the primary key of a model, if it has one."""
    pk = model._meta.pk
    if is_missing_key(pk, other_model):
        return ()
    return tuple(get_column_names([pk]))


def get_relation_pairs(relation):
    """Return the names of a relation's columns and of those it refers to."""
    return [(field.column, target.column) for field, target in relation.related_fields]


class TableChange:
    """
    What changes in one table.

    from_model, to_model
        Its model before and after.
    old_key, new_key
        The columns of its primary key, () if there is none.
    relations
        (old, new) pairs of the relations whose columns are other ones.
    added
        The new columns, as fields of `to_model`.
    removed
        The old columns, as fields of `from_model`.
    """

    def __init__(self, from_model, to_model, old_key=None, new_key=None):
        self.from_model = from_model
        self.to_model = to_model
        self.table = to_model._meta.db_table
        if old_key is None:
            old_key = get_key(from_model, to_model)
        if new_key is None:
            new_key = get_key(to_model, from_model)
        self.old_key, self.new_key = old_key, new_key
        self.relations = []
        self.added = []
        self.removed = []
        self.temporary = {}

    def __repr__(self):
        return f"<{self.__class__.__name__}: {self.to_model._meta.label}>"

    @property
    def replaced_names(self):
        """The names of columns whose values aren't what they were."""
        return {*self.added_names, *self.removed_names}

    @property
    def added_names(self):
        return [field.column for field in self.added]

    @property
    def removed_names(self):
        return [field.column for field in self.removed]

    def add_relation(self, old, new, kept):
        """
        Add a relation. `kept` are the pairs of its columns and what they refer to
        whose values stay.
        """
        if any(relation is old for relation, _ in self.relations):
            return
        self.relations.append((old, new))
        kept_columns = {column for column, _ in kept}
        added = [f for f in get_own_columns(new) if f.column not in kept_columns]
        removed = [f for f in get_own_columns(old) if f.column not in kept_columns]
        self.added += added
        self.removed += removed

    def name_columns(self, max_length):
        """
        Have a new column that is named like an old one of the table have another
        name until that is gone.
        """
        names = set(get_column_names(f for f in self.from_model._meta.local_fields))
        for field in self.added:
            if field.column in names:
                suffix = names_digest(self.table, field.column, length=8)
                self.temporary[field.column] = truncate_name(
                    f"{field.column}_{suffix}", max_length
                )

    def get_name(self, column):
        """Return the name of one of the new model's columns for the time being."""
        return self.temporary.get(column, column)


class KeyChange:
    """
    What changes in the database as the primary key of a model does.

    tables
        A TableChange for each table, with the model's own first. Those without
        relations that change are there for their foreign keys to the old key.
    fills
        A ColumnFill for each relation, in the order in which they can be run.
    relation
        The new one if it isn't the key that changes, but what a relation refers to.
    """

    def __init__(self, connection, from_model, to_model, relation=None):
        self.connection = connection
        self.relation = relation
        self.from_apps = from_model._meta.apps
        self.to_apps = to_model._meta.apps
        self.root = TableChange(from_model, to_model)
        # The new relations of models that aren't migrated, those that name the
        # columns by which they refer to what is another key now, and those that would
        # use the column of another field, whose values are its own.
        self.unmanaged = []
        self.unresolved = []
        self.clashing = []
        self.changes = {from_model: self.root}
        # This grows while it is looked at.
        queue = [from_model]
        for model in queue:
            for old in self.get_references(model):
                if self.add_reference(model, old) and old.model not in queue:
                    queue.append(old.model)
        self.tables = list(self.changes.values())
        max_length = connection.ops.max_name_length()
        for change in self.tables:
            change.name_columns(max_length)
        # A ColumnFill by the relation, in order.
        self.fills_by_relation = {}
        for change in self.tables:
            for old, new in change.relations:
                self.add_fill(change, old, new)
        self.fills = list(self.fills_by_relation.values())

    def __bool__(self):
        return self.root.old_key != self.root.new_key or any(
            change.relations for change in self.tables
        )

    def get_references(self, model):
        """Return the relations with columns that refer to a model, in order."""
        related = model._meta._get_fields(
            forward=False, reverse=True, include_hidden=True, include_parents=False
        )
        fields = [
            field
            for relation in related
            if has_column(field := relation.field) and hasattr(field, "db_constraint")
            # Those inherited from an abstract model or by a proxy are the same.
            and field.model._meta.concrete_model is field.model
        ]
        return sorted(
            dict.fromkeys(fields),
            key=lambda field: (field.model._meta.label, field.name),
        )

    def is_migrated(self, model):
        return model._meta.can_migrate(self.connection) and (
            router.allow_migrate_model(self.connection.alias, model)
        )

    def get_known_references(self):
        """Return (table, columns) pairs for the foreign keys that are dropped."""
        return {
            (change.table, RelationForeignKey(field).columns)
            for change in self.tables
            for field in change.from_model._meta.local_fields
            if getattr(field, "db_constraint", False) and has_column(field)
        }

    def get_new_relation(self, old):
        try:
            model = self.to_apps.get_model(old.model._meta.label)
            return model._meta.get_field(old.name)
        except (LookupError, FieldDoesNotExist):
            return None

    def add_reference(self, target, old):
        """
        Add the table of a relation to a model that changes, if it does so as well.
        Return whether the relation's columns change.
        """
        new = self.get_new_relation(old)
        if new is None:
            return False
        if is_multicolumn(new) and not new.has_known_columns:
            self.unresolved.append(new)
            return False
        old_pairs, new_pairs = map(get_relation_pairs, (old, new))
        if new.given_from_fields and set(old_pairs) != set(new_pairs):
            self.unresolved.append(new)
            return False
        replaced = self.changes[target].replaced_names
        kept = [
            pair for pair in new_pairs if pair in old_pairs and pair[1] not in replaced
        ]
        is_changed = old_pairs != new_pairs or len(kept) < len(new_pairs)
        if getattr(new, "clashing_columns", ()) and not (
            {column for column, _ in set(new_pairs).difference(kept)}.issubset(
                get_column_names(new.created_columns)
            )
        ):
            self.clashing.append(new)
        if not self.is_migrated(old.model):
            if is_changed and not old.model._meta.managed:
                self.unmanaged.append(new)
            return False
        foreign_key = RelationForeignKey(old)
        if is_changed or self.is_broken(foreign_key.to_table, foreign_key.to_columns):
            if old.model not in self.changes:
                self.changes[old.model] = TableChange(old.model, new.model)
            if is_changed:
                self.changes[old.model].add_relation(old, new, kept)
        return is_changed

    def is_broken(self, to_table, to_columns):
        """
        Does a foreign key refer to columns of which the key or the unique constraint
        is dropped?
        """
        for change in self.changes.values():
            if change.table == to_table:
                columns = set(to_columns)
                return not columns.isdisjoint(change.temporary) or (
                    change.old_key != change.new_key
                    and columns in (set(change.old_key), set(change.new_key))
                )
        return False

    def get_origins(self):
        """
        Return the columns that are there already whose values the new ones are going
        to have: a table and the name of a column for each field that is added.
        """
        sources = {
            (fill.table, column): (fill.source, source_column)
            for fill in self.fills
            for column, source_column in fill.columns.items()
        }
        origins = {}
        for change in self.tables:
            for field in change.added:
                origin = change.table, change.get_name(field.column)
                # A new column may be filled by another one.
                while origin in sources:
                    origin = sources[origin]
                origins[field] = origin
        return origins

    def get_change(self, model):
        for change in self.tables:
            if model in (change.from_model, change.to_model):
                return change

    def add_fill(self, change, old, new):
        """Add what fills a relation, after what fills the columns it refers to."""
        pairs = [
            pair for pair in get_relation_pairs(new) if pair[0] in change.added_names
        ]
        if new in self.fills_by_relation or not pairs:
            return
        source = self.get_change(old.foreign_related_fields[0].model)
        targets = set(new.foreign_related_fields)
        for old_other, new_other in source.relations:
            if new_other is not new and not targets.isdisjoint(
                get_own_columns(new_other)
            ):
                self.add_fill(source, old_other, new_other)
        self.fills_by_relation[new] = ColumnFill(
            self.connection,
            table=change.table,
            key_columns=change.old_key,
            columns={
                change.get_name(column): source.get_name(target)
                for column, target in pairs
            },
            source=source.table,
            references=dict(get_relation_pairs(old)),
        )
