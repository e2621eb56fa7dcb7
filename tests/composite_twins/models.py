"""
Two families of models that say the same: one refers to composite keys, the
other, whose names start with "Plain", to keys of a single column. They are
alike in all that doesn't depend on the keys, even in the names of relations.
"""

from django.db import models


class LandBase(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=10)

    class Meta:
        abstract = True


class Land(LandBase):
    pass


class PlainLand(LandBase):
    pass


class TownBase(models.Model):
    num = models.IntegerField()
    name = models.CharField(max_length=10, default="")
    size = models.IntegerField(null=True)
    twin = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="twins"
    )

    class Meta:
        abstract = True


class Town(TownBase):
    """Refers to itself by columns which the relation creates."""

    pk = models.CompositePrimaryKey("land", "num")
    land = models.ForeignKey(Land, models.CASCADE, related_name="towns")


class PlainTown(TownBase):
    id = models.IntegerField(primary_key=True)
    land = models.ForeignKey(PlainLand, models.CASCADE, related_name="towns")

    class Meta:
        unique_together = ["land", "num"]


class CitizenBase(models.Model):
    code = models.CharField(max_length=1)
    name = models.CharField(max_length=10, default="")
    age = models.IntegerField(null=True)
    email = models.CharField(max_length=10)

    class Meta:
        abstract = True


class Citizen(CitizenBase):
    """Refers to a town and to itself by columns that share the land."""

    pk = models.CompositePrimaryKey("land", "code")
    home_num = models.IntegerField(null=True, blank=True)
    home = models.ForeignKey(
        Town,
        models.SET_NULL,
        blank=True,
        related_name="citizens",
        from_fields=["land", "home_num"],
        to_fields=["land", "num"],
    )
    boss_code = models.CharField(max_length=1, null=True, blank=True)
    boss = models.ForeignKey(
        "self",
        models.CASCADE,
        blank=True,
        related_name="staff",
        from_fields=["land", "boss_code"],
    )
    land = models.ForeignKey(Land, models.CASCADE, related_name="citizens")

    class Meta:
        unique_together = ["land", "email"]


class PlainCitizen(CitizenBase):
    id = models.IntegerField(primary_key=True)
    tag = models.IntegerField(unique=True)
    home = models.ForeignKey(
        PlainTown, models.SET_NULL, null=True, blank=True, related_name="citizens"
    )
    boss = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="staff"
    )
    land = models.ForeignKey(PlainLand, models.CASCADE, related_name="citizens")


class HouseBase(models.Model):
    no = models.IntegerField()
    floors = models.IntegerField(default=1)

    class Meta:
        abstract = True
        ordering = ["-town", "no"]


class House(HouseBase):
    """Refers to a composite key by a member of its own."""

    pk = models.CompositePrimaryKey("town", "no")
    town = models.ForeignKey(Town, models.CASCADE, related_name="houses")
    owner = models.ForeignKey(
        Citizen, models.PROTECT, null=True, blank=True, related_name="houses"
    )


class PlainHouse(HouseBase):
    id = models.IntegerField(primary_key=True)
    town = models.ForeignKey(PlainTown, models.CASCADE, related_name="houses")
    owner = models.ForeignKey(
        PlainCitizen, models.PROTECT, null=True, blank=True, related_name="houses"
    )


class VisitBase(models.Model):
    id = models.IntegerField(primary_key=True)
    days = models.IntegerField(default=1)

    class Meta:
        abstract = True


class Visit(VisitBase):
    """Has several relations to the same model, and one of three columns."""

    town = models.ForeignKey(Town, models.CASCADE, related_name="visits")
    guest = models.ForeignKey(Citizen, models.CASCADE, related_name="visits")
    host = models.ForeignKey(
        Citizen, models.SET_NULL, null=True, blank=True, related_name="hosted"
    )
    house = models.ForeignKey(
        House, models.RESTRICT, null=True, blank=True, related_name="visits"
    )


class PlainVisit(VisitBase):
    town = models.ForeignKey(PlainTown, models.CASCADE, related_name="visits")
    guest = models.ForeignKey(PlainCitizen, models.CASCADE, related_name="visits")
    host = models.ForeignKey(
        PlainCitizen, models.SET_NULL, null=True, blank=True, related_name="hosted"
    )
    house = models.ForeignKey(
        PlainHouse, models.RESTRICT, null=True, blank=True, related_name="visits"
    )


class PassportBase(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=10, default="")

    class Meta:
        abstract = True


class Passport(PassportBase):
    """Refers to the members of the key in another order than the key's."""

    owner_code = models.CharField(max_length=1)
    land = models.ForeignKey(Land, models.CASCADE, related_name="passports")
    owner = models.OneToOneField(
        Citizen,
        models.CASCADE,
        related_name="passport",
        from_fields=["owner_code", "land"],
        to_fields=["code", "land"],
    )


class PlainPassport(PassportBase):
    land = models.ForeignKey(PlainLand, models.CASCADE, related_name="passports")
    owner = models.OneToOneField(PlainCitizen, models.CASCADE, related_name="passport")


class SeatBase(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=10, default="")

    class Meta:
        abstract = True


class Seat(SeatBase):
    holder = models.OneToOneField(
        Citizen, models.SET_NULL, null=True, blank=True, related_name="seat"
    )
    town = models.ForeignKey(Town, models.PROTECT, related_name="seats")


class PlainSeat(SeatBase):
    holder = models.OneToOneField(
        PlainCitizen, models.SET_NULL, null=True, blank=True, related_name="seat"
    )
    town = models.ForeignKey(PlainTown, models.PROTECT, related_name="seats")


class LetterBase(models.Model):
    id = models.IntegerField(primary_key=True)
    pages = models.IntegerField(null=True)

    class Meta:
        abstract = True


def get_last_town():
    return Town.objects.last()


class Letter(LetterBase):
    """What else can happen when the related object is deleted."""

    reader = models.ForeignKey(
        Citizen,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="letters",
        to_fields=["land", "email"],
    )
    via = models.ForeignKey(
        Town, models.SET_DEFAULT, default=(1, 1), related_name="letters"
    )
    origin = models.ForeignKey(
        Town, models.SET(get_last_town), null=True, blank=True, related_name="sent"
    )
    stamp = models.ForeignKey(
        Town, models.DO_NOTHING, null=True, blank=True, related_name="stamped"
    )


def get_last_plain_town():
    return PlainTown.objects.last()


class PlainLetter(LetterBase):
    reader = models.ForeignKey(
        PlainCitizen,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="letters",
        to_field="tag",
    )
    via = models.ForeignKey(
        PlainTown, models.SET_DEFAULT, default=11, related_name="letters"
    )
    origin = models.ForeignKey(
        PlainTown,
        models.SET(get_last_plain_town),
        null=True,
        blank=True,
        related_name="sent",
    )
    stamp = models.ForeignKey(
        PlainTown, models.DO_NOTHING, null=True, blank=True, related_name="stamped"
    )
