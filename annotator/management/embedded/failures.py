"""The one error of this package: a sentence that tells a person what went wrong and what to do."""


class StartFailure(Exception):
    """Winnow cannot start; the message is one line for the terminal."""


class StopAsked(Exception):
    """A person or the system asked for the end while something was still starting."""
