"""What runs on the hosts of the front door: programs for their own Python, standard library only, 3.9 and later."""
