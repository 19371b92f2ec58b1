"""The firewall: who may come to the ports of ours."""
