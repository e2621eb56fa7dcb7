"""
Composite primary keys, and relations of several columns, in the lookups of the
admin: those of its query strings, filters, and search fields.

Several keys in one value are their text forms joined by commas, which can't be
mistaken for another list: '["CH", "1"],["DE", "3"]'.
"""

import json

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models.columns import is_composite_field, is_reverse_relation
from django.db.models.constants import LOOKUP_SEP
from django.db.models.fields.key_text import clean_key
from django.forms.keys import prepare_key


def follow(opts, path):
    """
    Return the pairs of a name and the field it stands for along a path, as far
    as there are fields.
    """
    for name in path.split(LOOKUP_SEP):
        try:
            field = opts.pk if name == "pk" else opts.get_field(name)
        except FieldDoesNotExist:
            return
        yield name, field
        if hasattr(field, "path_infos"):
            opts = field.path_infos[-1].to_opts


def split_lookup(opts, lookup):
    """
    Return the names that a lookup consists of, with those of members rather than
    the key's before them, as a key has the relations that are members.
    """
    parts = lookup.split(LOOKUP_SEP)
    if "pk" not in parts:
        return parts
    names = []
    for name, field in follow(opts, lookup):
        if name == "pk" and is_composite_field(field):
            # A relation that is the key is followed by name.
            name = field.name if field.is_relation else None
        names.append(name)
    return [name for name in [*names, *parts[len(names) :]] if name is not None]


def is_member(relation, field):
    """Is `field` one of several that `relation` refers to, hence stored with it?"""
    columns = getattr(relation, "foreign_related_fields", ())
    return len(columns) > 1 and field in columns and not field.is_relation


def get_related_field(relation):
    """
    Return the field whose values stand for the objects of `relation`, which may
    be a reverse one: that which it refers to, or the primary key.
    """
    if relation.many_to_many or is_reverse_relation(relation):
        return relation.path_infos[-1].to_opts.pk
    return relation.remote_field.get_related_field()


def split_values(field, text):
    """
    Return the values of `field` which `text` is a list of. It's one value that
    stands for no object if the text is no list of keys.
    """
    if not is_composite_field(field):
        return text.split(",")
    keys = split_texts(text)
    return [text] if keys is None else [prepare_key(field, key) for key in keys]


# The lookups whose right-hand side is a key, or a list of keys.
KEY_LOOKUPS = {"", "exact", "in", "gt", "gte", "lt", "lte"}


def find_key_field(opts, lookup):
    """
    Return the field whose values `lookup`, e.g. "seat__in", compares with if
    these are values of several columns, and None otherwise.
    """
    field = None
    parts = lookup.split(LOOKUP_SEP)
    while parts:
        try:
            found = opts.pk if parts[0] == "pk" else opts.get_field(parts[0])
        except FieldDoesNotExist:
            break
        field = found
        del parts[0]
        if not hasattr(field, "path_infos"):
            break
        opts = field.path_infos[-1].to_opts
    if LOOKUP_SEP.join(parts) not in KEY_LOOKUPS or field is None:
        return None
    if hasattr(field, "path_infos"):
        field = get_related_field(field)
    return field if is_composite_field(field) else None


def prepare_lookup_values(opts, lookup, texts):
    """
    Return the values of a query string's `lookup` of keys, given its texts, or
    None if it's another lookup. Raise IncorrectLookupParameters for what can't
    be the key of an object.
    """
    from django.contrib.admin.options import IncorrectLookupParameters

    field = find_key_field(opts, lookup)
    if field is None:
        return None
    try:
        if lookup.endswith("__in"):
            return [
                [clean_key(field, key) for key in split_values(field, text)]
                for text in texts
            ]
        return [clean_key(field, text) for text in texts]
    except ValidationError as e:
        raise IncorrectLookupParameters(e) from e


def split_texts(text):
    """Return the text forms in `text`, joined by commas, or None."""
    try:
        keys = json.loads(f"[{text}]")
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(key, list) for key in keys):
        return None
    # A surrogate that is alone couldn't be written as it is.
    return [json.dumps(key) for key in keys]


search_prefixes = {"^": "istartswith", "=": "iexact", "@": "search"}


def get_search_lookups(queryset, search_fields):
    """
    Return the queryset, a dictionary of lookups for those of the search fields
    that are a composite primary key, and whether they may spawn duplicates. A
    key is searched by its text form.
    """
    from django.contrib.admin.utils import lookup_spawns_duplicates
    from django.db.models import TextField
    from django.db.models.functions import Cast

    opts = queryset.model._meta
    lookups, aliases, may_have_duplicates = {}, {}, False
    for name in search_fields:
        path = str(name).lstrip("".join(search_prefixes))
        parts = list(follow(opts, path))
        if parts and parts[-1][0] == "pk" and is_composite_field(parts[-1][1]):
            key = LOOKUP_SEP.join(part for part, _ in parts)
            alias = f"_key_{len(aliases)}"
            aliases[alias] = Cast(key, TextField())
            lookup = path[len(key) :].removeprefix(LOOKUP_SEP)
            lookup = search_prefixes.get(str(name)[0]) or lookup or "icontains"
            lookups[name] = (alias + LOOKUP_SEP + lookup, None)
            may_have_duplicates |= lookup_spawns_duplicates(opts, key)
    if aliases:
        queryset = queryset.alias(**aliases)
    return queryset, lookups, may_have_duplicates


def get_unique_members(opts):
    """Return the names of the primary key's members if it has several."""
    if not is_composite_field(opts.pk):
        return ()
    return (tuple(field.attname for field in opts.pk_fields),)
