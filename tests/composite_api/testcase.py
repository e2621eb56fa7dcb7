import datetime

from .models import Card, Customer, Invoice, Line, Order, Shop


def day(number, month=1):
    return datetime.date(2024, month, number)


def noon(number, month=1):
    return datetime.datetime(2024, month, number, 12)


class OrdersMixin:
    """Three orders of two customers of different shops with the same number."""

    @classmethod
    def setUpTestData(cls):
        cls.shop = Shop.objects.create(name="s")
        cls.other_shop = Shop.objects.create(name="t")
        cls.ann = Customer.objects.create(
            shop=cls.shop, number=1, name="ann", since=day(1)
        )
        cls.bob = Customer.objects.create(
            shop=cls.other_shop, number=1, name="bob", since=day(3)
        )
        cls.first = Order.objects.create(
            customer=cls.ann, number=1, placed=noon(1), note="a"
        )
        cls.second = Order.objects.create(customer=cls.ann, number=2, placed=noon(2))
        cls.third = Order.objects.create(
            customer=cls.bob, number=1, placed=noon(1, month=2), note="c"
        )
        cls.lines = [
            Line.objects.create(order=cls.first, position=1, amount=5),
            Line.objects.create(order=cls.first, position=2, amount=1),
            Line.objects.create(order=cls.third, position=1, amount=7),
        ]
        cls.invoice = Invoice.objects.create(
            order=cls.first, payer=cls.bob, number=3, date=day(5)
        )
        cls.unpaid = Invoice.objects.create(
            order=cls.third, number=4, date=day(5, month=2)
        )
        cls.card = Card.objects.create(customer=cls.ann)
