import pytest

from llamakeep_lab.standin.program.modelfile import Command, ModelfileError, parameters, parse


def test_instructions_come_in_their_order():
    text = '# made by hand\nFROM smollm2:135m\nsystem """You are\nterse."""\nPARAMETER temperature 0\n'
    assert parse(text) == [
        Command("from", "smollm2:135m"),
        Command("system", "You are\nterse."),
        Command("temperature", "0"),
    ]


def test_a_parameter_has_its_options_type():
    commands = parse("FROM x\nPARAMETER stop <a>\nPARAMETER stop <b>\nPARAMETER num_ctx 2048\nPARAMETER top_p 0.5\n")
    assert parameters(commands) == {"stop": ["<a>", "<b>"], "num_ctx": 2048, "top_p": 0.5}


def test_a_message_has_a_role():
    assert parse("FROM x\nMESSAGE user Hello there\n")[1] == Command("message", "user: Hello there")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SYSTEM x\n", "no FROM line"),
        (
            "FORM x\n",
            '(line 1): command must be one of "from", "license", "template", "system", "adapter", "draft"',
        ),
        ('FROM x\nSYSTEM "never closed\n', "unexpected EOF"),
        ("FROM x\nMESSAGE robot hi\n", '(line 2): message role must be one of "system", "user", or "assistant"'),
    ],
)
def test_what_cannot_be_read_is_told_as_the_real_client_tells_it(text, told):
    with pytest.raises(ModelfileError) as error:
        parse(text)
    assert str(error.value).startswith(told)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("PARAMETER num_ctx many", "invalid int value [many]"),
        ("PARAMETER colour red", "unknown parameter 'colour'"),
    ],
)
def test_a_wrong_parameter_is_named(line, told):
    with pytest.raises(ModelfileError, match=told.replace("[", r"\[")):
        parameters(parse(f"FROM x\n{line}\n"))
