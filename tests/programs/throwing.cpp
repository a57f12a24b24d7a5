/* SPDX-License-Identifier: MIT */
#include <cstdlib>
#include <cstring>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "throwing.h"

/*
 * Built into a program and into a library that a C program loads, so that the
 * C++ runtime comes in late.
 */

namespace
{

int handled;
volatile size_t huge = ~(size_t)0 / 4;

struct guard {
	std::string text = std::string(100, 'g');
	~guard()
	{
		text += std::string(1000, 'h'); /* allocates while unwinding */
	}
};

int compare(const void *, const void *)
{
	guard g;

	throw std::runtime_error(std::string(300, 'q'));
}

/* The exception passes through qsort, which is C. */
bool through_c()
{
	int numbers[] = {3, 1, 2};

	try {
		std::qsort(numbers, 3, sizeof(numbers[0]), compare);
	} catch (const std::runtime_error &e) {
		return std::strlen(e.what()) == 300;
	}
	return false;
}

int dive(int depth)
{
	guard g;
	std::vector<int> v(100, depth);

	if (depth == 0)
		throw depth;
	try {
		return dive(depth - 1) + v[0];
	} catch (int &n) {
		n++;
		throw;
	}
}

bool deep()
{
	try {
		dive(100);
	} catch (int n) {
		return n == 100;
	}
	return false;
}

/* Through the allocator itself: its frames are the recorder's. */
bool out_of_memory()
{
	try {
		delete[] static_cast<char *>(::operator new[](huge));
	} catch (const std::bad_alloc &) {
		return ::operator new(huge, std::nothrow) == nullptr;
	}
	return false;
}

void handler()
{
	if (handled++)
		throw std::length_error("enough");
}

bool from_new_handler()
{
	std::new_handler before = std::set_new_handler(handler);
	bool good = false;

	try {
		::operator delete(::operator new(huge));
	} catch (const std::length_error &) {
		good = handled == 2;
	}
	std::set_new_handler(before);
	return good;
}

} // namespace

extern "C" int throwing(void)
{
	std::map<int, std::string> kept;

	for (int i = 0; i < 200; i++) {
		handled = 0;
		kept[i] = std::string(i, 'k');
		if (!through_c())
			return 1;
		if (!deep())
			return 2;
		if (!out_of_memory())
			return 3;
		if (!from_new_handler())
			return 4;
	}
	return kept.size() == 200 ? 0 : 5;
}
