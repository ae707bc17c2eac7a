"""The page for people, as requests see it; test_page_browser.py looks at it in a browser."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from tests.simulator.behaviors import behavior
from tests.simulator.support import CHG24, Sim

from snow_simulator import Simulator

FIREWALL = "CHG0030001"


class Person:
    """Somebody at a browser."""

    def __init__(self, sim: Sim) -> None:
        self.url = sim.url
        self.http = requests.Session()

    def get(self, path: str, **options: object) -> requests.Response:
        return self.http.get(self.url + path, timeout=20, **options)  # type: ignore[arg-type]

    def post(self, path: str, **form: str) -> requests.Response:
        return self.http.post(self.url + path, data=form, timeout=20)

    def log_in(self, user: str, password: str = "", **form: str) -> requests.Response:
        return self.post("/login", user_name=user, password=password or f"{user}-password", **form)

    def token(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.get("/").text)
        assert found
        return found[1]

    def decide(self, number: str, decision: str, comments: str = "") -> requests.Response:
        form = {"decision": decision, "comments": comments, "token": self.token()}
        return self.post(f"/changes/{number}/decision", **form)


@pytest.fixture
def abel(sim: Sim) -> Iterator[Person]:
    """Abel Tuter, logged in: a member of the Network group."""
    person = Person(sim)
    assert person.log_in("abel.tuter").url == f"{sim.url}/"
    yield person
    person.http.close()


def assessed(sim: Sim, **values: object) -> tuple[str, str]:
    """sys_id and number of a change that asks the Network group."""
    sys_id = sim.new_change(**values)
    assert sim.set_change(sys_id, state="assess").status_code == 200
    return sys_id, sim.change(sys_id)["number"]


@behavior("Page", "Login with the users of the data, apart from the APIs' logins")
class TestLogin:
    def test_a_page_asks_who_is_looking_and_leads_back(self, sim: Sim) -> None:
        person = Person(sim)
        asked = person.get(f"/changes/{FIREWALL}?x=1")
        assert asked.url.startswith(f"{sim.url}/login?next=")
        assert "abel.tuter" in asked.text
        assert "retired.person" not in asked.text
        back = html.unescape(re.search(r'name="next" value="([^"]*)"', asked.text)[1])  # type: ignore[index]
        assert person.log_in("abel.tuter", next=back).url == f"{sim.url}/changes/{FIREWALL}?x=1"

    @pytest.mark.parametrize("user", ["abel.tuter", "retired.person", "nobody", ""])
    def test_a_wrong_password_is_refused(self, sim: Sim, user: str) -> None:
        person = Person(sim)
        refused = person.log_in(user, "wrong")
        assert refused.status_code == 401
        assert "do not match" in refused.text
        assert "/login" in person.get("/").url

    def test_an_inactive_user_is_refused(self, sim: Sim) -> None:
        assert Person(sim).log_in("retired.person").status_code == 401

    @pytest.mark.parametrize(
        "target", ["//evil.example", "https://evil.example/x", "/\\evil.example", "javascript:1", ""]
    )
    def test_nobody_is_led_elsewhere(self, sim: Sim, target: str) -> None:
        answer = requests.post(
            f"{sim.url}/login",
            data={"user_name": "abel.tuter", "password": "abel.tuter-password", "next": target},
            allow_redirects=False,
            timeout=20,
        )
        assert answer.headers["Location"] == "/"

    def test_logging_out(self, sim: Sim, abel: Person) -> None:
        assert abel.post("/logout", token="guessed").status_code == 403
        assert abel.get("/").url == f"{sim.url}/"
        cookies = abel.http.cookies.copy()
        assert "/login" in abel.post("/logout", token=abel.token()).url
        abel.http.cookies.update(cookies)
        assert "/login" in abel.get("/").url, "the cookie of a closed login opens nothing"

    def test_a_login_outlives_a_reset_but_not_twelve_hours(self, sim: Sim, abel: Person) -> None:
        sim.control("POST", "reset")
        assert abel.get("/").url == f"{sim.url}/"
        sim.control("PUT", "clock", {"advance_seconds": 12 * 3600 + 1})
        assert "/login" in abel.get("/").url

    def test_changes_are_for_those_who_may_read_them(self, sim: Sim) -> None:
        person = Person(sim)
        answer = person.log_in("joe.employee")
        assert answer.status_code == 403
        assert "Insufficient rights to query records" in answer.text
        assert "CHG00" not in answer.text
        assert "/login" in person.post("/logout", token=re.search(r'value="([^"]{20,})"', answer.text)[1]).url  # type: ignore[index]


@behavior("Page", "List of changes: open, closed or all, searched, with what waits for the visitor")
class TestList:
    def test_open_ones_with_what_matters(self, sim: Sim, abel: Person) -> None:
        _, number = assessed(sim, short_description="Deploy <b>shop</b>")
        text = abel.get("/").text
        row = re.search(rf"<tr>(?:(?!<tr>).)*{number}.*?</tr>", text, re.DOTALL)
        assert row
        assert "Deploy &lt;b&gt;shop&lt;/b&gt;" in row[0]
        for word in ("Assess", "Requested", "Network"):
            assert word in row[0]
        assert "CHG0000024" not in text
        assert "Waiting for your answer" in text

    def test_which_ones(self, abel: Person) -> None:
        assert "CHG0000024" in abel.get("/?show=closed").text
        assert FIREWALL not in abel.get("/?show=closed").text
        both = abel.get("/?show=all").text
        assert "CHG0000024" in both
        assert FIREWALL in both
        assert abel.get("/?show=nonsense").status_code == 200

    @pytest.mark.parametrize("words", ["firewall", FIREWALL])
    def test_search(self, abel: Person, words: str) -> None:
        found = re.findall(r">(CHG\d+)<", abel.get("/", params={"q": words}).text)
        assert found == [FIREWALL]

    @pytest.mark.parametrize("words", ["x^NQnumberISNOTEMPTY", "^", "javascript:gs.getUserID()", "'\"<script>"])
    def test_search_is_words_and_nothing_else(self, abel: Person, words: str) -> None:
        answer = abel.get("/", params={"q": words})
        assert answer.status_code == 200
        assert not re.findall(r">(CHG\d+)<", answer.text)
        assert "<script>" not in answer.text

    def test_others_see_nothing_waiting(self, sim: Sim) -> None:
        assessed(sim)
        person = Person(sim)
        person.log_in("david.loo")
        assert "Waiting for your answer" not in person.get("/").text


@behavior("Page", "A change: state, approval, window, tasks, items, conflicts, attachments, journal, next states")
class TestChange:
    def test_everything_around_it(self, sim: Sim, abel: Person) -> None:
        sys_id, number = assessed(
            sim, start_date="2030-03-09 08:00:00", end_date="2030-03-09 10:00:00", backout_plan="Roll back"
        )
        sim.set_change(sys_id, work_notes="Build <i>42</i> is ready")
        items = ["caf043a3b7fb23000999e4f6ee11a9c0"]
        sim.call("POST", f"/api/sn_chg_rest/change/{sys_id}/ci", json={
            "association_type": "affected", "cmdb_ci_sys_ids": items, "refresh_impacted_services": True,
        })  # fmt: skip
        sim.control("PUT", "clock", {"advance_seconds": 5})
        sim.call("POST", f"/api/sn_chg_rest/change/{sys_id}/task", json={"short_description": "Look at the graphs"})
        parameters = {"table_name": "change_request", "table_sys_id": sys_id, "file_name": "build.log"}
        sim.call(
            "POST", "/api/now/attachment/file", params=parameters, data=b"x", headers={"Content-Type": "text/plain"}
        )
        text = abel.get(f"/changes/{number}").text
        for words in (
            "2030-03-09 03:00:00", "not yet", "Roll back", "web-01", "Online Shop", "Look at the graphs",
            "build.log", "Build &lt;i&gt;42&lt;/i&gt; is ready", "Abel Tuter", "Your approval is asked for",
            "waits for Change is approved", "Ansible Automation",
        ):  # fmt: skip
            assert words in text, words

    @pytest.mark.parametrize(
        ("now", "words"),
        [("2030-03-09T07:00:00Z", "not yet"), ("2030-03-09T09:00:00Z", "open now"), ("2030-03-09T11:00:00Z", "over")],
    )
    def test_where_the_present_is(self, sim: Sim, now: str, words: str) -> None:
        sim.control("PUT", "clock", {"now": now})
        person = Person(sim)
        person.log_in("abel.tuter")
        assert f">{words}<" in person.get("/changes/CHG0033046").text

    def test_conflicts(self, sim: Sim, abel: Person) -> None:
        values: dict[str, object] = {"start_date": "2030-03-09 08:00:00", "end_date": "2030-03-09 10:00:00"}
        values["cmdb_ci"] = "06f043a3b7fb23000999e4f6ee11a9c1"
        sys_id = sim.new_change(**values)
        number = sim.change(sys_id)["number"]
        assert "Nobody has checked for conflicts." in abel.get(f"/changes/{number}").text
        assert sim.call("POST", f"/api/sn_chg_rest/change/{sys_id}/conflict").status_code == 200
        sim.control("PUT", "clock", {"advance_seconds": 60})
        sim.get(f"/api/sn_chg_rest/change/{sys_id}/conflict")
        text = abel.get(f"/changes/{number}").text
        for words in ("web-02", "CI Already Scheduled", "CHG0033046"):
            assert words in text, words

    def test_a_hold_and_its_reason(self, sim: Sim, abel: Person) -> None:
        sys_id = sim.scheduled()
        sim.set_change(sys_id, on_hold="true", on_hold_reason="Freeze")
        text = abel.get(f"/changes/{sim.change(sys_id)['number']}").text
        assert "On hold" in text
        assert "Freeze" in text
        assert "waits for Not On hold" in text

    def test_one_that_is_not_there(self, abel: Person) -> None:
        answer = abel.get("/changes/CHG9999999")
        assert answer.status_code == 404
        assert "no change CHG9999999" in answer.text

    @pytest.mark.parametrize(
        "link",
        [f"/change_request.do?sys_id={CHG24}", f"/nav_to.do?uri=change_request.do%3Fsys_id={CHG24}",
         "/change_request.do?sysparm_query=number=CHG0000024"],
    )  # fmt: skip
    def test_an_instances_links_lead_there(self, sim: Sim, abel: Person, link: str) -> None:
        assert abel.get(link).url == f"{sim.url}/changes/CHG0000024"

    @pytest.mark.parametrize("link", ["/change_request.do", "/change_request.do?sys_id=x", "/nav_to.do?uri=i.do"])
    def test_other_links_lead_nowhere(self, abel: Person, link: str) -> None:
        assert abel.get(link).status_code == 404

    def test_an_attachment_is_a_download(self, sim: Sim, abel: Person) -> None:
        parameters = {"table_name": "change_request", "table_sys_id": CHG24, "file_name": 'a"\u00e4.html'}
        content = b"<script>alert(1)</script>"
        made = sim.call(
            "POST", "/api/now/attachment/file", params=parameters, data=content, headers={"Content-Type": "text/html"}
        ).json()["result"]
        answer = abel.get(f"/changes/CHG0000024/attachments/{made['sys_id']}")
        assert answer.content == content
        assert answer.headers["Content-Disposition"] == "attachment;filename*=UTF-8''a%22%C3%A4.html"
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert abel.get(f"/changes/{FIREWALL}/attachments/{made['sys_id']}").status_code == 404


@behavior("Page", "Nobody sees there what the rules of access hide")
def test_rows_and_fields_that_are_hidden(tmp_path: Path) -> None:
    data = tmp_path / "own.yml"
    data.write_text("""
        extends: demo
        access:
          change_request:
            rows: [{roles: [change_manager]}, {query: "type!=emergency"}]
            fields: {backout_plan: {read: [change_manager]}}
    """)
    with Simulator(data=str(data)) as url:
        seen = {}
        for user in ("abel.tuter", "bow.ruggeri"):
            person = requests.Session()
            person.post(f"{url}/login", data={"user_name": user, "password": f"{user}-password"}, timeout=20)
            closed = person.get(f"{url}/changes/CHG0000024", timeout=20).text
            hidden = person.get(f"{url}/changes/CHG0030023", timeout=20).status_code
            listed = "CHG0030023" in person.get(f"{url}/", timeout=20).text
            seen[user] = ("backout" in closed.lower(), hidden, listed)
    assert seen == {"abel.tuter": (False, 404, False), "bow.ruggeri": (True, 200, True)}


@behavior("Page", "An approver approves or rejects, with a comment, by the rules of the process")
class TestDecision:
    def test_approving(self, sim: Sim, abel: Person) -> None:
        sys_id, number = assessed(sim)
        answer = abel.decide(number, "approve", "Fine by me")
        assert answer.url == f"{sim.url}/changes/{number}?done=approved"
        assert "You have approved this change." in answer.text
        assert "Your approval is asked for" not in answer.text
        assert "Fine by me" in answer.text
        assert sim.state(sys_id) == "-3"
        row = sim.rows("sysapproval_approver", f"sysapproval={sys_id}^state=approved")[0]
        assert row["sys_updated_by"] == "abel.tuter"

    def test_rejecting(self, sim: Sim, abel: Person) -> None:
        sys_id, number = assessed(sim)
        assert abel.decide(number, "reject").status_code == 400
        assert sim.state(sys_id) == "-4"
        assert "You have rejected" in abel.decide(number, "reject", "Not before Easter").text
        assert sim.change(sys_id)["approval"] == "rejected"
        assert sim.state(sys_id) == "-5"

    def test_whoever_is_not_asked_cannot(self, sim: Sim) -> None:
        sys_id, number = assessed(sim)
        person = Person(sim)
        person.log_in("david.loo")
        assert "Your approval is asked for" not in person.get(f"/changes/{number}").text
        assert person.decide(number, "approve").status_code == 409
        assert sim.state(sys_id) == "-4"

    def test_a_second_answer_is_refused(self, sim: Sim, abel: Person) -> None:
        _, number = assessed(sim)
        abel.decide(number, "approve")
        assert abel.decide(number, "approve").status_code == 409

    @pytest.mark.parametrize("token", ["", "guessed", "\u00e4"])
    def test_a_form_of_another_site_is_refused(self, sim: Sim, abel: Person, token: str) -> None:
        sys_id, number = assessed(sim)
        answer = abel.post(f"/changes/{number}/decision", decision="approve", token=token)
        assert answer.status_code == 403
        assert sim.state(sys_id) == "-4"

    def test_neither_yes_nor_no(self, sim: Sim, abel: Person) -> None:
        _, number = assessed(sim)
        assert abel.decide(number, "perhaps").status_code == 400

    def test_a_read_only_instance_takes_no_answer(self, sim: Sim, abel: Person) -> None:
        sys_id, number = assessed(sim)
        sim.control("PUT", "read_only", {"enabled": True})
        assert abel.decide(number, "approve").status_code == 403
        assert sim.state(sys_id) == "-4"

    def test_nobody_is_logged_in(self, sim: Sim) -> None:
        sys_id, number = assessed(sim)
        assert "/login" in Person(sim).post(f"/changes/{number}/decision", decision="approve", token="x").url
        assert sim.state(sys_id) == "-4"


@behavior("Page", "Plain HTML that needs nothing from outside, and stays out of the log and the faults of clients")
class TestApart:
    def test_nothing_comes_from_elsewhere(self, sim: Sim, abel: Person) -> None:
        pages = ["/", f"/changes/{FIREWALL}", "/page/page.css", "/page/page.js"]
        answers = [abel.get(path) for path in pages] + [requests.get(f"{sim.url}/login", timeout=20)]
        for answer in answers:
            assert answer.status_code == 200
            assert not re.findall(r"https?://|[\"(]//", answer.text), answer.url
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert abel.get("/page/other.js").status_code == 404

    def test_looking_leaves_no_trace(self, sim: Sim, abel: Person) -> None:
        sim.fault(action={"status": 503})
        sim.control("DELETE", "log")
        assert abel.get(f"/changes/{FIREWALL}").status_code == 200
        assert sim.log() == []
        assert sim.get("/api/now/table/incident").status_code == 503

    def test_a_login_to_the_page_is_none_to_the_apis(self, abel: Person) -> None:
        assert abel.get("/api/now/table/incident").status_code == 401
