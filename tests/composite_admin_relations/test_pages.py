import datetime

from .admin import autocomplete_site, raw_site, site
from .models import (
    Badge,
    Book,
    Branch,
    Keeper,
    Manager,
    Note,
    Parcel,
    Poster,
    Route,
    Shelf,
    Stall,
    Task,
    User,
    Visit,
)
from .testcase import AdminTestCase


class PagesTests(AdminTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        for depot in (cls.bern, cls.strange):
            Parcel.objects.create(depot=depot, origin=cls.basel)
            Poster.objects.create(depot=depot, text="poster")
            Manager.objects.create(depot=depot, name="Max")
            shelf = Shelf.objects.create(depot=depot, row=1, material="wood")
            Book.objects.create(shelf=shelf, title="Book")
            Visit.objects.create(
                depot=depot,
                at=datetime.datetime(2026, 1, 2, 3, 4, 5, 678),
                day=datetime.date(2026, 1, 2),
            )
            keeper = Keeper.objects.create(depot=depot, name="Kim")
            Badge.objects.create(keeper=keeper, color="red")
            Route.objects.create(name="Route").depots.add(depot, cls.basel)
        Stall.objects.create(region=cls.region, row="A/_", number=1)
        Branch.objects.create(country="FR", code=9, label="Paris", region=cls.region)
        User.objects.create(tenant=cls.tenant, number=3, name="Cid", boss=cls.ann)
        Note.objects.create(author=cls.ann, title="Note")
        Task.objects.create(user=cls.ann, position=1, name="Task")

    def test_pages(self):
        """Each page of each object has its links, widgets, and filters."""
        for admin_site in (site, autocomplete_site, raw_site):
            for model in admin_site._registry:
                urls = [
                    self.get_url(model, page, admin_site.name)
                    for page in ("changelist", "add")
                ]
                urls += [
                    self.get_url(obj, page, admin_site.name)
                    for obj in model.objects.all()
                    for page in ("change", "delete", "history")
                ]
                for url in urls:
                    with self.subTest(url=url):
                        self.assertEqual(self.client.get(url).status_code, 200)

    def test_change_without_changes(self):
        """What the page of an object shows is accepted as it is."""
        for admin_site in (site, autocomplete_site, raw_site):
            for model in admin_site._registry:
                for obj in model.objects.all():
                    url = self.get_url(obj, "change", admin_site.name)
                    with self.subTest(url=url):
                        before = list(model.objects.order_by("pk").values())
                        self.post(url, self.get_data(url))
                        after = list(model.objects.order_by("pk").values())
                        self.assertEqual(after, before)
