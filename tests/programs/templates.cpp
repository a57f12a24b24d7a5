/* SPDX-License-Identifier: MIT */
/* A good deal of C++ with debug information, for symbols.sh to look into. */

#include <algorithm>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>
namespace app
{
namespace
{
template <int N> struct Node {
	std::map<std::string, std::vector<std::function<int(int)>>> m;
	int run(int x)
	{
		m["a" + std::to_string(N)].push_back(
			[x](int y) { return x + y + N; });
		int s = 0;
		for (auto &p : m)
			for (auto &f : p.second)
				s += f(N);
		std::sort(p.begin(), p.end(),
			  [](int a, int b) { return a > b + N; });
		return s + Node<N - 1>().run(x) + (p.empty() ? 0 : p[0]);
	}
	std::vector<int> p{3, 1, 2};
};
template <> struct Node<0> {
	int run(int x)
	{
		return x;
	}
};
} // namespace
} // namespace app
struct Outer {
	struct Inner {
		int operator()(int x) const;
		static void st();
	};
	Outer();
	virtual ~Outer();
	std::unique_ptr<int> p;
};
int Outer::Inner::operator()(int x) const
{
	std::ostringstream o;
	o << x;
	return o.str().size();
}
Outer::Outer() : p(new int(3))
{
}
Outer::~Outer()
{
}
extern "C" int plain_c(int x)
{
	struct L {
		int go(int y)
		{
			return std::vector<int>(y).size();
		}
	} l;
	return l.go(x);
}
int main(int argc, char **argv)
{
	std::regex r("a+b*(c|d)");
	std::smatch m;
	std::string s = argv[0];
	std::regex_search(s, m, r);
	auto f = std::async([&] { return app::Node<60>().run(argc); });
	Outer o;
	return f.get() + Outer::Inner()(3) + plain_c(argc) + (int)m.size() == 7;
}
