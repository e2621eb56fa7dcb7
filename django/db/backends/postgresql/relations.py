"""
Relations of several columns on PostgreSQL (see django.db.backends.base.relations).
"""

INTEGER_TYPES = frozenset(["smallint", "integer", "bigint"])


class RelationSchemaEditor:
    """Mixin for DatabaseSchemaEditor."""

    def _can_reference_type(self, db_type, target_db_type):
        return INTEGER_TYPES.issuperset(
            [db_type, target_db_type]
        ) or super()._can_reference_type(db_type, target_db_type)
