"""Keys that are made of relations, inheritance and lazy references."""

from django.db import models


class Hotel(models.Model):
    pk = models.CompositePrimaryKey("chain", "number")
    chain = models.CharField(max_length=10)
    number = models.IntegerField()
    # Neither of the models is known by now.
    cards = models.ManyToManyField("Keycard", related_name="hotels")


class Room(models.Model):
    pk = models.CompositePrimaryKey("hotel", "door")
    hotel = models.ForeignKey(Hotel, models.CASCADE, related_name="rooms")
    door = models.IntegerField()
    neighbors = models.ManyToManyField("self")
    guests = models.ManyToManyField("Guest", related_name="rooms", through="Booking")

    class Meta:
        ordering = ["hotel", "door"]


class Keycard(models.Model):
    rooms = models.ManyToManyField("Room", related_name="cards")


class Labeled(models.Model):
    rooms = models.ManyToManyField(Room, related_name="%(class)s_set")
    labels = models.ManyToManyField(
        "composite_many_to_many.Tag", related_name="%(class)s_set"
    )

    class Meta:
        abstract = True


class Guest(Labeled):
    """Inherits its relations from an abstract model, but for one of them."""

    pk = models.CompositePrimaryKey("passport", "country")
    passport = models.UUIDField()
    country = models.CharField(max_length=2)
    rooms = None


class Picture(Labeled):
    pk = models.CompositePrimaryKey("year", "number")
    year = models.IntegerField()
    number = models.IntegerField()


class Booking(models.Model):
    """
    An intermediate model with the key of one of the related models in its own,
    and another relation to it.
    """

    pk = models.CompositePrimaryKey("room", "day")
    room = models.ForeignKey(Room, models.CASCADE)
    guest = models.ForeignKey(Guest, models.CASCADE)
    day = models.DateField()


class Driver(models.Model):
    pk = models.CompositePrimaryKey("country", "license")
    country = models.CharField(max_length=2)
    license = models.IntegerField()
    mentors = models.ManyToManyField("self", symmetrical=False, related_name="pupils")

    class Meta:
        ordering = ["country", "license"]


class VeteranDriver(Driver):
    """The key is the link to the parent, of which the columns are known last."""

    rivals = models.ManyToManyField("self")
    labels = models.ManyToManyField("Tag", related_name="veterans")


class Badge(models.Model):
    veterans = models.ManyToManyField(VeteranDriver, related_name="veteran_badges")
    drivers = models.ManyToManyField(Driver, related_name="badges")
