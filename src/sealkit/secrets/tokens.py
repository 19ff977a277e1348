"""The patterns of keys and tokens, as their issuers publish them. Data only; scan and split share it.

`head` matches the shortest part that identifies the token, in the syntax that Hyperscan, RE2 and Python share. `tail` matches the
rest. Neither uses lookaround. The rules SK310 to SK317 differ in the kind of issuer.
"""

from __future__ import annotations

from typing import NamedTuple


class Token(NamedTuple):
    """The pattern of one token: the rule that reports it, its name in messages, and its two parts."""

    rule: str
    title: str
    head: str
    tail: str = ""


TOKENS: tuple[Token, ...] = (
    Token("SK303", "age identity", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    Token("SK303", "age identity (post-quantum)", r"AGE-SECRET-KEY-PQ-1[0-9A-Z]{20}", r"[0-9A-Z]{0,80}"),
    # code hosting
    Token("SK310", "GitHub token", r"gh[pousr]_[A-Za-z0-9]{36}", r"[A-Za-z0-9]{0,219}"),
    Token("SK310", "GitHub fine-grained token", r"github_pat_[A-Za-z0-9]{22}", r"[A-Za-z0-9_]{0,233}"),
    Token("SK310", "GitLab token", r"gl(?:pat|dt|rt|ptt|soat|cbt|oas|ffct|imt|agent)-[\w-]{20}", r"[\w.-]{0,280}"),
    Token("SK310", "GitLab runner token", r"GR1348941[A-Za-z0-9_-]{20}"),
    Token("SK310", "Bitbucket app password", r"ATBB[A-Za-z0-9]{32}"),
    Token("SK310", "Atlassian token", r"ATATT3[A-Za-z0-9_=-]{64}", r"[A-Za-z0-9_=-]{0,200}"),
    Token("SK310", "Linear key", r"lin_(?:api|oauth)_[A-Za-z0-9]{40}", r"[A-Za-z0-9]{0,24}"),
    Token("SK310", "Buildkite token", r"bkua_[a-z0-9]{40}"),
    Token("SK310", "CircleCI token", r"CCIP(?:AT|RJ)_[A-Za-z0-9]{22}_[a-f0-9]{40}"),
    # clouds
    Token("SK311", "AWS access key", r"(?:AKIA|ASIA)[A-Z0-9]{16}"),
    Token("SK311", "Google API key", r"AIza[A-Za-z0-9_-]{35}"),
    Token("SK311", "Google OAuth token", r"ya29\.[A-Za-z0-9_-]{20}", r"[A-Za-z0-9_.-]{0,1000}"),
    Token("SK311", "Google OAuth client secret", r"GOCSPX-[A-Za-z0-9_-]{28}"),
    Token("SK311", "Azure client secret", r"[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31}", r"[A-Za-z0-9_~.-]{0,3}"),
    Token("SK311", "Azure storage key", r"AccountKey=[A-Za-z0-9+/]{86}=="),
    Token("SK311", "DigitalOcean token", r"do[opr]_v1_[a-f0-9]{64}"),
    Token("SK311", "Cloudflare origin CA key", r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}"),
    Token("SK311", "Cloudflare tunnel token", r"eyJhIjoi[A-Za-z0-9+/]{100}", r"[A-Za-z0-9+/]{0,200}={0,2}"),
    Token("SK311", "Alibaba Cloud access key", r"LTAI[A-Za-z0-9]{20}"),
    Token("SK311", "Tencent Cloud secret id", r"AKID[A-Za-z0-9]{32}"),
    Token("SK311", "Fly.io token", r"(?:fo1_[A-Za-z0-9_-]{43}|fm[12][ar]?_[A-Za-z0-9+/]{100})", r"[A-Za-z0-9+/=]{0,2000}"),
    Token("SK311", "Heroku key", r"HRKU-AA[A-Za-z0-9_-]{58}"),
    Token("SK311", "Supabase token", r"sbp_[a-f0-9]{40}"),
    Token("SK311", "PlanetScale secret", r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32}", r"[A-Za-z0-9_.-]{0,32}"),
    Token("SK311", "Databricks token", r"dapi[a-f0-9]{32}", r"(?:-[0-9])?"),
    # chat and mail
    Token("SK312", "Slack token", r"xox[abeoprs]-[A-Za-z0-9-]{10}", r"[A-Za-z0-9-]{0,245}"),
    Token("SK312", "Slack app token", r"xapp-[0-9]-[A-Za-z0-9-]{10}", r"[A-Za-z0-9-]{0,245}"),
    Token("SK312", "Discord bot token", r"[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27}", r"[\w-]{0,11}"),
    Token("SK312", "Telegram bot token", r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}"),
    Token("SK312", "Twilio key", r"SK[0-9a-f]{32}"),
    Token("SK312", "SendGrid key", r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16}", r"[A-Za-z0-9_-]{0,48}"),
    Token("SK312", "Mailgun key", r"key-[0-9a-f]{32}"),
    Token("SK312", "Mailgun key", r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}"),
    Token("SK312", "Mailchimp key", r"[0-9a-f]{32}-us[0-9]{1,2}"),
    Token("SK312", "Brevo key", r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    Token("SK312", "Resend key", r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}"),
    Token("SK312", "Matrix access token", r"syt_[A-Za-z0-9+/]{2,80}_[A-Za-z]{20}_[A-Za-z0-9]{6}"),
    Token("SK312", "ntfy token", r"tk_[a-z0-9]{29}"),
    # payments and shops
    Token("SK313", "Stripe key", r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16}", r"[A-Za-z0-9]{0,239}"),
    Token("SK313", "Stripe webhook secret", r"whsec_[A-Za-z0-9+/]{20}", r"[A-Za-z0-9+/=]{0,235}"),
    Token("SK313", "Square token", r"(?:sq0atp-[A-Za-z0-9_-]{22}|sq0csp-[A-Za-z0-9_-]{43})"),
    Token("SK313", "Shopify token", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    Token("SK313", "Braintree token", r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}"),
    # AI models
    Token("SK314", "Anthropic key", r"sk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_-]{32}", r"[A-Za-z0-9_-]{0,200}"),
    Token("SK314", "OpenAI key", r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{32}", r"[A-Za-z0-9_-]{0,200}"),
    Token("SK314", "OpenRouter key", r"sk-or-v1-[0-9a-f]{64}"),
    Token("SK314", "OpenAI-style key", r"sk-[A-Za-z0-9]{32}", r"[A-Za-z0-9]{0,64}"),
    Token("SK314", "Hugging Face token", r"hf_[A-Za-z0-9]{30}", r"[A-Za-z0-9]{0,34}"),
    Token("SK314", "Replicate token", r"r8_[A-Za-z0-9]{37}"),
    Token("SK314", "Groq key", r"gsk_[A-Za-z0-9]{48}", r"[A-Za-z0-9]{0,8}"),
    Token("SK314", "Perplexity key", r"pplx-[A-Za-z0-9]{48}"),
    Token("SK314", "xAI key", r"xai-[A-Za-z0-9]{70}", r"[A-Za-z0-9]{0,20}"),
    Token("SK314", "LangSmith key", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    # packages and registries
    Token("SK315", "npm token", r"npm_[A-Za-z0-9]{36}"),
    Token("SK315", "PyPI token", r"pypi-[A-Za-z0-9_-]{50}", r"[A-Za-z0-9_-]{0,205}"),
    Token("SK315", "Docker Hub token", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20}", r"[A-Za-z0-9_-]{0,44}"),
    Token("SK315", "RubyGems key", r"rubygems_[a-f0-9]{48}"),
    Token("SK315", "NuGet key", r"oy2[a-z0-9]{43}"),
    Token("SK315", "crates.io token", r"cio[A-Za-z0-9]{32}"),
    Token("SK315", "Artifactory key", r"AKCp[A-Za-z0-9]{69}"),
    Token("SK315", "Clojars token", r"CLOJARS_[a-z0-9]{60}"),
    # infrastructure
    Token("SK316", "Vault token", r"hv[sbr]\.[A-Za-z0-9_-]{24}", r"[A-Za-z0-9_-]{0,276}"),
    Token("SK316", "Terraform Cloud token", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60}", r"[A-Za-z0-9_=-]{0,20}"),
    Token("SK316", "Tailscale key", r"tskey-[a-z]{2,10}-[A-Za-z0-9_-]{10}", r"[A-Za-z0-9_-]{0,90}"),
    Token("SK316", "Grafana token", r"glsa_[A-Za-z0-9]{32}", r"[A-Za-z0-9_]{0,32}"),
    Token("SK316", "Grafana Cloud token", r"glc_eyJ[A-Za-z0-9+/]{32}", r"[A-Za-z0-9+/=]{0,400}"),
    Token("SK316", "Pulumi token", r"pul-[0-9a-f]{40}"),
    Token("SK316", "Sentry token", r"sntr(?:ys_eyJ[A-Za-z0-9+/]{60}|yu_[a-f0-9]{64})", r"[A-Za-z0-9+/=_]{0,400}"),
    Token("SK316", "New Relic key", r"NRAK-[A-Z0-9]{27}"),
    Token("SK316", "Dynatrace token", r"dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    Token("SK316", "Doppler token", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.-]{40}", r"[A-Za-z0-9_.-]{0,40}"),
    Token("SK316", "1Password service token", r"ops_eyJ[A-Za-z0-9+/]{100}", r"[A-Za-z0-9+/=]{0,1200}"),
    Token("SK316", "k3s join token", r"K10[0-9a-f]{64}::(?:server|node|user):[A-Za-z0-9]{6}", r"[A-Za-z0-9.]{0,90}"),
    Token("SK316", "Postman key", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    Token("SK316", "Notion token", r"ntn_[A-Za-z0-9]{40}", r"[A-Za-z0-9]{0,20}"),
    Token("SK316", "Airtable token", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    Token("SK316", "Figma token", r"figd_[A-Za-z0-9_-]{40}"),
    Token("SK316", "Prefect key", r"pnu_[a-z0-9]{36}"),
    Token("SK317", "JSON Web Token", r"eyJ[\w-]{10,4096}\.eyJ[\w-]{10,8192}\.[\w-]{16}", r"[\w-]{0,2032}"),
)  # fmt: skip
"""All tokens. The first one that matches at an offset determines the rule."""

WEBHOOKS: tuple[Token, ...] = (
    Token("SK312", "Slack webhook", r"hooks\.slack\.com/(?:services|workflows|triggers)/", r"[A-Za-z0-9_/-]{16,200}"),
    Token("SK312", "Discord webhook", r"discord(?:app)?\.com/api/webhooks/[0-9]{5,25}/", r"[A-Za-z0-9_-]{16,200}"),
    Token("SK312", "Teams webhook", r"\.webhook\.office\.com/webhookb2/", r"[A-Za-z0-9@/-]{16,300}"),
)  # fmt: skip
"""URLs with a secret path: `head` is public, `tail` is the secret."""

BEFORE = r"(?<![A-Za-z0-9_])"
AFTER = r"(?![A-Za-z0-9])"
"""What must not precede or follow a token, for Python's `re`."""
