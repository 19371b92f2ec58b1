"""The one way to a host: ssh itself, by the command line of Ansible's own plugins, and a shell at its end."""
