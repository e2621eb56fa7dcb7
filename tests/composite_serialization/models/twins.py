"""What relations.py and natural.py have, with keys of one column."""

from django.db import models

from .natural import CountryManager
from .relations import Company


class SingleEmployee(models.Model):
    company = models.ForeignKey(Company, models.CASCADE)
    name = models.CharField(max_length=20)
    manager = models.ForeignKey("self", models.SET_NULL, null=True)


class SingleBadge(models.Model):
    owner = models.OneToOneField(SingleEmployee, models.CASCADE)
    issuer = models.ForeignKey(
        SingleEmployee, models.CASCADE, related_name="issued_badges", null=True
    )


class SingleTeam(models.Model):
    company = models.ForeignKey(Company, models.CASCADE)
    members = models.ManyToManyField(SingleEmployee)


class SingleCountry(models.Model):
    name = models.CharField(max_length=20, unique=True)
    neighbor = models.ForeignKey("self", models.SET_NULL, null=True)

    objects = CountryManager()

    def natural_key(self):
        return (self.name,)
