/* SPDX-License-Identifier: MIT */

/*
 * The events of a log, in parts or as a whole, from spans of .hpd or from a log
 * of version 1.
 */

#include <errno.h>
#include <stdlib.h>

#include "lanes.h"
#include "reader_state.h"
#include "weight.h"

/* Of version 1: events at a time, and so many times make a part. */
#define BATCH 256u
#define V1_PART 4096u

struct reader_part {
	struct reader *r;
	struct lanes *lanes; /* NULL: version 1 */
	struct span span;
	size_t left;			  /* batches, of a part of version 1 */
	struct reader_event batch[BATCH]; /* of version 1 */
};

bool reader_has_parts(const struct reader *r)
{
	return !r->v1;
}

static void rewind_to(struct reader *r, bool careful)
{
	if (r->v1)
		v1log_rewind(r->v1);
	else
		spans_rewind(r->spans, careful);
	r->position = 0;
	r->ended = false;
}

void reader_start(struct reader *r)
{
	rewind_to(r, r->careful);
}

void reader_end(struct reader *r)
{
	if (r->spans)
		spans_pass(r->spans);
}

int reader_part_open(struct reader *r, struct reader_part **out)
{
	struct reader_part *p = calloc(1, sizeof(*p));

	if (p && !r->v1) {
		p->lanes = lanes_new(&r->log, r->meta.header);
		if (!p->lanes) {
			free(p);
			p = NULL;
		}
	}
	if (!p)
		return -ENOMEM;
	p->r = r;
	*out = p;
	return 0;
}

void reader_part_close(struct reader_part *p)
{
	if (!p)
		return;
	lanes_free(p->lanes);
	free(p->span.blocks);
	free(p);
}

int reader_part_next(struct reader_part *p, uint64_t *position)
{
	struct reader *r = p->r;
	int status;

	if (r->v1) {
		p->left = V1_PART;
		*position = v1log_position(r->v1);
		return !r->ended;
	}
	pthread_mutex_lock(&r->lock);
	status = spans_next(r->spans, &p->span);
	r->careful |= status == -EBADMSG;
	pthread_mutex_unlock(&r->lock);
	*position = p->span.position;
	if (status == 1) {
		int error = lanes_start(p->lanes, &p->span);

		status = error ? error : 1;
	}
	return status;
}

static void end_part(struct reader_part *p, bool careful)
{
	struct reader *r = p->r;

	pthread_mutex_lock(&r->lock);
	spans_damage(r->spans, lanes_damage(p->lanes));
	if (r->log.error == 0)
		r->log.error = lanes_error(p->lanes);
	r->careful |= careful;
	pthread_mutex_unlock(&r->lock);
}

int reader_part_read(struct reader_part *p, const struct reader_event **events,
		     size_t *n)
{
	int error;

	if (p->lanes) {
		error = lanes_next(p->lanes, events, n);
		if (error == -EBADMSG || (error == 0 && *n == 0))
			end_part(p, error);
		return error;
	}
	*events = p->batch;
	*n = 0;
	if (p->left == 0)
		return 0;
	error = v1log_next(p->r->v1, p->batch, BATCH, n);
	p->left--;
	p->r->ended = *n == 0;
	return error;
}

bool reader_has_sums(const struct reader *r)
{
	return !r->v1 && weight_is_one(r->meta.header);
}

int reader_part_sums(struct reader_part *p, struct reader_sums *out)
{
	int error = lanes_add_up(p->lanes, out);

	end_part(p, error);
	return error;
}

/* Careful from the start: what was given out cannot be taken back. */
void reader_rewind(struct reader *r)
{
	rewind_to(r, true);
	r->started = false;
}

int reader_next(struct reader *r, const struct reader_event **events, size_t *n)
{
	int status = 0;

	*n = 0;
	if (!r->whole)
		status = reader_part_open(r, &r->whole);
	while (status == 0 && *n == 0) {
		if (!r->started) {
			status = reader_part_next(r->whole, &r->position);
			if (status <= 0)
				break;
		}
		status = reader_part_read(r->whole, events, n);
		r->started = status == 0 && *n > 0;
	}
	if (status == 0 && *n == 0)
		reader_end(r);
	return status;
}

uint64_t reader_position(const struct reader *r)
{
	return r->v1 ? v1log_position(r->v1) : r->position;
}

uint64_t reader_size(const struct reader *r)
{
	return r->v1 ? v1log_size(r->v1) : spans_size(r->spans);
}
