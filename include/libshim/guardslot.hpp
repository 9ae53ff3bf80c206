/* SPDX-License-Identifier: MIT */
/*
 * libshim for C++17: what a program makes is an object that gives it back, and an error is a
 * std::system_error with the error number and the library's message.
 *
 * The classes own what the C headers describe, and get() is that, for calls that have no
 * member here. They can be moved, not copied. An object is to be destroyed before what it was
 * made of: slots and images before their pool, instances before their allocator.
 */
#ifndef LIBSHIM_GUARDSLOT_HPP
#define LIBSHIM_GUARDSLOT_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <libshim.h>

namespace guardslot
{

/* what() is the library's message, and code() the error number. */
class error : public std::system_error {
    public:
	error(int number, const char *message)
		: std::system_error(number, std::generic_category())
		, message_(std::make_shared<const std::string>(message))
	{
	}
	const char *what() const noexcept override
	{
		return message_->c_str();
	}

    private:
	std::shared_ptr<const std::string> message_; /* a copy cannot throw */
};

/* Throws what a call of the library returned, unless that is 0. */
inline void check(int number)
{
	if (number)
		throw error(-number, shim_error());
}

/* ---- configs: all that is not given is 0, or the default ------------------- */

inline shim_area_config area(std::uint64_t reserve, std::uint64_t guard, std::uint64_t max,
			     std::uint64_t initial)
{
	shim_area_config config = {};

	config.reserve = reserve;
	config.guard = guard;
	config.max = max;
	config.initial = initial;
	return config;
}

inline shim_pool_config pool_config(std::uint32_t slots,
				    std::initializer_list<shim_area_config> areas)
{
	shim_pool_config config;

	shim_pool_config_init(&config);
	config.slots = slots;
	for (const shim_area_config &one : areas) {
		if (config.area_count == SHIM_MAX_AREAS)
			throw error(EINVAL, "areas: more than SHIM_MAX_AREAS");
		config.areas[config.area_count++] = one;
	}
	return config;
}

inline shim_allocator_config allocator_config(shim_allocator_kind kind = SHIM_ALLOCATOR_POOLING)
{
	shim_allocator_config config;

	shim_allocator_config_init(&config, kind);
	return config;
}

inline shim_instance_request instance_request(shim_module *module)
{
	shim_instance_request request;

	shim_instance_request_init(&request, module);
	return request;
}

inline struct shim_module_desc module_desc()
{
	struct shim_module_desc desc;

	shim_module_desc_init(&desc);
	return desc;
}

/* ---- slots ------------------------------------------------------------------ */

/* An id of an image, and the right to drop it. */
class image {
    public:
	image(shim_pool *pool, std::uint32_t id) noexcept : pool_(pool), id_(id)
	{
	}
	image(image &&other) noexcept : pool_(std::exchange(other.pool_, nullptr)), id_(other.id_)
	{
	}
	image &operator=(image &&other) noexcept
	{
		std::swap(pool_, other.pool_);
		std::swap(id_, other.id_);
		return *this;
	}
	/* Slots that are bound to it keep its content. */
	~image()
	{
		if (pool_ && shim_image_destroy(pool_, id_)) {
			/* It was destroyed before. */
		}
	}

	std::uint32_t id() const noexcept
	{
		return id_;
	}

    private:
	shim_pool *pool_;
	std::uint32_t id_;
};

/* A slot that this object has claimed. */
class slot {
    public:
	slot(shim_pool *pool, std::uint32_t number) noexcept : pool_(pool), number_(number)
	{
	}
	slot(slot &&other) noexcept : pool_(std::exchange(other.pool_, nullptr)),
				      number_(other.number_)
	{
	}
	slot &operator=(slot &&other) noexcept
	{
		std::swap(pool_, other.pool_);
		std::swap(number_, other.number_);
		return *this;
	}
	/* It is reset first; where that fails it stays claimed, so that nobody sees what is left. */
	~slot()
	{
		if (pool_ && shim_slot_release(pool_, &number_, 1, 0, nullptr)) {
			/* Nobody gets the slot. */
		}
	}

	std::uint32_t number() const noexcept
	{
		return number_;
	}
	template <typename T = void> T *address(std::uint32_t area = 0) const
	{
		return static_cast<T *>(shim_slot_address(pool_, number_, area));
	}
	void reset()
	{
		check(shim_slot_reset(pool_, &number_, 1, nullptr));
	}
	void rebind(const image &to)
	{
		check(shim_slot_rebind(pool_, &number_, 1, to.id(), nullptr));
	}
	/* Returns the limit before. */
	std::uint64_t resize(std::uint32_t area, std::uint64_t limit)
	{
		std::uint64_t old;

		check(shim_slot_resize(pool_, number_, area, limit, &old));
		return old;
	}
	shim_slot_info query() const
	{
		shim_slot_info info;

		shim_slot_info_init(&info);
		check(shim_slot_query(pool_, number_, &info));
		return info;
	}
	image snapshot(std::uint64_t tag = 0) const
	{
		std::uint32_t id;

		check(shim_image_snapshot(pool_, tag, number_, &id));
		return image(pool_, id);
	}
	/* As the destructor does, and says what was wrong. The object has no slot then. */
	void release(std::uint32_t flags = 0)
	{
		check(shim_slot_release(pool_, &number_, 1, flags, nullptr));
		pool_ = nullptr;
	}

    private:
	shim_pool *pool_;
	std::uint32_t number_;
};

namespace detail
{
struct pool_delete {
	void operator()(shim_pool *pool) const noexcept
	{
		shim_pool_destroy(pool);
	}
};
struct module_delete {
	void operator()(shim_module *module) const noexcept
	{
		shim_module_destroy(module);
	}
};
struct allocator_delete {
	void operator()(shim_allocator *allocator) const noexcept
	{
		/* With instances in use it stays. */
		if (shim_allocator_destroy(allocator)) {
		}
	}
};
} /* namespace detail */

/* Its slots are idle at first: claim() makes one the caller's. */
class pool {
    public:
	explicit pool(shim_pool_config config)
	{
		shim_pool *made;

		config.flags |= SHIM_POOL_IDLE;
		check(shim_pool_create(&config, &made));
		pool_.reset(made);
	}

	shim_pool *get() const noexcept
	{
		return pool_.get();
	}
	bool is_device() const noexcept
	{
		return shim_pool_backend(get()) == SHIM_BACKEND_DEVICE;
	}
	slot claim()
	{
		std::uint32_t number;

		check(shim_slot_claim_any(get(), &number));
		return slot(get(), number);
	}
	slot claim(std::uint32_t number)
	{
		check(shim_slot_claim(get(), number));
		return slot(get(), number);
	}
	/* None: no slot is idle. */
	std::optional<slot> try_claim()
	{
		std::uint32_t number;
		int result = shim_slot_claim_any(get(), &number);

		if (result == -EBUSY || result == -EAGAIN)
			return std::nullopt;
		check(result);
		return slot(get(), number);
	}
	image create_image(std::uint64_t tag, std::initializer_list<shim_image_area> areas)
	{
		std::uint32_t id;

		check(shim_image_create(get(), tag, areas.begin(),
					static_cast<std::uint32_t>(areas.size()), &id));
		return image(get(), id);
	}
	/* One call for all. */
	void reset(const std::vector<slot> &slots)
	{
		std::vector<std::uint32_t> numbers;

		numbers.reserve(slots.size());
		for (const slot &one : slots)
			numbers.push_back(one.number());
		check(shim_slot_reset(get(), numbers.data(),
				      static_cast<std::uint32_t>(numbers.size()), nullptr));
	}
	std::uint32_t purge_idle()
	{
		std::uint32_t done;

		check(shim_pool_purge_idle(get(), &done));
		return done;
	}
	shim_pool_info query() const
	{
		shim_pool_info info;

		shim_pool_info_init(&info);
		check(shim_pool_query(get(), &info));
		return info;
	}

    private:
	std::unique_ptr<shim_pool, detail::pool_delete> pool_;
};

/* ---- instances -------------------------------------------------------------- */

class wasm_module {
    public:
	wasm_module(const void *bytes, std::size_t length)
	{
		shim_module *made;

		check(shim_module_parse(bytes, length, &made));
		module_.reset(made);
	}
	explicit wasm_module(const struct shim_module_desc &desc)
	{
		shim_module *made;

		check(shim_module_create(&desc, &made));
		module_.reset(made);
	}
	/* Of a file. */
	explicit wasm_module(const char *path)
	{
		shim_module *made;

		check(shim_module_open(path, &made));
		module_.reset(made);
	}

	shim_module *get() const noexcept
	{
		return module_.get();
	}
	const struct shim_module_desc &desc() const noexcept
	{
		return *shim_module_desc(get());
	}
	/* NULL: there is no such export. */
	const shim_export *find_export(std::string_view name) const noexcept
	{
		return shim_module_find_export(get(), name.data(), name.size());
	}

    private:
	std::unique_ptr<shim_module, detail::module_delete> module_;
};

/* Owned by its allocator until this object is destroyed. */
class instance {
    public:
	instance(shim_allocator *allocator, shim_instance *made) noexcept : allocator_(allocator),
									    instance_(made)
	{
	}
	instance(instance &&other) noexcept : allocator_(other.allocator_),
					      instance_(std::exchange(other.instance_, nullptr))
	{
	}
	instance &operator=(instance &&other) noexcept
	{
		std::swap(allocator_, other.allocator_);
		std::swap(instance_, other.instance_);
		return *this;
	}
	~instance()
	{
		shim_allocator_deallocate(allocator_, instance_);
	}

	shim_instance *get() const noexcept
	{
		return instance_;
	}
	/* NULL: there is no such item. */
	shim_vm_memory *memory(std::uint32_t index = 0) const noexcept
	{
		return shim_instance_memory(instance_, index);
	}
	shim_vm_table *table(std::uint32_t index = 0) const noexcept
	{
		return shim_instance_table(instance_, index);
	}
	shim_vm_global *global(std::uint32_t index) const noexcept
	{
		return shim_instance_global(instance_, index);
	}
	/* By the names of exports; NULL: there is no such export of that kind. */
	shim_vm_memory *find_memory(const char *name) const noexcept
	{
		return shim_instance_find_memory(instance_, name);
	}
	shim_vm_table *find_table(const char *name) const noexcept
	{
		return shim_instance_find_table(instance_, name);
	}
	shim_vm_global *find_global(const char *name) const noexcept
	{
		return shim_instance_find_global(instance_, name);
	}
	void snapshot()
	{
		check(shim_instance_snapshot(instance_));
	}

    private:
	shim_allocator *allocator_;
	shim_instance *instance_;
};

class allocator {
    public:
	explicit allocator(const shim_allocator_config &config = allocator_config())
	{
		shim_allocator *made;

		check(shim_allocator_create(&config, &made));
		allocator_.reset(made);
	}

	/* With the defaults, made to fit the module, which needs no validate() then. */
	explicit allocator(const wasm_module &of, std::uint32_t instances,
			   shim_allocator_kind kind = SHIM_ALLOCATOR_POOLING)
	{
		shim_allocator *made;

		check(shim_allocator_create_for(of.get(), kind, instances, &made));
		allocator_.reset(made);
	}

	shim_allocator *get() const noexcept
	{
		return allocator_.get();
	}
	void validate(const wasm_module &of) const
	{
		check(shim_allocator_validate(get(), of.get()));
	}
	/* With its active segments written, as shim_allocator_initialize() says. */
	instance allocate(const shim_instance_request &request, bool is_bulk_memory = true)
	{
		shim_instance *made;

		check(shim_allocator_allocate(get(), &request, &made));
		instance owner(get(), made);
		check(shim_allocator_initialize(get(), made, is_bulk_memory));
		return owner;
	}
	instance allocate(const wasm_module &of)
	{
		return allocate(instance_request(of.get()));
	}
	void purge(const wasm_module &of)
	{
		check(shim_allocator_purge_module(get(), of.get()));
	}
	shim_allocator_info query() const
	{
		shim_allocator_info info;

		shim_allocator_info_init(&info);
		check(shim_allocator_query(get(), &info));
		return info;
	}

    private:
	std::unique_ptr<shim_allocator, detail::allocator_delete> allocator_;
};

} /* namespace guardslot */

#endif /* LIBSHIM_GUARDSLOT_HPP */
