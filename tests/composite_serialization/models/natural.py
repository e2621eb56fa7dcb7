from django.db import models


class CountryManager(models.Manager):
    def get_by_natural_key(self, name):
        return self.get(name=name)


class Country(models.Model):
    pk = models.CompositePrimaryKey("continent", "number")
    continent = models.CharField(max_length=10)
    number = models.IntegerField()
    name = models.CharField(max_length=20, unique=True)
    population = models.IntegerField(default=0)
    neighbor = models.ForeignKey("self", models.SET_NULL, null=True)

    objects = CountryManager()

    def natural_key(self):
        return (self.name,)


class CityManager(models.Manager):
    def get_by_natural_key(self, name, country):
        return self.get(name=name, country__name=country)


class City(models.Model):
    """A natural key by way of a relation in the key."""

    pk = models.CompositePrimaryKey("country", "number")
    country = models.ForeignKey(Country, models.CASCADE)
    number = models.IntegerField()
    name = models.CharField(max_length=20)

    objects = CityManager()

    def natural_key(self):
        return (self.name, *self.country.natural_key())

    natural_key.dependencies = ["composite_serialization.country"]


class DistrictManager(models.Manager):
    def get_by_natural_key(self, name):
        return self.get(name=name)


class District(models.Model):
    """A natural key which doesn't say what the relation in the key is."""

    pk = models.CompositePrimaryKey("city", "letter")
    city = models.ForeignKey(City, models.CASCADE)
    letter = models.CharField(max_length=1)
    name = models.CharField(max_length=20, unique=True)

    objects = DistrictManager()

    def natural_key(self):
        return (self.name,)


class PlotManager(models.Manager):
    def get_by_natural_key(self, *pk):
        return self.get(pk=pk)


class Plot(models.Model):
    """A key which is the natural key."""

    pk = models.CompositePrimaryKey("street", "number")
    street = models.CharField(max_length=20)
    number = models.IntegerField()

    objects = PlotManager()

    def natural_key(self):
        return self.pk


class Traveler(models.Model):
    name = models.CharField(max_length=20)
    home = models.ForeignKey(City, models.CASCADE, related_name="+", null=True)
    plot = models.ForeignKey(Plot, models.CASCADE, null=True)
    visited = models.ManyToManyField(City)
    plots = models.ManyToManyField(Plot, related_name="+")


class Address(models.Model):
    """A relation to natural keys that uses fields."""

    continent = models.CharField(max_length=10, null=True)
    number = models.IntegerField(null=True)
    country = models.ForeignKey(
        Country, models.CASCADE, from_fields=["continent", "number"]
    )
    object = models.ForeignObject(
        Country,
        models.CASCADE,
        from_fields=["continent", "number"],
        to_fields=["continent", "number"],
        related_name="+",
        null=True,
    )
