from django.db.backends.base.tuples import (
    BaseTupleFeatures,
    BaseTupleOperations,
)
from django.db.backends.oracle.key_text import KeyTextOperations
from django.utils.functional import cached_property


class TupleFeatures(BaseTupleFeatures):
    supports_tuple_in_subquery = True
    supports_tuple_index_range = False

    @cached_property
    def supports_tuple_lookups(self):
        return self.connection.oracle_version >= (23,)

    def supports_tuple_comparison_with_subquery(self, lookup_name):
        return lookup_name == "exact"


class TupleOperations(KeyTextOperations, BaseTupleOperations):
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
