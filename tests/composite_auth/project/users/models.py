from django.contrib.auth.models import AbstractUser
from django.db import models


class Tenant(models.Model):
    name = models.CharField(max_length=20)


class User(AbstractUser):
    pk = models.CompositePrimaryKey("tenant", "number")
    tenant = models.ForeignKey(Tenant, models.CASCADE)
    number = models.IntegerField()

    REQUIRED_FIELDS = ["email", "tenant_id", "number"]
