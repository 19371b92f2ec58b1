"""What a Go program writes and reads: JSON, durations, sizes."""

import pytest

from llamakeep_lab.standin.program import durations, gojson, human


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "missing request body"),
        (b"{not json", "invalid character 'n' looking for beginning of object key string"),
        (b'{"a":', "unexpected EOF"),
        (b'{"a" 1}', "invalid character '1' after object key"),
        (b'{"a":1 "b":2}', "invalid character '\"' after object key:value pair"),
        (b'{"a":[1 2]}', "invalid character '2' after array element"),
        (b'{"a":x}', "invalid character 'x' looking for beginning of value"),
        (b"[]", "json: cannot unmarshal array into Go value of type api.Request"),
    ],
)
def test_a_bad_body_is_told_in_gos_words(body, told):
    with pytest.raises(gojson.BodyError) as error:
        gojson.loads(body)
    assert str(error.value) == told


def test_what_follows_the_first_value_is_ignored():
    assert gojson.loads(b'{"a":1}{"b":2}') == {"a": 1}


def test_markup_is_escaped():
    assert gojson.dumps({"a": "<|im_end|> é"}) == '{"a":"\\u003c|im_end|\\u003e é"}'


def test_a_float_of_32_bits_is_written_short():
    assert gojson.shortest_float32(9.999999747378752e-06) == 1e-05


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("5m", 300), ("1h30m", 5400), ("300", 300), (60, 60), ("0", 0), (-1, float("inf")), ("-1s", float("inf"))],
)
def test_a_duration_is_read(value, seconds):
    assert durations.parse(value) == seconds


@pytest.mark.parametrize("value", ["soon", "5 m", "", True, None])
def test_what_is_no_duration_is_refused(value):
    with pytest.raises(ValueError, match=r"duration|invalid"):
        durations.parse(value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (300, "5m0s"),
        (0.070153554, "70.153554ms"),
        (0.000136172, "136.172µs"),
        (3.389942524, "3.389942524s"),
        (0, "0s"),
    ],
)
def test_a_duration_is_written(seconds, text):
    assert durations.form(seconds) == text


def test_sizes_and_counts_are_written_in_thousands():
    assert [human.size(98363105), human.size(1500), human.size(12)] == ["98 MB", "1.5 KB", "12 B"]
    assert [human.parameters(134515008), human.parameters(7 * 10**9)] == ["134.52M", "7B"]


@pytest.mark.parametrize(
    ("ahead", "text"),
    [(-5, "5 seconds ago"), (-90, "About a minute ago"), (-7200, "2 hours ago"), (310, "5 minutes from now")],
)
def test_a_time_is_told_by_its_distance(monkeypatch, ahead, text):
    monkeypatch.setattr(human.time, "time", lambda: 1_000_000.0)
    assert human.when(human.stamp(1_000_000.0 + ahead)) == text


def test_nine_digits_of_a_second_can_be_read():
    assert human.when("2024-01-01T00:00:00.123456789Z").endswith("ago")
