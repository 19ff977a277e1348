"""Tokens of package and image registries."""

from __future__ import annotations

from sealkit.secrets.tokens.token import UUID, Token

TOKENS: tuple[Token, ...] = (
    Token("SK315", "npm token", r"npm_[A-Za-z0-9]{36}", source="gitleaks, kingfisher, betterleaks"),
    Token("SK315", "PyPI token", r"pypi-[A-Za-z0-9_-]{50}", r"[A-Za-z0-9_-]{0,205}", source="gitleaks, kingfisher"),
    Token("SK315", "Docker Hub token", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20}", r"[A-Za-z0-9_-]{0,44}",
          source="kingfisher, betterleaks"),
    Token("SK315", "RubyGems key", r"rubygems_[a-f0-9]{48}", source="gitleaks, kingfisher, betterleaks"),
    Token("SK315", "NuGet key", r"oy2[a-z0-9]{43}", source="kingfisher"),
    Token("SK315", "crates.io token", r"cio[A-Za-z0-9]{32}", source="kingfisher, betterleaks"),
    Token("SK315", "Artifactory key", r"AKCp[A-Za-z0-9]{69}", source="gitleaks, kingfisher, betterleaks"),
    Token("SK315", "Artifactory reference token", r"cmVmdGtuOj[A-Za-z0-9]{54}", source="gitleaks, betterleaks"),
    Token("SK315", "Clojars token", r"CLOJARS_[a-z0-9]{60}", source="gitleaks, betterleaks"),
    Token("SK315", "Cloudsmith key", r"csa_[a-f0-9]{30}[A-Za-z0-9]{6}", source="betterleaks"),
    Token("SK315", "Open VSX token", r"ovsx(?:at|p)_" + UUID, source="Open VSX docs: access tokens"),
)  # fmt: skip
