from django.conf import settings
from django.db.backends.base.tuples import (
    KEY_INTEGER_TYPES,
    KEY_TEXT_TYPES,
    BaseTupleFeatures,
    BaseTupleOperations,
)
from django.utils.functional import cached_property


class TupleFeatures(BaseTupleFeatures):
    supports_tuple_in_subquery = True
    supports_tuple_index_range = False

    @cached_property
    def supports_tuple_lookups(self):
        return self.connection.oracle_version >= (23,)

    def supports_tuple_comparison_with_subquery(self, lookup_name):
        return lookup_name == "exact"


class TupleOperations(BaseTupleOperations):
    def ungrouped_tuple_in_sql(self, lhs, rows):
        # No list may be longer, nor an expression deeper by as much.
        max_size = self.max_in_list_size()
        if len(rows) <= max_size:
            return super().ungrouped_tuple_in_sql(lhs, rows)
        return self.join_conditions(
            [
                super(TupleOperations, self).ungrouped_tuple_in_sql(
                    lhs,
                    rows.__class__(
                        rows.rows[offset : offset + max_size],
                        rows.placeholders,
                        rows.fields,
                    ),
                )
                for offset in range(0, len(rows), max_size)
            ],
            "OR",
        )

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
