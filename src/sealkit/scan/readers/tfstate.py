"""The state of Terraform and OpenTofu, which holds every secret in plain text, and their plans as JSON.

Encrypted state is sealed."""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.scan.readers.json_strings import Steps, loaded, strings
from sealkit.scan.readers.leaves import leaf
from sealkit.secrets.fields import Field
from sealkit.secrets.places import Place

_MARKS = ('"terraform_version"', '"lineage"', '"instances"', '"encryption_version"')
_RESULTS = {
    "random_password": ("result", "bcrypt_hash"),
    "tls_private_key": ("private_key_pem", "private_key_openssh", "private_key_pem_pkcs8"),
}
"""What these resources make. `random_string` is for what is no secret."""
_PLAN = ("values", "planned_values", "prior_state")


def may_be_state(text: str) -> bool:
    """A quick test: what fails it is no state."""
    return text[:80].lstrip("\ufeff \t\r\n")[:1] == "{" and any(mark in text for mark in _MARKS)


def is_sealed_state(text: str) -> bool:
    """Whether a text is state that OpenTofu has encrypted."""
    return '"encrypted_data"' in text and _is_sealed(loaded(text))


def read(text: str) -> list[Field] | None:
    """The fields of a plain state; none of an encrypted one; None where a text is no state."""
    held = loaded(text)
    if not isinstance(held, dict):
        return None
    if _is_sealed(held):
        return []
    if not _is_plain(held):
        return None
    secret = set(_by_schema(held))
    fields: list[Field] = []
    for steps, value in strings(text):
        if steps[-1] in {"lineage", "terraform_version", "schema_version", "private"}:
            continue  # `private` is what a provider keeps for itself, such as timeouts
        place = Place.SCHEMA if any(steps[:length] in secret for length in range(2, len(steps) + 1)) else None
        fields += leaf(_names(steps), value, place)
    return fields


def _is_sealed(held: object) -> bool:
    return isinstance(held, dict) and {"encrypted_data", "encryption_version"} <= held.keys()


def _is_plain(held: object) -> bool:
    if not isinstance(held, dict) or "encrypted_data" in held:
        return False
    if "format_version" in held and "terraform_version" in held:
        return any(held.get(key) for key in _PLAN)
    if not isinstance(held.get("version"), int):
        return False
    resources, outputs, modules = held.get("resources"), held.get("outputs"), held.get("modules")
    known = "terraform_version" in held or "lineage" in held
    if isinstance(resources, list) and any(isinstance(item, dict) and "instances" in item for item in resources):
        return True
    return known and bool(outputs or modules)


def _names(steps: Steps) -> tuple[str, ...]:
    """The names above a value: those of its resource's attributes, or of its output."""
    keys = [str(step) for step in steps if isinstance(step, str)]
    if "attributes" in keys:
        keys = keys[keys.index("attributes") + 1 :]
    if keys[:1] == ["outputs"]:
        keys = keys[1:]
    return tuple(part for key in keys for part in key.split(".") if not part.isdigit() and part not in {"%", "#"})


def _by_schema(held: dict[str, object]) -> Iterator[Steps]:
    """Where values stand that the state itself calls sensitive, or that a resource has made as secrets."""
    yield from _outputs(held.get("outputs"), ("outputs",))
    for index, module in enumerate(_list(held.get("modules"))):
        yield from _outputs(module.get("outputs"), ("modules", index, "outputs"))
        resources = module.get("resources")
        for name, item in resources.items() if isinstance(resources, dict) else ():
            at: Steps = ("modules", index, "resources", str(name), "primary", "attributes")
            for attribute in _RESULTS.get(str(item.get("type")), ()) if isinstance(item, dict) else ():
                yield (*at, attribute)
    for index, resource in enumerate(_list(held.get("resources"))):
        for number, instance in enumerate(_list(resource.get("instances"))):
            at = ("resources", index, "instances", number, "attributes")
            for attribute in _RESULTS.get(str(resource.get("type")), ()):
                yield (*at, attribute)
            for path in _sensitive(instance.get("sensitive_attributes")):
                yield (*at, *path)


def _outputs(outputs: object, at: Steps) -> Iterator[Steps]:
    for name, output in outputs.items() if isinstance(outputs, dict) else ():
        if isinstance(output, dict) and output.get("sensitive") is True:
            yield (*at, str(name), "value")


def _sensitive(paths: object) -> Iterator[Steps]:
    """`[[{"type": "get_attr", "value": "password"}]]`."""
    for path in paths if isinstance(paths, list) else ():
        steps: list[str | int] = []
        for step in path if isinstance(path, list) else [path]:
            value = step.get("value") if isinstance(step, dict) else step
            if isinstance(value, dict):
                value = value.get("value")  # an index: `{"value": 0, "type": "number"}`
            if not isinstance(value, str | int):
                break
            steps.append(value)
        if steps:
            yield tuple(steps)


def _list(value: object) -> list[dict[str, object]]:
    return [item if isinstance(item, dict) else {} for item in value] if isinstance(value, list) else []
