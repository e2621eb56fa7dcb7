"""
How a database writes the text of a composite key.

It is what django.db.models.fields.key_text makes of a key in Python, so that
keys which are stored as text can be compared in the database. Databases say in
a module of this name how they write a member of each type.
"""

from django.db import NotSupportedError

KEY_TEXT_TYPES = frozenset(
    ["CharField", "FilePathField", "SlugField", "TextField", "GenericIPAddressField"]
)
KEY_INTEGER_TYPES = (
    "AutoField",
    "BigAutoField",
    "BigIntegerField",
    "IntegerField",
    "PositiveBigIntegerField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "SmallAutoField",
    "SmallIntegerField",
)


class BaseKeyTextOperations:
    def key_text_sql(self, members):
        """Return the SQL for the text of a key, given that of its members."""
        # e.g.: '[' || … || ', ' || … || ']'
        return "('[' || %s || ']')" % " || ', ' || ".join(members)

    # SQL by the internal type of the field for the text of a member, without
    # the quotes around it. Types which have none cannot be cast.
    key_member_text = {}
    # SQL for text as an element of a JSON array, quotes included.
    key_member_json = "to_json(%(sql)s)"

    def key_member_text_sql(self, field, sql):
        """
        Return the SQL for a member as it is in the text of a key, i.e. as JSON
        of what the field's value_to_string() returns.
        """
        internal_type = field.get_internal_type()
        template = self.key_member_text.get(internal_type)
        if callable(template):
            template = template(self, field)
        if template is None:
            raise NotSupportedError(
                f"Casting a composite key to text isn't supported for "
                f"{field.__class__.__name__} {field.name!r} on "
                f"{self.connection.display_name}."
            )
        if internal_type in KEY_TEXT_TYPES:
            return self.key_member_json % {"sql": template % {"sql": sql}}
        # None of the others has a character that has to be escaped.
        return "'\"' || %s || '\"'" % (template % {"sql": sql})
