/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base.h"

/*
 * The bytes of BASE.hpm and BASE.hpd, version 2; heapprof-format(5) is the
 * specification and this header its mirror, section by section.  (BASE.hpc,
 * the digest, is in hpc.h.)
 *
 * Both files are arrays of blocks of BLOCK_SIZE bytes.  A block is written in
 * place by one process through a shared mapping, so that a reader may look at
 * any moment: `used` says how much of the payload is whole.  A sealed block
 * will not change again and carries a checksum.
 *
 * Everything here is pure: no I/O, no allocation, no errno, no globals.  All
 * numbers are little-endian.  "put" writes and returns the bytes written, into
 * room that the caller sized by a constant; "get" reads and returns a status.
 */

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the recorder writes its structs as they are: little-endian only"
#endif

enum format_status {
	FORMAT_OK,
	FORMAT_END,	  /* nothing more here */
	FORMAT_TRUNCATED, /* the bytes end within a record */
	FORMAT_DAMAGED,	  /* bytes that no writer writes */
	FORMAT_NEWER,	  /* a version that this reader does not know */
};

/* BLOCKS ------------------------------------------------------------------ */

#define BLOCK_SIZE 16384u
#define BLOCK_MAGIC 0x32425048u /* "HPB2" */
#define BLOCK_PAYLOAD (BLOCK_SIZE - sizeof(struct block_header))

enum block_kind {
	BLOCK_HEADER = 1, /* the first of each file: struct hpm_header */
	BLOCK_STATE,	  /* the second of .hpm: struct hpm_state */
	BLOCK_NODES,	  /* struct hpm_node[] */
	BLOCK_THREADS,	  /* struct hpm_thread[] */
	BLOCK_MODULES,	  /* module records */
	BLOCK_MARKS,	  /* mark records */
	BLOCK_EVENTS,	  /* events; the only kind in .hpd beside the header */
};

#define BLOCK_SEALED 1u

struct block_header {
	uint32_t magic;	   /* BLOCK_MAGIC; 0: nothing here, or not yet */
	uint8_t kind;	   /* enum block_kind */
	uint8_t flags;	   /* BLOCK_SEALED */
	uint16_t zero;	   /* 0 */
	uint32_t used;	   /* bytes of payload that are whole; only grows */
	uint32_t crc;	   /* of a sealed block, see block_crc() */
	uint64_t profile;  /* the same in every block of one profile */
	uint64_t first;	   /* EVENTS: tick of the first event;
			      NODES, THREADS: number of the first element */
	uint32_t lane;	   /* EVENTS: whose blocks these are, see below */
	uint32_t sequence; /* EVENTS: 0, 1, 2... within the lane */
	uint32_t thread;   /* EVENTS: number of the thread at the start */
	uint32_t reserved[5];
};

/*
 * A lane is a writer: at any time one thread has it, and when that thread ends
 * another one goes on with it.  The events of a lane are in order of time.
 */

/* CRC-32C (Castagnoli) of @n bytes, continuing from @crc; 0 at the start. */
uint32_t block_crc32c(uint32_t crc, const void *p, size_t n);

/* The same, as where the processor has no instruction for it. */
uint32_t block_crc32c_by_tables(uint32_t crc, const void *p, size_t n);

/* Checksum of the header (its crc field and flags taken as 0) and payload. */
uint32_t block_crc(const struct block_header *b);

/* Marks @b, with its payload behind it, as final. */
void block_seal(struct block_header *b);

/*
 * Is there a block in the BLOCK_SIZE bytes at @b?  END: an unused slot.
 * @profile 0 accepts any profile.
 */
enum format_status block_check(const struct block_header *b, uint64_t profile);

/* METADATA: BASE.hpm ------------------------------------------------------ */

#define HPM_MAGIC "HEAPPROF"
#define HPM_VERSION 2u
#define HPM_RANGES_MAX 31u

/* Allocations below @below, and not below an earlier bound. */
struct hpm_range {
	uint64_t below;	    /* bytes, exclusive, ascending */
	double probability; /* 0..1 */
};

/*
 * Payload of block 0 of both files.  In .hpd the fields after `tick_shift` are
 * zero.  The strings follow `argc` immediately: program (absolute path),
 * working directory, host, then argc arguments, each closed by a zero byte.
 */
struct hpm_header {
	char magic[8];		/* HPM_MAGIC, without a closing zero */
	uint32_t version;	/* HPM_VERSION */
	uint32_t tick_shift;	/* one tick is 1 << tick_shift nanoseconds */
	uint64_t start_ns;	/* CLOCK_REALTIME of tick 0 */
	uint64_t start_mono_ns; /* CLOCK_MONOTONIC of tick 0 */
	uint32_t pid;
	uint32_t parent_pid;
	uint32_t page_size; /* unit of resident set sizes */
	uint32_t depth;	    /* innermost frames kept of a stack */
	uint64_t seed;	    /* of the sampling; 0: the system's */
	uint64_t interval;  /* bytes=: mean bytes between samples; 0: ranges */
	uint32_t nr_ranges;
	uint32_t flags;				/* HPM_* */
	struct hpm_range range[HPM_RANGES_MAX]; /* above them all: always */
	uint32_t strings;			/* bytes of the strings */
	uint32_t argc;				/* arguments that follow */
};

#define HPM_ARGS_CUT 1u /* arguments were left out for want of room */

#define HPM_STRINGS_MAX (BLOCK_PAYLOAD - sizeof(struct hpm_header))

/* Why recording ended. */
enum hpm_end {
	HPM_RUNNING,	/* it still runs, or was killed */
	HPM_EXIT,	/* the program ended by exit() or return */
	HPM_STOPPED,	/* heapprof_stop() */
	HPM_NO_SPACE,	/* the file could not grow; see error */
	HPM_SIZE_LIMIT, /* --max-size */
	HPM_REPLACED,	/* the process has executed another program */
};

/* What was not recorded, by reason. */
enum hpm_lost {
	HPM_LOST_NESTED,  /* events within our own hooks (signal handlers) */
	HPM_LOST_STACKS,  /* events recorded, but with an unknown stack */
	HPM_LOST_MEMORY,  /* events for which our tables had no room */
	HPM_LOST_STOPPED, /* events after the files were full */
	HPM_LOST_REUSED, /* frees that were never seen: the address came back */
	HPM_CUT_STACKS,	 /* stacks deeper than `depth` */
	HPM_LOST_BLOCKED, /* events while the files could not grow: no
			     descriptor or memory was left */
	HPM_LOST_MAX = 16,
};

/* How a process came to be recorded. */
enum hpm_origin {
	HPM_FIRST,    /* it was started so, or asked for it itself */
	HPM_FORKED,   /* by a process that is recorded */
	HPM_EXECUTED, /* by one, as a child or in its place: then of one pid */
};

/* Payload of block 1 of .hpm; changes in place, never sealed. */
struct hpm_state {
	uint64_t end_tick;	 /* when `end` was set */
	uint32_t end;		 /* enum hpm_end */
	uint32_t error;		 /* errno value behind HPM_NO_SPACE */
	uint32_t foreign_malloc; /* 1: the program brought its own malloc */
	uint32_t reserved;
	uint64_t lost[HPM_LOST_MAX]; /* enum hpm_lost */
	uint64_t parent;	     /* profile of the one that forked or
					executed it, 0: HPM_FIRST */
	uint32_t origin;	     /* enum hpm_origin */
	uint32_t reserved2;
};

/*
 * One call: node @number is a frame called from node @parent.  A trace is
 * named by its innermost node; following parents gives the rest, up to 0.
 * Numbers start at 1 and count through all NODES blocks.
 */
struct hpm_node {
	uint64_t address; /* return address; HPM_NODE_CUT: frames left out */
	uint32_t parent;  /* smaller than the node's own number; 0: none */
	uint32_t module;  /* number of the module, 0: none */
};

#define HPM_DEPTH_MAX 4096u /* nodes of a trace, and a cut one */
#define HPM_NODE_CUT 0u	    /* address of the "stack was cut" root */
#define HPM_NODES_PER_BLOCK                                                    \
	((uint32_t)(BLOCK_PAYLOAD / sizeof(struct hpm_node)))

/* A thread that allocated; changes in place.  Numbers start at 1. */
struct hpm_thread {
	uint64_t seen;	     /* allocations, recorded or not */
	uint64_t seen_bytes; /* their sizes */
	uint64_t recorded;   /* allocations recorded */
	uint64_t freed;	     /* frees recorded */
	uint64_t start_tick;
	uint32_t tid;
	uint32_t reserved;
	char name[16]; /* as prctl(PR_GET_NAME) gave it last */
};

#define HPM_THREADS_PER_BLOCK                                                  \
	((uint32_t)(BLOCK_PAYLOAD / sizeof(struct hpm_thread)))
#define HPM_THREADS_MAX 65535u

/* A mapped ELF file, from load to unload. */
struct hpm_module {
	uint32_t number;    /* from 1; ascending in the file */
	uint64_t tick;	    /* when it was first seen, or seen to be gone */
	bool gone;	    /* the second record of a module: it was unloaded */
	uint64_t bias;	    /* address = bias + address in the ELF file */
	uint64_t start;	    /* first mapped address */
	uint64_t end;	    /* one past the last */
	uint64_t file_size; /* 0: unknown */
	int64_t file_mtime_ns;
	uint8_t build_id[32];
	uint8_t build_id_length; /* 0: none */
	uint16_t path_length;
	const char *path; /* not zero-terminated; within the record */
};

#define HPM_PATH_MAX 4096u
#define HPM_MODULE_MAX (128u + HPM_PATH_MAX)

/* A named instant, heapprof_mark(). */
struct hpm_mark {
	uint64_t tick;
	uint32_t thread;
	uint16_t label_length;
	const char *label; /* not zero-terminated; within the record */
};

#define HPM_LABEL_MAX 256u
#define HPM_MARK_MAX (32u + HPM_LABEL_MAX)

/*
 * Is @h, the payload of block 0, one that we can read?  @used is that block's.
 * OK means that the counts are in bounds and all strings are terminated.
 */
enum format_status hpm_check_header(const struct hpm_header *h, size_t used);

/* String @i of the header: 0 program, 1 directory, 2 host, 3... arguments. */
const char *hpm_string(const struct hpm_header *h, unsigned i);

struct cursor;
size_t hpm_put_module(uint8_t *out, const struct hpm_module *m);
enum format_status hpm_get_module(struct cursor *c, struct hpm_module *m);
size_t hpm_put_mark(uint8_t *out, const struct hpm_mark *m);
enum format_status hpm_get_mark(struct cursor *c, struct hpm_mark *m);

/* Probability with which an allocation of @size bytes is recorded. */
double hpm_probability(const struct hpm_header *h, uint64_t size);

/* EVENTS: BASE.hpd --------------------------------------------------------- */

enum hpd_kind {
	HPD_ALLOC = 1,
	HPD_FREE,
	HPD_TEMPORARY, /* a free, and its thread allocated nothing since */
	HPD_RSS = 5,   /* resident set size */
	HPD_THREAD,    /* the lane has a new thread from here on */
	HPD_EXTENSION, /* skipped by readers that do not know it */
};

#define HPD_KIND_BITS 3 /* low ones of the first number of an event */
#define HPD_DEFINES                                                            \
	4u /* in these: it defines its slot; alone: the kind is in             \
	      a byte of its own, and if that has a slot, so is                 \
	      the whole definition */
#define HPD_SLOTS 256u
#define HPD_EVENT_MAX 64u /* bytes that hpd_put() writes at most */

/* What an allocation and its free have in common. */
struct hpd_block {
	uint64_t size;	 /* asked for, bytes */
	uint32_t trace;	 /* innermost node, 0: unknown */
	uint32_t thread; /* that allocated it */
	uint32_t waste;	 /* usable size less size, bytes, capped at 65535 */
};

struct hpd_event {
	uint64_t tick;
	uint64_t age; /* FREE, TEMPORARY: ticks since the allocation */
	uint64_t rss; /* RSS: pages */
	struct hpd_block block; /* ALLOC, FREE, TEMPORARY */
	uint32_t thread;	/* that did it; THREAD: the new one */
	uint8_t kind;		/* enum hpd_kind */
	uint8_t slot; /* ALLOC, FREE, TEMPORARY: where block is defined */
	bool defined; /* set by get: the slot has changed */
};

/* Coding state of one block of events, the same for writer and reader. */
struct hpd_coder {
	uint64_t tick;	       /* of the last event */
	uint32_t trace;	       /* of the last definition */
	uint32_t thread;       /* of the events from here on */
	bool known[HPD_SLOTS]; /* slot is defined */
	struct hpd_block slot[HPD_SLOTS];
};

/*
 * The waste that goes without saying, which is that of glibc's malloc: it
 * gives 8 bytes less than a multiple of 16, and 24 at least.
 */
static inline uint32_t hpd_usual_waste(uint64_t size)
{
	return (uint32_t)((8 - size) & 15) | (uint32_t)(size <= 8) << 4;
}

/* Starts a block whose header has been set. */
void hpd_start(struct hpd_coder *c, const struct block_header *b);

/* Appends @e.  @e->tick must not be before the last one's. */
size_t hpd_put(uint8_t *out, struct hpd_coder *c, const struct hpd_event *e);

/* The next event; never HPD_EXTENSION.  END at the end. */
enum format_status hpd_get(struct cursor *in, struct hpd_coder *c,
			   struct hpd_event *e);
