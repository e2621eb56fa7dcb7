import uuid

from django.db import models


class Warehouse(models.Model):
    name = models.CharField(max_length=50)


class Product(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=50, default="")


class Stock(models.Model):
    """The usual key: a tenant and a number."""

    pk = models.CompositePrimaryKey("warehouse", "number")
    warehouse = models.ForeignKey(
        Warehouse, on_delete=models.CASCADE, related_name="stocks"
    )
    number = models.IntegerField()
    name = models.CharField(max_length=50, default="")
    amount = models.IntegerField(null=True)


class Review(models.Model):
    """Refers to a composite key through columns of its own."""

    warehouse_id = models.IntegerField(null=True)
    stock_number = models.IntegerField(null=True)
    stock = models.ForeignObject(
        Stock,
        on_delete=models.CASCADE,
        from_fields=["warehouse_id", "stock_number"],
        to_fields=["warehouse_id", "number"],
        related_name="reviews",
        null=True,
    )
    text = models.CharField(max_length=50, default="")


class Line(models.Model):
    """Members that are not adjacent, one of them a foreign key to a UUID."""

    pk = models.CompositePrimaryKey("product_id", "position")
    comment = models.CharField(max_length=50, default="")
    position = models.SmallIntegerField()
    note = models.CharField(max_length=50, default="")
    product = models.ForeignKey(Product, on_delete=models.CASCADE)


class Article(models.Model):
    """Members of text."""

    pk = models.CompositePrimaryKey("language", "slug")
    language = models.CharField(max_length=10)
    slug = models.CharField(max_length=100)
    title = models.CharField(max_length=100, default="")


class Event(models.Model):
    pk = models.CompositePrimaryKey("uid", "at")
    uid = models.UUIDField()
    at = models.DateTimeField()


class Dated(models.Model):
    pk = models.CompositePrimaryKey("day", "time")
    day = models.DateField()
    time = models.TimeField()


class Measured(models.Model):
    pk = models.CompositePrimaryKey("price", "done")
    price = models.DecimalField(max_digits=9, decimal_places=3)
    done = models.BooleanField()


class Blob(models.Model):
    pk = models.CompositePrimaryKey("number", "digest")
    number = models.BigIntegerField()
    digest = models.BinaryField(max_length=20)

    class Meta:
        required_db_features = {"supports_index_on_text_field"}


class Reading(models.Model):
    pk = models.CompositePrimaryKey("ip", "seconds")
    ip = models.GenericIPAddressField()
    seconds = models.BigIntegerField()


class Untextual(models.Model):
    pk = models.CompositePrimaryKey("weight", "duration")
    weight = models.FloatField()
    duration = models.DurationField()


class CodeField(models.CharField):
    """Text in the database, a tuple of letter and number in Python."""

    def from_db_value(self, value, expression, connection):
        return self.to_python(value)

    def to_python(self, value):
        if isinstance(value, str):
            return Code(value[:1], int(value[1:]))
        return value

    def get_prep_value(self, value):
        return None if value is None else str(value)

    def value_to_string(self, obj):
        return str(self.value_from_object(obj))


class Code:
    def __init__(self, letter, number):
        self.letter, self.number = letter, number

    def __eq__(self, other):
        return isinstance(other, Code) and str(self) == str(other)

    def __hash__(self):
        return hash(str(self))

    def __str__(self):
        return f"{self.letter}{self.number:04}"


class Coded(models.Model):
    pk = models.CompositePrimaryKey("code", "number")
    code = CodeField(max_length=10)
    number = models.IntegerField()


class Five(models.Model):
    pk = models.CompositePrimaryKey("a", "b", "c", "d", "e")
    a = models.IntegerField()
    b = models.IntegerField()
    c = models.CharField(max_length=10)
    d = models.IntegerField()
    e = models.IntegerField()
    name = models.CharField(max_length=10, default="")


class Place(models.Model):
    """Columns which can be NULL, for lookups that need no key."""

    country = models.CharField(max_length=10, null=True)
    number = models.IntegerField(null=True)
    name = models.CharField(max_length=50, default="")


class Wide(models.Model):
    """Columns of all types to make tuples of."""

    integer = models.IntegerField(null=True)
    big = models.BigIntegerField(null=True)
    text = models.CharField(max_length=10, null=True)
    date = models.DateField(null=True)
    datetime = models.DateTimeField(null=True)
    decimal = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    boolean = models.BooleanField(null=True)
    uid = models.UUIDField(null=True)


class Address(models.Model):
    """An address of a place, by its columns."""

    country = models.CharField(max_length=10)
    number = models.IntegerField()
    place = models.ForeignKey(Place, on_delete=models.CASCADE, null=True)


class Document(models.Model):
    """Values of all kinds beside the key."""

    pk = models.CompositePrimaryKey("first", "second")
    first = models.IntegerField()
    second = models.CharField(max_length=20)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, null=True)
    data = models.JSONField(null=True)
    digest = models.BinaryField(null=True)
    price = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    text = models.TextField(default="")

    class Meta:
        required_db_features = {"supports_json_field"}


class Defaulted(models.Model):
    pk = models.CompositePrimaryKey("uid", "number")
    uid = models.UUIDField(default=uuid.uuid4)
    number = models.IntegerField(default=1)
    name = models.CharField(max_length=10, default="")


class DbDefaulted(models.Model):
    pk = models.CompositePrimaryKey("number", "shelf")
    number = models.IntegerField()
    shelf = models.IntegerField(db_default=7)


class Ticket(models.Model):
    """A member that is a foreign key with a default in the database."""

    pk = models.CompositePrimaryKey("warehouse", "number")
    warehouse = models.ForeignKey(Warehouse, on_delete=models.CASCADE, db_default=1)
    number = models.IntegerField()


class Token(models.Model):
    """A one-to-one relation as a member."""

    pk = models.CompositePrimaryKey("warehouse", "key")
    warehouse = models.OneToOneField(Warehouse, on_delete=models.CASCADE)
    key = models.CharField(max_length=20)


class Tree(models.Model):
    pk = models.CompositePrimaryKey("forest", "number")
    forest = models.IntegerField()
    number = models.IntegerField()


class Branch(models.Model):
    """A composite key that refers to another one, and is referred to."""

    pk = models.CompositePrimaryKey("forest", "tree_number", "number")
    forest = models.IntegerField()
    tree_number = models.IntegerField()
    number = models.IntegerField()
    tree = models.ForeignObject(
        Tree,
        on_delete=models.CASCADE,
        from_fields=["forest", "tree_number"],
        to_fields=["forest", "number"],
        related_name="branches",
    )


class Leaf(models.Model):
    forest = models.IntegerField()
    tree_number = models.IntegerField()
    branch_number = models.IntegerField()
    branch = models.ForeignObject(
        Branch,
        on_delete=models.CASCADE,
        from_fields=["forest", "tree_number", "branch_number"],
        to_fields=["forest", "tree_number", "number"],
        related_name="leaves",
    )


class Shard(models.Model):
    """A table that is partitioned by the first member, by the test itself."""

    pk = models.CompositePrimaryKey("tenant", "number")
    tenant = models.IntegerField()
    number = models.IntegerField()

    class Meta:
        managed = False
        db_table = "composite_keys_shard"
