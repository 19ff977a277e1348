"""What the prefilter looks for beside names: forms that `secrets.text` reads, rows of files of logins, and names in another order.

Data only; as in `scan.patterns`, whose table these are part of, a pattern may match too much, and none looks around.
"""

from __future__ import annotations

CLOSE = r"(?:\\?[\"'`)\]*]|\\?&quot;|&\x2334;){0,4}"
"""Marks between a name and its sign: quotes, brackets, emphasis."""
TO_VALUE = rf"{CLOSE}[ \t]*(?:=>|[:?+]?=|:)[ \t]*"
HEADED = (
    rf"(?:contrase(?:n|\xc3\xb1|ny)as?|senhas?|mdp|claves?|chaves?|chiave|jeton|segredo|segreto|secreto|llave)_?[a-z][\w.-]{{0,40}}{TO_VALUE}",
    rf"(?:cl(?:e|\xc3\xa9)[_-][a-z]{{2,20}}|code[_-]?(?:d[_-])?(?:alarme|acces)|codi(?:go|ce)[_-][\w-]{{3,30}}|token[_-]?(?:api|acc?es[so]o?|acceso|acces)){TO_VALUE}",
    rf"(?:phrase|frase|parola|palavra)[_-](?:de?[_-])?(?:secrete|secreta|segreta|ordine|passe|paso|acceso){TO_VALUE}",
    rf"(?:alarma?e?|allarme|unlock|disarm|door|gate|garage|entry|access|pairing|security|safe)[_-]?code{TO_VALUE}",
    rf"(?:privad[ao]|priv(?:e|\xc3\xa9)e?|privat[ao]){TO_VALUE}",
    rf"(?:^|[^a-z])salz?{TO_VALUE}",
    rf"snmp[\w-]{{0,20}}community{TO_VALUE}",
    rf"[a-z0-9]_api{TO_VALUE}[\"']?[a-z0-9]{{16}}",
    rf"(?:encrypt|appid|claim){TO_VALUE}\\?[\"']?[a-z0-9+/-]{{22}}",
    rf"secret_?id{TO_VALUE}[\"']?[0-9a-f]{{8}}-",
)
"""Names that put the word for a secret first, or say it in other words (`secrets.head_first`, `secrets.names`)."""
SPOKEN = (
    r"pass(?:wor[dt]|phrase|code)|kennwort|mot[ -]de[ -]passe|mdp|contrase(?:\xc3\xb1|ny)a|clave|senha|palavra[ -]passe|"
    r"wachtwoord|d(?:'|\xe2\x80\x99)ordine|pwd"
)
"""The words for a password that sentences have."""
FORMS = (
    # calls: a login by position, a hash with a literal
    r"(?:PDO|mysqli|getConnection|(?:mysqli?|pg|oci|odbc|mssql)_p?connect|ftp_login|imap_open|ldap_bind|DBI->connect|sqlx?\.connect)[ \t]*\([^\n]{0,200},",
    r"(?:basic_?auth|credentials?|login|authenticate|userpass|auth[ \t]*=[ \t]*)\([ \t]*[bru@$]{0,2}\\?[\"'`][^\"'`\n]{1,80}\\?[\"'`][ \t]*,[ \t]*[bru@$]{0,2}\\?[\"'`]",
    r":basic,[ \t]*[\"'][^\"'\n]{1,80}[\"'][ \t]*,|basic_auth[ \t]+[\"'][^\"'\n]{1,80}[\"'][ \t]*,",
    r"algoliasearch\([ \t]*[\"']",
    r"(?:hmac\w{0,12}|sha(?:1|224|256|384|512)|md5|SecretKeySpec)[ \t]*\([^\n]{0,120}[\"'][a-z0-9+/=_-]{16}",
    r"(?:md5|sha1|sha256)[ \t]*\([^\n]{0,80}\)[ \t]*[!=]==?[ \t]*[\"'][0-9a-f]{32}",
    # connections
    r"jdbc:oracle:thin:[^\s/@\"']{1,60}/[^\s@]",
    # settings of several words
    r"neighbor[ \t]+\S{1,60}[ \t]+password[ \t]",
    r"stats[ \t]+auth[ \t]+[^\s:]{1,60}:",
    r"hdr\([^)\s]{1,60}\)[ \t]+-m[ \t]+str[ \t]",
    r"(?:snmp-server[ \t]+community|r[ow]community6?|com2sec)[ \t]",
    r"snmp[ \t]+community[ \t]+(?:set|add)[ \t]",
    r":[ \t]+(?:RSA|ECDSA|PKCS8|PKCS12|P12)[ \t]+\S{1,200}[ \t]+[\"']",
    r"passwd/(?:root|user)-password(?:-again)?[ \t]+password[ \t]",
    r"_credentials[ \t]*=[ \t]*[\"'][^\s:\"']{1,60}:",
    r"user[ \t]+[\w.@-]{1,60}[ \t]+o(?:n|ff)[ \t][^\n]{0,80}[>#][^\s]{6}",
    r"\bdns[ \t]+[a-z][a-z0-9]{1,30}[ \t]+[a-z0-9_-]{20}",
    r"\$USER[0-9]{1,3}\$=[^/\s]",
    r":\{(?:PLAIN|CLEAR|CLEARTEXT|PLAIN-MD5)\}[^\s]",
    r"https?_x_\w{0,40}(?:key|token|secret|auth)\w{0,20}[ \t]*!?=",
    rf"(?:{SPOKEN})[*]{{0,2}}[ \xc2\xa0]{{0,3}}[:=]?[ \xc2\xa0]{{1,3}}[*]{{0,2}}(?:`|\xe2\x80\x9e|\xc2\xab)",
    rf"(?:user|login|account|nutzer|konto|utilisateur|identifiant|usuari[oa]|usu\xc3\xa1rio|utente|gebruiker)[^\n|]{{1,70}}[ ,;/](?:{SPOKEN})[ \xc2\xa0]{{1,3}}[^\s`\"'<>|,;:]{{6}}",
    r"`(?:admin|root|administrator|user|guest|pi|ubuntu|operator|manager|monitor|service)`[ ]?/[ ]?`",
    r"(?:cl\xc3\xa9|clef|clave|chave|chiave|schl\xc3\xbcssel|sleutel|key|token|jeton)[ ](?:d.|de )?(?:api|wi-?fi|wlan)(?:[ ][^ \n:=]{2,30}){0,2}[ \xc2\xa0]{0,3}[:=]",
    r"[\"'`]bearer[ ]{1,4}[A-Za-z0-9._~+/=-]{20}",
    r"\bdefault[ \t]+\(?[\"'][^\"'\n]{12,200}[\"'][ )]+[\w.$]{0,60}(?:token|key|clave|chave|pass)",
    r"network_?key[\"']?[ \t]*[:=][ \t]*\[[ \t]*(?:0x)?[0-9a-f]{1,3}[ \t]*,",
)
"""Forms that no name gives away, or only one that means little elsewhere; read by `secrets.text`."""
BLOCKS = (
    r"chpasswd[^\n]{0,60}(?:\n[^\n]{0,40})?(?:<<|list:)",
    r"assword[^\n]{0,60}\n?[^\n]{0,60}send[ \t]+(?:--[ \t]+)?\\?[\"'][^\"'\n]{4,80}\\[rn]",
    r"<auth-user-pass>",
)
"""The same over several lines."""
ROW_FORMS = (
    r"^(?:\xef\xbb\xbf)?(?:\s*#[^\n]{0,200}\n)*[\w.@-]{1,60}:[^\s:]{5,200}(?:[\r\n]|\Z)",
    r"\]:(?:25|465|587|2525|submissions?|smtps?)[ \t]+[^\s:]{1,100}:[^\s]{3}",
    r"\nuser=[^\s:]{1,60}:[^\s]",
)
KEY_FILES = (r"^[0-9a-f]{32}\s*\Z", r"^[A-Za-z0-9+/]{60}")
"""Rows of files of logins, and files that are one key: their names tell them from other text (`scan.login_files`)."""
