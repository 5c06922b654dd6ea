"""How any service runs: messages, transactions, timers, health. Knows no service."""
