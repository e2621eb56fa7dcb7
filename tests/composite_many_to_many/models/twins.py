"""
Two families of models that say the same: those of one have composite keys, those
of the other, whose names start with "Plain", keys of a single column.
"""

from django.db import models


class Leaf(models.Model):
    id = models.IntegerField(primary_key=True)


class Branch(models.Model):
    pk = models.CompositePrimaryKey("tree", "number")
    tree = models.IntegerField()
    number = models.IntegerField()
    roots = models.ManyToManyField("Root", related_name="branches")
    leaves = models.ManyToManyField(Leaf, related_name="branches")
    twins = models.ManyToManyField("self")
    forks = models.ManyToManyField("self", symmetrical=False, related_name="stems")
    grafts = models.ManyToManyField(
        "Root", through="Graft", related_name="grafted_branches"
    )


class Root(models.Model):
    pk = models.CompositePrimaryKey("tree", "number")
    tree = models.IntegerField()
    number = models.IntegerField()


class Graft(models.Model):
    pk = models.CompositePrimaryKey("branch", "root")
    branch = models.ForeignKey(Branch, models.CASCADE)
    root = models.ForeignKey(Root, models.CASCADE)
    year = models.IntegerField(default=0)


class PlainLeaf(models.Model):
    id = models.IntegerField(primary_key=True)


class PlainBranch(models.Model):
    id = models.IntegerField(primary_key=True)
    roots = models.ManyToManyField("PlainRoot", related_name="branches")
    leaves = models.ManyToManyField(PlainLeaf, related_name="branches")
    twins = models.ManyToManyField("self")
    forks = models.ManyToManyField("self", symmetrical=False, related_name="stems")
    grafts = models.ManyToManyField(
        "PlainRoot", through="PlainGraft", related_name="grafted_branches"
    )


class PlainRoot(models.Model):
    id = models.IntegerField(primary_key=True)


class PlainGraft(models.Model):
    branch = models.ForeignKey(PlainBranch, models.CASCADE)
    root = models.ForeignKey(PlainRoot, models.CASCADE)
    year = models.IntegerField(default=0)

    class Meta:
        unique_together = ["branch", "root"]
