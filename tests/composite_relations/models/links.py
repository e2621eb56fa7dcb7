from django.db import models
from django.db.models.functions import Lower


class Club(models.Model):
    name = models.CharField(max_length=20)


class Member(models.Model):
    """A key with a club, which relations to it may share."""

    pk = models.CompositePrimaryKey("club", "number")
    club = models.ForeignKey(Club, models.CASCADE, related_name="members")
    number = models.IntegerField()
    name = models.CharField(max_length=20, default="")


class Team(models.Model):
    """The single-column twin of Member, as far as deletion is concerned."""

    name = models.CharField(max_length=20, default="")


class Visit(models.Model):
    """One relation that must have a related object and one that needs not."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="visits")
    guest = models.ForeignKey(
        Member, models.SET_NULL, related_name="guest_visits", null=True, blank=True
    )
    note = models.CharField(max_length=20, default="")


class Match(models.Model):
    """Two relations that share a column with each other and with a third."""

    club = models.ForeignKey(Club, models.CASCADE, related_name="matches", null=True)
    home_number = models.IntegerField(null=True)
    home = models.ForeignKey(
        Member,
        models.SET_NULL,
        from_fields=["club", "home_number"],
        related_name="home_matches",
        null=True,
    )
    guest_number = models.IntegerField(null=True)
    guest = models.ForeignKey(
        Member,
        models.SET_NULL,
        from_fields=["club", "guest_number"],
        related_name="guest_matches",
        null=True,
    )


class Seat(models.Model):
    """The shared column can't be NULL, nor can a member of the own key."""

    pk = models.CompositePrimaryKey("club", "row")
    club = models.ForeignKey(Club, models.CASCADE, related_name="seats")
    row = models.IntegerField()
    member_number = models.IntegerField(null=True)
    member = models.ForeignKey(
        Member,
        models.SET_NULL,
        from_fields=["club", "member_number"],
        related_name="seats",
        null=True,
    )


class Pass(models.Model):
    member = models.OneToOneField(Member, models.CASCADE, related_name="card")
    color = models.CharField(max_length=20, default="")


class Duty(models.Model):
    """A limited choice of related objects."""

    member = models.ForeignKey(
        Member,
        models.CASCADE,
        related_name="duties",
        limit_choices_to={"number__lt": 2},
    )


class Fine(models.Model):
    """Constraints that name a relation."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="fines")
    witness = models.ForeignKey(
        Member, models.SET_NULL, related_name="+", null=True, blank=True
    )
    reason = models.CharField(max_length=20)
    amount = models.IntegerField(default=1)

    class Meta:
        unique_together = [("member", "reason")]
        constraints = [
            models.UniqueConstraint(
                fields=["witness", "reason"], name="fine_witness_reason"
            ),
            models.UniqueConstraint(
                fields=["witness", "amount"],
                condition=models.Q(reason="late"),
                name="fine_witness_amount_late",
            ),
            models.UniqueConstraint(
                "member", Lower("reason"), name="fine_member_reason_lower"
            ),
            models.CheckConstraint(
                condition=models.Q(witness__isnull=False) | models.Q(amount__lt=10),
                name="fine_witnessed_if_high",
            ),
        ]


class Ranking(models.Model):
    """An order within a composite relation."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="rankings")
    title = models.CharField(max_length=20)

    class Meta:
        order_with_respect_to = "member"


def get_default_member():
    return Member.objects.get_or_create(
        club=Club.objects.get_or_create(name="default")[0], number=0
    )[0]


class Locker(models.Model):
    """What becomes of the relations when the related object is deleted."""

    fallback = models.ForeignKey(
        Member, models.SET_DEFAULT, default=get_default_member, related_name="+"
    )
    replaced = models.ForeignKey(
        Member, models.SET(get_default_member), related_name="+", null=True
    )


class Reserve(models.Model):
    """A relation to a fixed tuple, and one to a number with a default."""

    club = models.ForeignKey(Club, models.CASCADE)
    number = models.IntegerField(default=0)
    member = models.ForeignKey(
        Member, models.SET_DEFAULT, from_fields=["club", "number"], related_name="+"
    )


class Rota(models.Model):
    """
    Two models over which deletion cascades, one of which refers to the other by
    a relation that nothing is done about.
    """

    club = models.ForeignKey(Club, models.CASCADE, related_name="rotas")


class Slot(models.Model):
    pk = models.CompositePrimaryKey("rota", "number")
    rota = models.ForeignKey(Rota, models.CASCADE, related_name="slots")
    number = models.IntegerField()


class Shift(models.Model):
    rota = models.ForeignKey(Rota, models.CASCADE, related_name="shifts")
    number = models.IntegerField()
    slot = models.ForeignKey(
        Slot, models.DO_NOTHING, from_fields=["rota", "number"], related_name="shifts"
    )


class Swap(models.Model):
    shift = models.ForeignKey(Shift, models.CASCADE, related_name="swaps")


class Protection(models.Model):
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="protections", null=True
    )
    team = models.ForeignKey(
        Team, models.PROTECT, related_name="protections", null=True
    )


class Restriction(models.Model):
    member = models.ForeignKey(
        Member, models.RESTRICT, related_name="restrictions", null=True
    )
    club = models.ForeignKey(Club, models.CASCADE, null=True)


class Profile(Member):
    """Multi-table inheritance from a model with a composite primary key."""

    motto = models.CharField(max_length=20, default="")


class LongVisit(Visit):
    """Multi-table inheritance of a composite relation."""

    days = models.IntegerField(default=1)


class VisitProxy(Visit):
    class Meta:
        proxy = True


class Lesson(models.Model):
    """A key that is a relation, and one made of such a key."""

    member = models.OneToOneField(
        Member, models.CASCADE, primary_key=True, related_name="lesson"
    )
    topic = models.CharField(max_length=20, default="")


class Grade(models.Model):
    pk = models.CompositePrimaryKey("lesson", "term")
    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="grades")
    term = models.IntegerField()


class Remark(models.Model):
    grade = models.ForeignKey(Grade, models.CASCADE, related_name="remarks")
    text = models.CharField(max_length=20, default="")


class AbstractLink(models.Model):
    member = models.ForeignKey(
        Member, models.CASCADE, related_name="%(class)s_links", null=True
    )

    class Meta:
        abstract = True


class FirstLink(AbstractLink):
    pass


class SecondLink(AbstractLink):
    name = models.CharField(max_length=20, default="")


class Node(models.Model):
    """A self-referential relation of a key, and a cycle over another model."""

    pk = models.CompositePrimaryKey("tree", "number")
    tree = models.IntegerField()
    number = models.IntegerField()
    parent = models.ForeignKey(
        "self", models.CASCADE, related_name="children", null=True
    )
    main_edge = models.ForeignKey(
        "Edge", models.SET_NULL, related_name="main_of", null=True
    )


class Edge(models.Model):
    pk = models.CompositePrimaryKey("tree", "number")
    tree = models.IntegerField()
    number = models.IntegerField()
    node = models.ForeignKey(Node, models.CASCADE, related_name="edges")


class Anchor(models.Model):
    """The target of relations with each on_delete; Buoy is its twin."""

    pk = models.CompositePrimaryKey("x", "y")
    x = models.IntegerField()
    y = models.IntegerField()


class Buoy(models.Model):
    pass


class Twins(models.Model):
    """
    A relation to Anchor and the same one to Buoy, so that the queries can be
    compared.
    """

    anchor_cascade = models.ForeignKey(
        Anchor, models.CASCADE, null=True, related_name="+"
    )
    buoy_cascade = models.ForeignKey(Buoy, models.CASCADE, null=True, related_name="+")

    class Meta:
        abstract = True


class FastTwins(Twins):
    """Can be deleted without being loaded."""


class SlowTwins(Twins):
    """Has others that refer to it."""


class SlowTwinsChild(models.Model):
    twins = models.ForeignKey(SlowTwins, models.CASCADE)


class NullTwins(models.Model):
    anchor = models.ForeignKey(Anchor, models.SET_NULL, null=True, related_name="+")
    buoy = models.ForeignKey(Buoy, models.SET_NULL, null=True, related_name="+")


class DefaultTwins(models.Model):
    anchor = models.ForeignKey(
        Anchor, models.SET_DEFAULT, null=True, default=[0, 0], related_name="+"
    )
    buoy = models.ForeignKey(
        Buoy, models.SET_DEFAULT, null=True, default=1_000_000, related_name="+"
    )


def get_anchor():
    return Anchor.objects.get(pk=(0, 0))


def get_buoy():
    return Buoy.objects.get(pk=1_000_000)


class SetTwins(models.Model):
    anchor = models.ForeignKey(
        Anchor, models.SET(get_anchor), null=True, related_name="+"
    )
    buoy = models.ForeignKey(Buoy, models.SET(get_buoy), null=True, related_name="+")


class ValueTwins(models.Model):
    anchor = models.ForeignKey(Anchor, models.SET([0, 0]), null=True, related_name="+")
    buoy = models.ForeignKey(Buoy, models.SET(1_000_000), null=True, related_name="+")
