# make demo   build, fetch the default model, ask it a question through the daemon's socket
# make test   build and run all tests
# make test-arm64  the ARM kernels under emulation, bit for bit
# make test-cross  all unit tests, built for ARM and run under emulation as three processors; as root
# make compare-cross  logits of the default model on ARM, the same bytes as here; as root
# make bench  the packed kernels beside the speed of memory and of dot products (docs/benchmarks.md)
# make fuzz   the readers of model files with random input, each for SECONDS, or RUNS times the same (docs/checking.md)
# make lint   formatting, dependency arrows, forbidden constructs, units and their sandbox
# make install  binaries, units, manual pages and completions below DESTDIR
# make deb    Debian packages in .build/deb, from the last commit
# make reproducible  makes the packages twice and compares them byte by byte; checks their hardening
# make acceptance  real clients and hostile ones against the real daemon (docs/checking.md); ONLY="load privacy"
# make container-test  the daemon under a real systemd, in a container of Debian SUITE (bookworm or trixie); as root
# make vm-test  the same, memory pressure, heat, light and button, in emulated machines of SUITE and ARCH with the kernel of
#             KERNEL; CHECKS="gpio"; as root. Light and button with libgpiod 1: SUITE=bookworm ARCH=arm64 KERNEL=bookworm
# make package-test  makes the packages, installs, asks, upgrades, removes and purges them in such a container; as root
# make vm-package-test  the same in an emulated machine of SUITE and ARCH; as root
# make check  release binaries: size, linkage, and the daemon end to end with curl and the clients of OpenAI and Ollama

MODELS := .build/models
RELEASE := .build/release
PYTHON := .build/python/bin/python
DEFAULT_MODEL := $(MODELS)/smollm2-135m-deepseek.gguf

.PHONY: demo deb reproducible test bench fuzz lint check acceptance container-test vm-test package-test \
	vm-package-test test-arm64 test-cross compare-cross install release models prerequisites clean

demo: prerequisites release $(DEFAULT_MODEL)
	Tools/demo.sh $(RELEASE) $(DEFAULT_MODEL)

test: prerequisites models
	swift build --build-tests
	Tools/test.sh

bench: prerequisites
	@swift build -c release --package-path Benchmarks --product kernel-bench >&2
	@Benchmarks/.build/release/kernel-bench $(ARGUMENTS)

SECONDS := 60
fuzz: prerequisites
	Tools/fuzz.sh $(if $(RUNS),--runs $(RUNS),$(SECONDS))

lint:
	Tools/check_sources.sh
	Tools/check_units.sh

check: prerequisites release $(DEFAULT_MODEL)
	Tools/check_release.sh $(RELEASE)
	test -x $(PYTHON) || python3 -m venv .build/python
	$(PYTHON) -m pip install --quiet --disable-pip-version-check openai ollama httpx
	Tools/check_bad_files.py $(RELEASE)/minke Tests/Fixtures/bad
	Tools/check_import.py $(RELEASE)/minke --rounds 8
	$(PYTHON) Tools/check_daemon.py $(RELEASE) $(DEFAULT_MODEL)
	$(PYTHON) Tools/check_supervision.py $(RELEASE) $(DEFAULT_MODEL)

acceptance: prerequisites release $(DEFAULT_MODEL)
	Tools/acceptance/run.py $(RELEASE) $(DEFAULT_MODEL) $(if $(ONLY),--only $(ONLY)) $(ARGUMENTS)

ARCH := $(shell dpkg --print-architecture)
deb: prerequisites
	Tools/make_deb.sh $(ARCH)

reproducible: prerequisites
	Tools/check_reproducible.sh $(ARCH)

SUITE := bookworm
container-test: prerequisites release $(DEFAULT_MODEL)
	Tools/vm/container.sh $(SUITE) $(RELEASE) $(DEFAULT_MODEL) Tools/vm/checks/systemd.sh

# One machine after the other: several emulators at a time only wait for each other.
CHECKS := systemd pressure thermal gpio
KERNEL := trixie-backports
IS_CROSS := $(filter-out $(shell dpkg --print-architecture),$(ARCH))
vm-test: prerequisites release $(DEFAULT_MODEL)
	$(if $(IS_CROSS),Tools/cross/build.sh programs)
	for check in $(CHECKS); do \
		echo "$(SUITE), $(ARCH), $$check:" && \
		$(if $(IS_CROSS),RUNNER="qemu-aarch64-static -L $$(Tools/cross/build.sh libraries)") \
		Tools/vm/machine.sh -a $(ARCH) -k $(KERNEL) $(SUITE) $(if $(IS_CROSS),.build/arm64/programs,$(RELEASE)) \
			$(DEFAULT_MODEL) Tools/vm/checks/$$check.sh || exit 1; \
	done

.build/packages: deb
	rm -rf $@ && mkdir $@
	cp .build/deb/minke_*_$(ARCH).deb .build/deb/minke-model-default_*.deb $@

package-test: prerequisites .build/packages
	Tools/vm/piuparts.sh $(SUITE) .build/packages
	Tools/vm/container.sh $(SUITE) .build/packages $(DEFAULT_MODEL) Tools/vm/checks/package.sh

vm-package-test: prerequisites .build/packages
	Tools/vm/machine.sh -a $(ARCH) $(SUITE) .build/packages $(DEFAULT_MODEL) Tools/vm/checks/package.sh

test-arm64:
	Tools/test_arm64.sh

test-cross: prerequisites models
	Tools/cross/build.sh tests

compare-cross: prerequisites release $(DEFAULT_MODEL)
	Tools/cross/build.sh programs
	Tools/cross/compare.sh $(RELEASE) .build/arm64/programs $(DEFAULT_MODEL)

install: release
	Packaging/install.sh $(RELEASE)

LINKING := -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now
release:
	swift build -c release --static-swift-stdlib $(LINKING) --product minke
	swift build -c release --static-swift-stdlib $(LINKING) --product minked

models:
	Tools/fetch_models.sh $(MODELS)

# The default model: SmolLM2-135M-Instruct, rewritten exactly in DeepSeek's layout (docs/default-model.md).
$(DEFAULT_MODEL): | models release
	$(RELEASE)/minke rewrite $(MODELS)/smollm2-135m-instruct-q4_1.gguf -o $@

prerequisites:
	@Tools/prerequisites.sh

clean:
	rm -rf .build Benchmarks/.build Fuzzing/.build
