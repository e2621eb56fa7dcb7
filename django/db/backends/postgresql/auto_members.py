from django.core.management.color import no_style
from django.db.models.fields.auto_members import is_auto_member


def get_numbering_actions(connection, field):
    """
    Return the (sql, params) pairs after which the numbers of the column of
    `field`, which has become an identity column, start after those that are there.

    Others than a member of a composite primary key have no numbers twice: there
    the primary key tells.
    """
    if not is_auto_member(field):
        return []
    return [
        (sql, None)
        for sql in connection.ops.sequence_reset_sql(no_style(), [field.model])
    ]
