/* SPDX-License-Identifier: MIT */
/* The names that C++ gives to functions.  See inlines.h. */

#include "inlines.h"

/* gcc says no more of what only this file can name. */
#ifdef __clang__
#define LOCAL(name, parameters) name parameters
#else
#define LOCAL(name, parameters) name
#endif

#define SHOW(name)                                                             \
	do {                                                                   \
		struct line show_line = {name, __LINE__};                      \
		show(&show_line, 1);                                           \
		STAY;                                                          \
	} while (0)

namespace app
{

template <class T> struct Box {
	T value;

	OUTLINE explicit Box(T v) : value(v)
	{
		SHOW("app::Box<long>::Box(long)");
	}

	OUTLINE ~Box()
	{
		SHOW("app::Box<long>::~Box()");
	}

	OUTLINE T get(const char *) const
	{
		SHOW("app::Box<long>::get(char const*) const");
		return value;
	}

	INLINE_METHOD T twice(int caller)
	{
		struct line lines[] = {
			{"app::Box<long>::twice(int)", __LINE__ + 4},
			{"app::use(app::Box<long>&)", caller},
		};

		show(lines, 2);
		STAY;
		return value + value;
	}

	OUTLINE Box operator+(const Box &other) const
	{
		SHOW("app::Box<long>::operator+(app::Box<long> const&) const");
		return Box(value + other.value);
	}
};

OUTLINE long use(Box<long> &box)
{
	return box.twice(__LINE__);
}

namespace
{

INLINE void inner(int caller)
{
	struct line lines[] = {
		{LOCAL("app::(anonymous namespace)::inner", "(int)"),
		 __LINE__ + 5},
		{LOCAL("app::(anonymous namespace)::Hidden::run", "(int)"),
		 caller},
	};

	show(lines, 2);
	STAY;
}

struct Hidden {
	OUTLINE void run(int)
	{
		inner(__LINE__);
		STAY;
	}
};

} // namespace

} // namespace app

extern "C" OUTLINE int plain(int x)
{
	SHOW("plain");
	return x;
}

/* A function of C, named in a block of C++. */
OUTLINE int declares(int x)
{
	extern int plain_too(int);

	SHOW("declares(int)");
	return plain_too(x);
}

OUTLINE int plain_too(int x)
{
	SHOW("plain_too(int)");
	return x;
}

int main()
{
	app::Box<long> box(2), sum = box + box;

	app::use(sum);
	box.get("");
	app::Hidden().run(1);
	plain(2);
	declares(3);
	return 0;
}
