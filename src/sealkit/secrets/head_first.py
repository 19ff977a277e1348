"""Names whose word for a secret stands first, as Romance languages put it: `contrasena_postmaster`, `claveApi`, `jeton_acces`.

English and German say `api key`, Spanish says `clave api`. Such a name is turned round, so that one rule judges both.
"""

from __future__ import annotations

from collections.abc import Sequence


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HEADS = _words(
    "contrasena contrasenas contrasenya contrasenyes senha senhas mdp motdepasse clave claves chave chaves "
    "chiave chiavi cle jeton segredo segreto secreto llave"
)
"""Words for a password, a key, a token or a secret in Spanish, Catalan, Portuguese, French and Italian, which no other language
has at the beginning of a name."""
_PHRASES = {
    ("mot", "de", "passe"): "password",
    ("mot", "passe"): "password",
    ("palavra", "passe"): "password",
    ("parola", "ordine"): "password",
    ("parola", "d", "ordine"): "password",
    ("phrase", "secrete"): "passphrase",
    ("phrase", "de", "passe"): "passphrase",
    ("frase", "secreta"): "passphrase",
    ("frase", "segreta"): "passphrase",
    ("frase", "de", "paso"): "passphrase",
    ("frase", "de", "acceso"): "passphrase",
    ("codigo", "alarma"): "passcode",
    ("codigo", "alarme"): "passcode",
    ("codigo", "de", "alarma"): "passcode",
    ("codigo", "acceso"): "passcode",
    ("codigo", "acesso"): "passcode",
    ("codigo", "puerta"): "passcode",
    ("code", "alarme"): "passcode",
    ("code", "acces"): "passcode",
    ("codice", "allarme"): "passcode",
    ("codice", "accesso"): "passcode",
    ("token", "api"): "token",
    ("token", "acceso"): "token",
    ("token", "acces"): "token",
    ("token", "accesso"): "token",
    ("token", "acesso"): "token",
}
"""The same of several words, and the English word for each."""
_ADJECTIVES = _words("secreta secrete segreta privada privado privee prive privata privato publica publique pubblica")
"""`clave secreta` is a name that ends with what it is."""
_DESCRIBING = _words(
    "archivo fichero fichier arquivo ruta chemin caminho percorso nombre nom nome longitud longueur tamano "
    "tamanho lunghezza minima minimo maxima maximo caducidad caduca expiracion expiration dias jours giorni "
    "tipo usuario utilisateur utente politica politique obligatoria requerida olvidada oubliee esquecida "
    "dimenticata recuperar cambiar primaria foranea estrangeira etrangere hash registro fila indice"
)
"""Words after such a head that make the name one of a file, a date or a rule, or of a key of a table."""


def head_last(parts: Sequence[str]) -> list[str]:
    """The words of a name with its head at the end: `clave api` becomes `api clave`. Other names stay as they are; a name that
    only describes a secret becomes empty."""
    phrase = next((phrase for phrase in _PHRASES if tuple(parts[: len(phrase)]) == phrase), None)
    if phrase is not None:
        head, rest = _PHRASES[phrase], list(parts[len(phrase) :])
    elif len(parts) > 1 and parts[0] in _HEADS and parts[-1] not in _ADJECTIVES:
        head, rest = parts[0], list(parts[1:])
    else:
        return list(parts)
    return [] if not _DESCRIBING.isdisjoint(rest) else [*rest, head]
