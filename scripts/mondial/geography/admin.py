"""
The Mondial database in the admin: every model, every relation, and each way to
choose the object that a relation refers to.
"""

from django.contrib import admin

from . import models


def get_relations(model):
    return [field.name for field in model._meta.fields if field.is_relation]


def get_texts(model):
    return [
        field.name
        for field in model._meta.fields
        if not field.is_relation and field.get_internal_type() == "CharField"
    ]


class RelationsMixin:
    """
    Countries are chosen from a select, cities with autocompletion, and the rest,
    of which there are as many, by their keys.
    """

    autocomplete = {"city", "capital", "organization"}
    select = {"country", "continent", "country2"}

    @property
    def autocomplete_fields(self):
        names = get_relations(self.model)
        return [name for name in names if name in self.autocomplete]

    @property
    def raw_id_fields(self):
        names = get_relations(self.model)
        return [name for name in names if name not in self.autocomplete | self.select]


class PlaceAdmin(RelationsMixin, admin.ModelAdmin):
    save_as = True

    @property
    def show_facets(self):
        # Each value of a filter is a column of the query for its counts, and
        # SQLite allows 2000: that's fewer than there are cities.
        if self.model is models.CityPopulation:
            return admin.ShowFacets.NEVER
        return admin.ShowFacets.ALLOW

    @property
    def list_display(self):
        fields = self.opts.fields
        names = [field.name for field in fields if field.name != "pk"]
        return ["__str__", "pk", *names]

    @property
    def list_select_related(self):
        return get_relations(self.model)

    @property
    def list_filter(self):
        return [
            (name, admin.RelatedOnlyFieldListFilter)
            for name in get_relations(self.model)
        ]

    @property
    def search_fields(self):
        relations = [
            f"{field.name}__name"
            for field in self.opts.fields
            if field.is_relation and hasattr(field.related_model, "name")
        ]
        return ["pk", *get_texts(self.model), *relations]

    @property
    def ordering(self):
        return ["pk"]


class PlaceInline(RelationsMixin, admin.TabularInline):
    extra = 1
    show_change_link = True


class StackedPlaceInline(RelationsMixin, admin.StackedInline):
    extra = 1


def inline(model, fk_name=None, base=PlaceInline):
    attrs = {"model": model, "fk_name": fk_name}
    return type(f"{model.__name__}Inline", (base,), attrs)


INLINES = {
    models.Continent: [inline(models.Encompasses)],
    models.Country: [
        inline(models.Province),
        inline(models.CountryPopulation),
        inline(models.Language),
        inline(models.Borders, "country1"),
        inline(models.Encompasses, base=StackedPlaceInline),
    ],
    models.Province: [
        inline(models.City),
        inline(models.ProvincePopulation),
        inline(models.RiverPlace),
        inline(models.Province, "capital_province"),
    ],
    models.City: [
        inline(models.CityPopulation),
        inline(models.CityOtherName),
        inline(models.CityLocalName, base=StackedPlaceInline),
        inline(models.LocatedOn),
        inline(models.Organization),
        inline(models.Country, "capital"),
    ],
    models.Organization: [inline(models.Membership)],
    models.River: [inline(models.RiverPlace), inline(models.River)],
    models.Island: [inline(models.IslandPlace)],
    models.IslandPlace: [inline(models.LocatedOn), inline(models.Airport)],
}

for model in vars(models).values():
    if getattr(model, "_meta", None) and not model._meta.abstract:
        admin.site.register(model, PlaceAdmin, inlines=INLINES.get(model, []))
