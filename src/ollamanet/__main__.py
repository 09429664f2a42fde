"""`python -m ollamanet` is the `ollamanet` command."""

from ollamanet.bootstrap.cli import main

if __name__ == "__main__":
    main(prog_name="ollamanet")
