# SPDX-License-Identifier: MIT
"""What the Python packages of Wasmtime 5.0.0 and of the newest release spell in two ways."""

import ctypes

import wasmtime
from wasmtime import _ffi as ffi

# The kinds of values that wasmtime_valunion has; those of references come last.
I32, I64, F32, F64, V128, FUNCREF, EXTERNREF, ANYREF, EXNREF = range(9)
REFERENCES = {EXTERNREF: "externref", ANYREF: "anyref", EXNREF: "exnref"}
# Of externref alone, whose references are counted, and not rooted.
IS_OLD = not hasattr(ffi, "wasmtime_val_unroot")
FEATURES = ("gc", "function_references", "exceptions", "memory64", "threads", "multi_memory",
            "relaxed_simd", "tail_call")
# The old API has nothing for shared memories, and ends the process when it meets one.
NOT_OLD = ("threads",)


def config():
    """With all that is read."""
    made = wasmtime.Config()
    for feature in FEATURES:
        if hasattr(wasmtime.Config, "wasm_" + feature) and not (IS_OLD and feature in NOT_OLD):
            setattr(made, "wasm_" + feature, True)
    if not IS_OLD:
        made.shared_memory = True
    made.cranelift_opt_level = "none"
    return made


def context_of(store):
    return store._context if IS_OLD else store._context()


def pointer_of(module):
    return module._ptr if IS_OLD else module.ptr()


def drop(value):
    """Ends what holds a value's reference."""
    (ffi.wasmtime_val_delete if IS_OLD else ffi.wasmtime_val_unroot)(ctypes.byref(value))


def is_shared(item):
    return not IS_OLD and item.kind == ffi.WASMTIME_EXTERN_SHAREDMEMORY.value


def is_null(value):
    """Whether the reference in a value is null."""
    if value.kind == FUNCREF:
        return not value.of.funcref.store_id
    reference = getattr(value.of, REFERENCES[value.kind])
    return not (reference if IS_OLD else reference.store_id)


def i31_of(context, value):
    """The number that a reference is, or None."""
    number = ctypes.c_uint32()
    if value.kind == ANYREF and ffi.wasmtime_anyref_i31_get_u(
            context, ctypes.byref(value.of.anyref), ctypes.byref(number)):
        return number.value
    return None


def identity(context, function):
    """What one function of a store has, and no other: 5.0.0 counts each look at one."""
    return ffi.wasmtime_func_to_raw(context, ctypes.byref(function))
