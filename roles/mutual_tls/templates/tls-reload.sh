#!/bin/sh
# tls-reload: has every service that shows or checks certificates take them anew, and returns when all of them have.
set --
for unit in $(systemctl show -P PropagatesReloadTo llamakeep-tls.service); do
    systemctl -q is-active "$unit" && set -- "$@" "$unit"
done
[ $# -eq 0 ] || systemctl reload "$@"
