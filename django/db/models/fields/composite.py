"""
Composite primary keys: a field made of other fields.

``CompositePrimaryKey`` has no column. It stands for the columns of its
members, in order, which is all the rest of the ORM has to know of it (see
``django.db.models.columns``).
"""

from operator import attrgetter, itemgetter

from django.apps import apps
from django.core import checks, exceptions
from django.db.models import NOT_PROVIDED, Field
from django.db.models.columns import unnest  # NOQA
from django.db.models.expressions import ColPairs, DatabaseDefault
from django.db.models.fields.key_text import key_from_text, key_to_text
from django.db.models.fields.tuple_lookups import tuple_lookups
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _


class CompositeKey(tuple):
    """
    The value of a composite primary key.

    It is a tuple of the members' values in every respect but one: str() is
    the key's text form, e.g. '["1", "A755H"]', so that what is written into a
    URL, a form or a generic foreign key can be read back.

    Each CompositePrimaryKey makes a subclass of its own that knows the field.
    """

    __slots__ = ()
    field = None

    def __str__(self):
        # A key that isn't set has no text.
        if None in self:
            return repr(self)
        return key_to_text(self, self.field.composite_fields)

    def __reduce__(self):
        return self.field.reduce_value(tuple(self))

    # It can't be changed. To look it up again by its model, which may be one of a
    # migration, isn't needed.

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


def restore_key(app_label, model_name, values):
    """Return the CompositeKey that was pickled or copied."""
    try:
        pk = apps.get_model(app_label, model_name)._meta.pk
    except LookupError:
        return values
    return getattr(pk, "key_class", tuple)(values)


class CompositeAttribute(property):
    """
    The attribute of a model for its composite primary key: reads and assigns
    all members at once.

    A property calls a function with fewer detours than a __get__() method of
    ours would be called with, and keys are read often.
    """

    def __init__(self, field):
        self.field = field
        self.reset()

    def reset(self):
        # The members aren't known before the model is.
        for name in ("attnames", "get_values"):
            self.__dict__.pop(name, None)
        super().__init__(self.bind, self.set_values)

    @cached_property
    def attnames(self):
        return [field.attname for field in self.field.composite_fields]

    @cached_property
    def get_values(self):
        """Return a plain tuple of an instance's values, collected in C."""
        return attrgetter(*self.attnames)

    def bind(self, instance):
        """Look up once what is needed to read the key of any instance."""
        get_values = self.get_values
        get_items = itemgetter(*self.attnames)
        key_class = self.field.key_class

        def get_from_attributes(instance):
            return key_class(get_values(instance))

        def get_from_dict(instance):
            try:
                return key_class(get_items(instance.__dict__))
            except KeyError:
                return key_class(get_values(instance))

        # The attributes of relations and of their columns are descriptors written
        # in Python, several times slower than the dictionary in which they keep
        # the values.
        has_descriptors = any(
            hasattr(getattr(type(instance), attname), "__set__")
            for attname in self.attnames
        )
        get_key = get_from_dict if has_descriptors else get_from_attributes
        super().__init__(get_key, self.set_values)
        return get_key(instance)

    def get_members(self, values):
        """Return the value for each member, given those that are assigned."""
        attnames = self.attnames
        if values is None:
            return [None] * len(attnames)
        if not isinstance(values, (list, tuple)):
            raise ValueError("'pk' must be a list or a tuple.")
        if len(values) != len(attnames):
            raise ValueError(f"'pk' must have {len(attnames)} elements.")
        return values

    def set_values(self, instance, values):
        for attname, value in zip(self.attnames, self.get_members(values)):
            setattr(instance, attname, value)


class CompositeValue:
    """
    Mixin for what stands for several fields and has a tuple for its value.

    ``composite_fields`` are the fields, in order.
    """

    default_error_messages = {
        "invalid": _(
            "“%(value)s” is not a valid key: it must be a list or a JSON array "
            "with a value for each of %(members)s."
        ),
    }

    @cached_property
    def key_class(self):
        """The subclass of CompositeKey for the values of this field."""
        return type("CompositeKey", (CompositeKey,), {"__slots__": (), "field": self})

    def value_to_string(self, obj):
        """
        Return the key of `obj` as text: a JSON array of what the members'
        value_to_string() return, e.g. '["1", "A755H"]'.
        """
        return key_to_text(self.value_from_object(obj), self.composite_fields)

    def to_python(self, value):
        """
        Return the key as a tuple of the members' types, given its text form or
        a list or tuple of values to be converted.
        """
        if value is None:
            return value
        fields = self.composite_fields
        try:
            if isinstance(value, str):
                return self.key_class(key_from_text(value, fields))
            if not isinstance(value, (list, tuple)) or len(value) != len(fields):
                raise ValueError
            return self.key_class(
                [
                    None if member is None else field.to_python(member)
                    for field, member in zip(fields, value)
                ]
            )
        except (
            ValueError,
            TypeError,
            ArithmeticError,
            exceptions.ValidationError,
        ) as e:
            raise exceptions.ValidationError(
                self.error_messages["invalid"],
                code="invalid",
                params={
                    "value": value,
                    "members": ", ".join(repr(field.attname) for field in fields),
                },
            ) from e

    def get_prep_value(self, value):
        """
        Return the key as a tuple of the values that go into the database.

        Raise ValueError if it isn't one, as fields of numbers do.
        """
        try:
            key = self.to_python(value)
        except exceptions.ValidationError as e:
            raise ValueError(*e.messages) from e
        if key is None:
            return None
        fields = self.composite_fields
        return tuple(field.get_prep_value(member) for field, member in zip(fields, key))

    def reduce_value(self, values):
        """Return how to restore a pickled or copied value."""
        return tuple, (values,)


class CompositePrimaryKey(CompositeValue, Field):
    """
    A primary key that is made of several fields of the model.

        class OrderLineItem(models.Model):
            pk = models.CompositePrimaryKey("product_id", "order_id")
            product = models.ForeignKey(Product, on_delete=models.CASCADE)
            order = models.ForeignKey(Order, on_delete=models.CASCADE)
    """

    descriptor_class = CompositeAttribute

    # What the key, having no column, cannot be given: the value that stands for
    # nothing, and the name of the option.
    unsupported_options = {
        "default": (NOT_PROVIDED, "a default"),
        "db_default": (NOT_PROVIDED, "a database default"),
        "db_column": (None, "a db_column"),
    }
    # What there is no choice about.
    fixed_options = {
        "editable": (False, "cannot be editable"),
        "primary_key": (True, "must be a primary key"),
        "blank": (True, "must be blank"),
    }

    def __init__(self, *args, **kwargs):
        members = {name for name in args if isinstance(name, str)}
        if not members or len(members) != len(args):
            raise ValueError("CompositePrimaryKey args must be unique strings.")
        if len(members) < 2:
            raise ValueError("CompositePrimaryKey must include at least two fields.")
        for option, (nothing, what) in self.unsupported_options.items():
            if kwargs.get(option, nothing) is not nothing:
                raise ValueError(f"CompositePrimaryKey cannot have {what}.")
        for option, (value, must) in self.fixed_options.items():
            if bool(kwargs.setdefault(option, value)) is not value:
                raise ValueError(f"CompositePrimaryKey {must}.")
        super().__init__(**kwargs)
        self.field_names = args

    @property
    def description(self):
        members = ", ".join(self.field_names)
        return _("Composite primary key (%(members)s)") % {"members": members}

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, self.field_names, kwargs

    def contribute_to_class(self, cls, name, private_only=False):
        # A field copied from an abstract base stands for other columns now.
        self.reset_columns()
        super().contribute_to_class(cls, name, private_only=private_only)
        cls._meta.pk = self
        descriptor = self.descriptor_class(self)
        setattr(cls, self.attname, descriptor)
        if "_is_pk_set" not in cls.__dict__:
            cls._is_pk_set = self._make_is_pk_set(cls, descriptor)

    def reset_columns(self):
        """Forget which columns this is, e.g. as a member gets its own."""
        for cached in (
            "fields",
            "composite_fields",
            "columns",
            "cached_col",
            "key_class",
        ):
            self.__dict__.pop(cached, None)
        if hasattr(self, "model"):
            descriptor = self.model.__dict__.get(self.attname)
            if isinstance(descriptor, CompositeAttribute):
                descriptor.reset()

    def _make_is_pk_set(self, cls, descriptor):
        """Return the method Model._is_pk_set() for models with this key."""
        inherited = cls._is_pk_set

        def _is_pk_set(instance, meta=None):
            if (meta or instance._meta).pk is not self:
                return inherited(instance, meta)
            for value in descriptor.get_values(instance):
                if value is None or type(value) is DatabaseDefault:
                    return False
            return True

        return _is_pk_set

    # Which columns this is.

    @cached_property
    def fields(self):
        """The fields which are named as members."""
        get_field = self.model._meta.get_field
        fields = tuple(get_field(field_name) for field_name in self.field_names)
        if self in fields:
            # It has no more columns by that than by the name of an unknown field.
            raise exceptions.FieldDoesNotExist(f"{self} is named as its own member.")
        return fields

    @cached_property
    def composite_fields(self):
        """
        The fields which hold the members' columns, in order. What relations
        share is there once.
        """
        return tuple(dict.fromkeys(unnest(self.fields)))

    @cached_property
    def columns(self):
        return tuple(field.column for field in self.composite_fields)

    def get_attname_column(self):
        return self.get_attname(), None

    def __iter__(self):
        return iter(self.composite_fields)

    def __len__(self):
        return len(self.composite_fields)

    def __bool__(self):
        # A field is true, also while its members are not known yet.
        return True

    @cached_property
    def cached_col(self):
        return self._make_col(self.model._meta.db_table, self)

    def get_col(self, alias, output_field=None):
        if output_field is None:
            output_field = self
        if output_field == self and alias == self.model._meta.db_table:
            return self.cached_col
        return self._make_col(alias, output_field)

    def _make_col(self, alias, output_field):
        fields = self.composite_fields
        return ColPairs(alias, fields, fields, output_field)

    # Values.

    def get_pk_value_on_save(self, instance):
        return tuple(
            (
                field.get_pk_value_on_save(instance)
                if (value := field.value_from_object(instance)) is None
                else value
            )
            for field in self.composite_fields
        )

    def get_db_prep_save(self, value, connection):
        # The members are saved. It's MySQL's schema editor that asks what is empty.
        return value

    def reduce_value(self, values):
        # The class is made at runtime, hence can be found by its model only.
        opts = self.model._meta
        return restore_key, (opts.app_label, opts.model_name, values)

    def clean(self, value, model_instance):
        # The members are cleaned for themselves. If it isn't the key of the
        # instance but that of a parent, `value` may be the key of another kind.
        if model_instance is not None and model_instance._meta.pk is not self:
            return value
        return super().clean(value, model_instance)

    # Checks. The members' are in Model._check_composite_pk().

    def _check_field_name(self):
        message = "'CompositePrimaryKey' must be named 'pk'."
        error = checks.Error(message, obj=self, id="fields.E013")
        return [] if self.name == "pk" else [error]


for lookup in tuple_lookups.values():
    CompositePrimaryKey.register_lookup(lookup)
