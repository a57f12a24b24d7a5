/* SPDX-License-Identifier: MIT */
#include <cstddef>
#include <cstdlib>
#include <new>

#include "truth.h"

/*
 * operators ROUNDS: every form of operator new with every form of operator
 * delete that may free it, and malloc's family among them.  Each form is used
 * for ten blocks of its own size, of which three are kept.
 *
 * Linked with allocators that bring their own operators (jemalloc, tcmalloc),
 * and without.  The runtimes allocate too, so the truth is the difference to a
 * run of no rounds.
 */

using align = std::align_val_t;

static truth sums;

template <typename New, typename Delete>
static void use(size_t size, New make, Delete drop)
{
	void *blocks[10];

	for (void *&p : blocks) {
		p = make(size);
		if (!p)
			std::exit(2);
		memset(p, 1, size);
		truth_alloc(&sums, size);
	}
	for (int i = 3; i < 10; i++) {
		drop(blocks[i], size);
		truth_free(&sums, size);
	}
}

static void plain()
{
	const std::nothrow_t &t = std::nothrow;

	use(
		10007, [](size_t n) { return ::operator new(n); },
		[](void *p, size_t) { ::operator delete(p); });
	use(
		10009, [](size_t n) { return ::operator new(n); },
		[](void *p, size_t n) { ::operator delete(p, n); });
	use(
		10037, [](size_t n) { return ::operator new[](n); },
		[](void *p, size_t) { ::operator delete[](p); });
	use(
		10039, [](size_t n) { return ::operator new[](n); },
		[](void *p, size_t n) { ::operator delete[](p, n); });
	use(
		10061, [&](size_t n) { return ::operator new(n, t); },
		[&](void *p, size_t) { ::operator delete(p, t); });
	use(
		10067, [&](size_t n) { return ::operator new[](n, t); },
		[&](void *p, size_t) { ::operator delete[](p, t); });
}

/* Whole multiples of the alignment: libstdc++ rounds up to them. */
static void aligned()
{
	const std::nothrow_t &t = std::nothrow;
	const align a{128};

	use(
		157 * 128, [=](size_t n) { return ::operator new(n, a); },
		[=](void *p, size_t) { ::operator delete(p, a); });
	use(
		163 * 128, [=](size_t n) { return ::operator new(n, a); },
		[=](void *p, size_t n) { ::operator delete(p, n, a); });
	use(
		167 * 128, [=](size_t n) { return ::operator new[](n, a); },
		[=](void *p, size_t) { ::operator delete[](p, a); });
	use(
		173 * 128, [=](size_t n) { return ::operator new[](n, a); },
		[=](void *p, size_t n) { ::operator delete[](p, n, a); });
	use(
		179 * 128, [&](size_t n) { return ::operator new(n, a, t); },
		[&](void *p, size_t) { ::operator delete(p, a, t); });
	use(
		181 * 128, [&](size_t n) { return ::operator new[](n, a, t); },
		[&](void *p, size_t) { ::operator delete[](p, a, t); });
}

static void c_functions()
{
	const auto drop = [](void *p, size_t) { std::free(p); };

	use(
		30011, [](size_t n) { return std::malloc(n); }, drop);
	use(
		30013, [](size_t n) { return std::calloc(1, n); }, drop);
	use(
		30016, [](size_t n) { return std::aligned_alloc(64, n); },
		drop);
}

int main(int argc, char **argv)
{
	for (int i = argc == 2 ? std::atoi(argv[1]) : 0; i > 0; i--) {
		plain();
		aligned();
		c_functions();
	}
	truth_print(&sums);
	return 0;
}
