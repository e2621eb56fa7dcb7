from django.db.models.expressions import RawSQL
from django.db.models.sql.query import Query


class SimultaneousUpdateMixin:
    """
    MySQL sets the columns of an UPDATE one after the other: what refers to one
    that was set before has its new value. That the columns of a relation were
    set one by one can't be told from what it is set to, so that it must not
    be seen: their values are selected first, if any of them refers to another.
    """

    is_set_up = False

    def pre_sql_setup(self):
        # as_sql() of the base class does it, too.
        if not self.is_set_up:
            super().pre_sql_setup()
            self.is_set_up = self.query.is_relation_split

    def as_sql(self):
        if not self.query.is_relation_split:
            return super().as_sql()
        self.pre_sql_setup()
        values = self.query.values
        if not refers_to_columns_set_before(values):
            return super().as_sql()
        selected = [
            index
            for index, (_, _, value) in enumerate(values)
            if hasattr(value, "resolve_expression")
        ]
        join, join_params = self.values_join_sql([values[index] for index in selected])
        quote_name = self.connection.ops.quote_name
        self.query.values = list(values)
        for position, index in enumerate(selected):
            field, model, _ = values[index]
            reference = f"{quote_name('V0')}.{quote_name(f'value{position}')}"
            self.query.values[index] = field, model, RawSQL(reference, ())
        # That isn't supported for more than one table.
        self.query.order_by = ()
        sql, params = super().as_sql()
        self.query.values = values
        update = f"UPDATE {self.quote_name_unless_alias(self.query.base_table)} "
        return f"{update}{join} {sql.removeprefix(update)}", (*join_params, *params)

    def values_join_sql(self, values):
        """Return the SQL to join the values of each row."""
        # e.g.: INNER JOIN (
        #     SELECT DISTINCT t.id AS key0, CASE … END AS value0, … FROM t WHERE …
        # ) V0 ON (t.id = V0.key0)
        quote_name = self.connection.ops.quote_name
        opts = self.query.get_meta()
        table = self.query.base_table
        query = self.query.chain(klass=Query)
        query.clear_ordering(force=True)
        query.clear_select_clause()
        # The database would update the rows that it selects from otherwise.
        query.distinct = True
        query.annotations = {}
        conditions = []
        for index, field in enumerate(opts.pk_fields):
            query.add_annotation(field.get_col(table), f"key{index}")
            conditions.append(
                f"{quote_name(table)}.{quote_name(field.column)} = "
                f"{quote_name('V0')}.{quote_name(f'key{index}')}"
            )
        for index, (_, _, value) in enumerate(values):
            query.add_annotation(value, f"value{index}")
        sql, params = query.get_compiler(connection=self.connection).as_sql()
        return (
            f"INNER JOIN ({sql}) {quote_name('V0')} ON ({' AND '.join(conditions)})",
            params,
        )


def refers_to_columns_set_before(values):
    columns = set()
    for field, _, value in values:
        if hasattr(value, "resolve_expression"):
            for col in Query._gen_cols([value], include_external=True):
                if col.target.column in columns:
                    return True
        columns.add(field.column)
    return False
