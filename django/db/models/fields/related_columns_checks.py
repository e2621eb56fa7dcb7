"""
System checks of relations that have several columns.

What is wrong with a single column's relation is wrong with these too, and is
checked by RelatedField and ForeignObject. These are about the fields which such
a relation uses and the columns that it creates.
"""

from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db.models import NOT_PROVIDED
from django.db.models.columns import has_column, is_composite_field, unnest
from django.db.models.fields.composite import CompositePrimaryKey
from django.db.models.fields.key_text import get_value_field

# Fields whose columns are of the same type as another's. An AutoField is an
# integer to those that refer to it.
SAME_TYPES = {
    "AutoField": "IntegerField",
    "BigAutoField": "BigIntegerField",
    "SmallAutoField": "SmallIntegerField",
    "FilePathField": "CharField",
    "FileField": "CharField",
    "SlugField": "CharField",
}
INTEGER_TYPES = {
    "BigIntegerField",
    "IntegerField",
    "PositiveBigIntegerField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "SmallIntegerField",
}
KNOWN_TYPES = INTEGER_TYPES | {
    "BinaryField",
    "BooleanField",
    "CharField",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DurationField",
    "FloatField",
    "GenericIPAddressField",
    "JSONField",
    "TextField",
    "TimeField",
    "UUIDField",
}
# What is part of a column's type besides, by name of the field's attribute.
TYPE_OPTIONS = ("max_length", "max_digits", "decimal_places", "db_collation")


def check_columns(relation):
    """Return what is wrong with the columns of a relation, if it has several."""
    if not relation.is_multicolumn or isinstance(relation.remote_field.model, str):
        return []
    errors = [*check_spelling(relation), *check_names(relation)]
    if not errors:
        errors += check_counts(relation)
    if not errors:
        errors += check_circle(relation)
    if relation.has_known_columns:
        errors += check_options(relation)
        if clashes := [*check_clashes(relation)]:
            # The columns that it has are not those that it should have.
            return errors + clashes
        errors += check_null(relation)
        errors += check_pairs(relation)
        errors += check_unique_target(relation)
        errors += check_parent_link(relation)
    return errors


def error(relation, number, message, hint=None, cls=checks.Error):
    prefix = "W" if cls is checks.Warning else "E"
    return cls(message, hint=hint, obj=relation, id=f"fields.{prefix}{number}")


def quote(names):
    return ", ".join(f"'{name}'" for name in names)


def check_spelling(relation):
    if relation.has_both_spellings:
        yield error(
            relation,
            318,
            "The relation cannot have both a 'to_field' and 'to_fields'.",
            "Remove the 'to_field' argument.",
        )


def check_names(relation):
    """The fields that are named must exist and have columns."""
    opts = relation.model._meta
    target_opts = relation.remote_field.model._meta
    for name in relation.given_from_fields:
        try:
            field = opts.get_field(name)
        except FieldDoesNotExist:
            yield error(
                relation,
                313,
                f"The 'from_fields' name '{name}' doesn't exist on the model "
                f"'{opts.label}'.",
            )
        else:
            yield from check_usable(relation, "from_fields", field, opts)
    for name in relation.given_to_fields:
        try:
            field = target_opts.pk if name is None else target_opts.get_field(name)
        except FieldDoesNotExist:
            # RelatedField says so.
            continue
        yield from check_usable(
            relation, "to_fields", field, target_opts.concrete_model._meta
        )


def check_usable(relation, option, field, opts):
    hint = None
    if field is relation:
        hint = "A relation cannot be one of the fields that hold its columns."
    elif not (has_column(field) or is_composite_field(field)):
        hint = "It has no column."
    elif field.generated:
        hint = "It is a generated field."
    elif field not in opts.local_fields:
        hint = f"It is not a field of the table of '{opts.label}'."
    if hint:
        yield error(
            relation,
            317,
            f"'{field.name}' cannot be one of the '{option}'.",
            hint,
        )


def check_counts(relation):
    """There must be a column for each of those that are referred to."""
    if not relation.given_from_fields or relation.has_known_columns:
        return
    try:
        sources, targets = map(unnest, relation.get_given_fields())
    except FieldDoesNotExist:
        return
    if len(sources) != len(targets):
        model_name = relation.remote_field.model._meta.object_name
        yield error(
            relation,
            314,
            f"The 'from_fields' have {len(sources)} columns "
            f"({quote(field.name for field in sources)}), but the relation refers to "
            f"{len(targets)} of '{model_name}' "
            f"({quote(field.name for field in targets)}).",
            "Name a field for each of those that the relation refers to, or name what "
            "it is to refer to in 'to_fields'.",
        )


def check_circle(relation):
    """A key that contains a relation to itself has no end of columns."""
    if not relation.has_known_columns and relation in find_waited_for(relation):
        yield error(
            relation,
            324,
            f"The columns of '{relation.model._meta.object_name}.{relation.name}' "
            "cannot be known, as the key it refers to contains the relation itself.",
            "Refer to the key by 'from_fields', or leave the relation out of the "
            "primary key.",
        )


def find_waited_for(relation):
    """Return the relations whose columns must be known before this one's."""
    found = []
    pending = [relation]
    while pending:
        other = pending.pop()
        try:
            sources, targets = other.get_given_fields()
        except FieldDoesNotExist:
            continue
        fields = [*sources, *targets]
        while fields:
            field = fields.pop()
            if isinstance(field, CompositePrimaryKey):
                fields.extend(get_members(field))
            elif not getattr(field, "has_known_columns", True) and field not in found:
                found.append(field)
                pending.append(field)
    return found


def get_members(pk):
    try:
        return pk.fields
    except FieldDoesNotExist:
        return ()


def check_options(relation):
    """A relation with several columns has none that an option could be for."""
    columns = quote(field.name for field in relation.local_related_fields)
    for option, nothing in (("db_column", None), ("db_default", NOT_PROVIDED)):
        if getattr(relation, option) is not nothing:
            yield error(
                relation,
                319,
                f"The relation cannot have a '{option}', as its columns are those of "
                f"{columns}.",
                "Declare the fields that hold the columns, with options of their own, "
                "and name them as 'from_fields'.",
            )
    if relation.given_from_fields and relation.default is not NOT_PROVIDED:
        yield error(
            relation,
            319,
            f"The relation cannot have a 'default', as its columns are those of "
            f"{columns}.",
            "Set the defaults of these fields.",
        )


def check_clashes(relation):
    for name in relation.clashing_columns:
        yield error(
            relation,
            323,
            f"The relation would create the column '{name}', which clashes with the "
            f"field '{name}' of the model.",
            "Rename the field or the relation, or use 'from_fields' to say which "
            "fields hold the columns.",
        )


def check_created_table(field):
    """
    Return what is wrong with the columns of the table that is created for the
    ManyToManyField `field`: both of its relations have columns, which are named
    after the models and the members of their keys.
    """
    through = field.remote_field.through
    if not getattr(getattr(through, "_meta", None), "auto_created", False):
        return []
    errors = []
    for relation in through._meta.multicolumn_relations:
        for name in relation.clashing_columns:
            models = quote(
                other.remote_field.model._meta.label
                for other in through._meta.local_fields
                if other.is_relation
            )
            errors.append(
                error(
                    field,
                    326,
                    f"The field's intermediary table '{through._meta.db_table}' would "
                    f"have two columns named '{name}', as it refers to {models}.",
                    "Rename one of the models or of the members of their primary "
                    "keys, or use 'through' with a model whose relations have other "
                    "names.",
                )
            )
    return errors


def check_null(relation):
    if relation.given_null and not relation.null:
        columns = quote(field.name for field in relation.local_related_fields)
        yield error(
            relation,
            322,
            f"The relation has null=True, but none of its columns can be null: "
            f"{columns}.",
            "Set null=True on at least one of these fields, or remove it from the "
            "relation.",
        )


def check_pairs(relation):
    """Each column must be one that can refer to its counterpart."""
    for option, fields in (
        ("from_fields", relation.local_related_fields),
        ("to_fields", relation.foreign_related_fields),
    ):
        repeated = [f.name for i, f in enumerate(fields) if f in fields[:i]]
        if repeated:
            yield error(
                relation,
                316,
                f"The '{option}' name more than once: {quote(repeated)}.",
            )
    for field, target in relation.related_fields:
        if field in relation.created_columns:
            # Of the right type by definition.
            continue
        yield from check_types(relation, field, target)


def check_types(relation, field, target):
    names = (
        f"'{field.model._meta.object_name}.{field.name}'",
        f"'{target.model._meta.object_name}.{target.name}'",
    )
    field, target = get_value_field(field), get_value_field(target)
    types = get_type(field), get_type(target)
    if types[0] != types[1]:
        if not KNOWN_TYPES.issuperset(types):
            return
        if INTEGER_TYPES.issuperset(types) and not relation.db_constraint:
            return
        yield error(
            relation,
            315,
            f"{names[0]} and {names[1]}, to which it refers, are not of the same type "
            f"({types[0]} and {types[1]}).",
            "Make them fields of the same type.",
        )
        return
    for option in TYPE_OPTIONS:
        values = getattr(field, option, None), getattr(target, option, None)
        if values[0] != values[1]:
            yield error(
                relation,
                315,
                f"{names[0]} and {names[1]}, to which it refers, are not of the same "
                f"'{option}' ({values[0]} and {values[1]}).",
                f"Set the same '{option}' on both fields.",
                cls=checks.Warning,
            )


def get_type(field):
    internal_type = field.get_internal_type()
    return SAME_TYPES.get(internal_type, internal_type)


def check_parent_link(relation):
    """A child is found by the key of its parent, as that is."""
    parent = relation.remote_field.model
    if relation.model._meta.concrete_model._meta.parents.get(parent) is not relation:
        return
    members = parent._meta.pk_fields
    if list(relation.foreign_related_fields) != members:
        yield error(
            relation,
            327,
            "The link to a parent must refer to the primary key of "
            f"'{parent.__name__}', i.e. to {quote(f.name for f in members)} in that "
            "order.",
            "Remove the 'to_fields', or name the members of the key in their order.",
        )


def check_unique_target(relation):
    """There must be one related object at most."""
    targets = set(relation.foreign_related_fields)
    unique_sets = list(get_unique_sets(relation))
    model_name = relation.remote_field.model.__name__
    names = quote(field.name for field in relation.foreign_related_fields)
    hint = (
        "Add the fields to a unique constraint (via unique_together or a "
        "UniqueConstraint (without condition) in the model Meta.constraints)."
    )
    if not any(fields <= targets for fields in unique_sets):
        yield error(
            relation,
            310,
            f"No subset of the fields {names} on model '{model_name}' is unique.",
            hint,
        )
    elif relation.db_constraint and targets not in unique_sets:
        # e.g. PostgreSQL: "there is no unique constraint matching given keys for
        # referenced table".
        yield error(
            relation,
            325,
            f"The fields {names} on model '{model_name}' must be unique together "
            "because they are referenced by a foreign key.",
            f"{hint[:-1]}, leave out those that aren't needed, or set "
            "db_constraint=False.",
        )


def get_unique_sets(relation):
    """Return the sets of columns of the related model that are unique."""
    opts = relation.remote_field.model._meta
    yield set(opts.pk_fields)
    for field in opts.concrete_model._meta.local_fields:
        if getattr(field, "unique", False):
            yield set(unnest([field]))
    names = [*opts.unique_together]
    for constraint in opts.total_unique_constraints:
        # A deferrable constraint can't be referred to.
        if not (constraint.deferrable and relation.db_constraint):
            names.append(constraint.fields)
    for fields in names:
        try:
            yield set(unnest(map(opts.get_field, fields)))
        except FieldDoesNotExist:
            # The checks of the related model say so.
            continue


def check_single_column(generic, field):
    """A GenericForeignKey keeps the object ID, be it of a key, in one column."""
    if not is_composite_field(field):
        return []
    return [
        checks.Error(
            "The GenericForeignKey object ID references the field "
            f"'{field.name}', which has several columns.",
            hint="Use a CharField or TextField for the object ID.",
            obj=generic,
            id="contenttypes.E006",
        )
    ]
