"""Intermediate models whose relations share a column, or aren't to a key."""

from django.db import models


class Tenant(models.Model):
    name = models.CharField(max_length=10)


class Member(models.Model):
    pk = models.CompositePrimaryKey("tenant", "number")
    tenant = models.ForeignKey(Tenant, models.CASCADE)
    number = models.IntegerField()
    email = models.CharField(max_length=20)

    class Meta:
        ordering = ["tenant", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "email"], name="m2m_member_tenant_email_uniq"
            ),
        ]


class Team(models.Model):
    pk = models.CompositePrimaryKey("tenant", "number")
    tenant = models.ForeignKey(Tenant, models.CASCADE)
    number = models.IntegerField()
    members = models.ManyToManyField(Member, through="Membership", related_name="teams")
    invited = models.ManyToManyField(
        Member,
        through="Invitation",
        through_fields=["team", "member"],
        related_name="invitations",
    )

    class Meta:
        ordering = ["tenant", "number"]


class Membership(models.Model):
    """The tenant is in the key, and in both of the relations."""

    pk = models.CompositePrimaryKey("tenant", "team_number", "member_number")
    tenant = models.ForeignKey(Tenant, models.CASCADE)
    team_number = models.IntegerField()
    member_number = models.IntegerField()
    team = models.ForeignKey(
        Team, models.CASCADE, from_fields=["tenant", "team_number"]
    )
    member = models.ForeignKey(
        Member, models.CASCADE, from_fields=["tenant", "member_number"]
    )
    role = models.CharField(max_length=10)


class Invitation(models.Model):
    """Members are referred to by what isn't their key, and twice."""

    tenant = models.ForeignKey(Tenant, models.CASCADE)
    team_number = models.IntegerField()
    email = models.CharField(max_length=20)
    sender_email = models.CharField(max_length=20, null=True)
    team = models.ForeignKey(
        Team, models.CASCADE, from_fields=["tenant", "team_number"]
    )
    member = models.ForeignKey(
        Member,
        models.CASCADE,
        related_name="received",
        from_fields=["tenant", "email"],
        to_fields=["tenant", "email"],
    )
    sender = models.ForeignKey(
        Member,
        models.CASCADE,
        related_name="sent",
        from_fields=["tenant", "sender_email"],
        to_fields=["tenant", "email"],
    )
