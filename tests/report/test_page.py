"""The page: one file, sound HTML, nothing loaded, nothing injected."""

from html.parser import HTMLParser

import pytest
from a_run import recorded

from llamakeep import report

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Reader(HTMLParser):
    """Keeps what the tests ask for, and whether every element is closed where it should be."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.ids, self.links, self.text = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values[name] for name in ("href", "src") if name in values]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append((tag, self.getpos()))

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture
def html(tmp_path):
    return report.write(recorded(tmp_path)).html.read_text()


def reading(html):
    reader = Reader()
    reader.feed(html)
    return reader


@pytest.mark.parametrize("stages", [(), ("verify",), ("inventory",), ("inventory", "observe", "plan")])
def test_the_page_is_sound(tmp_path, stages):
    found = reading(report.write(recorded(tmp_path, *stages)).html.read_text())
    assert (found.open, found.wrong) == ([], [])
    assert len(found.ids) == len(set(found.ids))


def test_nothing_is_loaded_from_anywhere(html):
    assert all(link.startswith("#") for link in reading(html).links)
    for word in ("http://", "https://", "url(", "@import", "<script"):
        assert word not in html


def test_every_link_leads_somewhere(html):
    found = reading(html)
    assert {link.removeprefix("#") for link in found.links} <= set(found.ids)


def test_what_a_host_said_is_text_and_no_markup(html):
    assert "<oops>" not in html
    assert "&lt;oops&gt; &amp; more" in html


def test_a_hosts_control_characters_are_struck_out(html):
    assert "\x1b" not in html
    assert "\ufffd[31m" in html


def test_it_reads_in_light_and_in_dark(html):
    assert "prefers-color-scheme: dark" in html
    assert 'content="light dark"' in html


def test_what_is_simulated_stands_at_the_top(html):
    text = "".join(reading(html).text)
    assert text.index("Not everything here is real") < text.index("Hosts")
    assert "a stand-in serves in place of the real Ollama" in text


def test_a_page_without_a_verdict_says_that_it_proves_nothing(tmp_path):
    text = report.write(recorded(tmp_path, "inventory")).html.read_text()
    assert "No claim was checked in this run: it proves nothing." in text
    assert "There is no record of <em>verify</em> in this run." in text


def test_what_failed_is_named_by_its_claim(html):
    text = " ".join("".join(reading(html).text).split())
    assert "FAILED firewall-table-gone firewall: the table is in force" in text
    assert "NOT CHECKED service-sees-network sealed: the service sees no …" in text
