from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from .models import (
    Account,
    Booking,
    Card,
    Customer,
    District,
    Line,
    Order,
    Parcel,
    Payment,
    Slip,
    Warehouse,
)


class ChainTestCase(TestCase):
    """
    Two rows below each row of the chain, with the same numbers everywhere, so
    that a comparison of some of the columns finds too many.
    """

    @classmethod
    def setUpTestData(cls):
        for code in ("a", "b"):
            warehouse = Warehouse.objects.create(code=code, name=f"w{code}")
            for number in (1, 2):
                district = District.objects.create(
                    warehouse=warehouse, number=number, name=f"d{number}"
                )
                for number in (1, 2):
                    cls.create_customer(district, number)

    @classmethod
    def create_customer(cls, district, number):
        customer = Customer.objects.create(
            district=district, number=number, name=f"c{number}"
        )
        orders = Order.objects.bulk_create(
            Order(customer=customer, number=number, note=f"o{number}")
            for number in (1, 2)
        )
        lines = Line.objects.bulk_create(
            Line(order=order, number=number, amount=number)
            for order in orders
            for number in (1, 2)
        )
        Parcel.objects.bulk_create(Parcel(line=line, number=1) for line in lines)
        Slip.objects.create(line=lines[-1])
        Payment.objects.create(customer=customer, number=1, order=orders[-1])
        Payment.objects.create(customer=customer, number=2)
        account = Account.objects.create(customer=customer, balance=number)
        card = Card.objects.create(account=account, color=f"c{number}")
        Booking.objects.create(card=card, number=1)

    def assertSQL(self, queryset, count, joins=0):
        """The queryset finds `count` rows with one query and as many joins."""
        with self.assertNumQueries(1), CaptureQueriesContext(connection) as context:
            self.assertEqual(len(list(queryset)), count)
        sql = context.captured_queries[0]["sql"]
        self.assertEqual(sql.count(" JOIN "), joins, sql)
        return sql
