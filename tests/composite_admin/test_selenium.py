from unittest import mock
from urllib.parse import unquote

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.admin.tests import AdminSeleniumTestCase
from django.contrib.admin.utils import quote
from django.contrib.auth.models import User
from django.test import override_settings
from django.test.selenium import screenshot_cases
from django.urls import reverse

from .admin import SeatAdmin
from .models import Hall, Seat, Text, Ticket

# Members of a key, with whatever means something in URLs, HTML, or JSON.
FIRST, SECOND = "a/b,c-d_e~f \"g' \\%#?&=+;:@$<b>[]{} é😀", ""


@override_settings(ROOT_URLCONF="composite_admin.urls")
class SeleniumTests(AdminSeleniumTestCase):
    available_apps = [*AdminSeleniumTestCase.available_apps, "composite_admin"]

    def setUp(self):
        User.objects.create_superuser("super", password="secret")
        self.main = Hall.objects.create(code="main", name="Main hall")
        for number in range(1, 6):
            Seat.objects.create(pk=("main", 4, number), label=f"Seat {number}")
        self.seat = Seat.objects.get(pk=("main", 4, 2))
        self.admin_login("super", "secret")

    def find(self, selector):
        from selenium.webdriver.common.by import By

        return self.selenium.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector):
        from selenium.webdriver.common.by import By

        return self.selenium.find_elements(By.CSS_SELECTOR, selector)

    def link(self, text):
        from selenium.webdriver.common.by import By

        return self.selenium.find_element(By.LINK_TEXT, text)

    def open(self, page, model, *args):
        name = f"admin:composite_admin_{model._meta.model_name}_{page}"
        self.selenium.get(self.live_server_url + reverse(name, args=args))

    def click(self, element):
        self.selenium.execute_script("arguments[0].scrollIntoView()", element)
        with self.wait_page_loaded():
            self.selenium.execute_script("arguments[0].click()", element)

    def path(self):
        return self.selenium.current_url.removeprefix(self.live_server_url)

    def fill(self, name, value):
        field = self.find(f"[name={name}]")
        field.clear()
        field.send_keys(value)

    def select(self, selector, value):
        from selenium.webdriver.support.ui import Select

        Select(self.find(selector)).select_by_value(value)

    @screenshot_cases(["desktop_size", "mobile_size", "dark"])
    def test_change(self):
        self.open("changelist", Seat)
        self.take_screenshot("changelist")
        self.click(self.link("main/4/2"))
        self.assertEqual(self.path(), "/admin/composite_admin/seat/main,4,2/change/")
        # The key is there to be read only.
        for name in ("hall", "row", "number"):
            self.assertEqual(self.find_all(f"[name={name}]"), [])
        shown = self.find(".field-number .readonly").text
        self.assertEqual(shown, "2")
        self.fill("label", "By the aisle")
        self.take_screenshot("change")
        self.click(self.find("[name=_save]"))
        self.wait_for(".messagelist .success")
        message = self.find(".messagelist .success a")
        href = message.get_attribute("href").removeprefix(self.live_server_url)
        self.assertURLEqual(
            unquote(href), "/admin/composite_admin/seat/main,4,2/change/"
        )
        self.seat.refresh_from_db()
        self.assertEqual(self.seat.label, "By the aisle")
        self.assertEqual(Seat.objects.count(), 5)

    def test_add(self):
        self.open("add", Seat)
        self.select("[name=hall]", "main")
        self.fill("row", "7")
        self.fill("number", "-1")
        self.click(self.find("[name=_continue]"))
        self.wait_for(".messagelist .success")
        self.assertEqual(self.path(), "/admin/composite_admin/seat/main,7,-1/change/")
        self.assertEqual(Seat.objects.get(pk=("main", 7, -1)).price, 10)
        # The same key again is an error of the form.
        self.open("add", Seat)
        self.select("[name=hall]", "main")
        self.fill("row", "7")
        self.fill("number", "-1")
        self.click(self.find("[name=_save]"))
        self.wait_for(".errorlist")
        self.assertEqual(Seat.objects.count(), 6)

    def test_edit_in_list(self):
        self.open("changelist", Seat)
        fields = self.find_all("#result_list [name$=-label]")
        values = [field.get_attribute("value") for field in fields]
        number = values.index("Seat 2")
        self.fill(f"form-{number}-label", "Broken")
        self.click(self.find("[name=_save]"))
        self.wait_for(".messagelist .success")
        self.assertEqual(Seat.objects.filter(label="Broken").get().pk, ("main", 4, 2))

    @screenshot_cases(["desktop_size"])
    def test_action(self):
        Ticket.objects.create(reference="T1", seat=self.seat)
        self.open("changelist", Seat)
        for value in ('["main", "4", "2"]', '["main", "4", "5"]'):
            (box,) = [
                box
                for box in self.find_all(".action-select")
                if box.get_attribute("value") == value
            ]
            box.click()
        self.select("[name=action]", "delete_selected")
        self.click(self.find("button[name=index]"))
        self.assertIn("T1", self.find("#content").text)
        self.take_screenshot("confirmation")
        self.click(self.find("#content input[type=submit]"))
        self.wait_for(".messagelist .success")
        self.assertCountEqual(Seat.objects.values_list("number", flat=True), [1, 3, 4])
        self.assertFalse(Ticket.objects.exists())

    def test_select_across(self):
        Hall.objects.create(code="side", name="Side hall")
        Seat.objects.create(pk=("side", 4, 1))
        with mock.patch.object(SeatAdmin, "list_per_page", 2):
            self.selenium.get(
                f"{self.live_server_url}/admin/composite_admin/seat/"
                "?hall__code__exact=main"
            )
            self.find("#action-toggle").click()
            self.wait_for(".actions .question a")
            self.find(".actions .question a").click()
            self.select("[name=action]", "delete_selected")
            self.click(self.find("button[name=index]"))
            self.assertIn("main/4/5", self.find("#content").text)
            self.click(self.find("#content input[type=submit]"))
            self.wait_for(".messagelist .success")
        # Those of all pages, but not those that were filtered out.
        self.assertEqual(Seat.objects.get().pk, ("side", 4, 1))

    @screenshot_cases(["desktop_size"])
    def test_delete(self):
        Ticket.objects.create(reference="T1", seat=self.seat)
        self.open("change", Seat, quote(self.seat.pk))
        self.click(self.find(".deletelink"))
        self.assertEqual(self.path(), "/admin/composite_admin/seat/main,4,2/delete/")
        self.assertIn("T1", self.find("#content").text)
        self.take_screenshot("confirmation")
        self.click(self.find(".cancel-link"))
        self.assertTrue(Seat.objects.filter(pk=("main", 4, 2)).exists())
        self.open("delete", Seat, quote(self.seat.pk))
        self.click(self.find("#content input[type=submit]"))
        self.wait_for(".messagelist .success")
        self.assertFalse(Seat.objects.filter(pk=("main", 4, 2)).exists())
        self.assertFalse(Ticket.objects.exists())
        entry = LogEntry.objects.get(action_flag=DELETION)
        self.assertEqual(entry.object_id, '["main", "4", "2"]')

    @screenshot_cases(["desktop_size"])
    def test_history(self):
        self.open("change", Seat, quote(self.seat.pk))
        self.fill("label", "Window")
        self.click(self.find("[name=_continue]"))
        self.wait_for(".messagelist .success")
        self.click(self.find(".historylink"))
        self.assertEqual(self.path(), "/admin/composite_admin/seat/main,4,2/history/")
        self.assertIn("Changed Label.", self.find("#change-history").text)
        self.take_screenshot("history")
        # The recent actions on the index lead there, too.
        self.selenium.get(self.live_server_url + reverse("admin:index"))
        self.click(self.find("#recent-actions-module .changelink a"))
        self.assertEqual(self.path(), "/admin/composite_admin/seat/main,4,2/change/")

    def test_odd_key(self):
        """A browser doesn't change the address of any key."""
        text = Text.objects.create(pk=(FIRST, SECOND), note="old")
        Text.objects.create(pk=(FIRST, "x"), note="another")
        self.open("changelist", Text)
        (field,) = [
            field
            for field in self.find_all("#result_list [name$=-note]")
            if field.get_attribute("value") == "old"
        ]
        row = field.find_element("xpath", "./ancestor::tr")
        self.click(row.find_element("css selector", "th a"))
        self.fill("note", "new")
        self.click(self.find("[name=_continue]"))
        self.wait_for(".messagelist .success")
        text.refresh_from_db()
        self.assertEqual(text.note, "new")
        self.click(self.find(".messagelist .success a"))
        self.assertEqual(self.find("[name=note]").get_attribute("value"), "new")
        self.click(self.find(".historylink"))
        self.assertIn("Changed Note.", self.find("#change-history").text)
        self.selenium.back()
        self.click(self.find(".deletelink"))
        self.click(self.find("#content input[type=submit]"))
        self.wait_for(".messagelist .success")
        self.assertEqual(Text.objects.get().note, "another")
