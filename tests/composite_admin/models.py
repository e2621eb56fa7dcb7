from django.db import models
from django.urls import reverse


class Hall(models.Model):
    code = models.CharField(max_length=300, primary_key=True)
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class Seat(models.Model):
    """A key that contains a relation to a single key."""

    pk = models.CompositePrimaryKey("hall", "row", "number")
    hall = models.ForeignKey(Hall, models.CASCADE, related_name="seats")
    row = models.IntegerField()
    number = models.IntegerField()
    label = models.CharField(max_length=50, blank=True)
    price = models.DecimalField(max_digits=6, decimal_places=2, default=10)
    is_wheelchair = models.BooleanField(default=False)
    built = models.DateField(null=True, blank=True)
    # Unique within the hall.
    code = models.CharField(max_length=10, null=True, blank=True)
    sign = models.CharField(max_length=10, null=True, blank=True)

    class Meta:
        unique_together = [("hall", "code")]
        constraints = [
            models.UniqueConstraint(fields=["hall", "sign"], name="seat_sign_unique"),
            # What is below the stage has no label.
            models.CheckConstraint(
                condition=models.Q(row__gt=0) | models.Q(label=""),
                name="seat_label_row",
            ),
        ]

    def __str__(self):
        return f"{self.hall_id}/{self.row}/{self.number}"

    def get_absolute_url(self):
        return reverse("seat", args=[self.pk])


class Ticket(models.Model):
    """A relation to a composite key, from a single key."""

    reference = models.CharField(max_length=10, primary_key=True)
    seat = models.ForeignKey(Seat, models.CASCADE, related_name="tickets")
    holder = models.CharField(max_length=20, blank=True)

    def __str__(self):
        return self.reference


class Reservation(models.Model):
    """A key that contains a relation to a composite key."""

    pk = models.CompositePrimaryKey("seat", "evening")
    seat = models.ForeignKey(Seat, models.CASCADE, related_name="reservations")
    evening = models.DateField()
    note = models.CharField(max_length=50, blank=True)

    def __str__(self):
        return f"{self.seat_pk} on {self.evening}"


class Cushion(models.Model):
    """A protected relation to a composite key, which may be empty."""

    seat = models.ForeignKey(
        Seat, models.PROTECT, related_name="cushions", null=True, blank=True
    )
    color = models.CharField(max_length=20)

    def __str__(self):
        return self.color


class Plaque(models.Model):
    """A key that is a relation to a composite key."""

    seat = models.OneToOneField(Seat, models.CASCADE, primary_key=True)
    text = models.CharField(max_length=50)

    def __str__(self):
        return self.text


class Box(Seat):
    """A child of a model with a composite key."""

    size = models.IntegerField(default=4)


class City(models.Model):
    """A single key, and a set of fields that relations refer to."""

    country = models.CharField(max_length=20)
    name = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["country", "name"], name="city_unique")
        ]

    def __str__(self):
        return self.name


class Tour(models.Model):
    pk = models.CompositePrimaryKey("year", "number")
    year = models.IntegerField()
    number = models.IntegerField()
    city = models.ForeignKey(
        City,
        models.CASCADE,
        to_fields=["country", "name"],
        related_name="tours",
    )
    seats = models.ManyToManyField(Seat, blank=True, related_name="tours")


class Text(models.Model):
    """A key of texts."""

    pk = models.CompositePrimaryKey("first", "second")
    first = models.CharField(max_length=300, blank=True)
    second = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=20, blank=True)

    def get_absolute_url(self):
        return reverse("text", args=[self.pk])


class Event(models.Model):
    """A key of other types."""

    pk = models.CompositePrimaryKey("uid", "at", "day", "price", "number", "done")
    uid = models.UUIDField()
    at = models.DateTimeField()
    day = models.DateField()
    price = models.DecimalField(max_digits=9, decimal_places=2)
    number = models.IntegerField()
    done = models.BooleanField(default=False)
    note = models.CharField(max_length=20, blank=True)

    def get_absolute_url(self):
        return reverse("event", args=[self.pk])


class Tag(models.Model):
    """A single key of text."""

    name = models.CharField(max_length=100, primary_key=True)
    note = models.CharField(max_length=20, blank=True)
