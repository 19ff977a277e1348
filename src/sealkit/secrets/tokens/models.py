"""Keys of AI models and of the services around them."""

from __future__ import annotations

from sealkit.secrets.tokens.token import UUID, Token

TOKENS: tuple[Token, ...] = (
    Token("SK314", "Anthropic key", r"sk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_-]{32}", r"[A-Za-z0-9_-]{0,200}",
          source="gitleaks, kingfisher"),
    Token("SK314", "OpenAI key", r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{32}", r"[A-Za-z0-9_-]{0,200}",
          source="gitleaks"),
    Token("SK314", "OpenRouter key", r"sk-or-v1-[0-9a-f]{64}", source="betterleaks"),
    Token("SK314", "MiniMax key", r"sk-api-[A-Za-z0-9_-]{100}", r"[A-Za-z0-9_-]{0,40}", source="betterleaks"),
    Token("SK314", "Langfuse secret key", r"sk-lf-" + UUID, source="Langfuse docs: API keys"),
    Token("SK314", "Helicone key", r"sk-helicone(?:-[a-z0-9]{7}){4}", source="Helicone docs: API keys"),
    Token("SK314", "OpenAI-style key", r"sk-[A-Za-z0-9]{32}", r"[A-Za-z0-9]{0,64}", source="gitleaks, kingfisher"),
    Token("SK314", "Hugging Face token", r"hf_[A-Za-z0-9]{30}", r"[A-Za-z0-9]{0,34}", source="gitleaks, kingfisher"),
    Token("SK314", "Hugging Face organization token", r"api_org_[A-Za-z]{34}",
          source="gitleaks, kingfisher, betterleaks"),
    Token("SK314", "Replicate token", r"r8_[A-Za-z0-9]{37}", source="kingfisher, betterleaks"),
    Token("SK314", "Groq key", r"gsk_[A-Za-z0-9]{48}", r"[A-Za-z0-9]{0,8}", source="kingfisher, betterleaks"),
    Token("SK314", "Perplexity key", r"pplx-[A-Za-z0-9]{48}", source="gitleaks, betterleaks"),
    Token("SK314", "xAI key", r"xai-[A-Za-z0-9_-]{70}", r"[A-Za-z0-9_-]{0,50}", source="betterleaks"),
    Token("SK314", "NVIDIA key", r"nvapi-[A-Za-z0-9_-]{60}", r"[A-Za-z0-9_-]{0,10}", source="betterleaks"),
    Token("SK314", "Cerebras key", r"csk-[a-z0-9]{48}", source="betterleaks"),
    Token("SK314", "Together AI key", r"tgp_v1_[A-Za-z0-9_-]{43}", source="betterleaks"),
    Token("SK314", "RunPod key", r"rpa_[A-Z0-9]{40}[A-Za-z0-9]{6}", source="betterleaks"),
    Token("SK314", "ElevenLabs key", r"sk_[a-f0-9]{48}", source="kingfisher, betterleaks"),
    Token("SK314", "Cartesia key", r"sk_car_[A-Za-z0-9_]{20}", r"[A-Za-z0-9_]{0,12}", source="kingfisher"),
    Token("SK314", "Pinecone key", r"pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{63}", source="betterleaks"),
    Token("SK314", "Weights & Biases key", r"wandb_v1_[A-Za-z0-9_]{77}", source="betterleaks"),
    Token("SK314", "LangSmith key", r"lsv2_(?:pt|sk)_[0-9a-fA-F]{32}_[0-9a-fA-F]{10}", source="betterleaks"),
    Token("SK314", "LangSmith legacy key", r"ls__[0-9a-f]{32}", source="LangSmith docs: API keys"),
    Token("SK314", "LlamaCloud key", r"llx-[A-Za-z0-9]{48}", source="LlamaIndex docs: LlamaCloud API keys"),
    Token("SK314", "Jina AI key", r"jina_[a-f0-9]{32}[A-Za-z0-9_-]{28}", source="Jina AI docs: API keys"),
    Token("SK314", "Tavily key", r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{32}", source="kingfisher"),
    Token("SK314", "Firecrawl key", r"fc-[a-f0-9]{32}", source="Firecrawl docs: API keys"),
    Token("SK314", "Browserbase key", r"bb_(?:live|test)_[A-Za-z0-9_-]{27}", source="kingfisher"),
    Token("SK314", "E2B key", r"e2b_[a-f0-9]{40}", source="E2B docs: API keys"),
    Token("SK314", "Devin key", r"apk_user_[A-Za-z0-9+/]{120}", r"[A-Za-z0-9+/]{0,60}={0,2}", source="betterleaks"),
    Token("SK314", "Devin service key", r"apk_[A-Za-z0-9+/]{80}", r"[A-Za-z0-9+/]{0,20}={0,2}", source="betterleaks"),
    Token("SK314", "Devin user token", r"cog_[a-z2-7]{52}", source="betterleaks"),
)  # fmt: skip
