"""
Models that come under the management of migrations.

The table of a model that wasn't managed exists. Relations of such models are in no
migration, and changes of their fields in none either. As the model becomes managed
the state has to catch up with it, which is nothing that the database has to do.
"""

from django.db.migrations.columns import has_named_columns
from django.db.migrations.operations import (
    AddField,
    AlterField,
    AlterModelOptions,
    AlterUniqueTogether,
    RemoveField,
    SeparateDatabaseAndState,
)


class Adoption:
    """
    What the state of a model that becomes managed doesn't know of it.

    columns
        The ColumnDependencies of a run of the autodetector.
    """

    def __init__(self, columns):
        self.columns = columns
        self.autodetector = columns.autodetector
        self.old_models = columns.get_renamed_state().models

    def add_operations(self):
        generated = [
            (app_label, operation)
            for app_label, operations in (
                self.autodetector.generated_operations.items()
            )
            for operation in operations
            if isinstance(operation, AlterModelOptions)
        ]
        for app_label, operation in generated:
            model_key = app_label, operation.name_lower
            old = self.old_models.get(model_key)
            new = self.autodetector.to_state.models[model_key]
            if old is None or old.options.get("managed", True):
                continue
            if new.options.get("managed", True):
                self.adopt(model_key, old, new)

    def adopt(self, model_key, old, new):
        app_label, model_name = model_key
        operations = []
        dependencies = []
        # What names other fields comes after these.
        for name, field in sorted(
            new.fields.items(), key=lambda item: has_named_columns(item[1])
        ):
            if name not in old.fields:
                operations.append(AddField(model_name, name, field))
            elif self.is_changed(old.fields[name], field):
                operations.append(AlterField(model_name, name, field))
            else:
                continue
            if field.is_relation and field.remote_field.model:
                dependencies += self.autodetector._get_dependencies_for_foreign_key(
                    app_label, model_name, field, self.autodetector.to_state
                )
        operations += [
            RemoveField(model_name, name)
            for name in old.fields
            if name not in new.fields
        ]
        unique_together = new.options.get("unique_together") or set()
        if set(unique_together) != set(old.options.get("unique_together") or ()):
            operations.append(AlterUniqueTogether(model_name, unique_together))
        if operations:
            operation = SeparateDatabaseAndState(state_operations=operations)
            self.autodetector.add_operation(app_label, operation, dependencies)

    def is_changed(self, old, new):
        deconstruct = self.autodetector.deep_deconstruct
        return deconstruct(old) != deconstruct(new)
