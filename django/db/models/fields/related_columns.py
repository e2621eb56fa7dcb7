"""
The columns of a relation.

A ForeignKey has one column, its own, or it stands for several: those that it
created, one for each member of the key that it refers to, or those of the
fields it was given as ``from_fields``. Which of these it is can't be known
before the related model is. From then on:

* ``local_related_fields`` are the fields that hold the columns, and
  ``foreign_related_fields`` those that they refer to. That is all joins, lookups
  and schema editors have to know, be it one column or several.
* ``target_field`` is what the relation's value is a value of: the related
  model's field, its composite primary key or a FieldTuple(). It converts,
  prepares and formats values, be it one or a tuple.
* A relation of several columns has no ``column``, its attname is
  ``<name>_pk`` and each of the columns is a field of the model.
"""

import threading
from functools import lru_cache
from operator import attrgetter

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models.columns import has_column, is_composite_field, unnest
from django.db.models.expressions import ColPairs
from django.db.models.fields import Field
from django.db.models.fields.composite import CompositePrimaryKey, CompositeValue
from django.db.models.fields.key_text import get_value_field
from django.db.models.query_utils import DeferredAttribute, Q
from django.utils.functional import cached_property


class RelatedColumnMixin:
    """
    Mixin for the attribute of a column of one or more relations: assigning
    another value makes the relations forget their objects, and a deferred
    value is loaded along with the other columns'.
    """

    relations = ()

    def __get__(self, instance, cls=None):
        if instance is None:
            return self
        data = instance.__dict__
        attname = self.field.attname
        if attname not in data:
            deferred = {
                field.attname
                for relation in self.relations
                for field in relation.local_related_fields
                if field.attname not in data
            }
            if len(deferred) > 1 and instance._is_pk_set():
                instance.refresh_from_db(fields=deferred)
            else:
                return super().__get__(instance, cls)
        return data[attname]

    def __set__(self, instance, value):
        if instance.__dict__.get(self.field.attname) != value:
            for relation in self.relations:
                if relation.is_cached(instance):
                    relation.delete_cached_value(instance)
        instance.__dict__[self.field.attname] = value


class RelatedColumnAttribute(RelatedColumnMixin, DeferredAttribute):
    """The attribute of a column that a relation created."""


def connect_attribute(model, field, relation):
    """
    Have the attribute of `field` tell `relation`, which uses its column, when
    another value is assigned.
    """
    attribute = model.__dict__.get(field.attname)
    if not isinstance(attribute, DeferredAttribute):
        # Inherited from another model, or an attribute of the user's own.
        attribute = getattr(model, field.attname, None)
        if type(attribute) is not DeferredAttribute:
            return
    if not isinstance(attribute, RelatedColumnMixin):
        cls = type(attribute)
        relations = (field,) if hasattr(cls, "__set__") else ()
        attribute = type(cls.__name__, (RelatedColumnMixin, cls), {})(field)
        attribute.relations = relations
        setattr(model, field.attname, attribute)
    add_relation(model, field, relation)
    if field.is_relation:
        field.shares_column = True
        field.__dict__.pop("plain_related_fields", None)
        connect_descriptor(field)


def add_relation(model, field, relation):
    """Have the attribute of `field`, also those of children, tell `relation`."""
    model.__dict__[field.attname].relations += (relation,)
    for subclass in model.__subclasses__():
        if isinstance(subclass.__dict__.get(field.attname), RelatedColumnMixin):
            add_relation(subclass, field, relation)


class RelatedColumnsDescriptorMixin:
    """
    Mixin for the attribute of a relation for its object, if it has several
    columns or shares its column with one that has.
    """

    def __set__(self, instance, value):
        check_shared_columns(self.field, instance, value)
        super().__set__(instance, value)
        assign_related(self.field, instance, value)
        # Setting columns makes relations forget their objects.
        self.field.set_cached_value(instance, value)


def get_plain_related_fields(relation):
    """
    Return the pair of a column and what it refers to if that is all there is to
    `relation`, i.e. if no other relation uses the column, and no pair otherwise.
    """
    if len(relation.related_fields) == 1 and not relation.shares_column:
        return relation.related_fields
    return ()


def connect_descriptor(relation):
    """Have the attribute of `relation` set columns with regard to others."""
    descriptor = relation.model.__dict__.get(relation.name)
    cls = type(descriptor)
    if getattr(descriptor, "field", None) is relation and not issubclass(
        cls, RelatedColumnsDescriptorMixin
    ):
        cls = type(cls.__name__, (RelatedColumnsDescriptorMixin, cls), {})
        setattr(relation.model, relation.name, cls(relation))


class RelatedKeyAttribute:
    """
    The attribute for the value of a relation of several columns: a tuple with
    the value of each, or None if any of them is None.
    """

    def __init__(self, field):
        self.field = field
        self.get_values = attrgetter(*(f.attname for f in field.local_related_fields))

    def __get__(self, instance, cls=None):
        if instance is None:
            return self
        values = self.get_values(instance)
        return None if None in values else self.field.target_field.key_class(values)

    def __set__(self, instance, value):
        if value is not None:
            relation = f"{instance._meta.object_name}.{self.field.attname}"
            fields = self.field.local_related_fields
            columns = ", ".join(repr(field.attname) for field in fields)
            if isinstance(value, str):
                try:
                    value = self.field.to_python(value)
                except ValidationError as e:
                    raise ValueError(
                        f"{relation!r} must be a list, a tuple or the text of a key, "
                        f"with a value for each of {columns} (received {value!r})."
                    ) from e
            if not isinstance(value, (list, tuple)):
                raise ValueError(f"{relation!r} must be a list or a tuple.")
            if len(value) != len(fields):
                raise ValueError(
                    f"{relation!r} must have {len(fields)} elements, one for each of "
                    f"{columns} (received {len(value)})."
                )
            for field, member in zip(fields, value):
                check_shared_column(self.field, instance, field, member, value)
        set_columns(self.field, instance, value)


class RelatedColumn(Field):
    """
    A column that a relation created for itself: one for each field it refers
    to. It isn't a relation, nor shown in forms or migrations, as the relation
    is.

    relation
        The relation, a ForeignKey.
    target_field
        The field of the related model the column refers to. The column is of
        the type a ForeignKey to it would be.
    """

    descriptor_class = RelatedColumnAttribute
    empty_strings_allowed = False

    def __init__(self, relation, target_field, position):
        super().__init__(
            null=relation.null,
            blank=True,
            editable=False,
            serialize=False,
            db_tablespace=relation._db_tablespace,
            db_comment=relation.db_comment,
        )
        self.name = f"{relation.name}_{target_field.attname}"
        self.relation = relation
        self.target_field = target_field
        self.position = position
        # Columns are created along with the relation's own table, and stand
        # where it stands.
        self.creation_counter = relation.creation_counter + (position + 1) / 1024

    # What the column holds is up to the field it refers to.

    @property
    def description(self):
        field = get_value_field(self)
        return field.description % field.__dict__

    def get_internal_type(self):
        return "ForeignKey"

    def db_type(self, connection):
        return self.target_field.rel_db_type(connection)

    def cast_db_type(self, connection):
        return self.target_field.cast_db_type(connection)

    def db_parameters(self, connection):
        target = self.target_field.db_parameters(connection)
        return {
            "type": self.db_type(connection),
            "check": None,
            "collation": target.get("collation"),
        }

    def to_python(self, value):
        return self.target_field.to_python(value)

    def get_prep_value(self, value):
        return self.target_field.get_prep_value(value)

    def get_db_prep_value(self, value, connection, prepared=False):
        return self.target_field.get_db_prep_value(value, connection, prepared)

    def get_db_prep_save(self, value, connection):
        if value is None:
            return None
        return self.target_field.get_db_prep_save(value, connection)

    def get_col(self, alias, output_field=None):
        # Lookups are those of the values, as is what the database returns.
        if output_field is None or output_field is self:
            output_field = get_value_field(self)
        return super().get_col(alias, output_field)

    def has_default(self):
        return self.relation.has_default()

    def get_default(self):
        values = get_default_values(self.relation, self.position)
        return None if values is None else values[self.position]

    def clean(self, value, model_instance):
        # The relation's clean() is in charge of all of its columns.
        return value

    def check(self, **kwargs):
        # Whatever else there is to say is said of the relation.
        return self._check_field_name()

    def deconstruct(self):
        name, path, _, _ = super().deconstruct()
        return name, path, [self.relation, self.target_field, self.position], {}


# The last default of a relation that was taken for the first of its columns, for
# those that follow: a callable is called once for each object.
last_default = threading.local()


def get_default_values(relation, position):
    """Return the values of all columns for the column at `position`."""
    if not relation.has_default():
        return None
    values = None
    if position and getattr(last_default, "expected", None) == (relation, position):
        values = last_default.values
    if values is None:
        values = relation.get_default()
    is_last = position + 1 == len(relation.local_related_fields)
    last_default.expected = None if is_last else (relation, position + 1)
    last_default.values = None if is_last else values
    return values


@lru_cache(maxsize=None)
def get_tuple_class(app_label, model_name, names):
    """Return the class for values of the fields with these names, in order."""
    opts = apps.get_model(app_label, model_name)._meta
    return FieldTuple(opts.model, map(opts.get_field, names)).key_class


def restore_tuple(app_label, model_name, names, values):
    """Return the value of a FieldTuple() that was pickled."""
    try:
        return get_tuple_class(app_label, model_name, names)(values)
    except (LookupError, FieldDoesNotExist):
        return values


class FieldTuple(CompositeValue):
    """
    Several fields of a model which a relation refers to, and which are not its
    primary key. It takes the part of a single field: it converts and prepares
    the relation's values, which are tuples.
    """

    composite_fields = ()
    column = None
    primary_key = False
    is_relation = False
    remote_field = None
    empty_strings_allowed = False
    error_messages = CompositeValue.default_error_messages

    def __init__(self, model, fields):
        self.model = model
        self.composite_fields = tuple(fields)

    def __repr__(self):
        names = ", ".join(field.name for field in self.composite_fields)
        return f"<{self.__class__.__name__}: {self.model._meta.label}: {names}>"

    def __eq__(self, other):
        if not isinstance(other, FieldTuple):
            return NotImplemented
        return self.composite_fields == other.composite_fields

    def __hash__(self):
        return hash(self.composite_fields)

    @property
    def name(self):
        """The names of the fields, joined by commas as in a to_field parameter."""
        return ",".join(field.name for field in self.composite_fields)

    def value_from_object(self, obj):
        return self.key_class(
            [getattr(obj, field.attname) for field in self.composite_fields]
        )

    def reduce_value(self, values):
        opts = self.model._meta
        names = tuple(field.name for field in self.composite_fields)
        return restore_tuple, (opts.app_label, opts.model_name, names, values)

    def get_db_prep_value(self, value, connection, prepared=False):
        return value

    def db_type(self, connection):
        return None

    rel_db_type = cast_db_type = db_type

    def db_parameters(self, connection):
        return {"type": None, "check": None}


class RelatedColumnsMixin:
    """
    The part of a ForeignKey that finds out which columns it has.

    given_from_fields, given_to_fields
        The names as they were given, before they are resolved to the fields
        that hold the columns. None stands for the primary key.
    is_multicolumn
        Is the relation known to have no column of its own?
    has_known_columns
        Has it been found out?
    """

    given_from_fields = ()
    given_to_fields = (None,)
    is_multicolumn = False
    has_known_columns = False
    # Is there any relation of several columns at all? Until then schema editors
    # needn't look for those that altering a field concerns.
    is_in_use = False
    # Names of created columns which the model has a field for already.
    clashing_columns = ()

    def set_given_fields(self, to_field, from_fields, to_fields):
        """Take down which columns and fields a model's author asks for."""
        self.has_both_spellings = bool(to_field and to_fields)
        self.has_given_to_fields = bool(to_fields)
        self.given_null = self.null
        self.given_from_fields = tuple(from_fields or ())
        self.given_to_fields = tuple(to_fields or (to_field,))
        self.is_multicolumn = bool(from_fields or to_fields)
        if from_fields:
            self.from_fields = list(from_fields)
        if to_fields:
            self.to_fields = list(to_fields)

    def deconstruct_columns(self, kwargs):
        """Have the keyword arguments be what a model's author asked for."""
        if not self.is_multicolumn:
            return
        kwargs.pop("null", None)
        if self.given_null:
            kwargs["null"] = True
        if self.given_from_fields:
            kwargs["from_fields"] = list(self.given_from_fields)
        if self.has_given_to_fields:
            kwargs["to_fields"] = list(self.given_to_fields)

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        if self.is_multicolumn:
            # A copy of another model's relation has columns of this model.
            self.reset_columns()

    def check(self, **kwargs):
        from django.db.models.fields.related_columns_checks import check_columns

        return [*super().check(**kwargs), *check_columns(self)]

    def _check_to_fields_composite_pk(self):
        # A key is as good as its columns.
        return []

    def _check_unique_target(self):
        # check_columns() does it for those that have several.
        return [] if self.is_multicolumn else super()._check_unique_target()

    def formfield(self, **kwargs):
        # A ForeignKey knows of one field that it refers to.
        if self.is_multicolumn and kwargs.get("to_field_name") == (
            self.remote_field.field_name
        ):
            fields = self.foreign_related_fields
            is_key = unnest([self.remote_field.model._meta.pk]) == list(fields)
            names = tuple(field.name for field in fields)
            kwargs["to_field_name"] = None if is_key else names
        return super().formfield(**kwargs)

    def do_related_class(self, other, cls):
        super().do_related_class(other, cls)
        self.connect_columns()

    def connect_columns(self):
        """
        Find out which columns the relation has, now that the models which it
        relates are known. If the key it refers to is made of relations whose
        columns aren't known yet, do it when they are.
        """
        try:
            sources, targets = self.get_given_fields()
            if self.is_multicolumn or any(map(is_composite_field, targets)):
                self.make_multicolumn()
                when_columns_are_known(
                    [*sources, *targets],
                    lambda: self.set_columns(unnest(sources), unnest(targets)),
                )
            elif (unknown := find_unknown(targets)) not in (None, self):
                # A key which is a relation, to what may be one of several columns.
                self.connect_later(unknown)
            else:
                self.columns_are_known()
        except FieldDoesNotExist:
            # It may be a column which another relation has yet to create. If it
            # isn't, the system checks say so.
            for field in (*self.opts.fields, *self.remote_field.model._meta.fields):
                if field is not self and not getattr(field, "has_known_columns", True):
                    self.connect_later(field)

    def connect_later(self, relation):
        """Try again when it is known which columns `relation` has."""
        wait_for_columns(
            relation, lambda: self.has_known_columns or self.connect_columns()
        )

    def get_given_fields(self):
        """Return the fields which were named, or the key if none were."""
        return (
            get_named_fields(self.opts, self.given_from_fields),
            get_named_fields(self.remote_field.model._meta, self.given_to_fields),
        )

    def make_multicolumn(self):
        """Take back that the relation has a column of its own."""
        if not self.is_multicolumn:
            for cls in self.model.__mro__:
                if isinstance(cls.__dict__.get(self.attname), self.descriptor_class):
                    # Of the model or an abstract one that it inherits from.
                    delattr(cls, self.attname)
            self.is_multicolumn = True
            self.set_attributes_from_name(self.name)

    def set_columns(self, sources, targets):
        """Have the relation refer by the columns `sources` to `targets`."""
        RelatedColumnsMixin.is_in_use = True
        if not self.given_from_fields:
            sources = self.create_columns(targets)
        if len(sources) != len(targets) or any(
            field.model is not self.remote_field.model._meta.concrete_model
            for field in targets
        ):
            # The system checks say so.
            return
        self.has_known_columns = True
        self.from_fields = [field.name for field in sources]
        self.to_fields = [field.name for field in targets]
        self.reset_columns()
        # Whether there may be no related object is up to the columns.
        self.null = any(field.null for field in sources)
        setattr(self.model, self.attname, RelatedKeyAttribute(self))
        connect_descriptor(self)
        for field in sources:
            connect_attribute(self.model, field, self)
        expire_caches(self.model)
        if self.remote_field.parent_link:
            from django.db.models.fields.parent_links import connect_parent_link

            connect_parent_link(self)
        self.columns_are_known()

    def create_columns(self, targets):
        """Return a new field of the model for each of `targets`."""
        declared = {
            name: field
            for field in (*self.opts.fields, *self.opts.many_to_many)
            for name in (field.name, field.attname)
        }
        columns = []
        for position, target in enumerate(targets):
            column = RelatedColumn(self, target, position)
            if column.name in declared:
                copied = declared[column.name]
                if getattr(getattr(copied, "relation", None), "name", "") == self.name:
                    # All fields of another model were copied one by one.
                    copied.__dict__.update(
                        relation=self, target_field=target, null=self.null
                    )
                else:
                    self.clashing_columns += (column.name,)
                column = copied
            else:
                self.model.add_to_class(column.name, column)
            columns.append(column)
        return columns

    def get_target_name(self):
        """Return the name of what the relation refers to, for messages."""
        if isinstance(self.target_field, FieldTuple):
            return ", ".join(field.name for field in self.target_field.composite_fields)
        return self.remote_field.field_name

    def get_referenced_field(self):
        """
        Return the field of the related model whose values those of a relation of
        several columns are: the primary key, be it a relation, or a FieldTuple().
        """
        target = self.remote_field.model._meta.get_field(self.remote_field.field_name)
        if unnest([target]) == list(self.foreign_related_fields):
            return target
        return self.target_field

    def get_target_filter(self, value):
        """Return the condition for the related object with this value."""
        if self.is_multicolumn:
            names = [field.name for field in self.foreign_related_fields]
            return Q.create(list(zip(names, value)))
        return Q.create([(self.remote_field.field_name, value)])

    def get_composite_col(self, alias):
        """Return the expression for the relation's columns in `alias`."""
        cols = [field.get_col(alias) for field in self.local_related_fields]
        sources = [col.output_field for col in cols]
        return ColPairs(alias, self.local_related_fields, sources, self)

    def columns_are_known(self):
        self.has_known_columns = True
        for function in self.__dict__.pop("waiting_for_columns", ()):
            function()

    def reset_columns(self):
        for cached in (
            "related_fields",
            "plain_related_fields",
            "reverse_related_fields",
            "local_related_fields",
            "foreign_related_fields",
            "target_field",
            "created_columns",
            "path_infos",
            "reverse_path_infos",
        ):
            self.__dict__.pop(cached, None)
        self.remote_field.__dict__.pop("path_infos", None)

    @cached_property
    def target_field(self):
        """
        The field of the related model whose values are the relation's values:
        one with a column, the composite primary key or a FieldTuple().
        """
        fields = self.foreign_related_fields
        if not self.is_multicolumn:
            return fields[0]
        pk = self.remote_field.model._meta.pk
        if isinstance(pk, CompositePrimaryKey) and pk.composite_fields == fields:
            return pk
        return FieldTuple(self.remote_field.model, fields)

    @property
    def composite_fields(self):
        # Those of a relation to a key that contains the relation aren't known.
        return self.local_related_fields if self.has_known_columns else ()

    def resolve_related_fields(self):
        if self.is_multicolumn and not self.has_known_columns:
            raise FieldDoesNotExist(
                f"The columns of '{self.model._meta.label}.{self.name}' are not known."
            )
        return super().resolve_related_fields()

    @cached_property
    def created_columns(self):
        """The fields whose columns the relation created for itself."""
        return tuple(
            field
            for field in self.local_related_fields
            if getattr(field, "relation", None) is self
        )


def check_created_table(field):
    """Return the system checks' messages on the table of a ManyToManyField."""
    from django.db.models.fields import related_columns_checks

    return related_columns_checks.check_created_table(field)


def is_own_column(relation, field):
    """
    Is `field` a column of this relation only: neither another relation, a
    column of one nor a member of the primary key? A relation that has all
    columns of this one, e.g. to an island of a country, doesn't count: there
    is no island where there is no country.
    """
    opts = relation.model._meta
    columns = set(relation.local_related_fields)
    return not (
        field is not relation
        and field.is_relation
        or field in opts.pk_fields
        or any(
            field in other.composite_fields
            and not columns < set(other.composite_fields)
            for other in opts.fields
            if other is not relation and is_composite_relation(other)
        )
    )


def get_cleared_fields(relation):
    """
    Return the fields which are NULL when there is no related object: those
    that are the relation's own and can be NULL.
    """
    return tuple(
        field
        for field in relation.local_related_fields
        if field.null and is_own_column(relation, field)
    )


def get_relation_default(relation):
    """Return what on_delete=SET_DEFAULT sets the relation to."""
    if not getattr(relation, "given_from_fields", ()):
        return relation.get_default()
    # A column which isn't its own, e.g. a tenant's, keeps its value.
    return tuple(
        field.get_default() if is_own_column(relation, field) else None
        for field in relation.local_related_fields
    )


def has_relation_default(relation):
    if not relation.given_from_fields or not relation.has_known_columns:
        return relation.has_default()
    return any(
        field.has_default() and is_own_column(relation, field)
        for field in relation.local_related_fields
    )


def is_composite_relation(field):
    return field.is_relation and is_composite_field(field)


def get_named_fields(opts, names):
    fields = [opts.pk if name is None else opts.get_field(name) for name in names]
    for field in fields:
        if not has_column(field) and not is_composite_field(field):
            raise FieldDoesNotExist(
                f"{opts.object_name} has no column named {field.name!r}."
            )
    return fields


def find_unknown(fields):
    """
    Return a relation among the fields, or among the members of keys which are
    among them, whose columns aren't known yet.
    """
    for field in fields:
        if not getattr(field, "has_known_columns", True):
            return field
        members = field.fields if isinstance(field, CompositePrimaryKey) else ()
        if (found := find_unknown(members)) is not None:
            return found


def when_columns_are_known(fields, function):
    """Call the function as soon as it is known what columns the fields have."""
    if (relation := find_unknown(fields)) is None:
        function()
    else:
        wait_for_columns(relation, lambda: when_columns_are_known(fields, function))


def wait_for_columns(relation, function):
    """Have the function called when it is known what columns `relation` has."""
    relation.__dict__.setdefault("waiting_for_columns", []).append(function)


def expire_caches(model):
    """Have a model and those that inherit from it look at their fields again."""
    opts = model._meta
    opts._expire_cache()
    opts.__dict__.pop("pk_fields", None)
    if isinstance(opts.pk, CompositePrimaryKey):
        opts.pk.reset_columns()
    for subclass in model.__subclasses__():
        if hasattr(subclass, "_meta"):
            expire_caches(subclass)


# What the columns of an instance are set to.


def assign_related(relation, instance, obj):
    """Have the columns of `relation` refer to the object `obj`, or to none."""
    related_fields = relation.related_fields
    if relation.column:
        ((field, target),) = related_fields
        value = None if obj is None else getattr(obj, target.attname)
        setattr(instance, field.attname, value)
    elif obj is None:
        set_columns(relation, instance, None)
    else:
        values = [getattr(obj, target.attname) for _, target in related_fields]
        set_columns(relation, instance, values)


def get_fields_to_clear(relation, instance):
    """
    Return the columns of `instance` to set to None as `relation` is. Those which
    say other things too are left alone. Raise ValueError if all of them do.
    """
    fields = relation.local_related_fields
    cleared = (
        get_cleared_fields(relation)
        or [field for field in fields if is_own_column(relation, field)]
        # All that a plain ForeignObject has, as ever.
        or getattr(relation, "created_columns", fields)
    )
    if not cleared and None not in [getattr(instance, f.attname) for f in fields]:
        name = f"{instance._meta.object_name}.{relation.name}"
        columns = ", ".join(field.attname for field in fields)
        raise ValueError(
            f'Cannot assign None: "{name}" has no column of its own ({columns}) that '
            "could be set to None."
        )
    return cleared


def set_columns(relation, instance, values):
    """
    Set the columns of `relation`, which has several, to the values, or to those
    that mean that there is no related object if `values` is None.
    """
    fields = relation.local_related_fields
    if values is None:
        if relation in instance._meta.concrete_model._meta.parents.values():
            from django.db.models.fields.parent_links import unset_link

            return unset_link(relation, instance)
        for field in get_fields_to_clear(relation, instance):
            setattr(instance, field.attname, None)
        return
    for field, value in zip(fields, values):
        if value is None and not is_own_column(relation, field):
            continue
        setattr(instance, field.attname, value)


def check_shared_columns(relation, instance, obj):
    """
    Raise ValueError if a column of `relation` that is shared with another one
    refers to another object than `obj` already.
    """
    if (
        relation.shares_column or getattr(relation, "is_multicolumn", False)
    ) and isinstance(obj, relation.remote_field.model._meta.concrete_model):
        for field, target in relation.related_fields:
            value = getattr(obj, target.attname)
            check_shared_column(relation, instance, field, value, obj)


def is_same_value(field, value, other):
    """Do the values mean the same, e.g. 1 and "1" for an integer?"""
    try:
        return value == other or field.to_python(value) == field.to_python(other)
    except ValidationError:
        return False


def check_shared_column(relation, instance, field, value, given):
    """Raise ValueError if another relation has set the column otherwise."""
    present = instance.__dict__.get(field.attname)
    if value is None or present is None or is_same_value(field, present, value):
        return
    for other in relation.model._meta.fields:
        others_fields = getattr(other, "local_related_fields", ())
        if (
            other is not relation
            and field in others_fields
            and None not in [instance.__dict__.get(f.attname) for f in others_fields]
        ):
            name = instance._meta.object_name
            raise ValueError(
                f'Cannot assign "{given!r}": "{name}.{relation.name}" shares '
                f'"{field.attname}" with "{name}.{other.name}", by which it is '
                f"{present!r} already, not {value!r}."
            )
