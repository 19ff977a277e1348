"""The commands that take a password, and where on their line it stands. Data only: triage reads the names of the programs too."""

from __future__ import annotations

from typing import NamedTuple

from sealkit.secrets.names import word_set

VALUE, ATTACHED, EITHER, PAIR, NTH, NAMED, STDIN, PASS, LITERAL = (
    "value", "attached", "either", "pair", "nth", "named", "stdin", "pass", "literal",
)  # fmt: skip
"""How a row reads its options: the value is the next word; only attached to the option; either; a login `user<mark>password`; the
`nth` word after `needs`; pairs of a name and a value; what is piped into the command; `pass:X` of OpenSSL;
`key=X` of a Secret, whatever the key is."""


class Row(NamedTuple):
    """How programs of these names take a password. `needs` is a word that must stand before, `mark` what parts user and password, or begins an option."""

    programs: str
    kind: str
    options: str = ""
    needs: str = ""
    mark: str = ":"
    nth: int = 0


TABLE: tuple[Row, ...] = (
    # registries and clouds
    Row("docker podman nerdctl buildah crane oras helm az oc regctl cosign singularity apptainer cf ibmcloud", VALUE, "-p", "login"),
    Row("docker podman nerdctl buildah crane oras helm regctl gh glab", STDIN, "--password-stdin --with-token --stdin", "login"),
    Row("docker podman", STDIN, needs="secret"),
    Row("skopeo buildah podman", PAIR, "--creds --src-creds --dest-creds"),
    Row("aws", NAMED, needs="set"),
    Row("mc mcli", NTH, needs="set", nth=3),
    Row("mc mcli", NTH, needs="add", nth=4),
    Row("gh", VALUE, "-b --body", "secret"),
    # HTTP and FTP
    Row("curl", PAIR, "-u --user -U --proxy-user"),
    Row("http https xh httpie", PAIR, "-a --auth"),
    Row("ab siege hey wrk", PAIR, "-A -a"),
    Row("lftp ncftp", PAIR, "-u", mark=","),
    Row("curl", VALUE, "--oauth2-bearer --pass"),
    # databases
    Row("mysql mysqldump mysqladmin mysqlimport mysqlcheck mysqlslap mysqlpump mariadb mariadb-dump mariadb-admin mariadb-check mydumper myloader", ATTACHED, "-p"),
    Row("mysqladmin mariadb-admin", NTH, needs="password"),
    Row("mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat mongotop cqlsh cypher-shell arangosh", VALUE, "-p"),
    Row("redis-cli redis-benchmark valkey-cli keydb-cli", VALUE, "-a --pass"),
    Row("sqlcmd bcp osql isql", EITHER, "-P"),
    Row("sqlplus impdp expdp sqlldr rman exp imp", PAIR, mark="/"),
    Row("etcdctl", PAIR, "--user"),
    Row("rabbitmqctl rabbitmqctl.bat", NTH, needs="add_user", nth=1),
    Row("rabbitmqctl rabbitmqctl.bat", NTH, needs="change_password", nth=1),
    Row("rabbitmqctl rabbitmqctl.bat", NTH, needs="authenticate_user", nth=1),
    Row("rabbitmqadmin", VALUE, "-p"),
    Row("elasticsearch-users", VALUE, "-p"),
    # plugins of Nagios
    Row("check_mysql check_mysql_query check_mysql_health check_pgsql check_ldap check_smtp check_imap", VALUE, "-p -P"),
    Row("check_http check_ntlm", PAIR, "-a"),
    # directories, shares, hosts
    Row("ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldappasswd ldapcompare ldapmodrdn", EITHER, "-w"),
    Row("ldappasswd", EITHER, "-s"),
    Row("slappasswd", EITHER, "-s"),
    Row("smbclient rpcclient winexe smbmap smbget net nmblookup wmic", PAIR, "-U --user", mark="%"),
    Row("net net.exe", NTH, needs="use", mark="/"),
    Row("net net.exe", NTH, needs="user", mark="/", nth=1),
    Row("sshpass", EITHER, "-p"),
    Row("plink pscp psftp plink.exe pscp.exe", VALUE, "-pw"),
    Row("xfreerdp xfreerdp3 wlfreerdp", ATTACHED, "/p:"),
    Row("rdesktop psexec evil-winrm xtightvncviewer", VALUE, "-p"),
    Row("snmpwalk snmpget snmpset snmpbulkwalk snmptrap snmpstatus snmptable", VALUE, "-A -X"),
    Row("ipmitool", EITHER, "-P"),
    Row("nmcli", NAMED),
    Row("wpa_passphrase", NTH, nth=1),
    Row("useradd usermod", VALUE, "-p"),
    Row("ssh-keygen", VALUE, "-N -P"),
    Row("chpasswd", STDIN),
    Row("passwd", STDIN, "--stdin"),
    Row("sudo", STDIN, "-S --stdin"),
    Row("kinit cryptsetup", STDIN),
    # Kubernetes
    Row("kubectl oc k3s microk8s", LITERAL, "--from-literal", "secret"),
    # files
    Row("htpasswd mosquitto_passwd", NTH, needs="-b", nth=2),
    Row("htpasswd", NTH, needs="-n", nth=1),
    Row("mosquitto_pub mosquitto_sub mosquitto_rr", EITHER, "-P"),
    Row("openssl", PASS, "-pass -passin -passout -password"),
    Row("openssl", VALUE, "-k -K"),
    Row("zip unzip zipinfo", EITHER, "-P"),
    Row("7z 7za 7zz 7zr rar unrar", ATTACHED, "-p"),
    Row("rclone", NAMED, needs="create"),
    Row("rclone", NTH, needs="obscure"),
    # settings
    Row("npm yarn pnpm pip poetry git gcloud kubectl snap pulumi occ", NAMED, needs="set"),
    Row("git", NAMED, needs="config"),
    Row("dotnet", NAMED, needs="set"),
    Row("ConvertTo-SecureString", NTH),
)  # fmt: skip

PROGRAMS = frozenset(program for row in TABLE for program in row.programs.split())
"""The names of all programs of the table: a line with one of them is worth a look."""

_EVERYWHERE = word_set(
    "git npm yarn pnpm pip poetry gcloud kubectl snap sudo passwd curl wget docker podman helm zip unzip dotnet psql mysql "
    "redis-cli openssl rclone http https"
)
RARE_PROGRAMS = frozenset(program for program in PROGRAMS - _EVERYWHERE if len(program) > 3)
"""Programs that a text names for their own sake. The passwords of the others have an option or a name of their own to look for."""
