/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "truth.h"

/*
 * churning ROUNDS: each round allocates and frees 100,000 blocks, ten live at a
 * time, about a megabyte of log; then says "round N" and waits for a line on
 * standard input, until that ends.  Prints the truth.
 */

#define BLOCKS 100000
#define LIVE 10

static struct truth truth;

static void churn(void)
{
	void *blocks[LIVE] = {0};
	size_t sizes[LIVE] = {0};

	for (int i = 0; i < BLOCKS + LIVE; i++) {
		int n = i % LIVE;

		free(blocks[n]);
		if (blocks[n])
			truth_free(&truth, sizes[n]);
		blocks[n] = NULL;
		if (i >= BLOCKS)
			continue;
		sizes[n] = 1 + (size_t)i * 7 % 2000;
		blocks[n] = malloc(sizes[n]);
		truth_alloc(&truth, sizes[n]);
	}
}

static void wait_for_line(void)
{
	char c = 0;

	while (c != '\n' && read(STDIN_FILENO, &c, 1) == 1)
		;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1;
	char line[32];

	alarm(100);
	for (int i = 1; i <= rounds; i++) {
		churn();
		snprintf(line, sizeof(line), "round %d\n", i);
		say(line);
		wait_for_line();
	}
	truth_print(&truth);
	return 0;
}
