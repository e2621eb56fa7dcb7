"""The SQL for Oracle, which locks columns where others lock tables."""

from unittest import mock

from composite_keys.oracle import OracleTestCase

from django.db.models import F

from .models import Card, Invoice, Line, Member


class OracleQueryTests(OracleTestCase):
    table = "COMPOSITE_API_LINE"

    def assertLocks(self, queryset, of, *columns, **kwargs):
        queryset = queryset.select_for_update(of=of, **kwargs)
        with mock.patch.object(
            self.connection, "get_autocommit", autospec=True, return_value=False
        ):
            sql = self.compile(queryset)
        locked = sql.rpartition(" FOR UPDATE OF ")[2]
        self.assertEqual(
            [name.rpartition("COMPOSITE_API_")[2] for name in locked.split(", ")],
            list(columns),
        )

    def test_select_for_update_of(self):
        lines = Line.objects.select_related("order__customer")
        self.assertLocks(lines, ["self"], "ORDER_CUSTOMER_SHOP_ID")
        self.assertLocks(lines, ["order"], "ORDER.CUSTOMER_SHOP_ID")
        self.assertLocks(
            lines,
            ["self", "order__customer"],
            "ORDER_CUSTOMER_SHOP_ID",
            "CUSTOMER.SHOP_ID",
        )
        self.assertLocks(
            Invoice.objects.select_related("order"),
            ["order"],
            "ORDER.CUSTOMER_SHOP_ID NOWAIT",
            nowait=True,
        )
        self.assertLocks(
            Card.objects.select_related("customer"),
            ["self", "customer"],
            "CARD.CUSTOMER_SHOP_ID",
            "CUSTOMER.SHOP_ID",
        )
        members = Member.objects.all()
        self.assertLocks(members, ["self"], "MEMBER.CUSTOMER_PTR_SHOP_ID")
        self.assertLocks(members, ["customer_ptr"], "CUSTOMER.SHOP_ID")

    def test_update(self):
        self.table = "COMPOSITE_API_INVOICE"
        self.assertEqual(
            self.compile_update(Invoice.objects.all(), number=F("order__number")),
            "UPDATE COMPOSITE_API_INVOICE SET NUMBER = ORDER_NUMBER",
        )
