// Templates and lambdas over the larger headers, for the C++ compiler.
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <regex>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

template <int N> struct node {
	std::map<int, std::vector<std::tuple<int, std::string, double>>> m;
	std::unordered_map<std::string, std::variant<int, std::string, double,
						     node<N - 1> *>>
		u;
	std::function<int(int)> f = [](int x) { return x + N; };
	node<N - 1> next;
	int run(const std::string &s)
	{
		std::vector<int> v(N + 3);

		m[N].emplace_back(N, s, 1.5 * N);
		u[s] = N;
		u[s + "x"] = &next;
		std::iota(v.begin(), v.end(), 0);
		std::sort(v.begin(), v.end(),
			  [](int a, int b) { return (a ^ N) > (b ^ N); });
		int r = std::accumulate(v.begin(), v.end(), f(N));
		for (auto &kv : u)
			r += (int)kv.second.index();
		return r + next.run(s);
	}
};

template <> struct node<0> {
	int run(const std::string &s)
	{
		return (int)s.size();
	}
};

int main(int argc, char **argv)
{
	node<2> n;
	std::regex re("(a|b)*c+[0-9]{2,5}");
	std::smatch m;
	std::string s = argc > 1 ? argv[1] : "abc123";

	std::cout << n.run(s) << std::regex_search(s, m, re) << "\n";
}
