"""
Model forms and formsets with relations that have several columns, and with
composite primary keys.

* A relation is one field of a form. What it shares with other fields, such as
  a tenant's column, may be given by both, hence differently.
* The primary key of an object that exists isn't changed.
"""

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models.columns import is_composite_field, is_key, unnest
from django.forms.keys import prepare_key
from django.utils.hashable import make_hashable
from django.utils.translation import gettext_lazy as _

# Which fields a form has.


def get_form_fields(opts, fields, exclude, declared):
    """
    Return the model's fields which a form may have. One that asks for all of
    them has the relations that were declared with from_fields rather than the
    columns of these, unless such a column has a value without them, or is a
    relation of its own.
    """
    if not opts.multicolumn_relations:
        return opts.concrete_fields
    covered = set()
    if fields is None:
        for relation in opts.multicolumn_relations:
            if relation.editable and not (exclude and relation.name in exclude):
                covered.update(get_covered_columns(relation))
    return [
        field
        for field in opts.stored_fields
        if field.name not in covered or field.name in declared
    ]


def get_covered_columns(relation):
    from django.db.models.fields.related_columns import get_cleared_fields

    columns = relation.local_related_fields
    if relation.blank:
        columns = get_cleared_fields(relation)
    return {field.name for field in columns if not field.is_relation}


def exclude_determined_fields(fk, form, fields, exclude):
    """
    Return what an inline formset is to exclude from forms with all fields: the
    columns of the relation to the parent `fk`, of which there is no choice.
    """
    if not getattr(fk, "is_multicolumn", False):
        return exclude
    meta = getattr(form, "Meta", None)
    fields = getattr(meta, "fields", None) if fields is None else fields
    given = getattr(meta, "exclude", None) if exclude is None else exclude
    if fields != "__all__" and (fields is not None or given is None):
        return exclude
    columns = set(fk.local_related_fields)
    determined = [
        field.name
        for field in fk.model._meta.stored_fields
        if field is not fk and field.editable and columns.issuperset(unnest([field]))
    ]
    return [*(given or ()), *determined] if determined else exclude


# What is validated.


class NewValue:
    """A value that is known when the object that has it is saved."""


def clean_columns(form):
    """
    Add errors to a model form for fields that contradict each other, or others
    of the instance, and for those that change its primary key. Set the columns
    that relations share to what the form says they are.
    """
    opts = form.instance._meta
    if not form.instance._state.adding:
        for key in filter(is_composite_field, get_keys(opts)):
            clean_existing_key(form, unnest([key]))
    if opts.multicolumn_relations:
        clean_relations(form)


def get_keys(opts):
    """Return the primary keys of a model and of those it inherits from."""
    return [opts.pk, *(parent._meta.pk for parent in opts.all_parents)]


def clean_existing_key(form, members):
    """Add an error for each field that changes any of `members` of the key."""
    instance = form.instance
    for field in instance._meta.fields:
        columns = unnest([field])
        if set(columns).isdisjoint(members) or not is_assigned(form, field):
            continue
        if not field.is_relation and is_untouched(form, field):
            form.cleaned_data[field.name] = field.value_from_object(instance)
        values = get_column_values(form, field)
        if any(
            column in members
            and not is_same(column, instance.__dict__.get(column.attname), value)
            for column, value in values.items()
        ):
            add_error(form, field, "key_changed")


def is_untouched(form, field):
    """
    Did the user send back what the form shows of the instance? It may have been
    cleaned since, e.g. of blanks, and the widget may show no microseconds.
    """
    name, present = field.name, field.value_from_object(form.instance)
    return (
        name in form.fields
        and form.initial.get(name) == present
        and (name not in form.changed_data or form[name].data == present)
    )


class GivenColumns:
    """
    What the fields of a form say of the columns that relations have.

    ``values`` are the values of the columns by field. ``sources`` has for each
    column the field that it is given by. Other fields contradict it.
    """

    def __init__(self, form, fields):
        self.instance = form.instance
        self.values = {field: get_column_values(form, field) for field in fields}
        self.sources = {}
        # None, for no object, leaves to others what the columns are.
        for is_none in (False, True):
            for field, values in self.values.items():
                for column, value in values.items():
                    if (value is None) is is_none:
                        self.sources.setdefault(column, field)

    def get_present(self, column):
        return self.instance.__dict__.get(column.attname)

    def get_final(self, column):
        if column not in self.sources:
            return self.get_present(column)
        return self.values[self.sources[column]][column]

    def is_changed(self, column):
        return not is_same(column, self.get_present(column), self.get_final(column))

    def find_contradicted(self, field):
        """
        Return the field that `field` contradicts, `field` itself if it can't be
        None, or None.
        """
        has_object = None not in map(self.get_final, unnest([field]))
        for column, value in self.values[field].items():
            if not is_same(column, self.get_final(column), value):
                if value is not None or has_object:
                    return self.sources[column]
        has_value = any(value is not None for value in self.values[field].values())
        return field if has_object and not has_value else None


def clean_relations(form):
    """Add an error for each field that contradicts another one."""
    fields = form.instance._meta.fields
    relations = [
        field
        for field in fields
        if getattr(field, "is_multicolumn", False)
        or getattr(field, "shares_column", False)
    ]
    columns = set(unnest(relations))
    assigned = [
        field
        for field in fields
        if not columns.isdisjoint(unnest([field])) and is_assigned(form, field)
    ]
    # The parent of an inline form is given, and a tenant is before its users.
    assigned.sort(key=lambda field: (not is_inline(form, field), len(unnest([field]))))
    given = GivenColumns(form, assigned)
    wrong = set()
    for field in assigned:
        other = given.find_contradicted(field)
        if other is field:
            # There is no column that could be set to None.
            wrong.add(field)
            add_error(form, field, "required")
        elif other is not None and other not in wrong:
            wrong.add(field)
            add_error(form, field, "contradiction", other)
    for relation in relations:
        if relation not in assigned and relation.name not in form.errors:
            clean_other_relation(form, relation, given, wrong)
    for column, field in given.sources.items():
        value = given.get_final(column)
        if field in wrong or isinstance(value, NewValue):
            continue
        if given.is_changed(column):
            setattr(form.instance, column.attname, value)


def clean_other_relation(form, relation, given, wrong):
    """
    Add an error if a relation that isn't a field of the form is changed by what
    another relation was given, or if columns that are fields of the form refer
    to an object that doesn't exist.
    """
    columns = unnest([relation])
    sources = [
        given.sources[column]
        for column in columns
        if column in given.sources and given.is_changed(column)
    ]
    plain = [field for field in sources if not field.is_relation]
    related = [field for field in sources if field.is_relation]
    if not sources or not wrong.isdisjoint(sources):
        return
    # It may change along if the user was asked for all of its columns.
    is_asked_for = plain and given.sources.keys() >= set(columns)
    if related and not is_asked_for and None not in map(given.get_present, columns):
        wrong.add(related[0])
        add_error(form, related[0], "contradiction", relation)
        return
    values = tuple(map(given.get_final, columns))
    if (
        plain
        and relation.is_multicolumn
        and not any(value is None or isinstance(value, NewValue) for value in values)
    ):
        try:
            relation.validate(values, form.instance)
        except ValidationError as e:
            wrong.add(plain[-1])
            form.add_error(get_form_field_name(form, plain[-1]), e)


def is_same(column, value, other):
    from django.db.models.fields.related_columns import is_same_value

    if value is None or other is None:
        return value is other
    return is_same_value(column, value, other)


def is_inline(form, field):
    from django.forms.models import InlineForeignKeyField

    return isinstance(form.fields.get(field.name), InlineForeignKeyField)


def has_new_parent(form, name):
    """Is the form's field for an object which is saved along with the form's?"""
    parent = getattr(form.fields.get(name), "parent_instance", None)
    return parent is not None and parent._state.adding


def is_assigned(form, field):
    """Does the instance get what the form has for `field`?"""
    from django.db.models import AutoField

    opts, name = form._meta, field.name
    if (
        name not in form.cleaned_data
        or not field.editable
        or isinstance(field, AutoField)
        or (opts.fields is not None and name not in opts.fields)
        or (opts.exclude and name in opts.exclude)
    ):
        return False
    formfield = form.fields.get(name)
    # The default stays if nothing was sent.
    return (
        formfield is None
        or not field.has_default()
        or form.cleaned_data[name] not in formfield.empty_values
        or not formfield.widget.value_omitted_from_data(
            form.data, form.files, form.add_prefix(name)
        )
    )


def get_column_values(form, field):
    """Return by column what the instance gets for `field`."""
    from django.db.models.fields.related_columns import get_cleared_fields

    value = form.cleaned_data[field.name]
    if not field.is_relation:
        return {field: value}
    if value is None:
        columns = get_cleared_fields(field) if is_composite_field(field) else [field]
        return dict.fromkeys(columns)
    if not isinstance(value, field.remote_field.model._meta.concrete_model):
        # Assigning it raises an error that says so.
        return {}
    values = field.get_foreign_related_value(value)
    if value._state.adding:
        values = [NewValue() if value is None else value for value in values]
    return dict(zip(unnest([field]), values))


error_messages = {
    "key_changed": _("The primary key of an existing object can’t be changed."),
    "contradiction": _("This value contradicts “%(other)s”."),
    "required": _("This field is required."),
}


def get_form_field_name(form, field):
    """Return the name for an error of the model's `field`: None is the form's."""
    return field.name if field.name in form.fields else None


def add_error(form, field, code, other=None):
    """Add the error `code` to the form for the model's `field`."""
    name = get_form_field_name(form, field)
    messages = {**error_messages}
    if name is not None:
        messages.update(form.fields[name].error_messages)
    params = {}
    if other is not None:
        formfield = form.fields.get(other.name)
        label = getattr(formfield, "label", None)
        params["other"] = other.verbose_name if label is None else label
    form.add_error(name, ValidationError(messages[code], code=code, params=params))


def include_columns(form, exclude):
    """
    Have the columns of a relation that a form validates be validated too, as
    unique constraints may be about them. The same goes for a relation, and for
    the primary key, all of whose columns are validated. Return `exclude`.
    """
    opts = form.instance._meta
    for relation in opts.multicolumn_relations:
        names = {field.name for field in relation.local_related_fields}
        if relation.name not in exclude:
            if form.cleaned_data.get(relation.name) is None:
                continue
            exclude -= names.difference(form.fields, get_date_checked(opts))
        elif (
            relation.name not in form.fields
            and names.isdisjoint(exclude)
            and not any(has_new_parent(form, name) for name in names)
        ):
            exclude.discard(relation.name)
    for key in filter(is_key, get_keys(opts)):
        if exclude.isdisjoint(field.name for field in key.fields):
            exclude.discard(key.name)
    return exclude


def get_date_checked(opts):
    """Return the names of fields that are unique for a date, and of the dates."""
    names = set()
    for field in opts.fields:
        dates = {field.unique_for_date, field.unique_for_month, field.unique_for_year}
        if any(dates):
            names.update([field.name, *dates])
    return names


def move_errors(form, errors):
    """
    Return the errors with those of columns that aren't fields of the form given
    to the relations that are, and the other way round.
    """
    opts = form.instance._meta
    if not hasattr(errors, "error_dict") or not (
        opts.multicolumn_relations or any(map(is_key, get_keys(opts)))
    ):
        return errors
    moved = {}
    for name, messages in errors.error_dict.items():
        moved.setdefault(find_form_field(form, name), []).extend(messages)
    return ValidationError(moved)


def find_form_field(form, name):
    """Return the name of the form's field that stands for the model's `name`."""
    opts = form.instance._meta
    if name not in form.fields:
        try:
            columns = set(unnest([opts.get_field(name)]))
        except FieldDoesNotExist:
            return name
        # Its own column comes after those that others have.
        for field in reversed(opts.fields):
            if field.name in form.fields and not columns.isdisjoint(unnest([field])):
                return field.name
    return name


# Formsets.


def get_unique_values(formset, form, unique_check, values):
    """
    Return the values of the form by which it is compared with others of the
    formset: `values`, or those of the columns if a relation has several.
    """
    opts = form.instance._meta
    if not opts.multicolumn_relations or not form.cleaned_data:
        return values
    # What is the same in all forms may not be known yet.
    shared = unnest(map(opts.get_field, formset.unique_fields))
    return tuple(
        (
            column.name
            if column in shared
            else make_hashable(getattr(form.instance, column.attname))
        )
        for column in unnest(map(opts.get_field, unique_check))
    )


def set_parent_value(fk, instance, parent, value):
    """Have `instance` refer to `parent` by `fk`, or by `value` if it is single."""
    if not fk.is_multicolumn:
        setattr(instance, fk.attname, value)
        return
    for column, target in fk.related_fields:
        setattr(instance, column.attname, getattr(parent, target.attname))


class InlineKeyMixin:
    """
    Mixin for an InlineForeignKeyField for a relation `fk` of several columns.
    The key of a parent that is yet to be saved isn't rendered.
    """

    def __init__(self, parent_instance, *args, fk, **kwargs):
        super().__init__(parent_instance, *args, **kwargs)
        self.key_field = fk.target_field
        if parent_instance is not None:
            self.initial = None
            if not parent_instance._state.adding:
                self.initial = prepare_key(self.key_field, parent_instance)

    def clean(self, value):
        # That of a parent to be saved isn't sent, also if it is the child's key.
        if value in self.empty_values or prepare_key(
            self.key_field, value
        ) == prepare_key(self.key_field, self.parent_instance):
            return self.parent_instance
        return super().clean(value)


def make_inline_field(cls, fk, parent, kwargs):
    """Return the form field for the relation `fk` of an inline form."""
    if not fk.is_multicolumn:
        return cls(parent, **kwargs)
    return type(cls.__name__, (InlineKeyMixin, cls), {})(parent, fk=fk, **kwargs)
