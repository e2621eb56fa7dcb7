from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.test import TestCase

from .models import Tenant, User

admin.site.register(Tenant)


class UserTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.tenant = Tenant.objects.create(name="t")
        cls.joe = User.objects.create_user("joe", tenant=cls.tenant, number=1)
        cls.sue = User.objects.create_superuser(
            "sue", password="secret", tenant=cls.tenant, number=2
        )

    def test_migrations(self):
        """The migrations of Django's applications fit the users'."""
        call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
        for table in (
            LogEntry._meta.db_table,
            User.groups.through._meta.db_table,
            User.user_permissions.through._meta.db_table,
        ):
            with self.subTest(table=table), connection.cursor() as cursor:
                constraints = connection.introspection.get_constraints(cursor, table)
                columns = [
                    constraint["columns"]
                    for constraint in constraints.values()
                    if constraint["foreign_key"]
                ]
                self.assertIn(["user_tenant_id", "user_number"], columns)

    def test_permissions(self):
        permission = Permission.objects.get(codename="change_tenant")
        group = Group.objects.create(name="g")
        group.permissions.add(permission)
        self.joe.groups.add(group)
        users = User.objects.with_perm("users.change_tenant")
        self.assertCountEqual(users, [self.joe, self.sue])
        users = User.objects.with_perm("users.change_tenant", include_superusers=False)
        self.assertSequenceEqual(users, [self.joe])
        self.joe.groups.clear()
        self.assertSequenceEqual(users.all(), [])
        self.joe.user_permissions.add(permission)
        self.assertSequenceEqual(users.all(), [self.joe])
        self.assertSequenceEqual(permission.user_set.all(), [self.joe])
        self.assertIs(self.joe.has_perm("users.change_tenant"), True)

    def test_log_entries(self):
        entry = LogEntry.objects.log_actions(
            self.sue.pk, [self.joe], CHANGE, single_object=True
        )
        entry = LogEntry.objects.select_related("user").get(pk=entry.pk)
        with self.assertNumQueries(0):
            self.assertEqual(entry.user, self.sue)
        self.assertEqual(entry.get_edited_object(), self.joe)
        LogEntry.objects.log_actions(self.joe.pk, [self.joe, self.tenant], CHANGE)
        self.assertEqual(self.joe.logentry_set.count(), 2)
        self.joe.delete()
        self.assertSequenceEqual(LogEntry.objects.all(), [entry])

    def test_admin(self):
        """What the admin does with the user who is logged in."""
        response = self.client.post(
            "/admin/login/?next=/admin/", {"username": "sue", "password": "secret"}
        )
        self.assertRedirects(response, "/admin/")
        response = self.client.post("/admin/users/tenant/add/", {"name": "u"})
        self.assertRedirects(response, "/admin/users/tenant/")
        entry = LogEntry.objects.get()
        self.assertEqual(entry.user_pk, self.sue.pk)
        self.assertEqual(entry.get_edited_object().name, "u")
        # The recent actions of this user.
        response = self.client.get("/admin/")
        self.assertContains(response, entry.get_admin_url())
        self.client.force_login(self.joe)
        self.assertRedirects(
            self.client.get("/admin/"),
            "/admin/login/?next=/admin/",
        )
