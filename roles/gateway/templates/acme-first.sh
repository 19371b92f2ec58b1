#!/bin/bash
# gateway-acme-first: has a certificate asked for where there is none yet, and fails with the words of the ACME server.
[[ -s /etc/llamakeep/gateway/acme.pem ]] && exit 0
systemctl start llamakeep-gateway-acme.service && exit 0
journalctl --unit llamakeep-gateway-acme.service --lines 9 --output cat --no-pager >&2
exit 1
