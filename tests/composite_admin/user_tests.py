"""
The tests of the admin in a project whose users have a composite key. They run
in tests/composite_auth/project, see test_users.py.
"""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import quote
from django.contrib.auth.admin import UserAdmin
from django.contrib.contenttypes.models import ContentType
from django.test import TestCase
from django.urls import reverse

from .models import Tenant, User

admin.site.register(Tenant)


@admin.register(User)
class TenantUserAdmin(UserAdmin):
    list_display = ["pk", *UserAdmin.list_display]
    fieldsets = [(None, {"fields": ["tenant", "number"]}), *UserAdmin.fieldsets]
    add_fieldsets = [(None, {"fields": ["tenant", "number"]}), *UserAdmin.add_fieldsets]


class AdminTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.tenant = Tenant.objects.create(name="t")
        cls.joe = User.objects.create_user(
            "joe", password="old", tenant=cls.tenant, number=1
        )
        cls.sue = User.objects.create_superuser(
            "sue", password="secret", tenant=cls.tenant, number=2
        )

    def setUp(self):
        self.client.login(username="sue", password="secret")

    def url(self, page, user):
        return reverse(f"admin:users_user_{page}", args=[quote(user.pk)])

    def test_pages(self):
        tenant = self.tenant.pk
        url = f"/admin/users/user/{tenant},1/"
        self.assertEqual(self.url("change", self.joe), f"{url}change/")
        response = self.client.get("/admin/users/user/")
        self.assertContains(response, f"{url}change/")
        for page in ("change", "delete", "history"):
            with self.subTest(page=page):
                response = self.client.get(f"{url}{page}/")
                self.assertContains(response, "joe")
        self.assertContains(self.client.get("/admin/users/user/add/"), "tenant")

    def test_add(self):
        response = self.client.post(
            "/admin/users/user/add/",
            {
                "tenant": self.tenant.pk,
                "number": 3,
                "username": "eve",
                "usable_password": "true",
                "password1": "t5-Xq.z!",
                "password2": "t5-Xq.z!",
            },
        )
        eve = User.objects.get(username="eve")
        self.assertRedirects(response, self.url("change", eve))
        self.assertEqual(eve.pk, (self.tenant.pk, 3))
        self.assertIs(eve.check_password("t5-Xq.z!"), True)
        # The log entry is of a user with a composite key, too.
        entry = LogEntry.objects.get()
        self.assertEqual(entry.user, self.sue)
        self.assertEqual(entry.get_edited_object(), eve)
        response = self.client.get("/admin/")
        self.assertContains(response, self.url("change", eve))
        self.assertContains(
            self.client.get(self.url("history", eve)), "<td>sue</td>", html=True
        )

    def test_change_password(self):
        change_url = self.url("change", self.joe)
        response = self.client.get(change_url)
        # The link is relative to the page.
        self.assertContains(response, 'href="../password/"')
        url = change_url.replace("/change/", "/password/")
        response = self.client.get(url)
        self.assertContains(response, change_url)
        data = {
            "usable_password": "true",
            "password1": "t5-Xq.z!",
            "password2": "t5-Xq.z!",
        }
        response = self.client.post(url, data)
        self.assertRedirects(response, change_url)
        self.joe.refresh_from_db()
        self.assertIs(self.joe.check_password("t5-Xq.z!"), True)
        entry = LogEntry.objects.get()
        self.assertEqual(entry.object_id, str(self.joe.pk))
        self.assertEqual(entry.content_type, ContentType.objects.get_for_model(User))

    def test_unknown_user(self):
        for quoted in ("9,9", "1", "x,y", '["1", "x"]', "1,1,1"):
            with self.subTest(quoted=quoted):
                url = f"/admin/users/user/{quoted}/password/"
                self.assertEqual(self.client.get(url).status_code, 404)

    def test_change_own_password(self):
        """The session of the user goes on."""
        url = self.url("change", self.sue).replace("/change/", "/password/")
        data = {"password1": "t5-Xq.z!", "password2": "t5-Xq.z!"}
        self.client.post(url, {**data, "usable_password": "true"})
        self.assertEqual(self.client.get("/admin/").status_code, 200)

    def test_forged_key(self):
        response = self.client.post(
            self.url("change", self.joe),
            {
                "tenant": self.tenant.pk,
                "number": 2,
                "username": "joan",
                "date_joined_0": "2024-02-29",
                "date_joined_1": "12:00",
            },
        )
        self.assertRedirects(response, "/admin/users/user/")
        self.joe.refresh_from_db()
        self.assertEqual(self.joe.username, "joan")
        self.assertEqual(User.objects.count(), 2)

    def test_delete(self):
        self.client.post(self.url("delete", self.joe), {"post": "yes"})
        self.assertEqual(User.objects.get(), self.sue)
