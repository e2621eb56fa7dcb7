"""
The states of a project before migrations that are unapplied.

Tables of apps that a migration doesn't depend on may refer to a model that it
changes. If their migrations stay applied, they are in the database, and their
columns follow a composite primary key. So they have to be in the state as well.
"""

from django.db.migrations.keys import is_composite_key
from django.db.migrations.operations import CreateModel


def get_fields(operation):
    """Return the fields that an operation, or one within it, gives to models."""
    if hasattr(operation, "state_operations"):
        return [
            field for inner in operation.state_operations for field in get_fields(inner)
        ]
    if hasattr(operation, "field"):
        return [operation.field]
    if isinstance(operation, CreateModel):
        return [field for _, field in operation.fields]
    return []


def has_composite_keys(full_plan):
    return any(
        is_composite_key(field)
        for migration, _ in full_plan
        for operation in migration.operations
        for field in get_fields(operation)
    )


def order_full_plan(full_plan, migrations_to_run, applied_migrations):
    """
    Return a full plan, a list of (migration, backwards) pairs, that has the applied
    migrations which stay so before those that are going to be unapplied, if the
    project has composite primary keys. What stays applied doesn't depend on what
    doesn't.
    """
    if not has_composite_keys(full_plan):
        return full_plan
    return sorted(
        full_plan,
        key=lambda pair: pair[0] in migrations_to_run
        or pair[0] not in applied_migrations,
    )
