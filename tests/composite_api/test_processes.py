"""What is pickled in one process is read in another, e.g. by a task queue."""

import base64
import os
import pickle
import subprocess
import sys
from pathlib import Path

import django
from django.test import SimpleTestCase

from .models import Customer, Greeting, Invoice, Line, Order
from .testcase import day, noon

READER = """
import base64, pickle, sys
import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["composite_api"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()
invoice, line, keys, deferred, query = pickle.loads(base64.b64decode(sys.stdin.read()))
print(invoice.order_pk, invoice.order.pk, invoice.order.customer.name, invoice.payer)
print(line.pk, line.order_pk)
print(*keys)
print(sorted(deferred.get_deferred_fields()))
print(query)
"""


class ProcessTests(SimpleTestCase):
    def read(self, *values):
        paths = [Path(__file__).parent.parent, Path(django.__file__).parent.parent]
        result = subprocess.run(
            [sys.executable, "-c", READER],
            input=base64.b64encode(pickle.dumps(values)).decode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        )
        self.assertEqual(result.returncode, 0, result.stdout)
        return result.stdout.splitlines()

    def test_read(self):
        customer = Customer(shop_id=1, number=2, name="ann")
        order = Order(customer=customer, number=3, placed=noon(1))
        line = Line(order=order, position=4)
        query = Invoice.objects.filter(order=order).select_related("order").query
        lines = self.read(
            Invoice(order=order, date=day(1)),
            line,
            [line.pk, line.order_pk, Greeting(customer=customer).customer_pk],
            Invoice.from_db("default", ["id", "order_number"], [1, 3]),
            query,
        )
        self.assertEqual(
            lines[:3],
            [
                '["1", "2", "3"] ["1", "2", "3"] ann None',
                '["1", "2", "3", "4"] ["1", "2", "3"]',
                '["1", "2", "3", "4"] ["1", "2", "3"] ["1", "ann"]',
            ],
        )
        self.assertIn("order_customer_shop_id", lines[3])
        self.assertNotIn("order_number", lines[3])
        self.assertIn('"composite_api_invoice"."order_customer_number" = 2', lines[4])
        self.assertIn('INNER JOIN "composite_api_order"', lines[4])
