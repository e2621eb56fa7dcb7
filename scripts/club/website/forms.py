from legacy.models import Campaign, Person, PersonCampaign, SessionLog

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


class WriterChoiceField(forms.ModelChoiceField):
    """A choice of participations: the values are composite keys."""

    def label_from_instance(self, participation):
        return f"{participation.person.name}, {participation.campaign.title}"


class SessionForm(forms.ModelForm):
    """Edit a session. Its campaign and number are its key, and stay."""

    class Meta:
        model = SessionLog
        fields = ["played", "title", "diary"]
        widgets = {
            "played": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "diary": forms.Textarea(attrs={"rows": 5}),
        }


class NewSessionForm(SessionForm):
    """Add a session, of the campaign in which its writer plays."""

    personcampaign = WriterChoiceField(
        PersonCampaign.objects.select_related("person", "campaign").order_by(
            "campaign__title", "person__name"
        ),
        label="Written by",
    )

    class Meta(SessionForm.Meta):
        fields = ["personcampaign", "session_no", *SessionForm.Meta.fields]
        labels = {"session_no": "Number"}

    def clean(self):
        cleaned_data = super().clean()
        writer = cleaned_data.get("personcampaign")
        number = cleaned_data.get("session_no")
        if writer and number is not None:
            key = (writer.campaign_id, number)
            if SessionLog.objects.filter(pk=key).exists():
                self.add_duplicate_error()
        return cleaned_data

    def add_duplicate_error(self):
        self.add_error("session_no", "The campaign has a session of this number.")

    def save(self):
        self.instance.save(force_insert=True)
        return self.instance
