"""
The forms of the admin for objects with a composite primary key: the key of one
that exists is shown, but not changed.
"""

from django.contrib.admin.keys import unquote_text
from django.core import checks
from django.core.exceptions import ValidationError
from django.db import router
from django.db.models.columns import is_composite_field, unnest
from django.forms.columns import get_keys


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


# Checks.


def is_key_field(field, opts):
    """Is `field` the primary key, or part of it?"""
    return field.primary_key or field.name in get_key_fields(opts)


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
