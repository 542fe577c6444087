"""The command line `kamai`."""


def main() -> int:
    """Entry point; what the commands need is imported only now."""
    from kamai_client.cli.app import main as run

    return run()
