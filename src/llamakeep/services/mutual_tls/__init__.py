"""TLS between the hosts of the fleet: the certificate by which the others know one."""
