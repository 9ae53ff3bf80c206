/* SPDX-License-Identifier: MIT */
/*
 * What all calls of libshim have in common.
 *
 * Every function that can fail returns 0 or a negative errno. After an error
 * shim_error() has a message that names the field, the value and the limit. Sizes and
 * offsets are in bytes. Where a pointer must not be NULL, NULL is -EFAULT; a function that
 * has no error returns NULL or 0 then. Only what sets the size of a struct, such as
 * shim_pool_config_init(), takes no NULL for it. Functions that are AS-Safe set no message.
 *
 * A config or a desc may be that of a newer version of the library. It is taken if all
 * that this version does not know is 0, and is -E2BIG otherwise.
 */
#ifndef LIBSHIM_ERROR_H
#define LIBSHIM_ERROR_H

#if __SIZEOF_POINTER__ < 8
#error "libshim is for 64-bit targets: slots with their guards do not fit into 32 bits"
#endif

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SHIM_API __attribute__((visibility("default")))
#define SHIM_CHECKED __attribute__((warn_unused_result))
/* Functions that set a struct of the program's own version of the headers. */
#define SHIM_INLINE static inline

/*
 * The message of the calling thread's last failed call, "" before the first.
 * It stays valid until the thread's next call into the library.
 * MT-Safe, AS-Unsafe.
 */
SHIM_API const char *shim_error(void);

/*
 * The version of the library that the program runs with, as SHIM_VERSION of
 * <libshim/version.h>, which is that of the headers.
 * MT-Safe, AS-Safe.
 */
SHIM_API uint32_t shim_version(void);

#ifdef __cplusplus
}
#endif

#endif /* LIBSHIM_ERROR_H */
