"""
The admin's pages of models with a composite primary key.

* In URLs a key is quoted by its members: "1,A_2F5".
* Everywhere else it is its text form: '["1", "A/5"]'. That goes for values in
  forms and popups, for log entries, and for the `object_id` that get_object()
  is given.
* A `to_field` of several fields, which a relation refers to, is their names
  joined by commas.
* The key of an object that exists is shown, but not changed.
"""

import json
from urllib.parse import quote, unquote

from django.core import checks
from django.core.exceptions import (
    FieldDoesNotExist,
    ObjectDoesNotExist,
    ValidationError,
)
from django.db import router
from django.db.models.columns import is_composite_field, unnest
from django.db.models.constants import LOOKUP_SEP
from django.db.models.fields.composite import CompositeAttribute, CompositeKey
from django.db.models.fields.key_text import clean_key, get_value_field, key_to_text
from django.forms.columns import get_keys
from django.urls.keys import quote_key
from django.views.keys import read_key

# Which fields identify objects, and by which values.


def get_field(opts, to_field=None):
    """
    Return the field whose values identify objects: the primary key, or what
    `to_field` names. Raise FieldDoesNotExist for a name of no field.
    """
    if not to_field:
        return opts.pk
    names = to_field.split(",")
    if len(names) == 1:
        return opts.get_field(to_field)
    from django.db.models.fields.related_columns import FieldTuple

    return FieldTuple(opts.model, unnest(map(opts.get_field, names)))


def get_to_field(relation):
    """
    Return the `to_field` for the objects that `relation` refers to by several
    columns: None if these are the primary key.
    """
    fields = relation.foreign_related_fields
    opts = relation.remote_field.model._meta
    if list(fields) == list(opts.pk_fields):
        return None
    return ",".join(field.name for field in fields)


def is_target(field, rel):
    """Does a relation, given its `rel`, refer to objects by `field`?"""
    columns = getattr(rel.field, "foreign_related_fields", ())
    if is_composite_field(field) or len(columns) > 1:
        return list(columns) == unnest([field])
    return rel.get_related_field() == field


def get_value(obj, attr):
    """Return the value of a field of `obj`, or the text of those of several."""
    if "," not in attr:
        return obj.serializable_value(attr)
    field = get_field(obj._meta, attr)
    return key_to_text(field.value_from_object(obj), field.composite_fields)


# URLs.


def is_key(value):
    """Is `value` that of a composite primary key?"""
    return isinstance(value, CompositeKey)


def is_unset(value):
    return is_key(value) and None in value


def quote_value(value):
    """Return `value` for quote(): a key that is set as it is in URLs."""
    if is_key(value) and not is_unset(value):
        return quote_key(value)
    return value


def quote_link(url, obj):
    """Return what reverse() made for a page of `obj` as part of HTML."""
    # It is quoted once more, which only keys of ASCII characters survive.
    return quote(unquote(url) if is_key(obj.pk) else url)


def from_text(text, content_type):
    """
    Return the key of an object of this type for quote(), given its text. It's
    the text if it's no key of the model's, e.g. as it had another one before.
    """
    model = content_type.model_class()
    if model is not None and is_composite_field(model._meta.pk):
        return read_key(model._meta.pk, text) or text
    return text


def unquote_text(quoted, opts, to_field=None):
    """
    Return the text form of the key of an object that an URL has, which may be
    quoted or the text form itself, or `quoted` as it is if it's no key. Return
    None if the key isn't composite.
    """
    field = get_field(opts, to_field)
    if not is_composite_field(field):
        return None
    key = read_key(field, quoted)
    if key is None:
        return quoted
    return key_to_text(key, get_value_field(field).composite_fields)


def get_object(queryset, field, value):
    """
    Return the object of the queryset with `value` for the key or tuple of
    fields `field`, or None.
    """
    key = read_key(field, value)
    if key is None:
        return None
    names = [column.name for column in field.composite_fields]
    try:
        return queryset.get(**dict(zip(names, key)))
    except (ObjectDoesNotExist, ValidationError, ValueError):
        return None


# Selections.


def filter_selected(queryset, values):
    """
    Return the objects of the queryset with these primary keys, from a form.
    What can't be the key of an object selects none.
    """
    pk = queryset.model._meta.pk
    if is_composite_field(pk):
        values = [key for value in values if (key := read_key(pk, value)) is not None]
    return queryset.filter(pk__in=values)


def get_validator(pk):
    """Return a function that raises ValidationError for what is no key."""
    return (
        (lambda value: clean_key(pk, value))
        if is_composite_field(pk)
        else (pk.to_python)
    )


# Lookups.


def follow(opts, path):
    """
    Return the pairs of a name and the field it stands for along a path, as far
    as there are fields.
    """
    for name in path.split(LOOKUP_SEP):
        try:
            field = opts.pk if name == "pk" else opts.get_field(name)
        except FieldDoesNotExist:
            return
        yield name, field
        if hasattr(field, "path_infos"):
            opts = field.path_infos[-1].to_opts


def split_lookup(opts, lookup):
    """
    Return the names that a lookup consists of, with those of members rather than
    the key's before them, as a key has the relations that are members.
    """
    parts = lookup.split(LOOKUP_SEP)
    if "pk" not in parts:
        return parts
    names = []
    for name, field in follow(opts, lookup):
        if name == "pk" and is_composite_field(field):
            # A relation that is the key is followed by name.
            name = field.name if field.is_relation else None
        names.append(name)
    return [name for name in [*names, *parts[len(names) :]] if name is not None]


def is_member(relation, field):
    """Is `field` one of several that `relation` refers to, hence stored with it?"""
    columns = getattr(relation, "foreign_related_fields", ())
    return len(columns) > 1 and field in columns and not field.is_relation


def split_keys(relation, text):
    """Return the keys in `text` that are joined by commas."""
    field = relation.remote_field.model._meta.pk
    keys = split_texts(text) if is_composite_field(field) else None
    return text.split(",") if keys is None else keys


def split_texts(text):
    """Return the text forms in `text`, joined by commas, or None."""
    try:
        keys = json.loads(f"[{text}]")
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(key, list) for key in keys):
        return None
    # A surrogate that is alone couldn't be written as it is.
    return [json.dumps(key) for key in keys]


def split_lookup_values(opts, path, values):
    """
    Return the values for the lookup `path` of a query string, where the keys
    of an "__in" are split already if they are composite.
    """
    if not path.endswith(f"{LOOKUP_SEP}in"):
        return values
    fields = [field for _, field in follow(opts, path)]
    if not fields or not is_composite_field(fields[-1]):
        return values
    return [KeyTexts(value) for value in values]


class KeyTexts(str):
    """The text forms of keys, joined by commas."""

    def split(self, separator=None):
        keys = split_texts(self)
        return super().split(separator) if keys is None else keys


search_prefixes = {"^": "istartswith", "=": "iexact", "@": "search"}


def get_search_lookups(queryset, search_fields):
    """
    Return the queryset, a dictionary of lookups for those of the search fields
    that are a composite primary key, and whether they may spawn duplicates. A
    key is searched by its text form.
    """
    from django.contrib.admin.utils import lookup_spawns_duplicates
    from django.db.models import TextField
    from django.db.models.functions import Cast

    opts = queryset.model._meta
    lookups, aliases, may_have_duplicates = {}, {}, False
    for name in search_fields:
        path = str(name).lstrip("".join(search_prefixes))
        parts = list(follow(opts, path))
        if parts and parts[-1][0] == "pk" and is_composite_field(parts[-1][1]):
            key = LOOKUP_SEP.join(part for part, _ in parts)
            alias = f"_key_{len(aliases)}"
            aliases[alias] = Cast(key, TextField())
            lookup = path[len(key) :].removeprefix(LOOKUP_SEP)
            lookup = search_prefixes.get(str(name)[0]) or lookup or "icontains"
            lookups[name] = (alias + LOOKUP_SEP + lookup, None)
            may_have_duplicates |= lookup_spawns_duplicates(opts, key)
    if aliases:
        queryset = queryset.alias(**aliases)
    return queryset, lookups, may_have_duplicates


def get_unique_members(opts):
    """Return the names of the primary key's members if it has several."""
    if not is_composite_field(opts.pk):
        return ()
    return (tuple(field.attname for field in opts.pk_fields),)


# Forms.


def get_fixed_fields(opts, obj):
    """
    Return the names of the fields that are part of the primary key of `obj`,
    which exists: members and relations with no other columns.
    """
    if obj is None or obj._state.adding:
        return []
    return get_key_fields(opts)


def get_key_names(opts):
    """Return the names of the fields all of whose columns are a composite key's."""
    members = set(unnest(filter(is_composite_field, get_keys(opts))))
    if not members:
        return set()
    return {field.name for field in opts.fields if members.issuperset(unnest([field]))}


def get_key_fields(opts):
    """Return the names of those that forms have fields for, in order."""
    names = get_key_names(opts)
    return [
        field.name for field in opts.fields if field.name in names and field.editable
    ]


def is_key_field(field, opts):
    """Is `field` the primary key, or part of it?"""
    return field.primary_key or field.name in get_key_fields(opts)


def add_fixed_fields(readonly_fields, model_admin, obj):
    """Return the fields that are readonly on the page for `obj`."""
    fixed = get_fixed_fields(model_admin.opts, obj)
    if not fixed:
        return readonly_fields
    return [*readonly_fields, *(name for name in fixed if name not in readonly_fields)]


class FixedKeyMixin:
    """
    Mixin for a form for an object whose key isn't changed. Unique constraints are
    validated where the key is part of them, although the form doesn't have it.
    """

    validates_key = False

    def _get_validation_exclusions(self):
        exclude = super()._get_validation_exclusions()
        if self.validates_key and not self.instance._state.adding:
            exclude -= get_key_names(self.instance._meta)
        return exclude

    def validate_unique(self):
        self.validates_key = True
        super().validate_unique()
        self.validates_key = False

    def _post_clean(self):
        super()._post_clean()
        if not self.errors and not self.instance._state.adding:
            self.validate_key_constraints()

    def validate_key_constraints(self):
        """Validate the constraints that may have been left out for the key."""
        instance = self.instance
        exclude = self._get_validation_exclusions()
        fixed = exclude & get_key_names(instance._meta)
        using = router.db_for_write(type(instance), instance=instance)
        for model, constraints in instance.get_constraints():
            for constraint in constraints:
                if fixed.isdisjoint(getattr(constraint, "fields", ()) or fixed):
                    continue
                try:
                    constraint.validate(model, instance, exclude - fixed, using)
                except ValidationError as e:
                    self.add_error(None, e)


def get_form_class(form_class, opts, obj):
    """Return the class of forms for an object, given that of its model's."""
    return (
        get_list_form_class(form_class, opts)
        if get_fixed_fields(opts, obj)
        else (form_class)
    )


def get_list_form_class(form_class, opts):
    """Return the class of forms for the objects of a list."""
    if not get_key_names(opts):
        return form_class
    return type(form_class.__name__, (FixedKeyMixin, form_class), {})


def get_prepopulated_fields(model_admin, request, obj):
    """Return the fields to prepopulate, without those that are fixed."""
    fields = model_admin.get_prepopulated_fields(request, obj)
    fixed = get_fixed_fields(model_admin.opts, obj)
    if not fixed:
        return fields
    return {
        name: sources
        for name, sources in fields.items()
        if not {name, *sources}.intersection(fixed)
    }


def get_form_data(model_admin, request, form_class):
    """
    Return the data that was posted. An object that is saved as new starts with
    the key of the one that it was made of, which the page doesn't have fields for.
    """
    data = request.POST
    match = request.resolver_match
    if "_saveasnew" not in data or not match or "object_id" not in match.kwargs:
        return data
    opts = model_admin.opts
    fields = {
        name: form_class.base_fields[name]
        for name in get_key_fields(opts)
        if name in form_class.base_fields
    }
    if not fields or any(
        key.startswith(name) and key.removeprefix(name) in ("", "_0", "_1")
        for key in data
        for name in fields
    ):
        return data
    quoted = match.kwargs["object_id"]
    obj = model_admin.get_object(request, unquote_text(quoted, opts) or quoted)
    if obj is None or not model_admin.has_view_or_change_permission(request, obj):
        return data
    data = data.copy()
    for name, field in fields.items():
        model_field = opts.get_field(name)
        if model_field.has_default() and callable(model_field.default):
            # It may be another one each time, e.g. a UUID.
            value = model_field.get_default()
        else:
            value = model_field.value_from_object(obj)
        add_value(data, name, field, value)
    return data


def add_value(data, name, field, value):
    """Add to `data` what a browser would send for `value` of the form field."""
    value = field.prepare_value(value)
    widget = getattr(field.widget, "widget", field.widget)
    if hasattr(widget, "decompress"):
        for suffix, part in zip(widget.widgets_names, widget.decompress(value)):
            data[name + suffix] = "" if part is None else str(part)
    elif value is True:
        data[name] = "on"
    elif value is not False and value is not None:
        data[name] = str(value)


# Checks and documentation.


def check_form_field(model_admin, field, label):
    """Check that there is a form field for a model's field in `fields`."""
    name, opts = field.name, model_admin.opts
    relation = getattr(field, "relation", None)
    if relation is not None:
        instead = f"the relation '{relation.name}'"
    elif field.primary_key and is_composite_field(field) and not field.is_relation:
        members = ", ".join(f"'{member}'" for member in field.field_names)
        instead = f"the members {members}"
    else:
        return []
    # What the method returns isn't known without a request.
    from django.contrib.admin.options import BaseModelAdmin

    if type(model_admin).get_readonly_fields != BaseModelAdmin.get_readonly_fields:
        return []
    return [
        checks.Error(
            f"The value of '{label}' refers to '{name}', which has no form field.",
            hint=f"Name {instead} of '{opts.label}' instead, or add '{name}' to "
            "'readonly_fields'.",
            obj=type(model_admin),
            id="admin.E041",
        )
    ]


def get_attributes(model):
    """Return the names and values of a class, without those of its fields."""
    return [
        (name, value)
        for name, value in vars(model).items()
        if not isinstance(value, CompositeAttribute)
    ]
