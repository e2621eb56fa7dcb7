"""
only() and defer() of what has several columns.

The names given are kept as nested dictionaries, the masks: only("a", "b__c") is
{"a": {}, "b": {"c": {}}}.
"""

from django.db.models.columns import is_key_member


def lift_key_members(opts, mask):
    """Have "pk__member" in `mask` be what it is without "pk"."""
    for name in list(mask.get("pk", ())):
        if is_key_member(opts.pk, [name]):
            merge(mask.setdefault(name, {}), mask["pk"].pop(name))


def merge(mask, other):
    for name, field_mask in other.items():
        merge(mask.setdefault(name, {}), field_mask)


def defer_relations(query, opts, mask, select_mask):
    """
    Replace the relations of several columns in the `mask` of deferred fields by
    the columns which are their own, and add those relations to `select_mask`
    that aren't deferred, i.e. that select_related() may follow.
    """
    from django.db.models.fields.related_columns import is_own_column

    lift_key_members(opts, mask)
    for relation in opts.multicolumn_relations:
        masks = [
            mask.pop(name) for name in (relation.name, relation.attname) if name in mask
        ]
        if {} in masks:
            for field in relation.local_related_fields:
                if is_own_column(relation, field):
                    mask.setdefault(field.name, {})
        elif masks:
            query._get_defer_select_mask(
                relation.related_model._meta.concrete_model._meta,
                masks[0],
                select_mask.setdefault(relation, {}),
            )
        elif not any(
            name in mask
            for field in relation.local_related_fields
            for name in (field.name, field.attname)
        ):
            select_mask.setdefault(relation, {})
