#!/bin/sh
# Fails unless this unit's network is loopback and nothing else. systemd starts a unit without the network
# namespace that it asked for where it lacks the privilege to make one, and says so in the journal only.
others=$(tail -n +3 /proc/self/net/dev | cut -d: -f1 | tr -d ' ' | grep -vx lo | tr '\n' ' ')
[ -z "$others" ] && exit 0
echo "not sealed, and therefore not started: this unit's network holds ${others}beside lo" >&2
echo "expected: PrivateNetwork=yes of its unit file is in force" >&2
echo "→ systemctl cat shows what overrides it; tunnels that every namespace gets (tunl0, sit0, …) go away with" >&2
echo "  sysctl net.core.fb_tunnels_only_for_init_net=2" >&2
exit 1
