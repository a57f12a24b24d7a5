/* SPDX-License-Identifier: MIT */

/*
 * Nodes are found by a hash of (parent, address), chained through `next`.  The
 * heads never move and chains are only added to at the front, with a release
 * store after the node is complete; a reader that misses a node just being
 * added looks again under the lock.
 *
 * A node of a module that was unloaded is never found again: its address may
 * mean another function now.
 */

#include "traces.h"

#include <stdatomic.h>
#include <string.h>

#include "file.h"
#include "lock.h"
#include "log.h"
#include "memory.h"
#include "modules.h"

#define HEAD_BITS 18
#define CHUNKS_MAX (TRACES_MAX / HPM_NODES_PER_BLOCK)
#define CHAINS_SIZE (HPM_NODES_PER_BLOCK * sizeof(uint32_t))

/* A block of nodes in the profile, and the chains through them. */
struct chunk {
	struct hpm_node *nodes; /* HPM_NODES_PER_BLOCK */
	uint32_t *next;		/* number of the next in the chain, or 0 */
};

static struct lock lock;
static _Atomic uint32_t *heads;
static struct chunk *chunks;
static struct block_header *block; /* the last chunk's, or NULL */
static uint32_t nr_chunks, nr_nodes;

bool traces_reset(void)
{
	const size_t heads_size = sizeof(*heads) << HEAD_BITS;
	const size_t chunks_size = CHUNKS_MAX * sizeof(*chunks);

	for (uint32_t i = 0; i < nr_chunks; i++)
		memory_unmap(chunks[i].next, CHAINS_SIZE);
	if (heads != NULL)
		memory_unmap((void *)heads, heads_size);
	if (chunks != NULL)
		memory_unmap(chunks, chunks_size);
	lock = (struct lock){0};
	nr_chunks = nr_nodes = 0;
	block = NULL;
	heads = memory_map(heads_size);
	chunks = memory_map(chunks_size);
	return heads != NULL && chunks != NULL;
}

static _Atomic uint32_t *head_of(uint32_t parent, uintptr_t address)
{
	uint64_t h = (address ^ ((uint64_t)parent << 32 | parent)) *
		     0x9e3779b97f4a7c15u;

	h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93u;
	return &heads[h >> (64 - HEAD_BITS)];
}

static uint32_t find_node(_Atomic uint32_t *head, uint32_t parent,
			  uintptr_t address)
{
	uint32_t id = atomic_load_explicit(head, memory_order_acquire);

	while (id != 0) {
		uint32_t at = (id - 1) % HPM_NODES_PER_BLOCK;
		const struct chunk *c = &chunks[(id - 1) / HPM_NODES_PER_BLOCK];
		const struct hpm_node *node = &c->nodes[at];

		if (node->address == address && node->parent == parent &&
		    modules_alive(node->module))
			return id;
		id = c->next[at];
	}
	return 0;
}

static bool add_chunk_locked(void)
{
	uint32_t *next;

	if (nr_chunks == CHUNKS_MAX)
		return false;
	next = memory_map(CHAINS_SIZE);
	if (next == NULL)
		return false;
	if (block != NULL)
		block_seal(block);
	block = log_meta_block(BLOCK_NODES);
	if (block == NULL) {
		memory_unmap(next, CHAINS_SIZE);
		return false;
	}
	block->first = nr_nodes + 1;
	file_publish(block);
	chunks[nr_chunks].nodes = (struct hpm_node *)(block + 1);
	chunks[nr_chunks].next = next;
	nr_chunks++;
	return true;
}

static uint32_t add_locked(_Atomic uint32_t *head, uint32_t parent,
			   uintptr_t address, uint32_t module)
{
	uint32_t at = nr_nodes % HPM_NODES_PER_BLOCK;
	struct chunk *c;

	if (at == 0 && nr_nodes == nr_chunks * HPM_NODES_PER_BLOCK &&
	    !add_chunk_locked())
		return 0;
	c = &chunks[nr_chunks - 1];
	c->nodes[at] = (struct hpm_node){
		.address = address, .parent = parent, .module = module};
	c->next[at] = atomic_load_explicit(head, memory_order_relaxed);
	__atomic_store_n(&block->used,
			 (uint32_t)((at + 1) * sizeof(struct hpm_node)),
			 __ATOMIC_RELEASE);
	nr_nodes++;
	atomic_store_explicit(head, nr_nodes, memory_order_release);
	return nr_nodes;
}

static uint32_t add_node(_Atomic uint32_t *head, uint32_t parent,
			 uintptr_t address)
{
	uint32_t module = address == HPM_NODE_CUT ? 0 : modules_find(address);
	uint32_t id;

	lock_take(&lock);
	id = find_node(head, parent, address);
	if (id == 0)
		id = add_locked(head, parent, address, module);
	lock_drop(&lock);
	return id;
}

static apart uint32_t find(uint32_t parent, uintptr_t address)
{
	_Atomic uint32_t *head = head_of(parent, address);
	uint32_t id = find_node(head, parent, address);

	return likely(id != 0) ? id : add_node(head, parent, address);
}

static hot uint32_t step(struct traces_lately *lately, uint32_t parent,
			 uintptr_t address)
{
	size_t at =
		(address ^ parent * 0x9e3779b1u) % ARRAY_SIZE(lately->nodes);
	uint32_t node = lately->nodes[at].node;

	if (likely(lately->nodes[at].address == address &&
		   lately->nodes[at].parent == parent && node != 0))
		return node;
	node = find(parent, address);
	lately->nodes[at].address = address;
	lately->nodes[at].parent = parent;
	lately->nodes[at].node = node;
	return node;
}

static cold uint32_t no_room(struct stack *s)
{
	stack_forget(s);
	return 0;
}

uint32_t traces_find(struct stack *s, struct traces_lately *lately)
{
	uint32_t id = 0;
	size_t i = s->known;

	if (unlikely(lately->generation != s->generation)) {
		memset(lately, 0, sizeof(*lately));
		lately->generation = s->generation;
	}
	if (likely(i > 0))
		id = s->frames[i - 1].node;
	else if (s->cut && (id = find(0, HPM_NODE_CUT)) == 0)
		return no_room(s);
	for (; i < s->nr; i++) {
		id = step(lately, id, s->frames[i].at.pc);
		s->frames[i].node = id;
		if (unlikely(id == 0))
			return no_room(s);
	}
	return id;
}
