from django.core.serializers.python import Deserializer  # NOQA: F401
from django.core.serializers.python import Serializer as PythonSerializer


class Serializer(PythonSerializer):
    """Writes numbers in a way of its own."""

    def _value_from_field(self, obj, field):
        value = super()._value_from_field(obj, field)
        return hex(value) if isinstance(value, int) else value
