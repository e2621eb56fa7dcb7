from unittest import mock

from django.contrib.auth.backends import RemoteUserBackend
from django.contrib.auth.checks import check_user_model
from django.contrib.auth.models import AbstractBaseUser, User
from django.core import checks
from django.db import models
from django.test import SimpleTestCase, override_settings
from django.test.utils import isolate_apps

from .models import Account, Employee, Trainee


class UserModelChecksTests(SimpleTestCase):
    def check(self, model):
        with (
            override_settings(AUTH_USER_MODEL=model._meta.label),
            # An isolated model isn't found by its label.
            self.settings(AUTHENTICATION_BACKENDS=self.backends),
        ):
            return check_user_model([Config(model)])

    backends = ["django.contrib.auth.backends.ModelBackend"]

    def test_valid(self):
        for model in (Account, Employee, Trainee):
            with self.subTest(model=model):
                self.assertEqual(self.check(model), [])

    def get_error(self, model):
        name = f"{model.__name__}.{model.USERNAME_FIELD}"
        return checks.Error(
            f"'{name}' has several columns and cannot be named as the "
            "'USERNAME_FIELD'.",
            hint=(
                "A username is something to type. Name a field that has one column "
                "and is unique."
            ),
            obj=model,
            id="auth.E014",
        )

    @isolate_apps("composite_auth")
    def test_username_is_key(self):
        class Keyed(AbstractBaseUser):
            pk = models.CompositePrimaryKey("a", "b")
            a = models.IntegerField()
            b = models.IntegerField()
            USERNAME_FIELD = "pk"

        self.assertEqual(self.check(Keyed), [self.get_error(Keyed)])

    @isolate_apps("composite_auth", "django.contrib.auth")
    def test_username_is_relation(self):
        class Target(models.Model):
            pk = models.CompositePrimaryKey("a", "b")
            a = models.IntegerField()
            b = models.IntegerField()

        class Related(AbstractBaseUser):
            target = models.OneToOneField(Target, models.CASCADE)
            USERNAME_FIELD = "target"

        self.assertEqual(self.check(Related), [self.get_error(Related)])

    @isolate_apps("composite_auth")
    def test_username_is_member(self):
        class Member(AbstractBaseUser):
            pk = models.CompositePrimaryKey("tenant", "username")
            tenant = models.IntegerField()
            username = models.CharField(max_length=20)
            USERNAME_FIELD = "username"

        (error,) = self.check(Member)
        self.assertEqual(error.id, "auth.E003")
        self.backends = ["a.custom.Backend"]
        (warning,) = self.check(Member)
        self.assertEqual(warning.id, "auth.W004")

    def test_backend_that_creates_users(self):
        path = "django.contrib.auth.backends.RemoteUserBackend"
        self.backends = [path, "a.missing.Backend"]
        self.assertEqual(
            self.check(Employee),
            [
                checks.Warning(
                    f"'{path}' creates users by their name, but the primary key of "
                    "'composite_auth.Employee' needs 'company', 'number', too.",
                    hint=(
                        "Set the backend's create_unknown_user to False, give these "
                        "fields defaults, or silence this warning if the manager of "
                        "the model knows their values."
                    ),
                    obj=Employee,
                    id="auth.W015",
                )
            ],
        )
        with mock.patch.object(RemoteUserBackend, "create_unknown_user", False):
            self.assertEqual(self.check(Employee), [])
        self.assertEqual(self.check(User), [])

    @isolate_apps("composite_auth")
    def test_backend_that_creates_users_with_defaults(self):
        class Known(AbstractBaseUser):
            pk = models.CompositePrimaryKey("realm", "name")
            realm = models.CharField(max_length=20, default="local")
            name = models.CharField(max_length=20, unique=True)
            USERNAME_FIELD = "name"

        self.backends = ["django.contrib.auth.backends.RemoteUserBackend"]
        self.assertEqual(self.check(Known), [])


class Config:
    """The app config that has the model to check."""

    def __init__(self, model):
        self.label = model._meta.app_label
        self.model = model

    def get_model(self, name):
        return self.model
