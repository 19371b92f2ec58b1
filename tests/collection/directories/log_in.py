#!/usr/bin/env python3
"""Logs in as a browser would, at an OpenID issuer: `log_in.py CHAT CA NAME PASSWORD`; prints what came of it as JSON.

Follows each redirect by hand, keeps cookies as each answer sets them, and fills in the forms that the issuer shows.
"""

import html.parser
import http.cookiejar
import json
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request

CHAT, CA, NAME, PASSWORD = sys.argv[1:]
STEPS = 25


class Form(html.parser.HTMLParser):
    """The last form of a page that has a field of ours, else the last one that posts."""

    def __init__(self, text):
        super().__init__()
        self.forms = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag == "form":
            self.forms.append({"action": told.get("action") or "", "method": told.get("method", "get"), "fields": {}})
        elif tag in ("input", "button") and self.forms and told.get("name"):
            fields = self.forms[-1]["fields"]
            if tag == "button" or told.get("type") == "submit":
                if not any(name in fields for name in ("answer", "action")) or told.get("value") == "accept":
                    fields[told["name"]] = told.get("value", "")
            elif told.get("type") != "checkbox":
                fields[told["name"]] = told.get("value", "")


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing by itself."""

    def redirect_request(self, *_):
        return None


def main():
    jar = http.cookiejar.CookieJar()
    context = ssl.create_default_context(cafile=CA)
    opener = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(jar), urllib.request.HTTPSHandler(context=context), Stay
    )
    trail, cookies, url, data = [], [], f"{CHAT}/oauth/oidc/login", None
    for _ in range(STEPS):
        request = urllib.request.Request(url, data)
        if data:
            request.add_header("Referer", url)
        try:
            answer = opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        trail.append(f"{answer.status} {url.split('?')[0]}")
        cookies += answer.headers.get_all("Set-Cookie") or []
        data = None
        if answer.status in (301, 302, 303, 307, 308):
            url = urllib.parse.urljoin(url, answer.headers["Location"])
            continue
        text = answer.read().decode(errors="replace")
        if url.startswith(CHAT) or answer.status >= 400:
            break
        posts = [form for form in Form(text).forms if form["method"].lower() == "post"]
        if not posts:
            trail.append(text[-1500:])
            break
        form = next((form for form in posts if {"login", "password"} & set(form["fields"])), posts[-1])
        fields = {**form["fields"]}
        fields |= {name: told for name, told in (("login", NAME), ("password", PASSWORD)) if name in fields}
        url, data = urllib.parse.urljoin(url, form["action"]), urllib.parse.urlencode(fields).encode()
    token = next((cookie.value for cookie in jar if cookie.name == "token"), "")
    print(json.dumps({"url": url, "token": token, "trail": trail, "cookies": cookies}))  # noqa: T201


main()
