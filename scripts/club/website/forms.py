from legacy.models import Campaign, Person, PersonCampaign

from django import forms


class PersonChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, person):
        return person.name


class CampaignChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, campaign):
        return f"{campaign.title} ({campaign.evening}s)"


class ParticipationForm(forms.ModelForm):
    """Edit what belongs to a participation. Its key is not among the fields."""

    # The table has a CHECK for these; inspectdb sees a VARCHAR.
    role = forms.ChoiceField(
        choices=[("player", "Player"), ("scribe", "Scribe"), ("guest", "Guest")],
    )

    class Meta:
        model = PersonCampaign
        fields = ["role", "character_name", "joined", "xp", "notes"]
        labels = {"xp": "Experience points"}
        widgets = {
            "joined": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "notes": forms.Textarea(attrs={"rows": 3}),
        }


class NewParticipationForm(ParticipationForm):
    """Add a participation: here the members of the key are chosen."""

    person = PersonChoiceField(Person.objects.order_by("name"))
    campaign = CampaignChoiceField(Campaign.objects.order_by("title"))

    class Meta(ParticipationForm.Meta):
        fields = ["person", "campaign", *ParticipationForm.Meta.fields]

    def clean(self):
        cleaned_data = super().clean()
        person = cleaned_data.get("person")
        campaign = cleaned_data.get("campaign")
        if person and campaign:
            key = (person.pk, campaign.pk)
            if PersonCampaign.objects.filter(pk=key).exists():
                self.add_duplicate_error()
        return cleaned_data

    def add_duplicate_error(self):
        person, campaign = self.cleaned_data["person"], self.cleaned_data["campaign"]
        self.add_error(
            None,
            forms.ValidationError(
                f"{person.name} already takes part in {campaign.title}.",
                code="unique",
            ),
        )

    def save(self):
        # The key was chosen by hand. A plain save() would look for a row that
        # has it and overwrite that; this one is always an INSERT.
        self.instance.save(force_insert=True)
        return self.instance
