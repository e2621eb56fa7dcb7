import django.db.models.deletion
from django.db import migrations, models


def key():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            "Tag", [("id", key()), ("name", models.CharField(max_length=20))]
        ),
        migrations.CreateModel(
            "Tenant", [("id", key()), ("name", models.CharField(max_length=20))]
        ),
        migrations.CreateModel(
            "Order",
            [
                ("id", key()),
                ("number", models.IntegerField()),
                ("label", models.CharField(max_length=20)),
                ("tags", models.ManyToManyField("shop.tag", related_name="orders")),
                (
                    "tenant",
                    models.ForeignKey(
                        "shop.tenant", on_delete=django.db.models.deletion.CASCADE
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            "Line",
            [
                ("id", key()),
                ("position", models.SmallIntegerField()),
                ("label", models.CharField(max_length=20)),
                (
                    "order",
                    models.ForeignKey(
                        "shop.order",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            "Shipment",
            [
                ("id", key()),
                ("label", models.CharField(max_length=20)),
                (
                    "order",
                    models.OneToOneField(
                        "shop.order", on_delete=django.db.models.deletion.CASCADE
                    ),
                ),
            ],
        ),
    ]
