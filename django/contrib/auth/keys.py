"""
The primary keys of users, which may be composite: as sessions keep them, as the
createsuperuser command is given those of related objects, and what a user model
can't be identified by.

django.contrib.auth imports this module, hence it may not import models itself.
"""

from django.core.exceptions import ValidationError


def key_from_session(pk, value):
    """
    Return the primary key that a session has kept as `value`.

    If the key is composite, return None for what isn't one: a session may be
    older than the key, and have kept the one that it replaced.
    """
    try:
        return pk.to_python(value)
    except ValidationError:
        if pk.column is None:
            return None
        raise


def make_related(field, name, value):
    """
    Return what stands for the related object, which has the key `value`, in the
    keyword argument `name` of a model with the foreign key `field`: an unsaved
    instance, or the key if that is what is named.
    """
    model = field.remote_field.model
    if field.column is not None:
        return model(value)
    if name == field.attname or value is None:
        return value
    attnames = [target.attname for target in field.foreign_related_fields]
    return model(**dict(zip(attnames, value)))


def get_target_label(field):
    """Return the name of the field or fields that a foreign key refers to."""
    if field.column is not None:
        return field.remote_field.field_name
    return field.get_target_name()


def save_new(user, using):
    """
    Save a user whom a manager has created. A composite key is given, not made by
    the database, and must not be that of another user, whom this would replace.
    """
    if user._meta.pk.column is None:
        user.save(using=using, force_insert=True)
    else:
        user.save(using=using)


async def asave_new(user, using):
    """See save_new()."""
    if user._meta.pk.column is None:
        await user.asave(using=using, force_insert=True)
    else:
        await user.asave(using=using)


def check_new_key(model, data, using):
    """
    Raise ValidationError if there is a user with the composite key in `data`,
    the keyword arguments for create_superuser().
    """
    from django.db.models.columns import is_composite_field

    pk = model._meta.pk
    if not is_composite_field(pk):
        return
    values = {}
    for name, value in data.items():
        field = model._meta.get_field(name)
        if is_composite_field(field):
            values.update(zip(field.composite_fields, value or ()))
        else:
            values[field] = value
    key = tuple(map(values.get, pk.composite_fields))
    # A manager may add what isn't there.
    if None in key or not model._base_manager.using(using).filter(pk=key).exists():
        return
    names = [field.name for field in getattr(pk, "fields", (pk,))]
    raise model().unique_error_message(model, names)


def check_created_users(model):
    """
    Check that no backend creates users of whom it knows nothing but the name, if
    their key can't be known then.
    """
    from django.conf import settings
    from django.contrib.auth.backends import RemoteUserBackend
    from django.core import checks
    from django.db.models.columns import unnest
    from django.utils.module_loading import import_string

    opts = model._meta
    if opts.pk.column is not None:
        return []
    required = [
        field.name
        for field in unnest([opts.pk])
        if not (
            field.has_default()
            or field.has_db_default()
            or field.name == model.USERNAME_FIELD
            or field.get_internal_type().endswith("AutoField")
        )
    ]
    warnings = []
    for path in settings.AUTHENTICATION_BACKENDS if required else ():
        try:
            backend = import_string(path)
            creates_users = (
                issubclass(backend, RemoteUserBackend) and backend.create_unknown_user
            )
        except (ImportError, TypeError):
            continue
        if creates_users:
            warnings.append(
                checks.Warning(
                    f"'{path}' creates users by their name, but the primary key of "
                    f"'{opts.label}' needs {', '.join(map(repr, required))}, too.",
                    hint=(
                        "Set the backend's create_unknown_user to False, give these "
                        "fields defaults, or silence this warning if the manager of "
                        "the model knows their values."
                    ),
                    obj=model,
                    id="auth.W015",
                )
            )
    return warnings


def check_username_field(model):
    """Check that the username is a value of one column."""
    from django.core import checks
    from django.db.models.columns import is_composite_field

    if not is_composite_field(model._meta.get_field(model.USERNAME_FIELD)):
        return []
    return [
        checks.Error(
            f"'{model._meta.object_name}.{model.USERNAME_FIELD}' has several columns "
            "and cannot be named as the 'USERNAME_FIELD'.",
            hint=(
                "A username is something to type. Name a field that has one column "
                "and is unique."
            ),
            obj=model,
            id="auth.E014",
        )
    ]
