# voxseal: build, test, demonstrate. `make help` lists the targets.
#
# Nothing here changes the machine's own Asterisk; what is built or fetched goes to target/.

SHELL := /bin/bash
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

include c_shim/build.mk

.PHONY: needs
needs: ## Install the Debian packages that builds and tests need (asks for root only when one is missing)
	@scripts/needs

.PHONY: build
build: ## Build the C library: target/lib/libvoxseal.so.1 and target/release/libvoxseal.a
	cargo build --release --lib
	@scripts/library

# The engine without TLS, for the modules. Cargo knows best whether it is up to date.
.PHONY: module-engine
module-engine:
	@[ "$(OPENSSL_PROVIDER)" = yes ] || echo "module: without OpenSSL's cryptography (provider = openssl), as OpenSSL 3's" \
		"headers are not there: install libssl-dev and pkg-config to have it"
	cargo build --release --lib $(ENGINE_FEATURES) --target-dir $(MODULE_TARGET)
$(MODULE_TARGET)/release/libvoxseal.a: module-engine ;

.PHONY: module
module: $(SHIM_OUT)/res_srtp.so $(if $(PJPROJECT_INCLUDE),$(SHIM_OUT)/res_pjsip_voxseal.so,no-companion) ## Build the Asterisk modules against ASTERISK_INCLUDE (default: the system's, else make pbx's)
	@echo "module: $(SHIM_OUT)/res_srtp.so is built against $(ASTERISK_INCLUDE)"$(if $(PJPROJECT_INCLUDE),\
		"and res_pjsip_voxseal.so beside it against $(PJPROJECT_INCLUDE)")

# Its own folder, as it is built with another set of features than the C library.
.PHONY: cert
cert: ## Build the command for certificates: target/cert/release/voxseal-cert
	@cargo build --quiet --release --features cert --bin voxseal-cert --target-dir $(CARGO_TARGET)/cert

# What the scripts below read; scripts/places says what each one is.
export $(foreach name,DESTDIR prefix libdir bindir includedir datadir mandir astetcdir astmoddir astdatadir asterisk asterisk_program,$(if $(value $(name)),$(name)))

.PHONY: install
install: ## Install library, command, manual pages and modules (DESTDIR, prefix, libdir, astmoddir, astetcdir, astdatadir)
	@scripts/install

.PHONY: uninstall
uninstall: ## Take all of that away again; a changed configuration stays
	@scripts/install --remove

.PHONY: enable
enable: ## Put our module in the place of the stock one in Asterisk's folder
	@scripts/enable

.PHONY: disable
disable: ## Put the stock module back
	@scripts/enable --undo

.PHONY: deb
deb: build module cert ## Build Debian packages of library, command and modules into target/deb
	@scripts/deb

.PHONY: pbx
pbx: ## Prepare an Asterisk 22 and its peers under target/pbx for tests and demo (no root)
	@scripts/pbx

.PHONY: demo
demo: needs pbx cert ## Place secure calls between real phones and PBXs and print what happened
	@$(MAKE) --no-print-directory module ASTERISK_INCLUDE=target/pbx/include
	@echo "demo: building the callers"
	@cargo build --quiet --release --example demo
	@cargo run --quiet --release --example demo

.PHONY: check
check: ## Formatting, walls between rooms, lints, documentation
	cargo fmt --all --check
	scripts/check-rooms
	cargo clippy --workspace --all-targets --features fuzzing -- -D warnings
	cargo clippy --features openssl --lib --test vectors --test provider -- -D warnings
	cargo clippy --no-default-features --lib -- -D warnings
	cargo clippy --features cert --lib --bins --test cert_tool -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

.PHONY: test
test: needs pbx check build cert ## Everything: lints, unit, vector, C and PBX tests
	@$(MAKE) --no-print-directory module module-check ASTERISK_INCLUDE=target/pbx/include
	cargo test --workspace --doc --quiet
	@$(MAKE) --no-print-directory fuzz-smoke
	@$(MAKE) --no-print-directory abi-check
	scripts/test-fallbacks
	cargo test --quiet --features openssl --lib --test vectors --test provider
	cargo test --quiet --features cert --lib --bins --test cert_tool
	cargo test --workspace --lib --tests

.PHONY: fuzz-smoke
fuzz-smoke: ## Run the fuzz targets over their seeds and mutations of them; scripts/fuzz-smoke --long runs cargo-fuzz
	@scripts/fuzz-smoke

.PHONY: miri
miri: ## Run the unit tests that Miri can run in it, for undefined behaviour (needs a nightly toolchain)
	@scripts/miri

.PHONY: tsan
tsan: ## Run the tests with threads under ThreadSanitizer (needs a nightly toolchain)
	@scripts/tsan

.PHONY: bench
bench: needs pbx ## Measure against libsrtp in one process and print the ratios
	cargo bench --bench compare
	@printf '\n# The same engine on RustCrypto, as on CPUs that lack the instructions of the kernels\n'
	RUSTFLAGS='--cfg voxseal_kernels="off"' cargo bench --target-dir target/no-kernels --bench compare -- --rows

.PHONY: bench-tls
bench-tls: needs ## Measure TLS handshakes, ours and OpenSSL's own programs'
	cargo bench --bench tls

.PHONY: soak
soak: needs pbx cert ## Hold 250 SRTP calls for 30 minutes, with hang-ups and new keys (LEGS, MINUTES, CONTROL, COUNT)
	@$(MAKE) --no-print-directory module ASTERISK_INCLUDE=target/pbx/include
	@scripts/soak

.PHONY: header
header: ## Write include/voxseal.h and the list of exported symbols anew
	VOXSEAL_BLESS=1 cargo test --quiet --test header

.PHONY: abi-check
abi-check: ## Compare the C ABI with that of the last release
	@scripts/abi check

.PHONY: abi
abi: ## Write down the C ABI anew, for a release (docs/abi.md)
	@scripts/abi write

.PHONY: clean
clean: ## Remove the modules, libraries, command and packages that were built; target/pbx stays
	rm -rf target/asterisk target/c target/lib target/module target/cert target/deb
	cargo clean --quiet --release --package voxseal
