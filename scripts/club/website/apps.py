from django.apps import AppConfig


class WebsiteConfig(AppConfig):
    name = "website"

    def ready(self):
        """Say what the club's models, which inspectdb wrote, are called."""
        from legacy import models

        models.Person.__str__ = lambda person: person.name
        models.Campaign.__str__ = lambda campaign: campaign.title
        models.PersonCampaign.__str__ = lambda part: (
            f"{part.character_name or 'A guest'} {tuple(part.pk)}"
        )
        models.SessionLog.__str__ = lambda session: (
            f"{session.session_no}: {session.title}"
        )
        for model, name in [
            (models.PersonCampaign, "participation"),
            (models.SessionLog, "session"),
        ]:
            model._meta.verbose_name = name
            model._meta.verbose_name_plural = f"{name}s"
