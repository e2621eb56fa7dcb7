"""Queries over both sides of many-to-many relations."""

from django.db.models import Count, F

from .models import Club, Diary, Person
from .test_managers import PeopleTestCase


class QueryTests(PeopleTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.golf.members.set([cls.ann, cls.cid])
        cls.chess.members.set([cls.cid])
        cls.diary.readers.set([cls.ann, cls.bob])
        cls.ann.idols.set([cls.bob, cls.cid])

    def test_filter(self):
        for condition in (
            {"members": self.ann},
            {"members": ("at", 1)},
            {"members": '["at", 1]'},
            {"members__in": [self.ann, self.bob]},
            {"members__in": [("at", 1), ("at", 2)]},
            {"members__in": Person.objects.filter(name="Ann")},
            {"members__pk": ("at", 1)},
            {"members__pk__in": [("at", 1)]},
            {"members__country": "at"},
            {"members__name": "Ann"},
            {"members__country": F("country"), "country": "at"},
        ):
            with self.subTest(condition=condition):
                self.assertSequenceEqual(Club.objects.filter(**condition), [self.golf])
                self.assertSequenceEqual(
                    Club.objects.exclude(**condition), [self.chess]
                )
        self.assertSequenceEqual(
            Person.objects.filter(clubs__in=[self.golf, self.chess]).distinct(),
            [self.ann, self.cid],
        )
        self.assertSequenceEqual(
            Person.objects.exclude(clubs=self.chess),
            [
                self.ann,
                self.bob,
            ],
        )
        self.assertSequenceEqual(Person.objects.filter(clubs__isnull=True), [self.bob])
        self.assertSequenceEqual(
            Person.objects.exclude(clubs__isnull=True).distinct(), [self.ann, self.cid]
        )
        self.assertSequenceEqual(
            Person.objects.filter(idols__clubs=self.chess), [self.ann]
        )
        self.assertSequenceEqual(
            Person.objects.filter(fans__diaries=self.diary, clubs=None), [self.bob]
        )
        self.assertSequenceEqual(Diary.objects.exclude(readers=self.cid), [self.diary])

    def test_no_unneeded_joins(self):
        """The members of the key are in the intermediary table."""
        for condition in (
            {"members": self.ann},
            {"members__in": [("at", 1)]},
            {"members__country": "at"},
            {"members__pk__number": 1},
        ):
            with self.subTest(condition=condition):
                sql = str(Club.objects.filter(**condition).query)
                self.assertEqual(sql.count("JOIN"), 1)

    def test_values(self):
        self.assertCountEqual(
            Club.objects.values_list("pk", "members", "members__name"),
            [
                (("at", "golf"), ("at", 1), "Ann"),
                (("at", "golf"), ("de", 1), "Cid"),
                (("de", "chess"), ("de", 1), "Cid"),
            ],
        )
        self.assertCountEqual(
            Person.objects.values("number", "clubs").filter(country="at"),
            [
                {"number": 1, "clubs": ("at", "golf")},
                {"number": 2, "clubs": None},
            ],
        )

    def test_aggregation(self):
        self.assertEqual(
            Club.objects.aggregate(
                all=Count("members"), different=Count("members", distinct=True)
            ),
            {"all": 3, "different": 2},
        )
        self.assertEqual(
            list(
                Person.objects.annotate(n=Count("clubs", distinct=True)).values_list(
                    "name", "n"
                )
            ),
            [("Ann", 1), ("Bob", 0), ("Cid", 2)],
        )
        self.assertSequenceEqual(
            Person.objects.annotate(n=Count("clubs"), m=Count("fans")).filter(
                n__gt=1, m=2
            ),
            [self.cid],
        )

    def test_through_relations(self):
        through = Club.members.through
        self.assertCountEqual(
            through.objects.filter(person__name="Cid").values_list("club", flat=True),
            [("at", "golf"), ("de", "chess")],
        )
