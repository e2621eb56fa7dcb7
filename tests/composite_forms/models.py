import uuid

from django.db import models


class Tenant(models.Model):
    name = models.CharField(max_length=20)

    def __str__(self):
        return self.name


class User(models.Model):
    """A key with a tenant, which relations to it may share."""

    pk = models.CompositePrimaryKey("tenant", "number")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="users")
    number = models.IntegerField()
    name = models.CharField(max_length=20)

    class Meta:
        ordering = ["tenant", "number"]

    def __str__(self):
        return self.name


class Note(models.Model):
    """Relations that share a column with each other and with a third one."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="notes")
    author_number = models.IntegerField()
    author = models.ForeignKey(
        User,
        models.CASCADE,
        from_fields=["tenant", "author_number"],
        related_name="notes",
    )
    reader_number = models.IntegerField(null=True, blank=True)
    reader = models.ForeignKey(
        User,
        models.SET_NULL,
        from_fields=["tenant", "reader_number"],
        related_name="+",
        null=True,
        blank=True,
    )
    title = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["author", "title"], name="unique_title"),
        ]


class Depot(models.Model):
    """A key of text and a number, and another unique set of fields."""

    pk = models.CompositePrimaryKey("country", "code")
    country = models.CharField(max_length=300)
    code = models.IntegerField()
    label = models.CharField(max_length=20)

    class Meta:
        ordering = ["code"]
        unique_together = [("code", "label")]

    def __str__(self):
        return self.label


class Parcel(models.Model):
    """Relations that created their columns."""

    depot = models.ForeignKey(Depot, models.CASCADE, related_name="parcels")
    origin = models.ForeignKey(
        Depot,
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        limit_choices_to={"country": "CH"},
    )
    weight = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["depot", "weight"], name="unique_weight"),
        ]


class Poster(models.Model):
    """Refers to a unique set which isn't the key."""

    depot = models.ForeignKey(
        Depot, models.CASCADE, to_fields=["code", "label"], related_name="posters"
    )
    text = models.CharField(max_length=20)


class Manager(models.Model):
    depot = models.OneToOneField(Depot, models.CASCADE, related_name="manager")
    name = models.CharField(max_length=20)


class Shelf(models.Model):
    """A key that contains the parent's key."""

    pk = models.CompositePrimaryKey("depot", "row")
    depot = models.ForeignKey(Depot, models.CASCADE, related_name="shelves")
    row = models.IntegerField()
    material = models.CharField(max_length=20, blank=True)


class Task(models.Model):
    """A key that contains the parent's key, in columns of its own."""

    pk = models.CompositePrimaryKey("tenant", "number", "position")
    tenant = models.ForeignKey(Tenant, models.CASCADE)
    number = models.IntegerField()
    user = models.ForeignKey(
        User,
        models.CASCADE,
        from_fields=["tenant", "number"],
        related_name="tasks",
    )
    position = models.IntegerField()
    name = models.CharField(max_length=20)


class Token(models.Model):
    """A key whose members have defaults."""

    pk = models.CompositePrimaryKey("uid", "version")
    uid = models.UUIDField(default=uuid.uuid4)
    version = models.IntegerField(default=1)
    name = models.CharField(max_length=20)


class Use(models.Model):
    token = models.ForeignKey(Token, models.CASCADE, related_name="uses")
    place = models.CharField(max_length=20)


class Tag(models.Model):
    name = models.CharField(max_length=20)


class Person(models.Model):
    pk = models.CompositePrimaryKey("country", "number")
    country = models.CharField(max_length=10)
    number = models.IntegerField()
    tags = models.ManyToManyField(Tag, related_name="people")
    friends = models.ManyToManyField("self", blank=True)


class Group(models.Model):
    members = models.ManyToManyField(Person, related_name="groups")


class Captain(User):
    """Multi-table inheritance from a model with a composite primary key."""

    ship = models.CharField(max_length=20)


class Event(models.Model):
    """A key of types that have several spellings."""

    pk = models.CompositePrimaryKey("at", "price", "ratio")
    at = models.DateTimeField()
    price = models.DecimalField(max_digits=9, decimal_places=2)
    ratio = models.FloatField()
    duration = models.DurationField(null=True)
    data = models.JSONField(null=True, blank=True)


class Voyage(models.Model):
    captain = models.ForeignKey(Captain, models.CASCADE, related_name="voyages")


class Keeper(models.Model):
    """A key that is a relation."""

    depot = models.OneToOneField(Depot, models.CASCADE, primary_key=True)


class Badge(models.Model):
    """A key that is a relation to a model with such a key."""

    keeper = models.OneToOneField(Keeper, models.CASCADE, primary_key=True)
    color = models.CharField(max_length=20)


class Address(models.Model):
    """There may be a country where there is no depot."""

    country = models.CharField(max_length=300)
    depot_code = models.IntegerField(null=True)
    depot = models.ForeignKey(
        Depot,
        models.SET_NULL,
        from_fields=["country", "depot_code"],
        null=True,
        blank=True,
    )


class Shift(models.Model):
    tenant = models.ForeignKey(Tenant, models.CASCADE)
    day = models.DateField()
    number = models.IntegerField(unique_for_date="day")
    user = models.ForeignKey(User, models.CASCADE, from_fields=["tenant", "number"])
