// SPDX-License-Identifier: MIT
//! Engines with a pool, each with other settings: the contenders.

use crate::creator;
use wasmtime::*;

#[derive(Clone, Copy, PartialEq)]
pub enum Contender {
    /// Pooling as it comes.
    Default,
    /// Pages are kept and cleared by Wasmtime itself: linear_memory_keep_resident.
    Keep,
    /// The same, with PAGEMAP_SCAN.
    Scan,
    /// Many slots in one process_madvise().
    Batch,
    /// The same settings, and on slots.
    Seam,
    /// Without a pool, and on slots of the memory creator.
    Creator,
}

pub const ALL: [(&str, Contender); 6] = [
    ("default", Contender::Default),
    ("keep", Contender::Keep),
    ("scan", Contender::Scan),
    ("batch", Contender::Batch),
    ("seam", Contender::Seam),
    ("creator", Contender::Creator),
];

pub const SLOTS: u32 = 128;
/// Slots that are reset with one call.
pub const BATCH: usize = 64;

/// The seam knows no layout with this guard, so that the pool stays plain memory.
const OTHER_GUARD: u64 = (32 << 20) + (1 << 16);

pub fn make(contender: Contender) -> Result<Engine> {
    make_with(contender, SLOTS)
}

pub fn make_with(contender: Contender, slots: u32) -> Result<Engine> {
    Engine::new(&config(contender, slots)?)
}

/// With one table for each slot, so that all of them have been used when all slots were: tables
/// are plain memory, and the first use of a page in that flushes TLBs.
pub fn make_warmable(contender: Contender) -> Result<Engine> {
    Engine::new(&config_with(contender, SLOTS, SLOTS)?)
}

/// Files of the suite have more tables at a time than memories.
pub fn config(contender: Contender, slots: u32) -> Result<Config> {
    config_with(contender, slots, 4 * slots)
}

fn config_with(contender: Contender, slots: u32, tables: u32) -> Result<Config> {
    if contender == Contender::Creator {
        let mut config = Config::new();
        config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
        config.memory_init_cow(false);
        config.with_host_memory(creator::make()?);
        return Ok(config);
    }
    let mut pool = PoolingAllocationConfig::default();
    pool.total_memories(slots)
        .total_tables(tables)
        .total_core_instances(16 * slots);
    pool.max_unused_warm_slots(slots)
        .max_memory_size(4 << 30)
        .max_memories_per_module(2)
        .table_elements(20_000);
    if contender != Contender::Default {
        pool.table_keep_resident(1 << 20);
    }
    match contender {
        Contender::Keep | Contender::Scan => {
            pool.linear_memory_keep_resident(64 << 20);
            pool.pagemap_scan(if contender == Contender::Scan {
                Enabled::Yes
            } else {
                Enabled::No
            });
        }
        // Each instance has a memory and a table, which adds an empty range.
        Contender::Batch | Contender::Seam => {
            pool.decommit_batch_size(2 * BATCH);
        }
        Contender::Default | Contender::Creator => {}
    }
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    if contender != Contender::Seam {
        config.memory_guard_size(OTHER_GUARD);
    }
    Ok(config)
}

/// Again and again while the slots are in use: another thread is about to reset all free ones.
pub fn when_free<T>(mut make: impl FnMut() -> Result<T>) -> Result<T> {
    loop {
        match make() {
            Err(error) if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() => {
                std::thread::yield_now();
            }
            result => return result,
        }
    }
}
