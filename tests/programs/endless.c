/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "truth.h"

/*
 * Allocates, prints the truth and a last line "ready", then waits to be killed.
 */
int main(void)
{
	static void *blocks[5000];
	struct truth truth = {0};

	alarm(100);
	for (int i = 0; i < 5000; i++) {
		blocks[i] = malloc(10 * i);
		truth_alloc(&truth, 10 * i);
	}
	for (int i = 0; i < 5000; i += 3) {
		free(blocks[i]);
		truth_free(&truth, 10 * i);
	}
	truth_print(&truth);
	say("ready\n");
	for (;;)
		pause(); /* until the alarm, at worst */
}
