from django.test import TestCase

from .models import Depot, Tenant, User


class FormTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.tenant = Tenant.objects.create(name="first")
        cls.other = Tenant.objects.create(name="second")
        cls.ann, cls.bob = (
            User.objects.create(tenant=cls.tenant, number=number, name=name)
            for number, name in ((1, "Ann"), (2, "Bob"))
        )
        cls.eve = User.objects.create(tenant=cls.other, number=1, name="Eve")
        cls.bern, cls.basel, cls.bonn = (
            Depot.objects.create(country=country, code=code, label=label)
            for country, code, label in (
                ("CH", 1, "Bern"),
                ("CH", 2, "Basel"),
                ("DE", 3, "Bonn"),
            )
        )
