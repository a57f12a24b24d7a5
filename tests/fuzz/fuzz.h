/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "format/varint.h"
#include "heapprof.h"

/*
 * What the fuzz targets share.  Each target is one file, which is linked with
 * libFuzzer, or with replay.c to run the files of a folder.
 *
 * An input is not the file itself where that would keep a fuzzer busy with
 * checksums and padding: fuzz_slots() and hpc.c say how it is packed.  seeds.py
 * makes inputs of real profiles.
 *
 * What holds for every input is checked here: messages are single lines that a
 * terminal only shows, so is what is rendered, and memory is in proportion to
 * the files.
 */

/* The target: one input.  It aborts if something is wrong, and returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What an input has before the rest: how it is digested and looked at. */
struct fuzz_choice {
	uint8_t digest; /* precision, scale of version 1; FUZZ_QUICK */
	uint8_t view;	/* or the functions of heapprof.h */
	uint8_t grouping;
	uint8_t text;
};

/* Few snapshots, by one thread, and one format of the view, instead of all: a
   fuzzer that does everything with each input comes to few. */
#define FUZZ_QUICK 32u

struct fuzz_choice fuzz_choose(struct cursor *in);

/* Little-endian, 0 where bytes are missing. */
uint64_t fuzz_number(struct cursor *in, unsigned bytes);

/* At most @n of the bytes that are left. */
struct cursor fuzz_take(struct cursor *in, size_t n);

/* From here on this process gets no more than a gigabyte of memory. */
void fuzz_limit(void);

/* A profile in a folder of this process; files by their suffix. */
extern char fuzz_base[64];
void fuzz_start(void);
void fuzz_write(const char *suffix, const void *p, size_t n);

/* The identity of all blocks that fuzz_slots() makes. */
#define FUZZ_PROFILE 0x1234567890abcdef

/*
 * An input: a choice, and the blocks of a file; @make_rest writes the others,
 * the first time.  Each is a byte of FUZZ_*, a length of two bytes, and that
 * many bytes of header and payload; without FUZZ_RAW its magic and profile are
 * put right.
 */
#define FUZZ_SEALED 1u /* its checksum is right */
#define FUZZ_RAW 2u    /* not touched */
#define FUZZ_CUT 4u    /* the file ends where these bytes do */
#define FUZZ_USED 8u   /* all of its bytes are used */
void fuzz_slots(const char *suffix, void (*make_rest)(void),
		const uint8_t *data, size_t size);

/* Digests the profile, and looks at what comes out. */
void fuzz_profile(const struct fuzz_choice *c);

/* Looks at BASE.hpc. */
void fuzz_digest(const struct fuzz_choice *c);

/* Nothing in @text but what can be shown.  @what, for the message. */
void fuzz_check_text(const char *what, const char *text, size_t n);

/* An estimate and its error are numbers. */
void fuzz_check_sum(const struct heapprof_sum *s);

/*
 * Memory that is allocated from here on is counted, if this is built with
 * AddressSanitizer, and at the end was no more than some and @bytes times some.
 */
void fuzz_begin(void);
void fuzz_end(uint64_t bytes);
