from django.db import models


class Company(models.Model):
    name = models.CharField(max_length=20)


class Employee(models.Model):
    """A key with a tenant, which relations to it may share."""

    pk = models.CompositePrimaryKey("company", "number")
    company = models.ForeignKey(Company, models.CASCADE, related_name="employees")
    number = models.IntegerField()
    name = models.CharField(max_length=20)
    manager_number = models.IntegerField(null=True)
    manager = models.ForeignKey(
        "self",
        models.SET_NULL,
        from_fields=["company", "manager_number"],
        to_fields=["company", "number"],
        related_name="staff",
        null=True,
    )


class Task(models.Model):
    """Two relations that share a column with each other and with a third."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="tasks")
    name = models.CharField(max_length=20)
    assignee_number = models.IntegerField(null=True)
    reviewer_number = models.IntegerField(null=True)
    assignee = models.ForeignKey(
        Employee,
        models.SET_NULL,
        from_fields=["company", "assignee_number"],
        related_name="tasks",
        null=True,
    )
    reviewer = models.ForeignKey(
        Employee,
        models.SET_NULL,
        from_fields=["company", "reviewer_number"],
        related_name="reviews",
        null=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "assignee_number"], name="unique_assignee"
            ),
        ]


class Badge(models.Model):
    employee = models.OneToOneField(Employee, models.CASCADE, related_name="badge")
    color = models.CharField(max_length=20)


class Depot(models.Model):
    """A key of text and a number, another unique set, and an order."""

    pk = models.CompositePrimaryKey("country", "code")
    country = models.CharField(max_length=10)
    code = models.IntegerField()
    label = models.CharField(max_length=20)
    name = models.CharField(max_length=20)

    class Meta:
        ordering = ["name"]
        unique_together = [("country", "label")]


class Parcel(models.Model):
    """Two relations to the same model that create their columns."""

    depot = models.ForeignKey(Depot, models.CASCADE, related_name="parcels")
    origin = models.ForeignKey(
        Depot, models.SET_NULL, related_name="sent_parcels", null=True
    )
    weight = models.IntegerField(default=1)


class Express(Parcel):
    """Inherits relations from another table."""

    fee = models.IntegerField(default=0)


class Poster(models.Model):
    """Refers to a unique set which isn't the key."""

    depot = models.ForeignKey(
        Depot, models.CASCADE, to_fields=["country", "label"], related_name="posters"
    )
    text = models.CharField(max_length=20)


class Shelf(models.Model):
    """A key with a relation of several columns, to which another one refers."""

    pk = models.CompositePrimaryKey("depot", "row")
    depot = models.ForeignKey(Depot, models.CASCADE, related_name="shelves")
    row = models.IntegerField()
    material = models.CharField(max_length=20, default="")


class Box(models.Model):
    pk = models.CompositePrimaryKey("shelf", "position")
    shelf = models.ForeignKey(Shelf, models.CASCADE, related_name="boxes")
    position = models.IntegerField()


class Content(models.Model):
    box = models.ForeignKey(Box, models.CASCADE, related_name="contents", null=True)
    name = models.CharField(max_length=20)
