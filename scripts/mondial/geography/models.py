"""
The Mondial database: geography with natural keys, most of them composite.

A city's key holds its province's, which holds its country's, and whatever is in
a city has columns that say all three. Each of these is a relation here, over the
same columns: what is in a city is in a province and in a country.
"""

from django.db import models
from django.db.models import CASCADE, RESTRICT, SET_NULL


class Continent(models.Model):
    name = models.CharField(max_length=20, primary_key=True)
    area = models.IntegerField(null=True, blank=True)

    class Meta:
        db_table = "continent"

    def __str__(self):
        return self.name


class Country(models.Model):
    code = models.CharField(max_length=4, primary_key=True)
    name = models.CharField(max_length=50, unique=True)
    capital_name = models.CharField(
        max_length=50, null=True, blank=True, db_column="capital"
    )
    province_name = models.CharField(
        max_length=50, null=True, blank=True, db_column="province"
    )
    area = models.FloatField(null=True, blank=True)
    population = models.IntegerField(null=True, blank=True)

    # The country's own key is part of both. Cities and provinces belong to
    # countries, so these are circular.
    capital = models.OneToOneField(
        "City",
        SET_NULL,
        from_fields=["capital_name", "code", "province_name"],
        blank=True,
        related_name="capital_of",
    )
    capital_province = models.OneToOneField(
        "Province",
        RESTRICT,
        from_fields=["province_name", "code"],
        blank=True,
        related_name="capital_province_of",
    )

    class Meta:
        db_table = "country"

    def __str__(self):
        return self.name


class InCountry(models.Model):
    country = models.ForeignKey(Country, CASCADE, db_column="country")

    class Meta:
        abstract = True


class InProvince(InCountry):
    province_name = models.CharField(max_length=50, db_column="province")
    province = models.ForeignKey(
        "Province", CASCADE, from_fields=["province_name", "country"]
    )

    class Meta:
        abstract = True


class InCity(InProvince):
    city_name = models.CharField(max_length=50, db_column="city")
    city = models.ForeignKey(
        "City", CASCADE, from_fields=["city_name", "country", "province_name"]
    )

    class Meta:
        abstract = True


class Province(InCountry):
    pk = models.CompositePrimaryKey("name", "country")
    name = models.CharField(max_length=50)
    population = models.IntegerField(null=True, blank=True)
    area = models.FloatField(null=True, blank=True)
    capital_name = models.CharField(
        max_length=50, null=True, blank=True, db_column="capital"
    )
    capprov = models.CharField(max_length=50, null=True, blank=True)

    # Some provinces are governed from a city in another one: Oslo is the
    # capital of Akershus too.
    capital = models.ForeignKey(
        "City",
        SET_NULL,
        from_fields=["capital_name", "country", "capprov"],
        blank=True,
        related_name="capital_of_provinces",
    )
    capital_province = models.ForeignKey(
        "self",
        CASCADE,
        from_fields=["capprov", "country"],
        blank=True,
        related_name="governed_provinces",
    )

    class Meta:
        db_table = "province"

    def __str__(self):
        return self.name


class City(InProvince):
    pk = models.CompositePrimaryKey("name", "country", "province_name")
    name = models.CharField(max_length=50)
    population = models.IntegerField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    elevation = models.FloatField(null=True, blank=True)

    class Meta:
        db_table = "city"
        verbose_name_plural = "cities"

    def __str__(self):
        return self.name


class CityPopulation(InCity):
    pk = models.CompositePrimaryKey("country", "province_name", "city_name", "year")
    year = models.IntegerField()
    population = models.IntegerField(null=True, blank=True)

    class Meta:
        db_table = "citypops"
        indexes = [models.Index(fields=["year"], name="citypops_year")]
        default_related_name = "populations"


class CityOtherName(InCity):
    pk = models.CompositePrimaryKey(
        "country", "province_name", "city_name", "othername"
    )
    othername = models.CharField(max_length=50)

    class Meta:
        db_table = "cityothername"
        default_related_name = "other_names"


class CityLocalName(InProvince):
    pk = models.CompositePrimaryKey("country", "province_name", "city_name")
    city_name = models.CharField(max_length=50, db_column="city")
    # Its columns are the key's, in another order.
    city = models.OneToOneField(
        City,
        CASCADE,
        from_fields=["city_name", "country", "province_name"],
        related_name="local_name",
    )
    localname = models.CharField(max_length=300, null=True, blank=True)

    class Meta:
        db_table = "citylocalname"
        default_related_name = "local_names"


class ProvincePopulation(InProvince):
    pk = models.CompositePrimaryKey("country", "province_name", "year")
    year = models.IntegerField()
    population = models.IntegerField(null=True, blank=True)

    class Meta:
        db_table = "provpops"
        default_related_name = "province_populations"


class CountryPopulation(InCountry):
    pk = models.CompositePrimaryKey("country", "year")
    year = models.IntegerField()
    population = models.IntegerField(null=True, blank=True)

    class Meta:
        db_table = "countrypops"
        default_related_name = "country_populations"


class NamedShare(InCountry):
    """What so many percent of a country's people believe, speak or are."""

    name = models.CharField(max_length=50)
    percentage = models.FloatField(null=True, blank=True)

    class Meta:
        abstract = True


class Religion(NamedShare):
    pk = models.CompositePrimaryKey("name", "country")

    class Meta:
        db_table = "religion"


class Language(NamedShare):
    pk = models.CompositePrimaryKey("name", "country")

    class Meta:
        db_table = "language"


class EthnicGroup(NamedShare):
    pk = models.CompositePrimaryKey("name", "country")

    class Meta:
        db_table = "ethnicgroup"


class Encompasses(InCountry):
    pk = models.CompositePrimaryKey("country", "continent")
    continent = models.ForeignKey(Continent, CASCADE, db_column="continent")
    percentage = models.FloatField(null=True, blank=True)

    class Meta:
        db_table = "encompasses"
        verbose_name_plural = "encompasses"


class Borders(models.Model):
    pk = models.CompositePrimaryKey("country1", "country2")
    country1 = models.ForeignKey(
        Country, CASCADE, db_column="country1", related_name="borders_as_first"
    )
    country2 = models.ForeignKey(
        Country, CASCADE, db_column="country2", related_name="borders_as_second"
    )
    length = models.FloatField(null=True, blank=True)

    class Meta:
        db_table = "borders"
        verbose_name_plural = "borders"


class Organization(models.Model):
    abbreviation = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=100, unique=True)
    city_name = models.CharField(max_length=50, null=True, blank=True, db_column="city")
    country = models.ForeignKey(
        Country, SET_NULL, null=True, blank=True, db_column="country"
    )
    province_name = models.CharField(
        max_length=50, null=True, blank=True, db_column="province"
    )
    established = models.DateField(null=True, blank=True)

    # All of its columns are null where the headquarters aren't known.
    city = models.ForeignKey(
        City,
        SET_NULL,
        from_fields=["city_name", "country", "province_name"],
        blank=True,
    )
    province = models.ForeignKey(
        Province,
        RESTRICT,
        from_fields=["province_name", "country"],
        blank=True,
    )

    class Meta:
        db_table = "organization"

    def __str__(self):
        return self.name


class Membership(InCountry):
    pk = models.CompositePrimaryKey("country", "organization")
    organization = models.ForeignKey(Organization, CASCADE, db_column="organization")
    type = models.CharField(max_length=60, null=True, blank=True, db_default="member")

    class Meta:
        db_table = "ismember"


class River(models.Model):
    name = models.CharField(max_length=50, primary_key=True)
    river = models.ForeignKey(
        "self",
        SET_NULL,
        null=True,
        blank=True,
        db_column="river",
        related_name="tributaries",
    )
    length = models.FloatField(null=True, blank=True)

    class Meta:
        db_table = "river"

    def __str__(self):
        return self.name


class RiverPlace(InProvince):
    """A province that a river flows through. The relation is part of the key."""

    pk = models.CompositePrimaryKey("province", "river")
    river = models.ForeignKey(River, CASCADE, db_column="river")

    class Meta:
        db_table = "geo_river"


class Island(models.Model):
    name = models.CharField(max_length=50, primary_key=True)
    islands = models.CharField(max_length=50, null=True, blank=True)
    area = models.FloatField(null=True, blank=True)
    elevation = models.FloatField(null=True, blank=True)
    type = models.CharField(max_length=15, null=True, blank=True)

    class Meta:
        db_table = "island"

    def __str__(self):
        return self.name


class IslandPlace(InProvince):
    """A province that an island belongs to."""

    pk = models.CompositePrimaryKey("province", "island")
    island = models.ForeignKey(Island, CASCADE, db_column="island")

    class Meta:
        db_table = "geo_island"


class LocatedOn(InCity):
    """A city on an island."""

    pk = models.CompositePrimaryKey("city_name", "province", "island")
    island = models.ForeignKey(Island, CASCADE, db_column="island")

    # The file doesn't declare it, and a few rows don't keep to it.
    island_place = models.ForeignKey(
        IslandPlace,
        models.DO_NOTHING,
        from_fields=["province_name", "country", "island"],
        db_constraint=False,
    )

    class Meta:
        db_table = "locatedon"


class Airport(models.Model):
    iatacode = models.CharField(max_length=3, primary_key=True)
    name = models.CharField(max_length=100, null=True, blank=True)
    country = models.ForeignKey(
        Country, CASCADE, null=True, blank=True, db_column="country"
    )
    city_name = models.CharField(max_length=50, null=True, blank=True, db_column="city")
    province_name = models.CharField(
        max_length=50, null=True, blank=True, db_column="province"
    )
    island = models.ForeignKey(
        Island, SET_NULL, null=True, blank=True, db_column="island"
    )
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    elevation = models.FloatField(null=True, blank=True)
    gmtoffset = models.FloatField(null=True, blank=True)

    # The country is known also where the city isn't. Each of the columns belongs
    # to another relation as well, so none could be set to NULL.
    city = models.ForeignKey(
        City,
        RESTRICT,
        from_fields=["city_name", "country", "province_name"],
        blank=True,
    )
    province = models.ForeignKey(
        Province,
        RESTRICT,
        from_fields=["province_name", "country"],
        blank=True,
    )

    # The file doesn't declare these, and a few rows don't keep to them.
    island_place = models.ForeignKey(
        IslandPlace,
        models.DO_NOTHING,
        from_fields=["province_name", "country", "island"],
        blank=True,
        db_constraint=False,
    )
    located_on = models.ForeignKey(
        LocatedOn,
        models.DO_NOTHING,
        from_fields=["city_name", "province_name", "country", "island"],
        blank=True,
        db_constraint=False,
    )

    class Meta:
        db_table = "airport"

    def __str__(self):
        return f"{self.iatacode} {self.name}"
