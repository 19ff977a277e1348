"""Files of a repository that programs run by themselves where keys are at hand: a CI, a git client, a shell, an update bot.

Nothing signs them, because sealkit does not run them. A review shows them first; what else is outside is in the threat model.
"""

from __future__ import annotations

import re

_RUNS = re.compile(
    r"""(?:.*/)?(?:
        \.(?:github|gitea|forgejo|gitlab|circleci|buildkite|woodpecker|tekton|husky|githooks|devcontainer|vscode|idea)/.*
        | (?:git)?hooks/.*
        | \.(?:gitlab-ci|travis|drone|woodpecker|cirrus|pre-commit-config|pre-commit-hooks)\.ya?ml
        | \.?lefthook(?:-local)?\.ya?ml
        | (?:azure|bitbucket)-pipelines\.ya?ml | cloudbuild\.ya?ml | Jenkinsfile.*
        | (?:GNU)?[Mm]akefile.* | .*\.mk | \.?[Jj]ustfile | .*\.just
        | [Tt]askfile(?:\.dist)?\.ya?ml | Rakefile | Earthfile | Tiltfile | skaffold\.ya?ml
        | \.envrc.* | \.?mise(?:\.[a-z]+)?\.toml | \.tool-versions | (?:flake|shell|default)\.nix | devbox\.json
        | \.?renovate(?:rc)?(?:\.json5?)? | dependabot\.ya?ml | package\.json
        | \.gitattributes | \.gitmodules | CODEOWNERS
        | .*\.(?:sh|bash|zsh|fish|ps1|py)
    )\Z""",
    re.VERBOSE | re.DOTALL,
)


def runs_by_itself(path: str) -> bool:
    """Whether a program may run this file, or what it says, without somebody who typed its name."""
    return _RUNS.match(path) is not None
