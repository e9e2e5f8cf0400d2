"""`relec completion`: the script that makes a shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from relec_exchange.errors import InvalidInput


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    relec completion bash > ~/.local/share/bash-completion/completions/relec
    relec completion zsh  > ~/.zfunc/_relec
    relec completion fish > ~/.config/fish/completions/relec.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise InvalidInput(f"there is no completion for {shell}", field="shell")
    root = click.get_current_context().find_root().command
    click.echo(kind(root, {}, "relec", "_RELEC_COMPLETE").source())
