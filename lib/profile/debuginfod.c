/* SPDX-License-Identifier: MIT */
/*
 * libdebuginfod brings an HTTP client with half a dozen libraries, which few
 * will ever need: it is loaded only when it is asked for, and then stays.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

#include "debuginfod.h"

struct client; /* debuginfod_client */

struct library {
	struct client *(*begin)(void);
	int (*find)(struct client *, const unsigned char *, int, char **);
	void (*end)(struct client *);
};

static int load(struct library *library)
{
	void *handle = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return -ENOSYS;
	*(void **)&library->begin = dlsym(handle, "debuginfod_begin");
	*(void **)&library->find = dlsym(handle, "debuginfod_find_debuginfo");
	*(void **)&library->end = dlsym(handle, "debuginfod_end");
	return library->begin && library->find && library->end ? 0 : -ENOSYS;
}

int debuginfod_open(const uint8_t *build_id, size_t length)
{
	struct library library;
	struct client *client;
	int ret = load(&library);

	if (ret)
		return ret;
	/* The default is 90 seconds, for every module and server. */
	if (setenv("DEBUGINFOD_TIMEOUT", "30", 0))
		return -errno;
	client = library.begin();
	if (!client)
		return -ENOMEM;
	ret = library.find(client, build_id, (int)length, NULL);
	library.end(client);
	return ret;
}
