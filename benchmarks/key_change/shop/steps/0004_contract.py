from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0003_fill")]

    operations = [
        migrations.AddField(
            "order",
            "pk",
            models.CompositePrimaryKey(
                "tenant",
                "number",
                blank=True,
                editable=False,
                primary_key=True,
                serialize=False,
            ),
        ),
        migrations.RemoveField("order", "id"),
    ]
