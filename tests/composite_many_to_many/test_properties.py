"""
Many-to-many relations of composite keys do what those of single-column keys do,
by as many queries, and send the same signals.

Hypothesis draws what is done to both families of ``models.twins``. Objects are
spoken of by numbers, which each family turns into keys of its own: the branch 12
is (1, 2) or 12.
"""

import os
import unittest

from django.db import DatabaseError, connection, reset_queries, transaction
from django.db.models import Count
from django.db.models.signals import m2m_changed
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from . import models

try:
    from hypothesis import HealthCheck, given, note, settings
    from hypothesis import strategies as st
except ImportError:
    raise unittest.SkipTest("Requires hypothesis.")

MAX_EXAMPLES = int(os.environ.get("COMPOSITE_KEYS_EXAMPLES", 25))
FIRST_EXAMPLE = os.environ.get("COMPOSITE_KEYS_SEED")

NUMBERS = [11, 12, 21, 22]
# There's no object with this number.
UNKNOWN = 33
# The relations by their names, with the models on both sides.
RELATIONS = {
    ("Branch", "roots"): "Root",
    ("Branch", "leaves"): "Leaf",
    ("Branch", "twins"): "Branch",
    ("Branch", "forks"): "Branch",
    ("Branch", "stems"): "Branch",
    ("Branch", "grafts"): "Root",
    ("Root", "branches"): "Branch",
    ("Root", "grafted_branches"): "Branch",
    ("Leaf", "branches"): "Branch",
}
# Those that can be queried by, under the name of the relation.
QUERIED = [relation for relation in RELATIONS if relation[1] != "twins"]


class Family:
    def __init__(self, prefix):
        self.models = {
            name: getattr(models, prefix + name)
            for name in ("Branch", "Root", "Leaf", "Graft")
        }
        self.received = []

    def make_key(self, name, number):
        is_composite = len(self.models[name]._meta.pk_fields) > 1
        return divmod(number, 10) if is_composite else number

    def get_number(self, key):
        if key is None:
            return None
        # remove() sends the text of a key of a single column as it is.
        return key[0] * 10 + key[1] if isinstance(key, tuple) else int(key)

    def get_numbers(self, objs):
        return sorted(self.get_number(obj.pk) for obj in objs)

    def get(self, name, number):
        return self.models[name].objects.get(pk=self.make_key(name, number))

    def make(self, name, number, form):
        """Return what stands for an object: itself, its key or the key's text."""
        obj = self.models[name](pk=self.make_key(name, number))
        obj._state.adding = False
        obj._state.db = "default"
        return {"object": obj, "key": obj.pk, "text": str(obj.pk)}[form]

    def create_rows(self):
        for name in ("Branch", "Root", "Leaf"):
            for number in NUMBERS:
                self.models[name].objects.create(pk=self.make_key(name, number))

    def dump(self):
        return {
            relation: [
                self.get_numbers(getattr(self.get(relation[0], number), name).all())
                for number in NUMBERS
            ]
            for relation in RELATIONS
            for name in relation[1:]
        }

    def receive(self, action, pk_set, reverse, instance, **kwargs):
        # remove() leaves the text of a single key as it is, beside the key itself.
        keys = None if pk_set is None else sorted(set(map(self.get_number, pk_set)))
        number = self.get_number(instance.pk)
        self.received.append((action, number, reverse, keys))

    @property
    def throughs(self):
        return [
            field.remote_field.through
            for field in self.models["Branch"]._meta.many_to_many
        ]

    # What can be done to a relation. The arguments are the objects drawn.

    def write(self, manager, method, target, objs, **kwargs):
        args = [self.make(target, *obj) for obj in objs]
        if method == "set":
            manager.set(args, **kwargs)
        elif method == "clear":
            manager.clear()
        elif method == "get_or_create":
            key = self.make_key(target, objs[0][0] if objs else UNKNOWN)
            obj, created = manager.get_or_create(pk=key)
            return self.get_number(obj.pk), created
        else:
            getattr(manager, method)(*args, **kwargs)

    def read(self, name, relation, number, target, objs):
        """Answer questions about a relation."""
        objects = self.models[name].objects
        manager = getattr(self.get(name, number), relation)
        yield self.get_numbers(manager.all())
        yield manager.count()
        yield manager.exists()
        yield self.get_numbers(manager.exclude(pk=self.make_key(target, 12)))
        yield [
            self.get_numbers(getattr(obj, relation).all())
            for obj in objects.prefetch_related(relation).order_by("pk")
        ]
        for obj in objs:
            yield manager.contains(self.make(target, obj[0], "object"))
            value = self.make(target, *obj)
            yield self.get_numbers(objects.filter(**{relation: value}))
            yield self.get_numbers(objects.exclude(**{relation: value}))
        keys = [self.make(target, number, "key") for number, _ in objs]
        yield self.get_numbers(objects.filter(**{f"{relation}__in": keys}))
        yield self.get_numbers(objects.exclude(**{f"{relation}__in": keys}))
        yield self.get_numbers(objects.filter(**{f"{relation}__isnull": True}))
        found = self.models[target].objects.filter(pk__in=keys)
        yield self.get_numbers(objects.filter(**{f"{relation}__in": found}))
        yield objects.aggregate(
            n=Count(relation), distinct=Count(relation, distinct=True)
        )
        counts = objects.annotate(n=Count(relation)).values_list("pk", "n")
        yield sorted((self.get_number(key), n) for key, n in counts)
        pairs = objects.values_list("pk", relation)
        yield sorted(
            (str(self.get_number(k)), str(self.get_number(v))) for k, v in pairs
        )

    def run(self, command):
        relation, number, method, objs, kwargs = command
        target = RELATIONS[relation]
        self.received.clear()
        # The log doesn't keep more than some thousands of queries.
        reset_queries()
        results = []
        with CaptureQueriesContext(connection) as context:
            try:
                with transaction.atomic():
                    if method == "read":
                        for result in self.read(*relation, number, target, objs):
                            results.append(result)
                            results.append(len(context))
                    else:
                        manager = getattr(self.get(relation[0], number), relation[1])
                        results.append(
                            self.write(manager, method, target, objs, **kwargs)
                        )
            except DatabaseError as e:
                results.append(type(e))
        return results, len(context), list(self.received)


FAMILIES = Family("Plain"), Family("")

st_objs = st.lists(
    st.tuples(st.sampled_from(NUMBERS), st.sampled_from(["object", "key", "text"])),
    max_size=4,
)
st_commands = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(sorted(RELATIONS)),
            st.sampled_from(NUMBERS),
            st.sampled_from(["add", "add", "remove", "clear", "get_or_create"]),
            st_objs,
            st.just({}),
        ),
        st.tuples(
            st.sampled_from(sorted(RELATIONS)),
            st.sampled_from(NUMBERS),
            st.just("set"),
            st_objs,
            st.fixed_dictionaries({"clear": st.booleans()}),
        ),
        st.tuples(
            st.sampled_from(QUERIED),
            st.sampled_from(NUMBERS),
            st.just("read"),
            st_objs,
            st.just({}),
        ),
    ),
    min_size=1,
    max_size=6,
)


class TwinTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        for family in FAMILIES:
            family.create_rows()

    settings = settings(
        max_examples=MAX_EXAMPLES,
        deadline=None,
        derandomize=FIRST_EXAMPLE is None,
        suppress_health_check=list(HealthCheck),
        database=None,
        print_blob=False,
    )

    def compare(self, commands, with_signals):
        """Do the same to both families, and take it back."""
        for family in FAMILIES:
            for through in family.throughs if with_signals else ():
                m2m_changed.connect(family.receive, sender=through)
        try:
            with transaction.atomic():
                for command in commands:
                    note(command)
                    plain, composite = [family.run(command) for family in FAMILIES]
                    self.assertEqual(composite, plain)
                plain, composite = [family.dump() for family in FAMILIES]
                self.assertEqual(composite, plain)
                transaction.set_rollback(True)
        finally:
            for family in FAMILIES:
                for through in family.throughs if with_signals else ():
                    m2m_changed.disconnect(family.receive, sender=through)

    def test_twins(self):
        compare = self.settings(given(st_commands, st.booleans())(self.compare))
        compare()
