"""
AutoFields that are members of a composite primary key.

The database numbers the rows of the table, as it does if the field is the whole
key: by an identity column or AUTO_INCREMENT. Where it can do that for single-column
keys only (``DatabaseFeatures.allocates_auto_members`` is False), the INSERT
statement allocates the numbers.
"""

from django.db.models.columns import is_key


def is_auto_member(field):
    """Is `field` an AutoField that is a member of a composite primary key?"""
    # A field that isn't one of a model may be given to the schema editors.
    opts = getattr(getattr(field, "model", None), "_meta", None)
    return (
        opts is not None
        and opts.auto_field is field
        and is_key(opts.pk)
        # By its name, as other members may not be there or not be known yet.
        and field.name in opts.pk.field_names
    )


def get_auto_member(model):
    """
    Return the AutoField of the model's table which is a member of its composite
    primary key, or None.
    """
    # That of a proxy is its model's.
    field = model._meta.concrete_model._meta.auto_field
    if field is not None and not field.primary_key and is_auto_member(field):
        return field


def get_numbered_field(model):
    """
    Return the AutoField of the model's table which isn't the whole primary key, or
    None. If it's no member of a composite one either, it has been the key, or is
    going to be: migrations have such models, and rows are numbered there, too.
    """
    opts = model._meta.concrete_model._meta
    field = opts.auto_field
    if field is not None and not field.primary_key and is_key(opts.pk):
        return field


def is_leading(field):
    """
    Is `field` the first column of its model's primary key, so that the key's
    index is one on its column?
    """
    return field.model._meta.pk_fields[0] is field


def get_auto_suffix(field, connection, suffix):
    """
    Return what the definition of the column of `field` ends with, given the
    `suffix` of a single-column key.
    """
    if field.primary_key or connection.features.allocates_auto_members:
        return suffix


def is_allocated(instance, field, pk_set):
    """
    Is the value of `field`, an AutoField, allocated when `instance` is inserted,
    whose key is set or not?
    """
    if field.primary_key:
        return not pk_set
    # If the key isn't set, this may be because of another member, e.g. one with a
    # database default.
    return getattr(instance, field.attname) is None


def has_numbers(model):
    """
    Return the function that tells which objects bulk_create() has to insert with
    the value that the database would allocate otherwise.
    """
    field = model._meta.concrete_model._meta.auto_field
    if field is None or field.primary_key:
        return lambda obj: obj._is_pk_set()
    return lambda obj: getattr(obj, field.attname) is not None


def order_returning_fields(model, fields):
    """
    Return `fields` of which an INSERT returns the values, with the AutoField first:
    it's all that a database can tell which cannot return columns.
    """
    field = get_numbered_field(model)
    return fields if field is None else sorted(fields, key=lambda f: f is not field)
