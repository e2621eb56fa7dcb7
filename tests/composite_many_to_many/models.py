from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=20)


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


class Club(models.Model):
    """A key of the same member names as the key it is related to."""

    pk = models.CompositePrimaryKey("country", "code")
    country = models.CharField(max_length=10)
    code = models.CharField(max_length=10)
    members = models.ManyToManyField(Person, related_name="clubs")
    staff = models.ManyToManyField(Person, through="Job", related_name="employers")

    class Meta:
        ordering = ["country", "code"]


class Job(models.Model):
    """An intermediate model whose key is made of its two relations."""

    pk = models.CompositePrimaryKey("club", "person")
    club = models.ForeignKey(Club, models.CASCADE, related_name="jobs")
    person = models.ForeignKey(Person, models.CASCADE, related_name="jobs")
    title = models.CharField(max_length=20)
