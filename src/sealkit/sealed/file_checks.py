"""The findings of one file that could be read: unsealed where it should be sealed, or sealed and held against its selector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sealkit.model.finding import Finding
from sealkit.model.rules import finding
from sealkit.sealed import leaf_state, sops_block_checks
from sealkit.sealed.leaf_state import Census, Leaf, State
from sealkit.sealed.metadata import Metadata, Selector
from sealkit.sealed.policy import CreationRule
from sealkit.sealed.selector import chosen
from sealkit.sealed.stores.parsed import Parsed
from sealkit.sealed.stores.store import format_of
from sealkit.source.filenames import POLICY, SIGNING_KEY


def unjudged(parsed: Parsed) -> Census:
    """A file that nothing says is to be sealed."""
    return Census(leaf_state.count(parsed, [False] * len(parsed.items)), ())


def torn(parsed: Parsed) -> Census | None:
    """A file with sealed values and no `sops` block; None for any other."""
    first = next((item for item in parsed.items if item.sealed or leaf_state.cut_off(item)), None)
    if first is None:
        return None
    found = leaf_state.count(parsed, [True] * len(parsed.items))
    message = "sealed values without a sops block: nothing opens them"
    return Census(found, (finding("SK901", parsed.path, first.line, first.route, message, hint=_restore(parsed)),))


def unsealed(parsed: Parsed, rule: CreationRule | None) -> Census:
    """A file that is to be sealed and is not: a rule singles it out, or it lies in the private tree."""
    path = parsed.path
    if rule is None and format_of(path) == "binary" and ".sops." not in path.rpartition("/")[2]:
        return unjudged(parsed)  # a read-me in the private tree
    seals = chosen(parsed, rule.selector) if rule is not None else [not item.comment for item in parsed.items]
    found = leaf_state.count(parsed, seals)
    problems = list(_to_fill_in(parsed, found, rule.selector if rule is not None else Selector()))
    still = [leaf for leaf in found if leaf.state is State.OPEN and not leaf.comment]
    if still:
        message = (
            f"not sealed: its rule in {POLICY} seals {_leaves(len(still))}"
            if rule is not None
            else f"not sealed, in the private tree, and no rule of {POLICY} matches it"
        )
        problems.insert(0, finding("SK102", path, still[0].line, "", message, hint=f"sealkit seal {path}"))
    return Census(found, tuple(problems))


def sealed(parsed: Parsed, block: Metadata, rule: CreationRule | None) -> Census:
    """A sealed file. A leaf that its own selector or its rule's seals must be; a rule without a selector says nothing here."""
    own = chosen(parsed, block.selector)
    wanted = chosen(parsed, rule.selector) if rule is not None and _says(rule, parsed) else own
    found = leaf_state.count(parsed, [one or other for one, other in zip(own, wanted, strict=True)])
    problems = [*sops_block_checks.authenticity(parsed, block), *_leaf_findings(parsed, found, own)]
    problems += _exempt(parsed, found, block.selector)
    problems += _to_fill_in(parsed, found, block.selector)
    problems += sops_block_checks.versions(parsed, block)
    if rule is not None:
        problems += sops_block_checks.against_rule(parsed, block, rule)
    return Census(found, tuple(problems))


def _says(rule: CreationRule, parsed: Parsed) -> bool:
    return bool(rule.selector.mode) and parsed.path != SIGNING_KEY and parsed.format != "binary"


def _leaf_findings(parsed: Parsed, found: Sequence[Leaf], own: Sequence[bool]) -> Iterator[Finding]:
    """Open leaves one by one, or in one finding where a document, or all of the file, stands open."""
    path, values = parsed.path, [leaf for leaf in found if not leaf.comment]
    cut = {at for at, item in enumerate(parsed.items) if leaf_state.cut_off(item)}
    for at in sorted(cut):
        item = parsed.items[at]
        message = "a sealed value that is cut off or damaged"
        yield finding("SK901", path, item.line, item.route, message, hint=_restore(parsed))
    for item, seals in zip(parsed.items, own, strict=True):
        if item.sealed and not seals and not item.comment:  # go-yaml moves comments about
            yield finding("SK106", path, item.line, item.route)
    still = [at for at, leaf in enumerate(found) if leaf.state is State.OPEN and at not in cut]
    open_values = [found[at] for at in still if not found[at].comment]
    if not cut and not any(leaf.state is State.SEALED for leaf in values):
        if open_values:
            message = f"a sops block over plain text: {_leaves(len(open_values))} to be sealed stand open"
            yield finding("SK104", path, open_values[0].line, "", message)
            return
        if any(leaf.state is State.EXEMPT for leaf in values):
            yield finding("SK105", path, 0, ".sops")
        elif not found:
            # what was there was cut out, or stands where the format reads no value
            yield finding("SK105", path, 0, ".sops", "a sops block, and nothing that it could seal")
    bare = _bare(found)
    for document in sorted(bare):
        first = next(leaf for leaf in values if leaf.document == document and leaf.state is State.OPEN)
        message = f"document {document + 1} of a sealed file is not sealed"
        yield finding("SK103", path, first.line, "", message, value_hash=str(document))
    for at in still:
        item, leaf = parsed.items[at], found[at]
        if leaf.document in bare:
            continue
        if leaf.comment:
            yield finding("SK107", path, leaf.line, leaf.route, value_hash=leaf_state.value_hash(item))
            continue
        whose = (
            "" if own[at] else f"stands open: the file was sealed under another selector than its rule in {POLICY} has"
        )
        yield finding("SK101", path, leaf.line, leaf.route, whose, value_hash=leaf_state.value_hash(item))


def _bare(found: Sequence[Leaf]) -> set[int]:
    """The documents with open leaves and no sealed one, in a file that has sealed leaves elsewhere."""
    sealed_in = {leaf.document for leaf in found if leaf.state is State.SEALED}
    return {leaf.document for leaf in found if leaf.state is State.OPEN and not leaf.comment} - sealed_in


def _exempt(parsed: Parsed, found: Sequence[Leaf], selector: Selector) -> Iterator[Finding]:
    for item, leaf in zip(parsed.items, found, strict=True):
        if leaf.state is State.EXEMPT and leaf_state.secret(item, selector):
            yield finding("SK108", parsed.path, item.line, item.route, value_hash=leaf_state.value_hash(item))


def _to_fill_in(parsed: Parsed, found: Sequence[Leaf], selector: Selector) -> Iterator[Finding]:
    for item, leaf in zip(parsed.items, found, strict=True):
        if leaf.state in {State.OPEN, State.EXEMPT} and leaf_state.to_fill_in(item, selector):
            yield finding("SK109", parsed.path, item.line, item.route, value_hash=leaf_state.value_hash(item))
        elif leaf.state is State.EMPTY and not leaf.comment and leaf_state.left_blank(item, selector):
            yield finding("SK109", parsed.path, item.line, item.route, "left blank under the name of a secret")


def _leaves(number: int) -> str:
    return f"{number} {'leaf' if number == 1 else 'leaves'}"


def _restore(parsed: Parsed) -> str:
    return f"look for the last whole version: git log -p -- {parsed.path}"
