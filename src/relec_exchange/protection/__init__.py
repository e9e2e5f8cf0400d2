"""WHAT MUST NEVER BE: rules that no agreement and no officer can switch off.

Pure functions, run by the sender and again by the recipient. A refusal names its rule.
"""
