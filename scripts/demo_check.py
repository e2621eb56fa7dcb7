"""
Use the demo's site as a visitor would, and as a careless or hostile one might.

``exercise()`` leaves the site with the rows that it found.
"""

from __future__ import annotations

import html
import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

PEOPLE = {
    2: "Máire O'Brien",
    3: "Samuel Oyelaran, Jr.",
    4: "Ирина Соколова",
    5: "佐藤 美咲",
    7: "נועם לוי",
    10: "मीरा शर्मा",
}
ROWS = 20
TOO_BIG = "9" * 30  # More than an integer column can hold.

Key = tuple[int, int]


class CheckFailed(Exception):
    """The site did something else than it should; str() says what."""


@dataclass
class Page:
    """What the site answered, after redirects."""

    request: str
    status: int
    path: str
    source: str

    @property
    def text(self) -> str:
        return html.unescape(self.source)

    @property
    def keys(self) -> list[Key]:
        """Return the keys of the participations that the page links to, once each."""
        found = re.findall(r'href="/participations/(\d+),(\d+)/"', self.source)
        keys = [(int(person_id), int(campaign_id)) for person_id, campaign_id in found]
        return list(dict.fromkeys(keys))

    def expect(self, condition: bool, what: str) -> None:
        if not condition:
            raise CheckFailed(f"{self.request} ({self.status}): {what}.")

    def expect_status(self, status: int) -> Page:
        self.expect(self.status == status, f"the status should be {status}")
        return self

    def expect_text(self, text: str) -> Page:
        self.expect(text in self.text, f"the page should say {text!r}")
        return self


class Browser:
    """Keeps cookies, follows redirects and fills in CSRF tokens."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )

    def get(self, path: str) -> Page:
        return self.open("GET", path, None)

    def post(self, path: str, form: str | None = None, **data: str) -> Page:
        """Post to a path, with the token of the form there (or at another path)."""
        page = self.get(form or path).expect_status(200)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.source)
        page.expect(token is not None, "the form should have a CSRF token")
        assert token is not None
        return self.post_without_token(path, csrfmiddlewaretoken=token[1], **data)

    def post_without_token(self, path: str, **data: str) -> Page:
        return self.open("POST", path, urllib.parse.urlencode(data).encode())

    def open(self, method: str, path: str, data: bytes | None) -> Page:
        request = urllib.request.Request(
            urllib.parse.urljoin(self.address, path), data, method=method
        )
        try:
            try:
                response = self.opener.open(request, timeout=60)
            except urllib.error.HTTPError as exc:
                response = exc
            with response:
                page = Page(
                    f"{method} {path}",
                    response.status or 0,
                    urllib.parse.urlsplit(response.url).path,
                    response.read().decode(),
                )
        except OSError as exc:
            raise CheckFailed(f"{method} {path}: no answer ({exc}).") from exc
        page.expect(page.status < 500, "the site should not fail")
        return page


def exercise(address: str, say: Callable[[str], None]) -> None:
    """Raise CheckFailed unless the site at the address does what it should."""
    browser = Browser(address)
    for step in (
        check_lists,
        check_add,
        check_duplicate,
        check_bad_values,
        check_edit,
        check_csrf,
        check_remove,
        check_sessions,
        check_bad_keys,
        check_admin_login,
        check_nothing_left,
    ):
        step(browser)
        say(f"  ok: {step.__doc__}")


NEW = "/participations/9,5/"
EDIT = f"{NEW}edit/"
# What the visitor types into the form for it.
VALUES = {
    "role": "player",
    "character_name": 'Quill, "the <b>O\'Dell</b>" & 夜',
    "joined": "2024-02-29",
    "xp": "17",
    "notes": "Two lines:\r\nthis is the second.",
}


def check_lists(browser: Browser) -> None:
    """participations are listed, with names in every script"""
    page = browser.get("/").expect_status(200)
    page.expect(page.path == "/participations/", "it should lead to the list")
    page.expect(len(set(page.keys)) == ROWS, f"it should list {ROWS} participations")
    page.expect((2, 1) in page.keys, "a row should link to its key")
    for name in PEOPLE.values():
        page.expect_text(name)
    for pk, name in PEOPLE.items():
        person = browser.get(f"/people/{pk}/").expect_status(200).expect_text(name)
        theirs = sorted(key for key in page.keys if key[0] == pk)
        person.expect(sorted(person.keys) == theirs, f"it should list {theirs}")
    for pk in range(1, 6):
        campaign = browser.get(f"/campaigns/{pk}/").expect_status(200)
        theirs = [key for key in page.keys if key[1] == pk]
        campaign.expect(campaign.keys == theirs, f"it should list {theirs}")
    browser.get("/people/").expect_status(200).expect_text("Łukasz Żak")
    browser.get("/behind-the-scenes/").expect_status(200).expect_text(
        "pk = models.CompositePrimaryKey('person', 'campaign')"
    )
    browser.get("/static/website/style.css").expect_status(200)


def check_add(browser: Browser) -> None:
    """a participation is added"""
    form = browser.get("/participations/add/?person=9&campaign=5").expect_status(200)
    for value in ("9", "5"):
        form.expect(
            f'<option value="{value}" selected>' in form.source,
            "the person and the campaign in the URL should be selected",
        )
    page = browser.post("/participations/add/", person="9", campaign="5", **VALUES)
    page.expect_status(200)
    page.expect(page.path == "/campaigns/5/", "it should lead to the campaign")
    page.expect((9, 5) in page.keys, "the campaign should list it")
    page.expect_text("Jean-Luc d'Aubigné joined One Hundred Lanterns 百の灯籠.")
    page.expect_text(VALUES["character_name"])
    page.expect("<b>O'Dell" not in page.source, "markup should be escaped")


def check_duplicate(browser: Browser) -> None:
    """a second row with the same key is a form error"""
    values = {**VALUES, "xp": "99999"}
    page = browser.post("/participations/add/", person="9", campaign="5", **values)
    page.expect_status(200).expect_text(
        "Jean-Luc d'Aubigné already takes part in One Hundred Lanterns"
    )
    browser.get(EDIT).expect_status(200).expect_text('value="17"')


def check_bad_values(browser: Browser) -> None:
    """bad values are form errors"""
    key = {"person": "9", "campaign": "4"}
    for change in (
        {"person": ""},
        {"person": "999"},
        {"person": "x' OR 1=1 --"},
        {"person": TOO_BIG},
        {"campaign": "[4, 4]"},
        {"role": "owner"},
        {"joined": ""},
        {"joined": "2023-02-29"},
        {"xp": "-1"},
        {"xp": "many"},
        {"xp": TOO_BIG},
        {"character_name": "x" * 61},
        {"character_name": "nul\0"},
    ):
        page = browser.post("/participations/add/", **{**key, **VALUES, **change})
        page.expect_status(200)
        page.expect('class="errorlist' in page.source, f"{change} should be an error")
    browser.get("/participations/9,4/").expect_status(404)


def check_edit(browser: Browser) -> None:
    """a participation is edited, and keeps its key"""
    form = browser.get(EDIT).expect_status(200).expect_text("this is the second.")
    for name in ("person", "campaign"):
        form.expect(f'name="{name}"' not in form.source, "the key is not for editing")
    values = {**VALUES, "xp": "4711", "role": "scribe", "character_name": ""}
    # Nobody asked for these; they must not move the row.
    forged = {"person": "1", "campaign": "1", "person_id": "1", "pk": "[1, 1]"}
    page = browser.post(EDIT, **values, **forged).expect_status(200)
    page.expect(page.path == "/campaigns/5/", "it should lead to the campaign")
    page.expect_text("Saved Jean-Luc d'Aubigné in").expect_text("4711")
    browser.get(EDIT).expect_status(200).expect_text('value="4711"')
    browser.get("/participations/1,1/").expect_status(404)
    page = browser.post(EDIT, **{**values, "joined": "yesterday"}).expect_status(200)
    page.expect_text("Enter a valid date.")


def check_csrf(browser: Browser) -> None:
    """a form without its CSRF token is refused"""
    browser.post_without_token(EDIT, **VALUES).expect_status(403)
    browser.post_without_token(NEW + "remove/").expect_status(403)
    add = {"person": "9", "campaign": "4", **VALUES}
    browser.post_without_token("/participations/add/", **add).expect_status(403)
    browser.get(EDIT).expect_status(200).expect_text('value="4711"')
    browser.get("/participations/9,4/").expect_status(404)


def check_remove(browser: Browser) -> None:
    """a participation is removed, once confirmed"""
    browser.get(NEW + "remove/").expect_status(200).expect_text("no longer take part")
    browser.get(NEW).expect_status(200)
    page = browser.post(NEW + "remove/").expect_status(200)
    page.expect(page.path == "/campaigns/5/", "it should lead to the campaign")
    page.expect_text("Jean-Luc d'Aubigné left One Hundred Lanterns 百の灯籠.")
    page.expect((9, 5) not in page.keys, "the campaign should not list it")
    for path in (NEW, EDIT, NEW + "remove/"):
        browser.get(path).expect_status(404)
        status = 405 if path == NEW else 404
        browser.post(path, form="/participations/add/", **VALUES).expect_status(status)


def check_bad_keys(browser: Browser) -> None:
    """unknown and malformed keys are 404s"""
    for key in (
        "999,1",
        "1,999",
        "1,2,3",
        "0,0",
        "-1,1",
        "1",
        "1/2",
        "1,",
        ",1",
        ",",
        "1,x",
        "1.0,2.5",
        "%5B2,%201",
        "%5B%5B2%5D,%201%5D",
        "2_2C1",
        "2,1%00",
        "_00,1",
        "_ZZ,1",
        "..,..",
        "_2E_2E,1",
        "%FF,1",
        "%ED%A0%80,1",
        "None,1",
        "2,1%20OR%201=1",
        f"{TOO_BIG},1",
        f"1,{TOO_BIG}",
        "[" * 300,
    ):
        for place in ("participations", "sessions"):
            for action in ("", "edit/", "remove/"):
                path = f"/{place}/{key}/{action}"
                browser.get(path).expect_status(404)
                if action:
                    form = "/participations/add/"
                    browser.post(path, form=form).expect_status(404)
    for path in ("/people/999/", "/campaigns/x/", f"/campaigns/{TOO_BIG}/"):
        browser.get(path).expect_status(404)
    # In a query, what does not name anybody selects nobody.
    page = browser.get("/participations/add/?person=x&campaign=[1,2]")
    page.expect_status(200)
    for key in ("x", "[1]", "[[1], [1]]", '["6", "1", "1"]', f"[{TOO_BIG}, 1]"):
        query = urllib.parse.urlencode({"personcampaign": key})
        page = browser.get(f"/sessions/add/?{query}").expect_status(200)
        page.expect(" selected>" not in page.source, "nobody should be selected")


SESSION = {
    "session_no": "115",
    "played": "2024-03-18",
    "title": "Rope, at last",
    "diary": "",
}


def check_sessions(browser: Browser) -> None:
    """a session refers to a composite key, chosen from a list"""
    browser.get("/sessions/").expect_status(200).expect_text("The bell under the ice")
    writer = '["6", "1"]'
    query = urllib.parse.urlencode({"personcampaign": writer})
    form = browser.get(f"/sessions/add/?{query}").expect_status(200)
    form.expect(
        f'<option value="{writer}" selected>' in form.text,
        "the writer in the URL should be selected",
    )
    for bad in ("", "6", "[6]", '["6", "5"]', '["6", "1", "1"]', "[[6], 1]", "{}"):
        page = browser.post("/sessions/add/", personcampaign=bad, **SESSION)
        page.expect_status(200)
        page.expect('class="errorlist' in page.source, f"{bad!r} should be an error")
    page = browser.post("/sessions/add/", personcampaign=writer, **SESSION)
    page.expect_status(200).expect_text("Rope, at last")
    page.expect(page.path == "/sessions/1,115/", "its key should be the URL")
    page.expect_text("Łukasz Żak").expect_text('["1", "115"]')
    page = browser.post("/sessions/add/", personcampaign=writer, **SESSION)
    page.expect_status(200).expect_text("The campaign has a session of this number.")
    forged = {"campaign": "2", "session_no": "1", "personcampaign": '["3", "3"]'}
    values = {**SESSION, "title": "No rope, after all", **forged}
    page = browser.post("/sessions/1,115/edit/", **values).expect_status(200)
    page.expect(page.path == "/sessions/1,115/", "it should keep its key")
    page.expect_text("No rope, after all").expect_text("Łukasz Żak")
    # Whoever wrote it can't leave.
    page = browser.post("/participations/6,1/remove/").expect_status(200)
    page.expect_text("wrote 3 of its sessions")
    page = browser.post("/sessions/1,115/remove/").expect_status(200)
    page.expect(page.path == "/campaigns/1/", "it should lead to the campaign")
    browser.get("/sessions/1,115/").expect_status(404)


def check_admin_login(browser: Browser) -> None:
    """the admin asks who it is, and shows the composite keys"""
    page = browser.get("/admin/").expect_status(200)
    page.expect(page.path == "/admin/login/", "it should ask who it is")
    page = browser.get("/admin/legacy/personcampaign/2,1/change/")
    page.expect(page.path == "/admin/login/", "it should ask who it is")
    login = {"username": "owl", "next": "/admin/"}
    page = browser.post("/admin/login/", password="wrong", **login)
    page.expect_text("Please enter the correct username and password")
    page = browser.post("/admin/login/", password="dice", **login)
    page.expect(page.path == "/admin/", "it should lead to the admin")
    browser.get("/admin/legacy/personcampaign/").expect_status(200).expect_text(
        'href="/admin/legacy/personcampaign/2,1/change/'
    )
    page = browser.get("/admin/legacy/personcampaign/2,1/change/").expect_status(200)
    page.expect_text("Sister Quill")
    link = re.search(r'href="([^"]+)" class="viewsitelink"', page.source)
    page.expect(link is not None, "it should link to the site")
    assert link is not None
    site = browser.get(link[1]).expect_status(200)
    site.expect(site.path == "/participations/2,1/", "the site should show it")
    page = browser.get("/admin/legacy/sessionlog/1,112/change/").expect_status(200)
    page.expect_text('["6", "1"]').expect_text("Grzmot")


def check_nothing_left(browser: Browser) -> None:
    """the rows are those of the beginning"""
    page = browser.get("/participations/").expect_status(200)
    page.expect(len(set(page.keys)) == ROWS, f"it should list {ROWS} participations")
