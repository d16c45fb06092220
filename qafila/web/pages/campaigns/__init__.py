"""Contracts: the list, and one contract with its funnel, failures, waiting messages, history and pace."""
