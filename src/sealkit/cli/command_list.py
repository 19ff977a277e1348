"""The commands and what `sealkit --help` says of each, so that help and completion import no command."""

from __future__ import annotations

SUMMARIES = {
    "init": "Set up this repository: key, .sops.yaml, signing key and ledger, .gitignore, git hooks.",
    "bootstrap": "Make a cloned repository your own, with your key, values and ledger. In your own repository, "
    "set up this machine.",
    "doctor": "Check keys, .sops.yaml, sealed files, ledger, git hooks and machine. Prints one line per check, "
    "with the next command.",
    "split": "Move inline secrets out of manifests into sealed files.",
    "seal": "Encrypt files in place, as .sops.yaml requires, and sign them.",
    "edit": "Edit a sealed file in your editor (SOPS_EDITOR, VISUAL, EDITOR), then seal and sign it.",
    "get": "Print a decrypted file or a single value to a pipe, exactly as it is.",
    "set": "Set a value from standard input, or from a prompt without echo.",
    "unset": "Remove a value from its sealed file.",
    "mv": "Rename a value. The placeholders in the public tree and the example follow.",
    "rotate": "Give sealed files a new data key, like `sops rotate`. Recipients stay.",
    "renew": "Generate a new value, and list the workloads that must be restarted to get it.",
    "example": "Update the example tree to the shape of the private tree. Needs no key, and copies no sealed value.",
    "recipients": "List, add and remove recipients: who can decrypt which sealed files.",
    "review": "Print what changed in sealed files, ledger, .sops.yaml and allow list, as Markdown. Needs no key.",
    "approve": "Show what is not approved as a diff, with values masked, say what it means, and sign it with the signing key.",
    "trust": "Trust a signing key for this repository on this machine. Needed where neither this machine nor one of your keys "
    "knows it.",
    "merge": "Resolve a conflict in a sealed file by value, from the three versions in the index.",
    "merge-driver": "",
    "render": "Merge the public and private files of a target in memory and print the result, with sealed values masked.",
    "diff": "Show how the cluster differs from a target, with values masked. Exit code 1 if it differs.",
    "deploy": "Deploy a target: show the plan with values masked, ask, apply it server-side, and wait until every "
    "object is ready.",
    "rehearse": "Deploy a target to a temporary local control plane, with made-up values. Needs no key and no cluster.",
    "scan": "Find secrets in files, in the index or in commits. Needs no key, and never prints a value.",
    "audit": "Find secrets in the whole history: every blob, reachable or not, commit messages, and names of "
    "branches and files.",
    "report": "Combine reports. A finding that is in several reports is shown once.",
    "allow": "Accept a finding: add it to the allow list, with a reason. The list is a file in the repository, so "
    "reviewers see it.",
    "rule": "Explain a rule: what it finds, why that matters, and what to do.",
    "hook": "The git hooks of this clone.",
    "textconv": "",
}
"""Each command in the order of `--help`, with the first paragraph of its own help. Empty: a command that git calls, which is not
listed. The module of its name in `sealkit.cli.commands` registers it."""
