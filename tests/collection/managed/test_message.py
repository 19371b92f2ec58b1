"""Where a message begins and ends."""

import pytest
from message import Body, Head

GET = b"GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n"


def answer(*fields):
    return Head(b"\r\n".join([b"HTTP/1.1 200 OK", *fields]) + b"\r\n\r\n")


@pytest.mark.parametrize(
    ("raw", "ends"),
    [
        (GET, False),
        (b"GET / HTTP/1.1\r\nConnection: Close\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nConnection: TE, close\r\n\r\n", True),
        (b"GET / HTTP/1.0\r\n\r\n", True),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\n\r\n", True),
    ],
)
def test_a_head_says_whether_the_connection_ends(raw, ends):
    assert Head(raw).ends_connection is ends


def test_a_request_without_a_length_has_no_body():
    assert Body.of_request(Head(GET)).done


@pytest.mark.parametrize("step", [1, 2, 3, 7, 100])
def test_chunks_are_counted_however_they_are_cut(step):
    chunks = b"5\r\nhello\r\n10;name=value\r\n0123456789abcdef\r\n0\r\nTrailer: x\r\n\r\n"
    data = chunks + b"HTTP/1.1 200 OK"
    body, taken = Body(chunked=True), 0
    while not body.done:
        taken += body.take(data[taken : taken + step])
    assert data[:taken] == chunks


def test_a_length_is_counted_to_its_end():
    body = Body.of_answer(answer(b"Content-Length: 5"), Head(GET))
    assert (body.take(b"hel"), body.done) == (3, False)
    assert (body.take(b"lo, more"), body.done) == (2, True)


def test_an_answer_without_a_length_lasts_as_long_as_the_connection():
    body = Body.of_answer(answer(), Head(GET))
    assert body.endless
    assert (body.take(b"anything"), body.done) == (8, False)


def test_an_answer_to_head_has_no_body_whatever_its_length():
    asked = Head(b"HEAD / HTTP/1.1\r\n\r\n")
    assert Body.of_answer(answer(b"Content-Length: 500"), asked).done


@pytest.mark.parametrize("size", [b"five", b"-6", b"+6", b"0x6", b"1_0", b"", b" 6", b"6 6", b"1" * 17])
def test_a_chunk_that_has_no_size_is_no_message(size):
    with pytest.raises(ValueError, match="no chunk size"):
        Body(chunked=True).take(size + b"\r\nhello\r\n")


@pytest.mark.parametrize("step", [1, 5000])
def test_a_chunk_size_and_a_trailer_have_an_end(step):
    for start in (b"6;", b"0\r\nTrailer: "):
        body, data = Body(chunked=True), start + b"x" * 5000
        pieces = [data[at : at + step] for at in range(0, len(data), step)]
        with pytest.raises(ValueError, match="a line of more than"):
            list(map(body.take, pieces))


@pytest.mark.parametrize(
    "size", [b"-6", b"+6", b"0x6", b"1_0", b"", b"five", b"5, 6", b"5,", b"5\r\nContent-Length: 6"]
)
def test_a_length_that_is_no_number_or_several_is_no_message(size):
    with pytest.raises(ValueError, match="no length"):
        Body.of_request(Head(b"POST / HTTP/1.1\r\nContent-Length: " + size + b"\r\n\r\n"))


def test_a_length_may_be_said_twice():
    assert answer(b"Content-Length: 5", b"Content-Length: 5").length == 5


def test_a_closing_head_tells_the_client():
    assert answer(b"Content-Length: 5").closing().split(b"\r\n")[1] == b"Connection: close"
