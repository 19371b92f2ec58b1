"""llamakeep: private AI servers from bare hosts, sealed off the network and proven.

The flow is the layout: inventory, observe, plan, converge, verify, report.
"""

__version__ = "0.1.0"
