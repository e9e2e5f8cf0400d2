"""The edges: each module implements one port and makes no rules."""
