/* SPDX-License-Identifier: MIT */
#pragma once

#include <pthread.h>

#include "blocks.h"
#include "reader.h"
#include "spans.h"
#include "v1log.h"

/* What reader.c and reader_part.c share. */
struct reader {
	const struct heapprof_listener *listener;
	struct blocks meta, log;
	struct metadata metadata;
	struct reader_identity identity;
	struct spans *spans; /* the source of events, or */
	struct v1log *v1;    /* that of a profile of version 1 */
	bool ended;	     /* all of version 1 has been read */
	bool careful;	     /* the log turned out to be damaged */
	bool started; /* for reader_next(), which has a part of its own */
	struct reader_part *whole;
	uint64_t position;    /* of `whole` */
	pthread_mutex_t lock; /* of `spans`, and of the error of `log` */
};
