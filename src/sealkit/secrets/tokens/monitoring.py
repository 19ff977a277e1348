"""Keys of monitoring, analytics and security services."""

from __future__ import annotations

from sealkit.secrets.tokens.token import UUID, Token

TOKENS: tuple[Token, ...] = (
    Token("SK316", "Grafana token", r"glsa_[A-Za-z0-9]{32}", r"[A-Za-z0-9_]{0,32}", source="gitleaks, kingfisher"),
    Token("SK316", "Grafana Cloud token", r"glc_eyJ[A-Za-z0-9+/]{32}", r"[A-Za-z0-9+/=]{0,400}",
          source="gitleaks, kingfisher, betterleaks"),
    Token("SK316", "Grafana key", r"eyJrIjoi[A-Za-z0-9+/]{60}", r"[A-Za-z0-9+/]{0,340}={0,2}",
          source="kingfisher, betterleaks"),
    Token("SK316", "Sentry token", r"sntrys_eyJ[A-Za-z0-9+/]{60}", r"[A-Za-z0-9+/=_]{0,400}", source="gitleaks"),
    Token("SK316", "Sentry user token", r"sntry[aiu]_[a-f0-9]{64}", source="gitleaks, betterleaks"),
    Token("SK316", "New Relic key", r"NRAK-[A-Z0-9]{27}", source="New Relic docs: API keys; gitleaks, kingfisher"),
    Token("SK316", "New Relic insert key", r"NRI[IQ]-[A-Za-z0-9_-]{32}", source="New Relic docs: API keys; gitleaks"),
    Token("SK316", "New Relic REST key", r"NRRA-[a-f0-9]{42}", source="New Relic docs: API keys"),
    Token("SK316", "New Relic license key", r"[0-9a-z]{6}[0-9a-f]{26}FFFFNRAL",
          infix="FFFFNRAL", source="New Relic docs: license keys"),
    Token("SK316", "Dynatrace token", r"dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}",
          source="Dynatrace docs: token format; kingfisher"),
    Token("SK316", "Honeycomb key", r"hcaik_[0-9a-z]{58}", source="Honeycomb docs: ingest keys"),
    Token("SK316", "Coralogix key", r"cxt[hpu]_[A-Za-z0-9]{30}", source="Coralogix docs: API keys"),
    Token("SK316", "Axiom token", r"xa(?:at|pt)-" + UUID, source="Axiom docs: API tokens"),
    Token("SK316", "Logfire token", r"pylf_v[12]_(?:eu|us)_[A-Za-z0-9]{40}", r"[A-Za-z0-9]{0,6}",
          source="Logfire docs: write tokens"),
    Token("SK316", "Rootly key", r"rootly_[a-f0-9]{64}", source="betterleaks"),
    Token("SK316", "PostHog key", r"phx_[A-Za-z0-9_]{41}", r"[A-Za-z0-9_]{0,8}", source="betterleaks"),
    Token("SK316", "Segment token", r"sgp_[A-Za-z0-9]{64}", source="kingfisher, betterleaks"),
    Token("SK316", "Fullstory key", r"(?:eu1|na1)\.[A-Za-z0-9+/]{100}", r"[A-Za-z0-9+/=]{0,40}",
          source="kingfisher, betterleaks"),
    Token("SK316", "Dependency-Track key", r"odt_[A-Za-z0-9]{32}", r"[A-Za-z0-9_]{0,223}", source="kingfisher"),
    Token("SK316", "StackHawk key", r"hawk\.[A-Za-z0-9_-]{20}\.[A-Za-z0-9_-]{20}", source="kingfisher"),
    Token("SK316", "Aikido token", r"AIK_CI_[A-Za-z0-9]{20}", r"[A-Za-z0-9]{0,44}", source="betterleaks"),
    Token("SK316", "Aikido secret", r"AIK_SECRET_[A-Za-z0-9]{64}", source="betterleaks"),
    Token("SK316", "Nightfall key", r"NF-[A-Za-z0-9]{32}", source="kingfisher"),
    Token("SK316", "MaxMind license key", r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk",
          infix="_mmk", source="gitleaks, kingfisher, betterleaks"),
    Token("SK316", "WakaTime key", r"waka_" + UUID, source="WakaTime docs: API keys"),
)  # fmt: skip
