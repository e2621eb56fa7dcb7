"""Keys of all types, and relations to them."""

from django.db import models


class Code:
    def __init__(self, letter, number):
        self.letter, self.number = letter, number

    def __eq__(self, other):
        return isinstance(other, Code) and str(self) == str(other)

    def __hash__(self):
        return hash(str(self))

    def __str__(self):
        return f"{self.letter}{self.number:04}"


class CodeField(models.CharField):
    """Text in the database, a letter and a number in Python."""

    def from_db_value(self, value, expression, connection):
        return self.to_python(value)

    def to_python(self, value):
        return Code(value[0], int(value[1:])) if isinstance(value, str) else value

    def get_prep_value(self, value):
        return None if value is None else str(value)

    def value_to_string(self, obj):
        return str(self.value_from_object(obj))


class Moment(models.Model):
    pk = models.CompositePrimaryKey("at", "time")
    at = models.DateTimeField()
    time = models.TimeField()


class Period(models.Model):
    pk = models.CompositePrimaryKey("day", "length")
    day = models.DateField()
    length = models.DurationField()


class Price(models.Model):
    pk = models.CompositePrimaryKey("amount", "is_net")
    amount = models.DecimalField(max_digits=12, decimal_places=3)
    is_net = models.BooleanField()


class Thing(models.Model):
    pk = models.CompositePrimaryKey("uid", "number")
    uid = models.UUIDField()
    number = models.BigIntegerField()


class Word(models.Model):
    pk = models.CompositePrimaryKey("language", "text")
    language = models.CharField(max_length=40)
    text = models.CharField(max_length=40)


class Coded(models.Model):
    pk = models.CompositePrimaryKey("code", "ip")
    code = CodeField(max_length=10)
    ip = models.GenericIPAddressField()


class Reference(models.Model):
    moment = models.ForeignKey(Moment, models.CASCADE, null=True)
    period = models.ForeignKey(Period, models.CASCADE, null=True)
    price = models.ForeignKey(Price, models.CASCADE, null=True)
    thing = models.ForeignKey(Thing, models.CASCADE, null=True)
    word = models.ForeignKey(Word, models.CASCADE, null=True)
    coded = models.ForeignKey(Coded, models.CASCADE, null=True)


class Blob(models.Model):
    pk = models.CompositePrimaryKey("number", "digest")
    number = models.FloatField()
    digest = models.BinaryField(max_length=20)

    class Meta:
        required_db_features = {"supports_index_on_text_field"}


class BlobReference(models.Model):
    blob = models.ForeignKey(Blob, models.CASCADE)

    class Meta:
        required_db_features = {"supports_index_on_text_field"}
