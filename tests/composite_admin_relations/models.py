from django.db import models


class Region(models.Model):
    """A single key."""

    name = models.CharField(max_length=20)

    def __str__(self):
        return self.name


class Depot(models.Model):
    """A key of a text and a number, and another unique set of fields."""

    pk = models.CompositePrimaryKey("country", "code")
    country = models.CharField(max_length=250)
    code = models.IntegerField()
    label = models.CharField(max_length=50)

    class Meta:
        ordering = ["code"]
        unique_together = [("code", "label")]

    def __str__(self):
        return self.label


class Branch(Depot):
    """A child of a model with a composite key."""

    region = models.ForeignKey(Region, models.CASCADE, related_name="branches")
    size = models.IntegerField(default=1)


class Parcel(models.Model):
    """Relations that created their columns."""

    depot = models.ForeignKey(Depot, models.CASCADE, related_name="parcels")
    origin = models.ForeignKey(
        Depot,
        models.SET_NULL,
        related_name="sent_parcels",
        null=True,
        blank=True,
        limit_choices_to={"country": "CH"},
    )
    weight = models.IntegerField(default=1)

    def __str__(self):
        return f"{self.weight} kg"


class Poster(models.Model):
    """A relation to a unique set of fields which isn't the key."""

    depot = models.ForeignKey(
        Depot, models.CASCADE, to_fields=["code", "label"], related_name="posters"
    )
    text = models.CharField(max_length=20)

    def __str__(self):
        return self.text


class Manager(models.Model):
    depot = models.OneToOneField(Depot, models.CASCADE, related_name="manager")
    name = models.CharField(max_length=20)

    def __str__(self):
        return self.name


class Shelf(models.Model):
    """A key that contains the parent's key."""

    pk = models.CompositePrimaryKey("depot", "row")
    depot = models.ForeignKey(Depot, models.CASCADE, related_name="shelves")
    row = models.IntegerField()
    material = models.CharField(max_length=20)

    class Meta:
        ordering = ["row"]

    def __str__(self):
        return f"Shelf {self.row}"


class Book(models.Model):
    """A relation to a key that contains a relation."""

    shelf = models.ForeignKey(Shelf, models.PROTECT, related_name="books")
    title = models.CharField(max_length=20)

    def __str__(self):
        return self.title


class Visit(models.Model):
    """A key that contains the parent's, and fields with widgets of their own."""

    pk = models.CompositePrimaryKey("depot", "at", "day", "is_official")
    depot = models.ForeignKey(Depot, models.CASCADE, related_name="visits")
    at = models.DateTimeField()
    day = models.DateField()
    is_official = models.BooleanField(default=False)
    note = models.CharField(max_length=20, blank=True)

    def __str__(self):
        return f"Visit {self.day}"


class Keeper(models.Model):
    """A key that is a relation."""

    depot = models.OneToOneField(Depot, models.CASCADE, primary_key=True)
    name = models.CharField(max_length=20)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Badge(models.Model):
    """A relation to a key that is a relation."""

    keeper = models.ForeignKey(Keeper, models.CASCADE, related_name="badges")
    color = models.CharField(max_length=20)

    def __str__(self):
        return self.color


class Stall(models.Model):
    """A key that contains the key of a parent with a single one."""

    pk = models.CompositePrimaryKey("region", "row", "number")
    region = models.ForeignKey(Region, models.CASCADE, related_name="stalls")
    row = models.CharField(max_length=20)
    number = models.IntegerField()
    label = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["row", "number"]

    def __str__(self):
        return f"Stall {self.row}{self.number}"

    def get_absolute_url(self):
        return f"/stalls/{self.number}/"


class Route(models.Model):
    name = models.CharField(max_length=20)
    depots = models.ManyToManyField(Depot, related_name="routes", blank=True)

    def __str__(self):
        return self.name


class Tenant(models.Model):
    name = models.CharField(max_length=20)

    def __str__(self):
        return self.name


class User(models.Model):
    """A key with a tenant, a relation to another user of the same tenant."""

    pk = models.CompositePrimaryKey("tenant", "number")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="users")
    number = models.IntegerField()
    name = models.CharField(max_length=20)
    boss_number = models.IntegerField(null=True, blank=True)
    boss = models.ForeignKey(
        "self",
        models.SET_NULL,
        from_fields=["tenant", "boss_number"],
        related_name="staff",
        null=True,
        blank=True,
    )

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
    title = models.CharField(max_length=20)

    def __str__(self):
        return self.title


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

    class Meta:
        ordering = ["position"]

    def __str__(self):
        return self.name


class Guard(models.Model):
    """A key that is a relation, but not the one to the parent."""

    depot = models.OneToOneField(Depot, models.CASCADE, primary_key=True)
    region = models.ForeignKey(Region, models.CASCADE, related_name="guards")
    name = models.CharField(max_length=20)

    def __str__(self):
        return self.name


class Trip(models.Model):
    """Relations of many to many through a model that names them."""

    name = models.CharField(max_length=20)
    stops = models.ManyToManyField(
        Depot, through="Stop", through_fields=["trip", "depot"], related_name="trips"
    )

    def __str__(self):
        return self.name


class Stop(models.Model):
    trip = models.ForeignKey(Trip, models.CASCADE)
    depot = models.ForeignKey(Depot, models.CASCADE, related_name="stops")


class Carrier(models.Model):
    """A single key of text."""

    name = models.CharField(max_length=50, primary_key=True)

    def __str__(self):
        return self.name


class Truck(models.Model):
    carrier = models.ForeignKey(Carrier, models.CASCADE, related_name="trucks")

    def __str__(self):
        return f"Truck of {self.carrier_id}"
