#!/bin/bash
# gateway-confined: fails where the firewall would let the gateway's user speak to anybody but the doors behind it.
user=$(id -u llamakeep-gateway) || exit 1
if ! nft list chain inet llamakeep gateway 2>/dev/null | grep -q '^[[:space:]]*reject'; then
    echo "the nft table inet llamakeep does not confine the gateway: apply the role firewall to this host first" >&2
    exit 1
fi
if ! nft list chain inet llamakeep out | grep -q "^[[:space:]]*meta skuid \(\"llamakeep-gateway\"\|$user\) jump gateway$"; then
    echo "the nft table inet llamakeep confines another user than llamakeep-gateway ($user): apply the role firewall anew" >&2
    exit 1
fi
