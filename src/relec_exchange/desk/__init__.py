"""What officers and systems ask of a running node: the calls behind the local API.

Each module answers for one subject and talks to the parts below; `core` is what they share. The
answers are plain dictionaries in the shapes of `relec_exchange.api.answers`.
"""
