from io import StringIO
from unittest import mock

from django.contrib.auth.management.commands import createsuperuser
from django.contrib.auth.models import AbstractBaseUser
from django.core.management import CommandError, call_command
from django.db import models
from django.test import override_settings
from django.test.utils import isolate_apps

from .models import Account, Employee, Trainee
from .testcase import EmployeeTestCase


class Terminal:
    """Answers what the command asks, and keeps the questions."""

    def __init__(self, *answers):
        self.answers = iter(answers)
        self.prompts = []

    def isatty(self):
        return True

    def input(self, prompt):
        self.prompts.append(str(prompt))
        return next(self.answers)


class CommandTestCase(EmployeeTestCase):
    def create(self, *args):
        out = StringIO()
        call_command("createsuperuser", "--noinput", *args, stdout=out)
        self.assertEqual(out.getvalue(), "Superuser created successfully.\n")

    def ask(self, *answers):
        """Return the questions and the errors."""
        terminal = Terminal(*answers)
        err = StringIO()
        with (
            mock.patch("builtins.input", terminal.input),
            mock.patch("getpass.getpass", return_value="Xyzzy-12345"),
        ):
            call_command(
                "createsuperuser", stdin=terminal, stdout=StringIO(), stderr=err
            )
        return terminal.prompts, err.getvalue()


class CreateSuperuserTests(CommandTestCase):
    def test_members(self):
        self.create(
            "--username=ann",
            "--email=ann@example.com",
            f"--company_id={self.company.pk}",
            "--number=3",
        )
        ann = Employee.objects.get(username="ann")
        self.assertEqual(ann.pk, (self.company.pk, 3))
        self.assertIs(ann.is_superuser, True)

    def test_members_in_environment(self):
        environment = {
            "DJANGO_SUPERUSER_USERNAME": "ann",
            "DJANGO_SUPERUSER_EMAIL": "ann@example.com",
            "DJANGO_SUPERUSER_COMPANY_ID": str(self.company.pk),
            "DJANGO_SUPERUSER_NUMBER": "3",
            "DJANGO_SUPERUSER_PASSWORD": "secret",
        }
        with mock.patch.dict("os.environ", environment):
            self.create()
        ann = Employee.objects.get(pk=(self.company.pk, 3))
        self.assertIs(ann.check_password("secret"), True)

    def test_missing_member(self):
        msg = "You must use --company_id with --noinput."
        with self.assertRaisesMessage(CommandError, msg):
            self.create("--username=ann", "--email=ann@example.com", "--number=3")

    def test_invalid_members(self):
        args = ["--username=ann", "--email=ann@example.com"]
        for company, number, msg in [
            (0, 3, "company instance with id 0 is not a valid choice."),
            (self.company.pk, "x", "“x” value must be an integer."),
        ]:
            with self.subTest(msg=msg), self.assertRaisesMessage(CommandError, msg):
                self.create(*args, f"--company_id={company}", f"--number={number}")
        self.assertEqual(Employee.objects.count(), 2)

    def test_ask_for_members(self):
        prompts, err = self.ask(
            "ann", "ann@example.com", "0", str(self.company.pk), "x", "3"
        )
        self.assertEqual(
            prompts[1:],
            ["Email address: "] + ["Company (Company.id): "] * 2 + ["Number: "] * 2,
        )
        self.assertIn("company instance with id 0 is not a valid choice.", err)
        self.assertTrue(Employee.objects.filter(pk=(self.company.pk, 3)).exists())

    def test_required_key(self):
        with mock.patch.object(Employee, "REQUIRED_FIELDS", ["email", "pk"]):
            self.create(
                "--username=ann",
                "--email=ann@example.com",
                f"--pk=[{self.company.pk}, 3]",
            )
            self.ask("eve", "eve@example.com", f"[{self.company.pk}, 4]")
        self.assertEqual(Employee.objects.get(username="ann").pk, (self.company.pk, 3))
        self.assertEqual(Employee.objects.get(username="eve").pk, (self.company.pk, 4))

    def test_key_of_another_user(self):
        """It is refused. Saving the user would replace the other one."""
        args = ["--username=ann", "--email=ann@example.com"]
        members = [f"--company_id={self.company.pk}", "--number=1"]
        msg = "User with this Company and Number already exists."
        with self.assertRaisesMessage(CommandError, msg):
            self.create(*args, *members)
        with (
            mock.patch.object(Employee, "REQUIRED_FIELDS", ["email", "pk"]),
            self.assertRaisesMessage(CommandError, msg),
        ):
            self.create(*args, f"--pk={self.joe.pk}")
        self.joe.refresh_from_db()
        self.assertEqual(self.joe.username, "joe")
        self.assertIs(self.joe.is_superuser, False)

    def test_key_that_manager_knows(self):
        with (
            mock.patch.object(Employee, "REQUIRED_FIELDS", ["email", "number"]),
            mock.patch.object(
                type(Employee.objects), "create_superuser"
            ) as create_superuser,
        ):
            self.create("--username=ann", "--email=ann@example.com", "--number=1")
        self.assertEqual(create_superuser.call_count, 1)


@override_settings(AUTH_USER_MODEL="composite_auth.Account")
class CreateSuperuserWithRelationAsKeyTests(CommandTestCase):
    def test_key_of_another_user(self):
        Account.objects.create(employee=self.joe, username="joey")
        msg = "Account with this Employee already exists."
        with (
            mock.patch.object(Account, "REQUIRED_FIELDS", ["employee"]),
            self.assertRaisesMessage(CommandError, msg),
        ):
            self.create("--username=ann", f"--employee={self.joe.pk}")


@override_settings(AUTH_USER_MODEL="composite_auth.Trainee")
class CreateSuperuserWithRelationTests(CommandTestCase):
    def test_key(self):
        self.create("--username=tim", f"--supervisor={self.joe.pk}")
        self.assertEqual(Trainee.objects.get(username="tim").supervisor, self.joe)

    def test_invalid_key(self):
        for key, msg in [
            ("5", "“5” is not a valid key"),
            ("[1]", "“[1]” is not a valid key"),
            (
                f"[{self.company.pk}, 99]",
                f"user instance with pk ({self.company.pk}, 99) is not a valid choice.",
            ),
        ]:
            with self.subTest(key=key), self.assertRaisesMessage(CommandError, msg):
                self.create("--username=tim", f"--supervisor={key}")
        self.assertIs(Trainee.objects.exists(), False)

    def test_ask_for_key(self):
        for name in ("supervisor", "supervisor_pk"):
            with (
                self.subTest(name=name),
                mock.patch.object(Trainee, "REQUIRED_FIELDS", [name]),
                mock.patch.object(
                    type(Trainee.objects), "create_superuser"
                ) as create_superuser,
            ):
                prompts, err = self.ask(name, "5", str(self.joe.pk))
                self.assertEqual(prompts[1:], ["Supervisor (Employee.pk): "] * 2)
                self.assertIn("“5” is not a valid key", err)
                self.assertEqual(
                    create_superuser.call_args.kwargs,
                    {
                        "username": name,
                        name: self.joe.pk,
                        "password": "Xyzzy-12345",
                    },
                )
        self.ask("tim", str(self.joe.pk))
        tim = Trainee.objects.get(username="tim")
        self.assertEqual(tim.supervisor_pk, self.joe.pk)
        self.assertIs(tim.check_password("Xyzzy-12345"), True)

    @isolate_apps("composite_auth")
    def test_ask_for_unique_fields(self):
        class Host(models.Model):
            street = models.IntegerField()
            number = models.IntegerField()

            class Meta:
                unique_together = [("street", "number")]

        class Guest(AbstractBaseUser):
            host = models.ForeignKey(
                Host, models.CASCADE, to_fields=["street", "number"]
            )

        message = createsuperuser.Command()._get_input_message(
            Guest._meta.get_field("host")
        )
        self.assertEqual(message, "Host (Host.street, number): ")

    @override_settings(
        AUTH_PASSWORD_VALIDATORS=[
            {
                "NAME": "django.contrib.auth.password_validation."
                "UserAttributeSimilarityValidator",
                "OPTIONS": {"user_attributes": ["username"]},
            }
        ]
    )
    def test_validate_password_with_related_object(self):
        """Validators are given a user with a supervisor."""
        with mock.patch(
            "django.contrib.auth.management.commands.createsuperuser.validate_password"
        ) as validate_password:
            self.ask("tim", str(self.joe.pk))
        user = validate_password.call_args.args[1]
        self.assertEqual(user.supervisor_pk, self.joe.pk)
        self.assertEqual(user.supervisor.company_id, self.company.pk)
