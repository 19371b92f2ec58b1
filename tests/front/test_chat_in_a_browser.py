"""People at a browser, over TLS with the fleet's own CA: what they can do, and what they cannot."""

import json
import ssl
import subprocess
import urllib.error
import urllib.request

import pytest

from llamakeep_lab import front

pytestmark = pytest.mark.lab

QUESTION = "What is the capital of France?"
PEOPLE = ("ann@lab.example", "a password of her own")


@pytest.fixture(scope="module")
def api(fleet):
    """The chat's own API, asked at its door by its administrator, on the host."""
    host = fleet.host("chat1")

    def ask(method, path, body=None, token=""):
        words = ["curl", "-s", "-X", method, f"http://127.0.0.1:8080{path}", "-H", "Content-Type: application/json"]
        words += ["-H", f"Authorization: Bearer {token}"] if token else []
        words += ["-d", json.dumps(body)] if body is not None else []
        return json.loads(host.exec(words).stdout)

    return ask


@pytest.fixture(scope="module")
def ann(api, fleet):
    """A user who is no administrator."""
    credentials = {"email": front.ADMIN, "password": front.password(fleet.inventory)}
    token = api("POST", "/api/v1/auths/signin", credentials)["token"]
    email, password = PEOPLE
    made = api(
        "POST", "/api/v1/auths/add", {"name": "Ann", "email": email, "password": password, "role": "user"}, token
    )
    assert made["email"] == email, made
    return PEOPLE


def test_the_administrator_logs_in_sees_the_models_and_reads_an_answer(someone, fleet, pictures):
    someone.log_in(front.ADMIN, front.password(fleet.inventory))
    assert set(someone.models()) == {"llama2:latest", "smollm2:135m"}
    assert "Paris" in someone.ask(QUESTION)
    someone.picture(pictures / "administrator.png")


def test_a_user_sees_the_models_and_reads_an_answer(someone, ann, pictures):
    someone.log_in(*ann)
    assert set(someone.models()) == {"llama2:latest", "smollm2:135m"}
    assert "Paris" in someone.ask(QUESTION)
    someone.picture(pictures / "user.png")


def test_a_wrong_password_lets_nobody_in(someone, ann, pictures):
    someone.open()
    someone.page.fill("input[type=email]", ann[0])
    someone.page.fill("input[type=password]", "not hers")
    someone.page.keyboard.press("Enter")
    someone.page.get_by_text("email or password provided is incorrect").first.wait_for()
    someone.picture(pictures / "wrong-password.png")
    assert someone.page.locator("#chat-input").count() == 0


def test_nobody_signs_up(someone, api, pictures):
    someone.open()
    someone.picture(pictures / "log-in.png")
    assert someone.page.get_by_text("Sign up").count() == 0
    said = api("POST", "/api/v1/auths/signup", {"name": "Eve", "email": "eve@lab.example", "password": "x" * 12})
    assert "token" not in said, said


def test_files_cannot_be_attached_where_the_inventory_says_so(someone, ann, pictures):
    someone.log_in(*ann)
    chosen = []
    someone.page.on("filechooser", lambda chooser: chosen.append(chooser))
    someone.page.click("#input-menu-button")
    someone.page.get_by_text("Upload Files").first.click(force=True)
    someone.page.wait_for_timeout(1000)
    someone.picture(pictures / "no-upload.png")
    assert chosen == []


def test_a_program_that_sends_a_file_is_refused_by_the_gateway(api, fleet, ann):
    email, password = ann
    token = api("POST", "/api/v1/auths/signin", {"email": email, "password": password})["token"]
    address = fleet.host("gateway1").address4
    said = ["curl", "-s", "--resolve", f"chat.{front.DOMAIN}:443:{address}", "-H", f"Authorization: Bearer {token}"]
    said += ["--cacert", str(fleet.inventory / ".ca" / "root.crt"), "-F", f"file=@{__file__}"]
    for path in ("/api/v1/files/", "/api/v1/%66iles/?process=false"):
        done = subprocess.run(
            [*said, f"https://chat.{front.DOMAIN}{path}"], capture_output=True, text=True, check=True, timeout=60
        )
        assert json.loads(done.stdout) == {"detail": "files are not taken here"}


def test_who_logs_out_is_out(someone, ann):
    someone.log_in(*ann)
    someone.page.get_by_label("User menu").first.click()
    someone.page.get_by_text("Sign Out").first.click()
    someone.page.wait_for_selector("input[type=email]")
    someone.open()
    assert someone.page.locator("#chat-input").count() == 0


def test_a_machine_that_does_not_trust_the_ca_is_warned(fleet):
    secure = ssl.create_default_context()
    with pytest.raises(urllib.error.URLError, match="certificate verify failed"):
        urllib.request.urlopen(f"https://{fleet.host('gateway1').address4}/", context=secure, timeout=30)
