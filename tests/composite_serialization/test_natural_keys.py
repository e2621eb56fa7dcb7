from django.core import serializers
from django.core.serializers.base import DeserializationError
from django.test import TestCase

from .models import Address, City, Country, District, Plot, Traveler
from .testcase import FORMATS, TEXT_FORMATS, FixtureTestCase, SerializationTestCase

NATURAL = {"use_natural_foreign_keys": True, "use_natural_primary_keys": True}


def create_objects():
    france = Country.objects.create(continent="EU", number=1, name="France")
    spain = Country.objects.create(
        continent="EU", number=2, name="Spain", neighbor=france
    )
    paris = City.objects.create(country=france, number=1, name="Paris")
    leon = City.objects.create(country=spain, number=1, name="León")
    plots = [Plot.objects.create(street="a, b", number=number) for number in (1, 2)]
    traveler = Traveler.objects.create(id=1, name="x", home=leon, plot=plots[1])
    traveler.visited.set([paris, leon])
    traveler.plots.set(plots)
    Traveler.objects.create(id=2, name="y")


class NaturalKeyTests(SerializationTestCase):
    @classmethod
    def setUpTestData(cls):
        create_objects()
        cls.traveler = Traveler.objects.get(id=1)

    def test_written(self):
        fields = self.get_fields(self.traveler, **NATURAL)
        visited = fields.pop("visited")
        self.assertCountEqual(visited, [("Paris", "France"), ("León", "Spain")])
        self.assertCountEqual(fields.pop("plots"), [("a, b", 1), ("a, b", 2)])
        self.assertEqual(
            fields, {"name": "x", "home": ("León", "Spain"), "plot": ("a, b", 2)}
        )
        (data,) = self.serialize("python", City.objects.get(name="León"), **NATURAL)
        self.assertEqual(
            data,
            {
                "model": "composite_serialization.city",
                "fields": {"country": ("Spain",), "number": 1, "name": "León"},
            },
        )

    def test_not_written(self):
        """A list would be taken for a natural key."""
        fields = self.get_fields(self.traveler)
        self.assertCountEqual(
            fields.pop("visited"), ['["EU", "1", "1"]', '["EU", "2", "1"]']
        )
        self.assertCountEqual(fields.pop("plots"), ['["a, b", "1"]', '["a, b", "2"]'])
        self.assertEqual(
            fields, {"name": "x", "home": '["EU", "2", "1"]', "plot": '["a, b", "2"]'}
        )
        (data,) = self.serialize("python", City.objects.get(name="León"))
        self.assertEqual(data["pk"], ["EU", 2, 1])
        self.assertEqual(data["fields"]["country"], '["EU", "2"]')

    def test_xml(self):
        xml = self.serialize("xml", self.traveler, **NATURAL)
        self.assertIn(
            'to="composite_serialization.city"><natural>León</natural>'
            "<natural>Spain</natural></field>",
            xml,
        )
        self.assertIn(
            "<object><natural>Paris</natural><natural>France</natural></object>", xml
        )

    def test_read(self):
        for format in FORMATS:
            for options in ({}, {"use_natural_foreign_keys": True}, NATURAL):
                with self.subTest(format=format, options=options):
                    data = serializers.serialize(
                        format, Traveler.objects.order_by("id"), **options
                    )
                    read = self.deserialize(format, data)
                    self.assertEqual(read[0].object.home_pk, ("EU", 2, 1))
                    self.assertEqual(read[0].object.plot_pk, ("a, b", 2))
                    self.assertCountEqual(
                        read[0].m2m_data["visited"], [("EU", 1, 1), ("EU", 2, 1)]
                    )
                    self.assertCountEqual(
                        read[0].m2m_data["plots"], [("a, b", 1), ("a, b", 2)]
                    )
                    self.assertIsNone(read[1].object.home_pk)

    def test_natural_primary_key(self):
        """The row that has the natural key is updated, whatever its key is."""
        for format in FORMATS:
            with self.subTest(format=format):
                spain = Country.objects.get(name="Spain")
                data = self.serialize(format, spain, **NATURAL)
                spain.population = 5
                spain.save()
                Country.objects.filter(name="France").update(population=7)
                (loaded,) = self.deserialize(format, data)
                self.assertEqual(loaded.object.pk, ("EU", 2))
                loaded.save()
                spain.refresh_from_db()
                self.assertEqual(spain.population, 0)

    def test_found_key(self):
        """The key that was found goes before the members."""
        for format in FORMATS:
            with self.subTest(format=format):
                spain = Country.objects.get(name="Spain")
                spain.pk = ("AF", 9)
                data = self.serialize(format, spain, **NATURAL)
                (loaded,) = self.deserialize(format, data)
                self.assertEqual(loaded.object.pk, ("EU", 2))
                self.assertEqual(loaded.object.neighbor_pk, ("EU", 1))

    def test_found_key_of_relation(self):
        leon = City.objects.get(name="León")
        leon.number = 7
        for format in FORMATS:
            with self.subTest(format=format):
                data = self.serialize(format, leon, **NATURAL)
                (loaded,) = self.deserialize(format, data)
                self.assertEqual(loaded.object.pk, ("EU", 2, 1))

    def test_found_key_of_other_relation(self):
        paris, leon = City.objects.order_by("pk")
        District.objects.create(city=paris, letter="a", name="x")
        for format in FORMATS:
            with self.subTest(format=format):
                district = District(city=leon, letter="b", name="x")
                data = self.serialize(format, district, **NATURAL)
                (loaded,) = self.deserialize(format, data)
                self.assertEqual(loaded.object.pk, ("EU", 1, 1, "a"))

    def test_contradiction(self):
        """Also of what natural keys are read from."""
        with self.assertRaisesMessage(
            DeserializationError,
            "'country_number' is 2 by 'country' but 1 by 'country_number'.: "
            "(composite_serialization.city:pk=None)",
        ):
            self.read("city", country=["Spain"], country_number=1, name="x")

    def test_new_object(self):
        for format in FORMATS:
            with self.subTest(format=format):
                data = self.serialize(
                    format, Country(continent="AF", number=1, name="Mali"), **NATURAL
                )
                (loaded,) = self.deserialize(format, data)
                self.assertEqual(loaded.object.pk, ("AF", 1))

    def test_unset_key(self):
        data = {
            "model": "composite_serialization.country",
            "pk": ["EU", None],
            "fields": {"name": "Spain"},
        }
        (loaded,) = self.deserialize("python", [data])
        self.assertEqual(loaded.object.pk, ("EU", 2))

    def test_missing(self):
        msg = (
            "Country matching query does not exist.: "
            "(composite_serialization.city:pk=['EU', 1, 1]) field_value was '['Mali']'"
        )
        data = {
            "model": "composite_serialization.city",
            "pk": ["EU", 1, 1],
            "fields": {"country": ["Mali"]},
        }
        with self.assertRaisesMessage(DeserializationError, msg):
            self.deserialize("python", [data])
        xml = (
            '<django-objects version="1.0">'
            '<object model="composite_serialization.city" pk="[&quot;EU&quot;, 1, 1]">'
            '<field name="country" rel="ManyToOneRel"><natural>Mali</natural></field>'
            "</object></django-objects>"
        )
        msg = msg.replace("['EU', 1, 1]", '["EU", 1, 1]')
        with self.assertRaisesMessage(DeserializationError, msg):
            self.deserialize("xml", xml)

    def test_foreign_object(self):
        address = Address.objects.create(continent="EU", number=2)
        for format in FORMATS:
            for options in ({}, NATURAL):
                with self.subTest(format=format, options=options):
                    data = self.serialize(format, address, **options)
                    (loaded,) = self.deserialize(format, data)
                    self.assertEqual(loaded.object.object.name, "Spain")
                    self.assertEqual(loaded.object.country.name, "Spain")
        address = self.read("address", object=["France"])
        self.assertEqual((address.continent, address.number), ("EU", 1))

    def test_sort_dependencies(self):
        models = serializers.sort_dependencies([("x", [Traveler, City, Country, Plot])])
        self.assertLess(models.index(Country), models.index(City))
        self.assertLess(models.index(City), models.index(Traveler))
        self.assertLess(models.index(Plot), models.index(Traveler))


class ForwardReferenceTests(TestCase):
    def setUp(self):
        create_objects()

    def get_data(self, format):
        objs = [*Traveler.objects.order_by("id"), *Country.objects.order_by("-pk")]
        objs += [*City.objects.all(), *Plot.objects.all()]
        return serializers.serialize(format, objs, **NATURAL)

    def test_forward_references(self):
        for format in FORMATS:
            with self.subTest(format=format):
                data = self.get_data(format)
                for model in (Traveler, Plot, City, Country):
                    model.objects.all().delete()
                read = []
                for loaded in serializers.deserialize(
                    format, data, handle_forward_references=True
                ):
                    loaded.save()
                    read.append(loaded)
                for loaded in read:
                    if loaded.deferred_fields:
                        loaded.save_deferred_fields()
                traveler = Traveler.objects.get(name="x")
                self.assertEqual(traveler.home_pk, ("EU", 2, 1))
                self.assertEqual(traveler.plot_pk, ("a, b", 2))
                self.assertEqual(traveler.visited.count(), 2)
                self.assertEqual(traveler.plots.count(), 2)
                spain = Country.objects.get(name="Spain")
                self.assertEqual(spain.neighbor_pk, ("EU", 1))

    def test_not_allowed(self):
        for format in FORMATS:
            with self.subTest(format=format):
                data = self.get_data(format)
                for model in (Traveler, Plot, City, Country):
                    model.objects.all().delete()
                with self.assertRaisesMessage(
                    DeserializationError, "matching query does not exist."
                ):
                    list(serializers.deserialize(format, data))
                create_objects()

    def test_never_resolved(self):
        data = {
            "model": "composite_serialization.traveler",
            "pk": 1,
            "fields": {"home": ["Rome", "Italy"]},
        }
        (loaded,) = serializers.deserialize(
            "python", [data], handle_forward_references=True
        )
        with self.assertRaisesMessage(
            DeserializationError,
            "City matching query does not exist.: "
            "(composite_serialization.traveler:pk=1) "
            "field_value was '['Rome', 'Italy']'",
        ):
            loaded.save_deferred_fields()

    def test_contradiction(self):
        """A field that the relation uses turns out to have another value."""
        data = {
            "model": "composite_serialization.address",
            "pk": 1,
            "fields": {"continent": "EU", "number": 5, "country": ["Italy"]},
        }
        (loaded,) = serializers.deserialize(
            "python", [data], handle_forward_references=True
        )
        Country.objects.create(continent="EU", number=5, name="Malta")
        loaded.save()
        Country.objects.create(continent="EU", number=9, name="Italy")
        with self.assertRaisesMessage(
            DeserializationError,
            "'number' is 9 by 'country' but 5 by 'number'.: "
            "(composite_serialization.address:pk=1)",
        ):
            loaded.save_deferred_fields()


class NaturalFixtureTests(FixtureTestCase):
    def test_round_trip(self):
        create_objects()
        for format in TEXT_FORMATS:
            for options in ({}, {"use_natural_foreign_keys": True}, NATURAL):
                with self.subTest(format=format, options=options):
                    self.assertRoundTrip(format, **options)
                    self.assertEqual(Traveler.objects.count(), 2)
