/* SPDX-License-Identifier: MIT */

/*
 * Writes the log of a long run, for measurements, and says what a report on it
 * has to say:
 *
 *	biglog BASE EVENTS [THREADS [TRACES]]
 *
 * Threads take turns at random.  Each allocates from a few places at a time,
 * which change slowly, and frees every block after so many more allocations as
 * the kind of the block says; some stay.  How many blocks live long depends on
 * the part of the run, so that the heap has summits.  Memory is in proportion
 * to threads and traces.  The numbers are the same on every run.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "logwriter.h"
#include "truth.h"

#define THREADS_MAX 16u
#define TRACES_MAX 4000000u
#define DEPTH 20u
#define PLACES 64u /* in use at a time, in each thread */
#define SUMMITS 3u /* of the heap, over the run */
#define STAY 500u
#define RSS_EVERY 4096u

/* Blocks of a kind live for that many allocations of their thread. */
static const struct kind {
	uint32_t life;
	unsigned of_1000[2]; /* how many are, in valleys and on slopes */
} kinds[] = {
	{1, {350, 310}},    {12, {300, 270}},  {150, {200, 200}},
	{3000, {140, 140}}, {300000, {9, 79}},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct waiting {
	struct hpd_block is;
	uint64_t tick;	 /* of its allocation */
	uint64_t number; /* of its allocation, in the thread */
};

/* Blocks of one kind in the order in which they will be freed. */
struct queue {
	struct waiting *is; /* a ring of the life of the kind */
	uint64_t head, tail;
};

struct thread {
	struct queue queues[KINDS];
	uint64_t allocations;
	uint32_t places[PLACES]; /* numbers of traces, from 0 */
};

static struct run {
	struct logwriter log;
	struct thread threads[THREADS_MAX];
	uint32_t nr_threads, nr_traces;
	uint32_t stay;	/* allocations until a thread changes a place */
	uint32_t *node; /* of each trace */
	uint64_t nr_events, done;
	uint64_t tick;
	uint64_t state; /* of the generator of numbers */
	struct truth truth;
} run;

static uint32_t draw(uint32_t below)
{
	run.state = run.state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(((run.state >> 32) * below) >> 32);
}

static void put(struct hpd_event *e, uint32_t thread)
{
	run.tick += draw(8);
	e->tick = run.tick;
	e->thread = thread + 1;
	if (e->kind != HPD_ALLOC)
		e->age = run.tick - e->age;
	logwriter_event(&run.log, thread, e);
	run.done++;
}

/* Most places have one size, some have several. */
static struct hpd_block choose_block(const struct thread *t, uint32_t thread)
{
	uint32_t trace = t->places[draw(PLACES)];
	uint32_t hash = trace * 2654435761u;
	uint32_t size = 16 + hash % (hash % 8 == 0 ? 20000 : 500);

	if (hash % 5 == 0)
		size += 16 * draw(4);
	return (struct hpd_block){
		.size = size,
		.trace = run.node[trace],
		.thread = thread + 1,
		.waste = hpd_usual_waste(size),
	};
}

static void await(struct thread *t, const struct hpd_block *b)
{
	unsigned slope = run.done * 2 * SUMMITS / run.nr_events % 2 == 0;
	unsigned pick = draw(1000);

	for (size_t i = 0; i < KINDS; i++) {
		struct queue *q = &t->queues[i];

		if (pick < kinds[i].of_1000[slope]) {
			q->is[q->tail++ % kinds[i].life] =
				(struct waiting){*b, run.tick, t->allocations};
			return;
		}
		pick -= kinds[i].of_1000[slope];
	}
}

static void allocate(struct thread *t, uint32_t thread)
{
	struct hpd_event e = {.kind = HPD_ALLOC};

	if (draw(run.stay) == 0)
		t->places[draw(PLACES)] = draw(run.nr_traces);
	e.block = choose_block(t, thread);
	put(&e, thread);
	truth_alloc(&run.truth, e.block.size);
	t->allocations++;
	await(t, &e.block);
}

static void free_due(struct thread *t, uint32_t thread)
{
	for (size_t i = 0; i < KINDS; i++) {
		struct queue *q = &t->queues[i];
		const struct waiting *w = &q->is[q->head % kinds[i].life];
		struct hpd_event e = {.kind = i ? HPD_FREE : HPD_TEMPORARY};

		if (q->head == q->tail ||
		    t->allocations < w->number + kinds[i].life - 1)
			continue;
		e.block = w->is;
		e.age = w->tick;
		put(&e, thread);
		truth_free(&run.truth, e.block.size);
		q->head++;
	}
}

static void sample_rss(uint32_t thread)
{
	struct hpd_event e = {.kind = HPD_RSS,
			      .rss = 1000 + run.truth.live_bytes / 4096};

	put(&e, thread);
}

static void make_events(void)
{
	while (run.done < run.nr_events) {
		uint32_t thread = draw(run.nr_threads);
		struct thread *t = &run.threads[thread];

		allocate(t, thread);
		free_due(t, thread);
		if (draw(RSS_EVERY) == 0)
			sample_rss(thread);
	}
}

/* Traces share callers: eight each the nearest one, 64 all others. */
static void make_traces(void)
{
	uint32_t outer = 0, parent = 0;

	run.node = calloc(run.nr_traces, sizeof(*run.node));
	if (!run.node)
		exit(1);
	for (uint32_t i = 0; i < run.nr_traces; i++) {
		for (uint32_t k = 2; k < DEPTH && i % 64 == 0; k++)
			outer = logwriter_node(&run.log, k == 2 ? 0 : outer,
					       0x1000 + i * 16 + k, 0);
		if (i % 8 == 0)
			parent = logwriter_node(&run.log, outer,
						0x40000000 + i * 16, 0);
		run.node[i] = logwriter_node(&run.log, parent,
					     0x80000000 + i * 16, 0);
	}
}

static void make_threads(void)
{
	for (uint32_t i = 0; i < run.nr_threads; i++) {
		struct thread *t = &run.threads[i];

		logwriter_thread(&run.log, 100 + i, "worker");
		for (size_t k = 0; k < KINDS; k++) {
			t->queues[k].is =
				calloc(kinds[k].life, sizeof(struct waiting));
			if (!t->queues[k].is)
				exit(1);
		}
		for (size_t k = 0; k < PLACES; k++)
			t->places[k] = draw(run.nr_traces);
	}
}

static void free_all(void)
{
	for (uint32_t i = 0; i < run.nr_threads; i++)
		for (size_t k = 0; k < KINDS; k++)
			free(run.threads[i].queues[k].is);
	free(run.node);
	logwriter_fini(&run.log);
}

static bool understand(int argc, char **argv)
{
	if (argc < 3 || argc > 5)
		return false;
	run.nr_events = strtoull(argv[2], NULL, 0);
	run.nr_threads = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 0) : 1;
	run.nr_traces = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 0) : 10000;
	/* Each trace has its turn about three times, if there is time. */
	run.stay = MAX(MIN(run.nr_events / 6 / MAX(run.nr_traces, 1), STAY), 4);
	return run.nr_events > 0 && run.nr_threads > 0 &&
	       run.nr_threads <= THREADS_MAX && run.nr_traces > 0 &&
	       run.nr_traces <= TRACES_MAX;
}

int main(int argc, char **argv)
{
	if (!understand(argc, argv)) {
		fprintf(stderr,
			"usage: biglog BASE EVENTS [THREADS [TRACES]]\n"
			"at most %u threads and %u traces\n",
			THREADS_MAX, TRACES_MAX);
		return 2;
	}
	logwriter_init(&run.log);
	run.log.header.tick_shift = 6;
	make_traces();
	make_threads();
	logwriter_stream(&run.log, argv[1]);
	make_events();
	run.log.state.end_tick = run.tick;
	logwriter_save(&run.log, argv[1]);
	printf("events %" PRIu64 "\n", run.done);
	fflush(stdout);
	truth_print(&run.truth);
	free_all();
	return 0;
}
