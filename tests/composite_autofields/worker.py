"""
Creates tickets in a process of its own, by several threads: run by
test_concurrency.py, which writes what to do to the standard input as JSON.
"""

import json
import sys
from threading import Thread

import django
from django.conf import settings


def create(connection, models):
    with connection.schema_editor() as editor:
        for model in models:
            editor.create_model(model)


def work(model, tenant, count, numbers):
    from django.db import connection, transaction

    def make():
        return model(tenant_id=tenant, title="x")

    try:
        for _ in range(count):
            ticket = make()
            ticket.save()
            numbers.append(ticket.id)
            with transaction.atomic():
                tickets = [model.objects.create(tenant_id=tenant) for _ in range(2)]
                # Has others wait, and takes more numbers while they do.
                if connection.features.can_return_rows_from_bulk_insert:
                    tickets += model.objects.bulk_create([make() for _ in range(3)])
            numbers.extend(ticket.id for ticket in tickets)
            # The last one may be the highest there is.
            tickets[-1].delete()
    finally:
        connection.close()


def main():
    todo = json.load(sys.stdin)
    settings.configure(
        DATABASES={"default": todo["database"]},
        INSTALLED_APPS=["composite_autofields"],
        USE_TZ=False,
    )
    django.setup()

    from composite_autofields.models import Comment, Label, Tenant, Ticket

    from django.db import connection

    if todo["action"] == "create":
        create(connection, [Tenant, Ticket, Comment, Label])
        Tenant.objects.bulk_create([Tenant(pk=pk) for pk in todo["tenants"]])
        return
    numbers = []
    threads = [
        Thread(target=work, args=(Ticket, tenant, todo["count"], numbers))
        for tenant in todo["tenants"]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump(numbers, sys.stdout)


if __name__ == "__main__":
    main()
