from django.contrib.admin.tests import AdminSeleniumTestCase
from django.contrib.auth.models import User as Staff
from django.test import override_settings
from django.test.selenium import screenshot_cases

from .models import (
    Carrier,
    Depot,
    Parcel,
    Poster,
    Region,
    Route,
    Shelf,
    Stall,
    Truck,
)
from .testcase import AdminTestCase

STRANGE = "/,-_~\"'\\%#? <b>&$& é"


@override_settings(ROOT_URLCONF="composite_admin_relations.urls")
class BrowserTests(AdminSeleniumTestCase):
    available_apps = [
        *AdminSeleniumTestCase.available_apps,
        "composite_admin_relations",
    ]
    get_path = AdminTestCase.get_url

    def setUp(self):
        Staff.objects.create_superuser("ann", password="secret")
        self.bern, self.basel, self.strange = (
            Depot.objects.create(country=country, code=code, label=label)
            for country, code, label in (
                ("CH", 1, "Bern"),
                ("CH", 2, "Basel"),
                (STRANGE, 3, "Str&nge"),
            )
        )
        self.admin_login("ann", "secret")

    def open(self, obj, page="change", site="admin"):
        self.selenium.get(self.live_server_url + self.get_path(obj, page, site))

    def find(self, selector):
        from selenium.webdriver.common.by import By

        return self.selenium.find_element(By.CSS_SELECTOR, selector)

    def fill(self, **values):
        for name, value in values.items():
            element = self.find(f"[name={name}]")
            element.clear()
            element.send_keys(value)

    def click(self, selector):
        element = self.find(selector)
        self.selenium.execute_script("arguments[0].scrollIntoView();", element)
        self.selenium.execute_script("arguments[0].click();", element)

    def save(self):
        with self.wait_page_loaded():
            self.click("[name=_save]")
        self.wait_for(".messagelist .success")

    def get_values(self, selector):
        from selenium.webdriver.common.by import By

        return [
            option.get_attribute("value")
            for option in self.selenium.find_elements(By.CSS_SELECTOR, selector)
        ]

    def choose(self, name, label):
        """Search an autocomplete widget for a label, and choose it."""
        from selenium.webdriver.common.by import By
        from selenium.webdriver.common.keys import Keys

        self.click(f"#id_{name}")
        self.find(f"[name='{name}'] + .select2 .select2-selection").click()
        search = self.find(".select2-container--open .select2-search__field")
        search.send_keys(label)
        self.wait_until(
            lambda driver: [
                option.text
                for option in driver.find_elements(
                    By.CSS_SELECTOR, ".select2-results__option"
                )
            ]
            == [label]
        )
        search.send_keys(Keys.RETURN)

    def select_option(self, selector, value):
        """Select an option whose value has characters that CSS would take ill."""
        from selenium.webdriver.common.by import By

        (option,) = [
            option
            for option in self.selenium.find_elements(
                By.CSS_SELECTOR, f"{selector} option"
            )
            if option.get_attribute("value") == value
        ]
        option.click()

    def open_popup(self, selector, num_windows=2):
        self.click(selector)
        self.wait_for_and_switch_to_popup(num_windows=num_windows)

    def close_popup(self):
        self.wait_until(lambda driver: len(driver.window_handles) == 1)
        self.selenium.switch_to.window(self.selenium.window_handles[0])

    @screenshot_cases(["desktop_size"])
    def test_autocomplete(self):
        self.open(Parcel, "add", "autocomplete")
        self.choose("depot", "Str&nge")
        self.choose("origin", "Basel")
        self.take_screenshot("chosen")
        self.save()
        parcel = Parcel.objects.get()
        self.assertEqual(parcel.depot, self.strange)
        self.assertEqual(parcel.origin, self.basel)
        # The link beside it leads to what was chosen.
        self.open(parcel, site="autocomplete")
        with self.wait_page_loaded():
            self.selenium.get(self.find("#view_id_depot").get_attribute("href"))
        self.assertEqual(
            self.find("#site-name a").get_attribute("href"),
            f"{self.live_server_url}/autocomplete/",
        )
        self.assertEqual(self.find("[name=label]").get_attribute("value"), "Str&nge")

    @screenshot_cases(["desktop_size"])
    def test_autocomplete_of_added_row(self):
        self.open(self.bern, site="autocomplete")
        self.click("#sent_parcels-group .add-row a")
        self.choose("sent_parcels-0-depot", "Str&nge")
        self.take_screenshot("chosen")
        self.save()
        parcel = Parcel.objects.get()
        self.assertEqual((parcel.origin, parcel.depot), (self.bern, self.strange))

    @screenshot_cases(["desktop_size"])
    def test_inlines(self):
        """Rows of a key that contains the parent's are added, edited, deleted."""
        Shelf.objects.create(depot=self.strange, row=1, material="wood")
        Shelf.objects.create(depot=self.strange, row=2, material="steel")
        self.open(self.strange)
        self.find("[name=shelves-0-material]").clear()
        self.find("[name=shelves-0-material]").send_keys("glass")
        self.click("#id_shelves-1-DELETE")
        self.click("#shelves-group .add-row a")
        for number, material in ((2, "stone"), (3, "straw")):
            self.find(f"[name=shelves-{number}-row]").send_keys(f"{number + 5}")
            self.find(f"[name=shelves-{number}-material]").send_keys(material)
        self.take_screenshot("edited")
        self.save()
        self.assertEqual(
            list(self.strange.shelves.values_list("row", "material")),
            [(1, "glass"), (7, "stone"), (8, "straw")],
        )

    @screenshot_cases(["desktop_size"])
    def test_inlines_under_single_key(self):
        region = Region.objects.create(name="Alps")
        Stall.objects.create(region=region, row="A/_", number=1)
        self.open(region)
        self.find("[name=stalls-0-label]").send_keys("Edited")
        self.find("[name=stalls-1-row]").send_keys("B")
        self.find("[name=stalls-1-number]").send_keys("2")
        self.take_screenshot("edited")
        self.save()
        self.assertEqual(
            list(region.stalls.values_list("row", "number", "label")),
            [("A/_", 1, "Edited"), ("B", 2, "")],
        )
        self.open(region)
        with self.wait_page_loaded():
            self.click("#stalls-0 .inlinechangelink")
        self.assertIn("Stall A/_1", self.find("#content").text)

    @screenshot_cases(["desktop_size"])
    def test_raw_id(self):
        self.open(Parcel, "add", "raw")
        main = self.selenium.current_window_handle
        self.open_popup("#lookup_id_depot")
        self.take_screenshot("lookup")
        self.click_link("Str&nge")
        self.selenium.switch_to.window(main)
        self.wait_for_value("#id_depot", str(self.strange.pk))
        self.take_screenshot("chosen")
        self.save()
        parcel = Parcel.objects.get()
        self.assertEqual(parcel.depot, self.strange)
        self.open(parcel, site="raw")
        self.take_screenshot("saved")
        with self.wait_page_loaded():
            self.click(".field-depot strong a")
        self.assertEqual(self.find("[name=label]").get_attribute("value"), "Str&nge")

    def click_link(self, text):
        from selenium.webdriver.common.by import By

        self.selenium.find_element(By.LINK_TEXT, text).click()

    @screenshot_cases(["desktop_size"])
    def test_raw_id_to_fields(self):
        self.open(Poster, "add", "raw")
        main = self.selenium.current_window_handle
        self.open_popup("#lookup_id_depot")
        self.click_link("Str&nge")
        self.selenium.switch_to.window(main)
        self.wait_for_value("#id_depot", '["3", "Str&nge"]')
        self.fill(text="Come!")
        self.save()
        self.assertEqual(Poster.objects.get().depot, self.strange)

    @screenshot_cases(["desktop_size"])
    def test_raw_ids(self):
        self.open(Route, "add", "raw")
        self.fill(name="Route")
        main = self.selenium.current_window_handle
        for label in ("Bern", "Str&nge"):
            self.open_popup("#lookup_id_depots")
            self.click_link(label)
            self.selenium.switch_to.window(main)
        self.wait_for_value("#id_depots", f'["CH", "1"],{self.strange.pk}')
        self.take_screenshot("chosen")
        self.save()
        self.assertCountEqual(
            Route.objects.get().depots.all(), [self.bern, self.strange]
        )

    @screenshot_cases(["desktop_size"])
    def test_raw_id_of_added_row(self):
        self.open(self.bern, site="raw")
        main = self.selenium.current_window_handle
        self.click("#sent_parcels-group .add-row a")
        self.open_popup("#lookup_id_sent_parcels-0-depot")
        self.click_link("Str&nge")
        self.selenium.switch_to.window(main)
        self.wait_for_value("#id_sent_parcels-0-depot", str(self.strange.pk))
        self.save()
        parcel = Parcel.objects.get()
        self.assertEqual((parcel.origin, parcel.depot), (self.bern, self.strange))

    @screenshot_cases(["desktop_size"])
    def test_popups(self):
        """A related object is added, changed, and deleted from a select."""
        self.open(Poster, "add")
        self.open_popup("#add_id_depot")
        self.fill(country=STRANGE, code="9", label="New & <b>")
        self.click("[name=_save]")
        self.close_popup()
        self.wait_until(
            lambda driver: self.get_values("#id_depot option:checked")
            == ['["9", "New & <b>"]']
        )
        self.open_popup("#change_id_depot")
        self.take_screenshot("change")
        self.fill(label="Newer")
        self.click("[name=_save]")
        self.close_popup()
        self.wait_until(
            lambda driver: self.get_values("#id_depot option:checked")
            == ['["9", "Newer"]']
        )
        self.take_screenshot("changed")
        self.fill(text="Come!")
        self.save()
        self.assertEqual(Poster.objects.get().depot_pk, (9, "Newer"))

    @screenshot_cases(["desktop_size"])
    def test_popups_of_keys(self):
        """Other selects of the page are updated along."""
        self.open(self.basel)
        select = "#id_parcels-0-origin"
        row = "#parcels-0 "
        self.select_option(select, '["CH", "1"]')
        self.open_popup(f"{row}#change_id_parcels-0-origin")
        self.fill(label="Berne")
        self.click("[name=_save]")
        self.close_popup()
        self.wait_until(
            lambda driver: self.find(f"{select} option:checked").text == "Berne"
        )
        self.assertEqual(self.get_values(f"{select} option:checked"), ['["CH", "1"]'])
        self.open_popup(f"{row}#delete_id_parcels-0-origin")
        self.take_screenshot("delete")
        self.click("#content [type=submit]")
        self.close_popup()
        self.wait_until(
            lambda driver: '["CH", "1"]' not in self.get_values(f"{select} option")
        )
        self.assertFalse(Depot.objects.filter(pk=("CH", 1)).exists())

    @screenshot_cases(["desktop_size"])
    def test_links_to_strange_keys(self):
        self.open(Parcel, "add")
        self.select_option("#id_depot", str(self.strange.pk))
        self.open_popup("#change_id_depot")
        self.fill(label="Renamed")
        self.click("[name=_save]")
        self.close_popup()
        self.wait_until(
            lambda driver: self.find("#id_depot option:checked").text == "Renamed"
        )
        self.strange.refresh_from_db()
        self.assertEqual(self.strange.label, "Renamed")
        with self.wait_page_loaded():
            self.selenium.get(self.find("#view_id_depot").get_attribute("href"))
        self.assertEqual(self.find("[name=label]").get_attribute("value"), "Renamed")

    @screenshot_cases(["desktop_size"])
    def test_links_to_single_key_of_text(self):
        carrier = Carrier.objects.create(name="#? 100%&")
        self.open(Truck, "add")
        self.select_option("#id_carrier", carrier.name)
        with self.wait_page_loaded():
            self.selenium.get(self.find("#view_id_carrier").get_attribute("href"))
        self.assertEqual(self.find("[name=name]").get_attribute("value"), carrier.name)

    @screenshot_cases(["desktop_size"])
    def test_filter_horizontal(self):
        route = Route.objects.create(name="Route")
        route.depots.add(self.bern)
        self.open(route)
        self.wait_for("#id_depots_to option")
        self.assertEqual(self.get_values("#id_depots_to option"), ['["CH", "1"]'])
        self.select_option("#id_depots_from", str(self.strange.pk))
        self.click("#id_depots_add")
        self.select_option("#id_depots_to", '["CH", "1"]')
        self.click("#id_depots_remove")
        self.take_screenshot("chosen")
        self.assertEqual(
            self.get_values("#id_depots_to option"), [str(self.strange.pk)]
        )
        # One that is added is chosen.
        self.open_popup("#add_id_depots")
        self.fill(country=STRANGE, code="9", label="New")
        self.click("[name=_save]")
        self.close_popup()
        self.wait_until(
            lambda driver: len(self.get_values("#id_depots_to option")) == 2
        )
        self.save()
        self.assertCountEqual(
            route.depots.values_list("pk", flat=True),
            [self.strange.pk, (STRANGE, 9)],
        )

    @screenshot_cases(["desktop_size"])
    def test_filters(self):
        Parcel.objects.create(depot=self.bern, weight=5)
        Parcel.objects.create(depot=self.strange, weight=7)
        self.open(Parcel, "changelist")
        with self.wait_page_loaded():
            self.click_link("Str&nge (1)")
        self.take_screenshot("filtered")
        self.assertIn("1 parcel", self.find(".paginator").text)
        self.assertEqual(self.find("#result_list th.field-weight a").text, "7")
