"""What makes a password good enough, and which hashes are kept of it."""

from __future__ import annotations

from wfm.core.errors import BadInput, Sentence

#: Length counts, composition does not: NIST SP 800-63B section 3.1.1.2 and BSI ORP.4.A22 say so alike.
MIN_LENGTH, MAX_LENGTH = 12, 256
MIN_DIFFERENT = 5
#: What people take who are made to take twelve characters.
_COMMON = ("passwort", "password", "geheim", "willkommen", "hannover", "qwertz", "qwerty", "servicecenter", "12345678")
#: Why a password is refused.
TOO_SHORT_OR_LONG = Sentence(
    "Ein Passwort hat mindestens %(least)s und höchstens %(most)s Zeichen.", least=MIN_LENGTH, most=MAX_LENGTH
)
HAS_LOGIN = "Das Passwort darf den Anmeldenamen nicht enthalten."
TOO_FEW_DIFFERENT = Sentence("Das Passwort braucht mindestens %(least)s verschiedene Zeichen.", least=MIN_DIFFERENT)
TOO_COMMON = "Dieses Passwort wird zu oft benutzt: bitte ein anderes wählen."
WEAK = (TOO_SHORT_OR_LONG, HAS_LOGIN, TOO_FEW_DIFFERENT, TOO_COMMON)


def check_password(password: str, *, login: str) -> None:
    """Refuse a password that is soon guessed. Raises BadInput with the reason."""
    plain = password.casefold()
    reason: str
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        reason = TOO_SHORT_OR_LONG
    elif login.casefold() in plain:
        reason = HAS_LOGIN
    elif len(set(plain)) < MIN_DIFFERENT:
        reason = TOO_FEW_DIFFERENT
    elif any(len(plain.replace(word, "")) < MIN_LENGTH - 4 for word in _COMMON if word in plain):
        reason = TOO_COMMON
    else:
        return
    raise BadInput("password.weak", reason, field="password")
