from composite_relations.projects import MigrationTestCase

from django.db import connection


class KeyMigrationTestCase(MigrationTestCase):
    def fetch(self, sql):
        """Run a query in which `{name}` is the table of a model."""
        quote = connection.ops.quote_name
        tables = {
            model._meta.model_name: quote(model._meta.db_table)
            for model in self.state.apps.get_models(include_auto_created=True)
        }
        with connection.cursor() as cursor:
            cursor.execute(sql.format(**tables))
            return list(cursor.fetchall())

    def migrate_back_once(self):
        """Take back the last run of migrate()."""
        migration, before = self.applied.pop()
        with connection.schema_editor(atomic=migration.atomic) as editor:
            migration.unapply(before, editor)
        self.state = before

    def get_key(self, table):
        for constraint in self.get_constraints(table).values():
            if constraint["primary_key"]:
                return constraint["columns"]

    def create(self, name, **values):
        return self.get_model(name).objects.create(**values)

    def create_orders(self, **values):
        """Create orders of two tenants with the same numbers."""
        tenants = [self.create("Tenant", id=pk) for pk in (1, 2)]
        return [
            self.create(
                "Order",
                tenant=tenant,
                number=number,
                **{name: value(tenant.pk, number) for name, value in values.items()},
            )
            for number in (1, 2)
            for tenant in tenants
        ]
