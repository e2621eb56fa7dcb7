"""
The order of deletion of what relations with on_delete=DO_NOTHING relate.

Such a relation of several columns is often one that the database takes care of,
or shares its columns with another one over which the deletion cascades. Both
sides may be deleted then, though not by this relation.
"""

from django.db import connections


def is_checked_at_once(field, using):
    """
    Does the database refuse to delete the related objects before those that
    refer to them by the relation `field`, even if these are deleted next?
    """
    return (
        getattr(field, "is_multicolumn", False)
        and field.db_constraint
        and not connections[using].features.can_defer_constraint_checks
    )


def is_order_of_rows(model, dependency):
    """
    Does a dependency concern rows of one table, among which there is no order of
    models? With it, no order of the others would be found either.
    """
    return model._meta.concrete_model is dependency._meta.concrete_model and bool(
        model._meta.multicolumn_relations
    )


def sort_referring_first(collector):
    """
    Have the models of `collector` that refer to others of them by a relation with
    on_delete=DO_NOTHING be deleted before these, where nothing else prevents it.
    """
    if len(collector.data) < 2:
        return
    from django.db.models.deletion import DO_NOTHING, get_candidate_relations_to_delete
    from django.db.models.fields.related_columns import RelatedColumnsMixin

    if not RelatedColumnsMixin.is_in_use:
        return
    models = {model._meta.concrete_model: model for model in collector.data}
    dependencies = {
        model: {
            related.related_model._meta.concrete_model
            for related in get_candidate_relations_to_delete(model._meta)
            if getattr(related.field, "is_multicolumn", False)
            and related.field.remote_field.on_delete is DO_NOTHING
        }
        & models.keys() - {model}
        for model in models
    }
    if not any(dependencies.values()):
        return
    for model in models:
        dependencies[model] |= collector.dependencies.get(model, set())
    ordered = []
    pending = list(collector.data)
    while pending:
        done = {model._meta.concrete_model for model in ordered}
        ready = [
            model
            for model in pending
            if dependencies[model._meta.concrete_model] <= done
        ]
        if not ready:
            return
        ordered.append(ready[0])
        pending.remove(ready[0])
    collector.data = {model: collector.data[model] for model in ordered}
