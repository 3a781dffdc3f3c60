"""What makes a password good enough, and which hashes are kept of it."""

from __future__ import annotations

from wfm.core.errors import BadInput

#: Length counts, composition does not: NIST SP 800-63B section 3.1.1.2 and BSI ORP.4.A22 say so alike.
MIN_LENGTH, MAX_LENGTH = 12, 256
MIN_DIFFERENT = 5
#: What people take who are made to take twelve characters.
_COMMON = ("passwort", "password", "geheim", "willkommen", "hannover", "qwertz", "qwerty", "servicecenter", "12345678")


def check_password(password: str, *, login: str) -> None:
    """Refuse a password that is soon guessed. Raises BadInput with the reason."""
    plain = password.casefold()
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        reason = f"Ein Passwort hat mindestens {MIN_LENGTH} und höchstens {MAX_LENGTH} Zeichen."
    elif login.casefold() in plain:
        reason = "Das Passwort darf den Anmeldenamen nicht enthalten."
    elif len(set(plain)) < MIN_DIFFERENT:
        reason = f"Das Passwort braucht mindestens {MIN_DIFFERENT} verschiedene Zeichen."
    elif any(len(plain.replace(word, "")) < MIN_LENGTH - 4 for word in _COMMON if word in plain):
        reason = "Dieses Passwort wird zu oft benutzt: bitte ein anderes wählen."
    else:
        return
    raise BadInput("password.weak", reason, field="password")
