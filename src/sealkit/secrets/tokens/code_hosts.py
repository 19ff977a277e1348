"""Tokens of code hosts and of build services."""

from __future__ import annotations

from sealkit.secrets.tokens.token import Token

TOKENS: tuple[Token, ...] = (
    Token("SK310", "GitHub token", r"gh[pousr]_[A-Za-z0-9]{36}", r"[A-Za-z0-9]{0,219}",
          source="GitHub docs: token formats; gitleaks, kingfisher, betterleaks"),
    Token("SK310", "GitHub fine-grained token", r"github_pat_[A-Za-z0-9]{22}", r"[A-Za-z0-9_]{0,233}",
          source="GitHub docs: token formats; gitleaks, kingfisher, betterleaks"),
    Token("SK310", "GitLab token", r"gl(?:agent|cbt|dt|ffct|ft|imt|oas|pat|ptt|rt|rtr|soat|wt)-[\w-]{20}",
          r"[\w.-]{0,280}", source="GitLab docs: token prefixes; gitleaks, kingfisher, betterleaks"),
    Token("SK310", "GitLab runner token", r"GR1348941[A-Za-z0-9_-]{20}",
          source="GitLab docs: token prefixes; gitleaks, kingfisher, betterleaks"),
    Token("SK310", "GitLab session cookie", r"_gitlab_session=[0-9a-z]{32}", source="gitleaks, betterleaks"),
    Token("SK310", "Bitbucket app password", r"ATBB[A-Za-z0-9]{32}", source="Bitbucket docs: app passwords"),
    Token("SK310", "Atlassian token", r"AT(?:ATT|CTT)3[A-Za-z0-9_=-]{64}", r"[A-Za-z0-9_=-]{0,200}",
          source="Atlassian docs: API tokens"),
    Token("SK310", "Azure DevOps token", r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}",
          infix="AZDO", source="Azure DevOps docs: personal access tokens; kingfisher"),
    Token("SK310", "JetBrains token", r"perm[:-][A-Za-z0-9+/=]{2,100}\.[A-Za-z0-9+/=]{2,100}\.[A-Za-z0-9]{30}",
          source="YouTrack docs: permanent tokens"),
    Token("SK310", "Buildkite token", r"bkua_[a-z0-9]{40}", r"(?:[a-z0-9]{13})?", source="kingfisher, betterleaks"),
    Token("SK310", "Buildkite service token", r"bk(?:aa|aj|ar|ct|pat|ps|pt)_[A-Za-z0-9_-]{54}", r"[A-Za-z0-9_-]{0,290}",
          source="betterleaks"),
    Token("SK310", "CircleCI token", r"CCIP(?:AT|RJ)_[A-Za-z0-9]{22}_[a-f0-9]{40}", source="kingfisher, betterleaks"),
    Token("SK310", "Harness token", r"[ps]at\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}", source="gitleaks"),
    Token("SK310", "Mergify key", r"mergify_application_key_[A-Za-z0-9_-]{40}", r"[A-Za-z0-9_-]{0,160}",
          source="betterleaks"),
    Token("SK310", "Octopus Deploy key", r"API-[A-Z0-9]{26}", source="gitleaks, betterleaks"),
    Token("SK310", "Sourcegraph token", r"sgp_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40}",
          source="gitleaks, kingfisher, betterleaks"),
    Token("SK310", "Sourcegraph license key", r"sl[kd]_[a-f0-9]{64}", source="kingfisher"),
    Token("SK310", "SonarQube token", r"sq[apu]_[a-f0-9]{40}", source="kingfisher"),
    Token("SK310", "Linear key", r"lin_(?:api|oauth)_[A-Za-z0-9]{40}", r"[A-Za-z0-9]{0,24}",
          source="gitleaks, kingfisher, betterleaks"),
)  # fmt: skip
