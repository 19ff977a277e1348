"""Checks of one readable file: is everything sealed that should be, and does a sealed file agree with its selector and rule?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sealkit.model.finding import Finding
from sealkit.model.rules import finding
from sealkit.model.severity import Severity
from sealkit.sealed import leaf_state, sops_block_checks
from sealkit.sealed.leaf_state import Census, CensusLeaf, LeafState
from sealkit.sealed.metadata import Metadata, Selector
from sealkit.sealed.policy import CreationRule
from sealkit.sealed.selector import chosen
from sealkit.sealed.stores.parsed import Parsed
from sealkit.sealed.stores.store import format_of
from sealkit.source.filenames import POLICY, SIGNING_KEY

_TEMPLATES = (".tmpl", ".tpl", ".j2", ".template", ".example", ".sample", ".dist")
"""Names of files that are filled in later, which the path of a rule may match too."""


def plain_file(parsed: Parsed) -> Census:
    """A file that nothing requires to be sealed."""
    return Census(leaf_state.leaves_of(parsed, [False] * len(parsed.items)), ())


def file_without_block(parsed: Parsed) -> Census | None:
    """A file with sealed values but no `sops` block. None for any other file."""
    first = next((item for item in parsed.items if item.sealed or leaf_state.is_damaged(item)), None)
    if first is None:
        return None
    message = "sealed values without a sops block: the file cannot be decrypted"
    problem = finding("SK901", parsed.path, first.line, first.route, message, hint=_restore_hint(parsed))
    return Census(leaf_state.leaves_of(parsed, [True] * len(parsed.items)), (problem,))


def unsealed_file(parsed: Parsed, rule: CreationRule | None, *, private: bool = False) -> Census:
    """A file that should be sealed and is not, because of a rule for its path or because it is in the private tree.

    A template that only a rule matches is a warning."""
    path = parsed.path
    if rule is None and format_of(path) == "binary" and ".sops." not in path.rpartition("/")[2]:
        return plain_file(parsed)  # a README in the private tree
    selected = chosen(parsed, rule.selector) if rule is not None else [not item.comment for item in parsed.items]
    leaves = leaf_state.leaves_of(parsed, selected)
    findings = list(_unfilled_values(parsed, leaves, rule.selector if rule is not None else Selector()))
    open_leaves = [leaf for leaf in leaves if leaf.state is LeafState.OPEN and not leaf.comment]
    if open_leaves:
        message = (
            f"not sealed: its rule in {POLICY} seals {_leaf_count(len(open_leaves))}"
            if rule is not None
            else f"not sealed, but in the private tree, and no rule of {POLICY} matches it"
        )
        unsealed = finding("SK102", path, open_leaves[0].line, "", message, hint=f"sealkit seal {path}")
        if rule is not None and not private and (path.endswith(_TEMPLATES) or _gives_nothing_away(parsed, leaves)):
            unsealed = replace(unsealed, severity=Severity.WARNING)
        findings.insert(0, unsealed)
    return Census(leaves, tuple(findings))


def _gives_nothing_away(parsed: Parsed, leaves: Sequence[CensusLeaf]) -> bool:
    """Whether every value that a rule wants sealed is a variable, a path or a reference: a template."""
    kind = next((str(item.value) for item in parsed.items if item.route.keys == ("kind",)), "")
    return all(
        leaf_state.is_harmless(item, kind)
        for item, leaf in zip(parsed.items, leaves, strict=True)
        if leaf.state is LeafState.OPEN and not item.comment
    )


def sealed_file(parsed: Parsed, block: Metadata, rule: CreationRule | None) -> Census:
    """A sealed file. Every leaf that its own selector or that of its rule selects must be sealed."""
    own = chosen(parsed, block.selector)
    by_rule = chosen(parsed, rule.selector) if rule is not None and _selector_applies(rule, parsed) else own
    leaves = leaf_state.leaves_of(parsed, [a or b for a, b in zip(own, by_rule, strict=True)])
    findings = [*sops_block_checks.authenticity(parsed, block), *_leaf_findings(parsed, leaves, own)]
    findings += _exempt_secrets(parsed, leaves, block.selector)
    findings += _unfilled_values(parsed, leaves, block.selector)
    findings += sops_block_checks.version_support(parsed, block)
    if rule is not None:
        findings += sops_block_checks.against_rule(parsed, block, rule)
    return Census(leaves, tuple(findings))


def _selector_applies(rule: CreationRule, parsed: Parsed) -> bool:
    return bool(rule.selector.mode) and parsed.path != SIGNING_KEY and parsed.format != "binary"


def _leaf_findings(parsed: Parsed, leaves: Sequence[CensusLeaf], own: Sequence[bool]) -> Iterator[Finding]:
    """One finding for each open leaf, or a single one if a whole document or the whole file is open."""
    damaged = {index for index, item in enumerate(parsed.items) if leaf_state.is_damaged(item, parsed.format)}
    for index in sorted(damaged):
        item = parsed.items[index]
        message = "a sealed value is cut off or damaged, or has a type that cannot stand there"
        yield finding("SK901", parsed.path, item.line, item.route, message, hint=_restore_hint(parsed))
    for item, selected in zip(parsed.items, own, strict=True):
        if item.sealed and not selected and not item.comment:  # go-yaml may move comments
            yield finding("SK106", parsed.path, item.line, item.route)
    open_indexes = [index for index, leaf in enumerate(leaves) if leaf.state is LeafState.OPEN and index not in damaged]
    if not damaged and not any(leaf.state is LeafState.SEALED for leaf in leaves if not leaf.comment):
        open_values = [leaves[index] for index in open_indexes if not leaves[index].comment]
        yield from _nothing_sealed(parsed, leaves, open_values)
        if open_values:
            return
    open_documents = _open_documents(leaves)
    for document in sorted(open_documents):
        first = next(
            leaf for leaf in leaves
            if leaf.document == document and leaf.state is LeafState.OPEN and not leaf.comment
        )  # fmt: skip
        message = f"document {document + 1} of a sealed file is not sealed"
        yield finding("SK103", parsed.path, first.line, "", message)
    for index in open_indexes:
        leaf, value = leaves[index], leaf_state.found_value(parsed.items[index])
        if leaf.document in open_documents:
            continue
        if leaf.comment:
            yield finding("SK107", parsed.path, leaf.line, leaf.route, value=value)
            continue
        message = "" if own[index] else f"not sealed: the file has another selector than its rule in {POLICY}"
        yield finding("SK101", parsed.path, leaf.line, leaf.route, message, value=value)


def _nothing_sealed(
    parsed: Parsed, leaves: Sequence[CensusLeaf], open_values: Sequence[CensusLeaf]
) -> Iterator[Finding]:
    """A file with a `sops` block and no sealed value."""
    if open_values:
        message = f"a sops block, but nothing is sealed: {_leaf_count(len(open_values))} should be"
        yield finding("SK104", parsed.path, open_values[0].line, "", message)
    elif any(leaf.state is LeafState.EXEMPT for leaf in leaves if not leaf.comment):
        yield finding("SK105", parsed.path, 0, ".sops")
    elif not leaves:
        # the values were removed, or they are at places where the format has no values
        yield finding("SK105", parsed.path, 0, ".sops", "a sops block in a file without values")


def _open_documents(leaves: Sequence[CensusLeaf]) -> set[int]:
    """The documents with open leaves and without sealed ones, in a file with sealed leaves elsewhere."""
    with_sealed = {leaf.document for leaf in leaves if leaf.state is LeafState.SEALED}
    return {leaf.document for leaf in leaves if leaf.state is LeafState.OPEN and not leaf.comment} - with_sealed


def _exempt_secrets(parsed: Parsed, leaves: Sequence[CensusLeaf], selector: Selector) -> Iterator[Finding]:
    for item, leaf in zip(parsed.items, leaves, strict=True):
        if leaf.state is LeafState.EXEMPT and leaf_state.looks_secret(item, selector):
            yield finding("SK108", parsed.path, item.line, item.route, value=leaf_state.found_value(item))


def _unfilled_values(parsed: Parsed, leaves: Sequence[CensusLeaf], selector: Selector) -> Iterator[Finding]:
    for item, leaf in zip(parsed.items, leaves, strict=True):
        if leaf.state in {LeafState.OPEN, LeafState.EXEMPT} and leaf_state.is_unfilled(item, selector):
            yield finding("SK109", parsed.path, item.line, item.route, value=leaf_state.found_value(item))
        elif leaf.state is LeafState.EMPTY and not leaf.comment and leaf_state.is_blank_secret(item, selector):
            yield finding("SK109", parsed.path, item.line, item.route, "an empty value under the name of a secret")


def _leaf_count(number: int) -> str:
    return f"{number} {'leaf' if number == 1 else 'leaves'}"


def _restore_hint(parsed: Parsed) -> str:
    return f"find the last valid version: git log -p -- {parsed.path}"
