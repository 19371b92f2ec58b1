"""Words that several services say of themselves."""


def answering(answers: bool | None) -> str:
    """Return whether something answers; None: nobody looked."""
    return {True: "answers", False: "does not answer", None: "not looked at"}[answers]
