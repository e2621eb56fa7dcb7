"""The queries of keys of keys, as Oracle gets them."""

from composite_keys.oracle import OracleTestCase

from django.db.models import Count, OuterRef, Subquery

from .models import Card, Customer, Line, Warehouse


class OracleTests(OracleTestCase):
    def test_keys_of_relations(self):
        for queryset in (
            Line.objects.filter(order__customer=("a", 1, 1)),
            Line.objects.filter(order__customer__in=[("a", 1, 1), ("b", 2, 2)]),
            Line.objects.select_related("order__customer__district__warehouse"),
            Line.objects.values("order__customer").annotate(n=Count("pk")),
            Card.objects.filter(account__customer__district__number=1),
            Warehouse.objects.exclude(districts__customers__orders__lines__amount=1),
            Customer.objects.annotate(
                last=Subquery(
                    Line.objects.filter(order__customer=OuterRef("pk"))
                    .order_by("-pk")
                    .values("amount")[:1]
                )
            ),
        ):
            with self.subTest(queryset=queryset.query):
                self.compile(queryset)
        self.table = "COMPOSITE_IDENTIFYING_LINE"
        self.assertEqual(
            self.where(Line.objects.filter(order__customer__district=("a", 1))),
            "(ORDER_CUSTOMER_DISTRICT_WAF570 = :arg0 "
            "AND ORDER_CUSTOMER_DISTRICT_NUMBER = :arg1)",
        )
