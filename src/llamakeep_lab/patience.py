"""How long the lab waits before it calls something broken, in seconds: for a busy machine, ten times an idle one's."""

BOOT = 600  # until systemd has booted and sshd answers; an idle machine takes two
COMMAND = 600  # for one command on a host
START = 120  # until a program that was started is ready
GONE = 120  # until the engine has let go of what it removes
ANSWER = 300  # for one answer of a model
CONVERGE = 1800  # for one converge of a whole fleet, a chat among it
PLAYBOOK = 900  # for one converge of one host
