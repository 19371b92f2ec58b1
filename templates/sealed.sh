#!/bin/sh
# Fails unless this unit's network is loopback and nothing else. systemd starts a unit without the network
# namespace that it asked for where it lacks the privilege to make one, and says so in the journal only.
names=$(tail -n +3 /proc/self/net/dev | cut -d: -f1 | tr -d ' ')
others=$(echo "$names" | grep -vx lo | tr '\n' ' ')
[ "$names" = lo ] && exit 0
if echo "$names" | grep -qx lo; then
  echo "not sealed, and therefore not started: this unit's network holds ${others}beside lo" >&2
else
  echo "not known to be sealed, and therefore not started: /proc/self/net/dev shows no loopback" >&2
fi
echo "expected: PrivateNetwork=yes of its unit file is in force" >&2
echo "→ systemctl cat shows what overrides it; tunnels that every namespace gets (tunl0, sit0, …) go away with" >&2
echo "  sysctl net.core.fb_tunnels_only_for_init_net=2" >&2
exit 1
