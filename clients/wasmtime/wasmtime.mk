# SPDX-License-Identifier: MIT
#
# libguardslot-wasmtime, which puts the pooling allocator of Wasmtime on slots.

wasmtime_objects := $(wasmtime_sources:%.c=$(out)/obj/%.o)

$(out)/obj/clients/%.o: extra_cflags := -fPIC -fvisibility=hidden -Iclients/wasmtime \
	-Iclients/wasmtime/include

.PHONY: lib-wasmtime
lib-wasmtime: $(addprefix $(out)/lib/libguardslot-wasmtime.,a so)	## Wasmtime on slots: build/lib/libguardslot-wasmtime.{a,so}

$(out)/lib/libguardslot-wasmtime.a: $(wasmtime_objects)
	@mkdir -p $(@D)
	@rm -f $@
	$(call quiet,AR)$(AR) rcs $@ $^

# libshim is in it, and hidden: what is preloaded into a program is one file.
$(out)/lib/libguardslot-wasmtime.so: $(wasmtime_objects) $(out)/lib/libshim.a \
		clients/wasmtime/libguardslot-wasmtime.map
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(CFLAGS) $(LDFLAGS) -shared -pthread \
		-Wl,-soname,libguardslot-wasmtime.so.0 -Wl,-z,defs \
		-Wl,--version-script=clients/wasmtime/libguardslot-wasmtime.map -o $@.0 \
		$(wasmtime_objects) $(out)/lib/libshim.a
	@ln -sf $(@F).0 $@
