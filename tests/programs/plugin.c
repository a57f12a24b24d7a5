/* SPDX-License-Identifier: MIT */

/*
 * A plug-in, built twice with another FRAME: the same code at the same offsets,
 * with a frame of another size.
 */

void plugin_run(void (*call)(void));

__attribute__((visibility("default"))) void plugin_run(void (*call)(void))
{
	char frame[FRAME];

	__asm__ volatile("" : : "r"(frame) : "memory");
	call();
	__asm__ volatile("" : : "r"(frame) : "memory");
}
