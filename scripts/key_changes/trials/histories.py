"""
Histories of models whose keys change while others refer to them.

A row is known by its label, whatever its key is, see `databases.links()`.
"""

from __future__ import annotations

from .projects import History, Version

TENANT = """
class Tenant(models.Model):
    label = models.CharField(max_length=20)
"""

SINGLE = """
class Order(models.Model):
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    number = models.IntegerField()
    label = models.CharField(max_length=20)
    {fields}
"""

COMPOSITE = """
class Order(models.Model):
    pk = models.CompositePrimaryKey("tenant", "number")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    number = models.IntegerField()
    label = models.CharField(max_length=20)
    {fields}
"""

LINE = """
class Line(models.Model):
    order = models.ForeignKey({target}Order, on_delete=models.CASCADE{options})
    label = models.CharField(max_length=20)
"""

# Two tenants, and orders whose numbers are those of both.
ORDERS = """
tenants = [Tenant.objects.create(label=f"tenant {n}") for n in "ab"]
orders = [
    Order.objects.create(
        tenant=tenants[n % 2], number=n // 2 + 1, label=f"order {n}", **more(n)
    )
    for n in (7, 3, 1, 5, 0, 6, 2, 4)
]
"""
PLAIN_ORDERS = "more = lambda n: {}\n" + ORDERS
LINES = """
for n in range(20):
    Line.objects.create(order=orders[n * 3 % 8], label=f"line {n}")
"""


def single(fields: str = "") -> str:
    return TENANT + SINGLE.format(fields=fields)


def composite(fields: str = "") -> str:
    return TENANT + COMPOSITE.format(fields=fields)


def line(target: str = "", options: str = "") -> str:
    return LINE.format(target=target, options=options)


RENAMED = """
class Tenant(models.Model):
    label = models.CharField(max_length=20)


class Purchase(models.Model):
    pk = models.CompositePrimaryKey("tenant", "no")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    no = models.IntegerField()
    label = models.CharField(max_length=20)


class Line(models.Model):
    purchase = models.ForeignKey(Purchase, on_delete=models.CASCADE)
    label = models.CharField(max_length=20)
"""

TICKET = """
class Ticket(models.Model):
    line = models.OneToOneField(Line, on_delete=models.CASCADE, primary_key=True)
    orders = models.ManyToManyField(Order)
    label = models.CharField(max_length=20)
"""

MIGRATION = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "{before}")]

    operations = [{operations}    ]
"""

SHOP = """
class Tag(models.Model):
    label = models.CharField(max_length=20)


{order}

class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    label = models.CharField(max_length=20, db_default="new")
    price = models.DecimalField(max_digits=8, decimal_places=2, db_comment="Each.")

    class Meta:
        indexes = [models.Index(fields=["order", "price"], name="line_price")]
        constraints = [
            models.UniqueConstraint(fields=["order", "label"], name="line_label"),
        ]


class Shipment(models.Model):
    order = models.OneToOneField(Order, on_delete=models.PROTECT)
    label = models.CharField(max_length=20)


class Note(models.Model):
    order = models.ForeignKey(
        Order, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    label = models.CharField(max_length=20)


class Person(models.Model):
    label = models.CharField(max_length=20)
    watched = models.ManyToManyField(Order, through="Watch", related_name="watchers")


class Watch(models.Model):
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    label = models.CharField(max_length=20)

    class Meta:
        unique_together = [("person", "order")]


class Urgent(Order):
    urgent_label = models.CharField(max_length=20)


class Part(models.Model):
    pk = models.CompositePrimaryKey("order", "position")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="parts")
    position = models.IntegerField()
    label = models.CharField(max_length=20)


class Check(models.Model):
    part = models.ForeignKey(Part, on_delete=models.CASCADE)
    label = models.CharField(max_length=20)
"""
SHOP_FIELDS = """
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True)
    tags = models.ManyToManyField(Tag, related_name="orders")
"""
SHOP_ROWS = (
    """
tags = [Tag.objects.create(label=f"tag {n}") for n in range(3)]
more = lambda n: {}
"""
    + ORDERS
    + """
for n, order in enumerate(orders):
    if n % 3:
        order.parent = orders[(n * 5) % 8]
        order.save()
    order.tags.set(tags[n % 3:])
    Note.objects.create(order=order if n % 2 else None, label=f"note {n}")
    Shipment.objects.create(order=order, label=f"shipment {n}")
    for m in range(2):
        price = n + m / 4
        Line.objects.create(order=order, label=f"line {n}, {m}", price=price)
        part = Part.objects.create(order=order, position=m, label=f"part {n}, {m}")
        Check.objects.create(part=part, label=f"check {n}, {m}")
people = [Person.objects.create(label=f"person {n}") for n in range(3)]
for n in range(8):
    Watch.objects.create(order=orders[n], person=people[n % 3], label=f"watch {n}")
for n, order in enumerate(orders[:3]):
    Urgent(order_ptr=order, urgent_label=f"urgent {n}").save_base(raw=True)
"""
)
SHOP_USE = """
order = Order.objects.create(tenant=Tenant.objects.get(label="tenant b"), number=99)
Line.objects.create(order=order, price=3)
order.tags.add(Tag.objects.create())
Note.objects.create(order=order)
Urgent.objects.create(tenant=order.tenant, number=100, urgent_label="x", label="y")
assert Line.objects.filter(order__label="order 7").count() == 2
assert Order.objects.filter(lines__price=3.25).count() == 1
"""
SHOP_HISTORY = History(
    "a shop",
    [
        Version({"shop": SHOP.format(order=single(SHOP_FIELDS))}, use=SHOP_USE),
        Version({"shop": SHOP.format(order=composite(SHOP_FIELDS))}, use=SHOP_USE),
    ],
    SHOP_ROWS,
    # Orders' tenants and parents, tags, notes, shipments, lines, parts and checks,
    # watches twice, and urgent orders.
    8 + 5 + 17 + 4 + 8 + 16 + 16 + 16 + 16 + 3,
)

HISTORIES = [
    SHOP_HISTORY,
    History(
        "three apps",
        [
            Version(
                {
                    "shop": order(),
                    "billing": "from shop import models as shop\n"
                    + "from django.db import models\n\n\n"
                    + """
class Invoice(models.Model):
    order = models.OneToOneField(shop.Order, on_delete=models.CASCADE)
    label = models.CharField(max_length=20)
""",
                    "post": """
class Parcel(models.Model):
    order = models.ForeignKey("shop.Order", on_delete=models.CASCADE, null=True)
    invoices = models.ManyToManyField("billing.Invoice")
    orders = models.ManyToManyField("shop.Order", related_name="parcels")
    label = models.CharField(max_length=20)
""",
                },
                use="""
order = Order.objects.create(tenant_id=1, number=99)
Invoice.objects.create(order=order)
Parcel.objects.create(order=order).orders.add(order)
""",
            )
            for order in (single, composite)
        ],
        PLAIN_ORDERS + """
for n, order in enumerate(orders):
    invoice = Invoice.objects.create(order=order, label=f"invoice {n}")
    parcel = Parcel.objects.create(order=order if n else None, label=f"parcel {n}")
    parcel.invoices.add(invoice)
    parcel.orders.add(orders[-n], orders[n // 2])
""",
        8 + 8 + 7 + 8 + 15,
    ),
    History(
        "two keys at once",
        [
            Version(
                {
                    "shop": order()
                    + f"""
class Article(models.Model):
    {key}
    maker = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    code = models.CharField(max_length=10)
    label = models.CharField(max_length=20)


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    article = models.ForeignKey(Article, on_delete=models.CASCADE)
    label = models.CharField(max_length=20)
"""
                }
            )
            for order, key in (
                (single, ""),
                (composite, 'pk = models.CompositePrimaryKey("maker", "code")'),
            )
        ],
        PLAIN_ORDERS + """
articles = [
    Article.objects.create(maker=tenants[n % 2], code=f"c{n}", label=f"article {n}")
    for n in (2, 1, 3)
]
for n in range(20):
    Line.objects.create(
        order=orders[n * 3 % 8], article=articles[n % 3], label=f"line {n}"
    )
""",
        8 + 3 + 40,
    ),
    History(
        "to itself, and other options",
        [
            Version(
                {
                    "shop": order(
                        'parent = models.ForeignKey("self", on_delete=models.SET_NULL, '
                        'null=True, related_name="children")\n'
                        '    twins = models.ManyToManyField("self")\n'
                        '    after = models.OneToOneField("self", null=True, '
                        'on_delete=models.SET_NULL, related_name="before")'
                    )
                    + line(
                        options=', related_name="+", db_index=False, '
                        'limit_choices_to={"number__gt": 1}'
                    )
                    + """
class Bill(models.Model):
    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, related_query_name="billed", null=True,
        db_column={db_column!r},
    )
    label = models.CharField(max_length=20)
""".format(db_column=db_column)
                }
            )
            # A relation over several columns takes their names.
            for order, db_column in ((single, "the_order"), (composite, None))
        ],
        PLAIN_ORDERS + LINES + """
for n, order in enumerate(orders):
    if n:
        order.parent, order.after = orders[n // 2], orders[n - 1]
        order.save()
    order.twins.add(orders[n - 3])
    Bill.objects.create(order=order if n % 2 else None, label=f"bill {n}")
""",
        8 + 20 + 7 + 7 + 16 + 4,
    ),
    History(
        "composite to single",
        [
            Version({"shop": order() + line()}, use=use)
            for order, use in (
                (composite, "Order.objects.create(tenant_id=1, number=99)"),
                (single, "assert Order.objects.create(tenant_id=1, number=99).id > 8"),
            )
        ],
        PLAIN_ORDERS + LINES,
        28,
    ),
    History(
        "composite to a field that is there",
        [
            Version(
                {
                    "shop": TENANT
                    + f"""
class Order(models.Model):
    {key}
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    number = models.IntegerField()
    code = models.CharField(max_length=20{primary_key})
    label = models.CharField(max_length=20)
"""
                    + line()
                }
            )
            for key, primary_key in (
                ('pk = models.CompositePrimaryKey("tenant", "number")', ""),
                ("", ", primary_key=True"),
            )
        ],
        'more = lambda n: {"code": f"c{n * 7}"}\n' + ORDERS + LINES,
        28,
    ),
    History(
        "members added, removed, and reordered",
        [
            Version(
                {
                    "shop": TENANT
                    + f"""
class Order(models.Model):
    pk = models.CompositePrimaryKey({members})
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    number = models.IntegerField()
    year = models.IntegerField(default=2026)
    label = models.CharField(max_length=20)
"""
                    + line()
                }
            )
            for members in (
                '"tenant", "number"',
                '"tenant", "year", "number"',
                '"number", "year"',
                '"year", "number"',
            )
        ],
        # The number and the year say which it is, too.
        'more = lambda n: {"year": 2020 + n % 2}\n' + ORDERS + LINES,
        28,
    ),
    History(
        "keys of keys",
        [
            Version(
                {
                    "shop": order()
                    + """
class Part(models.Model):
    pk = models.CompositePrimaryKey("order", "position")
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    position = models.IntegerField()
    label = models.CharField(max_length=20)


class Screw(models.Model):
    pk = models.CompositePrimaryKey("part", "size")
    part = models.ForeignKey(Part, on_delete=models.CASCADE)
    size = models.CharField(max_length=3)
    label = models.CharField(max_length=20)


class Turn(models.Model):
    screw = models.OneToOneField(Screw, on_delete=models.CASCADE, primary_key=True)
    label = models.CharField(max_length=20)


class Log(models.Model):
    turn = models.ForeignKey(Turn, on_delete=models.SET_NULL, null=True)
    screws = models.ManyToManyField(Screw)
    label = models.CharField(max_length=20)
"""
                },
                use="""
order = Order.objects.create(tenant_id=1, number=99)
part = Part.objects.create(order=order, position=1)
screw = Screw.objects.create(part=part, size="M3")
Log.objects.create(turn=Turn.objects.create(screw=screw)).screws.add(screw)
""",
            )
            for order in (single, composite)
        ],
        PLAIN_ORDERS + """
for n, order in enumerate(orders):
    part = Part.objects.create(order=order, position=n % 2, label=f"part {n}")
    screw = Screw.objects.create(part=part, size="M8", label=f"screw {n}")
    turn = Turn.objects.create(screw=screw, label=f"turn {n}")
    log = Log.objects.create(turn=turn if n % 2 else None, label=f"log {n}")
    log.screws.add(screw)
""",
        8 + 8 + 8 + 8 + 4 + 8,
    ),
    History(
        "a custom through model",
        [
            Version(
                {
                    "shop": order()
                    + """
class Person(models.Model):
    label = models.CharField(max_length=20)
    orders = models.ManyToManyField(
        Order, through="Share", through_fields=("person", "order")
    )


class Share(models.Model):
    pk = models.CompositePrimaryKey("person", "order")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="shares")
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    giver = models.ForeignKey(
        Person, on_delete=models.CASCADE, null=True, related_name="given"
    )
    label = models.CharField(max_length=20)
"""
                },
                use="""
person = Person.objects.create()
person.orders.add(Order.objects.get(label="order 3"))
assert person.orders.get().label == "order 3"
""",
            )
            for order in (single, composite)
        ],
        PLAIN_ORDERS + """
people = [Person.objects.create(label=f"person {n}") for n in range(3)]
for n, order in enumerate(orders):
    Share.objects.create(order=order, person=people[n % 3], label=f"share {n}")
""",
        8 + 16,
    ),
    History(
        "a parent",
        [
            Version(
                {
                    "shop": order()
                    + """
class Urgent(Order):
    until_label = models.CharField(max_length=20)


class Delivery(models.Model):
    urgent = models.ForeignKey(Urgent, on_delete=models.CASCADE)
    label = models.CharField(max_length=20)
"""
                },
                use="""
urgent = Urgent.objects.create(tenant_id=1, number=99, until_label="u")
Delivery.objects.create(urgent=urgent)
""",
            )
            for order in (single, composite)
        ],
        PLAIN_ORDERS + """
for n in range(4):
    urgent = Urgent.objects.create(
        tenant=tenants[n % 2], number=20 + n, label=f"o {n}", until_label=f"until {n}"
    )
    Delivery.objects.create(urgent=urgent, label=f"delivery {n}")
""",
        12 + 4 + 4,
    ),
    History(
        "squashed",
        [
            Version({"shop": single() + line()}),
            Version({"shop": composite() + line()}),
            Version(
                {
                    "shop": composite("paid = models.BooleanField(default=False)")
                    + line()
                }
            ),
            Version(
                {"shop": single("paid = models.BooleanField(default=False)") + line()}
            ),
        ],
        PLAIN_ORDERS + LINES,
        28,
        squash="shop",
    ),
    History(
        "a rename beside the change",
        [
            Version({"shop": single() + line()}),
            Version(
                {"shop": RENAMED},
                {
                    "shop": {
                        "0002_rename_and_change": MIGRATION.format(
                            before="0001_initial",
                            operations="""
        migrations.RenameField("order", "number", "no"),
        migrations.AddField(
            "order",
            "pk",
            models.CompositePrimaryKey(
                "tenant",
                "no",
                blank=True,
                editable=False,
                primary_key=True,
                serialize=False,
            ),
        ),
        migrations.RemoveField("order", "id"),
        migrations.RenameModel("Order", "Purchase"),
        migrations.RenameField("line", "order", "purchase"),
""",
                        )
                    }
                },
                use="""
purchase = Purchase.objects.create(tenant_id=1, no=99)
Line.objects.create(purchase=purchase)
""",
            ),
        ],
        PLAIN_ORDERS + LINES,
        28,
    ),
    History(
        "members renamed and altered",
        [
            Version({"shop": composite() + line()}),
            Version(
                {"shop": RENAMED},
                {
                    "shop": {
                        "0002_rename": MIGRATION.format(
                            before="0001_initial",
                            operations="""
        migrations.RenameField("order", "number", "no"),
        migrations.RenameModel("Order", "Purchase"),
        migrations.RenameField("line", "order", "purchase"),
""",
                        )
                    }
                },
            ),
            Version(
                {"shop": RENAMED.replace("no = models.Int", "no = models.BigInt")},
                use="""
purchase = Purchase.objects.create(tenant_id=1, no=2**40)
Line.objects.create(purchase=purchase)
""",
            ),
        ],
        PLAIN_ORDERS + LINES,
        28,
    ),
    History(
        "in steps",
        [
            Version({"shop": single() + line() + TICKET}),
            Version(
                {"shop": single() + line() + TICKET},
                {
                    "shop": {
                        "0002_expand": MIGRATION.format(
                            before="0001_initial",
                            operations="""
        migrations.ExpandPrimaryKey("order", ["tenant", "number"]),
""",
                        ),
                        "0003_fill": MIGRATION.format(
                            before="0002_expand",
                            operations="""
        migrations.FillPrimaryKey("order", ["tenant", "number"], batch_size=3),
""",
                        ).replace(
                            "    dependencies", "    atomic = False\n\n    dependencies"
                        ),
                    }
                },
                expanded=True,
            ),
            Version({"shop": composite() + line() + TICKET}),
        ],
        PLAIN_ORDERS + LINES + """
for n, one in enumerate(Line.objects.all()):
    ticket = Ticket.objects.create(line=one, label=f"ticket {n}")
    ticket.orders.add(orders[n % 8])
""",
        28 + 20 + 20,
    ),
]
