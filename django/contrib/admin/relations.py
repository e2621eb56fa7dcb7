"""
The admin's widgets, filters, and inlines for relations to models with a
composite primary key, or to any other set of fields, and for such models
under the page of another one.

What forms, query strings, and popups have for an object is the text form of
the relation's value. Several of them are joined by commas, which can't be
mistaken for another list: '["CH", "1"],["DE", "3"]'.
"""

from django.contrib.admin.key_forms import add_value, get_key_fields
from django.contrib.admin.key_lookups import find_key_field, get_related_field
from django.core.exceptions import ValidationError
from django.db.models.columns import is_composite_field
from django.db.models.fields.key_text import clean_key
from django.forms.columns import get_keys
from django.forms.keys import filter_by_keys, get_key_field, prepare_key


def get_to_field_name(relation, name):
    """
    Return the to_field parameter for `relation`: `name`, or the names of what it
    refers to if that are several fields which aren't the key.
    """
    field = get_related_field(relation)
    return getattr(field, "attname", field.name) if is_composite_field(field) else name


def get_lookups(field, value):
    """
    Return the lookups for the object with `value`, from a user, for `field`.
    Raise ValidationError if that can't be the key of an object.
    """
    if not is_composite_field(field):
        return {field.name: value}
    names = [column.name for column in field.composite_fields]
    return dict(zip(names, clean_key(field, value)))


def get_selected_choices(widget, values):
    """
    Return the values and labels of the choices that are selected in a widget
    for a relation over several columns, None if it's for another one.
    """
    formfield = widget.choices.field
    key_field = get_key_field(formfield)
    if key_field is None:
        return None
    keys = []
    for value in values:
        try:
            keys.append(clean_key(key_field, value))
        except ValidationError:
            # It's rendered again along with the error.
            continue
    queryset = widget.choices.queryset.using(widget.db)
    return iter(
        [
            (prepare_key(key_field, obj), formfield.label_from_instance(obj))
            for obj in (filter_by_keys(queryset, key_field, keys) if keys else ())
        ]
    )


def format_lookup_value(model, lookup, value):
    """
    Return the text of `value`, of limit_choices_to, for a query string, or None
    if it isn't about keys.
    """
    field = None if model is None else find_key_field(model._meta, lookup)
    if field is None:
        return None
    values = value if lookup.endswith("__in") else [value]
    return ",".join(str(prepare_key(field, value)) for value in values)


# Filters.


def get_lookup_kwarg(relation, path):
    """Return the lookup of a filter's choices."""
    field = get_related_field(relation)
    if not is_composite_field(field):
        return f"{path}__{relation.target_field.name}__exact"
    # The lookups of a key that is a relation are those of another model.
    is_key = field.primary_key and not field.is_relation
    return f"{path}__pk__exact" if is_key else f"{path}__exact"


def prepare_choices(relation, choices):
    """Return the choices of a filter with the texts of keys for these."""
    if not is_composite_field(get_related_field(relation)):
        return choices
    return [(str(value), label) for value, label in choices]


def aggregate_counts(queryset, counts):
    """Return what each of `counts` is, which may be named by the text of a key."""
    from django.db.models.sql.query import FORBIDDEN_ALIAS_PATTERN

    aliases = {
        name: f"facet{index}" if FORBIDDEN_ALIAS_PATTERN.search(name) else name
        for index, name in enumerate(counts)
    }
    results = queryset.aggregate(
        **{aliases[name]: count for name, count in counts.items()}
    )
    return {name: results[alias] for name, alias in aliases.items()}


# Inlines.


class KeyMembersMixin:
    """
    Mixin for inline formsets of a model with a composite primary key. Forms of
    existing objects don't have its members, which are shown read-only.
    """

    @property
    def key_members(self):
        names = get_key_fields(self.model._meta)
        return [name for name in names if name != self.fk.name]

    def add_fields(self, form, index):
        if not form.instance._state.adding:
            for name in self.key_members:
                form.fields.pop(name, None)
        super().add_fields(form, index)

    def _construct_form(self, i, **kwargs):
        text = None
        if self.save_as_new:
            text = self.data.get(f"{self.add_prefix(i)}-{self.model._meta.pk.name}")
        form = super()._construct_form(i, **kwargs)
        if text:
            self.copy_key(form, text)
        return form

    def copy_key(self, form, text):
        """Have a form for the copy of an object have the members of its key."""
        pk = self.model._meta.pk
        try:
            instance = self.model(pk=clean_key(pk, text))
        except ValidationError:
            return
        for name in self.key_members:
            formfield = form.fields.get(name)
            html_name = form.add_prefix(name)
            if formfield is not None and form.data.get(html_name) is None:
                value = self.model._meta.get_field(name).value_from_object(instance)
                add_value(form.data, html_name, formfield, value)


def get_inline_formset(formset, model):
    """Return the class of formsets for inline forms of `model`."""
    if not any(map(is_composite_field, get_keys(model._meta))):
        return formset
    return type(formset.__name__, (KeyMembersMixin, formset), {})


def has_hidden_key(inline_form):
    """
    Is the key of an existing object, a relation, in a hidden field of its inline
    form, as it's shown read-only?
    """
    pk = inline_form.form._meta.model._meta.pk
    return inline_form.original is not None and pk.name in getattr(
        inline_form.formset, "key_members", ()
    )


def get_existing_options(formset, readonly_fields, prepopulated_fields):
    """Return the options of forms for existing objects, given those of new ones."""
    names = getattr(formset, "key_members", ())
    if not names:
        return readonly_fields, prepopulated_fields
    return (
        [*readonly_fields, *names],
        {
            name: dependencies
            for name, dependencies in prepopulated_fields.items()
            if not {name, *dependencies}.intersection(names)
        },
    )
