from django.conf import settings
from django.db.backends.base.key_text import (
    KEY_INTEGER_TYPES,
    KEY_TEXT_TYPES,
    BaseKeyTextOperations,
)


def get_json_quote_sql():
    """
    Return the template to quote text as JSON. JSON_QUOTE() will do unless there
    are control characters, which MariaDB writes in uppercase (\\u001F).
    """
    backslash = "CHAR(92 USING utf8mb4)"
    escapes = {0x5C: backslash, 0x22: "'\"'"}
    escapes.update({code: f"'u{code:04x}'" for code in range(0x20)})
    escapes.update(zip(b"\b\t\n\f\r", ("'b'", "'t'", "'n'", "'f'", "'r'")))
    sql = "%(sql)s"
    for code, escape in escapes.items():
        char = f"CHAR({code} USING utf8mb4)"
        sql = f"REPLACE({sql}, {char}, CONCAT({backslash}, {escape}))"
    return (
        "IF(%(sql)s REGEXP '[[:cntrl:]]', "
        f"CONCAT('\"', {sql}, '\"'), JSON_QUOTE(%(sql)s))"
    )


class KeyTextOperations(BaseKeyTextOperations):
    def key_text_sql(self, members):
        # e.g.: CONCAT('[', …, ', ', …, ']')
        return "CONCAT('[', %s, ']')" % ", ', ', ".join(members)

    def key_member_text_sql(self, field, sql):
        sql = super().key_member_text_sql(field, sql)
        return sql.replace("'\"' || ", "CONCAT('\"', ").replace(" || '\"'", ", '\"')")

    key_member_text = {
        **dict.fromkeys(KEY_INTEGER_TYPES, "CAST(%(sql)s AS CHAR)"),
        **dict.fromkeys(KEY_TEXT_TYPES, "CAST(%(sql)s AS CHAR)"),
        "BinaryField": "REPLACE(TO_BASE64(%(sql)s), '\\n', '')",
        "BooleanField": "IF(%(sql)s, 'True', 'False')",
        "DateField": "CAST(%(sql)s AS CHAR)",
        # Doubled once for the parameters and once for this template.
        "DateTimeField": lambda self, field: (
            "CONCAT(REPLACE(DATE_FORMAT(%(sql)s, '%%%%Y-%%%%m-%%%%dT%%%%T.%%%%f'), "
            "'.000000', ''), '" + ("+00:00" if settings.USE_TZ else "") + "')"
        ),
        "DecimalField": "CAST(%(sql)s AS CHAR)",
        "TimeField": "REPLACE(CAST(%(sql)s AS CHAR), '.000000', '')",
        "UUIDField": lambda self, field: (
            "CAST(%(sql)s AS CHAR)"
            if self.connection.features.has_native_uuid_field
            else "INSERT(INSERT(INSERT(INSERT(%(sql)s, 9, 0, '-'), 14, 0, '-'), "
            "19, 0, '-'), 24, 0, '-')"
        ),
    }
    key_member_json = get_json_quote_sql()
