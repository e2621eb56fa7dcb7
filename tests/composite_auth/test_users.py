import re
from datetime import timedelta
from io import StringIO
from unittest import mock

from asgiref.sync import async_to_sync

from django.contrib.admin.models import ADDITION, CHANGE
from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend, RemoteUserBackend
from django.contrib.auth.forms import (
    AuthenticationForm,
    PasswordChangeForm,
    PasswordResetForm,
    SetPasswordForm,
)
from django.contrib.auth.models import Group, Permission, User, update_last_login
from django.contrib.auth.tokens import default_token_generator
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import override_settings
from django.test.utils import ignore_warnings
from django.utils import timezone
from django.utils.deprecation import RemovedInDjango60Warning
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from .models import Action, Employee
from .testcase import EmployeeTestCase


class ManagerTests(EmployeeTestCase):
    """A user is created, not one with the same key replaced."""

    def assertUnchanged(self):
        self.joe.refresh_from_db()
        self.assertEqual(self.joe.username, "joe")
        self.assertEqual(Employee.objects.count(), 2)

    def test_create_user(self):
        for create in (Employee.objects.create_user, Employee.objects.create_superuser):
            with (
                self.subTest(create=create.__name__),
                self.assertRaises(IntegrityError),
                transaction.atomic(),
            ):
                create("eve", company=self.company, number=1)
            self.assertUnchanged()

    def test_acreate_user(self):
        create = async_to_sync(Employee.objects.acreate_user)
        with self.assertRaises(IntegrityError), transaction.atomic():
            create("eve", company=self.company, number=1)
        self.assertUnchanged()
        eve = create("eve", company=self.company, number=3)
        self.assertEqual(Employee.objects.get(username="eve"), eve)

    def test_queries(self):
        with self.assertNumQueries(1):
            Employee.objects.create_user("eve", company=self.company, number=3)

    @override_settings(AUTH_USER_MODEL="auth.User")
    def test_single_key(self):
        """What Django does isn't changed."""
        user = User.objects.create_user("eve")
        user = User.objects.create_user("eva", id=user.pk)
        self.assertEqual(User.objects.get().username, "eva")


class BackendTests(EmployeeTestCase):
    def test_authenticate(self):
        self.assertEqual(authenticate(username="joe", password="secret"), self.joe)
        self.assertIsNone(authenticate(username="joe", password="wrong"))

    def test_get_user(self):
        backend = ModelBackend()
        for pk in (self.joe.pk, list(self.joe.pk), str(self.joe.pk)):
            with self.subTest(pk=pk):
                self.assertEqual(backend.get_user(pk), self.joe)
        self.assertIsNone(backend.get_user((self.company.pk, 99)))

    def test_remote_user(self):
        backend = RemoteUserBackend()
        backend.create_unknown_user = False
        self.assertEqual(backend.authenticate(None, "joe"), self.joe)

    def test_permissions(self):
        permission = Permission.objects.get(
            codename="change_company", content_type__app_label="composite_auth"
        )
        self.client.force_login(self.joe)
        self.assertEqual(self.client.get("/restricted/").status_code, 302)
        group = Group.objects.create(name="g")
        group.permissions.add(permission)
        name = "composite_auth.change_company"
        for add, remove in [
            (self.joe.groups.add, self.joe.groups.remove),
            (self.joe.user_permissions.add, self.joe.user_permissions.remove),
        ]:
            held = group if add.__self__.model is Group else permission
            with self.subTest(held=held):
                add(held)
                joe = Employee.objects.get(pk=self.joe.pk)
                self.assertEqual(joe.get_all_permissions(), {name})
                self.assertIs(joe.has_perm(name), True)
                self.assertIs(joe.has_module_perms("composite_auth"), True)
                self.assertEqual(self.client.get("/restricted/").status_code, 200)
                self.assertSequenceEqual(held.employees.all(), [self.joe])
                remove(held)
                joe = Employee.objects.get(pk=self.joe.pk)
                self.assertIs(joe.has_perm(name), False)

    def test_update_last_login(self):
        update_last_login(None, self.joe)
        self.assertSequenceEqual(Employee.objects.exclude(last_login=None), [self.joe])


class PasswordTests(EmployeeTestCase):
    password = "Xyzzy-12345"

    def test_token(self):
        token = default_token_generator.make_token(self.joe)
        self.assertIs(default_token_generator.check_token(self.joe, token), True)
        found = Employee.objects.get(pk=self.joe.pk)
        self.assertIs(default_token_generator.check_token(found, token), True)
        # The same in all but one member of the key.
        found.number = 12
        self.assertIs(default_token_generator.check_token(found, token), False)

    def test_reset_form(self):
        form = PasswordResetForm({"email": "joe@example.com"})
        self.assertIs(form.is_valid(), True)
        form.save(domain_override="example.com")
        uid = urlsafe_base64_encode(force_bytes(str(self.joe.pk)))
        self.assertIn(f"/reset/{uid}/", mail.outbox[0].body)

    def test_reset_views(self):
        self.client.post("/password_reset/", {"email": "joe@example.com"})
        url = re.search(r"://[^/]+(/reset/\S+)", mail.outbox[0].body).group(1)
        response = self.client.get(url)
        self.assertEqual(response.status_code, 302)
        passwords = {"new_password1": self.password, "new_password2": self.password}
        response = self.client.post(response.url, passwords)
        self.assertRedirects(response, "/reset/done/", fetch_redirect_response=False)
        self.joe.refresh_from_db()
        self.assertIs(self.joe.check_password(self.password), True)
        self.sue.refresh_from_db()
        self.assertIs(self.sue.check_password("secret"), True)

    @override_settings(
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [
                        (
                            "django.template.loaders.locmem.Loader",
                            {
                                "registration/password_reset_confirm.html": (
                                    "{{ validlink }}"
                                )
                            },
                        )
                    ]
                },
            }
        ]
    )
    def test_forged_links(self):
        token = default_token_generator.make_token(self.joe)
        texts = ["5", "[]", "x", "null", '["x", "y"]', "[1, 1", "[[1], 2]", "[1, null]"]
        texts += [str(self.sue.pk), f"[{self.company.pk}, {10**30}]"]
        for text in texts:
            with self.subTest(text=text):
                uid = urlsafe_base64_encode(force_bytes(text))
                response = self.client.get(f"/reset/{uid}/{token}/")
                self.assertContains(response, "False")

    def test_forms(self):
        form = AuthenticationForm(data={"username": "joe", "password": "secret"})
        self.assertIs(form.is_valid(), True)
        self.assertEqual(form.get_user(), self.joe)
        passwords = {"new_password1": self.password, "new_password2": self.password}
        for form in [
            SetPasswordForm(self.joe, passwords),
            PasswordChangeForm(self.sue, {"old_password": "secret", **passwords}),
        ]:
            with self.subTest(form=form):
                self.assertIs(form.is_valid(), True)
                form.save()
                user = Employee.objects.get(pk=form.user.pk)
                self.assertIs(user.check_password(self.password), True)

    def test_changepassword(self):
        with mock.patch("getpass.getpass", return_value=self.password):
            call_command("changepassword", username="joe", stdout=StringIO())
        self.joe.refresh_from_db()
        self.assertIs(self.joe.check_password(self.password), True)
        self.sue.refresh_from_db()
        self.assertIs(self.sue.check_password("secret"), True)


class LogTests(EmployeeTestCase):
    def test_log_actions(self):
        with self.assertNumQueries(1):
            action = Action.objects.log_actions(
                self.sue.pk, [self.joe], ADDITION, single_object=True
            )
        action = Action.objects.get(pk=action.pk)
        self.assertEqual(action.user, self.sue)
        self.assertEqual(action.user_pk, self.sue.pk)
        self.assertEqual(action.object_id, str(self.joe.pk))
        self.assertEqual(Employee.objects.get(pk=action.object_id), self.joe)
        Action.objects.log_actions(self.joe.pk, [self.joe, self.company], CHANGE)
        self.assertEqual(self.joe.actions.count(), 2)
        self.joe.delete()
        self.assertSequenceEqual(Action.objects.all(), [action])

    @ignore_warnings(category=RemovedInDjango60Warning)
    def test_log_action(self):
        content_type = ContentType.objects.get_for_model(Employee)
        action = Action.objects.log_action(
            self.sue.pk, content_type.pk, self.joe.pk, "joe", ADDITION
        )
        action.refresh_from_db()
        self.assertEqual(action.user, self.sue)
        self.assertEqual(action.object_id, str(self.joe.pk))

    def test_content_type(self):
        content_type = ContentType.objects.get_for_model(Employee)
        for pk in (self.joe.pk, str(self.joe.pk)):
            found = content_type.get_object_for_this_type(pk=pk)
            self.assertEqual(found, self.joe)
        found = content_type.get_all_objects_for_this_type(
            pk__in=[str(self.joe.pk), str(self.sue.pk)]
        )
        self.assertCountEqual(found, [self.joe, self.sue])


class TokenAgeTests(EmployeeTestCase):
    @override_settings(PASSWORD_RESET_TIMEOUT=60)
    def test_login_invalidates_token(self):
        token = default_token_generator.make_token(self.joe)
        self.joe.last_login = timezone.now() + timedelta(hours=1)
        self.assertIs(default_token_generator.check_token(self.joe, token), False)
