from django.db import connection
from django.db.models import Value
from django.db.models.expressions import DatabaseDefault
from django.test import SimpleTestCase, TestCase
from django.test.utils import isolate_apps

from .models import Comment, Receipt, Tenant, User, UserProxy

UNHASHABLE = "Model instances without primary key value are unhashable"


class UnsavedInstancesTests(SimpleTestCase):
    def assertUnset(self, instance, other):
        self.assertIs(instance._is_pk_set(), False)
        self.assertEqual(instance.pk, other.pk)
        self.assertEqual(instance, instance)
        self.assertNotEqual(instance, other)
        self.assertNotEqual(other, instance)
        self.assertIn(instance, [other, instance])
        self.assertNotIn(instance, [other])
        with self.assertRaisesMessage(TypeError, UNHASHABLE):
            hash(instance)

    def test_unset_key(self):
        self.assertUnset(User(), User())

    def test_partially_set_key(self):
        for kwargs in [{"tenant_id": 1}, {"id": 1}, {"pk": (1, None)}]:
            with self.subTest(kwargs=kwargs):
                self.assertUnset(User(**kwargs), User(**kwargs))

    def test_reset_key(self):
        user, other = User(pk=(1, 1)), User(pk=(1, 1))
        self.assertEqual(user, other)
        user.pk = other.pk = None
        self.assertUnset(user, other)

    def test_equal_fields(self):
        self.assertUnset(User(email="a@example.com"), User(email="a@example.com"))

    def test_database_default(self):
        receipt = Receipt(tenant_id=1)
        self.assertIsInstance(receipt.number, DatabaseDefault)
        self.assertUnset(receipt, Receipt(tenant_id=1))

    def test_shared_database_default(self):
        number = DatabaseDefault(Value(1))
        self.assertUnset(
            Receipt(tenant_id=1, number=number), Receipt(tenant_id=1, number=number)
        )

    def test_proxy(self):
        self.assertUnset(UserProxy(), UserProxy())
        self.assertUnset(UserProxy(), User())
        self.assertUnset(UserProxy(tenant_id=1), User(tenant_id=1))

    def test_set_key(self):
        user = User(pk=(1, 2), email="a@example.com")
        equal = User(pk=(1, 2), email="b@example.com")
        self.assertEqual(user, equal)
        self.assertEqual(user, UserProxy(pk=(1, 2)))
        self.assertEqual(hash(user), hash(equal))
        self.assertEqual({user, equal, UserProxy(pk=(1, 2))}, {user})
        for pk in [(2, 1), (1, 1), (1, None), (None, 2), None]:
            with self.subTest(pk=pk):
                self.assertNotEqual(user, User(pk=pk))
                self.assertNotEqual(User(pk=pk), user)

    def test_falsy_members(self):
        self.assertEqual(User(pk=(0, 0)), User(pk=(0, 0)))
        self.assertEqual(hash(User(pk=(0, 0))), hash((0, 0)))

    def test_other_types(self):
        self.assertNotEqual(User(), Comment())
        self.assertNotEqual(User(pk=(1, 1)), Comment(pk=(1, 1)))
        self.assertNotEqual(User(pk=(1, 1)), (1, 1))
        self.assertIs(User().__eq__((None, None)), NotImplemented)

    def test_list_methods(self):
        users = [User(), User(), User()]
        first, second, third = users
        self.assertEqual([users.index(user) for user in users], [0, 1, 2])
        users.remove(second)
        self.assertIs(users[0], first)
        self.assertIs(users[1], third)

    @isolate_apps("composite_keys")
    def test_overridden_eq(self):
        class NamedUser(User):
            class Meta:
                proxy = True

            def __eq__(self, other):
                return super().__eq__(other) or self.email == other.email

        self.assertEqual(NamedUser(email="a"), NamedUser(email="a"))
        self.assertNotEqual(NamedUser(email="a"), NamedUser(email="b"))


class SavedInstancesTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.tenant = Tenant.objects.create(name="Alpha")
        cls.user = User.objects.create(tenant=cls.tenant, id=1, email="a@example.com")

    def test_equal_once_saved(self):
        user = User(tenant=self.tenant, email="b@example.com")
        self.assertNotEqual(user, User(tenant=self.tenant))
        user.id = 2
        user.save()
        self.assertEqual(user, User.objects.get(pk=user.pk))
        self.assertEqual(hash(user), hash(User.objects.get(pk=user.pk)))

    def test_unset_after_delete(self):
        user = User.objects.get(pk=self.user.pk)
        user.delete()
        user.pk = None
        self.assertNotEqual(user, User())
        self.assertNotEqual(user, self.user)

    def test_database_default(self):
        receipt = Receipt(tenant=self.tenant)
        # There is no key to look for a row to update by.
        with self.assertNumQueries(1):
            receipt.save()
        saved = Receipt.objects.get()
        self.assertEqual(saved.pk, (self.tenant.pk, 1))
        if connection.features.can_return_columns_from_insert:
            self.assertEqual(receipt, saved)
            self.assertEqual(hash(receipt), hash(saved))
        else:
            self.assertNotEqual(receipt, saved)

    def test_database_default_bulk_create(self):
        receipt = Receipt(tenant=self.tenant)
        given = Receipt(tenant=self.tenant, number=2)
        with self.assertNumQueries(2):
            Receipt.objects.bulk_create([receipt, given])
        saved = list(Receipt.objects.order_by("pk"))
        self.assertEqual([r.number for r in saved], [1, 2])
        self.assertEqual(given, saved[1])
        if connection.features.can_return_rows_from_bulk_insert:
            self.assertEqual([receipt, given], saved)

    def test_deferred_fields(self):
        deferred = User.objects.defer("email").get()
        with self.assertNumQueries(0):
            self.assertEqual(deferred, self.user)
            self.assertEqual(hash(deferred), hash(self.user))
            self.assertNotEqual(deferred, User())
        self.assertEqual(deferred.get_deferred_fields(), {"email"})
