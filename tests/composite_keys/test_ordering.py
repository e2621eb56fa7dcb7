from django.db import DatabaseError, NotSupportedError, connection
from django.db.models import Count, F, Max, Sum, Window
from django.db.models.functions import RowNumber, Upper
from django.test import TestCase, skipIfDBFeature, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext

from .models import Comment, Tenant, User


class PositionsTestCase(TestCase):
    # Ordered by email, which neither the keys nor their last members are.
    users = [
        ((2, 2), "a@example.com"),
        ((2, 1), "b@example.com"),
        ((1, 4), "c@example.com"),
        ((1, 3), "d@example.com"),
    ]

    @classmethod
    def setUpTestData(cls):
        Tenant.objects.bulk_create(
            [Tenant(id=1, name="Alpha"), Tenant(id=2, name="Beta")]
        )
        User.objects.bulk_create(User(pk=pk, email=email) for pk, email in cls.users)
        Comment.objects.bulk_create(
            [
                Comment(pk=(1, 1), user_id=3, text="z"),
                Comment(pk=(1, 2), user_id=3, text="x"),
                Comment(pk=(1, 3), user_id=3, text="x"),
                Comment(pk=(2, 4), user_id=1, text="y"),
            ]
        )

    def assertRows(self, queryset, rows, *clauses):
        """
        The queryset gives the rows, by a single query with the given clauses.
        """
        with CaptureQueriesContext(connection) as context:
            self.assertSequenceEqual(queryset, rows)
        (query,) = context.captured_queries
        for clause in clauses:
            self.assertIn(clause, query["sql"])

    def column(self, model, name):
        return ".".join(
            map(
                connection.ops.quote_name,
                [model._meta.db_table, model._meta.get_field(name).column],
            )
        )


class OrderByTests(PositionsTestCase):
    def test_selected_after_key(self):
        users = User.objects.values_list("pk", "email")
        for queryset, rows, clause in [
            (users.order_by("email"), self.users, "ORDER BY 3 ASC"),
            (users.order_by("-email"), self.users[::-1], "ORDER BY 3 DESC"),
            (users.order_by(F("email")), self.users, "ORDER BY 3 ASC"),
            (users.order_by(F("email").desc()), self.users[::-1], "ORDER BY 3 DESC"),
            (users.order_by("email").reverse(), self.users[::-1], "ORDER BY 3 DESC"),
            (users.order_by("email")[1:3], self.users[1:3], "ORDER BY 3 ASC"),
        ]:
            with self.subTest(query=str(queryset.query)):
                self.assertRows(queryset, rows, clause)

    def test_selected_before_key(self):
        self.assertRows(
            User.objects.values_list("email", "pk").order_by("email"),
            [(email, pk) for pk, email in self.users],
            "ORDER BY 1 ASC",
        )

    def test_values(self):
        self.assertRows(
            User.objects.values("pk", "email").order_by("email"),
            [{"pk": pk, "email": email} for pk, email in self.users],
            "ORDER BY 3 ASC",
        )

    def test_first_last(self):
        users = User.objects.values_list("pk", "email").order_by("email")
        self.assertEqual(users.first(), self.users[0])
        self.assertEqual(users.last(), self.users[-1])

    def test_nulls_modifiers(self):
        users = User.objects.values_list("pk", "email")
        for ordering, rows in [
            (F("email").asc(nulls_first=True), self.users),
            (F("email").asc(nulls_last=True), self.users),
            (F("email").desc(nulls_first=True), self.users[::-1]),
            (F("email").desc(nulls_last=True), self.users[::-1]),
        ]:
            with self.subTest(ordering=ordering):
                self.assertRows(users.order_by(ordering), rows)

    def test_several_composites(self):
        self.assertRows(
            Comment.objects.values_list("pk", "user", "text", "user__pk").order_by(
                "-text", "pk"
            ),
            [
                ((1, 1), (1, 3), "z", (1, 3)),
                ((2, 4), (2, 1), "y", (2, 1)),
                ((1, 2), (1, 3), "x", (1, 3)),
                ((1, 3), (1, 3), "x", (1, 3)),
            ],
            "ORDER BY 5 DESC, ",
        )

    def test_foreign_columns(self):
        self.assertRows(
            Comment.objects.exclude(text="x")
            .values_list("user__pk", "user__email", "tenant__name")
            .order_by("user__email", "-tenant__name"),
            [((2, 1), "b@example.com", "Beta"), ((1, 3), "d@example.com", "Alpha")],
            "ORDER BY 3 ASC, 4 DESC",
        )

    def test_expressions(self):
        annotated = User.objects.annotate(upper=Upper("email"))
        for queryset in [
            User.objects.values_list("pk", Upper("email")).order_by(Upper("email")),
            annotated.values_list("pk", "upper").order_by("upper"),
            annotated.values_list("pk", "upper").order_by(F("upper")),
        ]:
            with self.subTest(ordering=queryset.query.order_by):
                self.assertRows(
                    queryset,
                    [(pk, email.upper()) for pk, email in self.users],
                    "ORDER BY 3 ASC",
                )

    def test_extra(self):
        email = self.column(User, "email")
        self.assertRows(
            User.objects.extra(select={"mail": email})
            .values_list("pk", "mail")
            .order_by("mail"),
            self.users,
            "ORDER BY 3 ASC",
        )

    def test_annotation_after_annotated_key(self):
        users = User.objects.annotate(key=F("pk"), upper=Upper("email"))
        with CaptureQueriesContext(connection) as context:
            self.assertSequenceEqual(
                [(user.key, user.upper) for user in users.order_by("upper")],
                [(pk, email.upper()) for pk, email in self.users],
            )
        # After the columns of the model, and of the key.
        self.assertIn("ORDER BY 6 ASC", context.captured_queries[0]["sql"])

    def test_annotated_key(self):
        User.objects.filter(pk=(1, 3)).update(email="e@example.com")
        users = User.objects.annotate(key=F("pk"))
        tenant_id, id_ = (self.column(User, name) for name in ["tenant_id", "id"])
        for ordering in ["-key", F("key").desc()]:
            with self.subTest(ordering=ordering):
                with CaptureQueriesContext(connection) as context:
                    self.assertSequenceEqual(
                        [user.key for user in users.order_by(ordering)],
                        [(2, 2), (2, 1), (1, 4), (1, 3)],
                    )
                self.assertIn(
                    f"ORDER BY {tenant_id} DESC, {id_} DESC",
                    context.captured_queries[0]["sql"],
                )

    def test_subquery(self):
        first = User.objects.values("pk", "email").order_by("email")[:2]
        self.assertEqual(first.count(), 2)
        self.assertEqual(
            first.aggregate(max_email=Max("email")), {"max_email": "b@example.com"}
        )


class DistinctTests(PositionsTestCase):
    """
    Columns that are only selected because they're ordered by are cut off the
    rows, behind the columns of composite expressions.
    """

    def test_order_by_unselected(self):
        self.assertRows(
            User.objects.values_list("pk").distinct().order_by("email"),
            [(pk,) for pk, _ in self.users],
        )
        self.assertRows(
            User.objects.values_list("pk", flat=True).distinct().order_by("-email"),
            [pk for pk, _ in self.users[::-1]],
        )
        self.assertRows(
            Comment.objects.values_list("user", "tenant__name")
            .distinct()
            .order_by("tenant__name", "user__email"),
            [((1, 3), "Alpha"), ((2, 1), "Beta")],
            "ORDER BY 3 ASC, ",
        )

    def test_order_by_selected_key(self):
        tenant_id, id_ = (self.column(User, name) for name in ["tenant_id", "id"])
        for ordering in ["pk", F("pk")]:
            with self.subTest(ordering=ordering):
                self.assertRows(
                    User.objects.values_list("pk").distinct().order_by(ordering),
                    [((1, 3),), ((1, 4),), ((2, 1),), ((2, 2),)],
                    f"SELECT DISTINCT {tenant_id}, {id_} FROM",
                )

    def test_order_by_member_of_selected_key(self):
        tenant_id, id_ = (self.column(User, name) for name in ["tenant_id", "id"])
        self.assertRows(
            User.objects.values_list("pk").distinct().order_by("-id"),
            [((1, 4),), ((1, 3),), ((2, 2),), ((2, 1),)],
            f"SELECT DISTINCT {tenant_id}, {id_} FROM",
        )

    def test_order_by_unselected_key(self):
        for ordering, rows in [
            ("pk", ["d@example.com", "c@example.com", "b@example.com"]),
            ("-pk", ["a@example.com", "b@example.com", "c@example.com"]),
            (F("pk").desc(), ["a@example.com", "b@example.com", "c@example.com"]),
        ]:
            with self.subTest(ordering=ordering):
                self.assertRows(
                    User.objects.values_list("email", flat=True)
                    .distinct()
                    .order_by(ordering)[:3],
                    rows,
                )

    @skipUnlessDBFeature("can_distinct_on_fields")
    def test_distinct_on(self):
        self.assertRows(
            Comment.objects.values_list("user", "text")
            .distinct("text")
            .order_by("text"),
            [((1, 3), "x"), ((2, 1), "y"), ((1, 3), "z")],
            "ORDER BY 3 ASC",
        )


class GroupByTests(PositionsTestCase):
    def assertGrouped(self, queryset, rows, *positions):
        self.assertRows(queryset, rows)
        if connection.features.allows_group_by_select_index:
            grouped = str(queryset.query).partition("GROUP BY ")[2]
            for position in positions:
                self.assertRegex(grouped, rf"^([^ ]+, )*{position}\b")

    def test_selected_after_composite(self):
        self.assertGrouped(
            Comment.objects.values("user", "text")
            .annotate(count=Count("id"))
            .order_by("text"),
            [
                {"user": (1, 3), "text": "x", "count": 2},
                {"user": (2, 1), "text": "y", "count": 1},
                {"user": (1, 3), "text": "z", "count": 1},
            ],
            3,
        )

    def test_selected_after_several_composites(self):
        self.assertGrouped(
            Comment.objects.values("user", "user__pk", "text")
            .annotate(count=Count("id"))
            .order_by("text"),
            [
                {"user": (1, 3), "user__pk": (1, 3), "text": "x", "count": 2},
                {"user": (2, 1), "user__pk": (2, 1), "text": "y", "count": 1},
                {"user": (1, 3), "user__pk": (1, 3), "text": "z", "count": 1},
            ],
            5,
        )

    def test_selected_before_composite(self):
        self.assertGrouped(
            Comment.objects.values("text", "user")
            .annotate(count=Count("id"))
            .order_by("text"),
            [
                {"text": "x", "user": (1, 3), "count": 2},
                {"text": "y", "user": (2, 1), "count": 1},
                {"text": "z", "user": (1, 3), "count": 1},
            ],
            1,
        )

    def test_annotation_after_aggregate(self):
        self.assertRows(
            Comment.objects.values("user")
            .annotate(count=Count("id"), upper=Upper("text"))
            .order_by("upper"),
            [
                {"user": (1, 3), "count": 2, "upper": "X"},
                {"user": (2, 1), "count": 1, "upper": "Y"},
                {"user": (1, 3), "count": 1, "upper": "Z"},
            ],
            "ORDER BY 4 ASC",
        )

    def test_order_by_aggregate(self):
        tenant_id, user_id = (
            self.column(Comment, name) for name in ["tenant_id", "user_id"]
        )
        self.assertRows(
            Comment.objects.values("user")
            .annotate(count=Count("id"))
            .order_by("-count", "user"),
            [{"user": (1, 3), "count": 3}, {"user": (2, 1), "count": 1}],
            # Without the columns that the ordering repeats.
            f"GROUP BY {tenant_id}, {user_id} ORDER BY 3 DESC",
        )

    def test_having(self):
        self.assertGrouped(
            Comment.objects.values("user", "text")
            .annotate(count=Count("id"))
            .filter(count__gt=1)
            .order_by("text"),
            [{"user": (1, 3), "text": "x", "count": 2}],
            3,
        )

    def test_annotated_key(self):
        comments = (
            Comment.objects.annotate(key=F("user__pk"), upper=Upper("text"))
            .values("key", "upper")
            .annotate(count=Count("id"))
            .order_by("upper")
        )
        self.assertSequenceEqual(
            comments,
            [
                {"key": (1, 3), "upper": "X", "count": 2},
                {"key": (2, 1), "upper": "Y", "count": 1},
                {"key": (1, 3), "upper": "Z", "count": 1},
            ],
        )

    def test_annotated_key_of_model(self):
        users = (
            User.objects.annotate(key=F("comments__pk"))
            .annotate(count=Count("comments__text"))
            .filter(count=1)
            .order_by("count", "-key")
        )
        self.assertSequenceEqual(
            [(user.pk, user.key, user.count) for user in users],
            [
                ((2, 1), (2, 4), 1),
                ((1, 3), (1, 3), 1),
                ((1, 3), (1, 2), 1),
                ((1, 3), (1, 1), 1),
            ],
        )

    def test_aggregate_over_subquery(self):
        grouped = Comment.objects.values("user", "text").annotate(count=Count("id"))
        self.assertEqual(grouped.count(), 3)
        self.assertEqual(
            grouped.aggregate(sum=Sum("count"), max=Max("count")), {"sum": 4, "max": 2}
        )


class CombinedQueriesTests(PositionsTestCase):
    def combine(self, *fields):
        users = User.objects.values_list(*fields)
        return users.filter(id__gte=2).union(users.filter(id__lte=2))

    def test_order_by_selected_after_key(self):
        users = self.combine("pk", "email")
        for queryset, rows, clause in [
            (users.order_by("email"), self.users, "ORDER BY 3 ASC"),
            (users.order_by("-email"), self.users[::-1], "ORDER BY 3 DESC"),
            (users.order_by(F("email").desc()), self.users[::-1], "ORDER BY 3 DESC"),
            (users.order_by("email")[1:3], self.users[1:3], "ORDER BY 3 ASC"),
        ]:
            with self.subTest(query=str(queryset.query)):
                self.assertRows(queryset, rows, clause)

    def test_order_by_selected_key(self):
        rows = sorted((email, pk) for pk, email in self.users)
        users = self.combine("email", "pk")
        for ordering in ["-pk", F("pk").desc()]:
            with self.subTest(ordering=ordering):
                self.assertRows(
                    users.order_by(ordering), rows, "ORDER BY 2 DESC, 3 DESC"
                )

    def test_order_by_member_of_selected_key(self):
        self.assertRows(
            self.combine("email", "pk").order_by("-id"),
            sorted(((email, pk) for pk, email in self.users), key=lambda r: -r[1][1]),
            "ORDER BY 3 DESC",
        )

    def test_order_by_foreign_key(self):
        comments = Comment.objects.values_list("text", "user__pk")
        self.assertRows(
            comments.filter(text="x")
            .union(comments.exclude(text="x"))
            .order_by("-user__pk", "text"),
            [("y", (2, 1)), ("x", (1, 3)), ("z", (1, 3))],
            "ORDER BY 2 DESC, 3 DESC, 1 ASC",
        )

    def test_order_models_by_key(self):
        users = User.objects.filter(id__gte=2).union(User.objects.filter(id__lte=2))
        for ordering in ["-pk", F("pk").desc()]:
            with self.subTest(ordering=ordering):
                self.assertEqual(
                    [user.pk for user in users.order_by(ordering)],
                    [(2, 2), (2, 1), (1, 4), (1, 3)],
                )

    def test_order_models_by_annotated_key(self):
        users = User.objects.annotate(key=F("pk"))
        users = users.filter(id__gte=2).union(users.filter(id__lte=2))
        for ordering in ["-key", F("key").desc()]:
            with self.subTest(ordering=ordering):
                with CaptureQueriesContext(connection) as context:
                    self.assertEqual(
                        [user.key for user in users.order_by(ordering)],
                        [(2, 2), (2, 1), (1, 4), (1, 3)],
                    )
                self.assertIn(
                    "ORDER BY 4 DESC, 5 DESC", context.captured_queries[0]["sql"]
                )

    def test_order_by_unselected_key(self):
        users = User.objects.filter(id__gte=2).union(User.objects.filter(id__lte=2))
        self.assertSequenceEqual(
            users.order_by("-pk").values_list("email", flat=True),
            [email for _, email in self.users],
        )

    def test_order_by_unselected_key_of_values(self):
        msg = "ORDER BY term does not match any column in the result set."
        with self.assertRaisesMessage(DatabaseError, msg):
            list(self.combine("email").order_by("pk"))

    def test_order_by_unselected_annotated_key(self):
        users = User.objects.annotate(key=F("pk"))
        msg = "ORDER BY term does not match any column in the result set."
        with self.assertRaisesMessage(DatabaseError, msg):
            list(users.union(users).order_by("key").values_list("email"))

    @skipUnlessDBFeature("supports_order_by_nulls_modifier")
    def test_nulls_modifiers(self):
        self.assertRows(
            self.combine("email", "pk").order_by(F("pk").desc(nulls_last=True)),
            sorted((email, pk) for pk, email in self.users),
            "ORDER BY 2 DESC NULLS LAST, 3 DESC NULLS LAST",
        )

    @skipIfDBFeature("supports_order_by_nulls_modifier")
    def test_nulls_modifiers_emulation(self):
        users = self.combine("email", "pk")
        natural, emulated = "nulls_last", "nulls_first"
        if not connection.features.order_by_nulls_first:
            natural, emulated = emulated, natural
        self.assertRows(
            users.order_by(F("pk").desc(**{natural: True})),
            sorted((email, pk) for pk, email in self.users),
        )
        msg = (
            "nulls_first and nulls_last are not supported on this database backend "
            "when a combined or window-filtered query is ordered by a part of a "
            "selected composite field."
        )
        with self.assertRaisesMessage(NotSupportedError, msg):
            list(users.order_by(F("pk").desc(**{emulated: True})))

    @skipUnlessDBFeature("supports_select_intersection", "supports_select_difference")
    def test_intersection_difference(self):
        users = User.objects.values_list("pk", "email")
        self.assertRows(
            users.intersection(users.filter(id__lte=2)).order_by("email"),
            self.users[:2],
            "ORDER BY 3 ASC",
        )
        self.assertRows(
            users.difference(users.filter(id=2)).order_by("email"),
            self.users[1:],
            "ORDER BY 3 ASC",
        )


@skipUnlessDBFeature("supports_over_clause")
class WindowFilterTests(PositionsTestCase):
    def setUp(self):
        self.ranked = User.objects.annotate(
            rank=Window(RowNumber(), partition_by="tenant_id", order_by="email")
        ).filter(rank=1)

    def test_order_by_selected_after_key(self):
        self.assertRows(
            self.ranked.values_list("pk", "email", "rank").order_by("-email"),
            [((1, 4), "c@example.com", 1), ((2, 2), "a@example.com", 1)],
            "ORDER BY 3 DESC",
        )

    def test_order_by_selected_key(self):
        User.objects.filter(pk=(1, 3)).update(email="0@example.com")
        User.objects.filter(pk=(2, 1)).update(email="1@example.com")
        self.assertRows(
            self.ranked.values_list("pk", "rank").order_by("-pk"),
            [((2, 1), 1), ((1, 3), 1)],
            "ORDER BY 1 DESC, 2 DESC",
        )

    def test_order_by_unselected_key(self):
        User.objects.filter(pk=(1, 3)).update(email="0@example.com")
        User.objects.filter(pk=(2, 1)).update(email="1@example.com")
        self.assertRows(
            self.ranked.values_list("email", "rank").order_by("pk"),
            [("0@example.com", 1), ("1@example.com", 1)],
        )
