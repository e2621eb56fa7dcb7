"""Relations to and from composite keys, and between them."""

from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        ordering = ["id"]


class Person(models.Model):
    """A composite key, and relations to models with and without one."""

    pk = models.CompositePrimaryKey("country", "number")
    country = models.CharField(max_length=10)
    number = models.IntegerField()
    name = models.CharField(max_length=20)
    tags = models.ManyToManyField(Tag, related_name="people")
    friends = models.ManyToManyField("self")
    idols = models.ManyToManyField("self", symmetrical=False, related_name="fans")

    class Meta:
        ordering = ["country", "number"]


class RegularManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().exclude(name="banned")


class RegularPerson(Person):
    """Not all of the rows are found by default."""

    objects = RegularManager()

    class Meta:
        proxy = True


class Club(models.Model):
    """A key of the same member names as the key it is related to."""

    pk = models.CompositePrimaryKey("country", "code")
    country = models.CharField(max_length=10)
    code = models.CharField(max_length=10)
    members = models.ManyToManyField(Person, related_name="clubs")
    regulars = models.ManyToManyField(RegularPerson, related_name="regular_clubs")
    visitors = models.ManyToManyField(
        Person, db_constraint=False, related_name="visited_clubs"
    )
    staff = models.ManyToManyField(Person, through="Job", related_name="employers")

    class Meta:
        ordering = ["country", "code"]


class Job(models.Model):
    """An intermediate model whose key is made of its two relations."""

    pk = models.CompositePrimaryKey("club", "person")
    club = models.ForeignKey(Club, models.CASCADE, related_name="jobs")
    person = models.ForeignKey(Person, models.CASCADE, related_name="jobs")
    title = models.CharField(max_length=20)


class Diary(models.Model):
    """A key of a single column, with relations to a composite one."""

    readers = models.ManyToManyField(Person, related_name="diaries")
    clubs = models.ManyToManyField("composite_many_to_many.Club")
