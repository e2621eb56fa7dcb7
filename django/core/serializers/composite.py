"""
How composite primary keys and relations of several columns are serialized.

A key or relation is written once, whatever it is made of: as a list with the
value of each column, or as the text form of a key where there are no lists, as
in XML. Both are read. A list stands for a natural key if the related model's
manager knows these, so that a relation to such a model is written as text, too.

Columns that a relation created are not written beside it. Fields that it uses
are, as they are fields of their own, and so are the members of a primary key.
What is read has to agree on them.
"""

import datetime
import decimal
from types import SimpleNamespace

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.serializers import base
from django.db.models.columns import is_composite_field
from django.db.models.fields.key_text import get_value_field, key_to_text
from django.db.models.fields.related_columns import (
    FieldTuple,
    is_own_column,
    is_same_value,
)

# Writing.


def get_values(obj, field):
    """
    Return the values of the columns of `field`, a key or a relation, or None if
    there is no related object.
    """
    values = [getattr(obj, column.attname) for column in field.composite_fields]
    if not field.is_relation or None not in values:
        return values
    # The other columns may have values nevertheless. Unless the relation created
    # them, these are written as fields of their own.
    if set(values) == {None} or not getattr(field, "created_columns", ()):
        return None
    return values


def get_list(serializer, obj, field):
    """Return the list `serializer` writes for `field` of `obj`, or None."""
    values = get_values(obj, field)
    if values is None:
        return None
    return [
        get_column_value(serializer, column, value)
        for column, value in zip(field.composite_fields, values)
    ]


def get_column_value(serializer, column, value):
    """Return what `serializer` writes for a `value` of `column`."""
    field = get_value_field(column)
    holder = SimpleNamespace(**{field.attname: value})
    written = serializer._value_from_field(holder, field)
    if getattr(written, "microsecond", 0) % 1000:
        # DjangoJSONEncoder cuts off what is less than a millisecond.
        return field.value_to_string(holder)
    # In YAML, the object which a member's field has, too, would be a reference.
    if isinstance(written, datetime.date):
        return written.replace()
    if isinstance(written, decimal.Decimal):
        return decimal.Decimal(written.as_tuple())
    return written


def get_text(obj, field):
    """Return the text form of `field` of `obj`, or None."""
    values = get_values(obj, field)
    return None if values is None else key_to_text(values, field.composite_fields)


def get_reference(serializer, obj, relation):
    """
    Return what `serializer` writes for the `relation` of `obj`: a list, unless it
    would be taken for a natural key.
    """
    if has_natural_keys(relation.remote_field.model):
        return get_text(obj, relation)
    return serializer._value_from_field(obj, relation)


def get_m2m_value(m2m_value, relation):
    """
    Return the function for what is written of each object that a ManyToManyField
    refers to: `m2m_value`, unless that would be taken for a natural key.
    """
    if has_natural_keys(relation.remote_field.model):
        return lambda obj: get_text(obj, obj._meta.pk)
    return m2m_value


def get_related(serializer, obj, relation):
    """
    Return the text for the object which `relation` refers to, None if there is
    none, or anything else if its natural key is to be written.
    """
    if serializer.use_natural_foreign_keys and hasattr(
        relation.remote_field.model, "natural_key"
    ):
        return getattr(obj, relation.name)
    return get_text(obj, relation)


def has_natural_keys(model):
    """Are lists that refer to objects of `model` read as natural keys?"""
    return hasattr(model._default_manager, "get_by_natural_key")


# Reading.


def has_composite_fields(model):
    """Has `model` a composite primary key, or a relation of several columns?"""
    opts = model._meta
    # Most models have a column for each field.
    return len(opts.fields) != len(opts.concrete_fields) and any(
        map(is_composite_field, opts.fields)
    )


def check_key(key, value):
    """Raise ValidationError if `key`, read from `value`, isn't what that says."""
    if isinstance(value, (list, tuple)):
        for given, member in zip(value, key):
            # Text fields make a string of anything.
            if isinstance(given, (list, dict)) and isinstance(member, str):
                raise ValidationError(f"{given!r} is not a value of a key.")


def get_m2m_convert(convert):
    """
    Return the function which reads the key of an object that a ManyToManyField
    refers to as `convert` does, but doesn't take None for one.
    """

    def m2m_convert(value):
        key = convert(value)
        check_key(key, value)
        if is_unset(key):
            raise ValidationError(f"{value!r} is not the key of an object.")
        return key

    return m2m_convert


def deserialize_relation(relation, value, using, handle_forward_references):
    """
    Return the value of `relation` that was written as `value`: a list, the text
    form of a key or a natural key. Return DEFER_FIELD if that is of an object
    which may be yet to come.
    """
    model = relation.remote_field.model
    if isinstance(value, (list, tuple)) and has_natural_keys(model):
        manager = model._default_manager.db_manager(using)
        try:
            obj = manager.get_by_natural_key(*value)
        except ObjectDoesNotExist:
            if handle_forward_references:
                return base.DEFER_FIELD
            raise
        return relation.get_foreign_related_value(obj)
    field = relation
    if not hasattr(relation, "is_multicolumn"):
        # A plain ForeignObject doesn't know how to convert values.
        field = FieldTuple(relation.model, relation.composite_fields)
    key = field.to_python(value)
    check_key(key, value)
    return key


def deserialize_relation_node(deserializer, node, relation):
    """Return the value of `relation` that was written as a <field> node."""
    from django.core.serializers.xml_serializer import getInnerText

    value = [getInnerText(key).strip() for key in node.getElementsByTagName("natural")]
    value = value or getInnerText(node).strip()
    try:
        return deserialize_relation(
            relation, value, deserializer.db, deserializer.handle_forward_references
        )
    except Exception as e:
        raise get_node_error(e, node.parentNode, value) from e


def handle_node(deserializer, node):
    """
    Return the object for an <object> node. Raise DeserializationError, which says
    what object it is, if it has something to do with composite keys.
    """
    try:
        return deserializer._handle_object(node)
    except base.DeserializationError:
        raise
    except Exception as e:
        model = deserializer._get_model_from_node(node, "model")
        if not has_composite_fields(model) and not any(
            is_composite_field(field.remote_field.model._meta.pk)
            for field in model._meta.many_to_many
        ):
            raise
        value = None
        if isinstance(e, base.M2MDeserializationError):
            # One of the <object> nodes within the <field>.
            e, value = e.original_exc, e.pk.getAttribute("pk") or e.pk.toxml()
        elif isinstance(e, ValidationError):
            value = (getattr(e, "params", None) or {}).get("value")
        raise get_node_error(e, node, value) from e


def get_node_error(error, node, value):
    """Return a DeserializationError for an <object> node."""
    return base.DeserializationError.WithData(
        error, node.getAttribute("model"), node.getAttribute("pk") or None, value
    )


def check_unknown(error, model, obj, value):
    """
    Raise DeserializationError for a field which isn't one of `model`, if that has
    something to do with composite keys.
    """
    if has_composite_fields(model):
        raise base.DeserializationError.WithData(
            error, obj["model"], obj.get("pk"), value
        ) from error


def is_unset(value):
    """Is `value` of a primary key None, or a composite key with such a member?"""
    return value is None or (isinstance(value, tuple) and None in value)


def make_instance(model, data, pk):
    """
    Return an instance of `model`, given the values of its fields by their names.
    `pk` is the value that was read for the primary key. If that isn't set but
    `data` has one, it was found by the natural key.

    Raise DeserializationError if keys, relations and fields contradict each other.
    """
    if not has_composite_fields(model):
        return model(**data)
    opts = model._meta
    composite = {f.attname: f for f in opts.fields if is_composite_field(f)}
    data = data.copy()
    given = {name: data.pop(name) for name in composite if name in data}
    # The primary key is compared with first, and by the others.
    names = sorted(given, key=lambda name: name != opts.pk.attname)
    columns, unset, name = {}, [], None
    try:
        for name in names:
            field = composite[name]
            if given[name] is not None:
                is_found = name == opts.pk.attname and is_unset(pk)
                add_columns(columns, field, given[name], data, is_found)
            elif field.is_relation:
                unset.append(field)
        data.update((column.attname, entry[0]) for column, entry in columns.items())
        obj = model(**data)
        for field in unset:
            name = field.attname
            unset_relation(field, obj, data)
    except (ValueError, ValidationError) as e:
        raise base.DeserializationError.WithData(
            e, opts.label_lower, pk, given.get(name)
        ) from e
    return obj


def add_columns(columns, field, values, data, is_found):
    """
    Add (value, field, is_found) to `columns` for each column of `field`, a key or
    a relation. Raise ValueError if it has another value there already, or in `data`.
    A key that was found by the natural key isn't compared with its members.
    """
    opts = field.model._meta
    is_of_key = set(field.composite_fields) <= set(opts.pk_fields)
    for column, value in zip(field.composite_fields, values):
        if value is None and not field.is_relation:
            # The key isn't set.
            continue
        if column in columns:
            other_value, other, is_other_found = columns[column]
            if not (is_other_found and is_of_key):
                check_column(column, field, value, other.name, other_value)
            continue
        if not is_found and column.attname in data:
            other_value = data[column.attname]
            check_column(column, field, value, column.name, other_value)
            if is_same_value(column, value, other_value):
                # It may be in another time zone.
                value = other_value
        columns[column] = value, field, is_found


def check_column(column, field, value, other_name, other_value):
    """Raise ValueError if `value` of `column`, by `field`, isn't `other_value`."""
    if not is_same_value(column, value, other_value) and lose_detail(
        column.to_python(value)
    ) != lose_detail(column.to_python(other_value)):
        raise ValueError(
            f"{column.attname!r} is {value!r} by {field.name!r} but {other_value!r} "
            f"by {other_name!r}."
        )


def lose_detail(value):
    """
    Return what may be left of the `value` of a field, though not of a key, in the
    formats: in JSON a time without microseconds, in XML text without the white
    space around it.
    """
    if isinstance(value, (datetime.datetime, datetime.time)):
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    if isinstance(value, str):
        return "\n".join(value.strip().splitlines())
    return value


def unset_relation(relation, obj, data):
    """
    Have `relation` of `obj` be None, by its columns that aren't given in `data`.
    Raise ValueError if all of them are.
    """
    fields = relation.composite_fields
    if None in [getattr(obj, field.attname) for field in fields]:
        return
    unset = [
        field
        for field in fields
        if field.attname not in data and is_own_column(relation, field)
    ]
    if not unset:
        columns = ", ".join(
            f"{field.attname!r} is {getattr(obj, field.attname)!r}" for field in fields
        )
        raise ValueError(f"{relation.name!r} is None but {columns}.")
    for field in unset:
        setattr(obj, field.attname, None)


def set_relation(obj, relation, value):
    """
    Set `relation` of `obj` to `value`, once the object it refers to is known. Raise
    DeserializationError if fields that the relation uses were given another value.
    """
    if not is_composite_field(relation):
        setattr(obj, relation.attname, value)
        return
    try:
        for column, member in zip(relation.composite_fields, value):
            present = getattr(obj, column.attname)
            if present is not None and column not in relation.created_columns:
                check_column(column, relation, member, column.name, present)
        setattr(obj, relation.attname, value)
    except ValueError as e:
        raise base.DeserializationError.WithData(
            e, obj._meta.label_lower, obj.pk, value
        ) from e
