"""Commands of the documentation that a test does not run, each with the reason. Kept no longer than needed: each must
stand in the documentation."""

BUILDS = "builds; other parts of scripts/test do that"
TESTS = "runs tests, some of which run this one"
OPENS = "opens a page, and waits for a reader"
UNPACKED = "is for the unpacked archive, which tests/release installs"
INSTALLS = "installs into an editor that is not there"

NOT_RUN = {
    "make run": "is the part 'run' of scripts/test",
    "make serve": OPENS,
    "make vsix": BUILDS,
    "make cuda": BUILDS,
    "make build": BUILDS,
    "make release": BUILDS,
    "make test": TESTS,
    "code --install-extension build/nextline-linux-x64.vsix": INSTALLS,
    "cmake --preset debug && cmake --build --preset debug": BUILDS,
    "scripts/test build asan": TESTS,
    "ctest --test-dir build/release -L unit --output-on-failure": TESTS,
    "python3 -m tests.side_by_side tests/integration": TESTS,
    'ln -s "$PWD/bin/nextline" ~/.local/bin/nextline': UNPACKED,
    "code --install-extension editor-plugins/nextline.vsix": INSTALLS,
    'ln -s "$PWD/editor-plugins/neovim" ~/.local/share/nvim/site/pack/nextline/start/nextline': UNPACKED,
    "nextline serve --stdio --remote https://completions.example --remote-model Qwen/Qwen2.5-Coder-7B":
        "wants a server elsewhere; serve_remote_test has one",
    "nextline serve --stdio --remote http://127.0.0.1:8012 --remote-api infill":
        "wants llama.cpp's server; tests/remote has one",
    "nextline serve --stdio": "waits for an editor; every test of the server is one",
    "nextline models fetch --from ~/Downloads/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf":
        "wants a file that a reader has from elsewhere; models_test fetches from files",
}

# Minutes, and nothing else running: `make test-long` runs them.
LONG = {
    "build/release/nextline bench all",
    """for bench in 'verify --context 16' 'verify --context 8192' 'prefill --context 32' \\
             'prefill --context 128' 'prefill --context 512'; do
  build/release/nextline bench $bench --json
done | docs/draw_speed_limits.py > docs/speed-limits.svg""",
    "nextline bench decode --context 512",
    "nextline bench prefill --context 512",
    "nextline bench edit --context 2048",
    "nextline bench verify --context 512",
    "scripts/soak --edits 330000",
    "scripts/soak --seed 7 -- --refresh off",
}
