# The front door: meson and ninja do the work. What is missing is installed by scripts/setup.
#   make          build/memwhy, optimised         make run      install what is missing, build, run it
#   make check    all tests                       make lint     format, clang-tidy, cppcheck, shell, man, layering
#   make asan     unit tests with sanitizers      make fuzz     each parser fuzzed for FUZZ_SECONDS
#   make bench    measurements                    make format   apply .clang-format
#   make trials   TRIALS OOM kills predicted, here and in guests; SEED=N makes others
#   make install  PREFIX, DESTDIR                 make clean    remove what was built
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 5
TRIALS ?= 100
SEED ?= 1
# given to every `meson setup`; CI says --werror
SETUP_FLAGS ?=
# given to `meson test` by check
TEST_FLAGS ?=

NINJA = ninja -C
C_FILES = $(shell git ls-files '*.c' '*.h')

# $(call tree,FOLDER,OPTIONS): set a build folder up once
tree = @[ -f $(1)/build.ninja ] || { command -v meson >/dev/null || \
	{ echo "meson is missing: 'make run' installs what the build needs" >&2; exit 2; }; \
	meson setup $(1) $(2) $(SETUP_FLAGS); }

all:
	$(call tree,build,--buildtype=release --prefix=$(PREFIX))
	@$(NINJA) build

run:
	@scripts/setup build
	@$(MAKE) --no-print-directory all
	@./build/memwhy

check:
	@scripts/setup build check
	$(call tree,build-check,--buildtype=debugoptimized -Dtests=true)
	@$(NINJA) build-check
	@rm -f build-check/meson-logs/testlog.json
	@meson test -C build-check --no-rebuild $(TEST_FLAGS) </dev/null || true
	@tests/count build-check/meson-logs/testlog.json

asan:
	@scripts/setup build check
	$(call tree,build-asan,--optimization=1 --debug -Dc_args='-g1 -Wno-format-truncation' -Dtests=true -Db_sanitize=address$(,)undefined)
	@$(NINJA) build-asan
	@rm -f build-asan/meson-logs/testlog.json
	@meson test -C build-asan --no-rebuild --suite unit --suite fuzz --suite mutate -t 4 </dev/null || true
	@tests/count build-asan/meson-logs/testlog.json

lint:
	@scripts/setup build check lint
	$(call tree,build-check,--buildtype=debugoptimized -Dtests=true)
	@$(NINJA) build-check src/bpf/libmw_bpf.a # with the header that is made of its programs
	@mkdir -p build-lint
	@scripts/lint build-check >build-lint/lint.tap || true
	@tests/count build-lint/lint.tap

fuzz:
	@scripts/setup build check fuzz
	@scripts/fuzz build-fuzz $(FUZZ_SECONDS)

bench:
	@scripts/setup build check
	$(call tree,build-bench,--buildtype=release -Dbench=true)
	@$(NINJA) build-bench
	@build-bench/bench/run

trials:
	@scripts/setup build check
	$(call tree,build-check,--buildtype=debugoptimized -Dtests=true)
	@$(NINJA) build-check
	@tests/scenario/trial-machines build-check $(TRIALS) $(SEED)

format:
	@clang-format -i $(C_FILES)

install: all
	@meson install -C build --no-rebuild $(if $(DESTDIR),--destdir $(DESTDIR))

clean:
	rm -rf build build-check build-asan build-lint build-fuzz build-bench

, := ,
.PHONY: all run check asan lint fuzz bench trials format install clean
