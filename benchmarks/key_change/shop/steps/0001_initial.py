from importlib import import_module

first = import_module("key_change.shop.migrations.0001_initial")


class Migration(first.Migration):
    pass
