"""
Whether the databases follow migrations of keys and relations of several columns,
forwards and backwards.
"""

from django.db import connection, models
from django.db.migrations import operations
from django.db.migrations.state import ProjectState

from .projects import APP, USER, MigrationTestCase, fk, model, note, tenant, user


class MigrationTests(MigrationTestCase):
    def test_create(self):
        self.migrate(tenant(), user(), note(user=fk("User")))
        self.assertEqual(self.get_columns("note"), {"id", "user_tenant_id", "user_num"})
        tenant1 = self.get_model("Tenant").objects.create()
        user1 = self.get_model("User").objects.create(tenant=tenant1, num=7)
        Note = self.get_model("Note")
        Note.objects.create(user=user1)
        self.assertEqual(Note.objects.get(user=user1).user_pk, (tenant1.pk, 7))
        self.assertReferences("note", ("user_tenant_id", "user_num"))
        self.migrate_back()

    def test_keys_of_keys(self):
        group = model(
            "Group",
            pk=models.CompositePrimaryKey("user", "rank"),
            user=fk("User"),
            rank=models.IntegerField(),
        )
        award = model(
            "Award",
            pk=models.CompositePrimaryKey("year", "group"),
            year=models.IntegerField(),
            group=fk("Group"),
        )
        self.migrate(award, group, tenant(), user())
        self.assertEqual(
            self.get_columns("award"),
            {"year", "group_user_tenant_id", "group_user_num", "group_rank"},
        )
        self.migrate_back()

    def test_circles(self):
        owned = tenant(owner=fk("User", null=True))
        person = user(
            boss=fk("User", null=True, related_name="subordinates"),
            note=fk("Note", null=True),
        )
        self.migrate(owned, person, note(user=fk("User", related_name="notes")))
        Tenant, User = self.get_model("Tenant"), self.get_model("User")
        tenant1 = Tenant.objects.create()
        boss = User.objects.create(tenant=tenant1, num=1)
        user1 = User.objects.create(tenant=tenant1, num=2, boss=boss)
        user1.note = self.get_model("Note").objects.create(user=boss)
        user1.save()
        tenant1.owner = user1
        tenant1.save()
        self.assertEqual(Tenant.objects.get(owner__boss=boss), tenant1)
        self.migrate(tenant())
        self.migrate_back()

    def test_constraints_of_altered_target(self):
        """Constraints and indexes that name the relation are made anew."""
        options = {
            "constraints": [
                models.UniqueConstraint(fields=["user", "text"], name="unique_note"),
                models.UniqueConstraint(
                    fields=["text"],
                    condition=models.Q(user__isnull=False),
                    name="unique_text_of_user",
                ),
                models.CheckConstraint(
                    condition=models.Q(user__isnull=False) | models.Q(text="a"),
                    name="user_or_a",
                ),
            ],
            "indexes": [models.Index(fields=["text", "user"], name="text_user")],
        }
        text = {"text": models.CharField(max_length=10)}
        single = note(options=options, user=fk("Tenant", null=True), **text)
        several = note(options=options, user=fk("User", null=True), **text)
        expected = {"unique_note", "text_user"}
        if connection.features.supports_partial_indexes:
            expected.add("unique_text_of_user")
        if connection.features.supports_table_check_constraints:
            expected.add("user_or_a")
        self.migrate(tenant(), user(), single)
        for after, of_user in [(several, USER), (single, ("user_id",))]:
            self.migrate(tenant(), user(), after)
            constraints = self.get_constraints("note")
            self.assertLessEqual(expected, set(constraints))
            self.assertEqual(constraints["unique_note"]["columns"], [*of_user, "text"])
            self.assertEqual(constraints["text_user"]["columns"], ["text", *of_user])
        self.migrate_back()

    def get_coded(self, **options):
        """Models which refer to fields that are unique, and are not the key."""
        coded = note(
            "Coded",
            options,
            tenant=fk("Tenant"),
            code=models.IntegerField(),
            parent_code=models.IntegerField(null=True),
            parent=fk(
                "Coded",
                null=True,
                from_fields=["tenant", "parent_code"],
                to_fields=["tenant", "code"],
            ),
            user=fk("User", null=True),
        )
        return (
            tenant(),
            user(),
            coded,
            note(coded=fk("Coded", to_fields=["tenant", "code"])),
        )

    def test_unique_fields(self):
        names = ("tenant", "code")
        for options in (
            {"constraints": [models.UniqueConstraint(fields=names, name="rm_code")]},
            {"unique_together": {names}},
            {"unique_together": {names, ("user", "code")}},
        ):
            with self.subTest(options=options):
                self.start()
                self.migrate(*self.get_coded(**options))
                Coded = self.get_model("Coded")
                tenant1 = self.get_model("Tenant").objects.create()
                coded = Coded.objects.create(tenant=tenant1, code=3)
                child = Coded.objects.create(tenant=tenant1, code=4, parent=coded)
                note1 = self.get_model("Note").objects.create(coded=child)
                self.assertEqual(note1.coded_pk, (tenant1.pk, 4))
                self.assertEqual(Coded.objects.get(parent=coded), child)
                self.migrate_back()

    def test_unique_fields_deleted(self):
        names = ("tenant", "code")
        for options in (
            {"constraints": [models.UniqueConstraint(fields=names, name="rm_code")]},
            {"unique_together": {names}},
        ):
            with self.subTest(options=options):
                self.start()
                self.migrate(*self.get_coded(**options))
                self.migrate(note())
                self.assertEqual(self.get_tables() - self.tables, {f"{APP}_note"})
                self.migrate_back()

    def test_unique_fields_added_and_removed(self):
        *others, coded, _ = self.get_coded()
        plain = note(
            "Coded",
            tenant=fk("Tenant"),
            code=models.IntegerField(),
            parent_code=models.IntegerField(null=True),
            user=fk("User", null=True),
        )
        names = ("tenant", "code")
        for options in (
            {"constraints": [models.UniqueConstraint(fields=names, name="rm_code")]},
            {"unique_together": {names}},
            {"unique_together": {names, ("parent", "user")}},
        ):
            with self.subTest(options=options):
                self.start()
                self.migrate(*others, plain, note())
                Note = self.get_model("Note")
                tenant1 = self.get_model("Tenant").objects.create()
                self.get_model("Coded").objects.create(tenant=tenant1, code=5)
                Note.objects.create()
                self.migrate(*self.get_coded(**options), default=(tenant1.pk, 5))
                self.assertEqual(
                    self.get_model("Note").objects.get().coded_pk, (tenant1.pk, 5)
                )
                self.migrate(*others, plain, note())
                self.get_model("Note").objects.all().delete()
                self.migrate_back()

    def test_alter_to_columns_of_its_own(self):
        """Columns that a relation creates have the values of those it used."""
        columns = {"tenant": fk("Tenant"), "num": models.IntegerField()}
        for null in (True, False):
            with self.subTest(null=null):
                self.start()
                shared = fk("User", null=null, from_fields=["tenant", "num"])
                self.migrate(tenant(), user(), note(**columns, user=shared))
                tenant1 = self.get_model("Tenant").objects.create()
                for num in (7, 8):
                    user1 = self.get_model("User").objects.create(
                        tenant=tenant1, num=num
                    )
                    self.get_model("Note").objects.create(user=user1)
                self.migrate(
                    tenant(), user(), note(**columns, user=fk("User", null=null))
                )
                self.assertReferences("note", USER)
                self.assertCountEqual(
                    self.get_model("Note").objects.values_list("user_pk", "num"),
                    [((tenant1.pk, 7), 7), ((tenant1.pk, 8), 8)],
                )
                self.migrate_back()

    def test_rename_member(self):
        group = model(
            "Group",
            pk=models.CompositePrimaryKey("user_num", "user_tenant_id", "rank"),
            user=fk("User"),
            rank=models.IntegerField(),
        )
        others = (
            tenant(),
            note(user=fk("User", null=True)),
            note("A", group=fk("Group")),
        )
        self.migrate(user(), group, *others)
        tenant1 = self.get_model("Tenant").objects.create()
        user1 = self.get_model("User").objects.create(tenant=tenant1, num=7)
        group1 = self.get_model("Group").objects.create(user=user1, rank=2)
        self.get_model("A").objects.create(group=group1)
        self.get_model("Note").objects.create(user=user1)
        renamed_user = model(
            "User",
            pk=models.CompositePrimaryKey("tenant", "number"),
            tenant=fk("Tenant"),
            number=models.IntegerField(),
        )
        renamed_group = model(
            "Group",
            pk=models.CompositePrimaryKey("user_number", "user_tenant_id", "rank"),
            user=fk("User"),
            rank=models.IntegerField(),
        )
        found = self.migrate(renamed_user, renamed_group, *others)
        self.assertOperations(found, ["Rename field num on user to number"])
        self.assertEqual(
            self.get_columns("note"), {"id", "user_tenant_id", "user_number"}
        )
        self.assertReferences("note", ("user_tenant_id", "user_number"))
        self.assertReferences(
            "a", ("group_user_number", "group_user_tenant_id", "group_rank")
        )
        self.assertEqual(
            self.get_columns("a"),
            {"id", "group_user_number", "group_user_tenant_id", "group_rank"},
        )
        self.assertEqual(
            self.get_model("Note").objects.get(user__number=7).user_pk, (tenant1.pk, 7)
        )
        self.assertEqual(self.get_model("A").objects.get().group_pk, (7, tenant1.pk, 2))
        self.migrate_back()

    def test_rename_relation(self):
        group = model(
            "Group",
            pk=models.CompositePrimaryKey("user", "rank"),
            user=fk("User"),
            rank=models.IntegerField(),
        )
        others = tenant(), user(), note(group=fk("Group"))
        self.migrate(group, *others)
        tenant1 = self.get_model("Tenant").objects.create()
        user1 = self.get_model("User").objects.create(tenant=tenant1, num=7)
        group1 = self.get_model("Group").objects.create(user=user1, rank=2)
        self.get_model("Note").objects.create(group=group1)
        renamed = model(
            "Group",
            pk=models.CompositePrimaryKey("person", "rank"),
            person=fk("User"),
            rank=models.IntegerField(),
        )
        found = self.migrate(renamed, *others)
        self.assertOperations(found, ["Rename field user on group to person"])
        self.assertEqual(
            self.get_columns("note"),
            {"id", "group_person_tenant_id", "group_person_num", "group_rank"},
        )
        self.assertEqual(
            self.get_model("Note").objects.get(group=(tenant1.pk, 7, 2)).group.person,
            self.get_model("User").objects.get(),
        )
        self.migrate_back()

    def test_rename_named_fields(self):
        names = ("tenant", "code")
        for options, renamed_options in (
            (
                {"constraints": [models.UniqueConstraint(fields=names, name="rm")]},
                {
                    "constraints": [
                        models.UniqueConstraint(fields=("org", "nr"), name="rm")
                    ]
                },
            ),
            ({"unique_together": {names}}, {"unique_together": {("org", "nr")}}),
        ):
            with self.subTest(options=options):
                self.start()
                models_before = self.get_coded(**options)
                self.migrate(*models_before)
                tenant1 = self.get_model("Tenant").objects.create()
                Coded = self.get_model("Coded")
                coded = Coded.objects.create(tenant=tenant1, code=3)
                Coded.objects.create(tenant=tenant1, code=4, parent=coded)
                self.get_model("Note").objects.create(coded=coded)
                coded = note(
                    "Coded",
                    renamed_options,
                    org=fk("Tenant"),
                    nr=models.IntegerField(),
                    parent_nr=models.IntegerField(null=True),
                    parent=fk(
                        "Coded",
                        null=True,
                        from_fields=["org", "parent_nr"],
                        to_fields=["org", "nr"],
                    ),
                    user=fk("User", null=True),
                )
                found = self.migrate(
                    *models_before[:2],
                    coded,
                    note(coded=fk("Coded", to_fields=["org", "nr"])),
                )
                self.assertOperations(
                    found,
                    [
                        "Rename field code on coded to nr",
                        "Rename field tenant on coded to org",
                        "Rename field parent_code on coded to parent_nr",
                    ],
                )
                self.assertEqual(
                    self.get_columns("note"), {"id", "coded_org_id", "coded_nr"}
                )
                self.assertEqual(
                    self.get_model("Coded").objects.get(parent__nr=3).nr, 4
                )
                self.assertReferences("coded", ("org_id", "parent_nr"), USER)
                self.assertReferences("note", ("coded_org_id", "coded_nr"))
                self.assertEqual(self.get_model("Note").objects.get().coded.nr, 3)
                self.migrate_back()

    def test_rename_model(self):
        def get_models(name):
            return (
                tenant(),
                model(
                    name,
                    pk=models.CompositePrimaryKey("tenant", "num"),
                    tenant=fk("Tenant"),
                    num=models.IntegerField(),
                    boss=fk(name, null=True),
                ),
                note(user=fk(name)),
            )

        self.migrate(*get_models("User"))
        tenant1 = self.get_model("Tenant").objects.create()
        user1 = self.get_model("User").objects.create(tenant=tenant1, num=7)
        self.get_model("Note").objects.create(user=user1)
        found = self.migrate(*get_models("Person"))
        self.assertOperations(found, ["Rename model User to Person"])
        person = self.get_model("Person").objects.get()
        self.assertEqual(self.get_model("Note").objects.get().user, person)
        self.assertReferences("note", USER)
        self.assertReferences("person", ("boss_tenant_id", "boss_num"))
        self.migrate_back()

    def test_rename_model_with_relations_to_itself(self):
        def get_models(name):
            return (
                tenant(),
                model(
                    name,
                    pk=models.CompositePrimaryKey("tenant", "num"),
                    tenant=fk("Tenant"),
                    num=models.IntegerField(),
                    boss=fk(name, null=True, related_name="+"),
                    friend=fk(name, null=True, related_name="+"),
                ),
            )

        self.migrate(*get_models("User"))
        found = self.migrate(*get_models("Person"))
        self.assertOperations(found, ["Rename model User to Person"])
        self.assertReferences(
            "person",
            ("boss_tenant_id", "boss_num"),
            ("friend_tenant_id", "friend_num"),
        )
        self.migrate_back()

    def test_alter_member(self):
        group = model(
            "Group",
            pk=models.CompositePrimaryKey("user", "rank"),
            user=fk("User"),
            rank=models.IntegerField(),
        )
        others = tenant(), group, note(user=fk("User")), note("A", group=fk("Group"))
        self.migrate(user(), *others)
        tenant1 = self.get_model("Tenant").objects.create()
        user1 = self.get_model("User").objects.create(tenant=tenant1, num=7)
        group1 = self.get_model("Group").objects.create(user=user1, rank=2)
        self.get_model("A").objects.create(group=group1)
        altered = model(
            "User",
            pk=models.CompositePrimaryKey("tenant", "num"),
            tenant=fk("Tenant"),
            num=models.CharField(max_length=20),
        )
        found = self.migrate(altered, *others)
        self.assertOperations(found, ["Alter field num on user"])
        user2 = self.get_model("User").objects.create(tenant_id=tenant1.pk, num="x")
        group2 = self.get_model("Group").objects.create(user=user2, rank=2)
        self.get_model("A").objects.create(group=group2)
        self.assertCountEqual(
            [a.group_pk for a in self.get_model("A").objects.all()],
            [(tenant1.pk, "7", 2), (tenant1.pk, "x", 2)],
        )
        self.get_model("A").objects.get(group=group2).delete()
        group2.delete()
        user2.delete()
        self.migrate_back()

    def test_alter_relation(self):
        others = tenant(), user()
        self.migrate(*others, note(user=fk("User", null=True)))
        tenant1 = self.get_model("Tenant").objects.create()
        user1 = self.get_model("User").objects.create(tenant=tenant1, num=7)
        self.get_model("Note").objects.create(user=None)
        self.migrate(*others, note(user=fk("User")), default=(tenant1.pk, 7))
        self.assertEqual(self.get_model("Note").objects.get().user_pk, user1.pk)
        self.assertReferences("note", USER)
        self.migrate(*others, note(user=fk("User", on_delete=models.PROTECT)))
        self.migrate(*others, note(user=fk("User", db_index=False)))
        self.assertReferences("note", USER)
        self.migrate(*others, note(user=fk("User", db_constraint=False)))
        self.assertReferences("note")
        self.migrate(*others, note(user=fk("User", models.OneToOneField)))
        self.migrate(*others, note(user=fk("User")))
        self.migrate(*others, note())
        self.assertEqual(self.get_columns("note"), {"id"})
        self.get_model("Note").objects.all().delete()
        self.migrate_back()

    def test_alter_target(self):
        others = tenant(), user()
        self.migrate(*others, note(user=fk("Tenant", null=True)))
        self.migrate(*others, note(user=fk("User", null=True)))
        self.assertEqual(self.get_columns("note"), {"id", "user_tenant_id", "user_num"})
        self.assertReferences("note", USER)
        self.migrate(*others, note(user=fk("Tenant", null=True)))
        self.assertEqual(self.get_columns("note"), {"id", "user_id"})
        self.migrate_back()

    def test_names_of_relations(self):
        """Constraints, indexes and unique_together may name a relation."""
        options = {
            "unique_together": {("user", "text")},
            "indexes": [models.Index(fields=["text", "user"], name="rm_index")],
            "constraints": [
                models.UniqueConstraint(fields=["user", "other"], name="rm_unique"),
                models.CheckConstraint(
                    condition=models.Q(user_num__gt=0), name="rm_check"
                ),
            ],
        }
        fields = {
            "text": models.CharField(max_length=10),
            "user": fk("User", related_name="notes"),
            "other": fk("User", null=True, related_name="others"),
        }
        others = tenant(), user()
        self.migrate(*others, note(options=options, **fields))
        self.migrate_back()
        self.migrate(*others, note(**fields))
        self.migrate(*others, note(options=options, **fields))
        self.migrate(*others, note(**fields))
        self.migrate_back()

    def test_options(self):
        others = tenant(), user()
        relation = {"user": fk("User")}
        self.migrate(*others, note(**relation))
        self.migrate(*others, note(options={"db_table": f"{APP}_x"}, **relation))
        self.assertReferences("x", USER)
        options = {"order_with_respect_to": "user"}
        self.migrate(*others, note(options=options, **relation))
        self.assertReferences("note", USER)
        tenant1 = self.get_model("Tenant").objects.create()
        user1 = self.get_model("User").objects.create(tenant=tenant1, num=1)
        note1 = self.get_model("Note").objects.create(user=user1)
        self.assertSequenceEqual(user1.get_note_order(), [note1.pk])
        note1.delete()
        self.migrate(*others, note(**relation))
        self.migrate_back()
        self.migrate(*others, note(options=options, **relation))
        self.migrate_back()

    def test_renamed_index(self):
        """An index of index_together, which named a relation."""
        found = [
            operations.CreateModel(
                "Tenant", [("id", models.AutoField(primary_key=True))]
            ),
            operations.CreateModel("User", list(user().fields.items())),
            operations.CreateModel(
                "Note",
                [
                    ("id", models.AutoField(primary_key=True)),
                    ("text", models.CharField(max_length=10)),
                    ("user", fk("User", db_index=False)),
                ],
                {"index_together": {("text", "user")}},
            ),
            operations.RenameIndex(
                "Note", new_name="rm_index", old_fields=("text", "user")
            ),
        ]
        state = ProjectState()
        for operation in found:
            before = state.clone()
            operation.state_forwards(APP, state)
            with connection.schema_editor() as editor:
                operation.database_forwards(APP, editor, before, state)
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(
                cursor, f"{APP}_note"
            )
        self.assertEqual(constraints["rm_index"]["columns"], ["text", *USER])

    def test_unique_relations(self):
        """The fields that a relation refers to are a relation and another one."""
        self.migrate(*self.get_seats(["user", "row"]))
        columns = ("seat_user_tenant_id", "seat_user_num", "seat_row")
        self.assertEqual(self.get_columns("note"), {"id", *columns})
        self.assertReferences("note", columns)
        self.migrate_back()

    def test_order_of_unique_fields(self):
        """The fields are referred to in another order than the constraint's."""
        self.migrate(*self.get_seats(["row", "user_num", "user_tenant_id"]))
        self.assertEqual(
            self.get_columns("note"),
            {"id", "seat_row", "seat_user_num", "seat_user_tenant_id"},
        )
        self.migrate_back()

    def get_seats(self, to_fields):
        constraint = models.UniqueConstraint(fields=["user", "row"], name="rm_seat")
        seat = note(
            "Seat",
            {"constraints": [constraint]},
            row=models.IntegerField(),
            user=fk("User"),
        )
        return tenant(), user(), seat, note(seat=fk("Seat", to_fields=to_fields))

    def test_inheritance(self):
        employee = model(
            "Employee",
            bases=(f"{APP}.user",),
            user_ptr=fk(
                "User",
                models.OneToOneField,
                parent_link=True,
                primary_key=True,
                auto_created=True,
                serialize=False,
            ),
            salary=models.IntegerField(null=True),
        )
        proxy = model("Colleague", {"proxy": True}, bases=(f"{APP}.employee",))
        others = tenant(), employee, proxy, note(user=fk("Colleague"))
        self.migrate(user(), *others)
        self.assertEqual(
            self.get_columns("note"),
            {"id", "user_user_ptr_tenant_id", "user_user_ptr_num"},
        )
        tenant1 = self.get_model("Tenant").objects.create()
        employee = self.get_model("Employee").objects.create(tenant=tenant1, num=7)
        renamed = model(
            "User",
            pk=models.CompositePrimaryKey("tenant", "number"),
            tenant=fk("Tenant"),
            number=models.IntegerField(),
        )
        found = self.migrate(renamed, *others)
        self.assertOperations(found, ["Rename field num on user to number"])
        self.assertEqual(
            self.get_columns("note"),
            {"id", "user_user_ptr_tenant_id", "user_user_ptr_number"},
        )
        self.migrate_back()
