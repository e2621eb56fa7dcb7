from django.test import TestCase

from .models import Depot, Tenant, User

# What nobody has for a key, from the merely wrong to the malicious.
MALFORMED = [
    "x",
    "[",
    "null",
    "5",
    "{}",
    '"CH"',
    "[]",
    '["CH"]',
    '["CH", "1", "2"]',
    '["CH", "x"]',
    '["CH", null]',
    "[null, null]",
    '["CH", [1]]',
    '[["CH"], "1"]',
    '[{"a": 1}, "1"]',
    '["CH", {}]',
    '["CH", NaN]',
    '["CH", Infinity]',
    '["CH", 1e999]',
    '["CH", "1e5"]',
    '["\\u0000", "1"]',
    '["\\ud800", "1"]',
    '["CH", "' + "9" * 30 + '"]',
    '["CH", "' + "9" * 10_000 + '"]',
    "(1, 'CH')",
    "[" * 100_000,
    "[" * 100_000 + "]" * 100_000,
]
# What could be one, but is none.
UNKNOWN = [
    '["CH", "99"]',
    '["", "0"]',
    '["CH", "-1"]',
    '["' + "x" * 1_000_000 + '", "1"]',
]


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
