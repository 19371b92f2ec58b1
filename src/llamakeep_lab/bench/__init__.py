"""`make bench`: what the verbs cost, next to a bare ssh to the same hosts in the same run."""
