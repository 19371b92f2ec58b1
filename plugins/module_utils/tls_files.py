"""How TLS between hosts is named in an inventory, and where it lies on a host."""

from __future__ import annotations

MUTUAL = "mutual"  # what ollama_api_tls and open_webui_tls say of a door that asks for certificates
FOLDER = "/etc/llamakeep/tls"
# The certificate with its key, the trusted roots, and the lists of what is revoked.
CERTIFICATE, ROOTS, REVOKED = f"{FOLDER}/host.pem", f"{FOLDER}/roots.pem", f"{FOLDER}/revoked.pem"
PEM = {"host": CERTIFICATE, "roots": ROOTS, "revoked": REVOKED}  # for templates
