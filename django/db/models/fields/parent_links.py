"""
Links to parents with composite primary keys, in multi-table inheritance.

The columns of the link of a child and those of its parent's key hold the same
values, in two tables. An instance of the child is a row of both: whichever of
their attributes is set, the others are set too, so that there is one key, of
which the link is never out of date.

The key of the parent is called "pk", as is that of the child. Unless these are
the same, the child has an attribute for its own, and the parent's key is read
and set by its members.
"""

from django.db.models.fields.composite import CompositeAttribute, CompositePrimaryKey
from django.db.models.fields.related_columns import (
    RelatedColumnMixin,
    when_columns_are_known,
)
from django.db.models.query_utils import DeferredAttribute
from django.utils.functional import cached_property


class LinkedColumnMixin(RelatedColumnMixin):
    """
    Mixin for the attributes of a child for a column of a parent's key, and for
    the columns of links that refer to it: they are set together.

    attributes
        Those that are set together, this one included.
    is_link
        Is it that of a link?
    """

    attributes = ()
    is_link = False

    def __set__(self, instance, value):
        if value is None and self.is_link:
            # e.g. the default in Child(tenant=tenant, number=1). There is no
            # child without a parent, so that a link can't be unset on its own.
            data = instance.__dict__
            for attribute in self.attributes:
                if not attribute.is_link:
                    value = data.get(attribute.field.attname)
        for attribute in self.attributes:
            attribute.set_own_value(instance, value)

    def set_own_value(self, instance, value):
        super().__set__(instance, value)


class ChildKeyAttribute(CompositeAttribute):
    """The attribute `pk` of a child: without its key, it has no parent's either."""

    def set_values(self, instance, values):
        members = self.get_members(values)
        if values is None:
            unset_parents(instance)
        for attname, value in zip(self.attnames, members):
            setattr(instance, attname, value)


class InheritedKeyAttribute(ChildKeyAttribute):
    """The same for a child whose key is the link to a parent."""

    def __init__(self, link):
        self.link = link
        super().__init__(link.target_field)

    @cached_property
    def attnames(self):
        return [field.attname for field in self.link.local_related_fields]


def unset_link(link, instance):
    """Have `instance` be a row of no parent, as after it was deleted."""
    for field in link.local_related_fields:
        for attribute in getattr(type(instance), field.attname).attributes:
            attribute.set_own_value(instance, None)


def get_parent_links(model):
    """Return the links of `model`, and of those it inherits from, to parents."""
    links = []
    for cls in (model, *model._meta.all_parents):
        links.extend(filter(None, cls._meta.parents.values()))
    return list(dict.fromkeys(links))


def connect_parent_link(link):
    """
    Have the attributes for the columns of `link`, and of the parent's key, set
    each other.
    """
    model = link.model
    links = get_parent_links(model)
    if link not in links:
        # A relation with parent_link=True to another model than a parent.
        return
    groups = []
    linked = set()
    for relation in links:
        if not relation.is_multicolumn or not relation.has_known_columns:
            continue
        for field, target in relation.related_fields:
            names = {field.attname, target.attname}
            linked.add(field.attname)
            joined = [group for group in groups if group & names]
            groups = [group for group in groups if group not in joined]
            groups.append(names.union(*joined))
    for names in groups:
        attributes = [
            make_linked_attribute(model, name, name in linked)
            for name in sorted(names)
            if isinstance(getattr(model, name, None), DeferredAttribute)
        ]
        for attribute in attributes:
            attribute.attributes = tuple(attributes)
    when_columns_are_known([model._meta.pk], lambda: connect_key(model))


def make_linked_attribute(model, name, is_link):
    inherited = getattr(model, name)
    cls = getattr(inherited, "plain_class", type(inherited))
    attribute = type(cls.__name__, (LinkedColumnMixin, cls), {"plain_class": cls})(
        inherited.field
    )
    attribute.relations = getattr(inherited, "relations", ())
    if inherited.field.is_relation and not attribute.relations:
        attribute.relations = (inherited.field,)
    attribute.is_link = is_link
    setattr(model, name, attribute)
    return attribute


def connect_key(model):
    """Have `pk` be the attribute for the key of `model`, not of a parent."""
    pk = model._meta.pk
    if getattr(pk, "is_multicolumn", False):
        model.pk = InheritedKeyAttribute(pk)
        return
    model._get_pk_val = get_key_of
    if isinstance(pk, CompositePrimaryKey):
        model.pk = ChildKeyAttribute(pk)
    else:
        model.pk = property(get_key_of, set_key)


def get_key_of(instance, meta=None):
    """Return the key of `instance` as an object of its model or of a parent."""
    pk = (meta or instance._meta).pk
    return get_pk_value(instance, pk)


def set_key(instance, value):
    """Set the key of `instance`, which has a single column."""
    if value is None:
        unset_parents(instance)
    setattr(instance, instance._meta.pk.attname, value)


def get_pk_value(instance, pk):
    """Return the value of `pk`, the key of the instance's model or of a parent."""
    if isinstance(pk, CompositePrimaryKey) and pk is not instance._meta.pk:
        return pk.key_class(
            [getattr(instance, field.attname) for field in pk.composite_fields]
        )
    return getattr(instance, pk.attname)


def set_pk_value(instance, pk, value):
    """Set the value of `pk`, the key of the instance's model or of a parent."""
    if isinstance(pk, CompositePrimaryKey) and pk is not instance._meta.pk:
        for field, member in zip(pk.composite_fields, value):
            setattr(instance, field.attname, member)
    else:
        setattr(instance, pk.attname, value)


def is_overridden_key(field, other):
    """Are the fields the keys of a model and of one that inherits from it?"""
    return (
        isinstance(field, CompositePrimaryKey)
        and isinstance(other, CompositePrimaryKey)
        and (
            issubclass(field.model, other.model) or issubclass(other.model, field.model)
        )
    )


def unset_parents(instance):
    """Unset the keys of the parents of `instance`, e.g. to save a copy of it."""
    for parent in instance._meta.all_parents:
        for field in parent._meta.pk_fields:
            setattr(instance, field.attname, None)
