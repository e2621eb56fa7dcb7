from django.conf import settings
from django.db.backends.base.key_text import (
    KEY_INTEGER_TYPES,
    KEY_TEXT_TYPES,
    BaseKeyTextOperations,
)


class KeyTextOperations(BaseKeyTextOperations):
    key_member_text = {
        **dict.fromkeys(KEY_INTEGER_TYPES, "TO_CHAR(%(sql)s)"),
        **dict.fromkeys(KEY_TEXT_TYPES, "%(sql)s"),
        "BooleanField": "CASE WHEN %(sql)s = 1 THEN 'True' ELSE 'False' END",
        "DateField": "TO_CHAR(%(sql)s, 'YYYY-MM-DD')",
        "DateTimeField": lambda self, field: (
            """REPLACE(TO_CHAR(%(sql)s, 'YYYY-MM-DD"T"HH24:MI:SS.FF6'), """
            "'.000000', '')" + (" || '+00:00'" if settings.USE_TZ else "")
        ),
        "DecimalField": lambda self, field: (
            "TO_CHAR(%%(sql)s, 'FM%s')" % get_decimal_format(field)
        ),
        "UUIDField": (
            "SUBSTR(%(sql)s, 1, 8) || '-' || SUBSTR(%(sql)s, 9, 4) || '-' "
            "|| SUBSTR(%(sql)s, 13, 4) || '-' || SUBSTR(%(sql)s, 17, 4) || '-' "
            "|| SUBSTR(%(sql)s, 21)"
        ),
    }
    # There is a function for arrays only: cut the brackets.
    key_member_json = "REGEXP_REPLACE(JSON_ARRAY(%(sql)s), '^.|.$', '')"


def get_decimal_format(field):
    # e.g.: 9990.00
    whole = "9" * (field.max_digits - field.decimal_places - 1) + "0"
    places = "." + "0" * field.decimal_places if field.decimal_places else ""
    return whole + places
