#!/bin/bash
# gateway-acme-take FOLDER: gives the gateway the certificate that the ACME client keeps there, if it is another one.
set -e -o pipefail
umask 077
to=/etc/llamakeep/gateway/acme.pem
new=$(mktemp "$to.XXXXXX")
trap 'rm -f "$new"' EXIT
# As the client's user: whoever speaks through it chooses what is read here.
runuser -u llamakeep-acme -- cat "$1/fullchain.pem" "$1/privkey.pem" >"$new"
cmp -s "$new" "$to" && exit 0
chgrp llamakeep-gateway "$new"
chmod 0640 "$new"
if ! systemctl --quiet is-active llamakeep-gateway.service; then
    mv "$new" "$to"
    exit 0
fi
[[ -e $to ]] && ln -f "$to" "$to.before"
mv "$new" "$to"
if ! systemctl reload llamakeep-gateway.service; then
    [[ -e $to.before ]] && mv "$to.before" "$to"
    echo "the gateway did not take the new certificate, and serves with the old one" >&2
    exit 1
fi
rm -f "$to.before"
