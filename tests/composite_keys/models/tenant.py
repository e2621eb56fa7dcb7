from django.db import models


class Tenant(models.Model):
    name = models.CharField(max_length=20)


class User(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "id")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="users")
    id = models.IntegerField()
    email = models.EmailField()


class UserProxy(User):
    class Meta:
        proxy = True


class Comment(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "id")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="comments")
    id = models.IntegerField()
    user_id = models.IntegerField(null=True)
    user = models.ForeignObject(
        User,
        models.CASCADE,
        from_fields=["tenant_id", "user_id"],
        to_fields=["tenant_id", "id"],
        related_name="comments",
        null=True,
    )
    text = models.CharField(max_length=20)


class Receipt(models.Model):
    pk = models.CompositePrimaryKey("tenant_id", "number")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="receipts")
    number = models.IntegerField(db_default=1)
    note = models.CharField(max_length=20, blank=True)
