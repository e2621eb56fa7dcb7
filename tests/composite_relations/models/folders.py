from django.db import models


class Folder(models.Model):
    """Refers to its own kind, and to another model that refers to it."""

    pk = models.CompositePrimaryKey("drive", "number")
    drive = models.CharField(max_length=1)
    number = models.IntegerField()
    parent = models.ForeignKey("self", models.CASCADE, null=True)
    cover = models.ForeignKey("File", models.SET_NULL, null=True, related_name="+")


class File(models.Model):
    pk = models.CompositePrimaryKey("drive", "name")
    drive = models.CharField(max_length=1)
    name = models.CharField(max_length=20)
    folder = models.ForeignKey(Folder, models.CASCADE, related_name="files")
