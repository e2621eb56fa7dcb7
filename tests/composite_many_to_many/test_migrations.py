"""Migrations of many-to-many relations, forwards and backwards, with rows."""

from composite_relations.projects import (
    APP,
    MigrationTestCase,
    fk,
    get_changes,
    get_ordered_migrations,
    make_state,
    model,
)

from django.db import connection, models


def m2m(to, **kwargs):
    return models.ManyToManyField(f"{APP}.{to}", **kwargs)


def single(name, **fields):
    return model(name, id=models.IntegerField(primary_key=True), **fields)


def composite(name, first="first", second="second", max_length=10, **fields):
    return model(
        name,
        pk=models.CompositePrimaryKey(first, second),
        **{
            first: models.CharField(max_length=max_length),
            second: models.IntegerField(),
            **fields,
        },
    )


class ManyToManyMigrationTests(MigrationTestCase):
    def assertTable(self, name, *sides):
        """
        The table of a ManyToManyField has the columns of both sides, a unique
        constraint over them, foreign keys and an index for the second one.
        """
        sides = [list(side) for side in sides]
        self.assertEqual(self.get_columns(name), {"id", *sides[0], *sides[1]})
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(
                cursor, f"{APP}_{name}"
            ).values()
        found = [c["columns"] for c in constraints if c["unique"]]
        self.assertCountEqual([c for c in found if c != ["id"]], [sides[0] + sides[1]])
        indexes = [c["columns"] for c in constraints if c["index"]]
        self.assertEqual(indexes.count(sides[1]), 1, indexes)
        if connection.features.can_introspect_foreign_keys:
            self.assertCountEqual(
                [c["columns"] for c in constraints if c["foreign_key"]], sides
            )

    def create(self, name, key):
        return self.get_model(name).objects.create(pk=key)

    def relate(self, name="tags", owner="Person", to="Tag", keys=(("a", 1), ("b", 2))):
        obj = self.create(owner, keys[0])
        getattr(obj, name).add(
            obj if to == owner else self.create(to, keys[1]),
        )

    def assertRelated(self, name="tags", owner="Person", keys=(("a", 1), ("b", 2))):
        obj = self.get_model(owner).objects.get(pk=keys[0])
        self.assertEqual([o.pk for o in getattr(obj, name).all()], [keys[1]])

    def test_create(self):
        for person, tag, sides in (
            (
                composite,
                composite,
                (["person_first", "person_second"], ["tag_first", "tag_second"]),
            ),
            (composite, single, (["person_first", "person_second"], ["tag_id"])),
            (single, composite, (["person_id"], ["tag_first", "tag_second"])),
        ):
            with self.subTest(person=person, tag=tag):
                before = person("Person"), tag("Tag")
                after = person("Person", tags=m2m("Tag")), tag("Tag")
                for steps in ((after,), (before, after), (after, before, after)):
                    for step in steps:
                        self.migrate(*step)
                    self.assertTable("person_tags", *sides)
                    self.migrate_back()

    def test_create_with_key_made_of_relations(self):
        self.migrate(
            composite("Person"),
            model(
                "Room",
                pk=models.CompositePrimaryKey("owner", "door"),
                owner=fk("Person"),
                door=models.IntegerField(),
                guests=m2m("Person", related_name="+"),
                near=m2m("Room"),
            ),
        )
        room = ["room_owner_first", "room_owner_second", "room_door"]
        self.assertTable("room_guests", room, ["person_first", "person_second"])
        self.assertTable(
            "room_near", [f"from_{c}" for c in room], [f"to_{c}" for c in room]
        )
        self.migrate_back()

    def test_custom_through(self):
        through = model(
            "Link",
            pk=models.CompositePrimaryKey("person", "tag"),
            person=fk("Person"),
            tag=fk("Tag"),
        )
        self.migrate(
            composite("Person", tags=m2m("Tag", through=f"{APP}.Link")),
            composite("Tag"),
            through,
        )
        self.relate()
        self.assertRelated()
        self.migrate(composite("Person"), composite("Tag"), through)
        self.migrate_back()

    def test_rename_field(self):
        self.migrate(composite("Person", tags=m2m("Tag")), composite("Tag"))
        self.relate()
        found = self.migrate(composite("Person", labels=m2m("Tag")), composite("Tag"))
        self.assertOperations(found, ["Rename field tags on person to labels"])
        sides = ["person_first", "person_second"], ["tag_first", "tag_second"]
        self.assertTable("person_labels", *sides)
        self.assertRelated("labels")
        self.migrate_back()

    def test_table(self):
        self.migrate(composite("Person", tags=m2m("Tag")), composite("Tag"))
        self.relate()
        table = f"{APP}_other"
        self.migrate(
            composite("Person", tags=m2m("Tag", db_table=table)), composite("Tag")
        )
        sides = ["person_first", "person_second"], ["tag_first", "tag_second"]
        self.assertTable("other", *sides)
        self.assertRelated()
        self.migrate_back()

    def test_rename_model(self):
        for name in ("Person", "Tag"):
            with self.subTest(name=name):
                self.migrate(composite("Person", tags=m2m("Tag")), composite("Tag"))
                self.relate()
                person = "Human" if name == "Person" else "Person"
                tag = "Label" if name == "Tag" else "Tag"
                self.migrate(composite(person, tags=m2m(tag)), composite(tag))
                person, tag = person.lower(), tag.lower()
                self.assertTable(
                    f"{person}_tags",
                    [f"{person}_first", f"{person}_second"],
                    [f"{tag}_first", f"{tag}_second"],
                )
                self.assertRelated(owner=person)
                self.migrate_back()

    def test_rename_model_and_alter_member(self):
        """A relation to a proxy is still known after another model was renamed."""

        def get_models(tag, length):
            return [
                model(
                    "Tenant", code=models.CharField(max_length=length, primary_key=True)
                ),
                model(tag, id=models.AutoField(primary_key=True)),
                model(
                    "Book",
                    pk=models.CompositePrimaryKey("tenant", "number"),
                    tenant=fk("Tenant"),
                    number=models.IntegerField(),
                    tag=fk(tag, null=True),
                ),
                model("Novel", {"proxy": True}, (f"{APP}.book",)),
                model(
                    "Shelf", id=models.AutoField(primary_key=True), books=m2m("Novel")
                ),
            ]

        self.migrate(*get_models("Tag", 10))
        self.migrate(*get_models("Label", 10))
        through = self.get_model("Shelf").books.through
        self.assertIs(self.get_model("Shelf_books"), through)
        self.assertIs(
            through._meta.get_field("novel").related_model, self.get_model("Novel")
        )
        self.migrate(*get_models("Tag", 20))
        self.assertTable(
            "shelf_books", ["shelf_id"], ["novel_tenant_id", "novel_number"]
        )
        self.migrate_back()

    def test_rename_model_that_refers_to_itself(self):
        self.migrate(composite("Person", tags=m2m("Person")))
        self.relate(to="Person")
        self.migrate(composite("Human", tags=m2m("Human")))
        sides = (
            ["from_human_first", "from_human_second"],
            ["to_human_first", "to_human_second"],
        )
        self.assertTable("human_tags", *sides)
        self.assertRelated(owner="Human", keys=[("a", 1), ("a", 1)])
        self.migrate_back()

    def test_rename_member(self):
        """The columns of intermediary tables follow."""
        for names, sides in (
            (
                {"Person": ("x", "second")},
                (["person_x", "person_second"], ["tag_first", "tag_second"]),
            ),
            (
                {"Tag": ("first", "y")},
                (["person_first", "person_second"], ["tag_first", "tag_y"]),
            ),
        ):
            with self.subTest(names=names):
                self.migrate(composite("Person", tags=m2m("Tag")), composite("Tag"))
                self.relate()
                self.migrate(
                    composite("Person", *names.get("Person", ()), tags=m2m("Tag")),
                    composite("Tag", *names.get("Tag", ())),
                )
                self.assertTable("person_tags", *sides)
                self.assertRelated()
                self.migrate_back()

    def test_rename_member_of_both_sides(self):
        self.migrate(composite("Person", tags=m2m("Person")))
        self.relate(to="Person")
        self.migrate(composite("Person", "x", tags=m2m("Person")))
        sides = (
            ["from_person_x", "from_person_second"],
            ["to_person_x", "to_person_second"],
        )
        self.assertTable("person_tags", *sides)
        self.assertRelated(keys=[("a", 1), ("a", 1)])
        self.migrate_back()

    def test_alter_member(self):
        self.migrate(composite("Person", tags=m2m("Tag")), composite("Tag"))
        self.relate()
        self.migrate(
            composite("Person", tags=m2m("Tag"), max_length=20),
            composite("Tag", max_length=20),
        )
        self.relate(keys=[("a" * 20, 1), ("b" * 20, 1)])
        self.assertRelated()
        self.assertRelated(keys=[("a" * 20, 1), ("b" * 20, 1)])
        self.get_model("Person").objects.filter(first="a" * 20).delete()
        self.get_model("Tag").objects.filter(first="b" * 20).delete()
        self.migrate_back()

    def test_constraint(self):
        self.migrate(composite("Person", tags=m2m("Tag")), composite("Tag"))
        self.relate()
        self.migrate(
            composite("Person", tags=m2m("Tag", db_constraint=False)), composite("Tag")
        )
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(
                cursor, f"{APP}_person_tags"
            ).values()
        self.assertEqual([c for c in constraints if c["foreign_key"]], [])
        self.migrate_back()

    def test_alter_target(self):
        """The keys that the rows refer to are kept, if these can be keys of it."""
        self.migrate(
            composite("Person", tags=m2m("Tag")), composite("Tag"), composite("Label")
        )
        self.relate()
        self.create("Label", ("b", 2))
        self.migrate(
            composite("Person", tags=m2m("Label")), composite("Tag"), composite("Label")
        )
        sides = ["person_first", "person_second"], ["label_first", "label_second"]
        self.assertTable("person_tags", *sides)
        self.assertRelated()
        self.migrate_back()

    def test_alter_number_of_columns(self):
        for before, after, table in (
            ("Single", "Tag", None),
            ("Tag", "Single", None),
            ("Single", "Tag", "other"),
            ("Tag", "Single", "other"),
        ):
            with self.subTest(before=before, after=after, table=table):
                others = single("Single"), composite("Tag")
                self.migrate(composite("Person", tags=m2m(before)), *others)
                options = {"db_table": f"{APP}_{table}"} if table else {}
                self.migrate(composite("Person", tags=m2m(after, **options)), *others)
                columns = {"Single": ["single_id"], "Tag": ["tag_first", "tag_second"]}
                self.assertTable(
                    table or "person_tags",
                    ["person_first", "person_second"],
                    columns[after],
                )
                self.migrate_back()

    def test_alter_number_of_columns_with_rows(self):
        others = single("Single"), composite("Tag")
        self.migrate(composite("Person", tags=m2m("Single")), *others)
        self.relate(to="Single", keys=(("a", 1), 1))
        state = self.state
        msg = (
            f"Cannot alter field {APP}.Person.tags into {APP}.Person.tags - the rows "
            f"of its table '{APP}_person_tags' can't be kept, as the primary keys "
            "they refer to have other columns"
        )
        with self.assertRaisesMessage(ValueError, msg):
            self.migrate(composite("Person", tags=m2m("Tag")), *others)
        self.state = state
        self.assertTable(
            "person_tags", ["person_first", "person_second"], ["single_id"]
        )
        self.assertRelated(keys=(("a", 1), 1))

    def test_sql(self):
        """The SQL of a migration that isn't executed."""
        self.migrate(composite("Person"), composite("Tag"))
        after = composite("Person", tags=m2m("Tag")), composite("Tag")
        (migration,) = get_ordered_migrations(
            get_changes(self.state, make_state(*after))
        )
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            migration.apply(self.state.clone(), editor, collect_sql=True)
        sql = "\n".join(editor.collected_sql)
        quote_name = connection.ops.quote_name
        self.assertIn(f"CREATE TABLE {quote_name(f'{APP}_person_tags')}", sql)
        for columns in (
            ("person_first", "person_second", "tag_first", "tag_second"),
            ("person_first", "person_second"),
            ("tag_first", "tag_second"),
        ):
            self.assertIn("(%s)" % ", ".join(map(quote_name, columns)), sql)
        self.assertNotIn(f"{APP}_person_tags", self.get_tables())
