"""Settings of Open WebUI without which it is not private; what they should be is in the table of its role."""

# Without them it calls out, lets people in, runs their code, or shows an administrator chats. None is a secret.
PRIVATE = (
    "WEBUI_AUTH",
    "ENABLE_SIGNUP",
    "ENABLE_PERSISTENT_CONFIG",
    "OFFLINE_MODE",
    "ENABLE_VERSION_UPDATE_CHECK",
    "ENABLE_COMMUNITY_SHARING",
    "ENABLE_DIRECT_CONNECTIONS",
    "ENABLE_WEB_SEARCH",
    "ENABLE_ADMIN_CHAT_ACCESS",
    "ENABLE_ADMIN_EXPORT",
    "ENABLE_PLUGINS",
    "ENABLE_CODE_EXECUTION",
    "ENABLE_CODE_INTERPRETER",
    "ENABLE_PIP_INSTALL_FRONTMATTER_REQUIREMENTS",
)
COOKIES = (
    "WEBUI_AUTH_COOKIE_SECURE",
    "WEBUI_SESSION_COOKIE_SECURE",
    "WEBUI_AUTH_COOKIE_SAME_SITE",
    "WEBUI_SESSION_COOKIE_SAME_SITE",
)
ORIGIN = "CORS_ALLOW_ORIGIN"
