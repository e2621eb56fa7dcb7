from django.conf import settings
from django.db.backends.base.key_text import (
    KEY_INTEGER_TYPES,
    KEY_TEXT_TYPES,
    BaseKeyTextOperations,
)


class KeyTextOperations(BaseKeyTextOperations):
    key_member_text = {
        **dict.fromkeys(KEY_INTEGER_TYPES, "(%(sql)s)::text"),
        **dict.fromkeys(KEY_TEXT_TYPES, "(%(sql)s)::text"),
        "BinaryField": "replace(encode(%(sql)s, 'base64'), chr(10), '')",
        "BooleanField": "CASE WHEN %(sql)s THEN 'True' ELSE 'False' END",
        "DateField": "to_char(%(sql)s, 'YYYY-MM-DD')",
        "DateTimeField": lambda self, field: (
            "regexp_replace(to_char("
            + ("%(sql)s AT TIME ZONE 'UTC'" if settings.USE_TZ else "%(sql)s")
            + """, 'YYYY-MM-DD"T"HH24:MI:SS.US'), '[.]000000$', '')"""
            + (" || '+00:00'" if settings.USE_TZ else "")
        ),
        "DecimalField": "(%(sql)s)::text",
        "GenericIPAddressField": "HOST(%(sql)s)",
        "TimeField": (
            "regexp_replace(to_char(date '2000-01-01' + %(sql)s, 'HH24:MI:SS.US'), "
            "'[.]000000$', '')"
        ),
        "UUIDField": "(%(sql)s)::text",
    }
    key_member_json = "to_json(%(sql)s)::text"
