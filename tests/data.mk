# SPDX-License-Identifier: MIT
#
# The WebAssembly binaries that the tests read:
#
#	build/tests/data/FOLDER	made by wat2wasm of tests/FOLDER/wat
#	build/tests/data/real	taken from npm packages and from the demo
#	build/tests/data/modules	of all packages of tests/wasm/packages.list, each with NAME.state,
#				which is what Wasmtime says of an instance
#
# Beside some of them, NAME.expect is what tests/instance/expect.py says of an
# instance of NAME.wasm.

tests_data := $(out)/tests/data
WAT2WASM_FLAGS := --enable-threads --enable-multi-memory --enable-memory64 \
	--enable-extended-const --debug-names

data_wat := $(patsubst tests/%.wat,$(tests_data)/%.wasm, \
	$(subst /wat/,/,$(wildcard tests/*/wat/*.wat)))
data_fetched := $(patsubst %,$(tests_data)/real/%.wasm, \
	$(shell sed -nE 's/^([a-z][^ ]*) +all .*/\1/p' tests/wasm/packages.list))
data_demo = $(demo_foreign:%=$(tests_data)/real/%.wasm)
# The others have what the allocators of the test have no room for, or fail on purpose.
data_expect = $(addsuffix .expect, $(addprefix $(tests_data)/wasm/, \
	data elements empty everything globals imports start types) \
	$(addprefix $(tests_data)/instance/, \
	data elements exporter importer instance memory64 passive) \
	$(basename $(data_fetched) $(data_demo)))

$(data_wat): $(tests_data)/%.wasm: tests/$$(*D)/wat/$$(*F).wat
	@mkdir -p $(@D)$(wat2wasm_is_there)
	$(call quiet,WAT)$(WAT2WASM) $(WAT2WASM_FLAGS) -o $@ $<

$(data_fetched): $(tests_data)/real/stamp ;

$(tests_data)/real/stamp: tests/wasm/fetch.sh tests/wasm/packages.list
	$(call quiet,FETCH)tests/wasm/fetch.sh $(@D) all
	@touch $@

$(tests_data)/real/%.wasm: $(out)/demo/%.wasm
	@mkdir -p $(@D)
	@cp $< $@

$(tests_data)/%.expect: $(tests_data)/%.wasm tests/instance/expect.py
	$(call quiet,EXPECT)tests/instance/expect.py $< >$@.tmp && mv $@.tmp $@

# What is made of the sources alone, and all.
.PHONY: tests-wat tests-data
tests-wat: $(data_wat)
tests-data: $(data_wat) $(data_fetched) $$(data_demo) $$(data_expect)

# Those of the guest are small: their functions are empty, and names are gone.
.PHONY: tests-modules
tests-modules:
	rm -rf $(tests_data)/modules $(tests_data)/modules-small
	tests/wasm/fetch.sh $(tests_data)/modules modules
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$$(tools/fetch-wheel.sh wasmtime):tests/spec \
		tests/modules/prepare $(tests_data)/modules $(tests_data)/modules-small
