"""The findings of what is staged, without those that HEAD has already."""

from __future__ import annotations

from sealkit.model.finding import Finding
from sealkit.scan import earlier_blobs, ref_names
from sealkit.scan.context import Context
from sealkit.scan.earlier import Earlier
from sealkit.scan.engine import order, policies, scan_blob, unreadable
from sealkit.scan.staged import LINK, StagedBlobs, StagedChange
from sealkit.sealed.sops_block_checks import once_per_rule
from sealkit.source.git_objects import is_null


def scan(staged: StagedBlobs, context: Context) -> list[Finding]:
    """Every finding that what is staged adds to HEAD; those that HEAD has already are counted in the tally."""
    contents = {c.path: b.data for c in staged.changes if (b := staged.blobs.get(c.oid)) and b.data}
    findings = policies(contents, context)
    if findings:
        known = earlier_blobs.policies_of_head(staged)
        findings = [item for item in findings if earlier_blobs.problem_of(item) not in known]
    earlier = Earlier(lambda: earlier_blobs.of_commit(staged), context)
    for change in staged.changes:
        if is_null(change.oid) and change.status != "U":
            continue  # `git add -N`: nothing is committed yet
        if not context.excluded(change.path):
            context.tally.scanned += 1
            blob = staged.blobs.get(change.oid)
            found = _scan_change(change, staged, context)
            findings += earlier.without(found, change.path, change.oid, blob.data if blob is not None else None)
    names = ref_names.Names()
    names.look("file", (change.path for change in staged.changes))
    in_names = [item for item in names.findings if not context.allows(item)]
    if in_names:
        earlier.know(
            earlier_blobs.in_names(change.path for change in staged.all_changes if not is_null(change.old_oid))
        )
        in_names = earlier.without(in_names, "")
    kept = once_per_rule(dict.fromkeys(names.masked([*findings, *in_names])))
    return sorted(kept, key=order)


def _scan_change(change: StagedChange, staged: StagedBlobs, context: Context) -> list[Finding]:
    if change.status == "U":
        return [unreadable(change.path, "a conflict that is not resolved", f"resolve it, then: git add {change.path}")]
    blob = staged.blobs[change.oid]
    if blob.size < 0:
        hint = "git fsck; in a partial clone: git fetch --refetch"
        return [unreadable(change.path, "its object is missing", hint)]
    if blob.data is None:
        hint = "exclude it by name: scan.exclude in sealkit.yaml"
        return [unreadable(change.path, f"{blob.size // 1_000_000} MB are more than is read", hint)]
    if change.mode == LINK:  # the path it holds is published too, and never followed
        return [item for item in scan_blob(change.path, blob.data, context) if item.rule[:3] in {"SK2", "SK3"}]
    return scan_blob(change.path, blob.data, context)
