"""
Keys in URLs, be they made of one value or of several.

A key is a segment of the path: the texts of its members joined by commas, with
"_" and the code in place of each character that has a meaning in URLs. The key
(1, "A/5") is "1,A_2F5".
"""

import json
import re

RESERVED = re.compile(r"""[\x00-\x1f\x7f:/_#?;@&=+$,"'\[\]<>%\\]""")
QUOTED = re.compile(r"_([0-9A-F]{2})")


def quote_member(text):
    """Return `text` with each reserved character as "_" and its code."""
    if text in (".", ".."):
        # Browsers take these for the directory and the one above it.
        return text.replace(".", "_2E")
    return RESERVED.sub(lambda match: "_%02X" % ord(match[0]), text)


def unquote_member(text):
    """Return what quote_member() made `text` of. Raise ValueError otherwise."""
    member = QUOTED.sub(lambda match: chr(int(match[1], 16)), text)
    if quote_member(member) != text:
        raise ValueError(f"{text!r} isn't a member of a key.")
    return member


def quote_key(key):
    """
    Return the URL form of `key`, the pk of an object: a tuple or list, or any
    other value, which is the key's only member. Raise ValueError if it is the
    key of no object.
    """
    from django.db.models.fields.composite import CompositeKey

    members = [key]
    if isinstance(key, CompositeKey) and None not in key:
        # How values are written is up to their fields.
        members = json.loads(str(key))
    elif isinstance(key, (list, tuple)):
        members = key
    if not members or any(
        member is None
        or isinstance(member, (dict, list, tuple))
        or hasattr(member, "_meta")
        for member in members
    ):
        raise ValueError(f"{key!r} isn't the key of an object.")
    return ",".join(quote_member(str(member)) for member in members)


def unquote_key(text):
    """
    Return the text of the key that `text` is the URL form of, or a tuple of its
    members' texts if there are several. Raise ValueError if it isn't one.
    """
    members = tuple(map(unquote_member, text.split(",")))
    return members if len(members) > 1 else members[0]


class PrimaryKeyConverter:
    """
    A path converter for primary keys: path("seats/<pk:pk>/", …) matches what
    reverse("seat", args=[seat.pk]) returns.
    """

    regex = "[^/]+"

    def to_python(self, value):
        return unquote_key(value)

    def to_url(self, value):
        return quote_key(value)


# Not among the default converters, as projects may register one of this name.
key_converters = {"pk": PrimaryKeyConverter()}
