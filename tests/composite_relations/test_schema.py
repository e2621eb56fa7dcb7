"""
What schema editors make of relations of several columns, as the database sees
it.
"""

from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.state import ModelState, ProjectState
from django.test import TransactionTestCase, skipUnlessDBFeature
from django.test.utils import CaptureQueriesContext, isolate_apps

CASCADE = models.CASCADE


class Objects(dict):
    """
    What a table consists of: "columns", and the columns of each "primary_key",
    "unique", "index" and "foreign_key", the latter with what they refer to.
    """

    def __init__(self, model):
        super().__init__(columns=[], unique=[], index=[], foreign_key=[])
        table = model._meta.db_table
        with connection.cursor() as cursor:
            description = connection.introspection.get_table_description(cursor, table)
            constraints = connection.introspection.get_constraints(cursor, table)
        self.null = {info.name: bool(info.null_ok) for info in description}
        self["columns"] = [info.name for info in description]
        self.names = []
        for name, info in constraints.items():
            columns = tuple(info["columns"])
            if info["foreign_key"]:
                table, column = info["foreign_key"]
                to_columns = info.get("foreign_key_columns", [column])
                self["foreign_key"].append(
                    (columns, table.split("_")[-1], tuple(to_columns))
                )
            if info["primary_key"]:
                self["primary_key"] = columns
            elif info["unique"]:
                self["unique"].append(columns)
            elif info["index"]:
                # On MySQL a foreign key has an index of the same name.
                self["index"].append(columns)
            if info["foreign_key"] or info["index"]:
                self.names.append(name)
        for kind in ("unique", "index", "foreign_key"):
            self[kind].sort()

    @property
    def relations(self):
        """The foreign keys of several columns."""
        return [found for found in self["foreign_key"] if len(found[0]) > 1]

    @property
    def indexes(self):
        """Indexes on several columns, as far as Django creates any."""
        return [columns for columns in self["index"] if len(columns) > 1]


class RelationSchemaTestCase(TransactionTestCase):
    available_apps = ["composite_relations"]
    app_label = "composite_relations"

    def setUp(self):
        self.state = None
        self.addCleanup(self.drop)

    def drop(self):
        if self.state is None:
            return
        # Tables which refer to each other are dropped in any order.
        connection.disable_constraint_checking()
        try:
            with connection.schema_editor() as editor:
                existing = connection.introspection.table_names()
                for model in self.state.apps.get_models():
                    if model._meta.db_table in existing:
                        editor.delete_model(model)
        finally:
            connection.enable_constraint_checking()

    def get_state(self, **definitions):
        """
        Return a project with the models given by their names, as a dictionary
        of fields and, as "Meta", options.
        """
        state = ProjectState()
        for name, fields in definitions.items():
            options = {"db_table": f"rel_{name.lower()}", **fields.get("Meta", {})}
            state.add_model(
                ModelState(
                    self.app_label,
                    name,
                    [(key, field) for key, field in fields.items() if key != "Meta"],
                    options,
                )
            )
        return state

    def get_model(self, name, state=None):
        return (state or self.state).apps.get_model(self.app_label, name)

    def create(self, *names, **definitions):
        self.state = self.get_state(**definitions)
        with connection.schema_editor() as editor:
            for name in names or definitions:
                editor.create_model(self.get_model(name))

    def alter(self, name, old, new=None, **definitions):
        """Alter a field; `definitions` are the models as they are then."""
        state = self.get_state(**definitions)
        old_model, new_model = self.get_model(name), self.get_model(name, state)
        with connection.schema_editor() as editor:
            editor.alter_field(
                old_model,
                old_model._meta.get_field(old),
                new_model._meta.get_field(new or old),
            )
        self.state = state

    def add(self, name, field, **definitions):
        state = self.get_state(**definitions)
        with connection.schema_editor() as editor:
            editor.add_field(
                self.get_model(name), self.get_model(name, state)._meta.get_field(field)
            )
        self.state = state

    def remove(self, name, field, **definitions):
        state = self.get_state(**definitions)
        model = self.get_model(name)
        with connection.schema_editor() as editor:
            editor.remove_field(model, model._meta.get_field(field))
        self.state = state

    def get_objects(self, name):
        return Objects(self.get_model(name))

    def insert(self, name, /, **values):
        """Insert a row as SQL, and return its values."""
        table = connection.ops.quote_name(self.get_model(name)._meta.db_table)
        columns = ", ".join(map(connection.ops.quote_name, values))
        placeholders = ", ".join(["%s"] * len(values))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({columns}) VALUES ({placeholders})",
                list(values.values()),
            )

    def select(self, name, *columns):
        table = connection.ops.quote_name(self.get_model(name)._meta.db_table)
        names = ", ".join(map(connection.ops.quote_name, columns))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {names} FROM {table} ORDER BY {names}")
            return list(cursor.fetchall())

    def assertRefused(self, name, /, **values):
        with self.assertRaises(IntegrityError):
            self.insert(name, **values)

    def assertUsesIndex(self, name, columns):
        """
        There is an index that starts with the columns. MySQL makes one of its
        own for a foreign key.
        """
        objects = self.get_objects(name)
        found = [objects["primary_key"], *objects["unique"], *objects["index"]]
        self.assertTrue(
            any(index[: len(columns)] == columns for index in found), objects
        )


def tenant(**fields):
    return {"id": models.IntegerField(primary_key=True), **fields}


def user(**fields):
    return {
        "pk": models.CompositePrimaryKey("tenant_id", "num"),
        "tenant": models.ForeignKey("composite_relations.Tenant", CASCADE),
        "num": models.IntegerField(),
        **fields,
    }


def note(**fields):
    return {"id": models.IntegerField(primary_key=True), **fields}


def key(to="composite_relations.User", **kwargs):
    return models.ForeignKey(to, CASCADE, related_name="+", **kwargs)


def one_to_one(to="composite_relations.User", **kwargs):
    return models.OneToOneField(to, CASCADE, related_name="+", **kwargs)


def by_columns(cls=models.ForeignKey, **kwargs):
    """A relation over columns of the fields "tenant" and "user_num"."""
    return {
        "tenant": key("composite_relations.Tenant", null=True),
        "user_num": models.IntegerField(null=True),
        "user": cls(
            "composite_relations.User",
            CASCADE,
            related_name="+",
            from_fields=["tenant", "user_num"],
            to_fields=["tenant", "num"],
            **kwargs,
        ),
    }


USER_KEY = (("user_tenant_id", "user_num"), "user", ("tenant_id", "num"))
FROM_USER_KEY = (("tenant_id", "user_num"), "user", ("tenant_id", "num"))


class CreateModelTests(RelationSchemaTestCase):
    def create_note(self, *names, **fields):
        options = {"Meta": fields.pop("Meta", {})}
        self.create(
            *names, Tenant=tenant(), User=user(), Note={**note(**fields), **options}
        )
        self.insert("Tenant", id=1)
        self.insert("User", tenant_id=1, num=1)

    def test_created_columns(self):
        self.create_note(user=key(null=True))
        objects = self.get_objects("Note")
        self.assertEqual(objects["columns"], ["id", "user_tenant_id", "user_num"])
        self.assertEqual(objects["foreign_key"], [USER_KEY])
        self.assertEqual(objects["index"], [("user_tenant_id", "user_num")])
        self.assertEqual(objects["unique"], [])
        self.insert("Note", id=1, user_tenant_id=1, user_num=1)
        self.insert("Note", id=2, user_tenant_id=5, user_num=None)
        self.assertRefused("Note", id=3, user_tenant_id=1, user_num=2)
        self.assertRefused("Note", id=3, user_tenant_id=2, user_num=1)

    def test_referenced_table_created_later(self):
        self.create_note("Note", "User", "Tenant", user=key(null=True))
        self.assertEqual(self.get_objects("Note")["foreign_key"], [USER_KEY])
        self.assertRefused("Note", id=3, user_tenant_id=1, user_num=2)

    def test_not_null(self):
        self.create_note(user=key())
        self.assertIs(self.get_objects("Note").null["user_num"], False)
        self.assertRefused("Note", id=1, user_tenant_id=1, user_num=None)

    def test_from_fields(self):
        self.create_note(**by_columns())
        objects = self.get_objects("Note")
        self.assertEqual(objects["columns"], ["id", "tenant_id", "user_num"])
        self.assertEqual(
            objects["foreign_key"],
            [(("tenant_id",), "tenant", ("id",)), FROM_USER_KEY],
        )
        self.assertUsesIndex("Note", ("tenant_id", "user_num"))
        self.insert("Note", id=1, tenant_id=1, user_num=1)
        self.insert("Note", id=2, tenant_id=1, user_num=None)
        self.assertRefused("Note", id=3, tenant_id=1, user_num=2)

    def test_one_to_one(self):
        self.create_note(user=one_to_one(null=True))
        objects = self.get_objects("Note")
        self.assertEqual(objects["foreign_key"], [USER_KEY])
        self.assertEqual(objects["unique"], [("user_tenant_id", "user_num")])
        self.assertEqual(objects["index"], [])
        self.insert("Note", id=1, user_tenant_id=1, user_num=1)
        self.assertRefused("Note", id=2, user_tenant_id=1, user_num=1)

    def test_no_constraint(self):
        self.create_note(user=key(db_constraint=False))
        objects = self.get_objects("Note")
        self.assertEqual(objects["foreign_key"], [])
        self.assertEqual(objects["index"], [("user_tenant_id", "user_num")])
        self.insert("Note", id=3, user_tenant_id=1, user_num=2)

    def test_no_index(self):
        self.create_note(user=key(db_index=False, db_constraint=False))
        self.assertEqual(self.get_objects("Note")["index"], [])

    def test_index_is_not_needed(self):
        """A key, or a unique constraint, starts with the columns."""
        fields = by_columns(db_constraint=False)
        fields["tenant"].db_index = False
        fields["number"] = models.IntegerField()
        names = ["tenant", "user_num", "number"]
        for options in (
            {"unique_together": {tuple(names)}},
            {"unique_together": {("user", "number")}},
            {"constraints": [models.UniqueConstraint(fields=names, name="rel_unique")]},
            {
                "constraints": [
                    models.UniqueConstraint(fields=["user"], name="rel_unique")
                ]
            },
        ):
            with self.subTest(options=options):
                self.create_note(Meta=options, **fields)
                objects = self.get_objects("Note")
                self.assertEqual(objects.indexes, [])
                self.assertEqual(len(objects["unique"]), 1)
                self.assertEqual(objects["unique"][0][:2], ("tenant_id", "user_num"))
                self.drop()
        fields["pk"] = models.CompositePrimaryKey("tenant", "user_num", "number")
        self.create(
            Tenant=tenant(),
            User=user(),
            Note={"Meta": {}, **fields},
        )
        self.assertEqual(self.get_objects("Note").indexes, [])

    def test_index_is_needed(self):
        """The columns aren't the first ones, or unique for some rows only."""
        fields = by_columns(db_constraint=False)
        fields["number"] = models.IntegerField()
        self.create_note(
            Meta={
                "unique_together": {("number", "tenant", "user_num")},
                "constraints": [
                    models.UniqueConstraint(
                        fields=["tenant", "user_num"],
                        condition=models.Q(number=1),
                        name="rel_conditional",
                    )
                ],
            },
            **fields,
        )
        self.assertEqual(self.get_objects("Note").indexes, [("tenant_id", "user_num")])

    def test_shared_columns(self):
        """Relations over the same columns share an index, but not a key."""
        fields = by_columns()
        fields["profile"] = models.ForeignKey(
            "composite_relations.Profile",
            CASCADE,
            from_fields=["tenant", "user_num"],
        )
        self.create(
            Tenant=tenant(),
            User=user(),
            Profile=user(),
            Note=note(**fields),
        )
        objects = self.get_objects("Note")
        self.assertEqual(
            objects.relations,
            [
                (("tenant_id", "user_num"), "profile", ("tenant_id", "num")),
                FROM_USER_KEY,
            ],
        )
        self.assertEqual(len(objects.indexes), 1)

    def test_self_reference(self):
        self.create(
            Tree={
                "pk": models.CompositePrimaryKey("forest", "number"),
                "forest": models.IntegerField(),
                "number": models.IntegerField(),
                "parent": key("self", null=True),
            }
        )
        self.assertEqual(
            self.get_objects("Tree")["foreign_key"],
            [(("parent_forest", "parent_number"), "tree", ("forest", "number"))],
        )
        self.insert("Tree", forest=1, number=1)
        self.insert("Tree", forest=1, number=2, parent_forest=1, parent_number=1)
        self.assertRefused("Tree", forest=1, number=3, parent_forest=1, parent_number=7)

    def test_circular_references(self):
        def model(to):
            return {
                "pk": models.CompositePrimaryKey("a", "b"),
                "a": models.IntegerField(),
                "b": models.IntegerField(),
                "other": key(to, null=True),
            }

        self.create(
            One=model("composite_relations.Two"), Two=model("composite_relations.One")
        )
        for name, other in (("One", "two"), ("Two", "one")):
            self.assertEqual(
                self.get_objects(name)["foreign_key"],
                [(("other_a", "other_b"), other, ("a", "b"))],
            )

    def test_key_of_foreign_keys(self):
        """A key that is made of a relation to a key that is made of one."""
        self.create(
            Tenant=tenant(),
            User=user(),
            Member={
                "pk": models.CompositePrimaryKey("user", "role"),
                "user": key(),
                "role": models.CharField(max_length=10),
            },
            Note=note(member=key("composite_relations.Member", null=True)),
        )
        objects = self.get_objects("Member")
        self.assertEqual(objects["primary_key"], ("user_tenant_id", "user_num", "role"))
        self.assertEqual(objects["foreign_key"], [USER_KEY])
        objects = self.get_objects("Note")
        columns = ("user_tenant_id", "user_num", "role")
        self.assertEqual(
            objects["foreign_key"],
            [(tuple(f"member_{name}" for name in columns), "member", columns)],
        )
        self.insert("Tenant", id=1)
        self.insert("User", tenant_id=1, num=1)
        self.insert("Member", user_tenant_id=1, user_num=1, role="a")
        row = {"member_user_tenant_id": 1, "member_user_num": 1}
        self.insert("Note", id=1, member_role="a", **row)
        self.assertRefused("Note", id=2, member_role="b", **row)

    def test_order_of_columns(self):
        """The relation's columns stand in another order than the key's."""
        fields = by_columns()
        fields["user"] = models.ForeignKey(
            "composite_relations.User",
            CASCADE,
            from_fields=["user_num", "tenant"],
            to_fields=["num", "tenant"],
        )
        self.create(
            Tenant=tenant(),
            User={**user(), "Meta": {"unique_together": {("num", "tenant")}}},
            Note=note(**fields),
        )
        self.assertEqual(
            self.get_objects("Note").relations,
            [(("user_num", "tenant_id"), "user", ("num", "tenant_id"))],
        )

    def test_to_unique_fields(self):
        """The unique constraint referred to exists before the foreign key."""
        unique = {"unique_together": {("country", "code")}}
        constraint = models.UniqueConstraint(
            fields=["country", "code"], name="rel_country_code"
        )
        for options in (unique, {"constraints": [constraint]}):
            for names in (("Place", "Note"), ("Note", "Place")):
                with self.subTest(options=options, names=names):
                    self.create(
                        *names,
                        Place={
                            "id": models.IntegerField(primary_key=True),
                            "country": models.CharField(max_length=10),
                            "code": models.IntegerField(),
                            "near": key(
                                "self", to_fields=["country", "code"], null=True
                            ),
                            "Meta": options,
                        },
                        Note=note(
                            place=key(
                                "composite_relations.Place",
                                to_fields=["country", "code"],
                                null=True,
                            )
                        ),
                    )
                    self.assertEqual(
                        self.get_objects("Note")["foreign_key"],
                        [
                            (
                                ("place_country", "place_code"),
                                "place",
                                ("country", "code"),
                            )
                        ],
                    )
                    self.insert("Place", id=1, country="FR", code=7)
                    self.insert("Note", id=1, place_country="FR", place_code=7)
                    self.assertRefused("Note", id=2, place_country="F", place_code=7)
                    self.drop()

    def test_error(self):
        """An error isn't concealed by what is missing because of it."""
        place = {
            "id": models.IntegerField(primary_key=True),
            "code": models.IntegerField(),
            "near": key("self", to_fields=["id", "code"], null=True),
            "Meta": {"unique_together": {("id", "code")}},
        }
        state = self.get_state(Place=place)
        with self.assertRaisesMessage(ZeroDivisionError, "An error."):
            with connection.schema_editor() as editor:
                editor.create_model(self.get_model("Place", state))
                raise ZeroDivisionError("An error.")
        if connection.features.can_rollback_ddl:
            self.assertNotIn("rel_place", connection.introspection.table_names())
        else:
            self.state = state

    def test_names(self):
        """Names are within the limits and differ for each of the relations."""
        long_name = "a_relation_with_a_name_as_long_as_anybody_could_want_it"
        members = {
            f"{letter}_member_with_a_long_name": models.IntegerField()
            for letter in "abcd"
        }
        self.create(
            Target={"pk": models.CompositePrimaryKey(*members), **members},
            Note=note(
                **{
                    f"{long_name[:30]}_{number}": key("composite_relations.Target")
                    for number in range(4)
                }
            ),
        )
        objects = self.get_objects("Note")
        self.assertEqual(len(objects.relations), 4)
        limit = connection.ops.max_name_length() or 200
        self.assertLessEqual(max(map(len, objects.names)), limit)

    def test_table_with_many_to_many(self):
        self.create(
            Tenant=tenant(),
            User=user(),
            Note=note(
                users=models.ManyToManyField(
                    "composite_relations.User", db_table="rel_note_users"
                )
            ),
        )
        through = self.get_model("Note").users.through
        objects = Objects(through)
        self.assertEqual(objects.relations, [USER_KEY])
        self.assertEqual(objects["unique"], [("note_id", "user_tenant_id", "user_num")])

    def test_deletion_of_table_discards_deferred_constraint(self):
        self.state = self.get_state(Tenant=tenant(), User=user(), Note=note(user=key()))
        with connection.schema_editor() as editor:
            for name in ("Tenant", "User", "Note"):
                editor.create_model(self.get_model(name))
            editor.delete_model(self.get_model("Note"))
            editor.delete_model(self.get_model("User"))
        self.assertNotIn("rel_user", connection.introspection.table_names())

    def test_renamed_table_in_deferred_constraint(self):
        self.state = self.get_state(
            Tenant=tenant(), User=user(), Note=note(user=key(null=True))
        )
        with connection.schema_editor() as editor:
            for name in ("Tenant", "User", "Note"):
                editor.create_model(self.get_model(name))
            editor.alter_db_table(self.get_model("User"), "rel_user", "rel_person")
        try:
            self.assertEqual(
                self.get_objects("Note").relations,
                [(USER_KEY[0], "person", USER_KEY[2])],
            )
        finally:
            with connection.schema_editor() as editor:
                editor.alter_db_table(self.get_model("User"), "rel_person", "rel_user")
        self.assertEqual(self.get_objects("Note").relations, [USER_KEY])


class AddFieldTests(RelationSchemaTestCase):
    def create_note(self, **fields):
        self.create(Tenant=tenant(), User=user(), Note=note(**fields))
        self.insert("Tenant", id=1)
        self.insert("User", tenant_id=1, num=1)
        self.insert("Note", id=1)

    def add_user(self, relation, **fields):
        self.add(
            "Note",
            "user",
            Tenant=tenant(),
            User=user(),
            Note=note(**{**fields, "user": relation}),
        )

    def test_null(self):
        self.create_note()
        self.add_user(key(null=True))
        objects = self.get_objects("Note")
        self.assertEqual(objects["columns"], ["id", "user_tenant_id", "user_num"])
        self.assertEqual(objects["foreign_key"], [USER_KEY])
        self.assertEqual(objects["index"], [USER_KEY[0]])
        self.assertEqual(
            self.select("Note", "id", "user_tenant_id", "user_num"), [(1, None, None)]
        )
        self.assertRefused("Note", id=3, user_tenant_id=1, user_num=2)

    def test_default(self):
        self.create_note()
        self.add_user(key(default=(1, 1)))
        objects = self.get_objects("Note")
        self.assertEqual(objects["foreign_key"], [USER_KEY])
        self.assertIs(objects.null["user_num"], False)
        self.assertEqual(
            self.select("Note", "id", "user_tenant_id", "user_num"), [(1, 1, 1)]
        )
        self.assertRefused("Note", id=3)

    def test_null_default(self):
        self.create_note()
        self.add_user(key(null=True, default=lambda: (1, 1)))
        self.assertEqual(
            self.select("Note", "id", "user_tenant_id", "user_num"), [(1, 1, 1)]
        )

    def test_one_to_one(self):
        self.create_note()
        self.add_user(one_to_one(null=True))
        objects = self.get_objects("Note")
        self.assertEqual(objects["unique"], [USER_KEY[0]])
        self.assertEqual(objects["index"], [])
        self.insert("Note", id=2, user_tenant_id=1, user_num=1)
        self.assertRefused("Note", id=3, user_tenant_id=1, user_num=1)

    def test_options(self):
        self.create_note()
        self.add_user(key(null=True, db_constraint=False, db_index=False))
        objects = self.get_objects("Note")
        self.assertEqual((objects["foreign_key"], objects["index"]), ([], []))

    def test_from_fields(self):
        fields = by_columns()
        relation = fields.pop("user")
        self.create_note(**fields)
        self.add_user(relation, **fields)
        objects = self.get_objects("Note")
        self.assertEqual(objects["columns"], ["id", "tenant_id", "user_num"])
        self.assertEqual(objects.relations, [FROM_USER_KEY])
        self.assertUsesIndex("Note", FROM_USER_KEY[0])
        self.assertRefused("Note", id=3, tenant_id=1, user_num=2)

    def test_self_reference(self):
        fields = {
            "pk": models.CompositePrimaryKey("forest", "number"),
            "forest": models.IntegerField(),
            "number": models.IntegerField(),
        }
        self.create(Tree=fields)
        self.insert("Tree", forest=1, number=1)
        fields = {**fields, "parent": key("self", null=True)}
        self.add("Tree", "parent", Tree=fields)
        self.assertEqual(
            self.get_objects("Tree")["foreign_key"],
            [(("parent_forest", "parent_number"), "tree", ("forest", "number"))],
        )
        self.assertRefused("Tree", forest=1, number=3, parent_forest=1, parent_number=7)
        # Other changes keep it.
        fields = {**fields, "name": models.CharField(max_length=10, default="a")}
        self.add("Tree", "name", Tree=fields)
        self.insert(
            "Tree", forest=1, number=2, parent_forest=1, parent_number=1, name="b"
        )
        self.assertRefused(
            "Tree", forest=1, number=3, parent_forest=1, parent_number=7, name="c"
        )
        fields = {**fields, "name": models.TextField(default="a")}
        self.alter("Tree", "name", Tree=fields)
        self.assertEqual(
            self.get_objects("Tree")["foreign_key"],
            [(("parent_forest", "parent_number"), "tree", ("forest", "number"))],
        )

    def test_in_one_editor(self):
        """A relation is added and removed, or altered, before SQL is run."""
        self.create_note()
        state = self.get_state(
            Tenant=tenant(), User=user(), Note=note(user=key(null=True))
        )
        model = self.get_model("Note", state)
        with connection.schema_editor() as editor:
            editor.add_field(self.get_model("Note"), model._meta.get_field("user"))
            editor.remove_field(model, model._meta.get_field("user"))
        objects = self.get_objects("Note")
        self.assertEqual(objects["columns"], ["id"])
        self.assertEqual(objects["foreign_key"], [])
        altered = self.get_state(
            Tenant=tenant(), User=user(), Note=note(author=one_to_one(null=True))
        )
        author = self.get_model("Note", altered)._meta.get_field("author")
        with connection.schema_editor() as editor:
            editor.add_field(self.get_model("Note"), model._meta.get_field("user"))
            editor.alter_field(model, model._meta.get_field("user"), author)
        self.state = altered
        objects = self.get_objects("Note")
        self.assertEqual(
            objects["foreign_key"],
            [(("author_tenant_id", "author_num"), *USER_KEY[1:])],
        )
        self.assertEqual(objects["unique"], [("author_tenant_id", "author_num")])


class RemoveFieldTests(RelationSchemaTestCase):
    def remove_user(self, fields, remaining):
        self.create(Tenant=tenant(), User=user(), Note=note(**fields))
        self.remove(
            "Note", "user", Tenant=tenant(), User=user(), Note=note(**remaining)
        )
        return self.get_objects("Note")

    def test_created_columns(self):
        for relation in (
            key(),
            key(null=True, db_constraint=False),
            key(db_index=False),
            one_to_one(),
            one_to_one(null=True, db_constraint=False),
        ):
            with self.subTest(relation=relation.deconstruct()):
                objects = self.remove_user({"user": relation}, {})
                self.assertEqual(objects["columns"], ["id"])
                self.assertEqual(objects["foreign_key"], [])
                self.assertEqual((objects["index"], objects["unique"]), ([], []))
                self.drop()

    def test_from_fields(self):
        for cls in (models.ForeignKey, models.OneToOneField):
            with self.subTest(cls=cls):
                fields = by_columns(cls)
                remaining = {name: fields[name] for name in ("tenant", "user_num")}
                objects = self.remove_user(fields, remaining)
                self.assertEqual(objects["columns"], ["id", "tenant_id", "user_num"])
                self.assertEqual(
                    objects["foreign_key"], [(("tenant_id",), "tenant", ("id",))]
                )
                self.assertEqual(objects["unique"], [])
                self.assertEqual(objects.indexes, [])
                # The index is MySQL's for the foreign key.
                self.assertUsesIndex("Note", ("tenant_id",))
                self.insert("Tenant", id=1)
                self.insert("Note", id=1, tenant_id=1, user_num=77)
                self.assertRefused("Note", id=2, tenant_id=2, user_num=77)
                self.drop()

    def test_shared_columns(self):
        """Another relation goes on to have what both have used."""
        fields = by_columns()
        other = {**fields}
        other["profile"] = models.ForeignKey(
            "composite_relations.Profile", CASCADE, from_fields=["tenant", "user_num"]
        )
        models_before = {"Tenant": tenant(), "User": user(), "Profile": user()}
        self.create(**models_before, Note=note(**other))
        del other["user"]
        self.remove("Note", "user", **models_before, Note=note(**other))
        objects = self.get_objects("Note")
        self.assertEqual(
            objects.relations,
            [(("tenant_id", "user_num"), "profile", ("tenant_id", "num"))],
        )
        self.assertUsesIndex("Note", ("tenant_id", "user_num"))

    def test_other_constraints_are_kept(self):
        fields = {"user": key(null=True), "author": one_to_one(null=True)}
        objects = self.remove_user(fields, {"author": fields["author"]})
        self.assertEqual(objects["columns"], ["id", "author_tenant_id", "author_num"])
        self.assertEqual(len(objects.relations), 1)
        self.assertEqual(objects["unique"], [("author_tenant_id", "author_num")])


class AlterFieldTests(RelationSchemaTestCase):
    def create_note(self, **fields):
        self.create(**self.others(), Note=note(**fields))
        self.insert("Tenant", id=1)
        self.insert("User", tenant_id=1, num=1)

    def others(self):
        return {
            "Tenant": tenant(),
            "User": user(),
            "Person": {"id": models.IntegerField(primary_key=True)},
            "Team": {
                "pk": models.CompositePrimaryKey("tenant_id", "code"),
                "tenant": key("composite_relations.Tenant"),
                "code": models.CharField(max_length=10),
            },
        }

    def alter_note(self, old, new=None, **fields):
        self.alter("Note", old, new, **self.others(), Note=note(**fields))
        return self.get_objects("Note")

    def test_rename(self):
        self.create_note(user=key(null=True))
        self.insert("Note", id=1, user_tenant_id=1, user_num=1)
        objects = self.alter_note("user", "author", author=key(null=True))
        columns = ("author_tenant_id", "author_num")
        self.assertEqual(objects["columns"], ["id", *columns])
        self.assertEqual(objects["foreign_key"], [(columns, *USER_KEY[1:])])
        self.assertEqual(objects["index"], [columns])
        self.assertEqual(self.select("Note", "id", *columns), [(1, 1, 1)])
        self.assertRefused("Note", id=2, author_tenant_id=1, author_num=2)

    def test_name_after_rename(self):
        """Another relation may be named as this one was."""
        self.create_note(user=key(null=True))
        self.alter_note("user", "author", author=key(null=True))
        names = self.get_objects("Note").names
        if connection.vendor != "sqlite":
            self.assertEqual([n.split("_")[2] for n in names if "_fk" in n], ["author"])

    def test_rename_from_fields(self):
        self.create_note(**by_columns())
        fields = by_columns()
        fields["author"] = fields.pop("user")
        before = self.get_objects("Note")
        with CaptureQueriesContext(connection) as queries:
            objects = self.alter_note("user", "author", **fields)
        self.assertEqual(objects, before)
        self.assertFalse([sql for sql in queries if "ALTER" in sql["sql"]])

    def test_null(self):
        self.create_note(user=key(null=True))
        self.insert("Note", id=1, user_tenant_id=1, user_num=1)
        objects = self.alter_note("user", user=key())
        self.assertEqual([objects.null[name] for name in USER_KEY[0]], [False, False])
        self.assertEqual(objects["foreign_key"], [USER_KEY])
        self.assertEqual(objects["index"], [USER_KEY[0]])
        objects = self.alter_note("user", user=key(null=True))
        self.assertEqual([objects.null[name] for name in USER_KEY[0]], [True, True])
        self.assertEqual(objects["foreign_key"], [USER_KEY])
        self.assertEqual(
            self.select("Note", "id", "user_tenant_id", "user_num"), [(1, 1, 1)]
        )

    def test_not_null_with_default(self):
        self.create_note(user=key(null=True))
        self.insert("Note", id=1)
        objects = self.alter_note("user", user=key(default=(1, 1)))
        self.assertIs(objects.null["user_num"], False)
        self.assertEqual(
            self.select("Note", "id", "user_tenant_id", "user_num"), [(1, 1, 1)]
        )
        self.assertRefused("Note", id=2)

    def test_constraint(self):
        self.create_note(user=key(null=True))
        objects = self.alter_note("user", user=key(null=True, db_constraint=False))
        self.assertEqual(objects["foreign_key"], [])
        self.assertEqual(objects["index"], [USER_KEY[0]])
        objects = self.alter_note("user", user=key(null=True))
        self.assertEqual(objects["foreign_key"], [USER_KEY])
        self.assertEqual(objects["index"], [USER_KEY[0]])

    def test_index(self):
        self.create_note(user=key(null=True, db_constraint=False))
        objects = self.alter_note(
            "user", user=key(null=True, db_index=False, db_constraint=False)
        )
        self.assertEqual(objects["index"], [])
        objects = self.alter_note("user", user=key(null=True, db_constraint=False))
        self.assertEqual(objects["index"], [USER_KEY[0]])

    def test_index_of_constraint(self):
        """MySQL doesn't let go of an index that a foreign key needs."""
        self.create_note(user=key(null=True))
        objects = self.alter_note("user", user=key(null=True, db_index=False))
        self.assertEqual(objects["foreign_key"], [USER_KEY])
        objects = self.alter_note("user", user=key(null=True))
        self.assertEqual(objects["index"], [USER_KEY[0]])

    def test_indexes_of_constraint(self):
        """
        What MySQL is left with when a unique constraint is removed which a foreign
        key needed isn't in the way.
        """
        self.create_note(user=one_to_one(null=True))
        for options in (
            {"db_index": False},
            {"db_constraint": False},
            {},
            {"db_constraint": False},
        ):
            objects = self.alter_note("user", user=key(null=True, **options))
        self.assertEqual(objects["index"], [USER_KEY[0]])
        self.assertEqual(objects["foreign_key"], [])
        objects = self.alter_note("user", user=key(null=True))
        self.assertEqual(objects["foreign_key"], [USER_KEY])
        objects = self.alter_note("user", user=one_to_one(null=True))
        self.assertEqual(objects["unique"], [USER_KEY[0]])
        self.assertEqual(objects["foreign_key"], [USER_KEY])

    def test_unique(self):
        self.create_note(user=key(null=True))
        self.insert("Note", id=1, user_tenant_id=1, user_num=1)
        for _ in range(2):
            objects = self.alter_note("user", user=one_to_one(null=True))
            self.assertEqual(objects["foreign_key"], [USER_KEY])
            self.assertEqual(objects["unique"], [USER_KEY[0]])
            self.assertEqual(objects["index"], [])
            self.assertRefused("Note", id=2, user_tenant_id=1, user_num=1)
            objects = self.alter_note("user", user=key(null=True))
            self.assertEqual(objects["foreign_key"], [USER_KEY])
            self.assertEqual(objects["unique"], [])
            self.assertEqual(objects["index"], [USER_KEY[0]])
        self.insert("Note", id=2, user_tenant_id=1, user_num=1)

    def test_unique_from_fields(self):
        self.create_note(**by_columns())
        for _ in range(2):
            objects = self.alter_note("user", **by_columns(models.OneToOneField))
            self.assertEqual(objects.relations, [FROM_USER_KEY])
            self.assertEqual(objects["unique"], [FROM_USER_KEY[0]])
            objects = self.alter_note("user", **by_columns())
            self.assertEqual(objects.relations, [FROM_USER_KEY])
            self.assertEqual(objects["unique"], [])
            self.assertUsesIndex("Note", FROM_USER_KEY[0])

    def test_other_target(self):
        self.create_note(user=key(null=True))
        objects = self.alter_note(
            "user", user=key("composite_relations.Team", null=True)
        )
        columns = ("user_tenant_id", "user_code")
        self.assertEqual(objects["columns"], ["id", *columns])
        self.assertEqual(
            objects["foreign_key"], [(columns, "team", ("tenant_id", "code"))]
        )
        self.assertEqual(objects["index"], [columns])
        self.insert("Team", tenant_id=1, code="x")
        self.insert("Note", id=1, user_tenant_id=1, user_code="x")
        self.assertRefused("Note", id=2, user_tenant_id=1, user_code="y")

    def test_single_target(self):
        """To a model with a key of one column, and back."""
        self.create_note(user=key(null=True))
        self.insert("Note", id=1, user_tenant_id=1, user_num=1)
        objects = self.alter_note(
            "user", user=key("composite_relations.Person", null=True)
        )
        self.assertEqual(objects["columns"], ["id", "user_id"])
        self.assertEqual(objects["foreign_key"], [(("user_id",), "person", ("id",))])
        self.assertEqual(objects["index"], [("user_id",)])
        self.assertEqual(self.select("Note", "id", "user_id"), [(1, None)])
        objects = self.alter_note("user", user=key(null=True))
        self.assertEqual(objects["columns"], ["id", *USER_KEY[0]])
        self.assertEqual(objects["foreign_key"], [USER_KEY])
        self.assertEqual(objects["index"], [USER_KEY[0]])

    def test_single_target_with_the_same_column(self):
        others = {
            **self.others(),
            "Account": {
                "pk": models.CompositePrimaryKey("tenant_id", "id"),
                "tenant": key("composite_relations.Tenant"),
                "id": models.IntegerField(),
            },
        }
        self.create(
            **others, Note=note(user=key("composite_relations.Person", null=True))
        )
        self.insert("Person", id=5)
        self.insert("Note", id=1, user_id=5)
        self.alter(
            "Note",
            "user",
            **others,
            Note=note(user=key("composite_relations.Account", null=True)),
        )
        objects = self.get_objects("Note")
        self.assertCountEqual(objects["columns"], ["id", "user_id", "user_tenant_id"])
        self.assertEqual(
            objects["foreign_key"],
            [(("user_tenant_id", "user_id"), "account", ("tenant_id", "id"))],
        )
        self.assertEqual(objects["index"], [("user_tenant_id", "user_id")])
        self.assertEqual(
            self.select("Note", "id", "user_id", "user_tenant_id"), [(1, 5, None)]
        )
        self.alter(
            "Note",
            "user",
            **others,
            Note=note(user=one_to_one("composite_relations.Person", null=True)),
        )
        objects = self.get_objects("Note")
        self.assertEqual(objects["columns"], ["id", "user_id"])
        self.assertEqual(objects["unique"], [("user_id",)])
        self.assertEqual(objects["foreign_key"], [(("user_id",), "person", ("id",))])
        self.assertEqual(self.select("Note", "id", "user_id"), [(1, 5)])

    def test_created_columns_to_from_fields(self):
        columns = by_columns()
        relation = columns.pop("user")
        self.create_note(
            tenant=columns["tenant"],
            num=models.IntegerField(null=True),
            user=key(null=True),
        )
        fields = {
            "tenant": columns["tenant"],
            "num": models.IntegerField(null=True),
        }
        relation = models.ForeignKey(
            "composite_relations.User", CASCADE, from_fields=["tenant", "num"]
        )
        objects = self.alter_note("user", user=relation, **fields)
        self.assertEqual(objects["columns"], ["id", "tenant_id", "num"])
        self.assertEqual(objects.relations, [(("tenant_id", "num"), *USER_KEY[1:])])
        self.assertUsesIndex("Note", ("tenant_id", "num"))
        objects = self.alter_note("user", user=key(null=True), **fields)
        self.assertCountEqual(
            objects["columns"], ["id", "tenant_id", "num", *USER_KEY[0]]
        )
        self.assertEqual(objects.relations, [USER_KEY])
        self.assertEqual(objects.indexes, [USER_KEY[0]])

    def test_nothing_changes(self):
        """What isn't the database's, and an alteration to the same."""
        self.create_note(user=key(null=True))
        with CaptureQueriesContext(connection) as queries:
            self.alter_note("user", user=key(null=True, verbose_name="The user"))
        self.assertFalse(
            [q for q in queries if q["sql"].startswith(("ALTER", "CREATE", "DROP"))]
        )


class ReferencedColumnTests(RelationSchemaTestCase):
    """What is referred to changes."""

    def build(self, user_fields=None, members=("tenant_id", "num"), **kwargs):
        fields = user_fields or {
            "tenant": key("composite_relations.Tenant"),
            "num": models.IntegerField(),
        }
        options = {
            "Tenant": kwargs.get("tenant", tenant()),
            "User": {
                "pk": models.CompositePrimaryKey(*members),
                **fields,
                "friend": key("self", null=True),
            },
            "Member": {
                "pk": models.CompositePrimaryKey("user", "role"),
                "user": key(),
                "role": models.CharField(max_length=10),
            },
            "Note": note(
                user=key(null=True),
                author=one_to_one(null=True),
                member=key("composite_relations.Member", null=True),
            ),
        }
        return options

    def fill(self):
        self.insert("Tenant", id=1)
        self.insert("User", tenant_id=1, num=1)
        self.insert("User", tenant_id=1, num=2, friend_tenant_id=1, friend_num=1)
        self.insert("Member", user_tenant_id=1, user_num=1, role="a")
        self.insert(
            "Note",
            id=1,
            user_tenant_id=1,
            user_num=2,
            member_user_tenant_id=1,
            member_user_num=1,
            member_role="a",
        )

    def assertRelations(self, tenant, num):
        def named(prefix):
            return (f"{prefix}{tenant}", f"{prefix}{num}")

        key = named("")
        self.assertEqual(self.get_objects("User")["primary_key"], key)
        self.assertEqual(
            self.get_objects("User").relations, [(named("friend_"), "user", key)]
        )
        self.assertEqual(
            self.get_objects("Member")["primary_key"], (*named("user_"), "role")
        )
        self.assertEqual(
            self.get_objects("Member").relations, [(named("user_"), "user", key)]
        )
        objects = self.get_objects("Note")
        self.assertCountEqual(
            objects.relations,
            [
                (named("user_"), "user", key),
                (named("author_"), "user", key),
                (
                    (*named("member_user_"), "member_role"),
                    "member",
                    (*named("user_"), "role"),
                ),
            ],
        )
        self.assertEqual(objects["unique"], [named("author_")])
        self.assertCountEqual(
            objects["index"],
            [named("user_"), (*named("member_user_"), "member_role")],
        )
        self.assertEqual(
            self.select("Note", *named("user_"), *named("member_user_"), "member_role"),
            [(1, 2, 1, 1, "a")],
        )
        self.assertEqual(self.select("User", *key, *named("friend_"))[-1], (1, 2, 1, 1))
        self.assertRefused("Note", id=2, **{f"user_{tenant}": 1, f"user_{num}": 77})
        self.assertRefused(
            "User",
            **{tenant: 1, num: 3, f"friend_{tenant}": 1, f"friend_{num}": 77},
        )

    def test_create(self):
        self.create(**self.build())
        self.fill()
        self.assertRelations("tenant_id", "num")

    def test_rename_member(self):
        self.create(**self.build())
        self.fill()
        fields = {
            "tenant": key("composite_relations.Tenant"),
            "number": models.IntegerField(),
        }
        self.alter(
            "User", "num", "number", **self.build(fields, ("tenant_id", "number"))
        )
        self.assertRelations("tenant_id", "number")

    def test_rename_member_with_foreign_key(self):
        self.create(**self.build())
        self.fill()
        fields = {
            "owner": key("composite_relations.Tenant"),
            "num": models.IntegerField(),
        }
        self.alter("User", "tenant", "owner", **self.build(fields, ("owner_id", "num")))
        self.assertRelations("owner_id", "num")

    def test_rename_member_with_db_column(self):
        """The column stays the same, but those that are named after it don't."""
        column = {"db_column": "num"}
        fields = {
            "tenant": key("composite_relations.Tenant"),
            "num": models.IntegerField(**column),
        }
        self.create(**self.build(fields))
        self.fill()
        fields = {
            "tenant": key("composite_relations.Tenant"),
            "number": models.IntegerField(**column),
        }
        self.alter(
            "User", "num", "number", **self.build(fields, ("tenant_id", "number"))
        )
        self.assertEqual(
            self.get_objects("Member")["primary_key"],
            ("user_tenant_id", "user_number", "role"),
        )
        self.assertIn(
            (("user_tenant_id", "user_number"), "user", ("tenant_id", "num")),
            self.get_objects("Note").relations,
        )

    def test_retype_member(self):
        self.create(**self.build())
        self.fill()
        fields = {
            "tenant": key("composite_relations.Tenant"),
            "num": models.BigIntegerField(),
        }
        self.alter("User", "num", **self.build(fields))
        self.assertRelations("tenant_id", "num")
        big = 2**40
        self.insert("User", tenant_id=1, num=big)
        self.insert("Member", user_tenant_id=1, user_num=big, role="b")
        self.insert(
            "Note",
            id=9,
            user_tenant_id=1,
            user_num=big,
            member_user_tenant_id=1,
            member_user_num=big,
            member_role="b",
        )

    def test_retype_member_to_text(self):
        self.create(**self.build())
        fields = {
            "tenant": key("composite_relations.Tenant"),
            "num": models.CharField(max_length=20),
        }
        self.alter("User", "num", **self.build(fields))
        self.insert("Tenant", id=1)
        self.insert("User", tenant_id=1, num="a")
        self.insert("Note", id=1, user_tenant_id=1, user_num="a")
        self.assertRefused("Note", id=2, user_tenant_id=1, user_num="b")

    def test_retype_key_of_member(self):
        """The key that a member of the key refers to, three tables away."""
        for old_class, new_class in (
            (models.IntegerField, models.BigIntegerField),
            (models.AutoField, models.BigAutoField),
        ):
            with self.subTest(new_class=new_class):
                self.retype_tenant(
                    {"id": old_class(primary_key=True)},
                    {"id": new_class(primary_key=True)},
                )
                self.drop()

    def retype_tenant(self, old, new):
        self.create(**self.build(tenant=old))
        self.fill()
        self.alter("Tenant", "id", **self.build(tenant=new))
        self.assertRelations("tenant_id", "num")
        big = 2**40
        self.insert("Tenant", id=big)
        self.insert("User", tenant_id=big, num=1)
        self.insert("Member", user_tenant_id=big, user_num=1, role="b")
        self.insert(
            "Note",
            id=9,
            user_tenant_id=big,
            user_num=1,
            member_user_tenant_id=big,
            member_user_num=1,
            member_role="b",
        )

    def test_rename_relation_in_key(self):
        """The columns of a relation are themselves referred to."""
        self.create(**self.build())
        self.fill()
        definitions = self.build()
        definitions["Member"] = {
            "pk": models.CompositePrimaryKey("person", "role"),
            "person": key(),
            "role": models.CharField(max_length=10),
        }
        self.alter("Member", "user", "person", **definitions)
        objects = self.get_objects("Member")
        columns = ("person_tenant_id", "person_num", "role")
        self.assertEqual(objects["primary_key"], columns)
        self.assertEqual(objects.relations, [(columns[:2], *USER_KEY[1:])])
        self.assertIn(
            (tuple(f"member_{name}" for name in columns), "member", columns),
            self.get_objects("Note").relations,
        )

    def from_fields(self, num=models.IntegerField, user_num=models.IntegerField):
        fields = by_columns()
        fields["user_num"] = user_num(null=True)
        return {
            "Tenant": tenant(),
            "User": user(num=num()),
            "Note": note(**fields),
        }

    def test_rename_with_from_fields(self):
        self.create(**self.from_fields())
        self.alter("User", "num", "number", **self.renamed(num="number"))
        self.assertEqual(
            self.get_objects("Note").relations,
            [(("tenant_id", "user_num"), "user", ("tenant_id", "number"))],
        )
        self.alter("Note", "user_num", "n", **self.renamed(num="number", user_num="n"))
        self.assertEqual(
            self.get_objects("Note").relations,
            [(("tenant_id", "n"), "user", ("tenant_id", "number"))],
        )
        self.assertUsesIndex("Note", ("tenant_id", "n"))
        self.insert("Tenant", id=1)
        self.assertRefused("Note", id=2, tenant_id=1, n=77)

    def renamed(self, num="num", user_num="user_num"):
        definitions = self.from_fields()
        definitions["User"] = {
            "pk": models.CompositePrimaryKey("tenant_id", num),
            "tenant": key("composite_relations.Tenant"),
            num: models.IntegerField(),
        }
        definitions["Note"] = note(
            tenant=key("composite_relations.Tenant", null=True),
            **{user_num: models.IntegerField(null=True)},
            user=models.ForeignKey(
                "composite_relations.User",
                CASCADE,
                from_fields=["tenant", user_num],
                to_fields=["tenant", num],
            ),
        )
        return definitions

    def test_retype_with_from_fields(self):
        """Both columns are altered, one after the other."""
        big = models.BigIntegerField
        for first, second in (
            (("User", "num", {"num": big}), ("Note", "user_num", {})),
            (("Note", "user_num", {"user_num": big}), ("User", "num", {})),
        ):
            with self.subTest(first=first[0]):
                self.create(**self.from_fields())
                name, field, changed = first
                self.alter(name, field, **self.from_fields(**changed))
                name, field, _ = second
                self.alter(name, field, **self.from_fields(num=big, user_num=big))
                self.assertEqual(self.get_objects("Note").relations, [FROM_USER_KEY])
                self.insert("Tenant", id=1)
                self.insert("User", tenant_id=1, num=2**40)
                self.insert("Note", id=1, tenant_id=1, user_num=2**40)
                self.assertRefused("Note", id=2, tenant_id=1, user_num=2**39)
                self.drop()

    def test_null_of_from_fields(self):
        self.create(**self.from_fields())
        definitions = self.from_fields()
        definitions["Note"]["user_num"] = models.IntegerField(default=1)
        self.alter("Note", "user_num", **definitions)
        objects = self.get_objects("Note")
        self.assertIs(objects.null["user_num"], False)
        self.assertEqual(objects.relations, [FROM_USER_KEY])

    def test_rename_table(self):
        self.create(**self.build())
        self.fill()
        model = self.get_model("User")
        with connection.schema_editor() as editor:
            editor.alter_db_table(model, "rel_user", "rel_person")
        model._meta.db_table = "rel_person"
        self.assertIn(
            (USER_KEY[0], "person", USER_KEY[2]),
            self.get_objects("Note").relations,
        )
        self.assertIn(
            (("friend_tenant_id", "friend_num"), "person", USER_KEY[2]),
            self.get_objects("User").relations,
        )
        self.assertRefused("Note", id=2, user_tenant_id=1, user_num=77)


class ConstraintTests(RelationSchemaTestCase):
    """unique_together, constraints and indexes that name a relation."""

    def create_note(self, fields=None, **options):
        fields = fields or {
            "user": key(null=True),
            "number": models.IntegerField(null=True),
        }
        self.create(
            Tenant=tenant(), User=user(), Note={**note(**fields), "Meta": options}
        )
        self.fields = fields

    def change(self, method, *args, **options):
        state = self.get_state(
            Tenant=tenant(),
            User=user(),
            Note={**note(**self.fields), "Meta": options},
        )
        with connection.schema_editor() as editor:
            getattr(editor, method)(self.get_model("Note", state), *args)
        self.state = state
        return self.get_objects("Note")

    def test_create(self):
        self.create_note(
            unique_together={("number", "user")},
            indexes=[
                models.Index(fields=["-user", "number"], name="rel_index"),
                models.Index(
                    fields=["number"],
                    include=["user"],
                    name="rel_including",
                ),
            ],
            constraints=[
                models.UniqueConstraint(fields=["user", "number"], name="rel_unique")
            ],
        )
        objects = self.get_objects("Note")
        self.assertEqual(
            objects["unique"],
            [
                ("number", "user_tenant_id", "user_num"),
                ("user_tenant_id", "user_num", "number"),
            ],
        )
        self.assertIn(("user_tenant_id", "user_num", "number"), objects["index"])
        with connection.cursor() as cursor:
            index = connection.introspection.get_constraints(cursor, "rel_note")[
                "rel_index"
            ]
        if connection.features.supports_index_column_ordering:
            self.assertEqual(index["orders"], ["DESC", "DESC", "ASC"])

    def test_unique_together(self):
        self.create_note()
        objects = self.change(
            "alter_unique_together",
            set(),
            {("user", "number")},
            unique_together={("user", "number")},
        )
        columns = ("user_tenant_id", "user_num", "number")
        self.assertEqual(objects["unique"], [columns])
        self.assertUsesIndex("Note", USER_KEY[0])
        objects = self.change("alter_unique_together", {("user", "number")}, set())
        self.assertEqual(objects["unique"], [])
        # The relation's own index is back.
        self.assertEqual(objects["index"], [USER_KEY[0]])
        self.assertEqual(objects["foreign_key"], [USER_KEY])

    def test_unique_together_of_columns_of_one_to_one(self):
        self.create_note({**by_columns(models.OneToOneField)})
        names = ("tenant", "user_num")
        objects = self.change(
            "alter_unique_together", set(), {names}, unique_together={names}
        )
        self.assertEqual(objects["unique"], [FROM_USER_KEY[0]])
        objects = self.change("alter_unique_together", {names}, set())
        self.assertEqual(objects["unique"], [FROM_USER_KEY[0]])
        self.assertEqual(objects.relations, [FROM_USER_KEY])

    def test_constraint(self):
        self.create_note()
        constraint = models.UniqueConstraint(
            fields=["user", "number"], name="rel_unique"
        )
        objects = self.change("add_constraint", constraint, constraints=[constraint])
        self.assertEqual(objects["unique"], [("user_tenant_id", "user_num", "number")])
        objects = self.change("remove_constraint", constraint)
        self.assertEqual(objects["unique"], [])
        self.assertEqual(objects["index"], [USER_KEY[0]])
        self.assertEqual(objects["foreign_key"], [USER_KEY])

    def test_index(self):
        self.create_note()
        index = models.Index(fields=["user", "number"], name="rel_index")
        objects = self.change("add_index", index, indexes=[index])
        self.assertIn(("user_tenant_id", "user_num", "number"), objects["index"])
        objects = self.change("remove_index", index)
        self.assertEqual(objects["index"], [USER_KEY[0]])
        self.assertEqual(objects["foreign_key"], [USER_KEY])

    def test_default_name_of_index(self):
        """It is the same before and after the relation's columns are known."""
        index = models.Index(fields=["user", "number"])
        self.create_note()
        index.set_name_with_model(self.get_model("Note"))
        name = index.name
        self.assertEqual(name, "rel_note_user_id_56ad1f_idx")
        with isolate_apps("composite_relations"):

            class Note(models.Model):
                user = models.ForeignKey("composite_relations.Nothing", CASCADE)
                number = models.IntegerField()

                class Meta:
                    db_table = "rel_note"
                    indexes = [models.Index(fields=["user", "number"])]

            class Other(models.Model):
                tenant = models.IntegerField()
                number = models.IntegerField()
                user = models.ForeignKey(
                    "composite_relations.Nothing",
                    CASCADE,
                    from_fields=["tenant", "number"],
                )

                class Meta:
                    db_table = "rel_note"
                    indexes = [models.Index(fields=["user", "number"])]

        for model in (Note, Other):
            self.assertEqual(model._meta.indexes[0].name, name)

    @skipUnlessDBFeature("supports_partial_indexes")
    def test_conditional(self):
        constraint = models.UniqueConstraint(
            fields=["user"], condition=models.Q(number=1), name="rel_conditional"
        )
        self.create_note(constraints=[constraint])
        self.insert("Tenant", id=1)
        self.insert("User", tenant_id=1, num=1)
        values = {"user_tenant_id": 1, "user_num": 1}
        self.insert("Note", id=1, number=1, **values)
        self.insert("Note", id=2, number=2, **values)
        self.assertRefused("Note", id=3, number=1, **values)


class SingleForeignKeyTests(RelationSchemaTestCase):
    """A foreign key of one column is what it always was."""

    def collect(self):
        state = self.get_state(
            Tenant=tenant(), Note=note(tenant=key("composite_relations.Tenant"))
        )
        with connection.schema_editor(collect_sql=True) as editor:
            editor.create_model(self.get_model("Note", state))
        return editor.collected_sql

    def test_sql(self):
        (statement,) = (sql for sql in self.collect() if "REFERENCES" in sql)
        name = "rel_note_tenant_id_c1939006_fk_rel_tenant_id"
        quote = connection.ops.quote_name
        if connection.vendor != "sqlite":
            self.assertIn(f" ADD CONSTRAINT {quote(name)} FOREIGN KEY ", statement)
        self.assertIn(f"REFERENCES {quote('rel_tenant')} ({quote('id')})", statement)


class OtherModelTests(RelationSchemaTestCase):
    def test_inherited_key(self):
        """The link to a parent with a composite key is the child's key."""
        state = self.get_state(
            Tenant=tenant(),
            User={
                "pk": models.CompositePrimaryKey("tenant_id", "num"),
                "tenant": key("composite_relations.Tenant"),
                "num": models.IntegerField(),
            },
        )
        state.add_model(
            ModelState(
                self.app_label,
                "Admin",
                [
                    (
                        "user_ptr",
                        models.OneToOneField(
                            "composite_relations.User",
                            CASCADE,
                            auto_created=True,
                            parent_link=True,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("level", models.IntegerField(null=True)),
                ],
                {"db_table": "rel_admin"},
                bases=("composite_relations.user",),
            )
        )
        self.state = state
        with connection.schema_editor() as editor:
            for name in ("Tenant", "User", "Admin"):
                editor.create_model(self.get_model(name))
        objects = self.get_objects("Admin")
        columns = ("user_ptr_tenant_id", "user_ptr_num")
        self.assertEqual(objects["primary_key"], columns)
        self.assertEqual(objects["foreign_key"], [(columns, *USER_KEY[1:])])
        self.assertEqual((objects["unique"], objects.indexes), ([], []))
        self.insert("Tenant", id=1)
        self.insert("User", tenant_id=1, num=1)
        self.insert("Admin", user_ptr_tenant_id=1, user_ptr_num=1)
        self.assertRefused("Admin", user_ptr_tenant_id=1, user_ptr_num=1)
        self.assertRefused("Admin", user_ptr_tenant_id=1, user_ptr_num=2)

    @skipUnlessDBFeature("supports_comments")
    def test_comment(self):
        self.create(
            Tenant=tenant(), User=user(), Note=note(user=key(db_comment="The user"))
        )
        with connection.cursor() as cursor:
            description = connection.introspection.get_table_description(
                cursor, "rel_note"
            )
        self.assertEqual(
            {info.name: info.comment for info in description if info.comment},
            {"user_tenant_id": "The user", "user_num": "The user"},
        )
