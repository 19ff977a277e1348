"""What the name of a key, variable or option says about its value.

Names are judged word by word: `dbPassword`, `DB_PASSWORD` and `db-password` are all the words `db password`.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

from sealkit.secrets.head_first import head_last


class NameGrade(StrEnum):
    """What a name says: that its value is a password, another secret, perhaps a secret, or nothing."""

    PASSWORD = "password"
    SECRET = "secret"
    WEAK = "weak"
    NONE = "none"


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
PASSWORD_WORDS = word_set(
    "password passwords passwd passwds passphrase passcode pwd pass passwort passworter kennwort kennworter requirepass "
    "masterauth motdepasse mdp contrasena contrasenas contrasenya wachtwoord wachtwoorden senha senhas rootpw "
    "userpassword dbpass dbpassword mysqlpass pgpassword sshpass rcpass userpass loginpass adminpass rootpass keypass "
    "storepass httppasswd bindpw"
)
"""Words for a password, in English, German, French, Spanish, Catalan, Dutch and Portuguese."""
SECRET_WORDS = word_set(
    "apikey apikeys secretkey secretkeys privatekey accesskey credential credentials authtoken accesstoken clientsecret "
    "dsn psk geheimnis segreto segredo secreto geheim zugangsdaten masterkey encryptionkey signingkey appsecret "
    "jwtsecret sharedsecret webhooksecret apisecret secretaccesskey accountkey storagekey connectionstring connstr "
    "authkey bottoken apitoken refreshtoken sessiontoken passwordhash identitytoken registrytoken fernetkey wpakey "
    "presharedkey hmackey clave claves"
)
"""Words for a secret of another kind: what stands there is made by a program."""
_SECRET_ADJECTIVES = word_set("secreta secrete segreta")
_PRIVATE_ADJECTIVES = word_set("privada privado prive privee privata privato private privater privat")
_BEFORE_PRIVATE = word_set("wg wireguard clave chave cle chiave llave key")
"""`wg_privada`, `cle_privee`: a private key."""
_CODE_OF = word_set(
    "alarm alarma alarme allarme alarmanlage door gate garage lock unlock disarm entry access security safe voicemail pairing "
    "admin user login sim card device parental keypad setup"
)
"""What a PIN or code opens: `alarm_code`, `ADMIN_PIN`. A person chooses its digits; other codes and pins are numbers of things."""
_WEAK_WORDS = word_set(
    "token tokens key auth pw pin seed salt pepper sal salz schluessel schlussel cle chave chiave llave jeton sleutel parola "
    "nonce creds cred cookie otp totp mnemonic pat bearer authorization sas passkey nkey xkey keys secrets"
)
"""Words that mean a secret only where the value is a random one."""
_BEFORE_KEY = word_set(
    "api private secret access signing signature encryption encrypt session master shared account storage app "
    "application license auth hmac jwt cookie ssh deploy rndc tsig preshared server client unseal root crypt aes cipher "
    "fernet wireguard wg backup repository repo webhook consumer admin security vapid stream"
)
"""`key` names a secret after one of these words: `apiKey`, `SECRET_KEY`, `client-key-data`."""
_BEFORE_SECRET = word_set(
    "client app shared webhook jwt api session cookie consumer hmac oauth oidc signing encryption bot oauth2 token hook "
    "refresh master turn application rpc nextauth auth github gitlab google keycloak storage csrf credential"
)
"""In camel case or with dashes, `secret` names a Kubernetes Secret unless it follows one of these words: `clientSecret`."""
_BEFORE_TOKEN = word_set("auth access api bot refresh session bearer deploy registry webhook admin oauth jwt")
"""`token` after one of these words is what logs in, and no piece of a text: `auth_token`, `accessToken`."""
_METADATA_WORDS = word_set(
    "name names ref refs reference file files path paths url uri endpoint type types kind seconds minutes hours ttl "
    "expiry expiration lifetime duration interval namespace enabled disabled length size policy rotation hashed "
    "algorithm algo method methods mode version store source provider class count limit limits max min issuer audience "
    "audiences format header headers field fields prefix suffix selector template mount volume dir directory cm "
    "configmap id ids required optional reset strategy encoding review reviews host port env var variable generator "
    "charset description hint label title message cert certificate certs crt ca public pub manager operator service "
    "controller list age days validity usage per minute second hour day requests rate bucket usages scope scopes role "
    "roles user username group groups status state item items property position index column placeholder regex pattern "
    "schema validation strength complexity history expires expired created updated date time timeout at alias aliases "
    "server cache sha fingerprint thumbprint checksum digest help text page link login reader writer account binding "
    "annotation annotations arn vault backend engine keyring binary command cmd script hook handler callback response "
    "request body form grant grants flow supported auths"
)
"""A name that ends with one of these describes a secret, and does not hold one: `secretName`, `tokenPath`, `PASSWORD_FILE`."""
_SWITCH_WORDS = word_set(
    "no ask without use enable enabled disable allow require show skip is has existing forgot forgotten update change "
    "reset checksum detect confirm list export import delete receive recv generate rotate create verify validate check should max min num nopasswd automount passwordless hide "
    "toggle"
)
"""A name that starts with one of these is a switch, a label or a number: `--no-password`, `ask_pass`, `forgotPassword`."""
_REFERENCES = word_set(
    "secretkeyref secretref existingsecret secretname secretnamespace passwordkey passwordsecret tokensecret usernamekey "
    "secretkeyname automountserviceaccounttoken publickey secretstore imagepullsecret imagepullsecrets pullsecret "
    "tlssecret authsecret serviceaccounttoken passwordsecretkey existingsecretkey secretpasswordkey remotekey "
    "pubkey pubkeys sshpubkey wgpubkey existingsecretpasswordkey primarykey foreignkey partitionkey sortkey hashkeys hashedsecret usersigningkey hotkey keymap keyboard tokenizer"
)
"""Whole names, words joined, of references to a secret and of other keys."""
_NEUTRAL_BEFORE_KEY = word_set(
    "public primary role foreign partition sort cache group route object row column index map hot label annotation "
    "shortcut topology lookup host config translation i18n lang remote username site publishable gpg pgp password existing secretref ref "
    "data item metric registry hkey json yaml dict idempotency deduplication event message s3 prefix query param header "
    "field tag env claim"
)
"""`key` after one of these names an entry and no key."""
_PUBLIC = word_set(
    "public publica publico publique pubblica pubblico oeffentlich offentlicher authorized known checksum hashed"
)
_PUBLIC_SERVICES = word_set("pusher soketi reverb")
"""Services whose app key is public."""
_NO_SECRETS = frozenset([("pass", "through"), ("by", "pass"), ("level", "seed"), ("world", "seed")])
_VALUE_WORDS = word_set("data value plain base64 b64 text string base default raw literal current old new hash")
"""Words at the end of a name that say nothing: `client-key-data`, `password_value`."""
_NEUTRAL_PARENTS = word_set("valuefrom definitions translations messages labels annotations i18n")


@lru_cache(maxsize=16384)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, without accents: `clientSecretKey` is client, secret, key; `contraseña` is contrasena."""
    text = name[-128:]
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return tuple(word.lower() for word in _WORD.findall(text))


_DIRECTIVES = frozenset(
    ["proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass", "js_pass"]
)
"""Of nginx: the address to which a request is passed on. In capitals, it is the password of a proxy."""


@lru_cache(maxsize=16384)
def grade_name(name: str) -> NameGrade:
    """What a key, variable or option of this name says about its value."""
    if name in _DIRECTIVES:
        return NameGrade.NONE
    parts = list(words(name))
    while len(parts) > 1 and (parts[-1] in _VALUE_WORDS or parts[-1].isdigit() or len(parts[-1]) == 1):
        parts.pop()  # client-key-data, password_value, PASSWORD_1, secret_key_base, smtp_password_v4, tokenA
    if parts[-2:] == ["secret", "id"]:
        return NameGrade.WEAK  # of an AppRole it is one, elsewhere the name of one: its value tells
    if not parts or _is_reference(name, parts) or parts[-1] in _METADATA_WORDS or parts[0] in _SWITCH_WORDS:
        return NameGrade.NONE
    parts = head_last(parts)
    if not parts or not _PUBLIC.isdisjoint(parts) or tuple(parts[-2:]) in _NO_SECRETS:
        return NameGrade.NONE
    if parts[-2:] == ["app", "key"] and not _PUBLIC_SERVICES.isdisjoint(parts):
        return NameGrade.NONE
    return _grade_last(parts, upper=name.upper() == name)


def _is_reference(name: str, parts: list[str]) -> bool:
    """Whether a name is one of those for references. Kubernetes writes `passwordSecret`, programs `password_secret = …`."""
    return "".join(parts) in _REFERENCES and not ("_" in name and parts[-1] == "secret")


def _grade_last(parts: list[str], *, upper: bool) -> NameGrade:
    last, before = parts[-1], parts[-2] if len(parts) > 1 else ""
    if last in PASSWORD_WORDS or "".join(parts[-3:]) == "motdepasse" or (last == "pw" and before):
        return NameGrade.PASSWORD
    if (last in _SECRET_ADJECTIVES and (before in _WEAK_WORDS or before == "clave")) or (
        last in _PRIVATE_ADJECTIVES and before in _BEFORE_PRIVATE
    ):
        return NameGrade.SECRET  # clave secreta, wg_privada
    if last in {"code", "pin", "passcode"} and not _CODE_OF.isdisjoint(parts):
        return NameGrade.PASSWORD
    if last == "community" and "snmp" in parts:
        return NameGrade.SECRET
    if last == "secret":
        return NameGrade.SECRET if before in _BEFORE_SECRET else NameGrade.WEAK
    if last == "key":
        if before in _NEUTRAL_BEFORE_KEY:
            return NameGrade.NONE
        return NameGrade.SECRET if before in _BEFORE_KEY else NameGrade.WEAK
    if (
        last in SECRET_WORDS
        or (last, before) == ("string", "connection")
        or (last == "token" and before in _BEFORE_TOKEN)
    ):
        return NameGrade.SECRET
    if last in _WEAK_WORDS or _holds_key(parts):
        return NameGrade.WEAK
    return _grade_compound(last, upper=upper)


def _holds_key(parts: list[str]) -> bool:
    """Names of settings that hold a key without saying so: the gossip key of Consul and Nomad, the id of an app at
    OpenWeather and the claim of a Plex server, and what ends with the API whose key it is: `RADARR_API`."""
    return (parts[-1] == "api" and len(parts) > 1) or "".join(parts) in {
        "encrypt",
        "plexclaim",
        "appid",
        "shared",
    }


_LONG_PASSWORD_WORDS = tuple(word for word in PASSWORD_WORDS if len(word) > 5)
_LONG_SECRET_WORDS = tuple(word for word in SECRET_WORDS if len(word) > 5)


def _grade_compound(last: str, *, upper: bool) -> NameGrade:
    """Words written as one: `DBPASSWORD`, `HTTP_Passwd`, `mysecret`."""
    if last.endswith("pwd") or last.endswith(_LONG_PASSWORD_WORDS):
        return NameGrade.PASSWORD
    if last.endswith(_LONG_SECRET_WORDS):
        return NameGrade.SECRET
    if last.endswith(("secret", "token", "authkey", "apikey")) or (upper and last.endswith("key")):
        return NameGrade.WEAK
    return NameGrade.NONE


def is_secret_name(name: str) -> bool:
    """Whether a key, variable or option of this name usually holds a secret, and not the name or location of one."""
    return grade_name(name) in {NameGrade.PASSWORD, NameGrade.SECRET} or (
        names_secret(name) and words(name)[-1:] in {("token",), ("tokens",)}
    )


@lru_cache(maxsize=16384)
def names_login(name: str) -> bool:
    """Whether a name means the access key of an object store, the public half of a login: `S3_ACCESS_KEY`, not `secretAccessKey`
    nor the access key of an Azure storage account, which has no other half."""
    parts = words(name)
    key = parts[-1:] == ("accesskey",) or parts[-2:] == ("access", "key")
    return key and {"secret", "account", "storage", "private"}.isdisjoint(parts)


def names_secret(name: str) -> bool:
    """Whether a name may hold a secret at all."""
    return grade_name(name) is not NameGrade.NONE


def is_neutral_parent(name: str) -> bool:
    """Whether what stands below a key of this name are descriptions or references and not values."""
    return (
        name.lower() in _NEUTRAL_PARENTS
        or "".join(words(name)) in _REFERENCES
        or words(name)[-1:] in {("ref",), ("refs",)}
    )


_NEUTRAL_WORDS = word_set(
    "user username login database db dbname host hostname port region bucket realm email mail client tenant subject sub "
    "owner"
)


@lru_cache(maxsize=16384)
def is_neutral_name(name: str) -> bool:
    """Whether what a name names may be read by everyone, also beside a secret: `username`, `url`, `client_id`, `type`."""
    parts = words(name)
    return bool(parts) and (parts[-1] in _METADATA_WORDS or parts[-1] in _NEUTRAL_WORDS or parts[-1] in _PUBLIC)


def is_plural(name: str) -> bool:
    """Whether a name that may mean a secret is one for what stands in a mapping below it: `secrets`, `tokens`."""
    return words(name)[-1:] in {("secrets",), ("tokens",), ("creds",)}


def is_value_word(name: str) -> bool:
    """Whether a key says nothing of its own, so that the key above it counts: `value`, `default`, `plain`."""
    return name.lower() in _VALUE_WORDS
