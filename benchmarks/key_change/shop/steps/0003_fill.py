from django.db import migrations


class Migration(migrations.Migration):
    # Each batch is committed.
    atomic = False

    dependencies = [("shop", "0002_expand")]

    operations = [migrations.FillPrimaryKey("order", ["tenant", "number"])]
