from django.conf import settings
from django.db.backends.base.key_text import (
    KEY_INTEGER_TYPES,
    KEY_TEXT_TYPES,
    BaseKeyTextOperations,
)


class KeyTextOperations(BaseKeyTextOperations):
    key_member_text = {
        **dict.fromkeys(KEY_INTEGER_TYPES, "CAST(%(sql)s AS TEXT)"),
        **dict.fromkeys(KEY_TEXT_TYPES, "CAST(%(sql)s AS TEXT)"),
        "BooleanField": "CASE WHEN %(sql)s THEN 'True' ELSE 'False' END",
        "DateField": "%(sql)s",
        "DateTimeField": lambda self, field: (
            "REPLACE(%(sql)s, ' ', 'T')" + ("|| '+00:00'" if settings.USE_TZ else "")
        ),
        # Doubled once for the parameters and once for this template.
        "DecimalField": lambda self, field: (
            f"printf('%%%%.{field.decimal_places}f', %(sql)s)"
        ),
        "TimeField": "%(sql)s",
        "UUIDField": (
            "substr(%(sql)s, 1, 8) || '-' || substr(%(sql)s, 9, 4) || '-' "
            "|| substr(%(sql)s, 13, 4) || '-' || substr(%(sql)s, 17, 4) || '-' "
            "|| substr(%(sql)s, 21)"
        ),
    }
    key_member_json = "json_quote(%(sql)s)"
