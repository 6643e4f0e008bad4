# Nextline. `make run` shows it at work, `make test` runs every test; see README.md.

.PHONY: run serve build cuda vsix release fuzz test test-long peers replay format tidy clean

run: build
	@scripts/run

serve: build
	@scripts/serve

build:
	@scripts/bootstrap build
	@cmake --preset release --log-level=WARNING
	@cmake --build --preset release --target nextline

cuda:
	@scripts/bootstrap build
	@cmake --preset cuda --log-level=WARNING
	@cmake --build --preset cuda --target nextline

vsix: build
	@scripts/vsix --with-server

release: build
	@scripts/release

fuzz:
	@scripts/bootstrap build test
	@cmake --preset asan --log-level=WARNING
	@cmake --build --preset asan --target tests/fuzz/all
	@scripts/fuzz $(if $(MINUTES),--minutes $(MINUTES)) $(FUZZER)

test:
	@scripts/test

test-long:
	@scripts/test --long

peers:
	@scripts/peers

replay:
	@scripts/replay

format:
	@scripts/bootstrap style
	@git ls-files -z '*.cc' '*.h' | xargs -0 clang-format-14 -i

tidy: build
	@scripts/bootstrap style
	@git ls-files -z 'engine/*.cc' 'lsp/*.cc' 'server/*.cc' | xargs -0 -n 1 -P 2 clang-tidy-14 --quiet -p build/release

clean:
	rm -rf build
