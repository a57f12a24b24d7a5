/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "varint.h"

#include "format.h"

/*
 * The bytes of BASE.hpc, the digest; heapprof-format(5), DIGEST, is the
 * specification.
 *
 *	header | snapshot... | sections | trailer
 *
 * The file is written front to back and never touched again, so that it can
 * go down a pipe; the trailer says where the sections are.  A section is
 * (kind, count, bytes) as varints, and then that many bytes: `count` records
 * of its kind.  Sections of unknown kinds are skipped.  Snapshots are found by
 * the instants, which also have their checksums.
 *
 * Pure like format.h: "put" writes and returns the bytes written, into room of
 * the HPC_*_MAX of its record; "get" reads from a cursor and, when it fails,
 * leaves the cursor bad.
 */

#define HPC_MAGIC "HEAPDGST"
#define HPC_VERSION 2u

/*
 * Sums over events as whole numbers, so that they do not depend on the order
 * of adding up and an allocation and its free cancel exactly.
 */
struct hpc_sum {
	int64_t bytes;	    /* 1/64 byte */
	int64_t count;	    /* 1/65536 */
	__int128 bytes_var; /* byte^2 */
	__int128 count_var; /* 1/65536 */
};

#define HPC_BYTE 64   /* units of hpc_sum.bytes in a byte */
#define HPC_ONE 65536 /* units of hpc_sum.count in 1 */

/* How a digest was made, of what: in place at offset 0. */
struct hpc_header {
	char magic[8];
	uint32_t version;
	uint32_t crc;	      /* CRC-32C of this struct, crc taken as 0 */
	uint64_t profile;     /* of the log */
	uint64_t log_size;    /* bytes of .hpd */
	int64_t log_time_ns;  /* when .hpd changed last; 0: recording ended */
	uint64_t events;      /* recorded so far, as .hpm counts them */
	uint64_t end_tick;    /* as .hpm has it */
	uint64_t interval_ns; /* asked for; 0: the default */
	double precision;
	uint32_t flags;	  /* HPC_* */
	uint32_t options; /* hash of where symbols were looked for */
	uint64_t reserved[6];
};

#define HPC_NO_SYMBOLS 1u

/* The last bytes of the file. */
struct hpc_trailer {
	uint64_t sections;     /* their offset */
	uint64_t length;       /* and bytes, up to this struct */
	uint32_t sections_crc; /* CRC-32C of them */
	uint32_t crc;	       /* of this struct, crc taken as 0 */
	char magic[8];
};

enum hpc_section {
	HPC_META = 1,  /* varints, by enum hpc_meta */
	HPC_STRINGS,   /* each closed by a zero byte; numbers start at 1 */
	HPC_ARGUMENTS, /* numbers of strings, varints */
	HPC_RANGES,
	HPC_FRAMES,
	HPC_TRACES,
	HPC_THREADS,
	HPC_MARKS,
	HPC_INSTANTS,
	HPC_SPREADS, /* distributions, one a trace */
	HPC_MODULES,
	HPC_SECTIONS /* one more than the last */
};

/* Strings by number, 0: none. */
enum hpc_meta {
	HPC_PROGRAM,   /* string */
	HPC_DIRECTORY, /* string */
	HPC_HOST,      /* string */
	HPC_START,     /* CLOCK_REALTIME, ns */
	HPC_DURATION,  /* ns */
	HPC_PID,
	HPC_PARENT,
	HPC_SAMPLE_BYTES,
	HPC_DEPTH,
	HPC_END, /* enum hpm_end */
	HPC_END_ERROR,
	HPC_FOREIGN_MALLOC,
	HPC_SEEN,
	HPC_SEEN_BYTES,
	HPC_RECORDED,
	HPC_FREES,
	HPC_LOST,
	HPC_UNKNOWN_STACKS,
	HPC_CUT_STACKS,
	HPC_DAMAGED_BYTES,
	HPC_UNKNOWN_MODULES,
	HPC_SHORTENED,
	HPC_INTERVAL,  /* between snapshots, ns */
	HPC_PEAK,      /* number of an instant, from 0 */
	HPC_PEAK_RISE, /* 1/64 byte */
	HPC_LISTED,    /* frames in the lists of all traces; 0: not known */
	HPC_META_MAX
};

struct hpc_frame {
	uint32_t function, file, module; /* strings */
	uint32_t line;			 /* 0: unknown */
	uint32_t flags;			 /* HPC_FRAME_* */
	uint64_t offset;
};

#define HPC_FRAME_INLINED 1u
#define HPC_FRAME_CUT 2u

/*
 * Followed by the numbers of its innermost nr_frames - shared frames, varints;
 * the others are the last ones of the trace before.  The frames of all traces
 * up to any one are at most HPC_FRAMES_A_BYTE for each byte of the section up
 * to there, so that a reader knows what memory it can need.
 */
#define HPC_FRAMES_A_BYTE 8u

struct hpc_trace {
	uint32_t node; /* of .hpm */
	uint32_t nr_frames;
	uint32_t shared; /* outermost frames, with the trace before */
	struct hpc_sum allocated, freed, temporary, peak;
	uint64_t peak_ns;
	__int128 byte_ns;   /* live bytes over time, 1/64 byte ns */
	int64_t waste;	    /* 1/64 byte */
	__int128 waste_var; /* byte^2 */
	double area_var;    /* of live bytes over time, (byte s)^2 */
	/* Of freed blocks: their ages, times what each stands for; the
	   variance of that, and its covariance with their count. */
	double age, age_var, age_cov; /* s, s^2, s */
};

/*
 * Distributions are by powers of two: class 0 is nothing, class k is from
 * 2^(k-1) to below 2^k, of bytes or of microseconds; the last one is open.
 */
#define HPC_CLASSES 64u

static inline unsigned hpc_class(uint64_t v)
{
	return v ? MIN(64u - (unsigned)__builtin_clzll(v), HPC_CLASSES - 1) : 0;
}

static inline unsigned hpc_age_class(uint64_t age_ns)
{
	return hpc_class(age_ns / 1000);
}

/* Blocks of a class of sizes. */
enum hpc_size_sum {
	HPC_SIZE_ALLOCATED, /* over the run */
	HPC_SIZE_FREED,	    /* of these */
	HPC_SIZE_PEAK,	    /* live at the peak of the run */
	HPC_SIZE_SUMS
};

struct hpc_thread {
	uint32_t name; /* string */
	uint32_t tid;
	uint64_t seen, seen_bytes, start_ns;
	struct hpc_sum allocated, freed, peak_live, end_live;
};

/* A mapped ELF file; the frames in it have the same path. */
struct hpc_module {
	uint32_t path;	   /* string */
	uint32_t build_id; /* string of lower-case hexadecimal digits */
	uint64_t start;	   /* first mapped address */
	uint64_t size;	   /* bytes, from there to the last mapped one */
	uint64_t offset;   /* of `start`, as those of frames */
};

struct hpc_mark {
	uint64_t time_ns;
	uint32_t label; /* string */
};

struct hpc_instant {
	uint64_t time_ns;
	uint32_t kinds; /* enum digest_kind */
	uint64_t rss;	/* bytes */
	struct hpc_sum live, max_live, allocated, freed;
	uint64_t offset; /* of its snapshot in the file */
	uint64_t length; /* bytes; 0: it is that of the instant before */
	uint32_t crc;	 /* CRC-32C of these bytes */
};

/* A snapshot is a count, a varint, and that many of these, by trace. */
struct hpc_usage {
	uint32_t trace;
	struct hpc_sum live, allocated, freed;
};

#define HPC_WIDE_MAX 19
#define HPC_SUM_MAX (1 + 2 * VARINT_MAX + 2 * HPC_WIDE_MAX)
#define HPC_FRAME_MAX (6 * VARINT_MAX)
#define HPC_TRACE_MAX (9 * VARINT_MAX + 4 * HPC_SUM_MAX + 2 * HPC_WIDE_MAX)
#define HPC_THREAD_MAX (5 * VARINT_MAX + 4 * HPC_SUM_MAX)
#define HPC_MODULE_MAX (5 * VARINT_MAX)
#define HPC_MARK_MAX (2 * VARINT_MAX)
#define HPC_INSTANT_MAX (6 * VARINT_MAX + 4 * HPC_SUM_MAX)
#define HPC_USAGE_MAX (VARINT_MAX + 3 * HPC_SUM_MAX)

/* Sets the magic, version and checksum. */
void hpc_seal_header(struct hpc_header *h);
enum format_status hpc_check_header(const struct hpc_header *h);
void hpc_seal_trailer(struct hpc_trailer *t);

/* Are the sections of @t just before it, in a file of @size bytes? */
enum format_status hpc_check_trailer(const struct hpc_trailer *t,
				     uint64_t size);

/* Signed numbers of 128 bits: zigzag, then as a longer varint. */
size_t hpc_put_wide(uint8_t *out, __int128 v);
__int128 hpc_get_wide(struct cursor *c);

/* A double, short where it is 0: its bytes in reverse, as a number. */
size_t hpc_put_real(uint8_t *out, double v);
double hpc_get_real(struct cursor *c);

size_t hpc_put_sum(uint8_t *out, const struct hpc_sum *s);
void hpc_get_sum(struct cursor *c, struct hpc_sum *s);

size_t hpc_put_frame(uint8_t *out, const struct hpc_frame *f);
void hpc_get_frame(struct cursor *c, struct hpc_frame *f);
size_t hpc_put_trace(uint8_t *out, const struct hpc_trace *t);
void hpc_get_trace(struct cursor *c, struct hpc_trace *t);
size_t hpc_put_thread(uint8_t *out, const struct hpc_thread *t);
void hpc_get_thread(struct cursor *c, struct hpc_thread *t);
size_t hpc_put_module(uint8_t *out, const struct hpc_module *m);
void hpc_get_module(struct cursor *c, struct hpc_module *m);
size_t hpc_put_mark(uint8_t *out, const struct hpc_mark *m);
void hpc_get_mark(struct cursor *c, struct hpc_mark *m);

/* Times and offsets are relative to @before, the one before; NULL: the first */
size_t hpc_put_instant(uint8_t *out, const struct hpc_instant *i,
		       const struct hpc_instant *before);
void hpc_get_instant(struct cursor *c, struct hpc_instant *i,
		     const struct hpc_instant *before);

/* @before: the trace before plus one, 0 for the first.  Who has got the trace
   gets the sums or skips them. */
size_t hpc_put_usage(uint8_t *out, const struct hpc_usage *u, uint32_t before);
uint32_t hpc_get_usage_trace(struct cursor *c, uint32_t before);
void hpc_get_usage_sums(struct cursor *c, struct hpc_usage *u);
void hpc_skip_usage_sums(struct cursor *c);

/* A number below 2^32; a larger one is damage. */
uint32_t hpc_get_number(struct cursor *c);
