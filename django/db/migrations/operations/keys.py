from django.db.migrations.keys import get_apps, get_state_with_key

from .base import Operation, OperationCategory


class KeyOperation(Operation):
    """
    A step towards another primary key of a model, taken ahead of the operation that
    changes the key. That would take it, too, and does what is left of it.

    `fields` are the names of the fields that the key is going to be made of.
    """

    # Nothing is lost without it.
    elidable = True

    def __init__(self, model_name, fields):
        self.model_name = model_name
        self.fields = list(fields)
        if isinstance(fields, str) or not self.fields:
            raise ValueError(
                "%s.fields must be a list of the names of the fields that the primary "
                "key is going to be made of." % self.__class__.__name__
            )

    def deconstruct(self):
        kwargs = {"model_name": self.model_name, "fields": self.fields}
        return self.__class__.__name__, [], kwargs

    @property
    def model_name_lower(self):
        return self.model_name.lower()

    def state_forwards(self, app_label, state):
        # The key is the same until it is changed.
        pass

    def get_models(self, app_label, schema_editor, state):
        """
        Return the model, and the same with the key that it is going to have, or
        None if it isn't migrated.
        """
        model = get_apps(state).get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return None
        new_state = get_state_with_key(
            state, app_label, self.model_name_lower, self.fields
        )
        return model, get_apps(new_state).get_model(app_label, self.model_name)

    def describe_key(self):
        return "%s of %s" % (", ".join(self.fields), self.model_name)


class ExpandPrimaryKey(KeyOperation):
    """Add the columns with which relations will refer to the key, still empty."""

    category = OperationCategory.ADDITION

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if models := self.get_models(app_label, schema_editor, from_state):
            schema_editor.expand_primary_key(*models)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if models := self.get_models(app_label, schema_editor, from_state):
            schema_editor.collapse_primary_key(*models)

    def describe(self):
        return "Add columns to refer to the primary key %s" % self.describe_key()

    @property
    def migration_name_fragment(self):
        return "expand_%s_pk" % self.model_name_lower


class FillPrimaryKey(KeyOperation):
    """
    Set the columns that ExpandPrimaryKey() has added, in the rows in which they
    aren't set yet.

    In a migration with ``atomic = False``, each `batch_size` rows are committed.
    """

    category = OperationCategory.ALTERATION

    def __init__(self, model_name, fields, batch_size=10_000):
        super().__init__(model_name, fields)
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError("FillPrimaryKey.batch_size must be a positive integer.")
        self.batch_size = batch_size

    def deconstruct(self):
        name, args, kwargs = super().deconstruct()
        if self.batch_size != 10_000:
            kwargs["batch_size"] = self.batch_size
        return name, args, kwargs

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if models := self.get_models(app_label, schema_editor, from_state):
            schema_editor.fill_primary_key(*models, batch_size=self.batch_size)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        pass

    def describe(self):
        return "Fill columns to refer to the primary key %s" % self.describe_key()

    @property
    def migration_name_fragment(self):
        return "fill_%s_pk" % self.model_name_lower
