from django.contrib.admin.models import LogEntryManager
from django.contrib.auth.models import (
    AbstractBaseUser,
    AbstractUser,
    BaseUserManager,
    Group,
    Permission,
)
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Company(models.Model):
    name = models.CharField(max_length=20)


class Employee(AbstractUser):
    """A user whose key contains a company. The boss may be of another one."""

    pk = models.CompositePrimaryKey("company", "number")
    company = models.ForeignKey(Company, models.CASCADE, related_name="employees")
    number = models.IntegerField()
    boss = models.ForeignKey("self", models.SET_NULL, null=True, blank=True)
    # The names of the user model in use are those of auth.User.
    groups = models.ManyToManyField(
        Group, related_name="employees", related_query_name="employee"
    )
    user_permissions = models.ManyToManyField(
        Permission, related_name="employees", related_query_name="employee"
    )

    REQUIRED_FIELDS = ["email", "company_id", "number"]


class TraineeManager(BaseUserManager):
    def create_superuser(self, username, supervisor, password):
        user = self.model(username=username, supervisor_pk=supervisor)
        user.set_password(password)
        user.save(using=self._db)
        return user


class Trainee(AbstractBaseUser):
    """A user who is required to have a supervisor."""

    username = models.CharField(max_length=20, unique=True)
    supervisor = models.ForeignKey(Employee, models.CASCADE, related_name="trainees")

    objects = TraineeManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["supervisor"]


class Account(AbstractBaseUser):
    """A user whose key is a relation to a composite key."""

    employee = models.OneToOneField(
        Employee, models.CASCADE, primary_key=True, related_name="account"
    )
    username = models.CharField(max_length=20, unique=True)
    is_active = True

    objects = BaseUserManager()

    USERNAME_FIELD = "username"


class Action(models.Model):
    """The columns of admin's LogEntry, of which there can be only one."""

    user = models.ForeignKey(Employee, models.CASCADE, related_name="actions")
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.TextField()
    object_repr = models.CharField(max_length=200)
    action_flag = models.PositiveSmallIntegerField()
    change_message = models.TextField()

    objects = LogEntryManager()
