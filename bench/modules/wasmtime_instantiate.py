#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes two on-demand instances of a module by Wasmtime, for steps: the first pair of signals
is around the second instance, the second pair around a call of nothing, which is to be
subtracted.

    wasmtime_instantiate.py MODULE.wasm

The module has no code, and so its start function is not run: what is compiled has no part in
an instance. PYTHONPATH has the package wasmtime, and tests/modules and tests/spec."""

import ctypes
import signal
import sys

import wasmtime
from wasmtime import _ffi as ffi

import oracle
import wasmtime_api as api
from relink import START, Module

mark = ctypes.CDLL(None)["raise"]


def main():
    with open(sys.argv[1], "rb") as file:
        module = Module(file.read())
    module.sections = [section for section in module.sections if section[0] != START]
    machine = oracle.engine()
    store = oracle.Store(machine)
    items = store.instantiate(wasmtime.Module(machine, module.provider()), [],
                              [b"%d" % index for index in range(len(module.imports))])
    externs = (ffi.wasmtime_extern_t * len(items))(*items)
    compiled = wasmtime.Module(machine, module.small())
    instance, trap = ffi.wasmtime_instance_t(), ctypes.POINTER(ffi.wasm_trap_t)()
    arguments = (store.context, api.pointer_of(compiled), externs, len(items),
                 ctypes.byref(instance), ctypes.byref(trap))
    for number in range(2):
        if number:
            mark(signal.SIGUSR2)
        error = ffi.wasmtime_instance_new(*arguments)
        if number:
            mark(signal.SIGUSR2)
        if error or trap:
            sys.exit("%s: no instance" % sys.argv[1])
    nothing = (store.context, ctypes.byref(instance), b"\0", 1,
               ctypes.byref(ffi.wasmtime_extern_t()))
    for number in range(2):
        if number:
            mark(signal.SIGUSR2)
        ffi.wasmtime_instance_export_get(*nothing)
        if number:
            mark(signal.SIGUSR2)


if __name__ == "__main__":
    main()
