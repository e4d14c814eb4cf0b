# SPDX-License-Identifier: GPL-2.0-only
#
# The Asterisk module: target/asterisk/res_srtp.so, from c_shim/*.c and libvoxseal.a.
# Included by the Makefile, and run from the repository's root.
#
# ASTERISK_INCLUDE  folder with asterisk.h and asterisk/   (default: /usr/include, else target/pbx/include)
# CARGO_TARGET      folder that cargo builds into          (default: CARGO_TARGET_DIR, else target)
# VOXSEAL_INCLUDE   folder with voxseal.h                  (default: include)
# SHIM_OUT          where the module goes                  (default: target/asterisk)
# ASTERISK_BINARY   the PBX, for `make module-check`       (default: that of target/pbx, else of the system)

CARGO_TARGET     ?= $(or $(CARGO_TARGET_DIR),target)
ASTERISK_INCLUDE ?= $(if $(wildcard /usr/include/asterisk.h),/usr/include,target/pbx/include)
VOXSEAL_INCLUDE  ?= include
SHIM_OUT         ?= target/asterisk
ASTERISK_BINARY  ?= $(firstword $(wildcard target/pbx/tree/usr/sbin/asterisk /usr/sbin/asterisk))

SHIM_SOURCES := $(wildcard c_shim/*.c)
SHIM_OBJECTS := $(SHIM_SOURCES:c_shim/%.c=$(SHIM_OUT)/%.o)

# The host's headers are system headers (-isystem): their warnings are not ours to fix.
SHIM_CFLAGS  := -std=gnu99 -Wall -Wextra -Werror -fPIC -O2 -g1 -fvisibility=hidden \
	-fstack-protector-strong -ffunction-sections -I$(VOXSEAL_INCLUDE)
SHIM_DEFINES := -DAST_MODULE=\"res_srtp\" -DAST_MODULE_SELF_SYM=__internal_res_srtp_self
SHIM_LDFLAGS := -shared -Wl,--gc-sections -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--compress-debug-sections=zlib \
	-Wl,--version-script=c_shim/exports.map

$(SHIM_OUT)/res_srtp.so: $(SHIM_OBJECTS) $(CARGO_TARGET)/release/libvoxseal.a c_shim/exports.map
	$(CC) $(SHIM_LDFLAGS) -o $@.new $(SHIM_OBJECTS) $(CARGO_TARGET)/release/libvoxseal.a -lgcc_s -lc
	mv $@.new $@

$(SHIM_OUT)/%.o: c_shim/%.c c_shim/voxseal_shim.h c_shim/build.mk $(VOXSEAL_INCLUDE)/voxseal.h $(SHIM_OUT)/headers
	$(CC) $(SHIM_CFLAGS) -isystem $(ASTERISK_INCLUDE) $(SHIM_DEFINES) -c -o $@ $<

# Says which headers the objects were built with, and is newer than they are when that changed.
$(SHIM_OUT)/headers: shim-headers ;
.PHONY: shim-headers
shim-headers:
	@[ -f "$(ASTERISK_INCLUDE)/asterisk.h" ] || { echo "asterisk.h not found under $(ASTERISK_INCLUDE): install" \
		"asterisk-dev or run \"make pbx\", or set ASTERISK_INCLUDE, then run this again" >&2; exit 1; }
	@mkdir -p $(SHIM_OUT)
	@echo "$(realpath $(ASTERISK_INCLUDE))" | cmp -s - $(SHIM_OUT)/headers || \
		echo "$(realpath $(ASTERISK_INCLUDE))" >$(SHIM_OUT)/headers

# What the module exports and what it needs, against the PBX that is to load it.
.PHONY: module-check
module-check: $(SHIM_OUT)/res_srtp.so
	scripts/module $(SHIM_OUT)/res_srtp.so "$(ASTERISK_BINARY)"
