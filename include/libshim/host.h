/* SPDX-License-Identifier: MIT */
/*
 * The short way for a host of a few modules: a module from a file, an allocator that the
 * module fits, an instance that is ready, and what it exports by name. Each call is made
 * of those of the other headers, and what it makes is used and given back by these.
 */
#ifndef LIBSHIM_HOST_H
#define LIBSHIM_HOST_H

#include <stdint.h>

#include <libshim/error.h>
#include <libshim/instances.h>
#include <libshim/modules.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * shim_module_parse() of what is in a file, which is read in parts: its data goes once from the
 * file to where instances have it from, and of the rest no more is in memory than one
 * section, or 2 MiB and a function's body of the code. A file that somebody cuts meanwhile is an
 * error, and so is one that is written, if its time of modification tells: not where it is
 * through a map, or in the same tick of the file system's clock as the write before. Then
 * some bytes of data are old and some new. It is never a signal, or a module of which something
 * was not checked. The message of an error begins with the path.
 * MT-Safe, AS-Unsafe.
 *
 * -ENOENT, -EACCES, ...: the file cannot be read, as open(2) and read(2) say
 * -EFBIG: it is longer than 1 GiB
 * -EAGAIN: it changed while it was read
 * and the errors of shim_module_parse()
 */
SHIM_API SHIM_CHECKED int shim_module_open(const char *path, struct shim_module **out);

/*
 * The same of an open file, from its first byte on, whose offset stays; of a pipe or the like
 * from the next byte to its end. The message of an error begins with "descriptor 7: ".
 * MT-Safe, AS-Unsafe.
 */
SHIM_API SHIM_CHECKED int shim_module_open_fd(int fd, struct shim_module **out);

/*
 * Raises the limits of the config where instances of the module exceed them: the numbers
 * of memories and tables, and the sizes of a memory, a table and the state. Nothing is
 * lowered, so that a config can be made to fit several modules, one after the other.
 * MT-Safe, AS-Safe.
 */
SHIM_API void shim_allocator_config_fit(struct shim_allocator_config *config,
					const struct shim_module *module);

/*
 * shim_allocator_create() of the default config with that many instances, made to fit the
 * module, which needs no shim_allocator_validate() then.
 * MT-Safe env, AS-Unsafe.
 *
 * -EOPNOTSUPP: the module defines a shared memory
 * -ENOSPC: a memory or table of it is larger than a limit can be
 * and the errors of shim_allocator_create()
 */
SHIM_API SHIM_CHECKED int shim_allocator_create_for(const struct shim_module *module,
						    enum shim_allocator_kind kind,
						    uint32_t instances,
						    struct shim_allocator **out);

/*
 * shim_allocator_allocate() and shim_allocator_initialize() of an instance of a module
 * without imports, with bulk memory and nothing of the host's. After an error there is no
 * instance. The caller ends it by shim_allocator_deallocate().
 * MT-Safe, AS-Unsafe.
 *
 * -EINVAL: the module has imports
 * and the errors of the two
 */
SHIM_API SHIM_CHECKED int shim_instance_create(struct shim_allocator *allocator,
					       struct shim_module *module,
					       struct shim_instance **out);

/*
 * What the instance exports under that name, as shim_instance_memory() and its like show
 * it. NULL: there is no such export, or it is of another kind.
 * MT-Safe race:instance, AS-Safe.
 */
SHIM_API struct shim_vm_memory *shim_instance_find_memory(const struct shim_instance *instance,
							  const char *name);
/* MT-Safe race:instance, AS-Safe. */
SHIM_API struct shim_vm_table *shim_instance_find_table(const struct shim_instance *instance,
							const char *name);
/* MT-Safe race:instance, AS-Safe. */
SHIM_API struct shim_vm_global *shim_instance_find_global(const struct shim_instance *instance,
							  const char *name);

#ifdef __cplusplus
}
#endif

#endif /* LIBSHIM_HOST_H */
