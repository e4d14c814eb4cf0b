# SPDX-License-Identifier: GPL-2.0-only
#
# The Asterisk module: target/asterisk/res_srtp.so, from c_shim/*.c and libvoxseal.a; and its companion
# res_pjsip_voxseal.so, from c_shim/pjsip/*.c, where pjproject's headers are found; it is linked with OpenSSL, as pjproject is.
# Included by the Makefile, and run from the repository's root.
#
# ASTERISK_INCLUDE  folder with asterisk.h and asterisk/   (default: /usr/include, else target/pbx/include)
# PJPROJECT_INCLUDE folder with pjlib.h and pjsip.h        (default: include-pj beside ASTERISK_INCLUDE, where make pbx puts it)
# CARGO_TARGET      folder that cargo builds into          (default: CARGO_TARGET_DIR, else target)
# MODULE_TARGET     the same for the modules' engine, which has no TLS in it (default: module in CARGO_TARGET)
# OPENSSL_PROVIDER  whether OpenSSL's cryptography can be chosen: yes or no (default: yes where headers of OpenSSL 3 are)
# VOXSEAL_INCLUDE   folder with voxseal.h                  (default: include)
# SHIM_OUT          where the module goes                  (default: target/asterisk)
# ASTERISK_BINARY   the PBX, for `make module-check`       (default: that of target/pbx, else of the system)

CARGO_TARGET     ?= $(or $(CARGO_TARGET_DIR),target)
MODULE_TARGET    ?= $(CARGO_TARGET)/module
ASTERISK_INCLUDE ?= $(if $(wildcard /usr/include/asterisk.h),/usr/include,target/pbx/include)
PJPROJECT_INCLUDE ?= $(wildcard $(ASTERISK_INCLUDE)-pj)
VOXSEAL_INCLUDE  ?= include
SHIM_OUT         ?= target/asterisk
ASTERISK_BINARY  ?= $(firstword $(wildcard target/pbx/tree/usr/sbin/asterisk /usr/sbin/asterisk))

OPENSSL_PROVIDER ?= $(shell pkg-config --exists 'libcrypto >= 3' 2>/dev/null && echo yes || echo no)
# Of OpenSSL no crate that is under Apache-2.0 alone: res_srtp.so is GPL-2.0. scripts/module-licences checks it.
ENGINE_FEATURES  := --no-default-features $(if $(filter yes,$(OPENSSL_PROVIDER)),--features openssl)
ENGINE_LIBRARIES := $(if $(filter yes,$(OPENSSL_PROVIDER)),-lcrypto) -lgcc_s -lc

SHIM_SOURCES := $(wildcard c_shim/*.c)
SHIM_HEADERS := $(wildcard c_shim/*.h)
SHIM_OBJECTS := $(SHIM_SOURCES:c_shim/%.c=$(SHIM_OUT)/%.o)
SIP_SOURCES  := $(wildcard c_shim/pjsip/*.c)
SIP_OBJECTS  := $(SIP_SOURCES:c_shim/%.c=$(SHIM_OUT)/%.o)
SIP_HEADERS  := $(wildcard c_shim/pjsip/*.h)

# The host's headers are system headers (-isystem): their warnings are not ours to fix.
SHIM_CFLAGS  := -std=gnu99 -Wall -Wextra -Werror -fPIC -O2 -g1 -fvisibility=hidden \
	-fstack-protector-strong -ffunction-sections -I$(VOXSEAL_INCLUDE)
SHIM_DEFINES := -DAST_MODULE=\"res_srtp\" -DAST_MODULE_SELF_SYM=__internal_res_srtp_self
SHIM_LDFLAGS := -shared -Wl,--gc-sections -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--compress-debug-sections=zlib
# The layout of pjproject's structures depends on what its configure found (PJ_AUTOCONF).
SIP_DEFINES  := -DAST_MODULE=\"res_pjsip_voxseal\" -DAST_MODULE_SELF_SYM=__internal_res_pjsip_voxseal_self -DPJ_AUTOCONF=1 \
	$(if $(shell grep -s tcp_keepalive_enable $(ASTERISK_INCLUDE)/asterisk/res_pjsip.h),-DHAS_TCP_KEEPALIVE)

$(SHIM_OUT)/res_srtp.so: $(SHIM_OBJECTS) $(MODULE_TARGET)/release/libvoxseal.a c_shim/exports.map
	$(CC) $(SHIM_LDFLAGS) -Wl,--version-script=c_shim/exports.map -o $@.new $(SHIM_OBJECTS) $(MODULE_TARGET)/release/libvoxseal.a $(ENGINE_LIBRARIES)
	mv $@.new $@

# All that it exports is what -fvisibility=hidden leaves: nothing.
$(SHIM_OUT)/res_pjsip_voxseal.so: $(SIP_OBJECTS)
	$(CC) $(SHIM_LDFLAGS) -o $@.new $(SIP_OBJECTS) -lssl -lcrypto -lc
	mv $@.new $@

$(SHIM_OUT)/pjsip/%.o: c_shim/pjsip/%.c $(SIP_HEADERS) $(SHIM_HEADERS) $(VOXSEAL_INCLUDE)/voxseal.h c_shim/build.mk $(SHIM_OUT)/headers
	@mkdir -p $(@D)
	$(CC) $(SHIM_CFLAGS) -isystem $(ASTERISK_INCLUDE) -isystem $(PJPROJECT_INCLUDE) $(SIP_DEFINES) -c -o $@ $<

$(SHIM_OUT)/%.o: c_shim/%.c $(SHIM_HEADERS) c_shim/build.mk $(VOXSEAL_INCLUDE)/voxseal.h $(SHIM_OUT)/headers
	$(CC) $(SHIM_CFLAGS) -isystem $(ASTERISK_INCLUDE) $(SHIM_DEFINES) -c -o $@ $<

# Says which headers the objects were built with, and is newer than they are when that changed.
$(SHIM_OUT)/headers: shim-headers ;
.PHONY: shim-headers
shim-headers:
	@[ -f "$(ASTERISK_INCLUDE)/asterisk.h" ] || { echo "asterisk.h not found under $(ASTERISK_INCLUDE): install" \
		"asterisk-dev or run \"make pbx\", or set ASTERISK_INCLUDE, then run this again" >&2; exit 1; }
	@mkdir -p $(SHIM_OUT)
	@echo "$(realpath $(ASTERISK_INCLUDE) $(PJPROJECT_INCLUDE))" | cmp -s - $(SHIM_OUT)/headers || \
		echo "$(realpath $(ASTERISK_INCLUDE) $(PJPROJECT_INCLUDE))" >$(SHIM_OUT)/headers

# An older one would not fit the new res_srtp.so.
.PHONY: no-companion
no-companion:
	@rm -f $(SHIM_OUT)/res_pjsip_voxseal.so
	@echo "module: res_pjsip_voxseal.so is left out, and with it settings per endpoint and device: set PJPROJECT_INCLUDE" \
		"to the headers of the PBX's pjproject"

# What the module exports and what it needs, against the PBX that is to load it.
.PHONY: module-check
module-check: $(SHIM_OUT)/res_srtp.so
	scripts/module $(SHIM_OUT)/res_srtp.so "$(ASTERISK_BINARY)" $(if $(filter yes,$(OPENSSL_PROVIDER)),libcrypto)
	scripts/module-licences $(ENGINE_FEATURES)
