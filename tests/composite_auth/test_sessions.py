import json

from asgiref.sync import async_to_sync

from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    aget_user,
    alogin,
    get_user,
    login,
)
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.exceptions import ValidationError
from django.test import RequestFactory, modify_settings, override_settings

from .models import Account, Employee
from .testcase import EmployeeTestCase

BACKEND = "django.contrib.auth.backends.ModelBackend"


class SessionTests(EmployeeTestCase):
    def get_request(self):
        request = RequestFactory().get("/")
        request.session = SessionStore()
        return request

    def assertUser(self, name):
        for url in ("/user/", "/async_user/"):
            with self.subTest(url=url):
                self.assertEqual(self.client.get(url).content.decode(), name)

    def test_session_has_text_form(self):
        self.client.force_login(self.joe)
        text = self.client.session[SESSION_KEY]
        self.assertEqual(text, str(self.joe.pk))
        self.assertEqual(json.loads(text), [str(self.company.pk), "1"])

    def test_login_and_logout(self):
        self.assertIs(self.client.login(username="joe", password="wrong"), False)
        self.assertIs(self.client.login(username="joe", password="secret"), True)
        self.assertUser("joe")
        self.joe.refresh_from_db()
        self.assertIsNotNone(self.joe.last_login)
        self.sue.refresh_from_db()
        self.assertIsNone(self.sue.last_login)
        self.client.logout()
        self.assertUser("")

    def test_engines(self):
        for engine in ("cache", "cached_db", "db", "file", "signed_cookies"):
            engine = f"django.contrib.sessions.backends.{engine}"
            with self.subTest(engine=engine), override_settings(SESSION_ENGINE=engine):
                client = self.client_class()
                client.force_login(self.joe)
                self.assertEqual(client.get("/user/").content, b"joe")

    def test_queries(self):
        self.client.force_login(self.joe)
        # The session and the user.
        with self.assertNumQueries(2):
            self.client.get("/user/")

    def test_value_of_another_key(self):
        """
        A session that is older than the composite key, or than one of its
        members, isn't one of a user.
        """
        self.client.force_login(self.joe)
        values = [
            "5",
            "6a7a7cbb-14f5-4c5b-8a35-5a3a0a1b1c1d",
            "",
            "[]",
            '["1"]',
            '["1", "1", "1"]',
            '["x", "y"]',
            '[["1"], "1"]',
            "null",
            5,
        ]
        for value in values:
            with self.subTest(value=value):
                session = self.client.session
                session[SESSION_KEY] = value
                session.save()
                self.assertUser("")
        # The next login replaces it.
        self.client.force_login(self.sue)
        self.assertUser("sue")

    @override_settings(AUTH_USER_MODEL="auth.User")
    def test_value_of_another_single_key(self):
        request = self.get_request()
        request.session[SESSION_KEY] = "x"
        with self.assertRaisesMessage(ValidationError, "“x” value must be an integer."):
            get_user(request)

    def test_unknown_key(self):
        self.client.force_login(self.joe)
        Employee.objects.filter(pk=self.joe.pk).delete()
        self.assertUser("")

    def test_login_again(self):
        request = self.get_request()
        login(request, self.joe, backend=BACKEND)
        request.session["cart"] = 1
        login(request, self.joe, backend=BACKEND)
        self.assertEqual(request.session["cart"], 1)
        self.assertEqual(get_user(request), self.joe)
        login(request, self.sue, backend=BACKEND)
        self.assertNotIn("cart", request.session)
        self.assertEqual(get_user(request), self.sue)

    def test_async_login_again(self):
        request = self.get_request()

        async def log_in():
            await alogin(request, self.joe, backend=BACKEND)
            request.session["cart"] = 1
            await alogin(request, self.joe, backend=BACKEND)
            self.assertEqual(request.session["cart"], 1)
            self.assertEqual(await aget_user(request), self.joe)
            await alogin(request, self.sue, backend=BACKEND)
            self.assertNotIn("cart", request.session)
            self.assertEqual(await aget_user(request), self.sue)
            request.session[SESSION_KEY] = "5"
            self.assertIs((await aget_user(request)).is_anonymous, True)

        async_to_sync(log_in)()

    def test_key_is_a_relation(self):
        account = Account(employee=self.joe, username="joey")
        account.set_password("secret")
        account.save()
        with override_settings(AUTH_USER_MODEL="composite_auth.Account"):
            self.assertIs(self.client.login(username="joey", password="secret"), True)
            self.assertEqual(self.client.session[SESSION_KEY], str(self.joe.pk))
            self.assertUser("joey")
            request = self.get_request()
            request.session[SESSION_KEY] = "[1]"
            request.session[BACKEND_SESSION_KEY] = BACKEND
            request.session[HASH_SESSION_KEY] = ""
            self.assertIs(get_user(request).is_anonymous, True)


@modify_settings(INSTALLED_APPS={"append": "django.contrib.messages"})
@override_settings(
    MESSAGE_STORAGE="django.contrib.messages.storage.session.SessionStorage"
)
class MessageTests(EmployeeTestCase):
    def test_messages_beside_key(self):
        from django.contrib.messages.storage import default_storage

        request = RequestFactory().get("/")
        request.session = SessionStore()
        login(request, self.joe, backend=BACKEND)
        storage = default_storage(request)
        storage.add(20, "Hello")
        storage.update(None)
        self.assertEqual([str(m) for m in default_storage(request)], ["Hello"])
        self.assertEqual(get_user(request), self.joe)
