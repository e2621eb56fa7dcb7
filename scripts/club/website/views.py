import inspect
from importlib import metadata

import legacy.models
from legacy.models import Campaign, Person, PersonCampaign

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Prefetch
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views import generic

from .forms import NewParticipationForm, ParticipationForm

PARTICIPATIONS = PersonCampaign.objects.select_related("person", "campaign")


class ParticipationList(generic.ListView):
    """All participations, campaign by campaign; those still running first."""

    queryset = Campaign.objects.select_related("master").prefetch_related(
        Prefetch("personcampaign_set", PARTICIPATIONS.order_by("person__name"))
    )
    ordering = [F("ended").desc(nulls_first=True), "title"]
    context_object_name = "campaigns"
    template_name = "website/participation_list.html"


class ParticipationMixin:
    """Find one participation by the key in the URL; go to its campaign after."""

    def get_object(self, queryset=None):
        key = (self.kwargs["person_id"], self.kwargs["campaign_id"])
        return get_object_or_404(PARTICIPATIONS, pk=key)

    def get_success_url(self):
        return reverse("campaign_detail", args=[self.object.campaign_id])


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
    context_object_name = "participation"
    template_name = "website/participation_form.html"

    def form_valid(self, form):
        person, campaign = self.object.person, self.object.campaign
        messages.success(self.request, f"Saved {person.name} in {campaign.title}.")
        return super().form_valid(form)


class ParticipationRemove(ParticipationMixin, generic.DeleteView):
    context_object_name = "participation"
    template_name = "website/participation_remove.html"

    def form_valid(self, form):
        person, campaign = self.object.person, self.object.campaign
        messages.success(self.request, f"{person.name} left {campaign.title}.")
        return super().form_valid(form)


class CampaignDetail(generic.DetailView):
    queryset = Campaign.objects.select_related("master")
    context_object_name = "campaign"
    template_name = "website/campaign_detail.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            participations=PARTICIPATIONS.filter(campaign=self.object).order_by(
                "person__name"
            ),
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
