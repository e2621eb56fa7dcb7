"""update() of fields of a child's parents, each of which is found by its key."""

from operator import itemgetter


def add_key(names, opts):
    """
    Add the columns of a model's primary key to the `names` to be selected. Return
    the function that gets the key from a row.
    """
    position = len(names)
    names.extend(field.name for field in opts.pk_fields)
    if len(opts.pk_fields) == 1:
        return itemgetter(position)
    return itemgetter(slice(position, len(names)))
