from django.db.models.expressions import Func
from django.db.models.fields import TextField
from django.db.models.fields.key_text import get_value_field


class KeyText(Func):
    """
    The text form of a composite key, given its columns. That is the text which
    str() returns for the key in Python.
    """

    output_field = TextField()

    def as_sql(self, compiler, connection, **extra_context):
        members = []
        params = []
        for col in self.get_source_expressions():
            sql, col_params = compiler.compile(col)
            field = get_value_field(col.output_field)
            member_sql = connection.ops.key_member_text_sql(field, sql)
            members.append(member_sql)
            params.extend(col_params * member_sql.count(sql) if col_params else ())
        return connection.ops.key_text_sql(members), params

    def as_sqlite(self, compiler, connection, **extra_context):
        # There is no decimal to be cast.
        return self.as_sql(compiler, connection, **extra_context)
