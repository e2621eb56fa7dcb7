"""
What a relation of several columns is in the database.

A foreign key of one column is a column, and schema editors deal with it as they
do with other columns. A relation of several columns is

* the columns that it created, which are fields of the model like others are;
* a FOREIGN KEY constraint, a UNIQUE constraint or an index over its columns,
  which may be columns of other fields, too.

RelationObjects are the latter for all relations of a model, RelationChanges
the difference between two states of a model, and RelationAlteration is what
altering a field means for relations, also for those of other models. The
schema editor's methods are in RelationSchemaEditor.
"""

import copy

from django.core.exceptions import FieldDoesNotExist
from django.db.backends.ddl_references import ForeignKeyName, IndexName, Statement
from django.db.models.columns import get_column_names
from django.db.models.fields.related_columns import RelatedColumnsMixin


def is_multicolumn(field):
    """Is `field` a relation without a column of its own?"""
    return getattr(field, "is_multicolumn", False)


def get_relations(model):
    """Return the relations without a column of their own in a model's table."""
    return [field for field in model._meta.local_fields if is_multicolumn(field)]


def get_through_relations(old_field, new_field):
    """
    Return (old, new) pairs of the relations of the tables that were created for a
    ManyToManyField that is altered.
    """
    return [
        (
            old_field.remote_field.through._meta.get_field(old_name),
            new_field.remote_field.through._meta.get_field(new_name),
        )
        for old_name, new_name in (
            (old_field.m2m_field_name(), new_field.m2m_field_name()),
            (old_field.m2m_reverse_field_name(), new_field.m2m_reverse_field_name()),
        )
    ]


def get_own_columns(field):
    """Return the fields with the columns that come and go with `field`."""
    if field is None:
        return []
    if is_multicolumn(field):
        return list(field.created_columns)
    return [field] if field.column else []


def match_columns(old_field, new_field):
    """
    Return (old, new) pairs of the columns of a field that is altered. Either is
    None for a column that isn't kept.
    """
    olds, news = get_own_columns(old_field), get_own_columns(new_field)
    if olds == [old_field] and news == [new_field]:
        return [(old_field, new_field)]
    if is_multicolumn(old_field) and is_multicolumn(new_field):
        # Members of the key have the same names in another model's.
        pairs = pair_by(olds, news, lambda column: column.target_field.attname)
        if len(olds) == len(news):
            # A member was renamed, or is another one, for which the values are
            # kept as a foreign key keeps them that refers to another model.
            pairs += zip(olds, news)
            olds, news = [], []
    else:
        pairs = pair_by(olds, news, lambda column: column.column)
    return pairs + [(old, None) for old in olds] + [(None, new) for new in news]


def get_copied_column(old_field, new_column):
    """
    Return the column that has the values for `new_column`, which a relation is
    going to create, if it has referred by columns of other fields so far.
    """
    if not is_multicolumn(old_field) or old_field.created_columns:
        return None
    name = new_column.target_field.attname
    for column, target in old_field.related_fields:
        if target.attname == name:
            return column


def check_used_columns(old_field, new_field):
    """
    Refuse to have a relation use the column of another field, by whose name it
    would create one, if it hasn't referred to the same by it so far: it has values
    of its own.
    """
    clashing = getattr(new_field, "clashing_columns", ())
    if not clashing:
        return
    used = (
        {(column.name, target.attname) for column, target in old_field.related_fields}
        if is_multicolumn(old_field)
        else set()
    )
    for column, target in new_field.related_fields:
        name = f"{new_field.name}_{target.attname}"
        if name in clashing and (column.name, target.attname) not in used:
            raise ValueError(
                "Cannot alter field %s into %s - it would create the column '%s', but "
                "there is a field of this name (rename or remove that before)"
                % (old_field, new_field, name)
            )


def pair_by(olds, news, key):
    """Remove pairs with the same key from both lists and return these."""
    by_key = {key(new): new for new in news}
    pairs = [(old, by_key[key(old)]) for old in olds if key(old) in by_key]
    for old, new in pairs:
        olds.remove(old)
        news.remove(new)
    return pairs


def describe_column(column, connection):
    """Return what the database knows of a field with a column."""
    params = column.db_parameters(connection)
    return (
        column.column,
        params["type"],
        params.get("collation"),
        column.null,
        column.db_comment,
    )


def get_keys(model, unique_together=None, constraints=None):
    """
    Return a tuple of columns for each key and unique constraint over several
    columns in a model's table, other than those of relations.
    """
    opts = model._meta
    if unique_together is None:
        unique_together = opts.unique_together
    if constraints is None:
        constraints = opts.constraints
    names = [
        *unique_together,
        *(
            constraint.fields
            for constraint in constraints
            if getattr(constraint, "fields", ()) and constraint.condition is None
        ),
    ]
    keys = [tuple(get_column_names([opts.pk]))] if opts.pk else []
    for fields in names:
        try:
            keys.append(tuple(get_column_names(map(opts.get_field, fields))))
        except FieldDoesNotExist:
            # A field that is being removed.
            pass
    return keys


def get_foreign_key_columns(relation):
    """
    Return the names of the columns of a foreign key, and of those they refer to,
    in the order of the related table's key or unique constraint: InnoDB wants an
    index that starts with what is referred to, in this order.
    """
    referred = {
        target.column: field.column for field, target in relation.related_fields
    }
    if len(referred) > 1:
        model = relation.foreign_related_fields[0].model
        keys = [*get_keys(model), *get_unique_columns(model)]
        if tuple(referred) not in keys:
            for key in keys:
                if referred.keys() == set(key):
                    referred = {column: referred[column] for column in key}
                    break
    return list(referred.values()), list(referred)


def get_unique_columns(model):
    """Yield a tuple of columns for each relation of a model that is unique."""
    for field in model._meta.local_fields:
        if field.unique and is_multicolumn(field):
            yield tuple(get_column_names([field]))


class RelationForeignKey:
    """
    A FOREIGN KEY constraint over the columns of a relation.

    It equals another one that is the same to the database.
    """

    def __init__(self, relation):
        self.relation = relation
        self.table = relation.model._meta.db_table
        self.to_table = relation.foreign_related_fields[0].model._meta.db_table
        self.columns, self.to_columns = map(tuple, get_foreign_key_columns(relation))

    @property
    def identity(self):
        return self.columns, self.to_table, self.to_columns

    def __eq__(self, other):
        return self.identity == other.identity

    def __hash__(self):
        return hash(self.identity)


class RelationObjects:
    """
    What the relations of several columns of a model are in its table, besides
    columns. There is none of what another object does already.

    uniques, indexes
        Relations by the tuples of columns of unique constraints and indexes.
    foreign_keys
        A list of RelationForeignKey.
    """

    def __init__(self, model, without=None, **keys):
        self.model = model
        self.uniques, self.indexes, self.foreign_keys = {}, {}, []
        relations = [field for field in get_relations(model) if field is not without]
        if not relations:
            return
        keys = get_keys(model, **keys)
        for relation in relations:
            columns = tuple(get_column_names([relation]))
            if relation.unique and not relation.primary_key and columns not in keys:
                self.uniques.setdefault(columns, relation)
            if relation.db_constraint:
                foreign_key = RelationForeignKey(relation)
                if foreign_key not in self.foreign_keys:
                    self.foreign_keys.append(foreign_key)
        # An index on columns that another one starts with would be of no use.
        keys += self.uniques
        for relation in relations:
            columns = tuple(get_column_names([relation]))
            if relation.db_index and not any(
                key[: len(columns)] == columns for key in keys
            ):
                self.indexes[columns] = relation
                keys.append(columns)


class RelationChanges:
    """
    The difference between the objects of two states of a model.

    renamed
        The new names of columns by the old ones, as (table, column) pairs.
    retyped
        The (table, column) pairs whose type is another one.
    relations
        (old, new) pairs of the relations that are altered. What belongs to others
        is left alone: these are altered in their turn, e.g. the other one in the
        table of a ManyToManyField.
    """

    def __init__(
        self, editor, before, after, renamed=None, retyped=None, relations=None
    ):
        self.editor = editor
        self.model = after.model
        renamed, retyped = renamed or {}, retyped or set()
        table = self.model._meta.db_table
        # The table may have been renamed by now.
        old_table = before.model._meta.db_table

        def rename(table, columns):
            return tuple(renamed.get((table, column), column) for column in columns)

        altered = None
        if relations is not None:
            altered = {relation for pair in relations for relation in pair}
            # An index may be needed, or not any more, because of the others.
            both = {tuple(get_column_names([f])) for f in get_relations(before.model)}
            both &= {tuple(get_column_names([f])) for f in get_relations(after.model)}

        def select(objects):
            return {
                columns: relation
                for columns, relation in objects.items()
                if altered is None or relation in altered or columns in both
            }

        def compare(before, after):
            renamed = {rename(old_table, columns) for columns in before}
            selected = [rename(old_table, columns) for columns in select(before)]
            return (
                [columns for columns in selected if columns not in after],
                [
                    relation
                    for columns, relation in select(after).items()
                    if columns not in renamed
                ],
            )

        self.uniques_to_drop, self.uniques_to_create = compare(
            before.uniques, after.uniques
        )
        self.indexes_to_drop, self.indexes_to_create = compare(
            before.indexes, after.indexes
        )
        self.foreign_keys_to_create = {
            foreign_key.identity: foreign_key for foreign_key in after.foreign_keys
        }
        self.foreign_keys_to_drop = []
        for foreign_key in before.foreign_keys:
            columns = rename(old_table, foreign_key.columns)
            to_table = foreign_key.to_table
            to_columns = rename(to_table, foreign_key.to_columns)
            identity = columns, to_table, to_columns
            # A constraint has its name from its columns, and another one may be
            # given that as soon as theirs are free.
            if (
                columns == foreign_key.columns
                and identity in self.foreign_keys_to_create
                and retyped.isdisjoint((table, column) for column in columns)
                and retyped.isdisjoint((to_table, column) for column in to_columns)
            ):
                del self.foreign_keys_to_create[identity]
            elif altered is None or foreign_key.relation in altered:
                self.foreign_keys_to_drop.append(foreign_key)
        if altered is not None:
            self.foreign_keys_to_create = {
                identity: foreign_key
                for identity, foreign_key in self.foreign_keys_to_create.items()
                if foreign_key.relation in altered
            }

    def __bool__(self):
        return any(
            (
                self.uniques_to_drop,
                self.uniques_to_create,
                self.indexes_to_drop,
                self.indexes_to_create,
                self.foreign_keys_to_drop,
                self.foreign_keys_to_create,
            )
        )

    def drop_foreign_keys(self):
        for foreign_key in self.foreign_keys_to_drop:
            self.editor._delete_relation_fk(self.model, foreign_key)

    def drop_keys(self):
        for columns in self.uniques_to_drop:
            self.editor._delete_relation_unique(self.model, columns)
        for columns in self.indexes_to_drop:
            self.editor._delete_relation_index(self.model, columns)

    def create_keys(self):
        for relation in self.uniques_to_create:
            self.editor.execute(self.editor._create_unique_sql(self.model, [relation]))
        for relation in self.indexes_to_create:
            self.editor._create_relation_index(self.model, relation)

    def create_foreign_keys(self):
        """
        Have the constraints created when all else is done, so that nothing has
        to be altered that they refer to.
        """
        if not self.editor.connection.features.supports_foreign_keys:
            return
        for foreign_key in self.foreign_keys_to_create.values():
            sql = self.editor._create_fk_sql(
                self.model, foreign_key.relation, "_fk_%(to_table)s_%(to_column)s"
            )
            # If a model is renamed, each of the relations to itself is altered.
            if str(sql) not in map(str, self.editor.deferred_sql):
                self.editor.deferred_sql.append(sql)


class RelationAlteration:
    """
    What altering a field means for relations.

    Relations which refer to a column by columns of their own have these follow
    it: their names and types are up to the column's. This goes on with the
    relations that refer to them.

    columns
        (old, new) pairs of fields with a column, from the altered field's on.
        None is in the place of one that doesn't exist.
    relations
        (old, new) pairs of the other relations that use any of the columns, be
        it as theirs or as those they refer to.
    """

    def __init__(self, connection, old_field, new_field):
        self.connection = connection
        self.old_field = old_field
        self.new_field = new_field
        check_used_columns(old_field, new_field)
        self.columns = match_columns(old_field, new_field)
        self.num_own_columns = len(self.columns)
        self.relations = []
        # This grows while it is looked at.
        for old_column, new_column in self.columns:
            if old_column is not None and new_column is not None:
                self.add_relations(old_column)

    def add_relations(self, old_column):
        model = getattr(old_column, "model", None)
        if model is None:
            return
        for related in sorted(
            model._meta._get_fields(
                forward=False, reverse=True, include_hidden=True, include_parents=False
            ),
            key=lambda related: (related.related_model._meta.label, related.field.name),
        ):
            relation = related.field
            if relation.many_to_many or not hasattr(relation, "db_constraint"):
                continue
            for column, target in relation.related_fields:
                if target == old_column:
                    self.add_relation(relation, column)
        for relation in get_relations(model):
            if old_column in relation.local_related_fields:
                self.add_relation(relation)

    def add_relation(self, old_relation, old_column=None):
        """
        Add a relation which uses an altered column. If it refers to it,
        `old_column` is the column by which it does.
        """
        new_relation = self.get_new_relation(old_relation)
        if new_relation is None:
            return
        if old_relation is not self.old_field and not any(
            old is old_relation for old, _ in self.relations
        ):
            self.relations.append((old_relation, new_relation))
        for old, new in zip(
            old_relation.local_related_fields, new_relation.local_related_fields
        ):
            if (
                old is old_column
                and old in get_own_columns(old_relation)
                and not any(old is seen for seen, _ in self.columns)
            ):
                self.columns.append((old, new))

    def get_new_relation(self, old_relation):
        """Return the same relation after the field was altered."""
        if old_relation is self.old_field:
            return self.new_field
        try:
            model = self.new_field.model._meta.apps.get_model(
                old_relation.model._meta.label
            )
            new_relation = model._meta.get_field(old_relation.name)
        except (AttributeError, LookupError, FieldDoesNotExist):
            return None
        if is_multicolumn(new_relation) == is_multicolumn(old_relation):
            return new_relation

    @property
    def own_columns(self):
        return self.columns[: self.num_own_columns]

    @property
    def following_columns(self):
        """Pairs of the columns that relations created and that do change."""
        return [
            (old, new)
            for old, new in self.columns[self.num_own_columns :]
            if not old.is_relation and self.is_changed(old, new)
        ]

    def is_changed(self, old, new):
        return describe_column(old, self.connection) != describe_column(
            new, self.connection
        )

    def is_needed(self, editor):
        """Does anything in the database change?"""
        if is_multicolumn(self.old_field) or is_multicolumn(self.new_field):
            altered = any(
                old is None or new is None or self.is_changed(old, new)
                for old, new in self.own_columns
            )
        else:
            altered = editor._field_should_be_altered(self.old_field, self.new_field)
        return altered or self.following_columns or any(self.get_changes(editor))

    def get_remade_sets(self):
        """
        Return the sets of unique_together that contain the field if there are
        columns of it which aren't kept, as pairs: the old columns and the fields.
        """
        sets = []
        if any(old is None or new is None for old, new in self.own_columns):
            old_name, new_name = self.old_field.name, self.new_field.name
            new_opts = self.new_field.model._meta
            new_sets = {frozenset(names) for names in new_opts.unique_together}
            for names in self.old_field.model._meta.unique_together:
                if old_name not in names:
                    continue
                get_old_field = self.old_field.model._meta.get_field
                columns = get_column_names(map(get_old_field, names))
                names = [new_name if name == old_name else name for name in names]
                fields = []
                if frozenset(names) in new_sets:
                    fields = [new_opts.get_field(name) for name in names]
                sets.append((columns, fields))
        return sets

    def get_remade_options(self, name):
        """
        Return the constraints or the indexes, by the name of the option of Meta,
        that name the field if there are columns of it which aren't kept.
        """
        if not any(old is None or new is None for old, new in self.own_columns):
            return []
        old_options, new_options = (
            {option.name: option for option in getattr(field.model._meta, name)}
            for field in (self.old_field, self.new_field)
        )
        return [
            option
            for option in old_options.values()
            if option == new_options.get(option.name) and self.is_named_by(option)
        ]

    def is_named_by(self, option):
        """Does a constraint or an index contain or restrict the field?"""
        names = {name.removeprefix("-") for name in getattr(option, "fields", ())}
        for expression in (
            getattr(option, "condition", None),
            *getattr(option, "expressions", ()),
        ):
            references = self.old_field.model._get_expr_references(expression)
            names.update(reference[0] for reference in references)
        return not names.isdisjoint((self.old_field.name, self.old_field.attname))

    def concerns_relations(self):
        return any(is_multicolumn(old) for old, _ in self.relations)

    def get_changes(self, editor):
        """Return RelationChanges for each model whose table is concerned."""
        renamed, retyped = {}, set()
        for old, new in self.columns:
            if old is None or new is None:
                continue
            table = new.model._meta.db_table
            renamed[old.model._meta.db_table, old.column] = new.column
            if (
                describe_column(old, self.connection)[1:-1]
                != describe_column(new, self.connection)[1:-1]
            ):
                retyped.add((table, new.column))
        models = {}
        relations = [(self.old_field, self.new_field), *self.relations]
        for old, new in relations:
            models.setdefault(new.model, old.model)
        changes = []
        for new_model, old_model in models.items():
            before, after = RelationObjects(old_model), RelationObjects(new_model)
            after.foreign_keys = [
                foreign_key
                for foreign_key in after.foreign_keys
                if editor._can_reference(foreign_key)
            ]
            changes.append(
                RelationChanges(editor, before, after, renamed, retyped, relations)
            )
        return changes


class RelationForeignKeyName(ForeignKeyName):
    """
    The name of a constraint over several columns. Its hash is also of what
    they refer to, as relations may share columns.
    """

    def __str__(self):
        names = [*self.columns, self.to_reference.table, *self.to_reference.columns]
        return self.create_fk_name(self.table, names, "_fk")


def get_foreign_key_name(
    table, columns, to_table, to_columns, suffix, create_foreign_key_name
):
    name_class = ForeignKeyName if len(columns) == 1 else RelationForeignKeyName
    return name_class(
        table, columns, to_table, to_columns, suffix, create_foreign_key_name
    )


def is_foreign_key_sql(sql):
    return isinstance(sql, Statement) and isinstance(
        sql.parts.get("name"), RelationForeignKeyName
    )


def order_deferred_sql(statements):
    """
    Return deferred statements with the foreign keys of several columns last, as
    what these refer to has to be unique before.
    """
    return sorted(statements, key=is_foreign_key_sql)


class RelationSchemaEditor:
    """Mixin for BaseDatabaseSchemaEditor: relations of several columns."""

    is_altering_relations = False

    def _table_relations_sql(self, model):
        """
        Return a list of the table constraints for a model's relations, having
        those deferred that can't be in CREATE TABLE.
        """
        constraints = []
        if is_multicolumn(model._meta.pk):
            constraints.append(
                self._pk_constraint_sql(get_column_names([model._meta.pk]))
            )
        objects = RelationObjects(model)
        for relation in objects.uniques.values():
            self.deferred_sql.append(self._create_unique_sql(model, [relation]))
        for foreign_key in objects.foreign_keys:
            if self.sql_create_inline_fk:
                # e.g.: FOREIGN KEY (a, b) REFERENCES t (x, y)
                constraints.append(
                    "FOREIGN KEY (%s) " % self._quote_names(foreign_key.columns)
                    + self.sql_create_inline_fk
                    % {
                        "to_table": self.quote_name(foreign_key.to_table),
                        "to_column": self._quote_names(foreign_key.to_columns),
                    }
                )
            elif self.connection.features.supports_foreign_keys:
                self.deferred_sql.append(
                    self._create_fk_sql(
                        model, foreign_key.relation, "_fk_%(to_table)s_%(to_column)s"
                    )
                )
        return constraints

    def _check_through_rows(self, old_field, new_field):
        """
        Refuse to alter a ManyToManyField if there are rows in its table, and these
        can't refer to what it would be to, as there they'd have other columns.
        """
        through = old_field.remote_field.through
        if (
            not self.collect_sql
            and any(
                None in columns
                for old, new in get_through_relations(old_field, new_field)
                for columns in match_columns(old, new)
            )
            and through._base_manager.using(self.connection.alias).exists()
        ):
            raise ValueError(
                "Cannot alter field %s into %s - the rows of its table '%s' can't be "
                "kept, as the primary keys they refer to have other columns (delete "
                "them first, or remove the field and add another one)"
                % (old_field, new_field, through._meta.db_table)
            )

    def _quote_names(self, names):
        return ", ".join(map(self.quote_name, names))

    def _has_other_index(self, relation):
        """Is there an index for a relation's columns which it needn't create?"""
        indexes = RelationObjects(relation.model).indexes.values()
        return not any(indexed is relation for indexed in indexes)

    def _get_relation_changes(self, model, **keys):
        """
        Return RelationChanges given pairs of the unique_together or constraints
        of a model before and after. None are those it has.
        """
        before, after = (
            RelationObjects(model, **dict(zip(keys, values)))
            for values in zip(*keys.values())
        )
        return RelationChanges(self, before, after)

    def _add_relation(self, model, relation):
        for column in relation.created_columns:
            self.add_field(model, column)
        changes = RelationChanges(
            self,
            RelationObjects(relation.model, without=relation),
            RelationObjects(relation.model),
        )
        changes.create_keys()
        changes.drop_keys()
        changes.create_foreign_keys()

    def _remove_relation(self, model, relation):
        changes = RelationChanges(
            self,
            RelationObjects(relation.model),
            RelationObjects(relation.model, without=relation),
        )
        changes.drop_foreign_keys()
        changes.create_keys()
        changes.drop_keys()
        for column in relation.created_columns:
            self.remove_field(model, column)

    def _concerns_relations(self, old_field, new_field):
        """
        Does altering a field concern relations of several columns, as it is one
        or as its column is used by one?
        """
        if self.is_altering_relations:
            return False
        if is_multicolumn(old_field) or is_multicolumn(new_field):
            return True
        if (
            not RelatedColumnsMixin.is_in_use
            or not old_field.column
            or not new_field.column
            or (
                old_field.name == new_field.name
                and old_field.attname == new_field.attname
                and describe_column(old_field, self.connection)
                == describe_column(new_field, self.connection)
            )
        ):
            return False
        return RelationAlteration(
            self.connection, old_field, new_field
        ).concerns_relations()

    def _alter_relations(self, model, old_field, new_field, strict=False):
        """
        Alter a field which is a relation of several columns or whose column is
        used by some.
        """
        if self._move_references(old_field, new_field):
            return
        alteration = RelationAlteration(self.connection, old_field, new_field)
        if not alteration.is_needed(self):
            return
        changes = alteration.get_changes(self)
        for change in changes:
            change.drop_foreign_keys()
        remade_sets = alteration.get_remade_sets()
        for columns, _ in remade_sets:
            self._delete_relation_unique(new_field.model, columns)
        constraints = alteration.get_remade_options("constraints")
        indexes = alteration.get_remade_options("indexes")
        for constraint in constraints:
            self.remove_constraint(old_field.model, constraint)
        for index in indexes:
            self.remove_index(old_field.model, index)
        removed = []
        if is_multicolumn(old_field) or is_multicolumn(new_field):
            for old, new in alteration.own_columns:
                if new is None:
                    removed.append(old)
                elif old is None:
                    self._add_relation_column(model, old_field, new)
                elif (
                    alteration.is_changed(old, new)
                    or old.is_relation
                    or new.is_relation
                ):
                    self._alter_relation_column(model, old, new, strict)
        else:
            self.is_altering_relations = True
            try:
                self.alter_field(model, old_field, new_field, strict)
            finally:
                self.is_altering_relations = False
        for old, new in alteration.following_columns:
            self._alter_relation_column(new.model, old, new, strict)
        for _, fields in remade_sets:
            if fields:
                self.execute(self._create_unique_sql(new_field.model, fields))
        for constraint in constraints:
            self.add_constraint(new_field.model, constraint)
        for index in indexes:
            self.add_index(new_field.model, index)
        for change in changes:
            change.create_keys()
            change.drop_keys()
        for column in removed:
            self.remove_field(model, column)
        for change in changes:
            change.create_foreign_keys()

    def _move_references(self, old_field, new_field):
        """
        If a relation is altered to refer to other columns, have it refer to the same
        rows. Return whether that has altered the relation.
        """
        return False

    def _add_relation_column(self, model, old_field, column):
        """Add a column of a relation that is altered, with the values it had."""
        source = get_copied_column(old_field, column)
        if source is None:
            self.add_field(model, column)
            return
        empty = copy.copy(column)
        empty.null = True
        self.add_field(model, empty)
        self.execute(
            self.sql_update_with_default
            % {
                "table": self.quote_name(model._meta.db_table),
                "column": self.quote_name(column.column),
                "default": self.quote_name(source.column),
            }
        )
        if not column.null:
            self._alter_relation_column(model, empty, column, strict=False)

    def _alter_relation_column(self, model, old_column, new_column, strict):
        old_params = old_column.db_parameters(connection=self.connection)
        new_params = new_column.db_parameters(connection=self.connection)
        self._alter_field(
            model,
            old_column,
            new_column,
            old_params["type"],
            new_params["type"],
            old_params,
            new_params,
            strict,
        )

    def _can_reference(self, foreign_key):
        """
        Can a foreign key be created for columns of these types?

        If the fields that hold them are altered one after the other, it can be
        when the last of them is.
        """
        relation = foreign_key.relation
        return all(
            self._can_reference_type(
                column.db_type(self.connection), target.rel_db_type(self.connection)
            )
            for column, target in relation.related_fields
        )

    def _can_reference_type(self, db_type, target_db_type):
        # The length doesn't matter.
        return db_type.partition("(")[0] == target_db_type.partition("(")[0]

    def _delete_relation_fk(self, model, foreign_key):
        """Delete a foreign key, or don't create it if it was deferred."""
        columns = list(foreign_key.columns)
        for sql in list(self.deferred_sql):
            if is_foreign_key_sql(sql):
                name = sql.parts["name"]
                if (
                    name.table == model._meta.db_table
                    and name.columns == columns
                    and sql.parts["to_table"].table == foreign_key.to_table
                ):
                    self.deferred_sql.remove(sql)
                    return
        names = self._constraint_names(model, columns, foreign_key=True)
        if len(names) > 1:
            # Other relations use the same columns.
            names = self._get_foreign_key_names(model, foreign_key) or names
        for name in names:
            self.execute(self._delete_fk_sql(model, name))

    def _get_foreign_key_names(self, model, foreign_key):
        introspection = self.connection.introspection
        convert = introspection.identifier_converter
        with self.connection.cursor() as cursor:
            found = introspection.get_foreign_keys(cursor, model._meta.db_table)
        return [
            info.name
            for info in found
            if info.columns == [convert(column) for column in foreign_key.columns]
            and info.to_table == convert(foreign_key.to_table)
            and info.to_columns == [convert(name) for name in foreign_key.to_columns]
        ]

    def _delete_relation_unique(self, model, columns):
        names = self._constraint_names(
            model,
            columns,
            unique=True,
            primary_key=False,
            exclude={constraint.name for constraint in model._meta.constraints},
        )
        self._discard_deferred_sql(model, columns, "_uniq")
        for name in names:
            self.execute(self._delete_unique_sql(model, name))

    def _create_relation_index(self, model, relation):
        for sql in self._field_indexes_sql(model, relation):
            self.execute(sql)

    def _delete_relation_index(self, model, columns):
        self._discard_deferred_sql(model, columns, "")
        for name in self._get_relation_index_names(model, columns):
            self.execute(self._delete_index_sql(model, name))

    def _get_relation_index_names(self, model, columns):
        """Return the names of the indexes of relations over the columns."""
        return self._constraint_names(
            model,
            columns,
            index=True,
            unique=False,
            exclude={index.name for index in model._meta.indexes},
        )

    def _discard_deferred_sql(self, model, columns, suffix):
        for sql in list(self.deferred_sql):
            name = sql.parts.get("name") if isinstance(sql, Statement) else None
            if (
                isinstance(name, IndexName)
                and name.table == model._meta.db_table
                and name.columns == list(columns)
                and name.suffix == suffix
            ):
                self.deferred_sql.remove(sql)
