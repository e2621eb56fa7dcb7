"""
The club's legacy tables in the admin: two of the four have composite primary
keys, and a session refers to the person and the campaign of a participation.
"""

from legacy.models import Campaign, Person, PersonCampaign, SessionLog

from django.contrib import admin
from django.db.models import F

admin.site.site_header = admin.site.site_title = "The Owl & Dice"
admin.site.index_title = "Members' database"


class KeepReferenced:
    """
    Refuse to delete what other rows refer to.

    The database does so: inspectdb knows of no other rule, so the relations are
    DO_NOTHING. Here it's told beforehand.
    """

    def get_deleted_objects(self, objs, request):
        found = super().get_deleted_objects(objs, request)
        *others, protected = found
        for relation in self.opts.related_objects:
            related = relation.related_model._default_manager.filter(
                **{f"{relation.field.name}__in": objs}
            )
            protected = [*protected, *map(str, related[:10])]
        return (*others, protected)


class ParticipationInline(admin.TabularInline):
    model = PersonCampaign
    fields = ["person", "campaign", "role", "character_name", "joined", "xp"]
    autocomplete_fields = ["person", "campaign"]
    extra = 1
    can_delete = False
    show_change_link = True


class WrittenBy:
    """Call the relation what it means; inspectdb named it after the table."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "personcampaign":
            kwargs["label"] = "Written by"
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class SessionInline(WrittenBy, admin.TabularInline):
    model = SessionLog
    autocomplete_fields = ["personcampaign"]
    extra = 1
    show_change_link = True


class WriterSessionInline(SessionInline):
    """The sessions that a participant wrote; the campaign is the participant's."""

    fields = ["session_no", "played", "title"]


class CampaignSessionInline(SessionInline):
    fields = ["session_no", "played", "title", "personcampaign"]


@admin.register(Person)
class PersonAdmin(KeepReferenced, admin.ModelAdmin):
    list_display = ["name", "email", "member_since"]
    date_hierarchy = "member_since"
    search_fields = ["name", "email"]
    ordering = ["name"]
    inlines = [ParticipationInline]


@admin.register(Campaign)
class CampaignAdmin(KeepReferenced, admin.ModelAdmin):
    list_display = ["title", "rules", "evening", "master", "started", "ended"]
    list_filter = ["evening", ("ended", admin.EmptyFieldListFilter)]
    list_select_related = ["master"]
    search_fields = ["title"]
    ordering = ["title"]
    autocomplete_fields = ["master"]
    inlines = [ParticipationInline, CampaignSessionInline]


@admin.register(PersonCampaign)
class PersonCampaignAdmin(KeepReferenced, admin.ModelAdmin):
    list_display = [
        "character_name",
        "pk",
        "person",
        "campaign",
        "role",
        "joined",
        "xp",
    ]
    list_display_links = ["character_name", "pk"]
    list_editable = ["role", "xp"]
    list_filter = ["campaign", "role"]
    list_select_related = ["person", "campaign"]
    date_hierarchy = "joined"
    search_fields = ["character_name", "person__name", "campaign__title", "pk"]
    ordering = ["pk"]
    autocomplete_fields = ["person", "campaign"]
    save_as = True
    inlines = [WriterSessionInline]
    actions = ["reward"]

    @admin.display(empty_value="none", ordering="character_name")
    def character_name(self, participation):
        return participation.character_name

    @admin.action(description="Give 100 experience points", permissions=["change"])
    def reward(self, request, queryset):
        count = queryset.update(xp=F("xp") + 100)
        self.message_user(request, f"{count} participants have 100 points more.")


@admin.register(SessionLog)
class SessionLogAdmin(KeepReferenced, WrittenBy, admin.ModelAdmin):
    list_display = ["title", "campaign", "session_no", "played", "personcampaign"]
    list_filter = [
        "campaign",
        ("personcampaign", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["campaign", "personcampaign"]
    date_hierarchy = "played"
    search_fields = ["title", "diary", "personcampaign__character_name"]
    ordering = ["campaign", "session_no"]
    # The campaign is the writer's.
    fields = ["personcampaign", "session_no", "played", "title", "diary"]
    autocomplete_fields = ["personcampaign"]
