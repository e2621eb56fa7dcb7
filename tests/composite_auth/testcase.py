from django.test import TestCase, modify_settings, override_settings

from .models import Company, Employee


@modify_settings(
    INSTALLED_APPS={
        "append": [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
        ]
    }
)
@override_settings(
    AUTH_USER_MODEL="composite_auth.Employee",
    ROOT_URLCONF="composite_auth.urls",
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    LOGIN_URL="/login/",
)
class EmployeeTestCase(TestCase):
    """A company with two users of the model with a composite key."""

    @classmethod
    def setUpTestData(cls):
        cls.company = Company.objects.create(name="c")
        cls.joe = Employee.objects.create_user(
            "joe", "joe@example.com", "secret", company=cls.company, number=1
        )
        cls.sue = Employee.objects.create_superuser(
            "sue", "sue@example.com", "secret", company=cls.company, number=2
        )
