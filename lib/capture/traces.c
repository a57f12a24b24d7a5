/* SPDX-License-Identifier: MIT */

/*
 * Nodes are found by a hash of (parent, address) in chains, newest first. There
 * is a chain for each node, by linear hashing (Litwin 1980): with each new one,
 * one of the chains before is split in two.  So there is never much to move,
 * and few nodes are in few pages.
 *
 * A reader takes no lock.  A link only ever leads to an older node that is
 * complete, so that a reader comes to an end whatever is being split; if it
 * misses a node just being added or moved, it looks again under the lock.
 *
 * A node of a module that was unloaded is never found again: its address may
 * mean another function now.
 */

#include "traces.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "file.h"
#include "lock.h"
#include "log.h"
#include "memory.h"
#include "modules.h"

#define CHUNKS_MAX (TRACES_MAX / HPM_NODES_PER_BLOCK)
#define HEADS_PER_CHUNK 1024u

static_assert(HEADS_PER_CHUNK >= HPM_NODES_PER_BLOCK, "one for each node");

/* The chains through a block of nodes, and their share of the heads.  Each link
   is the number of a node, or 0. */
struct chains {
	_Atomic uint32_t heads[HEADS_PER_CHUNK];
	_Atomic uint32_t next[HPM_NODES_PER_BLOCK];
};

/* A block of nodes in the profile. */
struct chunk {
	struct hpm_node *nodes; /* HPM_NODES_PER_BLOCK */
	struct chains *chains;
};

static struct lock lock;
static struct chunk *chunks;
static struct block_header *block; /* the last chunk's, or NULL */
static uint32_t nr_chunks, nr_nodes;
static atomic_uint nr_heads;

bool traces_reset(void)
{
	const size_t chunks_size = CHUNKS_MAX * sizeof(*chunks);

	for (uint32_t i = 0; i < nr_chunks; i++)
		memory_unmap(chunks[i].chains, sizeof(*chunks[i].chains));
	if (chunks != NULL)
		memory_unmap(chunks, chunks_size);
	lock = (struct lock){0};
	nr_chunks = nr_nodes = 0;
	nr_heads = 0;
	block = NULL;
	chunks = memory_map(chunks_size);
	return chunks != NULL;
}

static uint32_t hash(uint32_t parent, uintptr_t address)
{
	uint64_t h = (address ^ ((uint64_t)parent << 32 | parent)) *
		     0x9e3779b97f4a7c15u;

	return (uint32_t)((h ^ (h >> 32)) * 0xd6e8feb86659fd93u >> 32);
}

static _Atomic uint32_t *head_at(uint32_t i)
{
	return &chunks[i / HEADS_PER_CHUNK].chains->heads[i % HEADS_PER_CHUNK];
}

/* The largest power of 2 up to @n > 0. */
static uint32_t top_bit(uint32_t n)
{
	return UINT32_C(1) << (31 - __builtin_clz(n));
}

/* The head for @h, of @n > 0 heads: those beyond are not split off yet. */
static _Atomic uint32_t *head_of(uint32_t h, uint32_t n)
{
	uint32_t top = top_bit(n), i = h & (2 * top - 1);

	return head_at(i < n ? i : i - top);
}

static struct hpm_node *node_at(uint32_t id)
{
	return &chunks[(id - 1) / HPM_NODES_PER_BLOCK]
			.nodes[(id - 1) % HPM_NODES_PER_BLOCK];
}

static _Atomic uint32_t *next_of(uint32_t id)
{
	return &chunks[(id - 1) / HPM_NODES_PER_BLOCK]
			.chains->next[(id - 1) % HPM_NODES_PER_BLOCK];
}

static uint32_t follow(const _Atomic uint32_t *link)
{
	return atomic_load_explicit(link, memory_order_acquire);
}

static uint32_t find_node(uint32_t h, uint32_t parent, uintptr_t address)
{
	uint32_t n = atomic_load_explicit(&nr_heads, memory_order_acquire);
	uint32_t id = n > 0 ? follow(head_of(h, n)) : 0;

	for (; id != 0; id = follow(next_of(id))) {
		const struct hpm_node *node = node_at(id);

		if (node->address == address && node->parent == parent &&
		    modules_alive(node->module))
			return id;
	}
	return 0;
}

/* Splits the chain of head @from: what is of @n more than that goes to head
   @from + @n. */
static void split_chain_locked(uint32_t from, uint32_t n)
{
	_Atomic uint32_t *end[2] = {head_at(from), head_at(from + n)};
	uint32_t id = follow(end[0]);

	for (; id != 0; id = follow(next_of(id))) {
		const struct hpm_node *node = node_at(id);
		bool over = (hash(node->parent, node->address) & n) != 0;

		atomic_store_explicit(end[over], id, memory_order_release);
		end[over] = next_of(id);
	}
	atomic_store_explicit(end[0], 0, memory_order_release);
	atomic_store_explicit(end[1], 0, memory_order_release);
}

/* For a node to come, that has room already. */
static void add_head_locked(void)
{
	uint32_t n = nr_heads;

	if (n > 0)
		split_chain_locked(n - top_bit(n), top_bit(n));
	atomic_store_explicit(&nr_heads, n + 1, memory_order_release);
}

static bool add_chunk_locked(void)
{
	struct chains *chains;

	if (nr_chunks == CHUNKS_MAX)
		return false;
	chains = memory_map(sizeof(*chains));
	if (chains == NULL)
		return false;
	if (block != NULL)
		block_seal(block);
	block = log_meta_block(BLOCK_NODES);
	if (block == NULL) {
		memory_unmap(chains, sizeof(*chains));
		return false;
	}
	block->first = nr_nodes + 1;
	file_publish(block);
	chunks[nr_chunks].nodes = (struct hpm_node *)(block + 1);
	chunks[nr_chunks].chains = chains;
	nr_chunks++;
	return true;
}

static uint32_t add_locked(uint32_t h, uint32_t parent, uintptr_t address,
			   uint32_t module)
{
	uint32_t at = nr_nodes % HPM_NODES_PER_BLOCK, id = nr_nodes + 1;
	_Atomic uint32_t *head;

	if (at == 0 && nr_nodes == nr_chunks * HPM_NODES_PER_BLOCK &&
	    !add_chunk_locked())
		return 0;
	*node_at(id) = (struct hpm_node){
		.address = address, .parent = parent, .module = module};
	add_head_locked();
	head = head_of(h, nr_heads);
	*next_of(id) = follow(head);
	__atomic_store_n(&block->used,
			 (uint32_t)((at + 1) * sizeof(struct hpm_node)),
			 __ATOMIC_RELEASE);
	nr_nodes = id;
	atomic_store_explicit(head, id, memory_order_release);
	return id;
}

static uint32_t add_node(uint32_t h, uint32_t parent, uintptr_t address)
{
	uint32_t module = address == HPM_NODE_CUT ? 0 : modules_find(address);
	uint32_t id;

	lock_take(&lock);
	id = find_node(h, parent, address);
	if (id == 0)
		id = add_locked(h, parent, address, module);
	lock_drop(&lock);
	return id;
}

static apart uint32_t find(uint32_t parent, uintptr_t address)
{
	uint32_t h = hash(parent, address);
	uint32_t id = find_node(h, parent, address);

	return likely(id != 0) ? id : add_node(h, parent, address);
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
