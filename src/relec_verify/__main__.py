"""`python -m relec_verify` is `relec-verify`."""

from relec_verify.command import run

if __name__ == "__main__":
    run()
