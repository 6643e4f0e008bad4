"""Tests that edit with real clients of the language server: pygls, Neovim with and without the plugin, Emacs.

    pip install --no-deps --require-hashes -r tests/editors/requirements.txt
    python3 -m unittest discover -s tests/editors -t . -p '*_test.py'

NEXTLINE_BINARY names the program (default: build/release/nextline). What an editor is given must be
what `nextline complete` says of the same text.
"""
