"""The gateway: TLS, keys, and the hosts behind them."""
