"""
A chain of keys, in which each contains the one above, and children of its models
are migrated by the commands, forwards and backwards.
"""

from composite_relations.test_migrate_project import ProjectTestCase

from django.db import connection

# Declared from the end of the chain, so that there's no model that what precedes
# it is made of.
CHAIN = """
from django.db import models


class Line(models.Model):
    pk = models.CompositePrimaryKey("order", "number")
    order = models.ForeignKey("Order", models.CASCADE)
    number = models.IntegerField()


class Bill(models.Model):
    account = models.OneToOneField("Account", models.CASCADE, primary_key=True)


class Payment(models.Model):
    pk = models.CompositePrimaryKey("customer", "number")
    customer = models.ForeignKey("Customer", models.CASCADE)
    number = models.IntegerField()
    order_number = models.IntegerField(null=True)
    order = models.ForeignKey(
        "Order", models.SET_NULL, from_fields=["customer", "order_number"]
    )


class Account(models.Model):
    customer = models.OneToOneField("Customer", models.CASCADE, primary_key=True)


class Order(models.Model):
    pk = models.CompositePrimaryKey("customer", "number")
    customer = models.ForeignKey("Customer", models.CASCADE)
    number = models.IntegerField()


class Customer(models.Model):
    pk = models.CompositePrimaryKey("district", "number")
    district = models.ForeignKey("District", models.CASCADE)
    number = models.IntegerField()
    contact = models.ForeignKey(
        "District", models.SET_NULL, null=True, related_name="contacts"
    )


class District(models.Model):
    pk = models.CompositePrimaryKey("warehouse", "{number}")
    warehouse = models.ForeignKey("Warehouse", models.CASCADE)
    {number} = models.IntegerField()


class Warehouse(models.Model):
    best = models.ForeignKey(
        Line, models.SET_NULL, null=True, related_name="best_of"
    )
"""

CHILDREN = """
from django.db import models

from composite_chain.models import Account, Customer, District, Order


class Base(Customer):
    level = models.IntegerField(default=1)

    class Meta:
        abstract = True


class Member(Base):
    pass


class GoldMember(Member):
    since = models.IntegerField({options})


class ExplicitOrder(Order):
    order = models.OneToOneField(
        Order, models.CASCADE, parent_link=True, primary_key=True
    )


class Region(District):
    pk = models.CompositePrimaryKey("country", "code")
    country = models.CharField(max_length=2)
    code = models.IntegerField()


class SubRegion(Region):
    pass


class Visit(models.Model):
    pk = models.CompositePrimaryKey("member", "number")
    member = models.ForeignKey(GoldMember, models.CASCADE)
    number = models.IntegerField()
    region = models.ForeignKey(SubRegion, models.CASCADE)


class Loan(Account):
    pass
"""


class ProjectTests(ProjectTestCase):
    labels = {"chain": "composite_chain", "children": "composite_children"}
    models = {"chain": CHAIN, "children": CHILDREN}

    def create_objects(self, Warehouse, District, Customer, Order, Line, **models):
        warehouse = Warehouse.objects.create()
        district = District.objects.create(warehouse=warehouse, number=1)
        customer = Customer.objects.create(district=district, number=2)
        order = Order.objects.create(customer=customer, number=3)
        line = Line.objects.create(order=order, number=4)
        self.assertEqual(line.pk, (warehouse.pk, 1, 2, 3, 4))
        warehouse.best = line
        warehouse.save()
        account = models["Account"].objects.create(customer=customer)
        models["Bill"].objects.create(account=account)
        models["Payment"].objects.create(customer=customer, number=1, order=order)
        member = models["GoldMember"].objects.create(
            district=district, number=5, since=1999
        )
        region = models["SubRegion"].objects.create(
            warehouse=warehouse, number=2, country="CH", code=7
        )
        models["ExplicitOrder"].objects.create(customer=member, number=1)
        models["Loan"].objects.create(customer=member)
        models["Visit"].objects.create(member=member, number=1, region=region)
        connection.check_constraints()

    def check_objects(self, GoldMember, SubRegion, Visit, Line, Warehouse, **models):
        visit = Visit.objects.get(member__district__no=1)
        self.assertEqual(visit.member.since, 1999)
        self.assertEqual(visit.member.member_ptr.pk, visit.member_pk)
        self.assertEqual(visit.region, SubRegion.objects.get(pk=("CH", 7)))
        self.assertEqual(visit.region.no, 2)
        line = Line.objects.get(order__customer__district__no=1)
        self.assertEqual(Warehouse.objects.get(best=line).best, line)
        connection.check_constraints()

    def migrate_back(self):
        self.call("migrate", "chain", "zero")
        self.assertEqual(self.get_tables(), self.tables)

    def test_project(self):
        with self.project(number="number", options="") as models:
            self.call("makemigrations")
            self.assertNoChanges()
            self.call("migrate")
            self.assertCountEqual(
                self.get_columns("chain_line"),
                [
                    "order_customer_district_warehouse_id",
                    "order_customer_district_number",
                    "order_customer_number",
                    "order_number",
                    "number",
                ],
            )
            self.assertCountEqual(
                self.get_columns("children_goldmember"),
                [
                    "member_ptr_customer_ptr_district_warehouse_id",
                    "member_ptr_customer_ptr_district_number",
                    "member_ptr_customer_ptr_number",
                    "since",
                ],
            )
            self.create_objects(**models)
        with self.project(number="no", options="null=True") as models:
            self.call("makemigrations")
            self.assertNoChanges()
            self.call("migrate")
            self.assertIn(
                "member_ptr_customer_ptr_district_no",
                self.get_columns("children_goldmember"),
            )
            self.check_objects(**models)
            self.migrate_back()
            self.call("migrate")
            self.assertNoChanges()
            self.migrate_back()

    def test_constraints(self):
        with self.project(number="number", options=""):
            self.call("makemigrations")
            self.call("migrate")
            for table, columns, target in (
                (
                    "chain_bill",
                    [
                        "account_customer_district_warehouse_id",
                        "account_customer_district_number",
                        "account_customer_number",
                    ],
                    "chain_account",
                ),
                (
                    "children_member",
                    [
                        "customer_ptr_district_warehouse_id",
                        "customer_ptr_district_number",
                        "customer_ptr_number",
                    ],
                    "chain_customer",
                ),
                (
                    "children_subregion",
                    ["region_ptr_country", "region_ptr_code"],
                    "children_region",
                ),
            ):
                with self.subTest(table=table), connection.cursor() as cursor:
                    constraints = connection.introspection.get_constraints(
                        cursor, table
                    ).values()
                    (primary_key,) = [c for c in constraints if c["primary_key"]]
                    self.assertEqual(primary_key["columns"], columns)
                    foreign_keys = [c for c in constraints if c["foreign_key"]]
                    self.assertEqual([c["columns"] for c in foreign_keys], [columns])
                    self.assertEqual(foreign_keys[0]["foreign_key"][0], target)
            with connection.cursor() as cursor:
                constraints = connection.introspection.get_constraints(
                    cursor, "children_region"
                ).values()
            columns = ["district_ptr_warehouse_id", "district_ptr_number"]
            self.assertIn(
                (columns, True, False),
                [(c["columns"], c["unique"], c["primary_key"]) for c in constraints],
            )
            self.assertIn(
                (["country", "code"], True),
                [(c["columns"], c["primary_key"]) for c in constraints],
            )
            self.migrate_back()
