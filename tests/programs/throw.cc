/* SPDX-License-Identifier: MIT */

/*
 * Throws and catches, through frames that clean up, in several threads.  Prints
 * how many were caught.
 */

#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sys/time.h>

extern "C" __attribute__((weak)) void stackcheck_here();

namespace
{

struct cleaner {
	std::string text;

	explicit cleaner(int n) : text(100 + n, 'x')
	{
	}
	~cleaner()
	{
		/* Allocates while the stack is being unwound. */
		std::vector<int> numbers(text.size());
		text.assign(numbers.size(), 'y');
	}
};

__attribute__((noinline)) int fail(int depth)
{
	cleaner c(depth);

	if (depth == 0)
		throw std::runtime_error(std::string(200, 'e'));
	return fail(depth - 1) + static_cast<int>(c.text.size());
}

__attribute__((noinline)) int again(int depth)
{
	try {
		return fail(depth);
	} catch (const std::runtime_error &) {
		cleaner c(1);
		throw;
	}
}

int run(int rounds)
{
	int caught = 0;

	for (int i = 0; i < rounds; i++) {
		try {
			again(i % 30);
		} catch (const std::exception &e) {
			caught += std::string(e.what()).size() == 200;
		}
	}
	return caught;
}

void handle_timer(int)
{
	if (stackcheck_here)
		stackcheck_here();
}

} // namespace

int main()
{
	itimerval interval = {};
	std::vector<int> caught(3);
	std::vector<std::thread> threads;
	int sum = 0;

	interval.it_interval.tv_usec = interval.it_value.tv_usec = 1000;
	std::signal(SIGPROF, handle_timer);
	setitimer(ITIMER_PROF, &interval, nullptr);
	for (int &c : caught)
		threads.emplace_back([&c] { c = run(300); });
	for (std::thread &t : threads)
		t.join();
	for (int c : caught)
		sum += c;
	std::printf("caught %d\n", sum);
	return 0;
}
