"""What an operation tells while it works, and what it asks. An operation never prints, prompts or exits by itself."""

from __future__ import annotations

from sealkit.errors import RefusedError


class Events:
    """The default for scripts: says nothing, and nobody can be asked. The command line and tests override the methods."""

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked."""
        return False

    def progress(self, message: str) -> None:
        """A step that is done, or is under way."""

    def warning(self, message: str, hint: str | None = None) -> None:
        """Something that the user should know and that stops nothing. `hint` says what to type."""

    def hint(self, text: str) -> None:
        """What to do next."""

    def confirm(self, question: str, *, default: bool = False) -> bool:
        """The answer to a yes-or-no question: `default` for an empty one, False where nobody can be asked."""
        return False

    def ask_secret(self, what: str) -> str:
        """A value that a person types without echo. Raises RefusedError for an empty one, or where nobody can be asked."""
        raise RefusedError(f"{what}: not a terminal; nothing was written", hint="run it on a terminal")

    def require_yes(self, question: str, *, hint: str, outcome: str = "nothing was written") -> None:
        """Ask, and go on after a yes only. Raises RefusedError where the answer is no, or where nobody can be asked (then with
        this hint). `outcome` ends the message."""
        if not self.interactive:
            raise RefusedError(f"not a terminal; {outcome}", hint=hint)
        if not self.confirm(question):
            raise RefusedError(f"declined; {outcome}")


class RecordedEvents(Events):
    """Keeps what an operation tells in lists, for a script that shows it later; answers every question as told.

    `messages` are the texts of `progress`, `warnings` pairs of message and hint, `hints` what to do next.
    """

    def __init__(self, *, answer: bool | None = None) -> None:
        self.answer = answer
        self.messages: list[str] = []
        self.warnings: list[tuple[str, str | None]] = []
        self.hints: list[str] = []
        self.questions: list[str] = []

    @property
    def interactive(self) -> bool:
        """Whether an answer was given to the constructor."""
        return self.answer is not None

    def progress(self, message: str) -> None:
        """Kept in `messages`."""
        self.messages.append(message)

    def warning(self, message: str, hint: str | None = None) -> None:
        """Kept in `warnings`."""
        self.warnings.append((message, hint))

    def hint(self, text: str) -> None:
        """Kept in `hints`."""
        self.hints.append(text)

    def confirm(self, question: str, *, default: bool = False) -> bool:
        """The answer that was given to the constructor; the question is kept in `questions`."""
        self.questions.append(question)
        return bool(self.answer)
