/* SPDX-License-Identifier: MIT */

/* Defaults, limits, and the hash by which other options are told apart. */

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "digest_options.h"
#include "say.h"
#include "v1log.h"

#define PRECISION 0.01
#define INSTANTS_MAX 1000000u
#define SECOND 1e9
#define LONG_RUN_NS ((uint64_t)6000 * 1000000000)
/* Where none was asked for, a time that is wrong must not cost the world. */
#define INSTANTS_USUAL 20000u

static const struct heapprof_digest_options defaults = {.precision = -1};

static const struct heapprof_digest_options *
resolve(const struct heapprof_digest_options *options)
{
	return options ? options : &defaults;
}

int digest_options_check(const struct heapprof_digest_options *options,
			 const struct heapprof_listener *listener)
{
	const struct heapprof_digest_options *o = resolve(options);
	enum v1log_scale scale;

	if (!(o->interval_s >= 0) || isinf(o->interval_s))
		return say_error(listener, -EINVAL,
				 "interval %g: must be above 0", o->interval_s);
	if (!(o->precision <= 1))
		return say_error(listener, -EINVAL,
				 "precision %g: must be 0 to 1", o->precision);
	if (v1log_parse_scale(o->v1_scale, &scale) != 0)
		return say_error(listener, -EINVAL,
				 "scale '%s': must be declared, linux or "
				 "double",
				 o->v1_scale);
	return 0;
}

static uint32_t hash_string(uint32_t hash, const char *s)
{
	return s ? block_crc32c(hash, s, strlen(s) + 1)
		 : block_crc32c(hash, "\xff", 1);
}

static uint64_t interval_ns(double s)
{
	double ns = fmin(round(s * 1e9), 0x1p61);

	/* 0 stays the default, but something above it does not become it. */
	return s > 0 && ns < 1 ? 1 : (uint64_t)ns;
}

void digest_options_header(const struct heapprof_digest_options *options,
			   struct hpc_header *h)
{
	const struct heapprof_digest_options *o = resolve(options);
	enum v1log_scale scale;

	h->interval_ns = interval_ns(o->interval_s);
	h->precision = o->precision < 0 ? PRECISION : o->precision;
	h->flags = o->no_symbols ? HPC_NO_SYMBOLS : 0;
	h->options = hash_string(o->debuginfod, o->sysroot);
	for (const char **p = o->debug_paths; p && *p; p++)
		h->options = hash_string(h->options, *p);
	if (v1log_parse_scale(o->v1_scale, &scale) == 0 &&
	    scale != V1LOG_DECLARED)
		h->options = hash_string(h->options, o->v1_scale);
}

int digest_options_interval(const struct heapprof_digest_options *options,
			    uint64_t end_ns, const char *base,
			    const struct heapprof_listener *listener,
			    uint64_t *out)
{
	uint64_t ns = interval_ns(resolve(options)->interval_s), nr;

	if (ns == 0)
		ns = end_ns < LONG_RUN_NS
			     ? (end_ns + 99) / 100
			     : MAX(LONG_RUN_NS / 100, end_ns / INSTANTS_USUAL);
	*out = MAX(ns, 1);
	nr = end_ns / *out;
	if (nr > INSTANTS_MAX)
		return say_error(
			listener, -EINVAL,
			"%s: an interval of %g s makes %" PRIu64 " snapshots "
			"of a run of %g s, and %u are the most; use "
			"--interval=%g or more",
			base, (double)*out / SECOND, nr,
			(double)end_ns / SECOND, INSTANTS_MAX,
			ceil((double)end_ns / INSTANTS_MAX / 1e3) / 1e6);
	return 0;
}

const char *
digest_options_v1_scale(const struct heapprof_digest_options *options)
{
	return resolve(options)->v1_scale;
}

char *digest_options_output(const struct heapprof_digest_options *options,
			    const char *base)
{
	const struct heapprof_digest_options *o = resolve(options);
	char *path;

	if (o->output)
		return strdup(o->output);
	return asprintf(&path, "%s.hpc", base) < 0 ? NULL : path;
}

static void warn(void *arg, const char *text)
{
	say(arg, HEAPPROF_WARNING, "%s", text);
}

void digest_options_symbols(const struct heapprof_digest_options *options,
			    const struct heapprof_listener *listener,
			    struct frames_options *out)
{
	const struct heapprof_digest_options *o = resolve(options);

	*out = (struct frames_options){.no_symbols = o->no_symbols};
	out->lookup.jobs = o->jobs;
	out->lookup.symbols = (struct symbols_options){
		.debug_paths = (const char *const *)o->debug_paths,
		.sysroot = o->sysroot,
		.debuginfod = o->debuginfod,
		.warn = warn,
		.arg = (void *)(uintptr_t)listener,
	};
}
