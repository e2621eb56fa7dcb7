import inspect
from importlib import metadata

import legacy.models
from legacy.models import Campaign, Person, PersonCampaign, SessionLog

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Prefetch
from django.shortcuts import render
from django.utils import timezone
from django.views import generic

from .forms import (
    NewParticipationForm,
    NewSessionForm,
    ParticipationForm,
    SessionForm,
)

PARTICIPATIONS = PersonCampaign.objects.select_related("person", "campaign")
SESSIONS = SessionLog.objects.select_related("campaign", "personcampaign__person")


class ParticipationList(generic.ListView):
    """All participations, campaign by campaign; those still running first."""

    queryset = Campaign.objects.select_related("master").prefetch_related(
        Prefetch("personcampaign_set", PARTICIPATIONS.order_by("person__name"))
    )
    ordering = [F("ended").desc(nulls_first=True), "title"]
    context_object_name = "campaigns"
    template_name = "website/participation_list.html"


class ParticipationMixin:
    """The key in the URL finds a participation; afterwards, see its campaign."""

    queryset = PARTICIPATIONS
    context_object_name = "participation"

    def get_success_url(self):
        return self.object.campaign.get_absolute_url()


class ParticipationDetail(ParticipationMixin, generic.DetailView):
    template_name = "website/participation_detail.html"

    def get_context_data(self, **kwargs):
        sessions = self.object.sessionlog_set.order_by("session_no")
        return super().get_context_data(sessions=sessions, **kwargs)


class ParticipationAdd(ParticipationMixin, generic.CreateView):
    form_class = NewParticipationForm
    template_name = "website/participation_form.html"

    def get_initial(self):
        return {
            "person": self.request.GET.get("person"),
            "campaign": self.request.GET.get("campaign"),
            "joined": timezone.localdate(),
            "xp": 0,
        }

    def form_valid(self, form):
        try:
            with transaction.atomic():
                response = super().form_valid(form)
        except IntegrityError:
            # Somebody else was quicker, after the form had looked.
            form.add_duplicate_error()
            return self.form_invalid(form)
        person, campaign = self.object.person, self.object.campaign
        messages.success(self.request, f"{person.name} joined {campaign.title}.")
        return response


class ParticipationEdit(ParticipationMixin, generic.UpdateView):
    form_class = ParticipationForm
    template_name = "website/participation_form.html"

    def form_valid(self, form):
        person, campaign = self.object.person, self.object.campaign
        messages.success(self.request, f"Saved {person.name} in {campaign.title}.")
        return super().form_valid(form)


class ParticipationRemove(ParticipationMixin, generic.DeleteView):
    template_name = "website/participation_remove.html"

    def form_valid(self, form):
        person, campaign = self.object.person, self.object.campaign
        if written := self.object.sessionlog_set.count():
            # The database would refuse.
            form.add_error(None, f"{person.name} wrote {written} of its sessions.")
            return self.form_invalid(form)
        messages.success(self.request, f"{person.name} left {campaign.title}.")
        return super().form_valid(form)


class SessionList(generic.ListView):
    queryset = SESSIONS.order_by("-played", "pk")
    context_object_name = "sessions"
    template_name = "website/session_list.html"


class SessionMixin:
    queryset = SESSIONS
    context_object_name = "session"


class SessionDetail(SessionMixin, generic.DetailView):
    template_name = "website/session_detail.html"


class SessionAdd(SessionMixin, generic.CreateView):
    form_class = NewSessionForm
    template_name = "website/session_form.html"

    def get_initial(self):
        # A participation's key in its text form, e.g. ["6", "1"].
        writer = self.request.GET.get("personcampaign")
        return {"personcampaign": writer, "played": timezone.localdate()}

    def form_valid(self, form):
        try:
            with transaction.atomic():
                return super().form_valid(form)
        except IntegrityError:
            form.add_duplicate_error()
            return self.form_invalid(form)


class SessionEdit(SessionMixin, generic.UpdateView):
    form_class = SessionForm
    template_name = "website/session_form.html"


class SessionRemove(SessionMixin, generic.DeleteView):
    template_name = "website/session_remove.html"

    def get_success_url(self):
        return self.object.campaign.get_absolute_url()


class CampaignDetail(generic.DetailView):
    queryset = Campaign.objects.select_related("master")
    context_object_name = "campaign"
    template_name = "website/campaign_detail.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            participations=PARTICIPATIONS.filter(campaign=self.object).order_by(
                "person__name"
            ),
            sessions=SESSIONS.filter(campaign=self.object).order_by("session_no"),
            **kwargs,
        )


class PersonList(generic.ListView):
    queryset = Person.objects.annotate(
        campaign_count=Count("personcampaign__campaign")
    ).order_by("name")
    context_object_name = "people"
    template_name = "website/person_list.html"


class PersonDetail(generic.DetailView):
    model = Person
    context_object_name = "person"
    template_name = "website/person_detail.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            participations=PARTICIPATIONS.filter(person=self.object).order_by(
                "-joined"
            ),
            masters=self.object.campaign_set.order_by("title"),
            **kwargs,
        )


def behind_the_scenes(request):
    """Show the SQL that the club has, and the models that the site uses."""
    context = {
        "django_version": metadata.version("Django"),
        "models_source": inspect.getsource(legacy.models),
        "sql_source": (settings.BASE_DIR / "legacy.sql").read_text(encoding="utf-8"),
    }
    return render(request, "website/behind_the_scenes.html", context)
