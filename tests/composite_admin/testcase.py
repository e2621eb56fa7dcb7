from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.test import TestCase, override_settings
from django.urls import reverse

from .models import Hall, Seat


@override_settings(ROOT_URLCONF="composite_admin.urls")
class AdminTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.superuser = User.objects.create_superuser("super", password="secret")
        cls.main = Hall.objects.create(code="main", name="Main hall")
        cls.side = Hall.objects.create(code="side", name="Side hall")
        cls.seat = Seat.objects.create(pk=("main", 4, 12), label="First")
        cls.other = Seat.objects.create(pk=("main", 4, 13), label="Second")
        cls.third = Seat.objects.create(pk=("side", 1, 1), label="Third")

    def setUp(self):
        # The number of queries doesn't depend on what other tests did.
        ContentType.objects.get_for_models(Seat, Hall)
        self.client.force_login(self.superuser)

    def url(self, page, obj, *args):
        """Return the URL of the admin's page for a model or an object."""
        if not isinstance(obj, type):
            args = (quote(obj.pk), *args)
        opts = obj._meta
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=args)

    def get(self, page, obj, data=None, **kwargs):
        response = self.client.get(self.url(page, obj), data, **kwargs)
        self.assertEqual(response.status_code, 200)
        return response
