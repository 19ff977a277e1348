"""Which attributes of Terraform's resources hold a secret by the schema of their provider, and which words are only for people."""

from __future__ import annotations

SECRET_ATTRIBUTES: dict[str, frozenset[str]] = {
    kind: frozenset(attributes.split())
    for kind, attributes in {
        "kubernetes_secret": "data binary_data",
        "kubernetes_secret_v1": "data binary_data data_wo",
        "kubernetes_secret_v1_data": "data",
        "aws_secretsmanager_secret_version": "secret_string secret_binary secret_string_wo",
        "google_secret_manager_secret_version": "secret_data secret_data_wo",
        "azurerm_key_vault_secret": "value value_wo",
        "github_actions_secret": "plaintext_value encrypted_value value",
        "github_actions_organization_secret": "plaintext_value value",
        "github_actions_environment_secret": "plaintext_value value",
        "github_dependabot_secret": "plaintext_value value",
        "github_codespaces_secret": "plaintext_value value",
        "vault_generic_secret": "data_json",
        "vault_kv_secret": "data_json",
        "vault_kv_secret_v2": "data_json data_json_wo",
        "scaleway_secret_version": "data",
        "docker_secret": "data",
        "doppler_secret": "value",
        "infisical_secret": "value",
        "cloudflare_workers_secret": "secret_text",
        "cloudflare_worker_secret": "secret_text",
        "nomad_variable": "items",
        "set_sensitive": "value",
        "set_wo": "value",
    }.items()
}
"""By the type of a resource or block, from the documentation of its provider."""
SECURE_PARAMETER = "aws_ssm_parameter"
"""Its `value` is a secret where its `type` is `SecureString`."""

TEXT_FOR_PEOPLE = frozenset(["description", "error_message", "keepers", "comment", "condition"])
"""Attributes that are read by people, or only compared."""
PASSING = frozenset(
    "sensitive nonsensitive base64encode base64gzip sha1 sha256 sha512 md5 bcrypt base64sha256 base64sha512 urlencode "  # noqa: SIM905
    "textencodebase64 tostring toset tolist concat flatten compact distinct coalesce coalescelist try trimspace chomp trim one "
    "upper lower get_env".split()
)
"""Functions whose arguments are values of what their result is assigned to."""
