from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Company(models.Model):
    name = models.CharField(max_length=20)


class Employee(models.Model):
    """A key with a tenant, and a relation that shares it."""

    pk = models.CompositePrimaryKey("company", "number")
    company = models.ForeignKey(Company, models.CASCADE)
    number = models.IntegerField()
    name = models.CharField(max_length=20)
    manager_number = models.IntegerField(null=True)
    manager = models.ForeignKey(
        "self",
        models.SET_NULL,
        from_fields=["company", "manager_number"],
        null=True,
    )

    class Meta:
        unique_together = [("company", "name")]


class Badge(models.Model):
    """Relations that create columns."""

    owner = models.OneToOneField(Employee, models.CASCADE)
    issuer = models.ForeignKey(
        Employee, models.CASCADE, related_name="issued_badges", null=True
    )
    color = models.CharField(max_length=20)


class Pass(Badge):
    """Inherits relations from another table."""

    gate = models.IntegerField()


class Profile(models.Model):
    """A relation that is the key."""

    employee = models.OneToOneField(Employee, models.CASCADE, primary_key=True)
    text = models.CharField(max_length=20)


class Picture(models.Model):
    """A relation to a key which is a relation."""

    profile = models.ForeignKey(Profile, models.CASCADE)


class Shift(models.Model):
    """A key with a relation of several columns in it."""

    pk = models.CompositePrimaryKey("employee", "day")
    employee = models.ForeignKey(Employee, models.CASCADE)
    day = models.DateField()


class Break(models.Model):
    shift = models.ForeignKey(Shift, models.CASCADE)


class Desk(models.Model):
    """A relation to a unique set which isn't the key."""

    employee = models.ForeignKey(
        Employee, models.CASCADE, to_fields=["company", "name"], null=True
    )


class Loan(models.Model):
    """Columns that have defaults."""

    company = models.ForeignKey(Company, models.CASCADE, default=1)
    lender_number = models.IntegerField(null=True, default=1)
    lender = models.ForeignKey(
        Employee, models.CASCADE, from_fields=["company", "lender_number"]
    )
    witness = models.ForeignKey(
        Employee, models.CASCADE, related_name="+", default=(1, 1), null=True
    )


class Visit(models.Model):
    """Two columns of which either may be NULL, and a plain ForeignObject."""

    company_ref = models.IntegerField(null=True)
    number_ref = models.IntegerField(null=True)
    host = models.ForeignKey(
        Employee, models.CASCADE, from_fields=["company_ref", "number_ref"]
    )
    object = models.ForeignObject(
        Employee,
        models.CASCADE,
        from_fields=["company_ref", "number_ref"],
        to_fields=["company", "number"],
        related_name="+",
        null=True,
    )


class Tag(models.Model):
    name = models.CharField(max_length=20)
    employees = models.ManyToManyField(Employee)


class Team(models.Model):
    pk = models.CompositePrimaryKey("company", "code")
    company = models.ForeignKey(Company, models.CASCADE)
    code = models.CharField(max_length=20)
    members = models.ManyToManyField(Employee)
    tags = models.ManyToManyField(Tag)
    rivals = models.ManyToManyField("self")
    leads = models.ManyToManyField(Employee, through="Lead", related_name="+")


class Lead(models.Model):
    pk = models.CompositePrimaryKey("team", "employee")
    team = models.ForeignKey(Team, models.CASCADE)
    employee = models.ForeignKey(Employee, models.CASCADE)


class Remark(models.Model):
    """Refers to anything by the text of its key."""

    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.CharField(max_length=100)
    subject = GenericForeignKey()
